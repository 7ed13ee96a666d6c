/** What a demo gives away: listings in boxes that can be opened, files, snippets to share. */
import { button, findAll, main } from "./dom.js";
import { save } from "./save.js";

/** @typedef {import("./requests.js").Requests} Requests */

const boxes = /** @type {HTMLDetailsElement[]} */ (findAll("details[data-artifact]"));

/** @param {Requests} requests @param {(problem: string) => void} say */
export const listenToArtifacts = (requests, say) => {
  const fill = async (/** @type {HTMLDetailsElement} */ box) => {
    if (!box.open) return;
    const listing = /** @type {HTMLElement} */ (box.querySelector("pre"));
    const text = await requests.ask("artifact", { name: box.dataset.artifact });
    if (listing.textContent !== text) listing.textContent = text;
  };
  let told = "";
  addEventListener("moongrad:view", (event) => {
    const { state, run, outputs, texts } = /** @type {CustomEvent} */ (event).detail;
    const news = JSON.stringify([run, outputs, texts]);
    if (state === "running" || news === told) return; // the answer brings a view, too
    told = news;
    boxes.forEach(fill);
  });
  for (const box of boxes) box.addEventListener("toggle", () => fill(box));
  for (const saver of findAll("button[data-artifact]")) {
    saver.addEventListener("click", async () => {
      const { artifact: name, file } = saver.dataset;
      const content = await requests.ask("artifact", { name });
      if (file) return save(file, new Blob([content]));
      if (typeof content === "string") return say(content); // why there is no file
      save(`${main.dataset.demo}.wasm`, new Blob([content], { type: "application/wasm" }));
    });
  }
  // Somebody on the page Embed wants a picture of the demo (embed/picture.js).
  addEventListener("moongrad:picture", async (event) => {
    const { fields, resolve } = /** @type {CustomEvent} */ (event).detail;
    resolve(await requests.ask("picture", fields));
  });
  let n = 0; // of tries: browsers remember a script that did not arrive
  button("share").addEventListener("click", async () => {
    try {
      const address = new URL(`../embed/share.js${n ? `?${n}` : ""}`, import.meta.url);
      const { share } = await import(address.href);
      say("");
      share(() => requests.ask("weights"));
    } catch (error) {
      n += 1;
      const reason = error instanceof Error ? error.message : error;
      say(`The share dialog couldn’t be loaded (${reason}). Check the connection, then press Share again.`);
    }
  });
};
