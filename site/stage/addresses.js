/**
 * Reads the options that links, hosts of embedded demos and buttons give: their names and values may be
 * those that a page had when the link was made. Each control knows its own old words: `data-was` on a
 * control is its old name, `data-was` on an `<option>` is the old word for its value. The tables are in
 * pages/*.py, and options.py does the same in Python.
 */

/**
 * Return `texts` by the names and values of today; names that no control has ever had stay as they are.
 * @template {string | null} Text null stands for the default
 * @param {(HTMLInputElement | HTMLSelectElement)[]} controls
 * @param {Record<string, Text>} texts
 * @returns {Record<string, Text>}
 */
export const translate = (controls, texts) => {
  const translated = new Map(Object.entries(texts));
  for (const control of controls) {
    const { name } = control;
    const { was } = control.dataset;
    const old = was === undefined ? undefined : translated.get(was);
    if (was !== undefined) translated.delete(was);
    if (old !== undefined && !translated.has(name)) translated.set(name, old);
    const text = translated.get(name);
    const choices = /** @type {HTMLOptionElement[]} */ ("options" in control ? [...control.options] : []);
    const choice = choices.find((choice) => choice.dataset.was !== undefined && choice.dataset.was === text);
    if (choice) translated.set(name, /** @type {Text} */ (choice.value));
  }
  return Object.fromEntries(translated);
};
