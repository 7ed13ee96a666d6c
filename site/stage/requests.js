/**
 * What the page asks of Python: in order, one request at a time. Of what changes faster than
 * Python answers, such as a drag, only the latest is sent.
 */

/** Kinds of which a later request replaces an earlier one that still waits. */
const REPLACEABLE = new Set(["options", "drag", "select", "edit", "read", "turn", "seek", "theme", "calm", "resize"]);

/**
 * @typedef {object} Request
 * @property {number} id
 * @property {string} kind
 * @property {Record<string, any>} fields
 * @property {Transferable[]} transfer
 * @property {(answer: any) => void} resolve
 */
/** @typedef {(message: object, transfer: Transferable[]) => void} Post */

export class Requests {
  /** @type {Post | null} */
  #post = null;
  /** @type {Request[]} */
  #waiting = [];
  /** @type {Request | null} */
  #sent = null;
  #lastId = 0;
  #onChange;

  /** @param {() => void} onChange called when there are more requests under way, or fewer */
  constructor(onChange = () => {}) {
    this.#onChange = onChange;
  }

  /**
   * Ask for something; resolves with what is given for it. A request that is replaced by a later
   * one is never answered.
   * @param {string} kind @param {Record<string, any>} fields @returns {Promise<any>}
   */
  ask(kind, fields = {}) {
    const { promise, resolve } = withResolver();
    const request = { id: ++this.#lastId, kind, fields, transfer: [], resolve };
    const replaced = this.#findReplaced(request);
    if (replaced < 0) this.#waiting.push(request);
    else this.#waiting[replaced] = request;
    this.#sendNext();
    return promise;
  }

  /**
   * Send what waits, and all that comes; before it, say what page this is.
   * @param {Post} post @param {Record<string, any>} fields @param {Transferable[]} transfer
   */
  open(post, fields, transfer) {
    const { resolve } = withResolver();
    this.#waiting.unshift({ id: ++this.#lastId, kind: "start", fields, transfer, resolve });
    this.#post = post;
    this.#sendNext();
  }

  /** A request has been answered; returns its kind. @param {number | null} id @param {any} answer */
  settle(id, answer) {
    if (this.#sent?.id !== id) return "";
    const { kind, resolve } = this.#sent;
    this.#sent = null;
    resolve(answer);
    this.#sendNext();
    return kind;
  }

  /** Forget requests that have not been sent. @param {string} kind */
  withdraw(kind) {
    this.#waiting = this.#waiting.filter((request) => request.kind !== kind);
    this.#onChange();
  }

  /** Whether requests of these kinds, or any at all, are not answered yet. @param {string[]} kinds */
  isWaitingFor(...kinds) {
    return [this.#sent, ...this.#waiting].some(
      (request) => request && (!kinds.length || kinds.includes(request.kind)),
    );
  }

  /** The place of a request that this one makes needless, or -1. @param {Request} request */
  #findReplaced({ kind, fields }) {
    for (let k = this.#waiting.length - 1; k >= 0; k--) {
      const other = this.#waiting[k];
      if (!REPLACEABLE.has(kind) || !REPLACEABLE.has(other.kind)) break; // the order counts
      if (other.kind === kind && other.fields.figure === fields.figure) return k;
    }
    return -1;
  }

  #sendNext() {
    if (this.#post && !this.#sent) {
      this.#sent = this.#waiting.shift() ?? null;
      if (this.#sent) {
        const { id, kind, fields, transfer } = this.#sent;
        this.#post({ id, kind, fields }, transfer);
      }
    }
    this.#onChange();
  }
}

const withResolver = () => {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
};
