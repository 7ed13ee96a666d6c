/**
 * Pyodide's loadPyodide, which PyScript calls in the worker, with one difference: a file that
 * does not arrive is an error that names it. Pyodide alone would wait for it for ever.
 */
// @ts-ignore: it lies beside this file in dist/
import { loadPyodide as load, version } from "./pyodide.mjs";

export { version };

/** @type {(options: object) => Promise<unknown>} */
export const loadPyodide = (options) =>
  new Promise((resolve, reject) => {
    const { fetch } = globalThis;
    globalThis.fetch = async (...request) => {
      const address = request[0] instanceof Request ? request[0].url : String(request[0]);
      const name = address.replace(/.*\//, "");
      try {
        const response = await fetch(...request);
        if (!response.ok) throw new Error(`the server answered ${response.status}`);
        return response;
      } catch (error) {
        const reason = error instanceof Error ? error.message : error;
        const named = new Error(`${name} could not be loaded (${reason})`);
        reject(named);
        throw named;
      }
    };
    load(options).then(resolve, reject);
  });
