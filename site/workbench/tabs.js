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

/** Open the tab of a figure. @param {string} figure */
export const openTab = (figure) => find(`#tab-${figure}`).click();

export const listenToTabs = () => {
  for (const box of findAll("[data-tabs]")) {
    const tabs = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[role=tab]")]);
    for (const [k, tab] of tabs.entries()) {
      tab.addEventListener("click", () => open(tabs, tab));
      tab.addEventListener("keydown", (event) => {
        const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!turn) return;
        event.preventDefault();
        const next = tabs[(k + turn + tabs.length) % tabs.length];
        open(tabs, next);
        next.focus();
      });
    }
  }
};
