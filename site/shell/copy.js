/** Copy what an element says; returns a word on it, for the button. @param {Element} element */
export const copy = async (element) => {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return "Copied";
  } catch {
    // Without the permission the text is selected, to be copied by hand.
    getSelection()?.selectAllChildren(element);
    return "Press Ctrl+C";
  }
};
