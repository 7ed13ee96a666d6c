/**
 * What the visitor has written in the lab, step by step, as this device keeps it. Where nothing can be
 * kept it's held until the page is left, and `problem` says so.
 *
 * @typedef {object} Step
 * @property {string} code
 * @property {string} [before] what was there before it was replaced, for undoing
 * @property {boolean} [isPassed]
 */

const KEY = "moongrad:lab";
const OTHER = "moongrad:lab:other"; // what another version wrote
const VERSION = 1;

const REFUSED = "This browser keeps nothing for this page. Save your code as a file before you leave.";
const FULL = "There’s no room left to keep your code on this device. Save it as a file before you leave.";
const OLDER = "What was kept here is from another version of the lab and can’t be read. It’s still on this device, untouched.";

export class Written {
  /** @type {Record<string, Step>} */
  #steps = {};
  #storage;
  /** Why nothing is kept, as a sentence; empty where all is well. */
  problem = "";

  /** @param {() => Storage} storage which some browsers refuse to give */
  constructor(storage) {
    try {
      this.#storage = storage();
      this.#read(this.#storage.getItem(KEY));
    } catch {
      this.problem = REFUSED;
    }
  }

  /** @param {string | null} text */
  #read(text) {
    if (text === null) return;
    const steps = parse(text);
    if (steps) this.#steps = steps;
    else {
      this.#storage?.setItem(OTHER, text);
      this.problem = OLDER;
    }
  }

  /** @param {string} name @returns {Step | undefined} */
  get(name) {
    return Object.hasOwn(this.#steps, name) ? this.#steps[name] : undefined;
  }

  /** Note what has changed of a step. @param {string} name @param {Partial<Step>} change */
  set(name, change) {
    this.#steps[name] = { code: "", ...this.get(name), ...change };
    this.#keep();
  }

  /** Put code in the place of a step's, which can be undone. @param {string} name @param {string} code */
  replace(name, code) {
    const before = this.get(name)?.code;
    this.set(name, before === code ? { code } : { code, before });
  }

  /** Exchange a step's code and what was there before. @param {string} name */
  undo(name) {
    const step = this.get(name);
    if (step?.before !== undefined) this.set(name, { code: step.before, before: step.code });
  }

  #keep() {
    try {
      this.#storage?.setItem(KEY, JSON.stringify({ version: VERSION, steps: this.#steps }));
      if (this.problem === FULL) this.problem = "";
    } catch {
      this.problem = FULL;
    }
  }
}

/** @param {string} text @returns {Record<string, Step> | null} */
const parse = (text) => {
  try {
    const { version, steps } = JSON.parse(text);
    const isWhole = version === VERSION && Object.values(steps).every((step) => typeof step.code === "string");
    return isWhole ? steps : null;
  } catch {
    return null;
  }
};
