/**
 * On every page: has the service worker keep the site for when there is no network, and says in
 * the footer how that stands. It waits until the page itself has all that it needs.
 */
const footer = /** @type {HTMLElement} */ (document.querySelector("footer.site"));
const line = /** @type {HTMLElement} */ (footer.querySelector("[data-offline]"));
const install = /** @type {HTMLButtonElement} */ (footer.querySelector('button[name="install"]'));

let isKept = false; // a version before this one

/** @typedef {"unknown" | "saving" | "saved" | "refused"} State */

/** @param {State} state @param {string} text */
const say = (state, text) => {
  line.dataset.offline = state;
  line.textContent = text;
};

/** @param {string} [name] of the error, @param {string} [reason] */
const refuse = (name = "", reason = "") => {
  const why =
    {
      QuotaExceededError: "the browser gives this site no room",
      SecurityError: "the browser lets this page keep nothing",
      NotSupportedError: isSecureContext
        ? "the browser keeps nothing, as private windows do"
        : "that needs an address with https:",
    }[name] ?? reason;
  const what = isKept ? "This version is not" : "Not";
  say("refused", `${what} kept for use without a network: ${why}.`);
};

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

const keep = async () => {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return refuse("NotSupportedError");
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.kind !== "offline") return;
    if (data.error) refuse(data.error, data.reason);
    else if (data.done < data.total) {
      const amount = `${megabytes(data.done)} of ${megabytes(data.total)} MB`;
      say("saving", `Keeping the site for use without a network: ${amount}`);
    }
  });
  try {
    const address = new URL("service-worker.js", document.baseURI);
    const registration = await serviceWorker.register(address, { updateViaCache: "none" });
    isKept = Boolean(registration.active);
    if (isKept) await registration.update(); // rejects where there is no network
    const newest = registration.installing ?? registration.waiting;
    if (newest) {
      await new Promise((resolve) => {
        newest.addEventListener("statechange", () => {
          if (newest.state === "activated" || newest.state === "redundant") resolve(null);
        });
      });
      if (newest.state === "redundant") {
        if (line.dataset.offline !== "refused") refuse("", "something did not arrive");
        return;
      }
    }
    say("saved", "Kept on this device: it works without a network, too.");
  } catch (error) {
    // Without a network the page runs, but a newer build cannot be looked for.
    if (serviceWorker.controller) return say("saved", "Kept on this device: no network needed.");
    if (error instanceof Error) refuse(error.name, error.message);
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
