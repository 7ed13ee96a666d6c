/** What is pasted into other people's pages, made of what a demo is like now. */
import { describeCard, findCard } from "./card.js";
import { bar, height, limit, narrow, wide } from "./facts.js";

/**
 * @typedef {object} Choice
 * @property {string} demo
 * @property {Record<string, string>} texts of the options that differ from their defaults
 * @property {string} theme auto, light or dark
 * @property {boolean} autostart
 * @property {boolean} controls whether the options are shown
 * @property {string} show the name of the only figure that is shown; nothing for those of the picture
 * @property {string} weights of the network as it is, or nothing
 * @property {{ file: string, alt: string } | null} [own] a picture of this very demo, which the host keeps beside the post
 */
/** @typedef {import("./facts.js").Facts} Facts */

const MARGIN = 20; // CSS pixels that a phone's column is narrower than its screen

/** @param {string} text */
const escape = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** @param {Record<string, string | number | true>} attributes */
const write = (attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escape(String(value))}"`))
    .join("");

/** The picture for a choice: its address without the end, its text, and how it differs. @param {URL} site @param {Facts} facts @param {Choice} choice */
const findPicture = (site, facts, { demo, texts }) => {
  const { name, differences } = findCard(facts.options, Object.entries(facts.presets), texts);
  const stem = new URL(`embed/posters/${demo}${name && `-${name}`}`, site).href;
  return { stem, alt: facts.alts[name], label: describeCard(differences) };
};

/** The picture by itself, by its kind, and how it differs from the demo. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makePictures = (site, facts, choice) => {
  const theme = choice.theme === "dark" ? "dark" : "light";
  const { stem, label } = findPicture(site, facts, choice);
  const ends = { SVG: `-${theme}.svg`, WebP: `-${theme}.webp`, PNG: ".png" };
  return { label, files: Object.entries(ends).map(([kind, end]) => [kind, stem + end]) };
};

/** Characters of an option that is not to be sent to servers, which take short addresses only. */
const LONG = 200;

/** The address of the demo's own page. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makeLink = (site, facts, { texts, weights }, more = {}) => {
  const address = new URL(facts.file, site);
  const pairs = Object.entries({ ...more, ...texts });
  const [long, short] = [true, false].map((isLong) => pairs.filter(([, text]) => isLong === text.length > LONG));
  if (facts.version && pairs.length) short.push(["v", String(facts.version)]);
  address.search = String(new URLSearchParams(short));
  const rest = weights ? [...long, ["weights", weights]] : long;
  if (rest.length) address.hash = String(new URLSearchParams(rest));
  return address.href;
};

/** A picture of the host's own in HTML. @param {{ file: string, alt: string }} own */
const makeOwn = ({ file, alt }) =>
  `<img${write({ src: file, alt, width: wide[0], height: wide[1], style: "max-width:100%;height:auto" })}>`;

/** The picture in HTML, light or dark, wide or narrow. @param {Facts} facts @param {Choice} choice @param {string} stem @param {string} alt */
const makePicture = (facts, { theme, show }, stem, alt) => {
  const [width, height] = wide;
  const image = { src: `${stem}-${theme === "dark" ? "dark" : "light"}.webp`, alt, width, height };
  const isHalf = facts.card.length === 2 && facts.card.includes(show);
  if (isHalf) {
    // The half of the picture with the figure that is shown, at every width.
    const side = show === facts.card[0] ? "left" : "right";
    const style = `max-width:100%;height:auto;aspect-ratio:${width / 2}/${height};object-fit:cover;object-position:${side}`;
    Object.assign(image, { width: width / 2, style });
  } else Object.assign(image, { style: "max-width:100%;height:auto" });
  const [narrowWidth, narrowHeight] = narrow[facts.card.length];
  const phone = `(max-width: ${limit + MARGIN}px)`;
  const dark = "(prefers-color-scheme: dark)";
  const size = { width: narrowWidth, height: narrowHeight };
  const sources = [
    !isHalf && theme === "auto" && { media: `${phone} and ${dark}`, srcset: `${stem}-narrow-dark.webp`, ...size },
    !isHalf && { media: phone, srcset: `${stem}-narrow-${theme === "dark" ? "dark" : "light"}.webp`, ...size },
    theme === "auto" && { media: dark, srcset: `${stem}-dark.webp` },
  ];
  const tags = sources.map((source) => (source ? `<source${write(source)}>` : "")).join("");
  return tags ? `<picture>${tags}<img${write(image)}></picture>` : `<img${write(image)}>`;
};

/** Each kind of snippet, by its name. @param {URL} site @param {Facts} facts @param {Choice} choice */
export const makeSnippets = (site, facts, choice) => {
  const { demo, texts, theme, autostart, controls, show, weights, own } = choice;
  const link = makeLink(site, facts, choice);
  const poster = findPicture(site, facts, choice);
  const alt = own?.alt ?? poster.alt;
  const label = own ? "" : poster.label;
  const title = `Open “${escape(facts.title)}” on its own page`;
  // As high as the bar that the script puts into its place.
  const style = `display:block;line-height:${bar}px;white-space:nowrap;overflow:hidden`;
  const { hidden, ...others } = texts;
  const passed = {
    ...(theme !== "auto" && { theme }),
    ...(!controls && { controls: "off" }),
    ...(show && { show }),
  };
  const attributes = {
    demo,
    ...others,
    ...(hidden && { "hidden-layers": hidden }), // `hidden` would hide it where no script runs
    ...passed,
    ...(autostart && { autostart: /** @type {const} */ (true) }),
    ...(weights && { weights }),
  };
  const frame = {
    src: makeLink(site, facts, choice, { embed: "1", ...passed }),
    title: `Demo: ${facts.title}`,
    width: "100%",
    height,
    loading: "lazy",
    frameborder: "0",
    referrerpolicy: "no-referrer",
    sandbox: "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox",
  };
  const text = alt.replace(/[[\]\\]/g, "\\$&").replace(/[<>]/g, "");
  return {
    widget:
      `<script async${write({ src: new URL("embed/v1.js", site).href })}></script>\n` +
      `<moongrad-demo${write(attributes)}>\n  ${own ? makeOwn(own) : makePicture(facts, choice, poster.stem, alt)}\n` +
      `  <a${write({ href: link, style })}>${title}</a>\n</moongrad-demo>`,
    frame: `<iframe${write(frame)}></iframe>\n<p><a${write({ href: link })}>${title}</a></p>`,
    markdown: `[![${text}](${own?.file ?? `${poster.stem}.png`})](${link})${label && `\n\n*${label}*`}`,
    link,
  };
};
