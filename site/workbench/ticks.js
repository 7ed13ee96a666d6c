/** Boxes to tick for what is often in a list that can also be typed. */
import { findAll } from "../stage/dom.js";
import { field, onOptions, setOption } from "./fields.js";

const boxes = /** @type {HTMLInputElement[]} */ (findAll("input[data-tick]"));

/** @param {string} name */
const readList = (name) =>
  field(name)
    .value.split(",")
    .map((text) => text.replaceAll(" ", ""))
    .filter(Boolean);

export const showTicks = () => {
  onOptions(() => {
    for (const box of boxes) box.checked = readList(box.dataset.tick ?? "").includes(box.value);
  });
  for (const box of boxes) {
    const name = box.dataset.tick ?? "";
    box.addEventListener("change", (event) => {
      event.stopPropagation(); // until the list has changed, too
      const others = readList(name).filter((text) => text !== box.value);
      setOption(name, [...others, ...(box.checked ? [box.value] : [])].join(","));
    });
  }
};
