/**
 * A picture of a demo as it is now, to be put beside a post: what matplotlib draws of it in the
 * size of the posters, or its diagram.
 */
import { wide } from "./facts.js";

const RATIO = 2; // image pixels in each CSS pixel
const LOOK = ["fill", "stroke", "stroke-width", "font-family", "font-size", "font-weight", "visibility"];

/** @typedef {{ file: string, alt: string, blob: Blob }} Picture */

/** The figures side by side, as PNG. @param {Window} view @param {string[]} names @returns {Promise<Blob>} */
const drawFigures = async (view, names) => {
  const [width, height] = [wide[0] * RATIO, wide[1] * RATIO];
  /** @type {Uint8Array} */
  const pixels = await new Promise((resolve) => {
    const detail = { fields: { names, width: wide[0], height: wide[1], ratio: RATIO }, resolve };
    view.dispatchEvent(new CustomEvent("moongrad:picture", { detail })); // stage/artifacts.js
  });
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob))));
};

/** A diagram with the looks that the page gives it, as SVG. @param {Element} box @returns {Blob} */
const copyDiagram = (box) => {
  const svg = /** @type {SVGSVGElement} */ (box.querySelector("svg"));
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const copies = copy.querySelectorAll("*");
  for (const [k, element] of [...svg.querySelectorAll("*")].entries()) {
    const look = getComputedStyle(element);
    for (const name of LOOK) copies[k].setAttribute(name, look.getPropertyValue(name));
  }
  // Of the page's background, too; what it says in `style`, the page's policy would block.
  const { backgroundColor } = getComputedStyle(/** @type {HTMLElement} */ (box.ownerDocument.body));
  const paper = document.createElementNS(svg.namespaceURI, "rect");
  const { x, y, width, height } = svg.viewBox.baseVal;
  for (const [name, value] of Object.entries({ x, y, width, height, fill: backgroundColor })) paper.setAttribute(name, `${value}`);
  copy.prepend(paper);
  copy.setAttribute("width", `${wide[0]}`);
  copy.setAttribute("height", `${wide[1]}`);
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
};

/** Draw what a demo's frame shows, which must be of this site. @param {Window} view @returns {Promise<Picture>} */
export const takePicture = async (view) => {
  const { document } = view;
  const demo = /** @type {HTMLElement} */ (document.querySelector("main[data-demo]")).dataset.demo;
  const shown = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".shown :is([data-figure], [data-diagram])")]);
  const alt = shown.map((element) => element.getAttribute("aria-label")).join(" ");
  const diagram = shown.find((element) => element.dataset.diagram);
  if (diagram) return { file: `${demo}.svg`, alt, blob: copyDiagram(diagram) };
  const names = shown.map((element) => element.dataset.figure ?? "");
  return { file: `${demo}.png`, alt, blob: await drawFigures(view, names) };
};
