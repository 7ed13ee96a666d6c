/**
 * Pyodide as PyScript calls it in the worker, with files that the page has downloaded for it
 * (downloads.js): what Pyodide asks the network for, it gets from there.
 */
import { manifest } from "./manifest.js";

const app = new URL("..", import.meta.url);
const pyodide = new URL("pyodide/", new URL(manifest.runtime, app));

// PyScript keeps packages in a database; here it is always empty, for they come from the page.
// So Python also runs where nothing may be stored, as in frames of a private window.
const succeed = (/** @type {unknown} */ result) => {
  const request = /** @type {any} */ ({ result });
  queueMicrotask(() => request.onsuccess({ target: request }));
  return request;
};
const store = new Proxy({}, { get: (_, name) => () => succeed(name === "getAllKeys" ? [] : undefined) });
const database = { transaction: () => ({ objectStore: () => store }), close() {} };
Object.defineProperty(globalThis, "indexedDB", { value: { open: () => succeed(database) } });

/** @typedef {ArrayBuffer | WebAssembly.Module} Content */
/**
 * @typedef {object} Arrival
 * @property {Promise<Content>} promise
 * @property {(content: Content) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {boolean} isWasm
 */

/** @param {string} address @returns {Arrival} */
const expect = (address) => {
  const arrival = /** @type {any} */ ({ isWasm: address.endsWith(".wasm") });
  arrival.promise = new Promise((resolve, reject) => Object.assign(arrival, { resolve, reject }));
  arrival.promise.catch(() => {}); // somebody asks for it later, or nobody does
  return arrival;
};

/** @param {string} address as in the manifest */
const resolve = (address) => new URL(address, app).href;

/** What will come from the page and was not asked for yet, by address. @type {Map<string, Arrival>} */
const arrivals = new Map(
  Object.values(manifest.groups)
    .flat()
    .map(({ address }) => [resolve(address), expect(address)]),
);

/** The files of a group that were not asked for yet. @param {string} group */
const findArrivals = (group) =>
  manifest.groups[group].flatMap(({ address }) => arrivals.get(resolve(address)) ?? []);

/** @type {MessagePort} */
let port;

/** @param {any} delivery */
const take = ({ address, content, group, failure }) => {
  if (address) arrivals.get(resolve(address))?.resolve(content);
  else if (group) for (const arrival of findArrivals(group)) arrival.reject(new Error(failure));
};

/** Offer the page a line for deliveries; the first one that it uses is the one. */
const offer = () => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (/** @type {MessageEvent} */ event) => {
    clearInterval(offering);
    port = port1;
    take(event.data);
  };
  // A browser that does not pass on compiled WebAssembly gets its bytes.
  port1.onmessageerror = () => port1.postMessage({ isBytesWanted: true });
  /** @type {any} */ (globalThis).postMessage({ kind: "downloads", port: port2 }, [port2]);
};
const offering = setInterval(offer, 100); // until the page listens
offer();

/** Have a group of files downloaded; resolved when all are there. @param {string} group */
const arrive = (group) => {
  port.postMessage({ group });
  return Promise.all(findArrivals(group).map(({ promise }) => promise));
};

/** @type {Promise<{ renderString: (dot: string, options: object) => string }> | undefined} */
let graphviz;

/** Lay out a graph; the first one also fetches Graphviz. @param {string} dot */
const layout = async (dot) => {
  const address = new URL("graphviz/viz.js", new URL(manifest.runtime, app)).href;
  graphviz ??= import(address).then(({ instance }) => instance());
  return (await graphviz).renderString(dot, { format: "svg" });
};
Object.assign(globalThis, { moongrad: { arrive, layout } }); // for stage.py

const { fetch: request } = globalThis;
const { instantiateStreaming } = WebAssembly;
/** Answers that stand for compiled WebAssembly. @type {WeakMap<Response, WebAssembly.Module>} */
const modules = new WeakMap();

/** @param {RequestInfo | URL} resource @param {RequestInit} [options] */
const answer = async (resource, options) => {
  const address = resource instanceof Request ? resource.url : String(resource);
  const arrival = arrivals.get(address);
  if (!arrival) return request(resource, options);
  const content = await arrival.promise;
  // It has megabytes, so it is not held: a second request gets the browser's own copy.
  arrivals.delete(address);
  const headers = { "Content-Type": arrival.isWasm ? "application/wasm" : "" };
  if (content instanceof ArrayBuffer) return new Response(content, { headers });
  const response = new Response();
  modules.set(response, content);
  return response;
};

/** @param {Response | PromiseLike<Response>} source @param {WebAssembly.Imports} [imports] */
const instantiate = async (source, imports) => {
  const response = await source;
  const module = modules.get(response);
  if (!module) return instantiateStreaming(response, imports);
  return { module, instance: await WebAssembly.instantiate(module, imports) };
};

Object.assign(globalThis, { fetch: answer });
Object.assign(WebAssembly, { instantiateStreaming: instantiate });

// Pyodide imports this one itself, but only when it has started.
import(new URL("pyodide.asm.mjs", pyodide).href).catch(() => {});
const loading = import(new URL("pyodide.mjs", pyodide).href);

/** @type {string} */
export const version = /** @type {any} */ (manifest.lock).info.version;

/** @param {object} options PyScript's @returns {Promise<unknown>} */
export const loadPyodide = async (options) => {
  const { loadPyodide: load } = await loading;
  performance.mark("moongrad:load");
  const python = /** @type {any} */ (await load({
    ...options,
    indexURL: pyodide.href,
    lockFileContents: JSON.stringify(manifest.lock),
    packageBaseUrl: app.href,
    packages: manifest.packages,
  }));
  // PyScript now imports its Python package, which pages do without; compiling it takes time.
  python.runPython("import sys, types; sys.modules['pyscript'] = types.ModuleType('pyscript')");
  performance.mark("moongrad:python");
  return python;
};
