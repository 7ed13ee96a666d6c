/** What there is to embed; facts.js is written by the build (builder/embeds.py). */
export type Facts = {
  file: string;
  title: string;
  /** What the picture shows. */
  alt: string;
  /** By name. */
  options: Record<string, string>;
  presets: Record<string, { label: string; texts: Record<string, string> }>;
  /** Widths of the frame, and how high the demo is there, with its options and without. */
  heights: [number, number, number][];
  /** Bytes of the picture. */
  poster: number;
};

export const facts: Record<string, Facts>;
/** Width and height of the pictures, in CSS pixels. */
export const size: [number, number];
/** Bytes over the wire: of the element's script, and of all that Python needs. */
export const script: number;
export const runtime: number;
