/** Numbers in tables: six digits at first, all of them on demand. */
import { findAll } from "./dom.js";

/** @param {HTMLElement} cell */
const areAllShown = (cell) => cell.closest("table")?.hasAttribute("data-digits") ?? false;

/** Show a text as Python sends it: in short and, after a tab, with all digits. @param {HTMLElement} cell @param {string} text */
export const fillCell = (cell, text) => {
  const [short, long = short] = text.split("\t");
  if (long !== short) Object.assign(cell.dataset, { short, long });
  cell.textContent = areAllShown(cell) ? long : short;
};

/** @param {HTMLElement} button */
const toggle = (button) => {
  const table = /** @type {HTMLElement} */ (button.closest(".table")?.querySelector("table"));
  const isOn = table.toggleAttribute("data-digits");
  button.setAttribute("aria-pressed", String(isOn));
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (table.querySelectorAll("[data-short]"))) {
    cell.textContent = (isOn ? cell.dataset.long : cell.dataset.short) ?? "";
  }
};

export const listenToDigits = () => {
  for (const button of findAll("button.digits")) button.addEventListener("click", () => toggle(button));
};
