/** Checks the answers of a page's exercises; needs no Python. */

/** @param {string} text a number as people type it */
const read = (text) => Number(text.trim().replace("−", "-").replace(/^(-?\d+),(\d+)$/, "$1.$2") || "x");

for (const form of document.querySelectorAll("form.exercise")) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const verdict = /** @type {HTMLElement} */ (form.querySelector("output"));
  const { answer, tolerance, hint, because } = /** @type {HTMLElement} */ (form).dataset;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = read(field.value);
    const isRight = Math.abs(number - Number(answer)) <= Number(tolerance);
    if (Number.isNaN(number)) verdict.textContent = "Please enter a number, like −1.5.";
    else verdict.textContent = isRight ? `Right. ${because}` : `Not yet. ${hint}`;
    verdict.dataset.verdict = isRight ? "right" : "wrong";
  });
}
