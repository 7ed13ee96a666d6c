/**
 * A cell, `<moongrad-cell>`: code that the visitor writes, and what comes of it. The element's text
 * is the code that it begins with.
 *
 * Attributes: `foreign` marks code as somebody else's; `buttons` names what a lesson adds (check,
 * hint, solution, restart); `name` is what tracebacks call it, else "cell 1" and so on.
 * `data-state` is idle, starting, running, done, error or stopped.
 * Events, which bubble: moongrad-cell:change, :run, :done (detail: the state), :verdict (detail:
 * passed, sentence), and for the buttons of a lesson :check, :hint, :solution, :restart. Unless
 * prevented, :check runs the cell's `checks`.
 */
import { megabytes } from "../stage/downloads.js";
import { say } from "./marked.js";
import { Output } from "./output.js";
import { sandbox } from "./sandbox.js";

const LONG = 10; // seconds
const LABELS = { run: "Run", stop: "Stop", check: "Check", hint: "Hint", solution: "Solution", restart: "Start this step over" };
const LESSONS = /** @type {const} */ (["check", "hint", "solution", "restart"]);
const SAYS = {
  waiting: "Waiting for the cell that runs.",
  starting: "Starting Python.",
  running: "Running.",
  long: `Still running after ${LONG} s. Stop ends it.`,
  stopped: "Stopped.",
};

/** @type {<K extends keyof HTMLElementTagNameMap>(tag: K, members?: object, attributes?: Record<string, string>) => HTMLElementTagNameMap[K]} */
const make = (tag, members = {}, attributes = {}) => {
  const element = Object.assign(document.createElement(tag), members);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

class Cell extends HTMLElement {
  /** The code, until there is an editor. */
  #text = make("textarea", { spellcheck: false, autocapitalize: "off" });
  #host = make("div", { className: "source" });
  /** @type {Awaited<ReturnType<typeof import("./editor.js").makeEditor>> | null} */
  #editor = null;
  #origin = make("p", { className: "origin" });
  #status = make("span", {}, { role: "status" });
  #verdict = make("p", { className: "verdict", hidden: true }, { role: "status" });
  #log = make("div", { tabIndex: 0 }, { role: "log" });
  #output = new Output(this.#log);
  /** @type {Record<string, HTMLButtonElement>} */
  #buttons = {};
  #timer = 0;
  #isMade = false;
  /** What a lesson checks, as Python. */
  checks = "";
  /** How the last run failed, as Python says it. */
  failure = "";

  connectedCallback() {
    sandbox.join(this);
    if (this.#isMade) return;
    this.#isMade = true;
    this.#make();
    this.#edit();
  }

  disconnectedCallback() {
    // A cell that is only moved is connected again at once.
    queueMicrotask(() => this.isConnected || sandbox.leave(this));
  }

  /** What tracebacks and labels call it. */
  get name() {
    const cells = [...document.querySelectorAll("moongrad-cell")];
    return this.getAttribute("name") || `cell ${cells.indexOf(this) + 1}`;
  }

  get code() {
    if (!this.#isMade) return (this.textContent ?? "").trim();
    return this.#editor ? this.#editor.code : this.#text.value;
  }

  set code(code) {
    if (!this.#isMade) {
      this.textContent = code;
      return;
    }
    this.#text.value = code;
    this.#fit();
    if (this.#editor) this.#editor.code = code;
    else this.#say("change");
  }

  get state() {
    return this.dataset.state ?? "idle";
  }

  focus() {
    if (this.#editor) this.#editor.focus();
    else this.#text.focus();
  }

  /** Run the code; resolves to the state that it ends in. */
  async run() {
    if (this.#isBusy) return this.state;
    this.failure = "";
    this.#begin();
    this.#say("run");
    return this.#end(await sandbox.run(this, this.name, this.code, (message) => this.#take(message)));
  }

  /** Run a lesson's checks, and show what they say. */
  async check(checks = this.checks) {
    if (this.#isBusy) return this.state;
    this.#begin({ keepsOutput: true });
    const outcome = await sandbox.check(this, this.name, this.code, checks, (message) => this.#take(message));
    this.#end(outcome);
    const { state, passed = false, sentence = "" } = outcome;
    if (state === "done") this.showVerdict({ passed, sentence });
    return state;
  }

  /** End what the cell does, at once. */
  stop() {
    sandbox.stop(this);
  }

  /** @param {{ passed: boolean, sentence: string }} verdict */
  showVerdict({ passed, sentence }) {
    this.#verdict.dataset.check = passed ? "passed" : "failed";
    say(this.#verdict, sentence);
    this.#verdict.hidden = false;
    this.#say("verdict", { passed, sentence });
  }

  hideVerdict() {
    delete this.#verdict.dataset.check;
    this.#verdict.hidden = true;
  }

  get #isBusy() {
    return this.state === "starting" || this.state === "running";
  }

  #make() {
    const code = (this.textContent ?? "").replace(/^\n+|\s+$/g, "");
    this.#text.value = code;
    this.#text.setAttribute("aria-label", `Code of ${this.name}`);
    this.#log.setAttribute("aria-label", `Output of ${this.name}`);
    this.#origin.textContent = "This code came with the link. Read it before you run it.";
    this.#origin.hidden = !this.hasAttribute("foreign");
    const wanted = (this.getAttribute("buttons") ?? "").split(/\s+/);
    const bar = make("div", { className: "buttons" });
    for (const name of /** @type {const} */ (["run", "stop", ...LESSONS])) {
      if (name !== "run" && name !== "stop" && !wanted.includes(name)) continue;
      const button = make("button", { type: "button", name, textContent: LABELS[name] });
      this.#buttons[name] = button;
      bar.append(button);
    }
    this.#buttons.run.className = "primary";
    this.#buttons.run.title = "Ctrl+Enter";
    this.#buttons.run.onclick = () => this.run();
    this.#buttons.stop.onclick = () => this.stop();
    for (const name of LESSONS) {
      const button = this.#buttons[name];
      if (button) button.onclick = () => this.#press(name);
    }
    this.#host.append(this.#text);
    const keys = make("small", { className: "keys", textContent: "Ctrl+Enter runs. Tab indents; Esc, then Tab leaves the editor." });
    bar.append(this.#status);
    this.replaceChildren(this.#origin, this.#host, bar, this.#verdict, this.#log, keys);
    this.#fit();
    this.#text.oninput = () => {
      this.#fit();
      this.#say("change");
    };
    this.#text.onkeydown = (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.run();
    };
    this.#show(this.dataset.state ?? "idle");
  }

  /** As high as its text, so that the editor takes its place without a jump. */
  #fit() {
    this.#text.rows = Math.max(this.#text.value.split("\n").length, 2);
  }

  async #edit() {
    const text = this.#text;
    try {
      const { makeEditor } = await import("./editor.js");
      const hadFocus = document.activeElement === text;
      this.#editor = await makeEditor(this.#host, {
        read: () => text.value,
        label: `Code of ${this.name}`,
        run: () => this.run(),
        change: () => this.#say("change"),
        names: (owner) => sandbox.complete(owner),
      });
      text.remove();
      if (hadFocus) this.#editor.focus();
    } catch {
      // The text area does all that is needed.
    }
  }

  /** @param {typeof LESSONS[number]} name */
  #press(name) {
    if (this.#say(name) && name === "check") this.check();
  }

  /** @param {string} name @param {unknown} [detail] whether nobody prevented what follows */
  #say(name, detail) {
    return this.dispatchEvent(new CustomEvent(`moongrad-cell:${name}`, { bubbles: true, cancelable: true, detail }));
  }

  /** Forget what has come of the code so far. */
  clear() {
    this.#output.clear();
    this.#editor?.mark(null);
    this.hideVerdict();
    this.stop();
    this.#show("idle");
  }

  #begin({ keepsOutput = false } = {}) {
    if (!keepsOutput) this.#output.clear();
    this.#editor?.mark(null);
    this.hideVerdict();
    this.#show("starting", SAYS.starting);
  }

  /** @param {string} state @param {string} [status] */
  #show(state, status = "") {
    this.dataset.state = state;
    const isBusy = this.#isBusy;
    const { run, stop } = this.#buttons;
    const focused = document.activeElement;
    for (const [name, button] of Object.entries(this.#buttons)) button.disabled = isBusy !== (name === "stop");
    // Who pressed a button that is disabled now goes on with the other one.
    if (focused === run && run.disabled) stop.focus();
    if (focused === stop && stop.disabled) run.focus();
    this.#status.textContent = status;
  }

  /** @param {{ state: string, reason?: string }} outcome */
  #end({ state, reason }) {
    clearTimeout(this.#timer);
    this.#output.flush();
    if (reason) this.#output.add({ kind: "error", text: reason, sentence: "Run starts Python again." });
    const isFailure = state === "failed";
    this.#show(isFailure ? "error" : state, state === "stopped" ? SAYS.stopped : "");
    this.#say("done", this.state);
    return this.state;
  }

  /** @param {any} message */
  #take(message) {
    const { kind } = message;
    if (kind === "waiting") return this.#show("starting", SAYS.starting);
    if (kind === "loading") {
      const [sent, total] = [megabytes(message.sent), megabytes(message.total)];
      return this.#show("starting", `Loading Python: ${sent} of ${total} MB.`);
    }
    if (kind === "running") {
      this.#timer = setTimeout(() => this.#show("running", SAYS.long), LONG * 1000);
      return this.#show("running", SAYS.running);
    }
    if (kind === "progress") {
      this.#status.textContent = message.of ? `${message.done} of ${message.of}` : "";
      return;
    }
    if (kind === "error") {
      this.failure = message.text;
      this.#editor?.mark(message.line);
    }
    this.#output.add(message);
  }
}

customElements.define("moongrad-cell", Cell);
