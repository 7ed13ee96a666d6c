/** Which picture stands for a demo: snippets and the element (embed.js) agree on it. */

/**
 * Return the name of the picture: that of the preset with exactly these options, else the demo's.
 * @param {string} demo
 * @param {[string, Record<string, string>][]} presets names, and the options of each
 * @param {Record<string, string | null>} texts options that are given
 */
export const findCard = (demo, presets, texts) => {
  const write = (/** @type {object} */ options) => JSON.stringify(Object.entries(options).sort());
  const given = write(texts);
  const preset = presets.find(([, options]) => write(options) === given);
  return preset ? `${demo}-${preset[0]}` : demo;
};
