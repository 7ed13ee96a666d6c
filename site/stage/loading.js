/** How far the page is with loading its Python: a bar, and in words how much has been sent. */
import { amounts, megabytes } from "./downloads.js";
import { find } from "./dom.js";

const DOWNLOAD = 0.6; // share of the bar; the rest is for Python and matplotlib to start
const USUAL = 4; // seconds that they take on an ordinary computer

const loader = find(".loader");
const bar = /** @type {HTMLProgressElement} */ (loader.querySelector("progress"));
const text = /** @type {HTMLElement} */ (loader.querySelector("span"));

/** When everything had arrived, in ms; 0 before. */
let arrived = 0;

/** Starting tells nothing of how far it is, so the bar slows down as time passes and never lies full. */
const guessStart = () => (arrived ? 1 - Math.exp(-(performance.now() - arrived) / 1000 / USUAL) : 0);

const showAmount = () => {
  const { engine, drawing } = amounts;
  const [done, total] = [engine.sent + drawing.sent, engine.total + drawing.total];
  if (done >= total) arrived ||= performance.now();
  bar.value = DOWNLOAD * (done / total) + (1 - DOWNLOAD) * guessStart();
  const seconds = Math.round(performance.now() / 1000);
  text.textContent = `${megabytes(done)} of ${megabytes(total)} MB, ${seconds} s`;
};

let ticking = 0;

export const showLoading = () => {
  loader.hidden = false;
  showAmount();
  ticking = setInterval(showAmount, 100);
};

export const hideLoading = () => {
  clearInterval(ticking);
  loader.hidden = true;
};
