/** Graphviz in a worker of its own: a graph without end must not hold up the page. */
import { manifest } from "../stage/manifest.js";

const address = new URL("graphviz/viz.js", new URL(manifest.runtime, new URL("..", import.meta.url)));
const loading = import(address.href).then(({ instance }) => instance());

globalThis.onmessage = async (/** @type {MessageEvent} */ { data: { id, dot } }) => {
  try {
    globalThis.postMessage({ id, svg: (await loading).renderString(dot, { format: "svg" }) });
  } catch (error) {
    globalThis.postMessage({ id, problem: /** @type {Error} */ (error).message });
  }
};
