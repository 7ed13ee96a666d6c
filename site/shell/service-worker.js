/**
 * Keeps the site for when there is no network. Pages always come from the network where there
 * is one, so they are never stale. Everything else lies in folders named after their contents,
 * app/HASH/ and runtime/HASH/, so that a file that is kept is the right one, always.
 *
 * The build writes BUILD, what there is to keep, in front of this.
 *
 * @typedef {{ path: string, bytes: number, sha256: string }} File
 * @typedef {object} Build
 * @property {string} app the folder that every page of it refers to
 * @property {Record<string, File[]>} folders
 * @property {string[]} pages
 * @property {string} pages_hash of all of them
 */
// @ts-ignore: BUILD
const build = /** @type {Build} */ (BUILD);
const worker = /** @type {any} */ (self);
const root = new URL("./", location.href);

const PREFIX = `moongrad ${root.pathname} `; // of the names of caches; other sites may have some
const LOOSELY = { ignoreSearch: true, ignoreVary: true };
const PARALLEL = 4; // downloads at a time

/** @param {string} folder */
const open = (folder) => caches.open(PREFIX + folder);

const PAGES = `pages/${build.pages_hash}/`;

/** Types as they should be; a server may have sent others. @type {Record<string, string>} */
const TYPES = {
  css: "text/css",
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  mjs: "text/javascript",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
};

/** The response as it is kept: without redirections, which pages must not have. */
const plain = async (/** @type {string} */ name, /** @type {Response} */ response) => {
  const type = TYPES[name.replace(/.*\./, "")] ?? "application/octet-stream";
  return new Response(await response.blob(), { headers: { "Content-Type": type } });
};

/** @param {string} path */
const address = (path) => new URL(path, root).href;

/** Tell all pages, those of an older build too, how far it is. @param {object} message */
const tell = async (message) => {
  const clients = await worker.clients.matchAll({ includeUncontrolled: true });
  for (const client of clients) client.postMessage({ kind: "offline", ...message });
};

/** @param {Response} response @param {string} sha256 */
const isIntact = async (response, sha256) => {
  const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("") === sha256;
};

/** Get all files of this build that are not there yet; where one is wrong, nothing changes. */
const keep = async () => {
  const wanted = /** @type {{ cache: Cache, file: File, url: string }[]} */ ([]);
  let [done, total] = [0, 0];
  for (const [folder, files] of Object.entries(build.folders)) {
    const cache = await open(folder);
    const present = new Set((await cache.keys()).map((request) => request.url));
    for (const file of files) {
      total += file.bytes;
      if (present.has(address(folder + file.path))) done += file.bytes;
      else wanted.push({ cache, file, url: address(folder + file.path) });
    }
  }
  const fetchNext = async () => {
    for (let next = wanted.pop(); next; next = wanted.pop()) {
      const { cache, file, url } = next;
      let response = await fetch(url);
      if (response.ok && !(await isIntact(response, file.sha256))) {
        response = await fetch(url, { cache: "reload" }); // past what the browser has of it
      }
      if (!response.ok || !(await isIntact(response, file.sha256))) {
        throw new Error(`${file.path} did not arrive as it should (${response.status})`);
      }
      await cache.put(url, await plain(file.path, response));
      done += file.bytes;
      tell({ done, total });
    }
  };
  const fetching = Array.from({ length: PARALLEL }, fetchNext);
  try {
    await Promise.all(fetching);
  } finally {
    wanted.length = 0; // one that fails ends them all
    await Promise.allSettled(fetching);
  }
  const cache = await open(PAGES);
  for (const page of build.pages) {
    const response = await fetch(address(page), { cache: "no-cache" });
    if (!response.ok) throw new Error(`${page} did not arrive (${response.status})`);
    const text = await response.clone().text();
    // While a new build is being published there may be pages of one beside files of another.
    if (page.endsWith(".html") && !text.includes(build.app)) {
      throw new Error(`${page} belongs to another build`);
    }
    await cache.put(address(page), await plain(page, response));
  }
  tell({ done, total });
};

worker.addEventListener("install", (/** @type {any} */ event) => {
  worker.skipWaiting();
  event.waitUntil(
    keep().catch(async (error) => {
      // A part of this build is of no use where there is no room for all of it.
      if (error.name === "QuotaExceededError") await discard((await readBuilds()).flat());
      await tell({ error: error.name, reason: error.message });
      throw error;
    }),
  );
});

/** The folders of the build that is in use and of the one before. @returns {Promise<string[][]>} */
const readBuilds = async () => {
  const known = await (await open("builds")).match(address("builds"));
  return known ? known.json() : [];
};

/** Delete our caches but these. @param {string[]} folders */
const discard = async (folders) => {
  const kept = new Set([...folders, ...(folders.length ? ["builds"] : [])].map((f) => PREFIX + f));
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && !kept.has(name)) await caches.delete(name);
  }
};

// A page of the build before may still be open, and ask for more of its files.
worker.addEventListener("activate", (/** @type {any} */ event) => {
  const replace = async () => {
    const [last = []] = await readBuilds();
    const current = [...Object.keys(build.folders), PAGES];
    const previous = JSON.stringify(last) === JSON.stringify(current) ? [] : last;
    const note = new Response(JSON.stringify([current, previous]));
    await (await open("builds")).put(address("builds"), note);
    await discard([...current, ...previous]);
  };
  event.waitUntil(replace().then(() => worker.clients.claim()));
});

/** What is kept of a folder that is named after its contents. @param {string} url */
const findKept = async (url) => {
  const [place, hash] = url.slice(root.href.length).split("/");
  const name = `${PREFIX}${place}/${hash}/`;
  if (!(await caches.has(name))) return undefined;
  return (await caches.open(name)).match(url, LOOSELY);
};

/** The page from the network, or the one that is kept where there is none. @param {string} url */
const fetchPage = async (url) => {
  try {
    // The browser's own copy may be minutes old, so the server is asked whether it still holds.
    return await fetch(url, { cache: "no-cache", redirect: "manual" });
  } catch (error) {
    const name = url.slice(root.href.length).replace(/[?#].*/, "") || "index.html";
    const pages = await open(PAGES);
    // Some servers leave the ".html" out.
    const kept = (await pages.match(address(name))) ?? (await pages.match(address(`${name}.html`)));
    const file = kept ?? (await findKept(url));
    if (file) return file;
    throw error;
  }
};

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(root.href)) return;
  if (request.mode === "navigate") {
    event.respondWith(fetchPage(request.url));
    return;
  }
  const path = request.url.slice(root.href.length);
  if (build.pages.includes(path)) event.respondWith(fetchPage(request.url));
  if (!/^(app|runtime)\//.test(path)) return;
  // The browser's own copy of WebAssembly comes with the machine code that it made of it, so it
  // has the first turn; where it has none and there is no network, downloads.js adds "?kept".
  if (request.url.endsWith(".wasm")) return;
  const kept = findKept(request.url).catch(() => undefined); // what is kept may be broken
  event.respondWith(kept.then((response) => response ?? fetch(request)));
});
