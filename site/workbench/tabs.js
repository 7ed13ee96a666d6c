/** Tabs: the arrow keys go from one to the next, and what is not shown is not drawn. */
import { find, findAll } from "../stage/dom.js";

/** @param {HTMLElement[]} tabs @param {HTMLElement} chosen */
const open = (tabs, chosen) => {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    find(`#${tab.getAttribute("aria-controls")}`).hidden = !isChosen;
  }
};

/** Let a figure be looked at, or not: then another one is. @param {string} figure @param {boolean} isAllowed */
export const allowTab = (figure, isAllowed) => {
  const tab = /** @type {HTMLButtonElement} */ (find(`#tab-${figure}`));
  tab.disabled = !isAllowed;
  if (isAllowed || tab.getAttribute("aria-selected") === "false") return;
  const tabs = /** @type {HTMLElement[]} */ ([...(tab.parentElement?.children ?? [])]);
  open(tabs, tabs[0]);
};

export const listenToTabs = () => {
  for (const box of findAll("[data-tabs]")) {
    const tabs = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[role=tab]")]);
    for (const tab of tabs) {
      tab.addEventListener("click", () => open(tabs, tab));
      tab.addEventListener("keydown", (event) => {
        const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!turn) return;
        event.preventDefault();
        const enabled = tabs.filter((other) => !(/** @type {HTMLButtonElement} */ (other).disabled));
        const next = enabled[(enabled.indexOf(tab) + turn + enabled.length) % enabled.length];
        open(tabs, next);
        next.focus();
      });
    }
  }
};
