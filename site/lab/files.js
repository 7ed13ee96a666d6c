/** The files of the visitors' Python: the very ones that the demos use, checked as they are. */
import { digest, request } from "../stage/downloads.js";
import { manifest } from "../stage/manifest.js";

/** @typedef {import("../stage/manifest.js").File} File */

const app = new URL("..", import.meta.url);

/** Where the worker believes them to be. Nothing is ever asked of it. */
export const base = "https://lab.invalid/app/own/";

/** @param {File} file @param {RequestCache} cache @param {(bytes: number) => void} count */
const get = async (file, cache, count) => {
  const response = await request(new URL(file.address, app).href, cache);
  const chunks = [];
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const chunk = /** @type {Uint8Array} */ (value);
    chunks.push(chunk);
    count(chunk.byteLength * (file.sent / file.bytes));
  }
  const isWhole = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) === file.bytes;
  // There are digests only on https: and on this machine itself.
  const isRight = isWhole && (!crypto.subtle || (await digest(chunks)) === file.sha256);
  return isRight ? new Blob(/** @type {BlobPart[]} */ (chunks)) : null;
};

/** @param {File} file @param {(bytes: number) => void} count @returns {Promise<[string, Blob]>} */
const download = async (file, count) => {
  const name = file.address.replace(/.*\//, "");
  try {
    const content = (await get(file, "default", count)) ?? (await get(file, "reload", () => {}));
    if (content) return [new URL(file.address, base).href, content];
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Error(`${name} couldn’t be loaded (${message})`);
  }
  throw new Error(`${name} is damaged`);
};

/** @type {Map<string, Promise<[string, Blob][]>>} */
const groups = new Map();

/**
 * Get a group of files, once; one that fails is asked for again the next time.
 * @param {"engine" | "drawing"} group @param {(sent: number, total: number) => void} [report] in bytes
 */
export const getFiles = (group, report = () => {}) => {
  const known = groups.get(group);
  if (known) return known;
  const files = manifest.groups[group];
  const total = files.reduce((sum, file) => sum + file.sent, 0);
  let sent = 0;
  const count = (/** @type {number} */ bytes) => report((sent += bytes), total);
  const all = Promise.all(files.map((file) => download(file, count)));
  groups.set(group, all);
  all.catch(() => groups.delete(group));
  return all;
};

/** @param {string} address from the app's folder */
const read = async (address) => {
  const name = address.replace(/.*\//, "");
  const response = await fetch(new URL(address, app)).catch(() => null);
  if (!response?.ok) throw new Error(`${name} couldn’t be loaded`);
  return response.text();
};

/** @type {Promise<Blob> | undefined} */
let script;

/**
 * The worker's script: python.mjs, and Pyodide's two, as functions of it. It isn't a module, because
 * Chromium makes no such workers of blobs in an opaque origin.
 */
export const getScript = () => {
  script ??= Promise.all(
    ["lab/python.mjs", `${manifest.runtime}pyodide/pyodide.asm.mjs`, `${manifest.runtime}pyodide/pyodide.mjs`].map(read),
  ).then(([shell, asm, pyodide]) => {
    const module = asm.replace(/\bexport default _createPyodideModule;/, "").replaceAll("import.meta.url", '"/"');
    const loader = pyodide.replace(/\bexport\{(\w+) as loadPyodide,[^}]*\};/, "return $1;");
    const text = `"use strict";\n${shell}\n${module}\nconst loadPyodide = (() => {\n${loader}\n})();\n`;
    return new Blob([text], { type: "text/javascript" });
  });
  script.catch(() => (script = undefined));
  return script;
};

/** @type {Promise<string> | undefined} */
let frame;

/** The document around the worker (frame.js). */
export const getFrame = () => {
  frame ??= read("lab/frame.html");
  frame.catch(() => (frame = undefined));
  return frame;
};
