/** Shows a view (view.py) on the page, whatever the page showed before. */
import { button, find, findAll, main } from "./dom.js";
import { fillCell } from "./digits.js";
import { makeDiagram } from "./diagram.js";

/** @typedef {"loading" | "ready" | "running" | "paused" | "done" | "error"} State */
/** @typedef {{ message: string, option: string, column: number, needs_reload: boolean }} Problem */
/**
 * @typedef {object} View
 * @property {State} state
 * @property {string} status
 * @property {boolean} is_busy
 * @property {Problem | null} problem
 * @property {string[]} notices
 * @property {Record<string, string>} texts
 * @property {Record<string, string>} outputs
 * @property {Record<string, string[][]>} tables
 * @property {Record<string, string>} diagrams
 * @property {Record<string, import("./diagram.js").Marks>} marks
 * @property {Record<string, string>} labels
 * @property {Record<string, number[][]>} handles
 * @property {Record<string, number[][]>} places
 * @property {number} run
 * @property {number} n_records
 * @property {[number, number] | null} timeline
 */
/**
 * What the page itself knows, of which Python does not tell.
 * @typedef {object} Circumstances
 * @property {string} progress what is being loaded
 * @property {string} trouble why Python cannot be reached; nothing where it can
 * @property {string} hint what the page could not do without Python's help
 * @property {boolean} isWanted whether Train was pressed before there was a Python to do it
 * @property {boolean} isBusy whether the visitor has been waiting for a while
 */

const alertLine = find("[role=alert]");
const statusLine = find("[role=status]");
const noticeBox = find(".notices");
const back = /** @type {HTMLButtonElement | null} */ (main.querySelector("button[name=back]"));
const fields = /** @type {HTMLInputElement[]} */ (findAll("input[name]:not([type=radio]), select[name]"));
const boxes = findAll("[data-diagram]");
const diagrams = new Map(
  boxes.map((box) => [box.dataset.diagram, makeDiagram(/** @type {HTMLElement} */ (box.closest("figure")))]),
);
/** What the diagrams show now, which is too much to be drawn again for nothing. @type {Map<string, string>} */
const drawn = new Map();

/** @param {Element} element @param {string} text */
const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/** A copy of a text in which one character is marked. @param {string} text @param {number} column */
const pointAt = (text, column) => {
  const copy = document.createElement("code");
  const mark = document.createElement("mark");
  mark.textContent = text[column - 1] ?? " ";
  const first = Math.max(0, column - 40); // of a long text, what is around it
  copy.append(text.slice(first, column - 1), mark, text.slice(column, column + 20));
  return copy;
};

/** @param {Problem | null} problem @param {Circumstances} page */
const showProblem = (problem, { trouble, hint }) => {
  const message = trouble || (problem?.message ?? hint);
  setText(alertLine, message);
  alertLine.hidden = !message;
  for (const field of fields) {
    const isGuilty = field.name === problem?.option;
    if (isGuilty) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    // Also beside the field: it may be a screen away from the line above the figures.
    const line = find(`#${field.name}-problem`);
    line.textContent = isGuilty ? (problem?.message ?? "") : "";
    line.hidden = !isGuilty;
    if (isGuilty && problem?.column) line.append(pointAt(field.value, problem.column));
  }
};

/** @param {State} state @param {View | null} view @param {Circumstances} page */
const showButtons = (state, view, { trouble, isWanted }) => {
  const isReachable = Boolean(view) && !trouble;
  const play = button("play");
  setText(play, isWanted ? "Starting…" : (play.dataset[state] ?? play.dataset.ready ?? ""));
  play.disabled = isWanted || Boolean(trouble);
  button("step").disabled = !isReachable || (state !== "ready" && state !== "paused");
  if (back) back.disabled = !isReachable || (state !== "paused" && state !== "done");
  button("reset").disabled = !isReachable;
  button("retry").hidden = !trouble && !view?.problem?.needs_reload;
};

/** @param {string} name @param {string[][]} rows texts of the cells, the first one a heading */
const showRows = (name, rows) => {
  /** @type {[HTMLElement, string][]} */
  const texts = [];
  main.querySelector(`table[data-rows="${name}"] tbody`)?.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      for (const [k, text] of cells.entries()) {
        const cell = document.createElement(k ? "td" : "th");
        if (!k) cell.setAttribute("scope", "row");
        row.append(cell);
        texts.push([cell, text]);
      }
      return row;
    }),
  );
  for (const [cell, text] of texts) fillCell(cell, text);
};

/** @param {string[]} notices */
const showNotices = (notices) => {
  if (noticeBox.textContent === notices.join("")) return; // screen readers would start again
  noticeBox.replaceChildren(
    ...notices.map((line) => Object.assign(document.createElement("p"), { textContent: line })),
  );
  noticeBox.hidden = notices.length === 0;
};

/** @param {View} view */
const showContent = (view) => {
  for (const [name, text] of Object.entries(view.outputs)) {
    for (const output of findAll(`output[name="${name}"]`)) setText(output, text);
  }
  for (const [name, rows] of Object.entries(view.tables)) showRows(name, rows);
  for (const [name, svg] of Object.entries(view.diagrams)) {
    if (drawn.get(name) !== svg) diagrams.get(name)?.show(svg);
    drawn.set(name, svg);
  }
  for (const [name, marks] of Object.entries(view.marks)) diagrams.get(name)?.mark(marks);
  for (const [name, label] of Object.entries(view.labels)) {
    const canvas = find(`canvas[data-figure="${name}"]`);
    canvas.setAttribute("aria-label", label);
    const figure = canvas.closest("figure");
    const isWaiting = figure?.hasAttribute("data-waits") && !view.n_records;
    if (!isWaiting) figure?.setAttribute("data-live", "");
  }
  showNotices(view.notices);
};

/** @param {View | null} view null before the first @param {Circumstances} page */
export const render = (view, page) => {
  const state = page.trouble ? "error" : (view?.state ?? "loading");
  if (view) showContent(view);
  showProblem(view?.problem ?? null, page);
  const waiting = page.progress || (page.isBusy && state !== "running" ? "Computing…" : "");
  setText(statusLine, page.trouble ? "" : view?.status || waiting);
  main.toggleAttribute("data-busy", page.isBusy);
  main.setAttribute("aria-busy", String(page.isBusy));
  showButtons(state, view, page);
  // Last: who waits for it may look at all the rest. And only what is new, for it is watched.
  if (main.dataset.state !== state) main.dataset.state = state;
};
