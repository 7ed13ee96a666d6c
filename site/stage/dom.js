/** The parts of a demo's page, found by the names that they have in the HTML. */

export const main = /** @type {HTMLElement} */ (document.querySelector("main[data-demo]"));

/** @type {<T extends Element = HTMLElement>(selector: string) => T} */
export const find = (selector) => {
  const element = main.querySelector(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return /** @type {any} */ (element);
};

/** @type {<T extends Element = HTMLElement>(selector: string) => T[]} */
export const findAll = (selector) => /** @type {any} */ ([...main.querySelectorAll(selector)]);

/** @type {(name: string) => HTMLButtonElement} */
export const button = (name) => find(`button[name="${name}"]`);
