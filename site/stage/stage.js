/**
 * The page's end of the bridge: starts Python, asks it for what the visitor wants, and shows its
 * views. Knows no page by name.
 */
import { listenToArtifacts } from "./artifacts.js";
import { listenToControls, noteChangedOptions, readAddress, readFirstTexts, showOptions } from "./controls.js";
import { listenToDigits } from "./digits.js";
import { button, main } from "./dom.js";
import { connect, start as download } from "./downloads.js";
import { listenToHandles, showHandles } from "./handles.js";
import { hideLoading, showLoading } from "./loading.js";
import { findLack, startPython } from "./python.js";
import { showRecords } from "./records.js";
import { render } from "./render.js";
import { Requests } from "./requests.js";
import { describeSurroundings, isCalm, isSparing, watchSurroundings } from "./surroundings.js";
import { Watchdog } from "./watchdog.js";

const ANSWER = 30; // seconds in which a Python that was asked something must be heard of
const START = 60; // likewise while Python starts, which cannot say how far it is
const IMPORT = 300; // and while it imports what draws, on the slowest of machines
const PATIENCE = 300; // ms after which whoever waits is told so

/** @type {import("./render.js").View | null} */
let view = null;
const page = { progress: "", trouble: "", hint: "", isWanted: false, isBusy: false };
let isStarting = false; // there is a worker, of which nothing was heard
let isConnected = false; // Python has been told what page this is
let isImporting = false; // what draws, during which Python can't answer
let hasFailed = false; // for good

// --- what is shown ------------------------------------------------------------------------

const show = () => render(view, page);

/** Say that Python cannot be reached; what is on the page stays. @param {string} reason */
const say = (reason) => {
  page.trouble = `Python ${view ? "stopped" : "couldn’t start"}: ${reason}`;
  show();
};

/** @param {string} reason */
const fail = (reason) => {
  if (hasFailed) return; // what comes after the first reason is its consequence
  hasFailed = true;
  Object.assign(page, { progress: "", isWanted: false, isBusy: false });
  hideLoading();
  watch();
  say(reason);
};

const watchdog = new Watchdog((seconds) => {
  const what = view ? "it hasn’t answered" : "it didn’t respond";
  say(`${what} for ${seconds} seconds. Check the connection, then try again.`);
});

/** Expect to hear of Python where it owes an answer. */
const watch = () => {
  if (hasFailed) return watchdog.expect(0);
  if (!view) return watchdog.expect(isStarting ? START : 0);
  const isOwing = requests.isWaitingFor() || view.state === "running";
  watchdog.expect(isOwing ? (isImporting ? IMPORT : ANSWER) : 0);
};

let patience = 0;

/** Tell the visitor who has been waiting for a while. */
const noteWork = () => {
  const isBusy = Boolean(view) && !hasFailed && (requests.isWaitingFor() || Boolean(view?.is_busy));
  main.toggleAttribute("data-pending", isBusy);
  if (isBusy && !patience) {
    patience = setTimeout(() => {
      page.isBusy = true;
      show();
    }, PATIENCE);
  } else if (!isBusy) {
    clearTimeout(patience);
    [patience, page.isBusy] = [0, false];
  }
};

export const requests = new Requests(() => {
  noteWork();
  watch();
});

// --- what Python sends --------------------------------------------------------------------

/** @param {import("./render.js").View} next @param {import("./records.js").Records} records @param {string} answered */
const showView = (next, records, answered) => {
  const previous = view;
  view = next;
  page.trouble = "";
  showRecords(records, view.run, view.n_records);
  const isChanged = showOptions(view, requests);
  showHandles(view.handles, requests);
  if (answered === "drag") main.dataset.drags = String(Number(main.dataset.drags ?? 0) + 1);
  // A wrong address stays as it is until something is changed.
  if (isChanged && answered && answered !== "start") noteChangedOptions();
  noteWork();
  show();
  dispatchEvent(new CustomEvent("moongrad:view", { detail: view }));
  if (previous?.run !== view.run) dispatchEvent(new Event("moongrad:run"));
  mark("engine-ready", !previous);
  mark("first-step", records.rows.length > 0 && records.first === 0);
  mark("first-figure", Object.keys(view.labels).length > 0);
  mark("done", view.state === "done" && previous?.state !== "done");
};

/** Note a moment of the page's life, each the first time. @param {string} name */
const mark = (name, isNow = true) => {
  if (isNow && !marked.has(name)) performance.mark(`moongrad:${name}`);
  if (isNow) marked.add(name);
};
const marked = new Set();

/** What comes once, or by itself. @param {any} message */
const receiveNews = ({ progress, is_importing, loaded, failure }) => {
  if (progress !== undefined) [page.progress, isImporting] = [progress, Boolean(is_importing)];
  if (loaded !== undefined) {
    hideLoading();
    if (loaded) dispatchEvent(new Event("moongrad:loaded"));
  }
  if (failure) fail(failure);
};

/** @param {any} data JSON, or JSON and bytes; from interpreter.mjs, a port for downloads @param {Worker} worker */
const receive = (data, worker) => {
  if (data?.kind === "downloads") return connect(data.port);
  const [text, bytes] = Array.isArray(data) ? data : [data, undefined];
  if (typeof text !== "string" || hasFailed) return; // PyScript sends messages of its own
  watchdog.hear();
  const message = JSON.parse(text);
  if (message.hello) start(worker);
  receiveNews(message);
  if (message.view) {
    const answered = requests.settle(message.id, bytes ?? message.answer);
    if (answered === "play") page.isWanted = false;
    showView({ ...view, ...message.view }, message.records, answered);
  } else if (!hasFailed) show();
  watch();
};

/** Tell Python what page this is, before anything else. @param {Worker} worker */
const start = (worker) => {
  isConnected = true;
  mark("worker-start");
  const { demo, packages = "" } = main.dataset;
  const weights = new URLSearchParams(location.hash.slice(1)).get("weights") ?? "";
  const fields = { demo, packages, texts: readFirstTexts(), weights, ...describeSurroundings() };
  const canvases = fields.figures.map(({ canvas }) => canvas);
  requests.open((message, transfer) => worker.postMessage(message, transfer), fields, canvases);
  watchSurroundings(requests);
};

// --- what the visitor does ----------------------------------------------------------------

/** Train, or do not, as soon as there is a Python to do it. @param {boolean} isWanted */
const want = (isWanted) => {
  if (hasFailed || page.isWanted === isWanted) return;
  page.isWanted = isWanted;
  if (isWanted) requests.ask("play");
  else requests.withdraw("play");
  show();
};

const play = () => {
  if (view) requests.ask("play");
  else want(true);
};

const listen = () => {
  listenToControls(requests, { isLoading: () => !isConnected, play, isCalm });
  listenToHandles(requests);
  listenToDigits();
  listenToArtifacts(requests, (hint) => {
    page.hint = hint;
    show();
  });
  button("play").addEventListener("click", () => {
    if (view?.state === "running") requests.ask("pause");
    else play();
  });
  for (const kind of ["step", "reset"]) button(kind).addEventListener("click", () => requests.ask(kind));
  main.querySelector("button[name=back]")?.addEventListener("click", () => requests.ask("back"));
  button("retry").onclick = /** @type {any} */ (globalThis).startAfresh; // early.js
  // What the host of a frame asks for (embed/frame.js), which does not know the state to the moment.
  addEventListener("moongrad:ask", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (view) requests.ask(detail);
    else want(detail === "play");
  });
};

// --- from the beginning -------------------------------------------------------------------

/** @param {string} progress */
const setProgress = (progress) => {
  page.progress = progress;
  show();
  watch();
};

const boot = async () => {
  const lack = findLack();
  if (lack) {
    fail(`this browser has no ${lack}.`);
    button("retry").hidden = true; // it would have none then, either
    return;
  }
  showLoading();
  setProgress("Downloading Python");
  download("engine").then(
    () => {
      download("drawing");
      if (isConnected || hasFailed) return;
      isStarting = true;
      setProgress("Starting Python");
    },
    (error) => fail(error.message),
  );
  // What PyScript cannot fetch matters only until Python is there.
  await startPython(receive, (reason) => view || fail(reason));
  if (!isConnected) throw new Error("the worker ended before it answered");
};

// Somebody else's page is told how the demo in its frame stands, and may ask for things.
if ("embed" in document.documentElement.dataset) import("../embed/frame.js").catch(() => {});
document.documentElement.dataset.stage = ""; // early.js need not speak for this script
listen();
readAddress();
// A page that asks for it trains once by itself, so that nobody meets an untrained network first.
if ("autoplay" in main.dataset && !isCalm() && !isSparing()) want(true);
boot().catch((error) => fail(error.message));
