/**
 * The frame around the visitors' Python. The page writes this document into an `<iframe>` whose
 * sandbox gives it an opaque origin, and only from that origin is the worker made: so what the site
 * stores is out of its reach, and the policy of the frame, which workers inherit, allows it no
 * request. What the worker sends is not trusted: a message is copied field by field, and cut,
 * before the page gets it; and a worker that sends too much is ended here, not there.
 *
 * The build puts this text into frame.html, and its hash into the policies (builder/cells.py).
 */
(() => {
  if (self.origin !== "null") return; // anywhere but in its frame

  const MOST = {
    text: 100_000, // characters
    dot: 200_000,
    side: 4096, // pixels
    pixels: 4_000_000,
    names: 2000,
    messages: 3000, // in a second
    backlog: 1000, // messages
    volume: 256e6, // bytes in a second
  };

  /** @param {unknown} value @param {number} [most] */
  const text = (value, most = MOST.text) => (typeof value === "string" ? value.slice(0, most) : "");
  /** @param {unknown} value @param {number} most */
  const count = (value, most) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most ? Number(value) : null;
  /** @param {unknown} value */
  const names = (value) =>
    (Array.isArray(value) ? value.slice(0, MOST.names) : []).map((name) => text(name, 100));

  /** @param {any} message */
  const picture = ({ width, height, pixels, text: words, name }) => {
    const [w, h] = [count(width, MOST.side), count(height, MOST.side)];
    if (!w || !h || w * h > MOST.pixels) return null;
    if (!(pixels instanceof ArrayBuffer) || pixels.byteLength !== w * h * 4) return null;
    return { width: w, height: h, pixels, text: text(words, 2000), name: text(name, 100) };
  };

  /** What there is of each kind; nothing else goes through. @type {Record<string, (message: any) => object | null>} */
  const kinds = {
    ready: () => ({}),
    done: (m) => ({ id: count(m.id, 1e9), passed: m.passed === true, names: names(m.names) }),
    verdict: (m) => ({
      id: count(m.id, 1e9),
      passed: m.passed === true,
      sentence: text(m.sentence, 5000),
      names: names(m.names),
    }),
    names: (m) => ({ id: count(m.id, 1e9), names: names(m.names) }),
    fatal: (m) => ({ text: text(m.text, 2000) }),
    text: (m) => ({ stream: m.stream === "err" ? "err" : "out", text: text(m.text) }),
    value: (m) => ({ text: text(m.text) }),
    graph: (m) => ({ dot: text(m.dot, MOST.dot), text: text(m.text, 5000) }),
    picture,
    error: (m) => ({ text: text(m.text), line: count(m.line, 1e6), sentence: text(m.sentence, 5000) }),
    progress: (m) => ({ done: count(m.done, 1e9), of: count(m.of, 1e9) }),
  };

  /** Whether a worker has sent more in this second than a page can take. */
  const makeMeter = () => {
    let [since, messages, volume] = [0, 0, 0];
    return (/** @type {object} */ message) => {
      const now = performance.now();
      if (now - since > 1000) [since, messages, volume] = [now, 0, 0];
      messages += 1;
      for (const value of Object.values(message)) volume += value?.byteLength ?? 2 * (value?.length ?? 0);
      return messages > MOST.messages || volume > MOST.volume;
    };
  };

  /** @param {any} start @param {MessagePort} page */
  const begin = ({ code, ...start }, page) => {
    const address = URL.createObjectURL(code);
    const worker = new Worker(address); // Chromium makes none of a module here
    const isTooMuch = makeMeter();
    // The page gets messages in batches: all that have arrived before one of our own to ourselves.
    // Where that one is long in coming, the worker sends faster than anybody can read.
    /** @type {any[]} */
    let batch = [];
    const { port1: ahead, port2: behind } = new MessageChannel();
    const flush = () => {
      page.postMessage(batch, batch.flatMap(({ pixels }) => pixels ?? []));
      batch = [];
    };
    behind.onmessage = () => batch.length && flush();
    /** @param {string} reason */
    const end = (reason) => {
      worker.terminate();
      worker.onmessage = null;
      batch.push({ kind: "fatal", text: reason });
      flush();
    };
    worker.onmessage = ({ data }) => {
      if (typeof data !== "object" || data === null || !Object.hasOwn(kinds, data.kind)) return;
      const message = kinds[data.kind](data);
      if (!message) return;
      if (isTooMuch(message) || batch.length > MOST.backlog) return end("it sent more than a page can show");
      if (batch.push({ ...message, kind: data.kind }) === 1) ahead.postMessage(null);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end(text(event.message, 2000) || "its worker couldn’t be started");
    };
    page.onmessage = ({ data }) => worker.postMessage(data);
    worker.postMessage({ kind: "start", ...start });
  };

  const receive = (/** @type {MessageEvent} */ event) => {
    if (event.source !== parent || !(event.data?.code instanceof Blob)) return;
    removeEventListener("message", receive); // there is one start
    begin(event.data, event.ports[0]);
  };
  addEventListener("message", receive);
})();
