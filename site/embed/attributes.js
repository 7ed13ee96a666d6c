/** Attributes of the element that are also parameters of a frame's address, and what they may be. */

/** Each with its choices; the first that isn't empty is what happens without the attribute. */
export const CHOICES = {
  theme: ["auto", "light", "dark"],
  controls: ["on", "off"],
  captions: ["on", "off"],
  stats: ["on", "off"],
  background: ["page", "transparent"],
  retrain: ["off", "auto"],
  autostart: ["", "autostart", "true"],
};

/** The names that `show` lists. @param {string | null} text */
export const listNames = (text) => (text ?? "").split(",").map((name) => name.trim()).filter(Boolean);

/**
 * Say which attribute can't be used and why; nothing if all can.
 * @param {(name: string) => string | null} get an attribute or parameter
 * @param {string[]} figures what the demo can show
 */
export const findProblem = (get, figures) => {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = get(name);
    if (value === null || choices.includes(value)) continue;
    return `The attribute “${name}” is ${choices.filter(Boolean).join(" or ")}, not “${value}”.`;
  }
  const show = get("show");
  if (show === null) return "";
  const names = listNames(show);
  if (names.length && new Set(names).size === names.length && names.every((name) => figures.includes(name))) return "";
  return `The attribute “show” takes one or more of ${figures.join(", ")}, with commas between them; not “${show}”.`;
};
