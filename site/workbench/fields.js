/** The controls of options, as the parts of a workbench read and set them. */
import { find, main } from "../stage/dom.js";

/** @param {string} name */
export const field = (name) => /** @type {HTMLInputElement} */ (find(`:is(input, select)[name="${name}"]`));

/** Set an option as if its control had been used. @param {string} name @param {string} text */
export const setOption = (name, text) => {
  const control = field(name);
  if (control.value === text) return;
  control.value = text;
  control.dispatchEvent(new Event("change", { bubbles: true }));
};

/** Call back now and whenever options may have changed. @param {() => void} show */
export const onOptions = (show) => {
  main.addEventListener("change", show);
  addEventListener("moongrad:view", show);
  addEventListener("moongrad:options", show);
  show();
};
