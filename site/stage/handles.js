/** The parts of figures that a visitor can drag or choose, by mouse, finger or keys. */
import { findAll } from "./dom.js";

/** @typedef {import("./requests.js").Requests} Requests */

const REACH = 18; // CSS pixels from a part within which it is taken hold of
const NUDGE = 4; // CSS pixels that an arrow key moves it
const TURN = 0.5; // degrees for each CSS pixel

const canvases = /** @type {HTMLCanvasElement[]} */ (findAll("canvas[data-handles]"));
/**
 * Where the points (x, y), squares (x, y, half of a side) or lines (x, y, x, y) of a figure are.
 * @type {Map<string, number[][]>}
 */
const handles = new Map();
/** @type {{ figure: string, index: number, x: number, y: number } | null} */
let drag = null;

/** @param {Record<string, number[][]>} places @param {Requests} requests */
export const showHandles = (places, requests) => {
  for (const canvas of canvases) {
    const figure = canvas.dataset.figure ?? "";
    if (!places[figure]) continue;
    canvas.dataset.parts = String(places[figure].length);
    // While somebody drags, the pointer knows better where the point is than Python does.
    if (drag?.figure === figure || requests.isWaitingFor("drag", "drop")) continue;
    handles.set(figure, places[figure].map((place) => [...place]));
  }
};

/** @param {number[]} handle @param {number} x @param {number} y */
const measureDistance = (handle, x, y) => {
  if (handle.length === 3) {
    const [left, low] = [Math.abs(handle[0] - x) - handle[2], Math.abs(handle[1] - y) - handle[2]];
    // Squares cover the lines that end there: inside of one nothing else is nearer.
    return Math.max(left, low) < 0 ? -1 : Math.hypot(Math.max(left, 0), Math.max(low, 0));
  }
  const [x1, y1, x2 = x1, y2 = y1] = handle;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  // How far along the line its nearest place is; lines meet at their ends, which tell nothing.
  const along = length && Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / length, 0.1), 0.9);
  return Math.hypot(x1 + along * dx - x, y1 + along * dy - y);
};

/** The part under a place of the page, or -1. @param {HTMLCanvasElement} canvas @param {{ clientX: number, clientY: number }} place */
export const findHandle = (canvas, place, reach = REACH) => {
  const { left, top } = canvas.getBoundingClientRect();
  const [x, y] = [place.clientX - left, place.clientY - top];
  let [best, nearest] = [reach, -1];
  for (const [k, handle] of (handles.get(canvas.dataset.figure ?? "") ?? []).entries()) {
    const distance = measureDistance(handle, x, y);
    if (distance < best) [best, nearest] = [distance, k];
  }
  return nearest;
};

/** @param {HTMLCanvasElement} canvas @param {Requests} requests */
const makeDraggable = (canvas, requests) => {
  const figure = canvas.dataset.figure ?? "";
  let selected = -1;
  const hold = (/** @type {number} */ index) => {
    const [x, y] = handles.get(figure)?.[index] ?? [0, 0];
    drag = { figure, index, x, y };
  };
  const dragTo = (/** @type {number} */ x, /** @type {number} */ y) => {
    if (!drag) return;
    Object.assign(drag, { x, y });
    const handle = handles.get(figure)?.[drag.index];
    if (handle) [handle[0], handle[1]] = [x, y];
    requests.ask("drag", { ...drag });
  };
  const drop = () => {
    if (!drag) return;
    drag = null;
    requests.ask("drop");
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
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!n || !(turn || dx || dy)) return;
    event.preventDefault();
    if (turn || selected < 0) {
      selected = (selected + (turn ?? 1) + n) % n;
      requests.ask("select", { figure, index: selected });
    }
    if (dx || dy) {
      if (drag?.index !== selected) hold(selected);
      if (drag) dragTo(drag.x + NUDGE * dx, drag.y + NUDGE * dy);
    }
  });
  canvas.addEventListener("keyup", drop);
  canvas.addEventListener("blur", ({ relatedTarget }) => {
    drop();
    // Some buttons are about the point that is selected.
    if (relatedTarget instanceof Element && relatedTarget.closest("[data-keeps-selection]")) return;
    if (selected >= 0) requests.ask("select", { figure });
    selected = -1;
  });
};

/**
 * Let the visitor choose a part of a figure, by pointing or with the keys, and edit it in the
 * field that belongs to the figure.
 * @param {HTMLCanvasElement} canvas @param {Requests} requests
 */
const makePickable = (canvas, requests) => {
  const figure = canvas.dataset.figure ?? "";
  const editors = findAll(`input[data-edit="${figure}"]`);
  let isHeld = false; // chosen by a click or a key: pointing elsewhere does not change it
  let picked = -1;
  const select = (/** @type {number} */ index) => {
    if (index === picked || index < 0) return;
    picked = index;
    requests.ask("select", { figure, index });
  };
  addEventListener("moongrad:run", () => (picked = -1));
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
      if (picked < 0) select(turn > 0 ? 0 : n - 1);
      else select((picked + turn + n) % n);
    } else if (event.key === "Enter") {
      editors[0]?.focus();
    }
  });
};

/**
 * Let the visitor read a figure at the place that is pointed at, or that the arrow keys lead to.
 * @param {HTMLCanvasElement} canvas @param {Requests} requests
 */
const makeReadable = (canvas, requests) => {
  const figure = canvas.dataset.figure ?? "";
  let place = 0;
  const read = (/** @type {number} */ x, y = 0) => requests.ask("read", { figure, x, y });
  canvas.addEventListener("pointermove", (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    read(event.clientX - left, event.clientY - top);
  });
  canvas.addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!turn) return;
    event.preventDefault();
    const { width } = canvas.getBoundingClientRect();
    place = Math.min(Math.max((place || width / 2) + NUDGE * turn, 0), width);
    read(place);
  });
  for (const end of ["pointerleave", "blur"]) canvas.addEventListener(end, () => requests.ask("read", { figure }));
};

/**
 * Let the visitor turn a figure in space, by dragging or with the arrow keys.
 * @param {HTMLCanvasElement} canvas @param {Requests} requests
 */
const makeTurnable = (canvas, requests) => {
  const figure = canvas.dataset.figure ?? "";
  let [azimuth, elevation] = [-60, 30];
  const turn = (/** @type {number} */ dx, /** @type {number} */ dy) => {
    azimuth -= TURN * dx;
    elevation = Math.min(Math.max(elevation + TURN * dy, 0), 90);
    requests.ask("turn", { figure, azimuth, elevation });
  };
  canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));
  canvas.addEventListener("pointermove", ({ pointerId, movementX, movementY }) => {
    if (canvas.hasPointerCapture(pointerId)) turn(movementX, movementY);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-20, 0], ArrowRight: [20, 0], ArrowUp: [0, 20], ArrowDown: [0, -20] }[event.key];
    if (!step) return;
    event.preventDefault();
    turn(step[0], step[1]);
  });
};

const MAKERS = { drag: makeDraggable, pick: makePickable, read: makeReadable, turn: makeTurnable };

/** @param {Requests} requests */
export const listenToHandles = (requests) => {
  for (const canvas of canvases) {
    MAKERS[/** @type {keyof typeof MAKERS} */ (canvas.dataset.handles)](canvas, requests);
  }
};
