/** The table of every step in numbers, and the news of each for other scripts. */
import { main } from "./dom.js";

/** @typedef {{ first: number, fields: string[], rows: unknown[][] }} Records */

const table = /** @type {HTMLTableElement | null} */ (main.querySelector("table[data-records]"));
const body = table?.tBodies[0];
const headings = [...(table?.querySelectorAll("th") ?? [])].map(({ dataset }) => dataset);
let shownRun = 0;

/** An exact number, shown rounded; words as they are. @param {unknown} value @param {DOMStringMap} heading */
const write = (value, { digits, precision }) => {
  if (typeof value !== "number") return String(value ?? "–");
  if (digits) return value.toFixed(Number(digits));
  return precision ? value.toPrecision(Number(precision)) : String(value);
};

/** @param {Record<string, unknown>} record */
const addRow = (record) => {
  const row = /** @type {HTMLTableSectionElement} */ (body).insertRow();
  for (const heading of headings) {
    const value = record[heading.field ?? ""];
    const data = document.createElement("data");
    data.value = String(value);
    data.textContent = write(value, heading);
    row.insertCell().append(data);
  }
};

/**
 * Show the records of a run: add what is new, drop what has been taken back.
 * @param {Records} records @param {number} run @param {number} nRecords
 */
export const showRecords = ({ first, fields, rows }, run, nRecords) => {
  if (run !== shownRun) body?.replaceChildren();
  shownRun = run;
  while (body && body.rows.length > Math.min(nRecords, rows.length ? first : nRecords)) body.deleteRow(-1);
  for (const row of rows) {
    const record = Object.fromEntries(fields.map((field, k) => [field, row[k]]));
    if (body) addRow(record);
    dispatchEvent(new CustomEvent("moongrad:step", { detail: record }));
  }
};
