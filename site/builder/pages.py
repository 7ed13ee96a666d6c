"""Renders the HTML pages with Jinja2."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from builder import offline
from builder.listing import colour, show_code

SITE = Path(__file__).resolve().parents[1]
ENGINE = SITE.parent / "engine" / "moongrad"

# Nothing from elsewhere, ever. PyScript needs 'unsafe-eval', and starts its worker from
# a blob.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' blob:; "
    "manifest-src 'self'; frame-src 'self'"
)


@dataclass(frozen=True)
class Page:
    """
    One HTML page.

    `demo` is the module in pages/ that it runs, `chapter` counts from 1, `title` is
    that of the demo where it is embedded.
    """

    file: str
    name: str
    demo: str = ""
    chapter: int = 0
    about: str = ""
    title: str = ""


PAGES = [
    Page("index.html", "Start", "moons"),
    Page(
        "slope.html",
        "Slope",
        "slope",
        1,
        "What a derivative is: nudge, and look.",
        "The slope of a function",
    ),
    Page(
        "graph.html",
        "Graph",
        "graph",
        2,
        "The chain rule, walked backwards one edge at a time.",
        "A backward pass, step by step",
    ),
    Page(
        "neuron.html",
        "Neuron",
        "neuron",
        3,
        "Weights, a bias and an activation.",
        "A neuron and its gradients",
    ),
    Page(
        "examples.html",
        "Four examples",
        "examples",
        4,
        "A network of 41 numbers, and the loop that teaches it.",
        "A network learns four examples",
    ),
    Page(
        "regression.html",
        "Regression",
        "regression",
        5,
        "Not which class, but how much.",
        "A network learns a formula",
    ),
    Page(
        "moons.html",
        "Moons",
        "moons",
        6,
        "A boundary that bends, live.",
        "A network learns two moons",
    ),
    Page("speed.html", "Speed", "speed", title="The speed of three engines"),
    Page("embed.html", "Embed"),
]
CHAPTERS = [page for page in PAGES if page.chapter]
EMBEDDED = [page for page in PAGES if page.title]
COPIED = ["shell/style.css", "shell/early.js", "shell/offline.js", "shell/icon.svg"]
COPIED += ["stage/stage.js", "stage/downloads.js", "stage/interpreter.mjs"]
COPIED += ["stage/addresses.js"]
COPIED += [
    "stage/diagram.js",
    "stage/exercises.js",
    "shell/snippet.js",
    "shell/copy.js",
]
COPIED += ["embed/frame.js", "embed/share.js", "embed/snippets.js", "embed/choose.js"]
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
    target: Path,
    version: str,
    places: Mapping[str, str],
    first: Sequence[str],
    lay_out: Callable[[Mapping[str, str]], dict[str, str]],
    home: str,
) -> int:
    """
    Write every page, and what makes an app of the site; return how many pages.

    `places` are the addresses of the folders `app` and `runtime`, from `target`;
    `first` are those of the files that Python needs first; `lay_out` turns DOT sources
    into SVG; `home` is where the site will be, for those who make previews of links.
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
        "chapters": CHAPTERS,
        "code": show_code,
        "embedded": EMBEDDED,
        "example": colour(EXAMPLE),
        "first": first,
        "home": home,
        "pages": PAGES,
        "pyscript": sorted(file.name for file in pyscript.iterdir()),
        "version": version,
        "zip": offline.ZIP,
        **places,
    }
    for page in PAGES:
        template = environment.get_template(page.file)
        text = template.render(current=page, **_demo_facts(page, lay_out))
        (target / page.file).write_text(text + "\n", encoding="utf-8")
    text = environment.get_template(WEB_MANIFEST).render()
    (target / WEB_MANIFEST).write_text(text + "\n", encoding="utf-8")
    return len(PAGES)


def count_lines(path: Path) -> int:
    """Return how many lines of a Python file are neither blank nor comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def demos() -> Iterable[str]:
    """Return the names of the modules in pages/ that are demos."""
    return sorted({page.demo for page in PAGES if page.demo})


def _demo_facts(
    page: Page, lay_out: Callable[[Mapping[str, str]], dict[str, str]]
) -> dict[str, Any]:
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
        "diagrams": lay_out(dots) if dots else {},
        "labels": {name: demo.marks(name)["label"] for name in names},
    }
