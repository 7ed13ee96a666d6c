/** The page Embed: choose a demo, see it as readers will, copy the snippet. */
import { facts } from "./facts.js";
import { takePicture } from "./picture.js";
import { chosen, makePanel } from "./share.js";

/** @typedef {import("./facts.js").Field} Field */

const find = (/** @type {string} */ selector) => /** @type {any} */ (document.querySelector(selector));
const [demo, preset, show, theme] = ["demo", "preset", "show", "theme"].map((name) => find(`select[name=${name}]`));
const [autostart, controls] = ["autostart", "controls"].map((name) => find(`input[name=${name}]`));
const [stand, firstOptions] = [find(".preview"), find(".first-options")];
const [draw, said] = [find("button[name=draw]"), find(".drawing [role=status]")];

const about = said.textContent;

/** @type {Record<string, string>} */
let texts = {};
/** @type {any} */
let live;
/** A picture of this very demo, once it has been drawn. @type {import("./picture.js").Picture | null} */
let own = null;

const renewPanel = makePanel(find(".panel"), () => ({
  demo: demo.value,
  texts,
  theme: theme.value,
  autostart: autostart.checked,
  controls: controls.checked,
  show: show.value,
  weights: "",
  own,
}));

const update = () => {
  own = null; // it shows what the demo was like before
  said.textContent = about;
  renewPanel();
};

/** @param {HTMLSelectElement} select @param {string} usual @param {[string, string][]} entries */
const list = (select, usual, entries) => {
  select.replaceChildren(...[["", usual], ...entries].map(([value, label]) => new Option(label, value)));
  select.disabled = !entries.length;
};

/** A control for an option that most people want to set. @param {Field} field */
const makeField = ({ name, label, choices, attributes }) => {
  const control = document.createElement(choices.length ? "select" : "input");
  for (const [value, word] of choices) control.append(new Option(word, value));
  const id = `first-${name}`;
  for (const [key, value] of Object.entries({ ...attributes, id, name, autocomplete: "off" })) control.setAttribute(key, value);
  control.addEventListener("change", () => {
    texts = chosen(demo.value, { ...texts, [name]: control.value });
    preset.value = "";
    change(name);
  });
  const box = Object.assign(document.createElement("div"), { className: "control" });
  const fields = Object.assign(document.createElement("div"), { className: "fields" });
  fields.append(control);
  box.append(Object.assign(document.createElement("label"), { htmlFor: id, textContent: label }), fields);
  return box;
};

const listChoices = () => {
  const known = facts[demo.value];
  list(preset, "default", Object.entries(known.labels));
  list(show, "same as the picture", known.figures.length > 1 ? known.figures.map((name) => [name, `only ${name.replace("_", " ")}`]) : []);
  firstOptions.replaceChildren(...known.fields.map(makeField));
};

const showTexts = () => {
  const { fields, options } = facts[demo.value];
  for (const { name } of fields) find(`#first-${name}`).value = texts[name] ?? options[name][0];
};

/** Set the attribute of an option, as somebody's own script would. @param {string} name */
const change = (name) => {
  if (name in texts) live.setAttribute(name === "hidden" ? "hidden-layers" : name, texts[name]);
  else live.removeAttribute(name === "hidden" ? "hidden-layers" : name);
  update();
};

/** Put the demo on the stand, as the snippet will put it into a page. */
const renew = () => {
  live?.remove();
  live = document.createElement("moongrad-demo");
  live.setAttribute("demo", demo.value);
  for (const [name, value] of Object.entries(texts)) live.setAttribute(name === "hidden" ? "hidden-layers" : name, value);
  live.setAttribute("theme", theme.value);
  if (!controls.checked) live.setAttribute("controls", "off");
  if (show.value) live.setAttribute("show", show.value);
  // What is changed in the demo itself is part of the snippet, too.
  live.addEventListener("options", (/** @type {Event} */ event) => {
    texts = chosen(demo.value, /** @type {CustomEvent} */ (event).detail);
    showTexts();
    update();
  });
  stand.append(live);
  showTexts();
  update();
};

/** Have the demo train to its end, if it has not, and save what it shows then. */
draw.addEventListener("click", async () => {
  const current = live;
  stand.scrollIntoView({ block: "nearest" }); // out of sight it rests
  said.textContent = "Training…";
  if (current.state !== "done") {
    const end = new Promise((resolve) => current.addEventListener("done", resolve, { once: true }));
    current.play();
    await end;
  }
  const picture = await takePicture(current.shadowRoot.querySelector("iframe").contentWindow);
  if (current !== live) return;
  own = picture;
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(picture.blob), download: picture.file });
  link.click();
  URL.revokeObjectURL(link.href);
  renewPanel();
  said.textContent = `Saved as ${picture.file}. Upload it next to your post: the snippet now uses it.`;
});

demo.addEventListener("change", () => {
  texts = {};
  listChoices();
  renew();
});
preset.addEventListener("change", () => {
  texts = { ...facts[demo.value].presets[preset.value] };
  renew();
});
for (const control of [show, theme, controls]) control.addEventListener("change", renew);
autostart.addEventListener("change", update);
for (const radio of document.querySelectorAll("input[name=width]")) {
  radio.addEventListener("change", () => (stand.dataset.width = /** @type {HTMLInputElement} */ (radio).value));
}
find("form.choices").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());

const wanted = new URLSearchParams(location.search).get("demo") ?? "";
if (Object.hasOwn(facts, wanted)) demo.value = wanted;
listChoices();
renew();
