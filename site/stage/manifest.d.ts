/** What there is to download; manifest.js is written by the build (builder/assemble.py). */
export type File = {
  /** From the folder of the app, which is the one above this one. */
  address: string;
  /** As the browser gets to see them: unpacked, where the server sends them packed. */
  bytes: number;
  /** How much of that servers send, which pack WebAssembly. */
  sent: number;
  sha256: string;
};

export const manifest: {
  /** The folder of Pyodide and PyScript, from that of the app. */
  runtime: string;
  /** The Python packages without which no page works. */
  packages: string[];
  /** "engine" comes first, then "drawing"; the others are single packages, by name. */
  groups: Record<string, File[]> & { engine: File[]; drawing: File[] };
  /** Pyodide's lock; its addresses are also from the folder of the app. */
  lock: object;
};
