/**
 * The copy of the site that is kept in the browser's caches: fills it when a build is installed,
 * replaces it when the build is activated, and finds files in it. Files lie in folders named after
 * their contents, app/HASH/ and runtime/HASH/, so a kept file is always the right one. Pages lie at
 * addresses that stay, so all pages of a build are kept together, in a cache of that build.
 *
 * The build joins this and service-worker.js into one script, and writes BUILD in front of it.
 *
 * @typedef {{ path: string, bytes: number, sha256: string }} File
 * @typedef {object} Build
 * @property {string} app the folder that every page of it refers to
 * @property {Record<string, File[]>} folders
 * @property {string[]} pages
 * @property {string} pages_hash of all of them
 */
// @ts-ignore: BUILD
export const build = /** @type {Build} */ (BUILD);
export const worker = /** @type {any} */ (self);
export const root = new URL("./", location.href);

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

/** A file of the build did not arrive. The message is a part of a sentence that visitors read. */
class IncompleteError extends Error {}

/** @param {string} path @param {RequestCache} cache */
const download = async (path, cache) => {
  const response = await fetch(address(path), { cache }).catch(() => null);
  if (response?.ok) return response;
  const answer = response ? `the server answered ${response.status}` : "no connection";
  throw new IncompleteError(`${path} did not arrive (${answer})`);
};

/** What to tell visitors when a build could not be kept. @param {Error} error */
const explainFailure = (error) => {
  if (error instanceof IncompleteError) return error.message;
  if (error.name === "QuotaExceededError") return "the browser gives this site no room";
  // The other errors have the browser's own words, which are for programmers.
  return error instanceof TypeError ? "the connection broke off" : "the browser could not store it";
};

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
  const wanted = /** @type {{ cache: Cache, file: File, path: string }[]} */ ([]);
  let [done, total] = [0, 0];
  for (const [folder, files] of Object.entries(build.folders)) {
    const cache = await open(folder);
    const present = new Set((await cache.keys()).map((request) => request.url));
    for (const file of files) {
      total += file.bytes;
      const path = folder + file.path;
      if (present.has(address(path))) done += file.bytes;
      else wanted.push({ cache, file, path });
    }
  }
  const fetchNext = async () => {
    for (let next = wanted.pop(); next; next = wanted.pop()) {
      const { cache, file, path } = next;
      let response = await download(path, "default");
      if (!(await isIntact(response, file.sha256))) {
        response = await download(path, "reload"); // past what the browser has of it
        if (!(await isIntact(response, file.sha256))) {
          throw new IncompleteError(`${path} arrived damaged`);
        }
      }
      await cache.put(address(path), await plain(path, response));
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
    const response = await download(page, "no-cache");
    const text = await response.clone().text();
    // While a new build is being published there may be pages of one beside files of another.
    if (page.endsWith(".html") && !text.includes(build.app)) {
      throw new IncompleteError(`${page} belongs to another build`);
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
      await tell({ error: error.name, reason: explainFailure(error) });
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

/** A kept file of a folder that is named after its contents. @param {string} url */
export const findFile = async (url) => {
  const [place, hash] = url.slice(root.href.length).split("/");
  const name = `${PREFIX}${place}/${hash}/`;
  if (!(await caches.has(name))) return undefined;
  return (await caches.open(name)).match(url, LOOSELY);
};

/** The kept page at an address. @param {string} url */
export const findPage = async (url) => {
  const name = url.slice(root.href.length).replace(/[?#].*/, "") || "index.html";
  const pages = await open(PAGES);
  // Some servers leave the ".html" out.
  return (await pages.match(address(name))) ?? (await pages.match(address(`${name}.html`)));
};
