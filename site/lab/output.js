/**
 * What a cell shows of what its code sends: texts as text, pictures on canvases, graphs. It is
 * bounded, and put on the page in batches, so that a million printed lines can't hold it up.
 */
import { makeGraph } from "./graph.js";

const BATCH = 30; // ms
const MOST = { lines: 10_000, characters: 200_000, pictures: 20, graphs: 10 };

export class Output {
  #log;
  /** @type {any[]} */
  #waiting = [];
  #timer = 0;
  #lines = 0;
  #characters = 0;
  #pictures = 0;
  #graphs = 0;
  #isCut = false;
  /** @type {Map<string, HTMLCanvasElement>} */
  #named = new Map();

  /** @param {HTMLElement} log */
  constructor(log) {
    this.#log = log;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#waiting = [];
    this.#lines = this.#characters = this.#pictures = this.#graphs = 0;
    this.#isCut = false;
    this.#named.clear();
    this.#log.replaceChildren();
  }

  /** @param {any} message */
  add(message) {
    // Of a picture that is drawn again and again, the newest is shown.
    if (message.kind === "picture" && message.name) {
      this.#waiting = this.#waiting.filter((other) => other.name !== message.name);
    }
    if (message.kind === "text" || message.kind === "value") {
      message = this.#cut(message);
      if (!message) return;
    }
    const last = this.#waiting.at(-1);
    if (message.kind === "text" && last?.kind === "text" && last.stream === message.stream) {
      last.text += message.text;
    } else this.#waiting.push(message);
    this.#timer ||= setTimeout(() => this.flush(), BATCH);
  }

  /** Show all there is, now. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const log = this.#log;
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    for (const message of this.#waiting.splice(0)) this.#show(message);
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  /** As much of a text as there is room for. @param {any} message */
  #cut(message) {
    if (this.#isCut) return null;
    let { text } = message;
    const parts = text.split("\n");
    const room = MOST.lines - this.#lines;
    if (parts.length > room) text = parts.slice(0, room).join("\n");
    text = text.slice(0, MOST.characters - this.#characters);
    this.#lines += parts.length - 1;
    this.#characters += text.length;
    if (text.length === message.text.length) return message;
    this.#isCut = true;
    queueMicrotask(() => this.#say("more"));
    return { ...message, text };
  }

  /** @param {"more" | "pictures" | "graphs"} what */
  #say(what) {
    const says = {
      more: "More was printed and isn’t shown.",
      pictures: "More pictures were drawn and aren’t shown.",
      graphs: "More graphs were drawn and aren’t shown.",
    };
    this.add({ kind: "note", text: says[what] });
  }

  /** @param {any} message */
  #show(message) {
    const { kind, text } = message;
    if (kind === "text") return this.#print(message.stream, text);
    if (kind === "picture") return this.#paint(message);
    if (kind === "graph") {
      this.#graphs += 1;
      if (this.#graphs === MOST.graphs + 1) this.#say("graphs");
      if (this.#graphs <= MOST.graphs) this.#log.append(makeGraph(message.dot, text));
      return;
    }
    if (kind === "error") {
      this.#append("pre", "traceback", text);
      if (message.sentence) this.#append("p", "advice", message.sentence);
      return;
    }
    this.#append(kind === "value" ? "pre" : "p", kind, text);
  }

  /** @param {string} tag @param {string} name @param {string} text */
  #append(tag, name, text) {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    this.#log.append(element);
    return element;
  }

  /** @param {string} stream @param {string} text */
  #print(stream, text) {
    const last = this.#log.lastElementChild;
    if (last?.className === stream) last.append(text);
    else this.#append("pre", stream, text);
  }

  /** @param {{ width: number, height: number, pixels: ArrayBuffer, text: string, name: string }} picture */
  #paint({ width, height, pixels, text, name }) {
    let canvas = name ? this.#named.get(name) : undefined;
    if (!canvas) {
      this.#pictures += 1;
      if (this.#pictures === MOST.pictures + 1) this.#say("pictures");
      if (this.#pictures > MOST.pictures) return;
      canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      if (name) this.#named.set(name, canvas);
      this.#log.append(canvas);
    }
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      // Figures are drawn at the screen's pixel ratio.
      canvas.style.width = `${width / devicePixelRatio}px`;
    }
    canvas.setAttribute("aria-label", text || "A figure");
    canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  }
}
