// Runs before the first paint: an embedded demo never shows the rest of its page, and the
// line for visitors without JavaScript never shows to the others. What Python needs first is
// asked for already, by `fetch`: with what a <link rel="preload"> brings, browsers do not keep the
// machine code that they make of it.
document.documentElement.dataset.script = "";
const asked = new URLSearchParams(location.search);
if (asked.get("embed") === "1") {
  document.documentElement.dataset.embed = "";
  const link = Object.assign(document.createElement("link"), { rel: "modulepreload" });
  link.href = /** @type {HTMLScriptElement} */ (document.currentScript).src.replace(/shell\/early\.js$/, "embed/frame.js");
  document.head.append(link);
  if (asked.get("controls") === "off") document.documentElement.dataset.controls = "off";
  if (asked.get("background") === "transparent") document.documentElement.dataset.background = "transparent";
}

// In a frame without an origin no module is loaded, and so nothing else could say it is there.
if (origin === "null" && parent !== window) parent.postMessage({ moongrad: 1, kind: "here" }, "*");

/** Light or dark whatever the system prefers, or as it does. @param {string} name auto, light, dark */
const setTheme = (name) => {
  const isForced = name === "light" || name === "dark";
  if (isForced) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  for (const source of /** @type {NodeListOf<HTMLSourceElement>} */ (document.querySelectorAll("picture source"))) {
    source.dataset.media ??= source.media;
    source.media = !isForced ? source.dataset.media : name === "dark" ? "all" : "not all";
  }
  dispatchEvent(new Event("moongrad:theme"));
};
const theme = asked.get("theme");
if (theme) {
  setTheme(theme);
  addEventListener("DOMContentLoaded", () => setTheme(theme));
}

/** Load the page again, and its scripts past what the browser has of them: it may be damaged. */
const startAfresh = async () => {
  const scripts = /** @type {NodeListOf<any>} */ (
    document.querySelectorAll("script[src], link[rel=modulepreload]")
  );
  const addresses = [...scripts].map((element) => element.src ?? element.href);
  await Promise.allSettled(addresses.map((address) => fetch(address, { cache: "reload" })));
  location.reload();
};

/** @type {string[]} */
const lost = [];

/** A script that does not arrive cannot say so itself. */
const report = () => {
  const main = document.querySelector("main[data-demo]");
  const [line, retry] = ["[role=alert]", 'button[name="retry"]'].map((part) =>
    /** @type {HTMLElement | null} */ (main?.querySelector(part)),
  );
  if (!lost.length || !main || !line || !retry) return;
  main.setAttribute("data-state", "error");
  line.textContent =
    origin === "null"
      ? "This page is in a frame that can’t load its scripts. Open it in its own tab."
      : `${lost[0]}, or what it needs, couldn’t be loaded. Check the connection.`;
  line.hidden = false;
  retry.hidden = false;
  retry.onclick = startAfresh;
};
const lose = (/** @type {string} */ name) => {
  if ("stage" in document.documentElement.dataset) return; // it can speak for itself
  lost.push(name);
  report();
};
addEventListener(
  "error",
  (event) => {
    const { target } = event;
    const source = target instanceof HTMLScriptElement ? target.src : (event.filename ?? "");
    if (/\/stage\/\w+\.js$/.test(source)) lose(source.replace(/.*\//, ""));
  },
  true,
);
addEventListener("DOMContentLoaded", report);
// On a phone, the row of pages is wider than the screen.
addEventListener("DOMContentLoaded", () => {
  const current = document.querySelector("header nav [aria-current]");
  current?.scrollIntoView({ block: "nearest", inline: "center" });
});
setTimeout(lose, 20_000, "stage.js"); // what does not go on arriving says nothing at all

const wanted = document.currentScript?.dataset.first?.split(" ") ?? [];
Object.assign(globalThis, { startAfresh, setTheme });
globalThis.first = new Map(
  wanted.map((address) => {
    const { href } = new URL(address, document.baseURI);
    const response = fetch(href);
    response.catch(() => {}); // downloads.js says so
    return [href, response];
  }),
);
