/**
 * The page's half of the bridge: starts Python in a worker, tells it what the visitor does, and
 * shows what it answers. `stage.py` is the worker's half. Knows no page by name: everything is
 * found by the names that controls, outputs, figures and table headings have in the HTML.
 */

/** @typedef {"loading" | "ready" | "running" | "paused" | "done" | "error"} State */
/** @typedef {Worker & { ready: Promise<unknown> }} PyScriptWorker */
/** @typedef {Record<string, any> & { kind: string }} Message */

const SILENCE = 60_000; // ms without a word while loading, after which the page says so

const main = /** @type {HTMLElement} */ (document.querySelector("main[data-demo]"));
const demo = /** @type {string} */ (main.dataset.demo);
const root = new URL(".", document.baseURI);

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

const controls = /** @type {HTMLInputElement[]} */ (findAll("input[name]"));
const figures = findAll("figure").filter((figure) => figure.querySelector("canvas"));
const table = /** @type {HTMLTableElement | null} */ (main.querySelector("table[data-records]"));
const alertLine = find("[role=alert]");
const statusLine = find("[role=status]");
const notices = find(".notices");

/** @type {State} */
let state = "loading";
/** @type {PyScriptWorker | null} */
let worker = null;
let isConnected = false;
let silence = 0;

// --- the page's state ----------------------------------------------------------------

/** @param {State} next */
const setState = (next) => {
  state = next;
  main.dataset.state = next;
  button("play").textContent =
    next === "running" ? "Pause" : next === "done" ? "Train again" : "Train";
  button("play").disabled = next === "loading" || !isConnected;
  button("step").disabled = next !== "ready" && next !== "paused";
  button("reset").disabled = next === "loading" || !isConnected;
  button("retry").hidden = next !== "error" || isConnected;
  if (next !== "error") showError("", "");
};

/** @param {string} message @param {string} option */
const showError = (message, option) => {
  alertLine.textContent = message;
  alertLine.hidden = !message;
  for (const control of controls) {
    const isGuilty = control.name === option;
    if (isGuilty) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    // Also beside the control: it may be a screen away from the line above the figures.
    const problem = find(`#${control.name}-problem`);
    problem.textContent = isGuilty ? message : "";
    problem.hidden = !isGuilty;
  }
};

/** Say that Python cannot be reached; what is on the page stays. @param {string} message */
const fail = (message) => {
  clearTimeout(silence);
  isConnected = false;
  setState("error");
  showError(message, "");
  statusLine.textContent = "";
};

const expectNews = () => {
  clearTimeout(silence);
  silence = setTimeout(
    () => fail("Python has not answered for a minute. Check the connection, then try again."),
    SILENCE,
  );
};

// --- messages to Python --------------------------------------------------------------

/** @param {string} kind @param {object} fields @param {Transferable[]} transfer */
const send = (kind, fields = {}, transfer = []) => {
  worker?.postMessage({ kind, ...fields }, transfer);
};

/** @returns {Record<string, string>} */
const readControls = () =>
  Object.fromEntries(controls.map((control) => [control.name, control.value]));

const theme = matchMedia("(prefers-color-scheme: dark)");
const themeName = () => (theme.matches ? "dark" : "light");

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
  const options = Object.fromEntries(new URLSearchParams(location.search));
  send(
    "start",
    { demo, options, figures: surfaces, ratio: devicePixelRatio, theme: themeName() },
    surfaces.map((surface) => surface.canvas),
  );
  theme.addEventListener("change", () => send("theme", { theme: themeName() }));
  watchSizes();
};

const watchSizes = () => {
  const current = () => JSON.stringify([devicePixelRatio, figures.map(measure)]);
  let known = current();
  let pending = 0;
  new ResizeObserver(() => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      if (current() === known) return;
      known = current();
      send("resize", { figures: figures.map(measure), ratio: devicePixelRatio });
    }, 100);
  }).observe(main);
};

// --- messages from Python ------------------------------------------------------------

/** @param {Record<string, string>} outputs */
const showOutputs = (outputs) => {
  for (const [name, text] of Object.entries(outputs)) {
    const output = main.querySelector(`output[name="${name}"]`);
    if (output) output.textContent = text;
  }
};

/** Add a row of exact numbers, shown rounded. @param {Record<string, number>} record */
const addRecord = (record) => {
  if (!table) return;
  const row = table.tBodies[0].insertRow();
  for (const heading of table.querySelectorAll("th")) {
    const number = record[heading.dataset.field ?? ""];
    const data = document.createElement("data");
    data.value = String(number);
    data.textContent = number.toFixed(Number(heading.dataset.digits));
    row.insertCell().append(data);
  }
};

/** @param {Record<string, string>} texts */
const setControls = (texts) => {
  for (const control of controls) {
    control.value = texts[control.name] ?? control.value;
    matchSlider(control);
  }
};

/** @type {Record<string, (message: any) => void>} */
const receivers = {
  hello() {
    performance.mark("moongrad:worker-start");
    start();
  },
  progress: ({ text }) => {
    if (text) expectNews();
    else clearTimeout(silence);
    if (state === "loading" || state === "ready") statusLine.textContent = text;
  },
  options({ texts, notices: lines }) {
    setControls(texts);
    notices.replaceChildren(
      ...lines.map((/** @type {string} */ line) => {
        const item = document.createElement("p");
        item.textContent = line;
        return item;
      }),
    );
    notices.hidden = lines.length === 0;
  },
  renew({ outputs }) {
    showOutputs(outputs);
    table?.tBodies[0].replaceChildren();
    statusLine.textContent = "";
  },
  state({ state: next, text }) {
    setState(next);
    if (text) statusLine.textContent = text;
  },
  step({ record, outputs }) {
    showOutputs(outputs);
    addRecord(record);
  },
  figure({ name, label }) {
    const canvas = find(`canvas[data-figure="${name}"]`);
    canvas.setAttribute("aria-label", label);
    canvas.closest("figure")?.setAttribute("data-live", "");
  },
  error({ message, option, needs_reload }) {
    showError(message, option);
    button("retry").hidden = !needs_reload;
  },
  mark({ name }) {
    performance.mark(`moongrad:${name}`);
  },
};

// --- what the visitor does -----------------------------------------------------------

/** @param {HTMLInputElement} control */
const matchSlider = (control) => {
  const slider = main.querySelector(`input[data-slider="${control.name}"]`);
  if (slider) /** @type {HTMLInputElement} */ (slider).value = control.value;
};

/** Keep the address such that a copy of it shows the same demo. */
const writeAddress = () => {
  const query = new URLSearchParams(location.search);
  for (const control of controls) {
    if (control.value === control.defaultValue) query.delete(control.name);
    else query.set(control.name, control.value);
  }
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
};

const listen = () => {
  const act = (/** @type {string} */ kind) => send(kind, { texts: readControls() });
  button("play").addEventListener("click", () => act(state === "running" ? "pause" : "play"));
  button("step").addEventListener("click", () => act("step"));
  button("reset").addEventListener("click", () => act("reset"));
  button("retry").addEventListener("click", () => location.reload());
  const change = () => {
    notices.hidden = true;
    writeAddress();
    if (isConnected) act("options");
  };
  for (const control of controls) {
    control.addEventListener("change", () => {
      matchSlider(control);
      change();
    });
  }
  for (const slider of /** @type {HTMLInputElement[]} */ (findAll("input[data-slider]"))) {
    const control = /** @type {HTMLInputElement} */ (
      find(`input[name="${slider.dataset.slider}"]`)
    );
    slider.addEventListener("input", () => {
      control.value = slider.value;
      change();
    });
  }
  find("form").addEventListener("submit", (event) => event.preventDefault());
};

// --- start ---------------------------------------------------------------------------

/** @param {string} path */
const address = (path) => new URL(path, root).href;

/** Put the PyScript element on the page and return its worker once there is one. */
const startWorker = async () => {
  const script = document.createElement("script");
  script.type = "py";
  script.src = address("stage/stage.py");
  script.setAttribute("worker", "");
  script.setAttribute(
    "config",
    JSON.stringify({
      interpreter: address("runtime/pyodide/interpreter.mjs"),
      packages: ["moongrad"],
      packages_cache: "passthrough", // plain loadPyodide({packages}): parallel, no micropip
      files: Object.fromEntries(
        ["stage/__init__.py", "stage/options.py", `pages/${demo}.py`].map((path) => [
          address(path),
          path.replace("pages/", "./"),
        ]),
      ),
    }),
  );
  document.body.append(script);
  await import(address("runtime/pyscript/core.js"));
  while (!("xworker" in script)) await new Promise((resolve) => setTimeout(resolve, 10));
  return /** @type {PyScriptWorker} */ (script.xworker);
};

const boot = async () => {
  setState("loading");
  // What PyScript cannot fetch for the worker is only heard of here.
  addEventListener("unhandledrejection", ({ reason }) => {
    if (!isConnected) fail(`Python could not start: ${reason?.message ?? reason}`);
  });
  statusLine.textContent = "Loading Python…";
  expectNews();
  worker = await startWorker();
  worker.addEventListener("message", ({ data }) => receivers[data?.kind]?.(data));
  worker.onerror = (event) =>
    fail(`Python could not start: ${/** @type {any} */ (event).error?.message ?? event.message}`);
  await worker.ready;
  if (!isConnected) throw new Error("the worker ended before it answered");
};

listen();
boot().catch((error) => fail(`Python could not start: ${error.message}`));
