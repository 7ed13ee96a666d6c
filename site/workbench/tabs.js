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
const allow = (figure, isAllowed) => {
  const tab = /** @type {HTMLButtonElement} */ (find(`#tab-${figure}`));
  tab.disabled = !isAllowed;
  if (isAllowed || tab.getAttribute("aria-selected") === "false") return;
  const tabs = /** @type {HTMLElement[]} */ ([...(tab.parentElement?.children ?? [])]);
  open(tabs, tabs[0]);
};

/** Close the figures in which there is nothing to see. @param {Record<string, string>} outputs */
const allowAll = ({ difference, accuracy }) => {
  allow("kept", Boolean(difference)); // from a run that was kept
  for (const figure of ["accuracy", "confusion"]) allow(figure, accuracy !== "–"); // numbers have none
};

export const listenToTabs = () => {
  allow("kept", false);
  addEventListener("moongrad:view", (event) => allowAll(/** @type {CustomEvent} */ (event).detail.outputs));
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
