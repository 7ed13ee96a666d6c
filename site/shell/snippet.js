/** Snippets to be put into other people's pages: whole addresses, and a button that copies. */
import { copy } from "./copy.js";

for (const place of document.querySelectorAll("[data-here]")) {
  place.textContent = new URL(/** @type {HTMLElement} */ (place).dataset.here ?? "", location.href).href;
}
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copy]:not([data-copy=''])"))) {
  const code = /** @type {Element} */ (document.querySelector(`#${button.dataset.copy}`));
  const text = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = await copy(code);
    setTimeout(() => (button.textContent = text), 2000);
  });
}
