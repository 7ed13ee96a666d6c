/**
 * <moongrad-demo demo="moons" noise="0.2">: a demo in anybody's page. It shows the picture of a
 * finished run, and nothing else is loaded until somebody asks for it. Then the demo's own page
 * takes the picture's place in a sandboxed frame. The frame is exactly as large as the picture and
 * the bar below it, so nothing in the host's page moves.
 *
 * Attributes: `demo`; `theme`, one of auto, light and dark; `autostart`; `controls="off"`,
 * `captions="off"`, `stats="off"`; `show`, the names of figures; `background="transparent"`;
 * `retrain="auto"`, after which a changed option trains by itself; `weights`, as the button Share
 * writes them; and every option of the demo, by its name. `hidden` is also an attribute of HTML,
 * which hides where this script does not run: `hidden-layers` is the same option. All may change
 * later, and the demo follows.
 *
 * Methods: `play()`, `pause()`, `reset()`. Events: `ready`; `step`, with the record as its
 * detail; `done`, with the last record; `error`, with a `message`. `data-state` is kept current.
 *
 * The build makes a plain script of it (builder/embeds.py): DEMOS, what there is to embed, HOME,
 * the address of the site or "", SIZES, of the pictures, and what is imported stand in front, and
 * braces around it all, so that a page may have the script twice.
 *
 * @typedef {object} Facts
 * @property {string} file of the page
 * @property {string} title
 * @property {import("./card.js").Options} options
 * @property {string[]} renamed names that options had before, for old snippets; the demo's page translates them
 * @property {import("./card.js").Presets} presets options that have a picture of their own, by its name; also in
 *   the words of old snippets
 * @property {Record<string, string>} alts what each picture shows, by the name of the preset, "" for none
 * @property {string[]} card names of the figures in the picture
 * @property {string[]} figures names of all that can be shown
 */
import { CHOICES, findProblem, listNames } from "./attributes.js";
import { describeCard, findCard } from "./card.js";

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
// CSS pixels of the pictures: of wide ones, and by the number of figures of those for narrow columns.
// @ts-ignore: SIZES
const { wide: WIDE, narrow: NARROW, limit: LIMIT, bar: BAR } = SIZES;
const ANSWER = 30_000; // ms that the frame's page has to answer in, once it has loaded
const ARRIVAL = 60_000; // and if it does not load at all
/** Attributes of ours that the address of a frame has, too. */
const PASSED = ["controls", "captions", "stats", "show", "background"];
const OWN = [...Object.keys(CHOICES), "demo", "show", "weights", "hidden-layers"];
/** Attributes that mean something to HTML and nothing to a demo. */
const HTML =
  /^(class|id|style|slot|part|lang|dir|title|role|tabindex|translate|is|hidden|inert|nonce|align|width|height|draggable|accesskey|item.*|(data|aria|x|v|ng|hx)-.*|[@_#].*|.*:.*|on.*)$/;
const RELOADING = ["demo", "weights", ...PASSED];
const NAMES = new Set(Object.values(facts).flatMap(({ options, renamed }) => [...Object.keys(options), ...renamed]));

const STYLE = `
:host { display: flex; flex-direction: column; position: relative; max-width: ${WIDE[0]}px; }
:host([data-figures="1"]) { max-width: ${WIDE[0] / 2}px; }
:host([hidden=""]) { display: none; }
:host([hidden]:not([hidden=""])) { display: flex !important; }
[hidden] { display: none !important; }
.room { position: relative; flex: 1; display: flex; flex-direction: column; }
.poster { flex: 1; }
.poster img { display: block; width: 100%; height: auto; }
:host([background="transparent"]) .poster { mix-blend-mode: multiply; }
:host([background="transparent"][theme="dark"]) .poster { mix-blend-mode: lighten; }
@media (prefers-color-scheme: dark) { :host([background="transparent"]:not([theme="light"])) .poster { mix-blend-mode: lighten; } }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75em; min-height: ${BAR}px; box-sizing: border-box; padding: 4px 0; font: 14px/1.35 system-ui, sans-serif; }
.line { flex: 1 1 140px; margin: 0; font-size: 13px; }
a { flex: none; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
.early iframe, .live :is(.bar, .drawn) { visibility: hidden; }
.play { flex: none; min-width: 112px; min-height: 40px; padding: 0 8px; border: 0; border-radius: 20px; background: #0072b2; color: #fff; cursor: pointer; font: 600 15px/1.4 system-ui, sans-serif; }
.play:hover { background: #005f96; }
.play:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
.play[aria-disabled] { cursor: progress; }
[role="status"] { position: absolute; clip-path: inset(50%); }`;

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
  #button = /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: "play" }));
  #line = make("p", { class: "line" });
  #link = make("a", { rel: "noopener" }, "Full page");
  #said = make("p", { role: "status" });
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
  #wasNarrow = false;
  /** @type {IntersectionObserver | null} */
  #watcher = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    this.#button.addEventListener("click", () => this.play());
    this.#room.append(this.#poster, make("div", { class: "bar" }, this.#button, this.#line, this.#link));
    shadow.append(this.#room, this.#said);
  }

  connectedCallback() {
    this.#isThere = true;
    addEventListener("message", this.#receive);
    this.#rest();
    this.#sizes.observe(this.#room);
  }

  disconnectedCallback() {
    this.#isThere = false;
    removeEventListener("message", this.#receive);
    this.#sizes.disconnect();
    this.#remove();
  }

  /** A phone that is turned, or a host that shows what it had hidden, may need the other picture. */
  #sizes = new ResizeObserver(() => {
    if (this.#isNarrow !== this.#wasNarrow && !this.#isPictured) this.#picture();
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
    this.#dress(this.#frame);
    if (changed.delete("hidden-layers")) changed.add("hidden");
    const pairs = Object.entries(this.#options(true)).filter(([name]) => changed.has(name));
    const retrain = this.getAttribute("retrain") === "auto";
    if (pairs.length) this.#send("options", { texts: Object.fromEntries(pairs), retrain });
    this.#explain();
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
    const { options = {}, renamed = [] } = this.#facts ?? {};
    const read = (/** @type {string} */ name) =>
      name === "hidden"
        ? this.getAttribute(name) || this.getAttribute("hidden-layers")
        : this.getAttribute(name);
    /** @type {[string, string | null][]} */
    const pairs = [...Object.keys(options), ...renamed].map((name) => [name, read(name)]);
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
    this.dataset.figures = known && this.#part >= 0 ? "1" : "";
    if (this.#isPictured) this.#slot();
    else this.#picture();
    this.#button.hidden = !known;
    this.#button.removeAttribute("aria-disabled");
    this.#button.textContent = "▶ Start";
    this.#button.setAttribute("aria-label", `Start the demo: ${known?.title}`);
    this.#explain(reason);
    // A host may begin to listen when the element is there.
    if (reason) setTimeout(() => this.#tell("error", { message: reason }));
    if (this.hasAttribute("autostart") && !reason) this.#watch();
  }

  /** Start when it comes into view, unless the reader would rather be asked. */
  #watch() {
    // @ts-ignore: not known everywhere
    if (navigator.connection?.saveData || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
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
    const problem = findProblem((name) => this.getAttribute(name), known.figures);
    if (problem) return problem;
    const allowed = new Set([...OWN, ...Object.keys(known.options), ...known.renamed]);
    const odd = this.getAttributeNames().filter((name) => !allowed.has(name) && !HTML.test(name));
    if (!odd.length) return "";
    return `The demo has no option “${odd.join("”, “")}”; it has ${Object.keys(known.options).join(", ")}.`;
  }

  /** The place in the picture of the one figure that is shown; -1 where the picture is shown whole. */
  get #part() {
    const { card = [] } = this.#facts ?? {};
    const names = listNames(this.getAttribute("show"));
    return names.length === 1 && card.length === 2 ? card.indexOf(names[0]) : -1;
  }

  /** Whether the column is too narrow for figures side by side. */
  get #isNarrow() {
    return (this.clientWidth || innerWidth) < LIMIT;
  }

  /** How an image is shown: the whole, or the half with the one figure that is shown. */
  get #look() {
    const half = { aspectRatio: `${WIDE[0] / 2} / ${WIDE[1]}`, objectFit: "cover" };
    const part = this.#part;
    return { width: "100%", height: "auto", ...(part >= 0 && { ...half, objectPosition: part ? "right" : "left" }) };
  }

  /** Show the picture that the host has put into the element. The link there becomes that of the bar. */
  #slot() {
    for (const image of this.querySelectorAll("img")) Object.assign(image.style, this.#look);
    for (const child of /** @type {Iterable<HTMLElement>} */ (this.children)) {
      if (child.matches("a, br") && !child.querySelector("img")) child.style.display = "none";
    }
    this.#poster.replaceChildren(make("slot"));
  }

  /** Show the picture of the nearest preset. */
  #picture() {
    const demo = this.#facts ? this.getAttribute("demo") ?? "moons" : "moons";
    const { options, presets, alts, card } = facts[demo];
    const { name } = findCard(options, presets, this.#options());
    const isNarrow = (this.#wasNarrow = this.#isNarrow) && this.#part < 0;
    const stem = `${demo}${name && `-${name}`}${isNarrow ? "-narrow" : ""}`;
    const source = (/** @type {string} */ theme) => new URL(`embed/posters/${stem}-${theme}.webp`, site).href;
    const theme = this.getAttribute("theme");
    const [width, height] = isNarrow ? NARROW[card.length] : WIDE;
    const image = make("img", { src: source(theme === "dark" ? "dark" : "light"), alt: alts[name], width: `${width}`, height: `${height}` });
    Object.assign(image.style, this.#look);
    const dark = make("source", { srcset: source("dark"), media: "(prefers-color-scheme: dark)" });
    const isForced = theme === "dark" || theme === "light";
    this.#poster.replaceChildren(make("picture", {}, ...(isForced ? [] : [dark]), image));
  }

  /** Whether the host has put a picture into the element, and a link, for where there are no scripts. */
  get #isPictured() {
    return this.#isAsPasted && this.querySelector("img") !== null;
  }

  /** Whether the picture is none of this site: the host will know what it shows. */
  get #isOwnPicture() {
    const posters = new URL("embed/posters/", site).href;
    return this.#isPictured && ![...this.querySelectorAll("img")].some(({ src }) => src.startsWith(posters));
  }

  /** What is beside the button: what is wrong, else how the picture differs from the demo. */
  #explain(problem = "") {
    const { options = {}, presets = [], title = "moongrad", card = [] } = this.#facts ?? {};
    const isOther = listNames(this.getAttribute("show")).some((name) => !card.includes(name));
    const label = this.#isOwnPicture
      ? ""
      : this.getAttribute("weights")
        ? "Picture: a run with other weights."
        : isOther
          ? "Picture: other figures of this demo."
          : describeCard(findCard(options, presets, this.#options()).differences);
    this.#line.textContent = problem || label;
    this.#link.setAttribute("href", this.#address());
    this.#link.setAttribute("aria-label", `Full page: ${title}`);
    if (origin !== "null") this.#link.setAttribute("target", "_blank"); // a sandbox may allow no other window
  }

  #start() {
    if (!this.isConnected || !this.#facts) return;
    this.dataset.state = "loading";
    this.#isReady = false;
    this.#explain();
    this.#button.textContent = "Loading…";
    this.#button.setAttribute("aria-label", `Loading the demo: ${this.#facts.title}`);
    this.#button.setAttribute("aria-disabled", "true"); // disabled it would lose the focus
    this.#said.textContent = "The demo is loading.";
    const theme = this.getAttribute("theme") ?? "auto";
    const passed = PASSED.map((name) => [name, this.getAttribute(name)]).filter(([, value]) => value !== null);
    const frame = /** @type {HTMLIFrameElement} */ (
      make("iframe", {
        sandbox: "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox",
        referrerpolicy: "no-referrer",
        loading: "lazy",
        title: `Demo: ${this.#facts.title}`,
        src: this.#address({ embed: "1", theme, ...Object.fromEntries(passed) }),
      })
    );
    this.#dress(frame);
    const expect = (/** @type {number} */ ms) => {
      clearTimeout(this.#waiting);
      if (!this.#port) this.#waiting = setTimeout(() => this.#rest("The demo did not answer."), ms);
    };
    frame.addEventListener("load", () => expect(ANSWER));
    this.#frame = frame;
    this.#late.clear(); // it has heard of everything
    this.#whenSeen(() => expect(ARRIVAL)); // it may load no sooner
    this.#room.classList.add("early");
    this.#room.append(frame);
  }

  /** Where the schemes differ, browsers put a colour behind a frame. @param {HTMLIFrameElement | null} frame */
  #dress(frame) {
    const theme = this.getAttribute("theme") ?? "auto";
    if (frame) frame.style.colorScheme = theme === "auto" ? "light dark" : theme;
  }

  #remove() {
    clearTimeout(this.#waiting);
    this.#watcher?.disconnect();
    this.#port?.close();
    this.#port = null;
    this.#frame?.remove();
    this.#frame = null;
    this.#room.classList.remove("early", "live");
    this.#poster.classList.remove("drawn");
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
    // Use a channel of our own from now on: nobody else has an end of it.
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#hear(data);
    this.#poster.classList.remove("drawn"); // it is seen through the frame, until that has drawn
    const hello = { moongrad: PROTOCOL, kind: "hello", isBacked: true };
    frame.contentWindow.postMessage(hello, site.origin, [port2]);
    this.#catchUp();
    if (this.#isWanted) this.#send("play");
  };

  /** @param {any} message */
  #hear(message) {
    const { kind } = message ?? {};
    if (kind === "height") this.#show();
    else if (kind === "drawn") this.#poster.classList.add("drawn");
    else if (kind === "step" && message.record) this.#tell("step", (this.#record = message.record));
    else if (kind === "options" && message.texts) this.#tell("options", message.texts);
    else if (kind === "refusal") this.#tell("error", { message: String(message.text) }); // the demo says it, too
    else if (kind === "state") this.#change(String(message.state), String(message.text ?? ""));
  }

  /** Its page is there: let the frame be seen. The height that it tells is for older scripts. */
  #show() {
    const hadFocus = this.shadowRoot?.activeElement === this.#button;
    this.#room.classList.replace("early", "live");
    if (hadFocus) this.#frame?.focus(); // on with Tab, into the demo
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
