/**
 * node bytecode.mjs PYODIDE JOBS: runs bytecode.py in Pyodide itself, whose bytecode no other
 * Python writes. PYODIDE is the folder of its npm package, JOBS a file that bytecode.py reads.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, jobs] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
// Without the columns of each instruction, which only fill tracebacks with carets.
const env = { HOME: "/home/pyodide", PYTHONNODEBUGRANGES: "1" };
const python = await loadPyodide({ indexURL: folder, env });
python.FS.mkdirTree("/work");
python.FS.mount(python.FS.filesystems.NODEFS, { root: dirname(jobs) }, "/work");
python.FS.chdir("/work");
const script = readFileSync(new URL("bytecode.py", import.meta.url), "utf8");
try {
  python.runPython(script, { globals: python.toPy({ JOBS: readFileSync(jobs, "utf8") }) });
} catch (error) {
  console.error(error.message); // Node would print the whole of Pyodide's source with it
  process.exitCode = 1;
}
