"""The contents of dist/, for tests that read it or run its Python without a page."""

from __future__ import annotations

import json
from pathlib import Path

from builder.paths import DIST


def folder(kind: str) -> Path:
    """Return the folder of the kind `app` or `runtime`."""
    (found,) = (DIST / kind).iterdir()
    return found


def manifest() -> dict:
    """Return the manifest that pages read, as a dict."""
    text = (folder("app") / "stage" / "manifest.js").read_text()
    return json.loads(text.removeprefix("export const manifest = ").rstrip(";\n"))


def python(site: str, packages: list[str]) -> list:
    """Return the address of pyodide.mjs and the options for `loadPyodide`."""
    pyodide = f"{site}runtime/{folder('runtime').name}/pyodide/"
    options = {
        "lockFileContents": json.dumps(manifest()["lock"]),
        "packageBaseUrl": f"{site}app/{folder('app').name}/",
        "packages": packages,
    }
    return [f"{pyodide}pyodide.mjs", options]
