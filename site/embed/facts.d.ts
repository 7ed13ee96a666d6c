/** What there is to embed; facts.js is written by the build (builder/embeds.py). */
export type Facts = {
  file: string;
  title: string;
  /** What the picture shows. */
  alt: string;
  /** By name. */
  options: Record<string, string>;
  /** Options that have a picture of their own, and what they are called, by name. */
  presets: Record<string, Record<string, string>>;
  labels: Record<string, string>;
  /** How high the demo is in a frame as wide as the pictures. */
  height: number;
  heightWithoutOptions: number;
  /** Bytes of the picture. */
  poster: number;
};

export const facts: Record<string, Facts>;
/** Width and height of the pictures, in CSS pixels. */
export const size: [number, number];
/** Bytes over the wire: of the element's script, and of all that Python needs. */
export const script: number;
export const runtime: number;
