/**
 * On every page: has the service worker keep the site for when there is no network, and says in
 * the footer how that stands, and why a kept page is shown. Keeping waits until the page itself
 * has all that it needs.
 */
const footer = /** @type {HTMLElement} */ (document.querySelector("footer.site"));
const line = /** @type {HTMLElement} */ (footer.querySelector("[data-offline]"));
const install = /** @type {HTMLButtonElement} */ (footer.querySelector('button[name="install"]'));

/**
 * "checking": a version is kept, and a newer one is looked for; "saved": the newest is kept.
 * @typedef {"unknown" | "checking" | "saving" | "saved" | "refused"} State
 */

/** @param {State} state @param {string} text */
const say = (state, text) => {
  line.dataset.offline = state;
  line.textContent = text;
};

/**
 * Why the service worker shows the kept page; it writes the reason on the page.
 * @type {Record<import("./service-worker.js").Reason, string>}
 */
const REASONS = {
  unreachable: "The server can’t be reached",
  silent: "The server didn’t answer in time",
  failing: "The server has a problem right now",
  broken: "The connection to the server was lost",
};
const reason = /** @type {keyof REASONS | undefined} */ (document.documentElement.dataset.kept);
const fallback = reason && `${REASONS[reason]}, so this is the copy saved on your device.`;
if (fallback) say("checking", fallback);
const success = fallback ?? "Saved on your device: this site works offline.";

let isKept = Boolean(fallback); // this version, or one before it

/** What to say when registration fails, by the error's name; its message is for programmers. */
const PROBLEMS = /** @type {Record<string, string>} */ ({
  SecurityError: "the browser doesn’t let this page save anything",
  NotSupportedError: isSecureContext
    ? "the browser saves nothing, like a private window"
    : "that needs an https: address",
  TypeError: "the script for it couldn’t be loaded",
});

/** @param {string} problem a part of a sentence */
const refuse = (problem) => {
  const what = isKept ? "This version is not" : "Not";
  const text = `${what} saved for offline use: ${problem}.`;
  say("refused", fallback ? `${fallback} ${text}` : text);
};

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** @param {MessageEvent} event of the service worker that is being installed */
const report = ({ data }) => {
  if (data?.kind !== "offline") return;
  if (data.error) refuse(data.reason);
  else if (data.done < data.total) {
    const amount = `${megabytes(data.done)} of ${megabytes(data.total)} MB`;
    say("saving", `Saving the site for offline use: ${amount}`);
  }
};

/** Resolved when a service worker has kept its version, or has failed to. @param {ServiceWorker} worker */
const finish = (worker) =>
  new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated" || worker.state === "redundant") resolve(worker.state);
    });
  });

const keep = async () => {
  try {
    const { serviceWorker } = navigator; // in a sandboxed frame this throws
    if (!serviceWorker) return refuse(PROBLEMS.NotSupportedError);
    serviceWorker.addEventListener("message", report);
    isKept ||= Boolean(serviceWorker.controller);
    // A server that does not answer may hold up all that follows, for minutes.
    if (isKept) say("checking", success);
    const address = new URL("service-worker.js", document.baseURI);
    const registration = await serviceWorker.register(address, { updateViaCache: "none" });
    // What blocks service workers may also do so by a function that does nothing.
    if (!registration) return refuse(PROBLEMS.SecurityError);
    isKept ||= Boolean(registration.active);
    if (registration.active) await registration.update(); // rejects where there is no network
    const newest = registration.installing ?? registration.waiting;
    if (newest && (await finish(newest)) === "redundant") {
      if (line.dataset.offline !== "refused") refuse("something didn’t arrive");
      return;
    }
    say("saved", success);
  } catch (error) {
    // Without a network the page runs, but a newer build cannot be looked for.
    if (isKept) say("saved", fallback ?? "Saved on your device: no network needed.");
    else refuse(PROBLEMS[error instanceof Error ? error.name : ""] ?? "the browser doesn’t allow it");
  }
};

// A frame of another site is no place to keep megabytes; and whoever saves data may not want to.
const isAlone = window === window.top && !("embed" in document.documentElement.dataset);
// @ts-ignore: not known everywhere
const isSaving = Boolean(navigator.connection?.saveData);
const demo = document.querySelector("main[data-demo]");
if (isAlone && !(isSaving && !demo)) {
  // A demo says when its figures are there; then all that it loaded need not be loaded again.
  if (demo) addEventListener("moongrad:loaded", keep, { once: true });
  else addEventListener("load", keep, { once: true });
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  install.hidden = false;
  install.onclick = async () => {
    install.hidden = true;
    await /** @type {any} */ (event).prompt();
  };
});
addEventListener("appinstalled", () => (install.hidden = true));
