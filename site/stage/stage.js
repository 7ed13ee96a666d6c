/**
 * The page's half of the bridge: starts Python in a worker, tells it what the visitor does, and
 * shows what it answers. `stage.py` is the worker's half. Knows no page by name: everything is
 * found by the names that controls, outputs, figures and table headings have in the HTML.
 */

/** @typedef {"loading" | "ready" | "running" | "paused" | "done" | "error"} State */
/** @typedef {Worker & { ready: Promise<unknown> }} PyScriptWorker */
/** @typedef {Record<string, any> & { kind: string }} Message */

import { amounts, connect, megabytes, start as download } from "./downloads.js";
import { makeDiagram } from "./diagram.js";
import { manifest } from "./manifest.js";

const CALL = 30_000; // ms in which a worker that was asked something must be heard of
const START = 60_000; // likewise while Python starts, which cannot say how far it is
/** PyScript's for pages of another kind, which would all be loaded. */
const PLUGINS = ["codemirror", "deprecations-manager", "donkey", "error", "py-editor", "py-game"];
PLUGINS.push("py-terminal");

const main = /** @type {HTMLElement} */ (document.querySelector("main[data-demo]"));
const demo = /** @type {string} */ (main.dataset.demo);
const app = new URL("..", import.meta.url);

/** @type {<T extends Element = HTMLElement>(selector: string) => T} */
const find = (selector) => {
  const element = main.querySelector(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return /** @type {any} */ (element);
};

/** @type {<T extends Element = HTMLElement>(selector: string) => T[]} */
const findAll = (selector) => /** @type {any} */ ([...main.querySelectorAll(selector)]);

/** @type {(name: string) => HTMLButtonElement} */
const button = (name) => find(`button[name="${name}"]`);

// Selects have all of an input that matters here, but for their default.
const controls = /** @type {HTMLInputElement[]} */ (
  findAll("input[name]:not([data-edit]), select[name]")
);
/** Fields that edit what is chosen in a figure, such as a weight. */
const editors = /** @type {HTMLInputElement[]} */ (findAll("input[data-edit]"));
const defaults = new Map(controls.map((control) => [control, control.value]));
const figures = findAll("figure").filter((figure) => figure.querySelector("canvas"));
const diagrams = new Map(
  findAll("[data-diagram]").map((box) => [
    box.dataset.diagram ?? "",
    makeDiagram(/** @type {HTMLElement} */ (box.closest("figure"))),
  ]),
);
const back = /** @type {HTMLButtonElement | null} */ (main.querySelector("button[name=back]"));
const table = /** @type {HTMLTableElement | null} */ (main.querySelector("table[data-records]"));
const alertLine = find("[role=alert]");
const statusLine = find("[role=status]");
const notices = find(".notices");
const loader = find(".loader");
const bar = /** @type {HTMLProgressElement} */ (loader.querySelector("progress"));
const amount = /** @type {HTMLElement} */ (loader.querySelector("span"));

/** @type {State} */
let state = "loading";
/** @type {PyScriptWorker | null} */
let worker = null;
let isConnected = false;
/** Whether Train was pressed before there was a Python to do it. */
let isWanted = false;
/** What is wrong until the page is loaded again, although Python goes on. */
let lasting = "";

// --- the page's state ----------------------------------------------------------------

/** @param {State} next */
const setState = (next) => {
  state = next;
  main.dataset.state = next;
  const play = button("play");
  play.textContent = play.dataset[next] ?? play.dataset.ready ?? "";
  play.disabled = next === "loading" ? isWanted : !isConnected;
  button("step").disabled = next !== "ready" && next !== "paused";
  if (back) back.disabled = !isConnected || !(next === "paused" || next === "done");
  button("reset").disabled = next === "loading" || !isConnected;
  button("retry").hidden = !lasting && (next !== "error" || isConnected);
  if (next !== "error") showError(lasting, "");
};

/** @param {string} message @param {string} option @param {number} column of its text, from 1 */
const showError = (message, option, column = 0) => {
  alertLine.textContent = message;
  alertLine.hidden = !message;
  for (const control of [...controls, ...editors]) {
    const isGuilty = control.name === option;
    if (isGuilty) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    // Also beside the control: it may be a screen away from the line above the figures.
    const problem = find(`#${control.name}-problem`);
    problem.textContent = isGuilty ? message : "";
    problem.hidden = !isGuilty;
    if (isGuilty && column) problem.append(pointAt(control.value, column));
  }
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

/** Say that Python cannot be reached; what is on the page stays. @param {string} reason */
const fail = (reason) => {
  if (hasFailed) return; // what comes after the first reason is its consequence
  hasFailed = true;
  expect(0);
  showLoaded();
  const message = `Python ${isConnected ? "stopped" : "could not start"}: ${reason}`;
  isConnected = false;
  setState("error");
  showError(message, "");
  statusLine.textContent = "";
};
let hasFailed = false;

// --- how far it is with loading ---------------------------------------------------------

const showAmount = () => {
  const { engine, drawing } = amounts;
  const [done, total] = [engine.done + drawing.done, engine.total + drawing.total];
  bar.value = done / total;
  const seconds = (performance.now() / 1000).toFixed(1);
  amount.textContent = `${megabytes(done)} of ${megabytes(total)} MB, ${seconds} s`;
};

let ticking = 0;

const showLoading = () => {
  loader.hidden = false;
  showAmount();
  ticking = setInterval(showAmount, 100);
};

const showLoaded = () => {
  clearInterval(ticking);
  loader.hidden = true;
};

/** Say which part is under way, as long as nothing more important is said. @param {string} text */
const showStage = (text) => {
  if (state === "loading" || state === "ready") statusLine.textContent = text;
};

// --- a worker that is not heard of ------------------------------------------------------

let silence = 0;

/** Fail unless a message comes within some time; 0 is to expect none. @param {number} ms */
const expect = (ms) => {
  clearTimeout(silence);
  const give = () => {
    const what = isConnected ? "it has not answered" : "nothing was heard of it";
    fail(`${what} for ${ms / 1000} seconds. Check the connection, then try again.`);
  };
  if (ms) silence = setTimeout(give, ms);
};

let unheard = 0; // messages that Python has not said it has dealt with

/** @param {Message} message */
const receive = (message) => {
  if (!message?.kind || hasFailed) return;
  receivers[message.kind]?.(message);
  if (isConnected) expect(unheard || state === "running" ? CALL : 0);
};

// --- messages to Python --------------------------------------------------------------

/** @param {string} kind @param {object} fields @param {Transferable[]} transfer */
const send = (kind, fields = {}, transfer = []) => {
  if (!isConnected) return;
  worker?.postMessage({ kind, ...fields }, transfer);
  unheard += 1;
  expect(CALL);
};

/** @returns {Record<string, string>} */
const readControls = () =>
  Object.fromEntries(controls.map((control) => [control.name, control.value]));

const theme = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const themeName = () => document.documentElement.dataset.theme ?? (theme.matches ? "dark" : "light");

/** @param {HTMLElement} figure */
const measure = (figure) => {
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
  const { width, height } = canvas.getBoundingClientRect();
  return { name: canvas.dataset.figure, width, height };
};

const start = () => {
  isConnected = true;
  const surfaces = figures.map((figure) => {
    const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
    return { ...measure(figure), canvas: canvas.transferControlToOffscreen() };
  });
  // What has been typed already counts more than what the address says.
  const options = Object.fromEntries(new URLSearchParams(location.search));
  for (const control of touched) options[control.name] = control.value;
  touched.clear();
  const look = { ratio: devicePixelRatio, theme: themeName(), isCalm: calm.matches };
  send(
    "start",
    {
      demo,
      packages: main.dataset.packages,
      options,
      weights: new URLSearchParams(location.hash.slice(1)).get("weights") ?? "",
      figures: surfaces,
      diagrams: [...diagrams.keys()],
      ...look,
    },
    surfaces.map((surface) => surface.canvas),
  );
  calm.addEventListener("change", () => send("calm", { isCalm: calm.matches }));
  theme.addEventListener("change", () => send("theme", { theme: themeName() }));
  addEventListener("moongrad:theme", () => send("theme", { theme: themeName() })); // early.js
  watchSizes();
};

const watchSizes = () => {
  const current = () => JSON.stringify([devicePixelRatio, figures.map(measure)]);
  let known = current();
  let pending = 0;
  const look = () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      if (current() === known) return;
      known = current();
      send("resize", { figures: figures.map(measure), ratio: devicePixelRatio });
    }, 100);
  };
  new ResizeObserver(look).observe(main);
  const watchRatio = () => {
    const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const change = () => (look(), watchRatio());
    same.addEventListener("change", change, { once: true });
  };
  watchRatio();
};

// --- messages from Python ------------------------------------------------------------

/**
 * Show the numbers that belong together: outputs, rows of tables, marks in diagrams.
 * @param {{ outputs: Record<string, string>, tables: Record<string, string[][]>, marks: Record<string, import("./diagram.js").Marks> }} values
 */
const showValues = ({ outputs, tables, marks }) => {
  for (const [name, text] of Object.entries(outputs)) {
    for (const output of findAll(`output[name="${name}"]`)) {
      if (output.textContent !== text) output.textContent = text;
    }
    for (const editor of editors) {
      if (editor.name !== name || edit || isEditDue) continue; // what is typed knows better
      if (editor !== document.activeElement) showValue(editor, text);
    }
  }
  for (const [name, rows] of Object.entries(tables)) showRows(name, rows);
  for (const [name, mark] of Object.entries(marks)) diagrams.get(name)?.mark(mark);
};

/** @param {string} name @param {string[][]} rows texts of the cells, the first one a heading */
const showRows = (name, rows) => {
  const body = main.querySelector(`table[data-rows="${name}"] tbody`);
  body?.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      for (const [k, text] of cells.entries()) {
        const cell = document.createElement(k ? "td" : "th");
        if (!k) cell.setAttribute("scope", "row");
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }),
  );
};

/** Add a row of exact numbers, shown rounded. @param {Record<string, any>} record */
const addRecord = (record) => {
  if (!table) return;
  const row = table.tBodies[0].insertRow();
  for (const heading of table.querySelectorAll("th")) {
    const number = record[heading.dataset.field ?? ""];
    const data = document.createElement("data");
    data.value = String(number);
    const { digits, precision } = heading.dataset; // words have none
    if (digits) data.textContent = number.toFixed(Number(digits));
    else data.textContent = precision ? number.toPrecision(Number(precision)) : String(number);
    row.insertCell().append(data);
  }
};

/** Show a value in a control and in its slider. @param {HTMLInputElement} control */
const showValue = (control, text = control.value) => {
  control.value = text;
  const slider = main.querySelector(`input[data-slider="${control.name}"]`);
  if (slider) /** @type {HTMLInputElement} */ (slider).value = text;
};

/** @type {Record<string, (message: any) => void>} */
const receivers = {
  downloads: ({ port }) => connect(port),
  hello() {
    expect(0);
    performance.mark("moongrad:worker-start");
    start();
  },
  heard() {
    unheard -= 1;
  },
  progress: ({ text }) => showStage(text),
  options({ texts, notices: lines }) {
    for (const control of controls) {
      if (!touched.has(control)) showValue(control, texts[control.name]);
    }
    if (touched.size) changeOptions();
    notices.replaceChildren(
      ...lines.map((/** @type {string} */ line) => {
        const item = document.createElement("p");
        item.textContent = line;
        return item;
      }),
    );
    notices.hidden = lines.length === 0;
  },
  loaded() {
    showLoaded();
    showStage("");
    dispatchEvent(new Event("moongrad:loaded"));
  },
  renew(values) {
    picked.clear();
    for (const details of findAll("details[data-artifact][open]")) {
      send("artifact", { name: details.dataset.artifact });
    }
    showValues(values);
    table?.tBodies[0].replaceChildren();
    if (loader.hidden) statusLine.textContent = "";
    settle();
  },
  state({ state: next, text }) {
    setState(next);
    if (text) statusLine.textContent = text;
    if (isWanted && next === "ready") {
      isWanted = false;
      act("play");
    }
  },
  step({ record, ...values }) {
    showValues(values);
    addRecord(record);
    dispatchEvent(new CustomEvent("moongrad:step", { detail: record }));
  },
  back(values) {
    showValues(values);
    table?.tBodies[0].deleteRow(-1);
  },
  values: showValues,
  adapted(values) {
    showError(lasting, "");
    showValues(values);
    settle();
  },
  edited(values) {
    isEditDue = false;
    if (state !== "running") statusLine.textContent = ""; // it spoke of another network
    if (state !== "error" && !editors.some((editor) => editor.hasAttribute("aria-invalid"))) {
      showError(lasting, "");
    }
    sendEdit();
    showValues(values);
  },
  selected(values) {
    isChoiceDue = false;
    sendChoice();
    showValues(values);
  },
  diagram: ({ name, svg }) => diagrams.get(name)?.show(svg),
  figure({ name, label }) {
    const canvas = find(`canvas[data-figure="${name}"]`);
    canvas.setAttribute("aria-label", label);
    canvas.closest("figure")?.setAttribute("data-live", "");
  },
  failure: ({ reason }) => fail(reason),
  undrawable({ reason }) {
    showLoaded();
    lasting = reason;
    showError(lasting, "");
    button("retry").hidden = false;
    showStage("");
  },
  error({ message, option, column, needs_reload }) {
    showError(message, option, column);
    button("retry").hidden = !needs_reload && !lasting;
    settle();
  },
  places({ name, places }) {
    find(`canvas[data-figure="${name}"]`).dataset.places = String(places.length);
    if (drag?.figure !== name && !dropsDue) handles.set(name, places); // a drag knows better
  },
  dropped() {
    dropsDue -= 1;
  },
  dragged({ texts, ...values }) {
    showValues(values);
    for (const control of controls) {
      if (control.name in texts) showValue(control, texts[control.name]);
    }
    if (Object.keys(texts).length) writeAddressSoon();
    main.dataset.drags = String(Number(main.dataset.drags ?? 0) + 1);
    isDragDue = false;
    if (drag?.isNew) sendDrag();
  },
  artifact({ name, content }) {
    if (typeof content !== "string") {
      save(`${demo}.wasm`, new Blob([content], { type: "application/wasm" }));
    } else {
      const listing = main.querySelector(`[data-artifact="${name}"] pre`);
      (listing ?? statusLine).textContent = content;
    }
  },
  weights: ({ text }) => takeWeights(text),
  mark({ name }) {
    performance.mark(`moongrad:${name}`);
  },
};

// --- what the visitor does -----------------------------------------------------------

/** Controls changed by hand that Python has not heard of. @type {Set<HTMLInputElement>} */
const touched = new Set();
let isAnswerDue = false;

/** Send the options, one message at a time: a slider moves faster than Python starts over. */
const changeOptions = () => {
  if (!isConnected || isAnswerDue) return;
  isAnswerDue = true;
  touched.clear();
  send("options", { texts: readControls() });
};

/** Python has dealt with the options; perhaps there are newer ones. */
const settle = () => {
  isAnswerDue = false;
  if (touched.size) changeOptions();
};

/** Send what a button asks for, after the newest options. @param {string} kind */
const act = (kind) => {
  if (touched.size) {
    isAnswerDue = false;
    changeOptions();
  }
  send(kind, { texts: readControls() });
};

let writing = 0;

/** Keep the address such that a copy of it shows the same demo. */
const writeAddress = () => {
  const query = new URLSearchParams(location.search);
  for (const control of controls) {
    if (control.value === defaults.get(control)) query.delete(control.name);
    else query.set(control.name, control.value);
  }
  const text = String(query);
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
  for (const link of /** @type {HTMLAnchorElement[]} */ (findAll("a[data-follow]"))) {
    link.search = text; // it leads to the same demo, as it is here
  }
  dispatchEvent(new Event("moongrad:address"));
};

const writeAddressSoon = () => {
  clearTimeout(writing); // browsers take the address only so many times a second
  writing = setTimeout(writeAddress, 200);
};

/** Train, or do not, as soon as there is a Python to do it. @param {boolean} isSo */
const want = (isSo) => {
  isWanted = isSo;
  setState("loading");
  if (isSo) button("play").textContent = "Starting…";
};

/** @param {HTMLInputElement} control */
const change = (control) => {
  showValue(control);
  touched.add(control);
  notices.hidden = true;
  writeAddressSoon();
  changeOptions();
};

// --- points that can be dragged --------------------------------------------------------

const REACH = 18; // CSS pixels from a point within which it is taken hold of
const NUDGE = 4; // CSS pixels that an arrow key moves it

/** Where the points (x, y) or lines (x, y, x, y) of a figure are. @type {Map<string, number[][]>} */
const handles = new Map();
/** @type {{ figure: string, index: number, x: number, y: number, isNew: boolean } | null} */
let drag = null;
let isDragDue = false;
let dropsDue = 0; // that Python has not dealt with: the places it knows are old

/** Send the newest place, one message at a time, as with the options. */
const sendDrag = () => {
  if (!drag || isDragDue) return;
  isDragDue = true;
  drag.isNew = false;
  const { figure, index, x, y } = drag;
  send("drag", { figure, index, x, y });
};

/** @param {number} x @param {number} y */
const dragTo = (x, y) => {
  if (!drag) return;
  const handle = handles.get(drag.figure)?.[drag.index];
  if (handle) [handle[0], handle[1]] = [x, y];
  Object.assign(drag, { x, y, isNew: true });
  sendDrag();
};

/** @param {number[]} handle @param {number} x @param {number} y */
const measureDistance = ([x1, y1, x2 = x1, y2 = y1], x, y) => {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  // How far along the line its nearest place is; lines meet at their ends, which tell nothing.
  const along = length && Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / length, 0.1), 0.9);
  return Math.hypot(x1 + along * dx - x, y1 + along * dy - y);
};

/** The point under a place of the page, or -1. @param {HTMLCanvasElement} canvas */
const findHandle = (canvas, /** @type {{ clientX: number, clientY: number }} */ place) => {
  const { left, top } = canvas.getBoundingClientRect();
  const [x, y] = [place.clientX - left, place.clientY - top];
  let [best, nearest] = [REACH, -1];
  for (const [k, handle] of (handles.get(canvas.dataset.figure ?? "") ?? []).entries()) {
    const distance = measureDistance(handle, x, y);
    if (distance < best) [best, nearest] = [distance, k];
  }
  return nearest;
};

/** @param {HTMLCanvasElement} canvas */
const makeDraggable = (canvas) => {
  const figure = canvas.dataset.figure ?? "";
  let selected = -1;
  const hold = (/** @type {number} */ index) => {
    const [x, y] = handles.get(figure)?.[index] ?? [0, 0];
    drag = { figure, index, x, y, isNew: false };
  };
  const drop = () => {
    if (!drag) return;
    if (drag.isNew) send("drag", { ...drag });
    drag = null;
    dropsDue += 1;
    send("drop");
  };
  canvas.addEventListener("pointerdown", (event) => {
    const index = findHandle(canvas, event);
    if (index < 0 || drag || event.button !== 0 || !event.isPrimary) return;
    selected = index;
    hold(index);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    if (drag && !event.isPrimary) return;
    if (drag) dragTo(event.clientX - left, event.clientY - top);
    else canvas.classList.toggle("on-handle", findHandle(canvas, event) >= 0);
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(end, (event) => {
      if (event.isPrimary) drop();
    });
  }
  // A finger on a point drags it; anywhere else it scrolls the page.
  canvas.addEventListener(
    "touchstart",
    (event) => {
      if (findHandle(canvas, event.touches[0]) >= 0) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const n = handles.get(figure)?.length ?? 0;
    const turn = { PageDown: 1, PageUp: -1 }[event.key];
    const [dx, dy] =
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ] ?? [0, 0];
    if (!n || !(turn || dx || dy)) return;
    event.preventDefault();
    if (turn || selected < 0) {
      selected = (selected + (turn ?? 1) + n) % n;
      statusLine.textContent = `Point ${selected + 1} of ${n}. The arrow keys move it.`;
      send("select", { figure, index: selected });
    }
    if (dx || dy) {
      if (drag?.index !== selected) hold(selected);
      if (drag) dragTo(drag.x + NUDGE * dx, drag.y + NUDGE * dy);
    }
  });
  canvas.addEventListener("keyup", drop);
  canvas.addEventListener("blur", () => {
    drop();
    if (selected >= 0) send("select", { figure, index: undefined });
    selected = -1;
  });
};

/** The parts that are chosen, by figure. @type {Map<string, number>} */
const picked = new Map();
/** What is to be sent next, one message at a time. @type {{ figure: string, index: number } | null} */
let choice = null;
let isChoiceDue = false;
/** @type {string | null} */
let edit = null;
let isEditDue = false;

const sendChoice = () => {
  if (!choice || isChoiceDue) return;
  isChoiceDue = true;
  send("select", choice);
  choice = null;
};

const sendEdit = () => {
  if (edit === null || isEditDue || !isConnected) return;
  isEditDue = true;
  send("edit", { text: edit });
  edit = null;
};

/**
 * Let the visitor choose a part of a figure, by pointing or with the keys, and edit it in the
 * field that belongs to the figure.
 * @param {HTMLCanvasElement} canvas
 */
const makePickable = (canvas) => {
  const figure = canvas.dataset.figure ?? "";
  let isHeld = false; // chosen by a click or a key: pointing elsewhere does not change it
  const select = (/** @type {number} */ index) => {
    if (index === picked.get(figure) || index < 0) return;
    picked.set(figure, index);
    choice = { figure, index };
    sendChoice();
  };
  canvas.addEventListener("pointermove", (event) => {
    const index = findHandle(canvas, event);
    canvas.classList.toggle("on-part", index >= 0);
    const isEditing = editors.some((editor) => editor === document.activeElement);
    if (!isHeld && !isEditing && event.pointerType !== "touch") select(index);
  });
  canvas.addEventListener("click", (event) => {
    const index = findHandle(canvas, event);
    isHeld = index >= 0;
    select(index);
  });
  canvas.addEventListener("keydown", (event) => {
    const n = handles.get(figure)?.length ?? 0;
    const turn = { PageDown: 1, ArrowDown: 1, ArrowRight: 1, PageUp: -1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (n && turn) {
      event.preventDefault();
      isHeld = true;
      const now = picked.get(figure);
      if (now === undefined) select(turn > 0 ? 0 : n - 1);
      else select((now + turn + n) % n);
    } else if (event.key === "Enter") {
      editors.find((editor) => editor.dataset.edit === figure)?.focus();
    }
  });
};

/** @type {(text: string) => void} */
let takeWeights = () => {};

/** The weights of the network as it is, as an address has them; nothing where there are none. */
const askWeights = () =>
  new Promise((/** @type {(text: string) => void} */ resolve) => {
    if (!isConnected || state === "loading") return resolve("");
    takeWeights = resolve;
    send("weights");
  });

/** Hand a file to the visitor. @param {string} name @param {Blob} blob */
const save = (name, blob) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

const listen = () => {
  for (const canvas of /** @type {HTMLCanvasElement[]} */ (findAll("canvas[data-handles]"))) {
    (canvas.dataset.handles === "pick" ? makePickable : makeDraggable)(canvas);
  }
  for (const editor of editors) {
    editor.addEventListener("change", () => {
      showValue(editor);
      edit = editor.value;
      sendEdit();
    });
  }
  for (const preset of findAll("button[data-set]")) {
    preset.addEventListener("click", () => {
      for (const pair of (preset.dataset.set ?? "").split("&")) {
        const name = pair.slice(0, pair.indexOf("="));
        const text = pair.slice(name.length + 1); // not URL-encoded: formulas have plus signs
        const control = controls.find((control) => control.name === name);
        if (!control) continue;
        showValue(control, text);
        touched.add(control);
      }
      notices.hidden = true;
      writeAddressSoon();
      const { play } = preset.dataset;
      if (play === undefined) return changeOptions();
      if (isConnected) act("play");
      const behavior = calm.matches ? "auto" : "smooth";
      if (play) find(play).scrollIntoView({ block: "start", behavior });
    });
  }
  back?.addEventListener("click", () => send("back"));
  for (const details of findAll("details[data-artifact]")) {
    details.addEventListener("toggle", () => {
      const isOpen = /** @type {HTMLDetailsElement} */ (details).open;
      if (isOpen && isConnected) send("artifact", { name: details.dataset.artifact });
    });
  }
  for (const saver of findAll("button[data-artifact]")) {
    saver.addEventListener("click", () => send("artifact", { name: saver.dataset.artifact }));
  }
  button("play").addEventListener("click", () => {
    if (state !== "loading") return act(state === "running" ? "pause" : "play");
    want(true);
  });
  // What the host of a frame asks for (embed/frame.js), which does not know the state to the moment.
  addEventListener("moongrad:ask", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (state === "loading") want(detail === "play");
    else if (isConnected) act(detail);
  });
  button("step").addEventListener("click", () => act("step"));
  button("reset").addEventListener("click", () => act("reset"));
  button("share").addEventListener("click", async () => {
    const { share } = await import("../embed/share.js");
    share(askWeights);
  });
  button("retry").onclick = /** @type {any} */ (globalThis).startAfresh; // early.js
  for (const control of controls) control.addEventListener("change", () => change(control));
  for (const slider of /** @type {HTMLInputElement[]} */ (findAll("input[data-slider]"))) {
    const control = /** @type {HTMLInputElement} */ (
      find(`input[name="${slider.dataset.slider}"]`)
    );
    slider.addEventListener("input", () => {
      control.value = slider.value;
      if (!editors.includes(control)) return change(control);
      edit = control.value;
      sendEdit();
    });
  }
  for (const form of findAll("form.controls")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }
};

/** Show the address's options at once; Python mends them when it has started. */
const readAddress = () => {
  const query = new URLSearchParams(location.search);
  for (const control of controls) showValue(control, query.get(control.name) ?? undefined);
};

// --- start ---------------------------------------------------------------------------

/** What a browser needs to have, and what is said where it has not. @type {[boolean, string][]} */
const needs = [
  [typeof WebAssembly === "object", "WebAssembly, in which Python runs; some high-security modes turn it off"],
  [typeof Worker === "function", "workers, in which Python runs beside the page"],
  [canRunModules(), "module workers, in which Python runs beside the page"],
  ["transferControlToOffscreen" in HTMLCanvasElement.prototype, "OffscreenCanvas, on which the figures are drawn"],
];

/** Whether a worker can be a module: a browser that knows of it asks for the option. */
function canRunModules() {
  let isAsked = false;
  const options = {
    get type() {
      isAsked = true;
      return /** @type {const} */ ("module");
    },
  };
  try {
    const empty = URL.createObjectURL(new Blob([]));
    new Worker(empty, options).terminate();
    URL.revokeObjectURL(empty);
  } catch {
    // What forbids this one comes after the question, and will forbid PyScript's, too.
  }
  return isAsked;
}

/** Put the PyScript element on the page and return its worker once there is one. */
const startWorker = async () => {
  // One for Python, one for MicroPython, which would also have its plugins loaded.
  const settings = ["py-config", "mpy-config"].map((name) => {
    const element = document.createElement(name);
    element.setAttribute("type", "json");
    element.textContent = JSON.stringify({ plugins: PLUGINS.map((plugin) => `!${plugin}`) });
    element.hidden = true;
    return element;
  });
  const script = document.createElement("script");
  script.type = "py";
  // Both are in the wheel of the pages; PyScript's events look for `xworker` here.
  script.textContent = "from polyscript import xworker\nfrom stage import stage";
  script.setAttribute("worker", "");
  script.setAttribute(
    "config",
    JSON.stringify({ interpreter: new URL("stage/interpreter.mjs", app).href }),
  );
  document.body.append(...settings, script);
  await import(new URL("pyscript/core.js", new URL(manifest.runtime, app)).href);
  while (!("xworker" in script)) await new Promise((resolve) => setTimeout(resolve, 10));
  return /** @type {PyScriptWorker} */ (script.xworker);
};

const boot = async () => {
  setState("loading");
  const missing = needs.find(([isThere]) => !isThere);
  if (missing) {
    fail(`this browser has no ${missing[1]}.`);
    button("retry").hidden = true; // it would have none then, either
    return;
  }
  // What PyScript cannot fetch for the worker is only heard of here.
  addEventListener("unhandledrejection", (event) => {
    const { reason } = event;
    // Where nothing may be stored PyScript misses its database; Python does without (interpreter.mjs).
    if (reason?.name === "SecurityError") return event.preventDefault();
    const isOurs = `${reason?.message} ${reason?.stack}`.includes(app.origin);
    if (isOurs && !isConnected) fail(reason.message); // extensions have troubles of their own
  });
  showLoading();
  showStage("Downloading Python");
  download("engine").then(
    () => {
      download("drawing");
      if (isConnected) return;
      showStage("Starting Python");
      expect(START);
    },
    (error) => fail(error.message),
  );
  worker = await startWorker();
  worker.addEventListener("message", ({ data }) => receive(data));
  worker.onerror = (event) =>
    fail(/** @type {any} */ (event).error?.message ?? event.message);
  await worker.ready;
  if (!isConnected) throw new Error("the worker ended before it answered");
};

// Somebody else's page is told how the demo in its frame stands, and may ask for things.
if ("embed" in document.documentElement.dataset) import("../embed/frame.js");
document.documentElement.dataset.stage = ""; // early.js need not speak for this script
listen();
readAddress();
boot().catch((error) => fail(error.message));
