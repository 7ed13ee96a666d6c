/** The controls of a page's options, which also have their place in its address. */

/** Controls are inputs or selects; selects have all of an input that matters here. @param {ParentNode} root */
export const listControls = (root) =>
  /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("input[name]:not([data-edit], [type=radio]), select[name]")]);

/** @param {HTMLInputElement[]} controls @returns {Record<string, string>} */
export const readTexts = (controls) =>
  Object.fromEntries(controls.map((control) => [control.name, control.value]));

/** What the page gives a control, whatever the address says. @param {any} control @returns {string} */
export const findDefault = (control) =>
  control.defaultValue ?? [...control.options].find((option) => option.defaultSelected)?.value;
