/** Which picture stands for a demo. Snippets and the element (embed.js) agree on it. */

/**
 * @typedef {Record<string, [string, string]>} Options default and label of each option, by name
 * @typedef {[string, Record<string, string>][]} Presets name and options of each; one may be there twice, in old words
 * @typedef {[string, string, string]} Difference an option's label, its value in the picture and in the demo
 */

/** Compare texts as the demo reads them: 0.30 is 0.3, and "16, 16" is "16,16". @param {string} text */
const simplify = (text) => (text.trim() && isFinite(+text) ? +text : text.replace(/\s/g, ""));

/**
 * Return the name of the nearest preset's picture, "" for the demo without a preset, and what is
 * different there. Fewer differences are nearer, and then closer numbers.
 * @param {Options} options
 * @param {Presets} presets
 * @param {Record<string, string | null>} texts options that are given
 * @returns {{ name: string, differences: Difference[] }}
 */
export const findCard = (options, presets, texts) => {
  let [best, nearest] = [Infinity, { name: "", differences: /** @type {Difference[]} */ ([]) }];
  for (const [name, preset] of /** @type {Presets} */ ([["", {}], ...presets])) {
    const [differences, given] = [/** @type {Difference[]} */ ([]), { ...texts }];
    let distance = 0;
    for (const key of Object.keys({ ...preset, ...given })) {
      const [usual = "", label = key] = options[key] ?? [];
      const [pictured, wanted] = [preset[key] ?? usual, given[key] ?? usual];
      const [a, b] = [pictured, wanted].map(simplify);
      if (a === b) continue;
      differences.push([label, pictured, wanted]);
      distance += 1 + (Math.abs(+a - +b) / (Math.abs(+a) + Math.abs(+b)) || 1);
    }
    if (distance < best) [best, nearest] = [distance, { name, differences }];
  }
  return nearest;
};

/** Say what is different in the picture; nothing where it is of this very demo. @param {Difference[]} differences */
export const describeCard = (differences) => {
  if (!differences.length) return "";
  const list = (/** @type {1 | 2} */ which) =>
    differences.map(([label, ...values]) => `${label[0].toLowerCase()}${label.slice(1)} ${values[which - 1] || "none"}`).join(" and ");
  const text = `Picture: a run with ${list(1)}; this demo starts with ${list(2)}.`;
  return differences.length < 3 && text.length < 130 ? text : "Picture: a run with other options.";
};
