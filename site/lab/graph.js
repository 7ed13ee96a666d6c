/**
 * Draws the graphs that cells send. Their DOT source isn't trusted: what Graphviz makes of it is
 * rebuilt from shapes and texts alone, without links, images, styles or names.
 */
import { makeDiagram } from "../stage/diagram.js";

const PATIENCE = 20_000; // ms that Graphviz may take
const MOST = 20_000; // elements

/** @type {Record<string, string[]>} */
const SHAPES = {
  svg: ["viewBox"],
  g: ["class", "transform"],
  title: [],
  text: ["x", "y", "text-anchor", "font-size"],
  path: ["d"],
  polygon: ["points"],
  polyline: ["points"],
  ellipse: ["cx", "cy", "rx", "ry"],
};
const PAINT = ["fill", "stroke"];
const COLOUR = /^(none|transparent|[a-z]+|#[0-9a-f]{3,8})$/i;
const CLASS = /^(graph|node|edge)\b.*/s; // Graphviz writes its own first
const SVG = "http://www.w3.org/2000/svg";

/** A drawing with nothing in it but shapes and texts. @param {string} text of Graphviz */
export const rebuild = (text) => {
  const source = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  let n = 0;
  /** @param {Element} element @returns {Element | null} */
  const copy = (element) => {
    // Only what is drawn counts: a link's contents stay, the link doesn't.
    const name = element.localName === "a" ? "g" : element.localName;
    if (element.namespaceURI !== SVG || !Object.hasOwn(SHAPES, name)) return null;
    if (++n > MOST) throw new Error("it has too many parts");
    const made = document.createElementNS(SVG, name);
    for (const attribute of [...SHAPES[name], ...PAINT]) {
      let value = element.getAttribute(attribute);
      if (attribute === "class") value = CLASS.exec(value ?? "")?.[1] ?? null;
      if (value === null) continue;
      if (PAINT.includes(attribute) && !COLOUR.test(value)) continue;
      made.setAttribute(attribute, value);
    }
    if (name === "text" || name === "title") made.textContent = element.textContent;
    else for (const child of element.children) made.append(...[copy(child)].filter((part) => part !== null));
    return made;
  };
  const made = copy(source);
  if (made?.localName !== "svg") throw new Error("it isn’t a drawing");
  return new XMLSerializer().serializeToString(made);
};

/** @type {Worker | null} */
let worker = null;
let n = 0;

/** @param {string} dot @returns {Promise<string>} */
const layOut = (dot) =>
  new Promise((resolve, reject) => {
    const id = ++n;
    const graphviz = (worker ??= new Worker(new URL("layout.mjs", import.meta.url), { type: "module" }));
    const settle = () => {
      clearTimeout(timer);
      graphviz.removeEventListener("message", receive);
      graphviz.removeEventListener("error", fail);
    };
    const fail = (/** @type {string | Event} */ reason) => {
      settle();
      graphviz.terminate();
      if (worker === graphviz) worker = null;
      reject(new Error(typeof reason === "string" ? reason : "Graphviz couldn’t be loaded"));
    };
    const receive = (/** @type {MessageEvent} */ { data }) => {
      if (data.id !== id) return;
      settle();
      if (data.svg) resolve(data.svg);
      else reject(new Error(data.problem));
    };
    const timer = setTimeout(fail, PATIENCE, "it takes too long");
    graphviz.addEventListener("message", receive);
    graphviz.addEventListener("error", fail);
    graphviz.postMessage({ id, dot });
  });

/** @param {string} name @param {string} sign @param {string} [label] */
const makeButton = (name, sign, label) => {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.view = name;
  button.textContent = sign;
  if (label) button.setAttribute("aria-label", label);
  return button;
};

/** A figure in which the graph will be drawn. @param {string} dot @param {string} label what it shows, in words */
export const makeGraph = (dot, label) => {
  const figure = document.createElement("figure");
  figure.className = "diagram";
  const box = document.createElement("div");
  box.className = "graph";
  box.dataset.diagram = "cell";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", label || "An expression graph");
  box.tabIndex = 0;
  const views = document.createElement("div");
  views.className = "views";
  views.append(makeButton("closer", "+", "Zoom in"), makeButton("farther", "−", "Zoom out"), makeButton("fit", "Fit"));
  figure.append(box, views);
  const { show } = makeDiagram(figure);
  layOut(dot)
    .then((svg) => show(rebuild(svg)))
    .catch((error) => {
      const problem = document.createElement("p");
      problem.textContent = `The graph can’t be drawn: ${error.message}.`;
      figure.replaceChildren(problem);
    });
  return figure;
};
