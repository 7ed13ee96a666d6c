/**
 * The frame's end of an embedded demo: tells the element in the host's page (embed.js) how the
 * demo stands, and does what it asks. How the demo is laid out in a frame is in layout.js. Knows the
 * demo only by what every page has: its state, its buttons, its controls.
 */

import { translate } from "../stage/addresses.js";
import { findDefault, listControls, readTexts } from "../stage/options.js";
import { facts } from "./facts.js";
import { findNaturalHeight, layOut, note } from "./layout.js";

/** @typedef {Record<string, unknown>} Message */

const PROTOCOL = 1;
const main = /** @type {HTMLElement} */ (document.querySelector("main[data-demo]"));
const alertLine = /** @type {HTMLElement} */ (main.querySelector("[role=alert]"));
const statusLine = /** @type {HTMLElement} */ (main.querySelector("[role=status]"));
const controls = listControls(main);

const { demo = "" } = main.dataset;
layOut(main, facts[demo], new URLSearchParams(location.search));

// --- what the host may ask for ------------------------------------------------------------

/** @type {MessagePort | null} */
let port = null;
let host = ""; // the origin of the first page that said hello, and of no other

/** @param {Message} message */
const tell = (message) => port?.postMessage(message);

/** @param {"play" | "pause" | "reset"} what */
const ask = (what) => dispatchEvent(new CustomEvent("moongrad:ask", { detail: what }));

/** By kind of message. @type {Record<string, (message: any) => void>} */
const receivers = {
  play() {
    isResting = !isSeen; // out of sight it waits until it is seen
    if (isSeen) ask("play");
  },
  pause() {
    isResting = false; // who pauses it wants it so when it is back
    ask("pause");
  },
  reset() {
    isResting = false;
    ask("reset");
  },
  theme: ({ theme }) => /** @type {any} */ (globalThis).setTheme(String(theme ?? "auto")), // early.js
  options({ texts: given, retrain }) {
    const texts = translate(controls, Object(given)); // the host's snippet may be an old one
    note(main, "");
    const changed = controls.filter((control) => {
      if (!Object.hasOwn(texts, control.name)) return false;
      const text = String(texts[control.name] ?? findDefault(control)).slice(0, 1000);
      if (text === control.value) return false;
      const { options } = /** @type {any} */ (control);
      const choices = [...(options ?? [])].map(({ value }) => value);
      if (choices.length && !choices.includes(text)) {
        const refusal = `The option “${control.name}” is ${choices.join(" or ")}, not “${text}”.`;
        note(main, refusal);
        tell({ kind: "refusal", text: refusal });
        return false;
      }
      control.value = text;
      return true;
    });
    // All have their values before the first is noticed: one alone might not fit the others.
    for (const control of changed) control.dispatchEvent(new Event("change", { bubbles: true }));
    if (changed.length && retrain) receivers.play({});
  },
};

addEventListener("message", ({ source, origin, data, ports }) => {
  if (source !== parent || data?.moongrad !== PROTOCOL || data.kind !== "hello" || !ports[0]) return;
  if (host && origin !== host) return;
  host = origin;
  port?.close();
  port = ports[0];
  port.onmessage = ({ data }) => {
    const kind = String(data?.kind);
    if (Object.hasOwn(receivers, kind)) receivers[kind](data);
  };
  // The picture in the host's page is behind the frame until there is something to see in it.
  if (data.isBacked) document.documentElement.dataset.backed = "";
  lastHeight = 0;
  tellHeight();
  tellState();
  tellDrawn();
});

// --- what the host is told ---------------------------------------------------------------

let [lastHeight, lastState] = [0, ""];
let isDrawn = false; // and the host has been told

/** For the first scripts, which make the frame as high as this; later ones only need to know that it's there. */
const tellHeight = () => {
  const height = findNaturalHeight();
  if (port && height !== lastHeight) tell({ kind: "height", height: (lastHeight = height) });
};

const tellDrawn = () => {
  const isLive = [...main.querySelectorAll(".shown figure")].every((figure) => figure.hasAttribute("data-live"));
  if (!port || isDrawn || !isLive) return;
  isDrawn = true;
  delete document.documentElement.dataset.backed;
  tell({ kind: "drawn" });
};

const tellState = () => {
  const { state = "loading" } = main.dataset;
  const text = { error: alertLine.textContent, done: statusLine.textContent }[state] ?? "";
  if (state === "error" && !text) return; // the reason is written next
  if (port && `${state} ${text}` !== lastState) {
    lastState = `${state} ${text}`;
    tell({ kind: "state", state, text });
  }
};

addEventListener("resize", tellHeight);
new MutationObserver(tellDrawn).observe(main, { attributeFilter: ["data-live"], subtree: true });
new MutationObserver(() => {
  tellState();
  // It may be through before it hears that it is to rest.
  if (main.dataset.state === "done" || main.dataset.state === "error") isResting = false;
  rest();
}).observe(main, { attributeFilter: ["data-state"] });
new MutationObserver(tellState).observe(alertLine, { childList: true });
addEventListener("moongrad:step", (event) => {
  tell({ kind: "step", record: /** @type {CustomEvent} */ (event).detail });
});
const tellOptions = () => {
  tell({ kind: "options", texts: readTexts(controls) });
};
addEventListener("moongrad:address", tellOptions);

// --- off the screen it rests ------------------------------------------------------------------

let isSeen = true;
let isResting = false; // it was running when it went, and goes on when it is back

const rest = () => {
  if (!isSeen && !isResting && main.dataset.state === "running") {
    isResting = true;
    ask("pause");
  } else if (isSeen && isResting) {
    isResting = false;
    ask("play");
  }
};
new IntersectionObserver((entries) => {
  isSeen = entries[entries.length - 1].isIntersecting;
  rest();
}).observe(main);

// No secret, whoever it is.
if (parent !== window) parent.postMessage({ moongrad: PROTOCOL, kind: "here" }, "*");
