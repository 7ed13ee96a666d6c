/**
 * How a demo is laid out in somebody else's page: its figures fill the frame, below them is a slim
 * bar, and everything else is in a panel behind the button Options. In a frame that is much higher
 * than that, the panel is always open, below the bar.
 */
import { findProblem, listNames } from "./attributes.js";
import { bar as BAR, limit as LIMIT, narrow as NARROW, wide as WIDE } from "./facts.js";

const TALL = 180; // CSS pixels more than figures and bar need, with which there is room for the panel
/** Parameters that are about the frame, and not about the demo. */
const OURS = ["embed", "theme", "controls", "captions", "stats", "show", "background"];
const root = document.documentElement;

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

let nShown = 0;
let isHalf = false; // one of two figures of the picture is shown, in half its width

/** How high the frame is in a host's page without a height of its own. */
export const findNaturalHeight = () => {
  const [width, height] = isHalf ? [WIDE[0] / 2, WIDE[1]] : innerWidth < LIMIT ? NARROW[nShown] ?? WIDE : WIDE;
  return Math.round((innerWidth * height) / width) + BAR;
};

/** Say what can't be used; the demo goes on as it was. @param {HTMLElement} main @param {string} text */
export const note = (main, text) => {
  const line = /** @type {HTMLElement} */ (main.querySelector(".refusal"));
  line.textContent = text;
  line.hidden = !text;
};

/** Put what is left of a kind into a box that can be opened. @param {HTMLElement} panel @param {string} title @param {Element[]} parts */
const fold = (panel, title, parts) => {
  if (!parts.length) return;
  const details = make("details", {}, make("summary", {}, title));
  parts[0].before(details);
  details.append(...parts);
};

/** @param {HTMLElement} panel @param {Element[]} figures */
const fillPanel = (panel, figures) => {
  const list = (/** @type {string} */ selector) => [...panel.querySelectorAll(`:scope > ${selector}`)];
  for (const box of list(".figures")) if (!box.children.length) box.remove();
  for (const table of list(".scroll")) fold(panel, table.getAttribute("aria-label") ?? "In numbers", [table]);
  fold(panel, "More figures", list(":is(.figures, .diagram)")); // drawn only when they are seen
  // First what is chosen in a figure that is shown, then the options, and then the rest.
  const editors = figures.flatMap((figure) => [...figure.querySelectorAll(".editor")]);
  panel.prepend(...editors, ...list(".controls, .tries"));
};

/** @param {HTMLElement} main @param {HTMLElement} panel @param {HTMLElement} bar */
const addButtons = (main, panel, bar) => {
  const toggle = /** @type {HTMLButtonElement} */ (
    make("button", { type: "button", name: "options", "aria-expanded": "false", "aria-controls": panel.id }, "Options")
  );
  // In a narrow frame the bar needs the room: then the one in the panel is seen.
  const links = [bar, panel].map((place) => {
    const link = /** @type {HTMLAnchorElement} */ (make("a", { class: "full", target: "_blank" }, "Full page"));
    place.append(link);
    return link;
  });
  const show = (/** @type {boolean} */ isOpen) => {
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
  };
  toggle.addEventListener("click", () => show(panel.hidden));
  main.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || panel.hidden || toggle.hidden) return;
    show(false);
    toggle.focus();
  });
  const follow = () => {
    const address = new URL(location.href);
    for (const name of OURS) address.searchParams.delete(name);
    for (const link of links) link.href = address.href;
  };
  addEventListener("moongrad:address", follow);
  follow();
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // A sandbox may allow no other window: then this is the place for it.
      const opened = open(link.href, "_blank");
      if (opened) opened.opener = null;
      else location.assign(link.href);
    });
  }
  links[0].before(toggle);
  const fit = () => {
    const isTall = root.dataset.controls !== "off" && innerHeight - findNaturalHeight() >= TALL;
    if (isTall === root.hasAttribute("data-tall")) return;
    root.toggleAttribute("data-tall", isTall);
    toggle.hidden = isTall;
    show(isTall);
  };
  addEventListener("resize", fit);
  fit();
};

/** @param {HTMLElement} main @param {import("./facts.js").Facts} known @param {URLSearchParams} asked */
export const layOut = (main, known, asked) => {
  const section = /** @type {HTMLElement} */ (main.querySelector("section.wide"));
  const bar = /** @type {HTMLElement} */ (section.querySelector(".bar"));
  const messages = /** @type {HTMLElement} */ (section.querySelector(".messages"));
  messages.append(...section.querySelectorAll(":scope > .notices"), make("p", { class: "refusal", role: "status", hidden: "" }));
  const problem = findProblem((name) => asked.get(name), known.figures);
  note(main, problem);
  for (const name of ["captions", "stats"]) if (asked.get(name) === "off") root.dataset[name] = "off";
  const names = problem ? [] : listNames(asked.get("show"));
  const figures = (names.length ? names : known.card).flatMap((name) => {
    const part = main.querySelector(`[data-figure="${name}"], [data-diagram="${name}"]`);
    return part?.closest("figure") ?? [];
  });
  nShown = figures.length;
  isHalf = nShown === 1 && known.card.length === 2 && known.card.includes(names[0]);
  const shown = make("div", { class: "shown", "data-figures": String(nShown) }, ...figures);
  const panel = make("div", { class: "options", id: "options", role: "region", "aria-label": "Options", tabindex: "-1", hidden: "" });
  const kept = [bar, messages, section.querySelector(":scope > .sentence")];
  panel.append(...[...section.children].filter((child) => !kept.includes(/** @type {HTMLElement} */ (child))));
  bar.after(panel);
  section.append(shown);
  fillPanel(panel, figures);
  const captions = figures.flatMap((figure) => figure.querySelector("figcaption")?.textContent ?? []);
  const about = make("details", { class: "about-figures" }, make("summary", {}, "About the figures"), ...captions.map((text) => make("p", {}, text)));
  if (captions.length) panel.append(about);
  addButtons(main, panel, bar);
  root.dataset.laid = "";
};
