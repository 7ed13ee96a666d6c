/**
 * The visitors' Python: Pyodide in the worker that frame.js makes, around `lab.session.Session`.
 *
 * A worker of an opaque origin can neither load nor import anything, so sandbox.js joins this file,
 * pyodide.asm.mjs and pyodide.mjs into one script, and hands over the other files. Here, `fetch` is a
 * look-up in them. Visitors' code can reach all of this, and spoil it; nothing depends on it but
 * their own cells.
 */

/** What was handed over, by address. @type {Map<string, Blob>} */
const files = new Map();

/** Pyodide's `fetch`, in this script only. @param {RequestInfo | URL} resource */
const fetch = async (resource) => {
  const address = resource instanceof Request ? resource.url : String(resource);
  const content = files.get(address);
  if (!content) throw new TypeError(`${address.replace(/.*\//, "")} is not there`);
  const type = address.endsWith(".wasm") ? "application/wasm" : "";
  return new Response(content, { headers: { "Content-Type": type } });
};
void fetch;

/** Figures need packages that take a second to load, so cells that don't mention them run first. */
const DRAWING = /numpy|matplotlib|plt|plot|figure|\blab\b/i;
// A picture's pixels are handed over as they are; the rest as plain values.
const TELL = `lambda tell: lambda message: tell(
    message.get("pixels"), {k: v for k, v in message.items() if k != "pixels"})`;

/** @type {(message: object, transfer?: Transferable[]) => void} */
const send = /** @type {any} */ (globalThis.postMessage.bind(globalThis));

/** @param {any} proxy of a memoryview */
const copyPixels = (proxy) => {
  const buffer = proxy.getBuffer("u8");
  try {
    return buffer.data.slice().buffer;
  } finally {
    buffer.release();
  }
};

let progressed = -Infinity;

/** @param {any} pixels @param {any} message */
const tell = (pixels, message) => {
  if (message.get("kind") === "progress") {
    // Code that is fast needn't say so each time.
    const now = performance.now();
    if (now - progressed < 50 && message.get("done") !== message.get("of")) return;
    progressed = now;
  }
  const plain = message.toJs({ dict_converter: Object.fromEntries });
  if (!pixels) return send(plain);
  plain.pixels = copyPixels(pixels);
  send(plain, [plain.pixels]);
};

/** @type {any} */
let python;
/** How browsers say that the stack of JavaScript, on which Python's operators call each other, is full. */
const ENDLESS = /call stack|too much recursion/i;
const TOO_DEEP = "a method calls itself without end. Does __add__ use + on self, or __repr__ print self?";

/** @type {any} */
let session;

/** @type {(files: [string, Blob][]) => void} */
let arrive;
const drawing = new Promise((resolve) => (arrive = resolve));
/** @type {Promise<void> | undefined} */
let installing;

/** Install what draws, once. Where it doesn't arrive, importing it fails as for any missing package. */
const installDrawing = () =>
  (installing ??= drawing.then((/** @type {any} */ arrived) => {
    for (const [address, content] of arrived) files.set(address, content);
    return python.loadPackage("matplotlib", { messageCallback() {} });
  }));

const names = (owner = "") => {
  const list = session.names(owner);
  const plain = list.toJs();
  list.destroy();
  return plain;
};

/** @type {Record<string, (message: any) => unknown>} */
const acts = {
  async start({ base, runtime, lock, packages, look, files: arrived }) {
    for (const [address, content] of arrived) files.set(address, content);
    // Pyodide tries this to find out whether it is in a module, and would be told by the policy.
    Object.assign(globalThis, { importScripts: undefined });
    const print = (/** @type {"out" | "err"} */ stream) => (/** @type {string} */ line) =>
      send({ kind: "text", stream, text: `${line}\n` });
    python = await loadPyodide({
      createPyodideModule: _createPyodideModule,
      indexURL: new URL("pyodide/", new URL(runtime, base)).href,
      lockFileContents: JSON.stringify(lock),
      packageBaseUrl: base,
      packages,
      stdout: print("out"),
      stderr: print("err"),
    });
    files.clear(); // megabytes
    const { Session } = python.pyimport("lab.session");
    session = Session.callKwargs(python.runPython(TELL)(tell), look);
    send({ kind: "ready" });
  },

  async run({ id, name, source }) {
    if (DRAWING.test(source)) await installDrawing();
    send({ kind: "done", id, passed: session.run(name, source), names: names() });
    void installDrawing().catch(() => {}); // while the visitor reads
  },

  names: ({ id, owner }) => send({ kind: "names", id, names: names(owner) }),

  async check({ id, name, source, checks }) {
    if (DRAWING.test(source + checks)) await installDrawing();
    const verdict = session.check(name, source, checks);
    const { passed, sentence } = verdict;
    verdict.destroy();
    send({ kind: "verdict", id, passed, sentence, names: names() });
  },
};

/** One after the other. */
let turn = Promise.resolve();
globalThis.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (data.kind === "drawing") return arrive(data.files);
  turn = turn
    .then(() => acts[data.kind](data))
    .then(
      () => {},
      (/** @type {unknown} */ error) => send({ kind: "fatal", text: ENDLESS.test(String(error)) ? TOO_DEEP : String(error) }),
    );
};
