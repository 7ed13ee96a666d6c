/**
 * A diagram that Graphviz has laid out: shown as SVG, zoomed, moved about, and marked as the
 * steps go on. Works on the drawing that the page came with, and on every later one.
 */

/** @typedef {{ texts: Record<string, string[]>, active: string[], known: string[], edge: [string, string, number] | null, label: string }} Marks */

const CLOSEST = 4; // CSS pixels for a unit of the drawing
const READABLE = 0.72; // below this scale, what is active is shown enlarged
const STEP = 1.25;
const EDGE = 8; // CSS pixels between what is active and the edge of the box

/** @param {HTMLElement} figure the one that holds the diagram and its buttons */
export const makeDiagram = (figure) => {
  const box = /** @type {HTMLElement} */ (figure.querySelector("[data-diagram]"));
  /** What is seen of the drawing: its centre, and CSS pixels for a unit. */
  const view = { x: 0, y: 0, scale: 1 };
  let whole = { x: 0, y: 0, width: 1, height: 1 };
  let isMoved = false; // whether the visitor has chosen what to see

  const drawing = () => /** @type {SVGSVGElement | null} */ (box.querySelector("svg"));

  const draw = () => {
    if (!box.clientWidth) return; // taken from the page
    const [width, height] = [box.clientWidth / view.scale, box.clientHeight / view.scale];
    // What is larger than the box is kept from leaving it; what is smaller is in its middle.
    for (const [axis, extent, seen] of /** @type {const} */ ([["x", whole.width, width], ["y", whole.height, height]])) {
      const low = whole[axis] + Math.min(extent, seen) / 2;
      const high = whole[axis] + extent - Math.min(extent, seen) / 2;
      view[axis] = seen >= extent ? (low + high) / 2 : Math.min(Math.max(view[axis], low), high);
    }
    const corner = [view.x - width / 2, view.y - height / 2];
    drawing()?.setAttribute("viewBox", [...corner, width, height].join(" "));
  };

  const fitting = () => Math.min(box.clientWidth / whole.width, box.clientHeight / whole.height);

  /** The whole drawing. */
  const fit = () => {
    isMoved = false;
    const scale = Math.min(fitting(), 1.35);
    Object.assign(view, { scale, x: whole.x + whole.width / 2, y: whole.y + whole.height / 2 });
    draw();
  };

  /** Come so close that what is active can be read, where the visitor hasn't chosen what to see. */
  const approach = () => {
    if (isMoved || view.scale >= READABLE) return;
    view.scale = READABLE;
    draw();
  };

  /** @param {number} factor @param {number} x @param {number} y the place that stays, from the middle */
  const zoom = (factor, x = 0, y = 0) => {
    const lowest = Math.min(fitting(), 1);
    const scale = Math.min(Math.max(view.scale * factor, lowest), CLOSEST);
    view.x += x / view.scale - x / scale;
    view.y += y / view.scale - y / scale;
    view.scale = scale;
    isMoved = true;
    draw();
  };

  /** @param {number} x @param {number} y CSS pixels */
  const pan = (x, y) => {
    view.x -= x / view.scale;
    view.y -= y / view.scale;
    isMoved = true;
    draw();
  };

  /** Get ready a drawing that is in the box. */
  const prepare = () => {
    const svg = drawing();
    if (!svg) return;
    const { x, y, width, height } = svg.viewBox.baseVal;
    whole = { x, y, width, height };
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true"); // the box has a label that says it in words
    /** @type {Map<string, number>} */
    const seen = new Map();
    for (const group of svg.querySelectorAll("g.node, g.edge")) {
      const title = group.querySelector("title");
      const name = title?.textContent ?? "";
      const turn = seen.get(name) ?? 0; // a value used twice has two edges of one name
      seen.set(name, turn + 1);
      group.setAttribute("data-name", turn ? `${name} ${turn}` : name);
      title?.remove(); // it would be a cryptic tooltip
    }
    if (isMoved) draw();
    else fit();
  };

  /** @param {string} text SVG, from Graphviz */
  const show = (text) => {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    drawing()?.remove();
    box.append(document.importNode(svg, true));
    isMoved = false;
    prepare();
    figure.setAttribute("data-live", "");
  };

  /** @param {Marks} marks */
  const mark = ({ texts, active, known, edge, label }) => {
    box.setAttribute("aria-label", label);
    /** @param {string} name */
    const group = (name) => box.querySelector(`[data-name="${CSS.escape(name)}"]`);
    for (const element of box.querySelectorAll("g.active, g.known")) {
      element.classList.remove("active", "known");
    }
    for (const [name, lines] of Object.entries(texts)) {
      const elements = group(name)?.querySelectorAll("text") ?? [];
      for (const [k, element] of [...elements].entries()) element.textContent = lines[k] ?? "";
    }
    for (const name of known) group(name)?.classList.add("known");
    for (const name of active) group(name)?.classList.add("active");
    if (edge) {
      const [from, to, turn] = edge;
      group(turn ? `${from}->${to} ${turn}` : `${from}->${to}`)?.classList.add("active");
    }
    const nodes = active.map((name) => group(name)).filter((node) => node !== null);
    if (nodes.length) {
      approach();
      reveal(/** @type {SVGGElement[]} */ (nodes));
    } else if (!isMoved) fit();
  };

  /** Move just so far that these are seen. @param {SVGGElement[]} nodes */
  const reveal = (nodes) => {
    const frame = box.getBoundingClientRect();
    const places = nodes.map((node) => node.getBoundingClientRect());
    const left = Math.min(...places.map((place) => place.left)) - frame.left - EDGE;
    const right = Math.max(...places.map((place) => place.right)) - frame.right + EDGE;
    const top = Math.min(...places.map((place) => place.top)) - frame.top - EDGE;
    const bottom = Math.max(...places.map((place) => place.bottom)) - frame.bottom + EDGE;
    const moveX = left < 0 ? left : Math.max(right, 0);
    const moveY = top < 0 ? top : Math.max(bottom, 0);
    if (!moveX && !moveY) return;
    view.x += moveX / view.scale;
    view.y += moveY / view.scale;
    draw();
  };

  // --- what the visitor does ---

  /** @type {Record<string, () => void>} */
  const keys = {
    "+": () => zoom(STEP),
    "=": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    0: fit,
    ArrowLeft: () => pan(60, 0),
    ArrowRight: () => pan(-60, 0),
    ArrowUp: () => pan(0, 60),
    ArrowDown: () => pan(0, -60),
  };
  box.addEventListener("keydown", (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  box.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // the wheel alone scrolls the page
      event.preventDefault();
      const { left, top, width, height } = box.getBoundingClientRect();
      const [x, y] = [event.clientX - left - width / 2, event.clientY - top - height / 2];
      zoom(Math.exp(-event.deltaY / 200), x, y);
    },
    { passive: false },
  );
  let isHeld = false; // two fingers zoom the page itself
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    isHeld = true;
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (isHeld && event.isPrimary) pan(event.movementX, event.movementY);
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    box.addEventListener(end, () => (isHeld = false));
  }
  /** @type {[string, () => void][]} */
  const buttons = [["closer", () => zoom(STEP)], ["farther", () => zoom(1 / STEP)], ["fit", fit]];
  for (const [name, action] of buttons) {
    figure.querySelector(`button[data-view="${name}"]`)?.addEventListener("click", action);
  }
  new ResizeObserver(() => (isMoved ? draw() : fit())).observe(box);
  prepare();
  return { show, mark };
};
