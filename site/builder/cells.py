"""
What cells need besides their scripts: the frame around the visitors' Python, with its
policy, and CodeMirror, which PyScript ships in chunks whose names change.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from builder.paths import NODE_MODULES, SITE
from builder.report import BuildError

LAB = SITE / "lab"
CHUNKS = NODE_MODULES / "@pyscript" / "core" / "dist"
FOLDER = "codemirror"
IMPORT = re.compile(r"""(?:from|import)\s*\(?["']\./([\w.-]+\.js)["']""")
ENTRIES = ["codemirror", "codemirror_lang-python", "codemirror_commands"]

# Scripts are the frame's own and, in the worker, WebAssembly; the worker is made of a
# blob. Nothing else is allowed, above all no request. Workers inherit this, and the
# policy of the page too, for the page writes the frame itself.
POLICY = "default-src 'none'; script-src {hash} 'wasm-unsafe-eval'; worker-src blob:"


def read_script() -> str:
    """Return the script of the frame."""
    return (LAB / "frame.js").read_text(encoding="utf-8")


def hash_script() -> str:
    """Return the source that lets policies allow the script of the frame."""
    digest = hashlib.sha256(read_script().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def write_frame(path: Path) -> None:
    """Write the document around the visitors' Python."""
    text = (LAB / "frame.html").read_text(encoding="utf-8")
    policy = POLICY.format(hash=hash_script())
    text = text.replace("{{ policy }}", policy).replace("{{ script }}", read_script())
    path.write_text(text, encoding="utf-8")


def find_chunks() -> dict[str, Path]:
    """Return CodeMirror's chunks and what they import, by their plain names."""
    files = set(CHUNKS.glob("*.js"))
    chunks: dict[str, Path] = {}
    waiting = [_find_one(files, name) for name in ENTRIES]
    while waiting:
        chunk = waiting.pop()
        if chunk in chunks.values():
            continue
        # What the bundler adds to a name has eight characters, and may have a hyphen.
        chunks[re.sub(r"-[\w-]{8}$", "", chunk.stem)] = chunk
        imported = IMPORT.findall(chunk.read_text(encoding="utf-8"))
        waiting += [CHUNKS / name for name in imported]
    return dict(sorted(chunks.items()))


def write_chunks(path: Path, runtime: str) -> None:
    """Write where the chunks are, from the folder of `path`, for editor.js."""
    places = {
        name: f"{runtime}{FOLDER}/{chunk.name}" for name, chunk in find_chunks().items()
    }
    text = json.dumps(places, indent=1)
    path.write_text(
        f"/** @type {{Record<string, string>}} */\nexport const chunks = {text};\n"
    )


def _find_one(files: set[Path], name: str) -> Path:
    found = [f for f in files if re.fullmatch(rf"{name}-[\w-]{{8}}", f.stem)]
    if len(found) != 1:
        raise BuildError(f"PyScript has {len(found)} chunks named {name}, not one")
    return found[0]
