/** Snippets to be put into other people's pages: whole addresses, and a button that copies. */

for (const place of document.querySelectorAll("[data-here]")) {
  place.textContent = new URL(/** @type {HTMLElement} */ (place).dataset.here ?? "", location.href).href;
}
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copy]"))) {
  const code = document.querySelector(`#${button.dataset.copy}`);
  const text = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code?.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      // Without the permission the text is selected, to be copied by hand.
      getSelection()?.selectAllChildren(/** @type {Element} */ (code));
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = text), 2000);
  });
}
