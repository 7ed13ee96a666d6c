/**
 * Answers what the site's pages ask for. A page comes from the server, so that it is never stale;
 * when the server is gone, silent or failing, the kept page is shown, and says why. Files in folders
 * named after their contents come from the kept copy first.
 *
 * Workbox is not used. Its NetworkFirst stops waiting only for headers, takes a 503 for an answer,
 * does not say why a kept page is shown, and keeps pages one by one, so builds would get mixed.
 */
import { build, findFile, findPage, root, worker } from "./kept.js";

const PATIENCE = 3000; // ms in which a page must arrive, where there is a kept one

/**
 * Why a kept page is shown; offline.js has a sentence for each.
 * @typedef {"unreachable" | "silent" | "failing" | "broken"} Reason
 */

/** Whether the server left the last page unfinished. A restarted worker may forget it. */
let isUnreliable = false;

/** The kept page, with the reason written on it for offline.js. @param {Response} page @param {Reason} reason */
const explain = async (page, reason) => {
  if (!page.headers.get("Content-Type")?.startsWith("text/html")) return page;
  const text = await page.text();
  const { headers } = page;
  return new Response(text.replace("<html", `<html data-kept="${reason}"`), { headers });
};

/**
 * Wait for the whole page; gives the reason if it does not arrive.
 * @param {Promise<Response>} arriving @param {AbortSignal} signal
 * @returns {Promise<Response | Reason>}
 */
const receive = async (arriving, signal) => {
  const response = await arriving.catch(() => null);
  if (!response) return signal.aborted ? "silent" : "unreachable";
  if (response.status >= 500) return "failing";
  const body = await response.clone().arrayBuffer().catch(() => null);
  if (!body) return signal.aborted ? "silent" : "broken";
  return response;
};

/** The page from the server, or the kept one if it does not arrive. @param {Request} request */
const fetchPage = async (request) => {
  const { url, redirect } = request;
  const controller = new AbortController();
  const { signal } = controller;
  // The browser's own copy may be minutes old, so the server is asked whether it is still valid.
  const arriving = fetch(url, { cache: "no-cache", redirect, signal });
  arriving.catch(() => {}); // whoever waits for it is told
  const kept = await findPage(url).catch(() => undefined); // the caches may be broken
  if (!kept) return arriving;
  const timer = setTimeout(() => controller.abort(), PATIENCE);
  const result = await receive(arriving, signal);
  clearTimeout(timer);
  isUnreliable = result === "silent" || result === "broken";
  if (result instanceof Response) return result;
  controller.abort(); // nobody reads the rest
  return explain(kept, result);
};

/** A file whose address is named after its contents. @param {Request} request */
const fetchFile = async (request) => {
  const kept = await findFile(request.url).catch(() => undefined); // the caches may be broken
  return kept ?? fetch(request);
};

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(root.href)) return;
  const path = request.url.slice(root.href.length);
  if (/^(app|runtime)\//.test(path)) {
    // The browser's own copy of WebAssembly comes with the machine code that it made of it, so it
    // has the first turn; where it has none and there is no network, downloads.js adds "?kept".
    // A server that stops in the middle of things would keep downloads.js waiting instead.
    if (path.endsWith(".wasm") && !isUnreliable) return;
    event.respondWith(fetchFile(request));
  } else if (request.mode === "navigate" || build.pages.includes(path)) {
    event.respondWith(fetchPage(request));
  }
});
