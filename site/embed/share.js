/**
 * The panel that hands out snippets: in the dialog behind every demo's button Share, and on the
 * page Embed.
 */
import { copy } from "../shell/copy.js";
import { listControls, readTexts } from "../stage/options.js";
import { facts, runtime, script } from "./facts.js";
import { makePictures, makeSnippets } from "./snippets.js";

/** @typedef {import("./snippets.js").Choice} Choice */

const site = new URL(".", location.href);
const LONGEST = 8000; // characters of an address that all browsers and hosts take

const ABOUT = {
  widget: "Tiny until a reader presses Start. Resizes to fit your column, and nothing jumps.",
  frame: "For platforms that allow frames but no scripts. It loads when a reader scrolls to it.",
  markdown: "For platforms that allow neither: a picture that links to the demo.",
  link: "The demo on its own page.",
};

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/**
 * Let a panel show the snippets of what `choose` returns, now and after each `update()`.
 * @param {HTMLElement} panel
 * @param {() => Choice} choose
 */
export const makePanel = (panel, choose) => {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (panel.querySelector(selector));
  const code = find("code");
  const said = find("[role=status]");
  const update = () => {
    const choice = choose();
    const known = facts[choice.demo];
    const kinds = makeSnippets(site, known, choice);
    const kind = /** @type {keyof typeof kinds} */ (
      /** @type {HTMLInputElement} */ (find("input[type=radio]:checked")).value
    );
    code.textContent = kinds[kind];
    find(".about").textContent = ABOUT[kind];
    const { label, files } = makePictures(site, known, choice);
    find(".pictures").replaceChildren(
      "Just the picture: ",
      ...files.flatMap(([name, href]) => {
        const link = Object.assign(document.createElement("a"), { href, download: "", textContent: name });
        return [link, " "];
      }),
      label,
    );
    const first = { widget: script + known.poster, frame: 0, markdown: known.poster, link: 0 }[kind];
    const later = kind === "frame" ? "when they scroll to it" : "when they press Start";
    const parts = [
      kind === "link" ? "" : `Your page loads ${size(first)} more for each reader`,
      kind === "widget" || kind === "frame" ? `, and ${size(runtime)} ${later} (once for all demos).` : ".",
    ];
    find(".cost").textContent = kind === "link" ? "" : parts.join("");
    if (kinds.link.length > LONGEST) {
      find(".cost").textContent += ` This link has ${kinds.link.length.toLocaleString("en")} characters. Browsers take it, but some apps cut it: then send a file instead.`;
    }
    said.textContent = "";
  };
  for (const radio of panel.querySelectorAll("input[type=radio]")) radio.addEventListener("change", update);
  find("button[data-copy]").addEventListener("click", async () => {
    said.textContent = await copy(code);
  });
  return update;
};

/** What differs from the defaults. @param {string} demo @param {Record<string, string>} texts */
export const chosen = (demo, texts) =>
  Object.fromEntries(
    Object.entries(facts[demo].options)
      .filter(([name, [usual]]) => name in texts && texts[name] !== usual)
      .map(([name]) => [name, texts[name]]),
  );

// --- the dialog of a demo's own page ---------------------------------------------------

/** @param {HTMLDialogElement} dialog @param {HTMLElement} main @param {() => Promise<string>} askWeights */
const listen = (dialog, main, askWeights) => {
  const box = /** @type {HTMLInputElement} */ (dialog.querySelector("input[type=checkbox]"));
  const theme = /** @type {HTMLSelectElement} */ (dialog.querySelector("select"));
  const controls = listControls(main);
  let weights = "";
  const demo = main.dataset.demo ?? "";
  const update = makePanel(dialog, () => ({
    demo,
    texts: chosen(demo, readTexts(controls)),
    theme: theme.value,
    autostart: false,
    controls: true,
    show: "",
    weights: box.checked ? weights : "",
  }));
  box.addEventListener("change", update);
  theme.addEventListener("change", update);
  return async () => {
    weights = "";
    box.disabled = true;
    update();
    dialog.showModal();
    weights = await askWeights(); // Python may be busy
    box.disabled = !weights;
    update();
  };
};

/** Open the dialog. @param {() => Promise<string>} askWeights gives those of the demo, if it has any */
export const share = (askWeights) => {
  open ??= listen(
    /** @type {HTMLDialogElement} */ (document.querySelector("dialog[aria-labelledby=share-heading]")),
    /** @type {HTMLElement} */ (document.querySelector("main[data-demo]")),
    askWeights,
  );
  return open();
};
/** @type {(() => Promise<void>) | undefined} */
let open;
