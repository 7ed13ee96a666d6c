/** What there is to embed; facts.js is written by the build (builder/embeds.py). */
export type Field = {
  name: string;
  label: string;
  /** Values and labels to choose from; none where anything may be typed. */
  choices: [string, string][];
  /** Of the input. */
  attributes: Record<string, string>;
};
export type Facts = {
  file: string;
  title: string;
  /** What the picture of each preset shows, "" for that without a preset. */
  alts: Record<string, string>;
  /** Names of the figures in the picture, and of all that can be shown. */
  card: string[];
  figures: string[];
  /** Of its addresses; 0 where they have none. */
  version: number;
  /** Default and label, by name. */
  options: Record<string, [string, string]>;
  /** Options that have a picture of their own, and what they are called, by name. */
  presets: Record<string, Record<string, string>>;
  labels: Record<string, string>;
  /** The options that the page Embed offers first. */
  fields: Field[];
  /** Bytes of the picture. */
  poster: number;
};

export const facts: Record<string, Facts>;
/** Width and height of the pictures, in CSS pixels. */
export const wide: [number, number];
/** The same for narrow columns, by the number of figures. */
export const narrow: Record<number, [number, number]>;
/** Columns narrower than this are narrow. */
export const limit: number;
/** The height of the bar below the figures. */
export const bar: number;
/** The height of a frame as wide as the pictures. */
export const height: number;
/** Bytes over the wire: of the element's script, and of all that Python needs. */
export const script: number;
export const runtime: number;
