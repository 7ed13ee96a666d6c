/** The visitor's own points: added by a click or a key, deleted, pasted, dropped. */
import { find, findAll, main } from "../stage/dom.js";
import { findHandle } from "../stage/handles.js";
import { requests } from "../stage/stage.js";
import { act } from "./acts.js";

const canvas = /** @type {HTMLCanvasElement} */ (find('canvas[data-figure="boundary"]'));
const kinds = /** @type {HTMLInputElement[]} */ (findAll("input[data-kind]"));
const dialog = /** @type {HTMLDialogElement} */ (find('[data-dialog="paste"]'));
const area = /** @type {HTMLTextAreaElement} */ (dialog.querySelector("textarea"));
const problem = /** @type {HTMLElement} */ (dialog.querySelector("[role=alert]"));
const FIGURE = { figure: "boundary" };
const STILL = 4; // CSS pixels that a click may move
const CLOSE = 9; // CSS pixels from a point within which a click means it

const readKind = () => Number(kinds.find(({ checked }) => checked)?.value ?? 1);

const listenToClicks = () => {
  /** @type {{ x: number, y: number, index: number } | null} */
  let pressed = null;
  canvas.addEventListener("pointerdown", (event) => {
    pressed = null;
    if (event.button !== 0 || !event.isPrimary) return;
    const index = findHandle(canvas, event, CLOSE);
    pressed = { x: event.clientX, y: event.clientY, index };
    if (index >= 0) requests.ask("select", { ...FIGURE, index });
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!pressed || pressed.index >= 0) return;
    const { left, top } = canvas.getBoundingClientRect();
    const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    if (moved > STILL) return;
    requests.ask("add", { ...FIGURE, x: event.clientX - left, y: event.clientY - top, kind: readKind() });
  });
};

const listenToKeys = () => {
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") act("delete");
    else if (event.key === "Insert" || event.key === "a") {
      const { width, height } = canvas.getBoundingClientRect();
      requests.ask("add", { ...FIGURE, x: width / 2, y: height / 2, kind: readKind() });
    } else if (/^[1-4]$/.test(event.key)) {
      const kind = Number(event.key) - 1;
      kinds[kind].checked = true;
      act("recolour", { to: kind });
    } else return;
    event.preventDefault();
  });
};

/** @param {string | Uint8Array} content */
const use = async (content) => {
  await act("csv", { content });
  const trouble = find("#own-problem").textContent ?? "";
  problem.textContent = trouble;
  problem.hidden = !trouble;
  if (!trouble) dialog.close();
};

/** @param {File | undefined} file */
const useFile = async (file) => {
  if (file) await use(new Uint8Array(await file.arrayBuffer()));
};

const listenToTables = () => {
  find('[data-open="paste"]').addEventListener("click", () => dialog.showModal());
  find("[data-use]").addEventListener("click", () => use(area.value));
  const input = /** @type {HTMLInputElement} */ (find("input[data-csv]"));
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    useFile(input.files?.[0]);
    input.value = "";
  });
  main.addEventListener("dragover", (event) => event.preventDefault());
  main.addEventListener("drop", (event) => {
    event.preventDefault();
    useFile(event.dataTransfer?.files[0]);
  });
};

export const listenToPoints = () => {
  for (const radio of kinds) radio.addEventListener("change", (event) => event.stopPropagation());
  listenToClicks();
  listenToKeys();
  listenToTables();
};
