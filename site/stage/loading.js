/** How far the page is with loading its Python: a bar, in bytes, and which part is under way. */
import { amounts, megabytes } from "./downloads.js";
import { find } from "./dom.js";

const loader = find(".loader");
const bar = /** @type {HTMLProgressElement} */ (loader.querySelector("progress"));
const amount = /** @type {HTMLElement} */ (loader.querySelector("span"));

const showAmount = () => {
  const { engine, drawing } = amounts;
  const [done, total] = [engine.done + drawing.done, engine.total + drawing.total];
  bar.value = done / total;
  const seconds = (performance.now() / 1000).toFixed(1);
  amount.textContent = `${megabytes(done)} of ${megabytes(total)} MB, ${seconds} s`;
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
