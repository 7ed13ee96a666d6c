// Lays out graphs with the Graphviz that pages use: JSON of DOT sources in, of SVGs out.
import { readFileSync } from "node:fs";

const [address] = process.argv.slice(2);
const { instance } = await import(address);
const graphviz = await instance();
const dots = JSON.parse(readFileSync(0, "utf8"));
const svgs = Object.entries(dots).map(([name, dot]) => [
  name,
  graphviz.renderString(dot, { format: "svg" }),
]);
process.stdout.write(JSON.stringify(Object.fromEntries(svgs)));
