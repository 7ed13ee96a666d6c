/**
 * The page's side of the visitors' Python: starts it in its frame (frame.js), gives it one cell at a
 * time, and ends it, whatever it is doing. All cells of a page share it, in the order in which they
 * are run.
 */
import { manifest } from "../stage/manifest.js";
import { base, getFiles, getFrame, getScript } from "./files.js";

/**
 * @typedef {object} Job
 * @property {"run" | "check"} kind
 * @property {object} cell whose it is
 * @property {string} name of the cell, as tracebacks give it
 * @property {string} source
 * @property {string} [checks]
 * @property {(message: any) => void} tell what comes of it meanwhile
 * @property {(outcome: any) => void} resolve
 * @property {number} [id]
 * @property {boolean} [isAgain] a cell that is run again after another one was stopped
 */

/** How figures are drawn. */
const findLook = () => {
  const { colorScheme } = getComputedStyle(document.documentElement);
  const isDark = colorScheme === "dark" || (colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  return { theme: isDark ? "dark" : "light", ratio: Math.min(devicePixelRatio, 3) };
};

class Sandbox {
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** @type {MessagePort | null} */
  #port = null;
  /** @type {Promise<void> | null} */
  #starting = null;
  /** Which start is the present one. */
  #turn = 0;
  #n = 0;
  /** @type {Job[]} */
  #queue = [];
  /** @type {Job | null} */
  #job = null;
  /** The cells that have been run, as they were then, in order. @type {Map<object, { name: string, source: string }>} */
  #ran = new Map();
  /** @type {Set<object>} */
  #cells = new Set();
  /** What the visitor's code has defined. @type {string[]} */
  #names = [];
  /** Who waits for names. @type {Map<number, (names: string[]) => void>} */
  #asked = new Map();

  /** @param {object} cell */
  join(cell) {
    this.#cells.add(cell);
  }

  /** A cell has gone from the page, and what it started goes, too. @param {object} cell */
  leave(cell) {
    this.#cells.delete(cell);
    this.#ran.delete(cell);
    if (!this.#cells.size) return this.restart();
    this.stop(cell);
  }

  /**
   * Run a cell. The outcome is `{ state: "done" | "error" | "stopped" | "failed", reason? }`.
   * @param {object} cell @param {string} name @param {string} source @param {Job["tell"]} tell
   * @returns {Promise<{ state: string, reason?: string }>}
   */
  run(cell, name, source, tell) {
    return new Promise((resolve) => this.#add({ kind: "run", cell, name, source, tell, resolve }));
  }

  /**
   * Run a lesson's checks. The outcome has a verdict, `passed` and `sentence`, if it is "done".
   * @param {object} cell @param {string} name @param {string} source @param {string} checks @param {Job["tell"]} tell
   * @returns {Promise<{ state: string, reason?: string, passed?: boolean, sentence?: string }>}
   */
  check(cell, name, source, checks, tell) {
    return new Promise((resolve) => this.#add({ kind: "check", cell, name, source, checks, tell, resolve }));
  }

  /**
   * The names to complete, or those after `owner.`; while Python is busy there are none of these.
   * @param {string} owner a dotted name, or nothing
   * @returns {Promise<string[]> | string[]}
   */
  complete(owner) {
    if (!owner) return this.#names;
    const port = this.#port;
    if (!port || this.#job || !this.#names.length) return [];
    const id = ++this.#n;
    port.postMessage({ kind: "names", id, owner });
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /** End what a cell does. Python is then started anew, and runs the cells before it again. @param {object} cell */
  stop(cell) {
    const isWaiting = (/** @type {Job} */ job) => job.cell === cell && !job.isAgain;
    const waiting = this.#queue.filter(isWaiting);
    this.#queue = this.#queue.filter((job) => !isWaiting(job));
    for (const job of waiting) job.resolve({ state: "stopped" });
    const job = this.#job;
    // Where a cell waits for others that are run again, they are what has to be stopped.
    if (!job || !(job.cell === cell || (job.isAgain && waiting.length))) return;
    if (job.isAgain) this.#ran.clear();
    this.#recover({ state: "stopped" });
  }

  /** End Python, and forget what was run. It starts when it is needed. */
  restart() {
    const jobs = [...(this.#job ? [this.#job] : []), ...this.#queue];
    this.#job = null;
    this.#queue = [];
    this.#ran.clear();
    this.#names = [];
    this.#end();
    for (const job of jobs) job.resolve({ state: "stopped" });
  }

  /** @param {Job} job */
  #add(job) {
    this.#queue.push(job);
    job.tell({ kind: "waiting" });
    this.#next();
  }

  async #next() {
    if (this.#job || !this.#queue.length) return;
    const job = (this.#job = /** @type {Job} */ (this.#queue.shift()));
    try {
      await (this.#starting ??= this.#start());
    } catch (error) {
      if (this.#job !== job) return; // stopped meanwhile
      this.#end();
      return this.#finish({ state: "failed", reason: /** @type {Error} */ (error).message });
    }
    if (this.#job !== job) return;
    job.id = ++this.#n;
    job.tell({ kind: "running" });
    const { kind, id, name, source, checks } = job;
    this.#port?.postMessage({ kind, id, name, source, checks });
  }

  /** @param {{ state: string, reason?: string }} outcome */
  #finish(outcome) {
    const job = this.#job;
    this.#job = null;
    job?.resolve(outcome);
    this.#next();
  }

  /** End Python, start it, and bring it where it was. @param {{ state: string, reason?: string }} outcome */
  #recover(outcome) {
    this.#end();
    const ignore = () => {};
    this.#queue = this.#queue.filter((job) => !job.isAgain);
    const again = [...this.#ran].map(
      ([cell, ran]) => /** @type {Job} */ ({ kind: "run", cell, ...ran, tell: ignore, resolve: ignore, isAgain: true }),
    );
    this.#queue.unshift(...again);
    this.#starting = this.#start();
    this.#starting.catch(ignore); // whoever needs it is told
    this.#finish(outcome);
  }

  #end() {
    this.#turn += 1;
    this.#port?.close();
    this.#frame?.remove();
    this.#port = this.#frame = this.#starting = null;
    for (const resolve of this.#asked.values()) resolve([]);
    this.#asked.clear();
  }

  async #start() {
    const turn = ++this.#turn;
    const report = (/** @type {number} */ sent, /** @type {number} */ total) =>
      this.#job?.tell({ kind: "loading", sent, total });
    const [document_, code, files] = await Promise.all([getFrame(), getScript(), getFiles("engine", report)]);
    if (turn !== this.#turn) return;
    const frame = (this.#frame = document.createElement("iframe"));
    // Scripts, and nothing else: no origin of ours, no windows, no forms.
    frame.setAttribute("sandbox", "allow-scripts");
    frame.srcdoc = document_;
    frame.title = "Python of the cells";
    frame.hidden = true;
    const isLoaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    await isLoaded;
    if (turn !== this.#turn) return;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const { runtime, lock, packages } = manifest;
    const start = { code, files, base, runtime, lock, packages, look: findLook() };
    // An opaque origin has no name. What is sent is public, and nobody but the frame is there.
    frame.contentWindow?.postMessage(start, "*", [port2]);
    const isReady = new Promise((resolve, reject) => {
      const ready = () => resolve(undefined);
      port1.onmessage = ({ data }) => {
        for (const message of data) if (turn === this.#turn) this.#receive(message, ready, reject);
      };
    });
    getFiles("drawing").then(
      (drawing) => port1.postMessage({ kind: "drawing", files: drawing }),
      () => port1.postMessage({ kind: "drawing", files: [] }),
    );
    await isReady;
  }

  /** @param {any} message checked by frame.js @param {() => void} ready @param {(error: Error) => void} fail */
  #receive(message, ready, fail) {
    const job = this.#job;
    if (message.kind === "ready") ready();
    else if (message.kind === "fatal") {
      const reason = `Python has ended: ${message.text}.`;
      fail(new Error(reason));
      // A cell that ends Python each time would do so for ever.
      if (job?.isAgain) this.#ran.clear();
      if (job?.id) this.#recover({ state: "failed", reason });
    } else if (message.kind === "names") {
      this.#asked.get(message.id)?.(message.names);
      this.#asked.delete(message.id);
    } else if (message.kind === "done" || message.kind === "verdict") {
      if (!job || message.id !== job.id) return;
      this.#names = message.names;
      if (message.kind === "verdict") {
        const { passed, sentence } = message;
        return this.#finish(/** @type {any} */ ({ state: "done", passed, sentence }));
      }
      const { cell, name, source } = job;
      if (!job.isAgain && this.#cells.has(cell)) {
        this.#ran.delete(cell); // it counts where it was run last
        this.#ran.set(cell, { name, source });
      }
      this.#finish({ state: message.passed ? "done" : "error" });
    } else job?.tell(message);
  }
}

export const sandbox = new Sandbox();
