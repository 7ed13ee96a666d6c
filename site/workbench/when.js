/** Controls that only matter for one choice of another: `data-when="data=formula"`. */
import { findAll } from "../stage/dom.js";
import { field, onOptions } from "./fields.js";

export const showWhen = () => {
  const parts = findAll("[data-when]");
  onOptions(() => {
    for (const part of parts) {
      const [name, values] = (part.dataset.when ?? "").split("=");
      part.hidden = !values.split("|").includes(field(name).value);
    }
  });
};
