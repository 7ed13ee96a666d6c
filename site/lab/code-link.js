/**
 * Code as text for a link: a letter for the version, the number of characters that follow, and the code,
 * compressed and in base64url. It is opened as somebody else's: read, and never run by itself.
 */
import { CarriedError } from "./carried.js";

const VERSION = "a";
export const MAX_CODE = 100_000; // characters
const MAX_BYTES = 4 * MAX_CODE; // in UTF-8
const MAX_TEXT = 2 * MAX_BYTES;

const TOO_LONG = `This link holds more code than fits: at most ${MAX_CODE.toLocaleString("en")} characters.`;
const CUT_OFF = "The code in this link is cut off: the end of the link is missing. Copy the whole link.";
const DAMAGED = "The code in this link is damaged: some letters have changed. Copy the whole link again.";

/** Return code as text for a link. @param {string} code */
export const packCode = async (code) => {
  if (code.length > MAX_CODE) {
    throw new CarriedError(
      `This code has ${code.length.toLocaleString("en")} characters, too many for a link. Save it as a file instead.`,
    );
  }
  const bytes = await pump(new TextEncoder().encode(code), new CompressionStream("deflate"), Infinity);
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const payload = text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return `${VERSION}${payload.length}.${payload}`;
};

/** Return the code that `packCode` made text of. @param {string} text */
export const unpackCode = async (text) => {
  const [, version, length, payload] = text.match(/^([a-z])(\d+)\.([\w-]*)$/) ?? [];
  if (version === undefined) {
    if (/^a\d*\.?$/.test(text)) throw new CarriedError(CUT_OFF);
    throw new CarriedError("There’s no code in this link that the lab has written.");
  }
  if (version !== VERSION) {
    throw new CarriedError("This link is from a later version of the lab. Reload the page, then open it again.");
  }
  if (payload.length > MAX_TEXT) throw new CarriedError(TOO_LONG);
  if (payload.length < Number(length)) throw new CarriedError(CUT_OFF);
  if (payload.length > Number(length)) throw new CarriedError(DAMAGED);
  /** @type {string} */
  let code;
  try {
    const packed = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const bytes = await pump(packed, new DecompressionStream("deflate"), MAX_BYTES);
    code = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw error instanceof CarriedError ? error : new CarriedError(DAMAGED);
  }
  if (code.length > MAX_CODE) throw new CarriedError(TOO_LONG);
  return code;
};

/**
 * Pass bytes through a stream; stop where more come out than there may be.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} stream
 * @param {number} limit
 */
const pump = async (bytes, stream, limit) => {
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes is heard of where they are read.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  /** @type {Uint8Array[]} */
  const parts = [];
  let n = 0;
  const reader = stream.readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    n += next.value.length;
    if (n > limit) {
      await reader.cancel();
      throw new CarriedError(TOO_LONG);
    }
  }
  const all = new Uint8Array(n);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
