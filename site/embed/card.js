/** Which picture stands for a demo: snippets and the element (embed.js) agree on it. */

/**
 * Return the name of the picture: that of the preset with exactly these options, else the demo's.
 * @param {string} demo
 * @param {Record<string, Record<string, string>>} presets options, by the preset's name
 * @param {Record<string, string | null>} texts options that are given
 */
export const findCard = (demo, presets, texts) => {
  const write = (/** @type {object} */ options) => JSON.stringify(Object.entries(options).sort());
  const given = write(texts);
  const preset = Object.keys(presets).find((name) => write(presets[name]) === given);
  return preset ? `${demo}-${preset}` : demo;
};
