/** Where CodeMirror is, from the folder of this file; chunks.js is written by the build (builder/cells.py). */
export const chunks: Record<string, string>;
