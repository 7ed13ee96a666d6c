/** The hidden layers: how many there are, the neurons of each, and its activation. */
import { find } from "../stage/dom.js";
import { field, onOptions, setOption } from "./fields.js";

const NEURONS = 4; // of a layer that is added
const box = find("[data-layers]");
const { layers: SIZES = "", activations: KINDS = "", longest, high } = box.dataset;
const [LONGEST, HIGH] = [Number(longest), Number(high)];
const template = /** @type {HTMLTemplateElement} */ (box.querySelector("template"));
const each = /** @type {HTMLElement} */ (box.querySelector(".each"));
const depth = /** @type {HTMLElement} */ (box.querySelector(".depth"));

/** @param {string} name */
const read = (name) => field(name).value.split(",").filter((text) => text.trim());

/** One activation for each layer: the last one goes on for those without one. */
const readKinds = () => {
  const kinds = read(KINDS);
  return read(SIZES).map((_, k) => (kinds[k] ?? kinds[kinds.length - 1]).trim());
};

/** @param {string[]} kinds */
const writeKinds = (kinds) => (new Set(kinds).size === 1 ? kinds[0] : kinds.join(","));

/** @param {number} k @param {number} change */
const changeSize = (k, change) => {
  const sizes = read(SIZES).map(Number);
  sizes[k] = Math.min(Math.max(sizes[k] + change, 1), HIGH);
  setOption(SIZES, sizes.join(","));
};

/** @param {number} k @param {string} kind */
const changeKind = (k, kind) => {
  const kinds = readKinds();
  kinds[k] = kind;
  setOption(KINDS, writeKinds(kinds));
};

/** @param {number} change */
const changeDepth = (change) => {
  const sizes = read(SIZES);
  if (change > 0) sizes.push(String(NEURONS));
  else sizes.pop();
  setOption(SIZES, sizes.join(","));
};

/** @param {number} k */
const makeLayer = (k) => {
  const layer = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  layer.setAttribute("aria-label", `Hidden layer ${k + 1}`);
  layer.style.left = "-100rem"; // until its column is known
  layer.dataset.about = `The neurons of hidden layer ${k + 1}, and the function at the end of each.`;
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (layer.querySelectorAll("[data-change]"))) {
    const change = Number(button.dataset.change);
    button.setAttribute("aria-label", `${change > 0 ? "Add a neuron to" : "Remove a neuron from"} hidden layer ${k + 1}`);
    button.addEventListener("click", () => changeSize(k, change));
  }
  const select = /** @type {HTMLSelectElement} */ (layer.querySelector("select"));
  select.setAttribute("aria-label", `Activation of hidden layer ${k + 1}`);
  select.addEventListener("change", (event) => {
    event.stopPropagation();
    changeKind(k, select.value);
  });
  return layer;
};

const show = () => {
  const [sizes, kinds] = [read(SIZES), readKinds()];
  while (each.children.length < sizes.length) each.append(makeLayer(each.children.length));
  while (each.children.length > sizes.length) each.lastElementChild?.remove();
  for (const [k, layer] of [...each.children].entries()) {
    const n = Number(sizes[k]);
    const output = /** @type {HTMLOutputElement} */ (layer.querySelector("output"));
    output.replaceChildren(String(n), Object.assign(document.createElement("span"), { textContent: n === 1 ? " neuron" : " neurons" }));
    const [fewer, more] = /** @type {NodeListOf<HTMLButtonElement>} */ (layer.querySelectorAll("button"));
    [fewer.disabled, more.disabled] = [n <= 1, n >= HIGH];
    const select = /** @type {HTMLSelectElement} */ (layer.querySelector("select"));
    if (select.value !== kinds[k]) select.value = kinds[k];
  }
  const [fewer, more] = /** @type {NodeListOf<HTMLButtonElement>} */ (depth.querySelectorAll("button"));
  [fewer.disabled, more.disabled] = [!sizes.length, sizes.length >= LONGEST];
  /** @type {HTMLOutputElement} */ (depth.querySelector("output")).textContent = String(sizes.length);
  box.toggleAttribute("data-crowded", sizes.length > 3);
};

/** Put each layer's controls above its column of the network. @param {number[][]} columns those of the inputs and the outputs, too */
const place = (columns) => {
  const layers = /** @type {HTMLElement[]} */ ([...each.children]);
  if (columns.length !== layers.length + 2) return; // of a network that is no more
  for (const [k, layer] of layers.entries()) layer.style.left = `${columns[k + 1][0]}px`;
  box.dataset.placed = "";
};

export const showLayers = () => {
  onOptions(show);
  addEventListener("moongrad:view", (event) => place(/** @type {CustomEvent} */ (event).detail.places.network ?? []));
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (depth.querySelectorAll("[data-depth]"))) {
    button.addEventListener("click", () => changeDepth(Number(button.dataset.depth)));
  }
};
