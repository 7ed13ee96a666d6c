"""Renders the HTML pages with Jinja2."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from builder import offline
from builder.catalog import (
    CARD_HEIGHT,
    CARD_RATIO,
    CARD_WIDTH,
    CHAPTERS,
    EMBEDDED,
    PAGES,
    Page,
)
from builder.cells import hash_script
from builder.diagrams import Graphviz
from builder.listing import colour, show_code, show_module
from builder.paths import ENGINE, SITE

# Nothing from elsewhere, ever. PyScript needs 'unsafe-eval', and starts its worker from
# a blob.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; "
    "font-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "connect-src 'self' blob:; "
    "manifest-src 'self'; frame-src 'self'"
)

# What pages load, by patterns in site/; the rest of these folders goes elsewhere.
COPIED = ["shell/*.css", "shell/*.svg", "shell/*.js", "stage/*.js", "stage/*.mjs"]
COPIED += ["embed/*.js", "workbench/*.js", "lab/*.js", "lab/*.mjs", "lab/*.css"]
NOT_COPIED = [
    "shell/service-worker.js",
    "shell/kept.js",
    "embed/embed.js",
    "lab/frame.js",
]
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
    kept_back = {SITE / name for name in NOT_COPIED}
    for pattern in COPIED:
        for source in set(SITE.glob(pattern)) - kept_back:
            path = app / source.relative_to(SITE)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)


def render(
    target: Path,
    version: str,
    places: Mapping[str, str],
    first: Sequence[str],
    graphviz: Graphviz,
    home: str,
    facts: Mapping[str, Mapping[str, Any]],
) -> int:
    """
    Write every page, and what makes an app of the site; return how many pages.

    `places` are the addresses of the folders `app` and `runtime`, from `target`;
    `first` are those of the files that Python needs first; `graphviz` lays out their
    diagrams; `home` is where the site will be, for those who make previews of links, or
    "" where nobody knows; `facts` are the variables of single pages, by file.
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
        "engine_lines": count_lines(ENGINE / "engine.py"),
        "card": {
            "width": CARD_WIDTH,
            "height": CARD_HEIGHT,
            "pixels": (round(CARD_WIDTH * CARD_RATIO), round(CARD_HEIGHT * CARD_RATIO)),
        },
        "chapters": CHAPTERS,
        "code": show_code,
        "embedded": EMBEDDED,
        "example": colour(EXAMPLE),
        "first": first,
        "home": home,
        "source": lambda name: (SITE / "embed" / name).read_text(encoding="utf-8"),
        "module": show_module,
        "pages": [page for page in PAGES if page.is_in_menu],
        "pyscript": sorted(file.name for file in pyscript.iterdir()),
        "stage_modules": sorted(
            file.name
            for file in (target / places["app"] / "stage").glob("*.js")
            if file.name not in ("stage.js", "exercises.js")
        ),
        "version": version,
        "zip": offline.ZIP,
        **places,
    }
    for page in PAGES:
        template = environment.get_template(page.file)
        variables = {**_demo_facts(page, graphviz), **facts.get(page.file, {})}
        policy = CONTENT_SECURITY_POLICY
        if page.has_cells:
            policy = policy.replace("script-src", f"script-src {hash_script()}")
        variables["content_security_policy"] = policy
        text = template.render(current=page, **variables)
        (target / page.file).write_text(text + "\n", encoding="utf-8")
    text = environment.get_template(WEB_MANIFEST).render()
    (target / WEB_MANIFEST).write_text(text + "\n", encoding="utf-8")
    return len(PAGES)


def count_lines(path: Path) -> int:
    """Return how many lines of a Python file are neither blank nor comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _demo_facts(page: Page, graphviz: Graphviz) -> dict[str, Any]:
    """Return what the page shows before its Python has started."""
    if not page.demo:
        return {}
    module = importlib.import_module(f"pages.{page.demo}")
    demo = module.Demo(module.OPTIONS.read({}))
    names = getattr(module, "DIAGRAMS", ())
    dots = {name: demo.diagram(name) for name in names}
    while names and not demo.is_done:  # its labels tell of a finished run, too
        demo.step()
    return {
        "demo": module,
        "options": module.OPTIONS,
        "outputs": demo.outputs(),
        "tables": demo.tables(),
        "diagrams": graphviz.lay_out(dots) if dots else {},
        "labels": {name: demo.marks(name)["label"] for name in names},
    }
