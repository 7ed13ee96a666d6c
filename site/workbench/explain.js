/** One line that explains what the pointer or the focus is on. */
import { find, main } from "../stage/dom.js";

export const explain = () => {
  const line = find("[data-explain]");
  const atFirst = line.textContent ?? "";
  const show = (/** @type {Event} */ { target }) => {
    const place = /** @type {HTMLElement} */ (target).closest?.("[data-about]");
    line.textContent = /** @type {HTMLElement | null} */ (place)?.dataset.about || atFirst;
  };
  main.addEventListener("pointerover", show);
  main.addEventListener("focusin", show);
};
