/** Pictures of single figures to be saved, and runs to be opened again. */
import { save } from "../stage/save.js";
import { find } from "../stage/dom.js";
import { requests } from "../stage/stage.js";
import { act } from "./acts.js";

const [WIDTH, HEIGHT, RATIO] = [720, 576, 2];

/** @param {string} name @returns {Promise<Blob>} */
const drawPng = async (name) => {
  const pixels = await requests.ask("picture", { names: [name], width: WIDTH, height: HEIGHT, ratio: RATIO });
  const [width, height] = [WIDTH * RATIO, HEIGHT * RATIO];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob))));
};

/** @param {string} name @returns {Promise<Blob>} */
const drawSvg = async (name) =>
  new Blob([await requests.ask("vector", { figure: name, width: WIDTH, height: HEIGHT })], { type: "image/svg+xml" });

export const listenToFiles = () => {
  const choice = /** @type {HTMLSelectElement} */ (find("[data-picture]"));
  choice.addEventListener("change", (event) => event.stopPropagation());
  for (const [kind, draw] of /** @type {const} */ ([["png", drawPng], ["svg", drawSvg]])) {
    find(`[data-picture-as=${kind}]`).addEventListener("click", async () => {
      save(`moongrad-${choice.value}.${kind}`, await draw(choice.value));
    });
  }
  const input = /** @type {HTMLInputElement} */ (find("input[data-run]"));
  input.addEventListener("change", async (event) => {
    event.stopPropagation();
    const text = await input.files?.[0]?.text();
    input.value = "";
    if (text !== undefined) act("open", { text });
  });
};
