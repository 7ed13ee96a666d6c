/** What stands beside python.mjs in the worker's one script (sandbox.js joins them). */
export {};
declare global {
  function loadPyodide(options: object): Promise<any>;
  function _createPyodideModule(options: object): Promise<any>;
}
