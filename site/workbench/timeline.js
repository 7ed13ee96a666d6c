/** The slider over the moments of a run that are remembered. */
import { find } from "../stage/dom.js";
import { requests } from "../stage/stage.js";

export const listenToTimeline = () => {
  const slider = /** @type {HTMLInputElement} */ (find("input[data-seek]"));
  const text = find("[data-timeline] output");
  slider.addEventListener("input", () => requests.ask("seek", { moment: Number(slider.value) }));
  addEventListener("moongrad:view", (event) => {
    const [moment, n] = /** @type {CustomEvent} */ (event).detail.timeline ?? [0, 1];
    slider.disabled = n < 2;
    slider.max = String(n - 1);
    if (!requests.isWaitingFor("seek")) slider.value = String(moment);
    const words = `${moment + 1} of ${n}`;
    text.textContent = words;
    slider.setAttribute("aria-valuetext", words);
  });
};
