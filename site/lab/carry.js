/** The part of the page Lab that saves what was written as files, and opens files again. */
import { save } from "../stage/save.js";
import { CarriedError, readCarried, toNotebook, toScript } from "./carried.js";

/**
 * @typedef {object} Desk
 * @property {() => import("./carried.js").Cell[]} read all that was written
 * @property {(name: string, code: string) => void} take code for a step
 * @property {() => void} show the present step, which may have other code
 */

export class Carried {
  #names;
  #desk;

  /** @param {{ name: string, title: string }[]} lessons @param {Desk} desk */
  constructor(lessons, desk) {
    this.#names = lessons.map(({ name }) => name);
    this.#desk = desk;
  }

  /** @param {HTMLElement} panel */
  listen(panel) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (panel.querySelector(selector));
    const said = find("[role=status]");
    find("button[name=script]").addEventListener("click", () => {
      save("moongrad-lab.py", new Blob([toScript(this.#desk.read())], { type: "text/x-python" }));
    });
    find("button[name=notebook]").addEventListener("click", () => {
      save("moongrad-lab.ipynb", new Blob([toNotebook(this.#desk.read())], { type: "application/x-ipynb+json" }));
    });
    const input = /** @type {HTMLInputElement} */ (find("input[type=file]"));
    find("button[name=open]").addEventListener("click", () => input.click());
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (!file) return;
      try {
        said.textContent = this.#open(file.name, await file.arrayBuffer());
        this.#desk.show();
      } catch (error) {
        if (!(error instanceof CarriedError)) throw error;
        said.textContent = error.message;
      }
      input.value = "";
    });
  }

  /** @param {string} name @param {ArrayBuffer} content what became of it, as a sentence */
  #open(name, content) {
    const cells = readCarried(name, content);
    const known = cells.filter((cell) => this.#names.includes(cell.name));
    for (const { name, code } of known) this.#desk.take(name, code);
    if (known.length) {
      const steps = known.length === 1 ? "One step was" : `${known.length} steps were`;
      return `${steps} opened. “Put my code back” returns what was there.`;
    }
    throw new CarriedError(
      `None of the ${cells.length} cells in this file belongs to a step of the lab. Copy its code into a cell instead.`,
    );
  }
}
