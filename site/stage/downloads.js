/**
 * The page's downloads for its Python: all that the engine needs is asked for at once, and when
 * that is there, all that drawing needs, while Python starts. They are made here, not in the
 * worker, for that is busy then. Every byte is counted, and checked against manifest.js; what is
 * missing, damaged or does not go on arriving becomes an error that names it.
 */
import { manifest } from "./manifest.js";

/** @typedef {import("./manifest.js").File} File */

const PATIENCE = 20; // seconds in which something must arrive

const app = new URL("..", import.meta.url);

/** Answers to what early.js has asked for. @type {Map<string, Promise<Response>>} */
const early = /** @type {any} */ (globalThis).first ?? new Map();

/** @param {number} bytes */
export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** How much is sent of each group of files, and how much of that has arrived, in bytes. */
export const amounts = Object.fromEntries(
  Object.entries(manifest.groups).map(([group, files]) => [
    group,
    { sent: 0, total: files.reduce((sum, file) => sum + file.sent, 0) },
  ]),
);

/** Count what has arrived of a file, which servers send compressed. @param {File} file @param {string} group @param {number} n bytes */
const count = (file, group, n) => {
  amounts[group].sent += n * (file.sent / file.bytes);
};

/** What is on its way, and how much of it there is. @type {Map<string, string>} */
const pending = new Map();
let quiet = 0; // seconds since something arrived

/** @param {Uint8Array[]} chunks */
export const digest = async (chunks) => {
  const bytes = await new Blob(/** @type {BlobPart[]} */ (chunks)).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** What has arrived is not what was to arrive. */
class DamageError extends Error {}

/**
 * Read a file to its end, count it and make sure that it is the right one.
 * @param {File} file @param {Response} response @param {string} group
 */
const read = async (file, response, group) => {
  const name = nameOf(file);
  const chunks = [];
  let n = 0;
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const chunk = /** @type {Uint8Array} */ (value);
    chunks.push(chunk);
    n += chunk.byteLength;
    count(file, group, chunk.byteLength);
    quiet = 0;
    pending.set(name, ` after ${megabytes(n)} of ${megabytes(file.bytes)} MB`);
  }
  let damage = n === file.bytes ? "" : `${n} of ${file.bytes} bytes arrived`;
  // There are digests only on https: and on this machine itself.
  if (!damage && crypto.subtle && (await digest(chunks)) !== file.sha256) {
    damage = "its sha256 doesn’t match";
  }
  if (damage) {
    count(file, group, -n);
    throw new DamageError(damage);
  }
  return new Blob(/** @type {BlobPart[]} */ (chunks)).arrayBuffer();
};

/** @param {File} file */
const nameOf = (file) => file.address.replace(/.*\//, "");

/** WebAssembly is compiled while it arrives. @param {Response} response */
const compile = (response) => {
  const type = "application/wasm";
  if (response.headers.get("Content-Type") === type) return WebAssembly.compileStreaming(response);
  // Servers do not always know the type, and then browsers refuse to compile.
  const headers = { "Content-Type": type };
  return WebAssembly.compileStreaming(new Response(response.body, { headers }));
};

/** @param {string} href @param {RequestCache} cache */
export const request = async (href, cache) => {
  const known = early.get(href);
  early.delete(href);
  const response = await (known ?? fetch(href, { cache })).catch((error) => {
    // The service worker leaves this one to the browser, unless it is asked like this.
    if (href.endsWith(".wasm")) return fetch(`${href}?kept`);
    throw error;
  });
  if (response.ok) return response;
  if (href.endsWith(".wasm")) {
    const kept = await fetch(`${href}?kept`);
    if (kept.ok) return kept;
  }
  throw new Error(`couldn’t be loaded: the server answered ${response.status}`);
};

/**
 * Get one file; gives its bytes or, of WebAssembly, the module.
 * @param {File} file @param {string} group @param {RequestCache} cache
 * @returns {Promise<ArrayBuffer | WebAssembly.Module>}
 */
const get = async (file, group, cache) => {
  const response = await request(new URL(file.address, app).href, cache);
  if (!file.address.endsWith(".wasm")) return read(file, response, group);
  const bytes = read(file, response.clone(), group);
  const module = compile(response);
  module.catch(() => {}); // of a damaged file; the other one tells more
  await bytes;
  return module;
};

/**
 * Download one file; one that is damaged is asked for again, past what the browser has of it.
 * @param {File} file @param {string} group
 */
const download = async (file, group) => {
  const name = nameOf(file);
  pending.set(name, "");
  quiet = 0;
  try {
    return await get(file, group, "default").catch((error) => {
      if (error instanceof DamageError) return get(file, group, "reload");
      throw error;
    });
  } catch (error) {
    if (error instanceof DamageError) throw new Error(`${name} is damaged: ${error.message}`);
    if (error instanceof TypeError) throw new Error(`${name} couldn’t be loaded (${error.message})`);
    throw new Error(`${name} ${error instanceof Error ? error.message : error}`);
  } finally {
    pending.delete(name);
  }
};

/** Fails when nothing has arrived for too long, although something should. */
const watch = () =>
  new Promise((_, reject) => {
    const timer = setInterval(() => {
      if (!pending.size) return clearInterval(timer);
      quiet += 1; // counted, for clocks go on while a computer sleeps
      if (quiet < PATIENCE) return;
      clearInterval(timer);
      const [[name, amount]] = pending;
      const text = `nothing for ${PATIENCE} seconds`;
      reject(new Error(`${name} has stopped arriving${amount}: ${text}`));
    }, 1000);
  });

/** @type {Map<string, Promise<void>>} */
const groups = new Map();
/** What has arrived, by address, for the worker; and what failed, by group. */
const deliveries = /** @type {object[]} */ ([]);
/** @type {MessagePort | null} */
let worker = null;

/** @param {{ group: string, failure: string } | { address: string, content: any }} delivery */
const deliver = (delivery) => {
  if (!worker) {
    deliveries.push(delivery);
    return;
  }
  const content = "content" in delivery ? delivery.content : null;
  try {
    worker.postMessage(delivery, content instanceof ArrayBuffer ? [content] : []);
  } catch {
    deliverBytes(); // compiled WebAssembly cannot be sent everywhere
  }
};

/** Send WebAssembly as it is in the file, by now in the browser's cache. */
const deliverBytes = async () => {
  for (const file of manifest.groups.engine) {
    if (!file.address.endsWith(".wasm")) continue;
    const response = await request(new URL(file.address, app).href, "default");
    deliver({ address: file.address, content: await response.arrayBuffer() });
  }
};

/** Download a group of files, once; resolved when all are there. @param {string} group */
export const start = (group) => {
  const known = groups.get(group);
  if (known) return known;
  const files = manifest.groups[group].map(async (file) => {
    deliver({ address: file.address, content: await download(file, group) });
  });
  const all = Promise.race([Promise.all(files), watch()]).then(
    () => {},
    (error) => {
      deliver({ group, failure: error.message });
      throw error;
    },
  );
  all.catch(() => {}); // whoever waits for it is told
  groups.set(group, all);
  return all;
};

/** Give the worker what has arrived, and what will; it asks for further groups. @param {MessagePort} port */
export const connect = (port) => {
  if (worker) return; // the worker offers until it hears
  worker = port;
  port.postMessage({});
  for (const delivery of deliveries.splice(0)) deliver(/** @type {any} */ (delivery));
  port.onmessage = ({ data }) => {
    if (data.isBytesWanted) deliverBytes();
    else start(data.group);
  };
};
