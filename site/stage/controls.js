/** The controls of the options: they follow the view, the address follows them. */
import { translate } from "./addresses.js";
import { find, findAll, main } from "./dom.js";
import { findDefault, listControls, readTexts } from "./options.js";

const controls = listControls(main);
/** Fields that edit what is chosen in a figure, such as a weight. */
const editors = /** @type {HTMLInputElement[]} */ (findAll("input[data-edit]"));
/** Fields in which something has been typed that Python has not been told. @type {Set<HTMLInputElement>} */
const typed = new Set();

/** Show a value in a control and in its slider. @param {HTMLInputElement} control */
const showValue = (control, text = control.value) => {
  if (control.value !== text) control.value = text;
  const slider = main.querySelector(`input[data-slider="${control.name}"]`);
  if (slider) /** @type {HTMLInputElement} */ (slider).value = text;
};

// --- the address --------------------------------------------------------------------------

let writing = 0;

const writeLinks = () => {
  for (const link of /** @type {HTMLAnchorElement[]} */ (findAll("a[data-follow]"))) {
    link.search = location.search; // it leads to the same demo, as it is here
  }
};

/** What is long, such as points, is not sent to servers, which take short addresses only. @param {HTMLInputElement} control */
const isLong = (control) => control.hidden;

/** @param {string} text of a query, or of what comes after it @returns {Record<string, string>} */
const readPairs = (text) => Object.fromEntries(new URLSearchParams(text));

/** The options of the address, by the names and values of today. */
const readQuery = () => {
  const long = readPairs(location.hash.slice(1));
  const known = controls.filter(isLong).filter(({ name }) => name in long);
  const pairs = Object.fromEntries(known.map(({ name }) => [name, long[name]]));
  return translate(controls, { ...readPairs(location.search), ...pairs });
};

/** Keep the address such that a copy of it shows the same demo. */
const writeAddress = () => {
  const query = new URLSearchParams(translate(controls, readPairs(location.search)));
  const long = new URLSearchParams();
  for (const control of controls) {
    const isUsual = control.value === findDefault(control);
    if (isUsual || isLong(control)) query.delete(control.name);
    if (!isUsual) (isLong(control) ? long : query).set(control.name, control.value);
  }
  query.delete("v");
  if (main.dataset.version && query.size) query.set("v", main.dataset.version);
  const text = String(query);
  const rest = long.size ? `#${long}` : "";
  history.replaceState(null, "", (text ? `?${text}` : location.pathname) + rest);
  writeLinks();
  dispatchEvent(new Event("moongrad:address"));
};

const writeAddressSoon = () => {
  clearTimeout(writing); // browsers take the address only so many times a second
  writing = setTimeout(writeAddress, 200);
};

/** Show the options of the address at once; Python replaces what is wrong with them when it has started. */
export const readAddress = () => {
  const texts = readQuery();
  for (const control of controls) showValue(control, texts[control.name]);
  writeLinks();
};

/** What Python is to start with: what has been typed already counts more than the address. */
export const readFirstTexts = () => {
  const changed = controls.filter((control) => typed.has(control));
  return { ...readQuery(), ...readTexts(changed) };
};

// --- the view -----------------------------------------------------------------------------

/**
 * Show the options and the editors' values as Python has them, but not over what it does not
 * know yet.
 * @param {import("./render.js").View} view @param {import("./requests.js").Requests} requests
 */
export const showOptions = ({ texts, outputs, problem }, requests) => {
  let isChanged = false;
  if (!requests.isWaitingFor("options")) {
    for (const control of controls) {
      const isKept = typed.has(control) || control === document.activeElement; // somebody may be about to type
      if (isKept || control.value === texts[control.name]) continue;
      showValue(control, texts[control.name]);
      isChanged = true;
    }
  }
  for (const editor of editors) {
    const isKept = typed.has(editor) || requests.isWaitingFor("edit") || problem?.option === editor.name;
    if (!isKept && editor !== document.activeElement) showValue(editor, outputs[editor.name]);
  }
  return isChanged;
};

/** Options have been changed by something else than their controls, such as dragging. */
export const noteChangedOptions = writeAddressSoon;

// --- what the visitor does ----------------------------------------------------------------

/**
 * Ask for what the visitor sets.
 * @param {import("./requests.js").Requests} requests
 * @param {{ isLoading: () => boolean, play: () => void, isCalm: () => boolean }} stage
 */
export const listenToControls = (requests, { isLoading, play, isCalm }) => {
  const changeOptions = () => {
    writeAddressSoon();
    dispatchEvent(new Event("moongrad:options"));
    if (isLoading()) return; // the first request will have them
    typed.clear();
    requests.ask("options", { texts: readTexts(controls) });
  };
  /** @param {HTMLInputElement} control */
  const change = (control) => {
    showValue(control);
    typed.add(control);
    changeOptions();
  };
  /** @param {HTMLInputElement} editor */
  const edit = (editor) => {
    typed.delete(editor);
    requests.ask("edit", { text: editor.value });
  };
  for (const control of controls) control.addEventListener("change", () => change(control));
  for (const editor of editors) {
    editor.addEventListener("change", () => {
      showValue(editor);
      edit(editor);
    });
  }
  for (const field of [...controls, ...editors]) {
    field.addEventListener("input", () => typed.add(field));
    field.addEventListener("blur", () => isLoading() || typed.delete(field)); // `change` has come before
  }
  for (const slider of /** @type {HTMLInputElement[]} */ (findAll("input[data-slider]"))) {
    const control = /** @type {HTMLInputElement} */ (find(`input[name="${slider.dataset.slider}"]`));
    slider.addEventListener("input", () => {
      control.value = slider.value;
      if (editors.includes(control)) edit(control);
      else change(control);
    });
  }
  for (const preset of findAll("button[data-set]")) {
    preset.addEventListener("click", () => {
      for (const pair of (preset.dataset.set ?? "").split("&")) {
        const name = pair.slice(0, pair.indexOf("="));
        const text = pair.slice(name.length + 1); // not URL-encoded: formulas have plus signs
        const control = controls.find((control) => control.name === name);
        if (!control) continue;
        showValue(control, text);
        typed.add(control);
      }
      changeOptions();
      const { play: shown } = preset.dataset;
      if (shown === undefined) return;
      play();
      if (shown) find(shown).scrollIntoView({ block: "start", behavior: isCalm() ? "auto" : "smooth" });
    });
  }
  for (const form of findAll("form:is(.controls, .editor)")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }
};
