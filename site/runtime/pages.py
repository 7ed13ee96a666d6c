"""Renders the HTML pages with Jinja2."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from runtime import offline

SITE = Path(__file__).resolve().parents[1]
ENGINE = SITE.parent / "engine" / "moongrad"

# Nothing from elsewhere, ever. PyScript needs 'unsafe-eval', and starts its worker from
# a blob.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' blob:; "
    "manifest-src 'self'"
)
PAGES = [
    {"file": "index.html", "name": "Start"},
    {"file": "moons.html", "name": "Moons"},
    {"file": "speed.html", "name": "Speed"},
]
COPIED = ["shell/style.css", "shell/early.js", "shell/offline.js", "shell/icon.svg"]
COPIED += ["stage/stage.js", "stage/downloads.js", "stage/interpreter.mjs"]
WEB_MANIFEST = "site.webmanifest"

EXAMPLE = """\
from moongrad import Value

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
loss = (a * b + 10) ** 2
loss.backward()

loss.data, a.grad, b.grad
# (16.0, -24.0, 16.0)"""


def copy_files(app: Path) -> None:
    """Copy the scripts and the style that pages refer to."""
    for name in COPIED:
        path = app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SITE / name, path)


def render(
    target: Path, version: str, places: Mapping[str, str], first: Sequence[str]
) -> int:
    """
    Write every page, and what makes an app of the site; return how many pages.

    `places` are the addresses of the folders `app` and `runtime`, from `target`;
    `first` are those of the files that Python needs first.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([SITE / "pages", SITE / "shell"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pyscript = target / places["runtime"] / "pyscript"
    environment.globals |= {
        "content_security_policy": CONTENT_SECURITY_POLICY,
        "engine_lines": count_lines(ENGINE / "engine.py"),
        "example": EXAMPLE,
        "first": first,
        "pages": PAGES,
        "pyscript": sorted(file.name for file in pyscript.iterdir()),
        "version": version,
        "zip": offline.ZIP,
        **places,
    }
    for page in PAGES:
        text = environment.get_template(page["file"]).render(
            current=page["file"], **_demo_facts(page["file"])
        )
        (target / page["file"]).write_text(text + "\n", encoding="utf-8")
    text = environment.get_template(WEB_MANIFEST).render()
    (target / WEB_MANIFEST).write_text(text + "\n", encoding="utf-8")
    return len(PAGES)


def count_lines(path: Path) -> int:
    """Return how many lines of a Python file are neither blank nor comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def demos() -> Iterable[str]:
    """Return the names of the pages that have a demo."""
    return [path.stem for path in sorted((SITE / "pages").glob("*.py"))]


def _demo_facts(file: str) -> dict[str, Any]:
    name = Path(file).stem
    if name not in demos():
        return {}
    page = importlib.import_module(f"pages.{name}")
    demo = page.Demo(page.OPTIONS.read({}))
    return {"options": list(page.OPTIONS), **demo.outputs()}
