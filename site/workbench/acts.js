/** Buttons for what is special to the page's demo: its Python knows what they mean. */
import { findAll, main } from "../stage/dom.js";
import { requests } from "../stage/stage.js";

const buttons = /** @type {HTMLButtonElement[]} */ (findAll("button[data-act]"));

/** Ask for something that the page's Python has a name for. @param {string} name @param {Record<string, any>} details */
export const act = (name, details = {}) => requests.ask("act", { name, ...details });

export const listenToActs = () => {
  for (const button of buttons) {
    button.addEventListener("click", () => act(button.dataset.act ?? ""));
  }
  addEventListener("moongrad:view", (event) => {
    const { outputs } = /** @type {CustomEvent} */ (event).detail;
    const hasKept = Boolean(outputs.difference);
    for (const button of buttons) {
      button.disabled = main.dataset.state === "loading";
      if (button.dataset.act === "forget") button.hidden = !hasKept;
    }
  });
};
