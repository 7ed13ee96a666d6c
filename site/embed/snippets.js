/** What is pasted into other people's pages, made of what a demo is like now. */
import { findCard } from "./card.js";
import { size } from "./facts.js";

/**
 * @typedef {object} Choice
 * @property {string} demo
 * @property {Record<string, string>} texts of the options that differ from their defaults
 * @property {string} theme auto, light or dark
 * @property {boolean} autostart
 * @property {boolean} controls whether the options are shown
 * @property {string} weights of the network as it is, or nothing
 */
/** @typedef {import("./facts.js").Facts} Facts */

/** @param {string} text */
const escape = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** @param {Record<string, string | true>} attributes */
const write = (attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escape(value)}"`))
    .join("");

/** The picture by itself, by its kind. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makePictures = (site, facts, choice) => {
  const theme = choice.theme === "dark" ? "dark" : "light";
  const stem = `embed/posters/${findCard(choice.demo, Object.entries(facts.presets), choice.texts)}`;
  const ends = { SVG: `-${theme}.svg`, WebP: `-${theme}.webp`, PNG: ".png" };
  return Object.entries(ends).map(([kind, end]) => [kind, new URL(`${stem}${end}`, site).href]);
};

/** The address of the demo's own page. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makeLink = (site, facts, { texts, weights }, more = {}) => {
  const address = new URL(facts.file, site);
  address.search = String(new URLSearchParams({ ...more, ...texts }));
  if (weights) address.hash = `weights=${weights}`;
  return address.href;
};

/** Each kind of snippet, by its name. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makeSnippets = (site, facts, choice) => {
  const { demo, texts, theme, autostart, controls, weights } = choice;
  const link = makeLink(site, facts, choice);
  const card = findCard(choice.demo, Object.entries(facts.presets), choice.texts);
  const poster = (/** @type {string} */ end) => new URL(`embed/posters/${card}${end}`, site).href;
  const anchor = `<a${write({ href: link })}>Open “${escape(facts.title)}” on its own page</a>`;
  const image = (/** @type {string} */ theme) =>
    `<img${write({
      src: poster(`-${theme}.webp`),
      alt: facts.alt,
      width: `${size[0]}`,
      height: `${size[1]}`,
      style: "max-width:100%;height:auto",
    })}>`;
  const picture =
    theme === "auto"
      ? `<picture><source media="(prefers-color-scheme: dark)"${write({ srcset: poster("-dark.webp") })}>${image("light")}</picture>`
      : image(theme);
  const { hidden, ...others } = texts;
  const attributes = {
    demo,
    ...others,
    ...(hidden && { "hidden-layers": hidden }), // `hidden` would hide it where no script runs
    ...(theme !== "auto" && { theme }),
    ...(autostart && { autostart: /** @type {const} */ (true) }),
    ...(!controls && { controls: "off" }),
    ...(weights && { weights }),
  };
  const more = {
    embed: "1",
    ...(theme !== "auto" && { theme }),
    ...(!controls && { controls: "off" }),
  };
  const frame = {
    src: makeLink(site, facts, choice, more),
    title: `Demo: ${facts.title}`,
    width: "100%",
    height: String(controls ? facts.height : facts.heightWithoutOptions),
    loading: "lazy",
    frameborder: "0",
    referrerpolicy: "no-referrer",
    sandbox: "allow-scripts allow-same-origin",
  };
  const alt = facts.alt.replace(/[[\]\\]/g, "\\$&").replace(/[<>]/g, "");
  return {
    widget:
      `<script async${write({ src: new URL("embed/v1.js", site).href })}></script>\n` +
      `<moongrad-demo${write(attributes)}>\n  ${picture}<br>\n  ${anchor}\n</moongrad-demo>`,
    frame: `<iframe${write(frame)}></iframe>\n<p>${anchor}</p>`,
    markdown: `[![${alt}](${poster(".png")})](${link})`,
    link,
  };
};
