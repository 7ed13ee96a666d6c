/**
 * <moongrad-demo demo="moons" noise="0.2">: a demo in anybody's page. It shows a picture of a
 * finished run, and nothing else is loaded until somebody asks for it; then the demo's own page
 * takes the picture's place, in a sandboxed frame as high as what is in it.
 *
 * Attributes: `demo`; `theme`, one of auto, light and dark; `autostart`; `controls="off"`;
 * `weights`, as the share button writes them; and every option of the demo, by its name. `hidden`
 * is also an attribute of HTML, which hides where this script does not run: `hidden-layers` is
 * the same option. All may change later, and the demo follows.
 *
 * Methods: `play()`, `pause()`, `reset()`. Events: `ready`; `step`, with the record as its
 * detail; `done`, with the last record; `error`, with a `message`. `data-state` is kept current.
 *
 * The build makes a plain script of it (builder/embeds.py): DEMOS, what there is to embed, HOME,
 * the address of the site or "", SIZE, of the pictures, and what is imported stand in front, and
 * braces around it all, so that a page may have the script twice.
 *
 * @typedef {object} Facts
 * @property {string} file of the page
 * @property {string} title
 * @property {string} alt what the picture shows
 * @property {string[]} options names
 * @property {[string, Record<string, string>][]} presets options that have a picture of their own, by its name
 * @property {[number, number, number][]} heights widths of the frame, and how high the demo is there, with
 *   its options and without
 */
import { findCard } from "./card.js";

// @ts-ignore: DEMOS
const facts = /** @type {Record<string, Facts>} */ (DEMOS);
// Where a host has made one script of many, or a module, the build may know where the site is.
const ADDRESS = /\/embed\/v1\.js([?#]|$)/;
const sources = [document.currentScript, ...document.scripts].map((script) => /** @type {any} */ (script)?.src ?? "");
// @ts-ignore: HOME
const script = sources.find((source) => ADDRESS.test(source)) ?? (HOME && `${HOME}embed/v1.js`);
if (!script) throw new Error("<moongrad-demo> needs embed/v1.js in a <script src> of its own, to know its site.");
const site = new URL("../", script);

const PROTOCOL = 1;
// @ts-ignore: SIZE
const [WIDTH, HEIGHT] = SIZE; // CSS pixels of the pictures
const LINE = 24; // between two known widths, or in other fonts, the text may have a line more
const ANSWER = 30_000; // ms that the frame's page has to answer in, once it has loaded
const ARRIVAL = 60_000; // and if it does not load at all
const OWN = ["demo", "theme", "autostart", "controls", "weights", "hidden-layers"];
/** Attributes that mean something to HTML and nothing to a demo. */
const HTML =
  /^(class|id|style|slot|part|lang|dir|title|role|tabindex|translate|is|hidden|inert|nonce|align|width|height|draggable|accesskey|item.*|(data|aria|x|v|ng|hx)-.*|[@_#].*|.*:.*|on.*)$/;
const CHOICES = { theme: ["auto", "light", "dark"], controls: ["on", "off"], autostart: ["", "autostart", "true"] };
const RELOADING = ["demo", "weights", "controls"];
const NAMES = new Set(Object.values(facts).flatMap(({ options }) => options));

const STYLE = `
:host { display: block; position: relative; }
:host([hidden=""]) { display: none; }
:host([hidden]:not([hidden=""])) { display: block !important; }
[hidden] { display: none !important; }
.room { position: relative; }
.starting .poster { position: absolute; top: 0; inset-inline: 0; }
.poster img { display: block; width: 100%; height: auto; max-width: ${WIDTH}px; }
.line { min-height: 1.5em; }
iframe { display: block; width: 100%; border: 0; }
iframe.early { visibility: hidden; }
.play { position: absolute; top: 0; inset-inline-start: 0; width: 100%; max-width: ${WIDTH}px; aspect-ratio: ${WIDTH / HEIGHT}; border: 0; padding: 0; background: none; cursor: pointer; font: inherit; }
.play span { display: inline-block; padding: 0.6em 1.2em; border-radius: 2em; background: #0072b2; color: #fff;
  font: 600 1rem/1.4 system-ui, sans-serif; box-shadow: 0 1px 6px rgb(0 0 0 / 0.35); }
.play:hover span { background: #005f96; }
.play:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
.play[aria-disabled] { cursor: progress; }
[role="status"] { position: absolute; clip-path: inset(50%); }
p { margin: 0.4em 0 0; font: 0.875rem/1.5 system-ui, sans-serif; }`;

const sheet = new CSSStyleSheet(); // which a host's policy on styles does not concern
sheet.replaceSync(STYLE);

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

class MoongradDemo extends HTMLElement {
  static observedAttributes = [...OWN, ...NAMES];

  #room = make("div", { class: "room" });
  #poster = make("div", { class: "poster" });
  #label = make("span");
  #button = /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: "play" }, this.#label));
  #said = make("p", { role: "status" });
  #line = make("p", { class: "line" });
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** @type {MessagePort | null} */
  #port = null;
  #isReady = false;
  #isWanted = true; // to play, as soon as it is there
  /** @type {Record<string, unknown> | null} */
  #record = null;
  #waiting = 0;
  /** Attributes that have changed. @type {Set<string>} */
  #changed = new Set();
  /** Those that the demo is to hear of when it is there. @type {Set<string>} */
  #late = new Set();
  #isThere = false; // its first attributes are older than its place in the page
  #isAsPasted = true; // and not changed since
  #width = 0; // that room has been reserved for
  /** @type {IntersectionObserver | null} */
  #watcher = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    this.#button.addEventListener("click", () => this.play());
    this.#room.append(this.#poster, this.#button);
    shadow.append(this.#room, this.#line, this.#said);
  }

  connectedCallback() {
    this.#isThere = true;
    addEventListener("message", this.#receive);
    for (const image of this.querySelectorAll("img")) {
      Object.assign(image.style, { maxWidth: "100%", height: "auto" }); // where the host does not
    }
    this.#rest();
    this.#sizes.observe(this.#room);
  }

  disconnectedCallback() {
    this.#isThere = false;
    removeEventListener("message", this.#receive);
    this.#sizes.disconnect();
    this.#remove();
  }

  /** Turned, a phone needs other room. */
  #sizes = new ResizeObserver(() => {
    if (this.#width && this.#width !== this.#room.clientWidth) this.#reserve(0);
  });

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (old === value || !this.#isThere) return;
    if (!this.#changed.size) queueMicrotask(() => this.#follow()); // several may change at once
    this.#changed.add(name);
  }

  #follow() {
    const changed = this.#changed;
    this.#changed = new Set();
    this.#isAsPasted = false;
    if (!this.#isThere) return;
    const problem = this.#problem();
    if (this.#frame && !problem && !RELOADING.some((name) => changed.has(name))) {
      this.#late = new Set([...this.#late, ...changed]);
      if (this.#port) this.#catchUp();
      return;
    }
    const wasLive = this.#frame !== null;
    this.#rest(problem);
    if (wasLive && !problem) this.#start();
  }

  /** Tell the demo what has changed, and nothing else: the rest is what the reader has made of it. */
  #catchUp() {
    const changed = this.#late;
    this.#late = new Set();
    if (changed.has("theme")) this.#send("theme", { theme: this.getAttribute("theme") });
    if (changed.delete("hidden-layers")) changed.add("hidden");
    const pairs = Object.entries(this.#options(true)).filter(([name]) => changed.has(name));
    if (pairs.length) this.#send("options", { texts: Object.fromEntries(pairs) });
    this.#explain("");
  }

  /** One of poster, loading, ready, running, paused, done and error. */
  get state() {
    return this.dataset.state ?? "poster";
  }

  play() {
    this.#isWanted = true;
    if (this.#port) this.#send("play");
    else if (!this.#frame) this.#start();
  }

  pause() {
    this.#isWanted = false;
    this.#send("pause");
  }

  reset() {
    this.#isWanted = false;
    this.#send("reset");
  }

  /** @returns {Facts | undefined} */
  get #facts() {
    const name = this.getAttribute("demo") ?? "moons";
    return Object.hasOwn(facts, name) ? facts[name] : undefined;
  }

  /**
   * The options that the attributes give, by name.
   * @param {boolean} isFull whether the others are there as well, as null
   */
  #options(isFull = false) {
    const names = this.#facts?.options ?? [];
    const read = (/** @type {string} */ name) =>
      name === "hidden"
        ? this.getAttribute(name) || this.getAttribute("hidden-layers")
        : this.getAttribute(name);
    /** @type {[string, string | null][]} */
    const pairs = names.map((name) => [name, read(name)]);
    return Object.fromEntries(isFull ? pairs : pairs.filter(([, value]) => value !== null));
  }

  /** The demo's page. @param {Record<string, string>} more parameters */
  #address(more = {}) {
    const address = new URL(this.#facts?.file ?? "", site);
    const options = { ...more, ...this.#options() };
    for (const [name, value] of Object.entries(options)) address.searchParams.set(name, value ?? "");
    const weights = this.getAttribute("weights");
    if (weights) address.hash = `weights=${weights}`;
    return address.href;
  }

  /** Show the picture: nothing is loaded but that. @param {string} reason why it came to that */
  #rest(reason = this.#problem()) {
    const wasLive = this.#frame !== null;
    this.#remove();
    this.dataset.state = reason ? "error" : "poster";
    this.#said.textContent = wasLive ? reason : "";
    const known = this.#facts;
    const title = known?.title ?? "moongrad";
    if (this.#isPictured) this.#poster.replaceChildren(make("slot"));
    else this.#poster.replaceChildren(this.#picture());
    this.#poster.hidden = false;
    this.#button.hidden = !known;
    this.#button.removeAttribute("aria-disabled");
    this.#label.textContent = "▶ Start";
    this.#button.setAttribute("aria-label", `Start the demo: ${title}`);
    this.#explain(reason ? `${reason} ` : "");
    // A host may begin to listen when the element is there.
    if (reason) setTimeout(() => this.#tell("error", { message: reason }));
    if (this.hasAttribute("autostart") && !reason) this.#watch();
  }

  /** Start when it comes into view, unless the reader would rather be asked. */
  #watch() {
    // @ts-ignore: not known everywhere
    if (navigator.connection?.saveData || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.#reserve(this.#estimate());
    this.#whenSeen(() => this.play());
  }

  /** @param {() => void} act */
  #whenSeen(act) {
    this.#watcher?.disconnect();
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      act();
    });
    watcher.observe(this);
    this.#watcher = watcher;
  }

  #problem() {
    const known = this.#facts;
    if (!known) {
      const name = this.getAttribute("demo");
      return `There is no demo “${name}”; there are ${Object.keys(facts).join(", ")}.`;
    }
    for (const [name, choices] of Object.entries(CHOICES)) {
      const value = this.getAttribute(name);
      if (value === null || choices.includes(value)) continue;
      return `The attribute “${name}” is ${choices.filter(Boolean).join(" or ")}, not “${value}”.`;
    }
    const allowed = new Set([...OWN, ...known.options]);
    const odd = this.getAttributeNames().filter((name) => !allowed.has(name) && !HTML.test(name));
    if (!odd.length) return "";
    return `The demo has no option “${odd.join("”, “")}”; it has ${known.options.join(", ")}.`;
  }

  #picture() {
    const theme = this.getAttribute("theme") ?? "";
    const demo = this.#facts ? this.getAttribute("demo") ?? "moons" : "moons";
    const name = findCard(demo, facts[demo].presets, this.#options());
    const source = (/** @type {string} */ theme) => new URL(`embed/posters/${name}-${theme}.webp`, site).href;
    const alt = facts[demo].alt;
    const size = { width: String(WIDTH), height: String(HEIGHT) };
    const image = make("img", { src: source(theme === "dark" ? "dark" : "light"), alt, ...size });
    if (theme === "dark" || theme === "light") return image;
    const dark = make("source", { srcset: source("dark"), media: "(prefers-color-scheme: dark)" });
    return make("picture", {}, dark, image);
  }

  /** Whether the host has put a picture into the element, and a link, for where there are no scripts. */
  get #isPictured() {
    return this.#isAsPasted && this.querySelector("img") !== null;
  }

  /** The line below: what is wrong, if anything is, and where the demo is at home. @param {string} text */
  #explain(text) {
    this.#line.hidden = this.state === "poster" && !text && this.#isPictured;
    const title = this.#facts?.title ?? "moongrad";
    // A sandbox may allow no other window.
    const target = { ...(origin !== "null" && { target: "_blank" }) };
    const link = make("a", { href: this.#address(), rel: "noopener", ...target }, `Open “${title}” on its own page`);
    this.#line.replaceChildren(text, link);
  }

  #start() {
    if (!this.isConnected || !this.#facts) return;
    this.dataset.state = "loading";
    this.#isReady = false;
    this.#explain("");
    this.#label.textContent = "Loading…";
    this.#button.setAttribute("aria-label", `Loading the demo: ${this.#facts.title}`);
    this.#button.setAttribute("aria-disabled", "true"); // disabled it would lose the focus
    this.#said.textContent = "The demo is loading.";
    // All the room it will need at once: what is below moves only while somebody clicks.
    this.#reserve(this.#estimate());
    const theme = this.getAttribute("theme") ?? "auto";
    const more = { embed: "1", theme, ...(this.getAttribute("controls") === "off" && { controls: "off" }) };
    const frame = /** @type {HTMLIFrameElement} */ (
      make("iframe", {
        class: "early",
        sandbox: "allow-scripts allow-same-origin",
        referrerpolicy: "no-referrer",
        loading: "lazy",
        title: `Demo: ${this.#facts.title}`,
        src: this.#address(more),
      })
    );
    const expect = (/** @type {number} */ ms) => {
      clearTimeout(this.#waiting);
      if (!this.#port) this.#waiting = setTimeout(() => this.#rest("The demo did not answer."), ms);
    };
    frame.addEventListener("load", () => expect(ANSWER));
    this.#frame = frame;
    this.#late.clear(); // it has heard of everything
    this.#whenSeen(() => expect(ARRIVAL)); // it may load no sooner
    // The line below is where it will stay, from the moment of the click.
    this.#room.classList.add("starting");
    frame.style.height = this.#room.style.minHeight;
    this.#room.append(frame);
  }

  /** Keep room for what is to come; 0 for none. @param {number} height */
  #reserve(height) {
    this.#width = height && this.#room.clientWidth;
    this.#room.style.minHeight = height ? `${height}px` : "";
  }

  /** How high the demo will be, at its present width. */
  #estimate() {
    const heights = this.#facts?.heights ?? [];
    const k = this.getAttribute("controls") === "off" ? 2 : 1;
    const width = this.#room.clientWidth;
    const after = heights.findIndex(([w]) => w >= width);
    const near = after < 0 ? heights.slice(-1) : heights.slice(Math.max(0, after - 1), after + 1);
    return Math.max(0, ...near.map((known) => known[k] + LINE));
  }

  #remove() {
    clearTimeout(this.#waiting);
    this.#watcher?.disconnect();
    this.#port?.close();
    this.#port = null;
    this.#frame?.remove();
    this.#frame = null;
    this.#reserve(0);
    this.#room.classList.remove("starting");
    this.#record = null;
  }

  /** Only a frame of ours, with a page of ours in it, is listened to. */
  #receive = (/** @type {MessageEvent} */ { source, origin, data }) => {
    const frame = this.#frame;
    if (!frame?.contentWindow || source !== frame.contentWindow) return;
    if (data?.moongrad !== PROTOCOL || data.kind !== "here") return;
    if (origin === "null") return this.#rest("This page does not let the demo run.");
    if (origin !== site.origin) return;
    clearTimeout(this.#waiting);
    // From here on through a channel that nobody else has an end of.
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#hear(data);
    frame.contentWindow.postMessage({ moongrad: PROTOCOL, kind: "hello" }, site.origin, [port2]);
    this.#catchUp();
    if (this.#isWanted) this.#send("play");
  };

  /** @param {any} message */
  #hear(message) {
    const { kind } = message ?? {};
    if (kind === "height" && Number.isFinite(message.height)) this.#show(message.height);
    else if (kind === "step" && message.record) this.#tell("step", (this.#record = message.record));
    else if (kind === "options" && message.texts) this.#tell("options", message.texts);
    else if (kind === "refusal") this.#refuse(String(message.text));
    else if (kind === "state") this.#change(String(message.state), String(message.text ?? ""));
  }

  /** Say what the demo does not take; it goes on as it was. @param {string} text */
  #refuse(text) {
    this.#explain(`${text} `);
    this.#tell("error", { message: text });
  }

  /** @param {number} height */
  #show(height) {
    const frame = this.#frame;
    if (!frame) return;
    frame.style.height = `${Math.min(Math.max(height, 50), 20_000)}px`;
    if (!frame.classList.contains("early")) return;
    const hadFocus = this.shadowRoot?.activeElement === this.#button;
    frame.classList.remove("early");
    this.#poster.hidden = true;
    this.#button.hidden = true;
    if (hadFocus) frame.focus(); // on with Tab, into the demo
  }

  /** @param {string} state @param {string} text */
  #change(state, text) {
    if (!["loading", "ready", "running", "paused", "done", "error"].includes(state)) return;
    if (state === this.state && state !== "error") return;
    this.dataset.state = state;
    this.#said.textContent = state === "error" ? text : "";
    if (!this.#isReady && state !== "loading" && state !== "error") {
      this.#isReady = true;
      this.#tell("ready", {});
    }
    if (state === "done") this.#tell("done", { ...this.#record, text });
    if (state === "error") this.#tell("error", { message: text });
  }

  /** @param {string} kind @param {object} fields */
  #send(kind, fields = {}) {
    this.#port?.postMessage({ kind, ...fields });
  }

  /** @param {string} kind @param {object} detail */
  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

if (!customElements.get("moongrad-demo")) customElements.define("moongrad-demo", MoongradDemo);
