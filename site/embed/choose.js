/** The page Embed: choose a demo, see it as readers will, copy the snippet. */
import { facts } from "./facts.js";
import { chosen, makePanel } from "./share.js";

const find = (/** @type {string} */ selector) => /** @type {any} */ (document.querySelector(selector));
const [demo, preset, theme] = ["demo", "preset", "theme"].map((name) => find(`select[name=${name}]`));
const [autostart, controls] = ["autostart", "controls"].map((name) => find(`input[name=${name}]`));
const stand = find(".preview");

/** @type {Record<string, string>} */
let texts = {};
/** @type {HTMLElement} */
let live;

const update = makePanel(find(".panel"), () => ({
  demo: demo.value,
  texts,
  theme: theme.value,
  autostart: autostart.checked,
  controls: controls.checked,
  weights: "",
}));

const listPresets = () => {
  const entries = Object.entries(facts[demo.value].labels);
  const options = [["", "as it is"], ...entries];
  preset.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
  preset.disabled = !entries.length;
};

/** Put the demo on the stand, as the snippet will put it into a page. */
const show = () => {
  live?.remove();
  live = document.createElement("moongrad-demo");
  live.setAttribute("demo", demo.value);
  for (const [name, value] of Object.entries(texts)) live.setAttribute(name, value);
  live.setAttribute("theme", theme.value);
  if (!controls.checked) live.setAttribute("controls", "off");
  // What is changed in the demo itself is part of the snippet, too.
  live.addEventListener("options", (event) => {
    texts = chosen(demo.value, /** @type {CustomEvent} */ (event).detail);
    update();
  });
  stand.append(live);
  update();
};

demo.addEventListener("change", () => {
  texts = {};
  listPresets();
  show();
});
preset.addEventListener("change", () => {
  texts = { ...facts[demo.value].presets[preset.value] };
  show();
});
for (const control of [theme, controls]) control.addEventListener("change", show);
autostart.addEventListener("change", update);
for (const radio of document.querySelectorAll("input[name=width]")) {
  radio.addEventListener("change", () => (stand.dataset.width = /** @type {HTMLInputElement} */ (radio).value));
}
find("form.choices").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());

const wanted = new URLSearchParams(location.search).get("demo") ?? "";
if (Object.hasOwn(facts, wanted)) demo.value = wanted;
listPresets();
show();
