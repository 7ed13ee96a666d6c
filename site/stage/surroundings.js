/** What a demo must know of the page around it: how large its figures are, light or dark, calm. */
import { findAll } from "./dom.js";

const canvases = /** @type {HTMLCanvasElement[]} */ (findAll("figure canvas"));
const isDark = matchMedia("(prefers-color-scheme: dark)");
const isReduced = matchMedia("(prefers-reduced-motion: reduce)");

export const isCalm = () => isReduced.matches;

/** Whether the visitor saves data. */
// @ts-ignore: not known everywhere
export const isSparing = () => Boolean(navigator.connection?.saveData);

const themeName = () => document.documentElement.dataset.theme ?? (isDark.matches ? "dark" : "light");

/** @param {HTMLCanvasElement} canvas */
const measure = (canvas) => {
  const { width, height } = canvas.getBoundingClientRect();
  return { name: canvas.dataset.figure ?? "", width, height };
};

/** What Python is told at first; the canvases are its own from then on. */
export const describeSurroundings = () => ({
  figures: canvases.map((canvas) => ({ ...measure(canvas), canvas: canvas.transferControlToOffscreen() })),
  ratio: devicePixelRatio,
  theme: themeName(),
  is_transparent: document.documentElement.dataset.background === "transparent",
  is_calm: isCalm(),
});

/** @param {import("./requests.js").Requests} requests */
export const watchSurroundings = (requests) => {
  const tellTheme = () => requests.ask("theme", { theme: themeName() });
  isDark.addEventListener("change", tellTheme);
  addEventListener("moongrad:theme", tellTheme); // early.js
  isReduced.addEventListener("change", () => requests.ask("calm", { is_calm: isCalm() }));
  const readSizes = () =>
    Object.fromEntries(canvases.map(measure).map(({ name, width, height }) => [name, [width, height]]));
  let known = JSON.stringify([devicePixelRatio, readSizes()]);
  let pending = 0;
  const look = () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      const [ratio, figures] = [devicePixelRatio, readSizes()];
      const current = JSON.stringify([ratio, figures]);
      if (current === known) return;
      known = current;
      requests.ask("resize", { figures, ratio });
    }, 100);
  };
  for (const canvas of canvases) new ResizeObserver(look).observe(canvas);
  const watchRatio = () => {
    const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    same.addEventListener("change", () => (look(), watchRatio()), { once: true });
  };
  watchRatio();
};
