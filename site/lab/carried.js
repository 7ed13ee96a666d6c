/**
 * What is written in the lab as files to carry away, and back: one Python script, or one notebook. Both are
 * read from other places, too. Needs neither Python nor the page.
 *
 * A script holds its cells as editors know them: each begins with a line `# %% title {"name": "its name"}`.
 *
 * @typedef {object} Cell
 * @property {string} name which cell of the page it is; empty for one from elsewhere
 * @property {string} title
 * @property {string} code
 */

/** A file or a link that can't be read; the message is a sentence for the visitor. */
export class CarriedError extends Error {}

const VERSION = 1; // of what is written here
export const MAX_BYTES = 1_000_000; // of a file that is read

const HEAD = `# Written in the lab of moongrad, version ${VERSION}. Cells begin with "# %%".`;
const LAB = "# The module lab is there on the page only. Elsewhere, leave out what uses it.";
const MARKER = /^# ?%%(.*)$/;
/** A line of code that looks like a marker gets a backslash, and one more each time. */
const LIKE_MARKER = /^(# ?)(\\*%%)/;

/** @param {string} text */
const unifyLines = (text) => text.replace(/\r\n?/g, "\n");

/** @param {string} title */
const clean = (title) => title.split(/\s+/u).filter(Boolean).join(" ").slice(0, 200);

// --- scripts ---

/** Return the cells as one Python script. @param {Cell[]} cells */
export const toScript = (cells) => {
  const blocks = cells.map(({ name, title, code }) => {
    const lines = unifyLines(code).split("\n");
    const escaped = lines.map((line) => line.replace(LIKE_MARKER, "$1\\$2"));
    const marker = ["# %%", clean(title), JSON.stringify({ name })].filter(Boolean).join(" ");
    return [marker, ...escaped, ""].join("\n");
  });
  const isLabUsed = cells.some(({ code }) => /^\s*(from|import) lab\b/m.test(code));
  const head = isLabUsed ? `${HEAD}\n${LAB}` : HEAD;
  return [head, ...blocks].join("\n\n") + (blocks.length ? "" : "\n");
};

/** Return the cells of a Python script, which may be anybody's. @param {string} text @returns {Cell[]} */
export const fromScript = (text) => {
  const lines = unifyLines(text).split("\n");
  const version = lines[0].match(/^# Written in the lab of moongrad, version (\d+)\./)?.[1];
  if (version !== undefined) {
    checkVersion(Number(version));
    return readOwnScript(lines);
  }
  /** @type {(Cell & { isCode: boolean })[]} */
  const cells = [{ name: "", title: "", code: "", isCode: true }];
  for (const line of lines) {
    const marker = line.match(/^#\s*%%(.*)$/)?.[1] ?? (/^# In\[[\d ]*\]:\s*$/.test(line) ? "" : undefined);
    if (marker === undefined) {
      cells[cells.length - 1].code += `${line}\n`;
      continue;
    }
    const isCode = !/^\s*\[(markdown|md|raw)\]/.test(marker);
    // Other programs put the properties of a cell behind its title.
    const title = clean(marker.replace(/\s(\{.*\}|\w+=.*)$/, ""));
    cells.push({ name: "", title, code: "", isCode });
  }
  return cells
    .map(({ isCode, ...cell }) => ({ ...cell, code: isCode ? trimLines(cell.code) : "" }))
    .filter(({ code }) => code);
};

/** @param {string} code Without empty lines before and after it. */
const trimLines = (code) => code.replace(/^(\s*\n)+/, "").trimEnd();

/** @param {string[]} lines @returns {Cell[]} */
const readOwnScript = (lines) => {
  /** @type {{ name: string, title: string, lines: string[] }[]} */
  const found = [];
  for (const line of lines) {
    const marker = line.match(MARKER)?.[1];
    if (marker === undefined) {
      found[found.length - 1]?.lines.push(line.replace(/^(# ?\\*)\\(\\*%%)/, "$1$2"));
    } else {
      found.push({ ...readMarker(marker), lines: [] });
    }
  }
  return found.map(({ name, title, lines }, k) => {
    // What was written behind the code: the end of its last line, and an empty one before the next marker.
    const ends = k === found.length - 1 ? [""] : ["", ""];
    for (const _ of ends) if (lines[lines.length - 1] === "") lines.pop();
    return { name, title, code: lines.join("\n") };
  });
};

/** @param {string} marker what stands behind the %% */
const readMarker = (marker) => {
  const at = marker.lastIndexOf(' {"name":');
  try {
    const { name } = JSON.parse(marker.slice(at));
    if (at >= 0 && typeof name === "string") return { name, title: clean(marker.slice(0, at)) };
  } catch {
    // somebody has changed it
  }
  return { name: "", title: clean(marker) };
};

/** @param {unknown} version */
const checkVersion = (version) => {
  if (version === VERSION) return;
  if (typeof version === "number" && version > VERSION) {
    throw new CarriedError("This file is from a later version of the lab. Reload the page, then open it again.");
  }
  throw new CarriedError("This file says that it is from a version of the lab that never was.");
};

// --- notebooks ---

/** nbformat 4.5: the first whose cells have ids. */
const [MAJOR, MINOR] = [4, 5];
const KERNEL = { display_name: "Python 3", language: "python", name: "python3" };

/** Return the cells as a notebook for Jupyter. @param {Cell[]} cells */
export const toNotebook = (cells) => {
  const written = cells.flatMap(({ name, title, code }, k) => {
    const explanation = {
      cell_type: "markdown",
      id: `title-${k}`,
      metadata: {},
      source: splitLines(`## ${clean(title)}`),
    };
    const program = {
      cell_type: "code",
      execution_count: null,
      id: `cell-${k}`,
      metadata: { moongrad: { name, title: clean(title) } },
      outputs: [],
      source: splitLines(unifyLines(code)),
    };
    return clean(title) ? [explanation, program] : [program];
  });
  const metadata = { kernelspec: KERNEL, language_info: { name: "python" }, moongrad: { version: VERSION } };
  const notebook = { cells: written, metadata, nbformat: MAJOR, nbformat_minor: MINOR };
  return `${JSON.stringify(notebook, null, 1)}\n`;
};

/** @param {string} text each line with its end, as notebooks have them */
const splitLines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Return the cells of code of a notebook, which may be anybody's. @param {string} text @returns {Cell[]} */
export const fromNotebook = (text) => {
  const notebook = parse(text);
  if (!isRecord(notebook) || !("nbformat" in notebook)) {
    throw new CarriedError("This file is JSON, but no notebook.");
  }
  if (notebook.nbformat !== MAJOR) {
    const age = Number(notebook.nbformat) < MAJOR ? "an older" : "another";
    throw new CarriedError(
      `This notebook has ${age} format than 4, which is read here. Open it in Jupyter, save it again, and open that.`,
    );
  }
  if (!Array.isArray(notebook.cells)) throw new CarriedError("This notebook is damaged: it has no list of cells.");
  const own = isRecord(notebook.metadata) ? notebook.metadata.moongrad : undefined;
  if (isRecord(own)) checkVersion(own.version);
  return notebook.cells.flatMap((cell) => {
    if (!isRecord(cell) || cell.cell_type !== "code") return [];
    const code = unifyLines(readSource(cell.source));
    const known = isRecord(cell.metadata) ? cell.metadata.moongrad : undefined;
    const { name, title } = isRecord(known) ? known : /** @type {Record<string, unknown>} */ ({});
    if (!isRecord(own) && !code.trim()) return [];
    return [{ name: typeof name === "string" ? name : "", title: typeof title === "string" ? clean(title) : "", code }];
  });
};

/** @param {unknown} source */
const readSource = (source) => {
  const parts = Array.isArray(source) ? source : [source];
  if (parts.every((part) => typeof part === "string")) return parts.join("");
  throw new CarriedError("This notebook is damaged: a cell has no text.");
};

/** @param {unknown} thing @returns {thing is Record<string, unknown>} */
const isRecord = (thing) => typeof thing === "object" && thing !== null && !Array.isArray(thing);

/** @param {string} text @returns {unknown} */
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    throw new CarriedError("This file isn’t a notebook: it isn’t JSON, or its end is missing.");
  }
};

// --- files ---

/**
 * Return the cells in a file: a notebook or a script, whatever its name says.
 * @param {string} name
 * @param {ArrayBuffer | Uint8Array} content
 * @returns {Cell[]}
 */
export const readCarried = (name, content) => {
  const bytes = content instanceof Uint8Array ? content : new Uint8Array(content);
  if (bytes.length > MAX_BYTES) {
    const size = (bytes.length / 1e6).toFixed(1);
    throw new CarriedError(
      `This file has ${size} MB, and at most 1 MB is read. In Jupyter, clear the outputs and save it again.`,
    );
  }
  const text = decode(bytes);
  const isNotebook = /\.ipynb$/i.test(name) || (/^\s*\{/.test(text) && /"nbformat"/.test(text));
  const cells = isNotebook ? fromNotebook(text) : fromScript(text);
  if (!cells.length) throw new CarriedError("There’s no code in this file.");
  return cells;
};

/** @param {Uint8Array} bytes */
const decode = (bytes) => {
  /** @type {string} */
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CarriedError("This file isn’t text in UTF-8. A Python script (.py) or a notebook (.ipynb) is needed.");
  }
  if (text.includes("\0")) {
    throw new CarriedError("This file isn’t text. A Python script (.py) or a notebook (.ipynb) is needed.");
  }
  return text;
};
