/** Sentences in which code stands between backticks. */

/** Put a sentence into an element, its code as code. @param {HTMLElement} element @param {string} sentence */
export const say = (element, sentence) => {
  const parts = sentence.split("`").map((text, k) => {
    if (k % 2 === 0) return text;
    return Object.assign(document.createElement("code"), { textContent: text });
  });
  element.replaceChildren(...parts);
};
