/** Starts Python in a worker, by PyScript, where the browser has all that it needs. */
import { manifest } from "./manifest.js";

/** PyScript's for pages of another kind, which would all be loaded. */
const PLUGINS = ["codemirror", "deprecations-manager", "donkey", "error", "py-editor", "py-game"];
PLUGINS.push("py-terminal");

const app = new URL("..", import.meta.url);

/** Whether a worker can be a module: a browser that knows of it asks for the option. */
const canRunModules = () => {
  let isAsked = false;
  const options = {
    get type() {
      isAsked = true;
      return /** @type {const} */ ("module");
    },
  };
  try {
    const empty = URL.createObjectURL(new Blob([]));
    new Worker(empty, options).terminate();
    URL.revokeObjectURL(empty);
  } catch {
    // What forbids this one comes after the question, and will forbid PyScript's, too.
  }
  return isAsked;
};

/** What this browser lacks, in words; nothing where it has all that is needed. */
export const findLack = () => {
  /** @type {[boolean, string][]} */
  const needs = [
    [typeof WebAssembly === "object", "WebAssembly, which Python needs; some high-security modes turn it off"],
    [typeof Worker === "function", "workers, which Python runs in"],
    [canRunModules(), "module workers, which Python runs in"],
    ["transferControlToOffscreen" in HTMLCanvasElement.prototype, "OffscreenCanvas, which the figures are drawn on"],
  ];
  return needs.find(([isThere]) => !isThere)?.[1] ?? "";
};

/** Call back with what PyScript cannot fetch for the worker, which is only heard of here. @param {(reason: string) => void} fail */
const watchPyScript = (fail) =>
  addEventListener("unhandledrejection", (event) => {
    const { reason } = event;
    // Where nothing may be stored PyScript misses its database; Python does without (interpreter.mjs).
    if (reason?.name === "SecurityError") return event.preventDefault();
    const isOurs = `${reason?.message} ${reason?.stack}`.includes(app.origin);
    if (isOurs) fail(reason.message); // extensions have troubles of their own
  });

/**
 * Put the PyScript element on the page; resolves when Python has run its first lines.
 * @param {(data: any, worker: Worker) => void} receive what Python sends
 * @param {(reason: string) => void} fail
 */
export const startPython = async (receive, fail) => {
  watchPyScript(fail);
  // One for Python, one for MicroPython, which would also have its plugins loaded.
  const settings = ["py-config", "mpy-config"].map((name) => {
    const element = document.createElement(name);
    element.setAttribute("type", "json");
    element.textContent = JSON.stringify({ plugins: PLUGINS.map((plugin) => `!${plugin}`) });
    element.hidden = true;
    return element;
  });
  const script = document.createElement("script");
  script.type = "py";
  // Both are in the wheel of the pages; PyScript's events look for `xworker` here.
  script.textContent = "from polyscript import xworker\nfrom stage import worker";
  script.setAttribute("worker", "");
  script.setAttribute("config", JSON.stringify({ interpreter: new URL("stage/interpreter.mjs", app).href }));
  document.body.append(...settings, script);
  await import(new URL("pyscript/core.js", new URL(manifest.runtime, app)).href);
  while (!("xworker" in script)) await new Promise((resolve) => setTimeout(resolve, 10));
  const worker = /** @type {Worker & { ready: Promise<unknown> }} */ (script.xworker);
  worker.addEventListener("message", ({ data }) => receive(data, worker));
  worker.onerror = (event) => fail(/** @type {any} */ (event).error?.message ?? event.message);
  await worker.ready;
};
