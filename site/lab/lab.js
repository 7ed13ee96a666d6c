/** The page Lab: twelve steps, each with a cell that goes on from what the visitor wrote before. */
import { Carried } from "./carry.js";
import { lessons, tryLine } from "./lessons.js";
import { say } from "./marked.js";
import { Written } from "./written.js";

/** @typedef {HTMLElement & { code: string, state: string, failure: string, run: () => Promise<string>, check: (checks: string) => Promise<string>, clear: () => void, showVerdict: (verdict: { passed: boolean, sentence: string }) => void }} Cell */

const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const main = find("main");
const cell = /** @type {Cell} */ (find("moongrad-cell"));
const hints = find(".hints");
const kept = find(".kept");
const undo = /** @type {HTMLButtonElement} */ (find("button[name=undo]"));
const written = new Written(() => localStorage);

let step = 0; // from 0
let result = ""; // how the code as it is now has ended
let isRun = false; // rather than a check

const lesson = () => lessons[step];

/** What a step begins with: the code of the step before, and what is new. @param {number} k */
const begin = (k) => {
  const previous = k ? (written.get(lessons[k - 1].name)?.code ?? lessons[k - 1].solution) : "";
  const lines = previous.split("\n");
  const end = lines.findIndex((line) => line.trim() === tryLine);
  const carried = (end < 0 ? lines : lines.slice(0, end)).join("\n").trimEnd();
  const starter = lessons[k].starter.trimEnd();
  return carried ? `${carried}\n\n\n${starter}` : starter;
};

const isBusy = () => cell.state === "starting" || cell.state === "running";

/** Show what there is around the cell. */
const render = () => {
  const stored = written.get(lesson().name);
  undo.hidden = stored?.before === undefined;
  kept.textContent = written.problem || "What you write is kept on this device.";
  kept.classList.toggle("warning", Boolean(written.problem));
  for (const link of document.querySelectorAll(".steps a")) {
    const k = Number(/** @type {HTMLElement} */ (link).dataset.step) - 1;
    const isPassed = Boolean(written.get(lessons[k].name)?.isPassed);
    link.classList.toggle("passed", isPassed);
    link.querySelector(".done")?.toggleAttribute("hidden", !isPassed);
    if (k === step) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
  const next = find("a[data-go='1']");
  next.classList.toggle("primary", Boolean(stored?.isPassed));
};

/** @param {number} k */
const open = (k) => {
  step = k;
  result = "";
  const { name } = lesson();
  for (const section of document.querySelectorAll("section.lesson")) {
    /** @type {HTMLElement} */ (section).hidden = Number(/** @type {HTMLElement} */ (section).dataset.step) !== k + 1;
  }
  for (const [by, link] of /** @type {const} */ ([[-1, find("a[data-go='-1']")], [1, find("a[data-go='1']")]])) {
    link.hidden = !lessons[k + by];
    /** @type {HTMLAnchorElement} */ (link).href = `?step=${k + 1 + by}`;
  }
  hints.replaceChildren();
  hints.hidden = true;
  cell.setAttribute("name", `step ${k + 1}`);
  cell.clear();
  cell.code = written.get(name)?.code ?? begin(k);
  main.dataset.step = String(k + 1);
  render();
};

/** Put other code into the cell, which can be undone. @param {string} code */
const replace = (code) => {
  written.set(lesson().name, { code: cell.code });
  written.replace(lesson().name, code);
  cell.code = code;
  cell.clear();
  result = "";
  render();
};

const UNREADABLE = /^(Syntax|Indentation|Tab)Error/m;

/** Run the code where it hasn't been, then check what it has defined. */
const check = async () => {
  if (!result) await cell.run();
  if (result === "error" && UNREADABLE.test(cell.failure)) {
    cell.showVerdict({ passed: false, sentence: "Python can’t read your code yet. The error is below." });
  } else if (result === "done" || result === "error") await cell.check(lesson().checks);
};

const judge = (/** @type {boolean} */ isPassed) => {
  if (isPassed && result === "error") {
    cell.showVerdict({ passed: false, sentence: "The checks pass, but your code ends with an error, which is below. Can you fix it, too?" });
  } else if (isPassed) {
    written.set(lesson().name, { code: cell.code, isPassed });
    render();
  }
};

const giveHint = () => {
  const given = hints.children.length;
  const text = lesson().hints[given];
  if (text === undefined) return; // all are there
  hints.hidden = false;
  const item = document.createElement("li");
  say(item, text);
  hints.append(item);
};

const listen = () => {
  cell.addEventListener("moongrad-cell:change", () => {
    result = "";
    written.set(lesson().name, { code: cell.code });
    render();
  });
  cell.addEventListener("moongrad-cell:run", () => {
    isRun = true;
  });
  cell.addEventListener("moongrad-cell:done", (event) => {
    if (isRun) result = /** @type {CustomEvent} */ (event).detail;
    isRun = false;
  });
  cell.addEventListener("moongrad-cell:check", (event) => {
    event.preventDefault();
    check();
  });
  cell.addEventListener("moongrad-cell:verdict", (event) => judge(/** @type {CustomEvent} */ (event).detail.passed));
  cell.addEventListener("moongrad-cell:hint", giveHint);
  cell.addEventListener("moongrad-cell:solution", () => replace(lesson().solution.trimEnd()));
  cell.addEventListener("moongrad-cell:restart", () => replace(begin(step)));
  undo.addEventListener("click", () => {
    written.set(lesson().name, { code: cell.code });
    written.undo(lesson().name);
    cell.code = written.get(lesson().name)?.code ?? "";
    result = "";
    render();
  });
  addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest?.("a[href^='?step=']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (isBusy()) /** @type {any} */ (cell).stop();
    history.pushState(null, "", /** @type {HTMLAnchorElement} */ (link).href);
    open(readStep());
    scrollTo(0, 0);
    find(`section.lesson[data-step="${step + 1}"] h2`).focus();
  });
  addEventListener("popstate", () => open(readStep()));
};

const readStep = () => {
  const asked = Number(new URLSearchParams(location.search).get("step") ?? 1);
  return Number.isInteger(asked) && lessons[asked - 1] ? asked - 1 : 0;
};

customElements.whenDefined("moongrad-cell").then(() => {
  listen();
  open(readStep());
  const carried = new Carried(lessons, {
    read: () => lessons.flatMap(({ name, title }) => {
      const code = name === lesson().name ? cell.code : written.get(name)?.code;
      return code === undefined ? [] : [{ name, title, code }];
    }),
    take: (name, code) => written.replace(name, code),
    show: () => open(step),
  });
  carried.listen(find(".carried"));
  main.dataset.state = "ready";
  dispatchEvent(new Event("moongrad:loaded")); // now the site may be kept (shell/offline.js)
});
