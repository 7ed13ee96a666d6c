"""Renders the HTML pages with Jinja2, and draws their posters with matplotlib."""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
from PIL import Image

SITE = Path(__file__).resolve().parents[1]
ENGINE = SITE.parent / "engine" / "moongrad"

# Nothing from elsewhere, ever. PyScript needs 'unsafe-eval', and starts its worker from
# a blob.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' blob:"
)
PAGES = [
    {"file": "index.html", "name": "Start"},
    {"file": "moons.html", "name": "Moons"},
    {"file": "speed.html", "name": "Speed"},
]
COPIED = ["shell/style.css", "shell/early.js", "shell/icon.svg"]
COPIED += ["stage/stage.js", "stage/stage.py", "stage/options.py", "stage/__init__.py"]
POSTER_RATIO = 2  # image pixels per CSS pixel
POSTER_COLORS = 256  # looks the same, at a third of the bytes

EXAMPLE = """\
from moongrad import Value

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
loss = (a * b + 10) ** 2
loss.backward()

loss.data, a.grad, b.grad
# (16.0, -24.0, 16.0)"""


def render(target: Path, version: str) -> int:
    """Write every page, and the files that pages refer to; return how many pages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([SITE / "pages", SITE / "shell"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for page in PAGES:
        text = environment.get_template(page["file"]).render(
            content_security_policy=CONTENT_SECURITY_POLICY,
            current=page["file"],
            engine_lines=count_lines(ENGINE / "engine.py"),
            example=EXAMPLE,
            pages=PAGES,
            version=version,
            **_demo_facts(page["file"]),
        )
        (target / page["file"]).write_text(text + "\n", encoding="utf-8")
    for name in [*COPIED, *(f"pages/{demo}.py" for demo in demos())]:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SITE / name, path)
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


def draw_posters(
    target: Path, cache: Path, note: Callable[[str], None]
) -> tuple[int, int]:
    """
    Draw each figure of each demo as it looks after a full run, light and dark.

    Kept in `cache` under a hash of all the code they come from; `note` is told how far
    it is. Returns how many there are and how many had to be drawn.
    """
    from moongrad.plot import THEMES

    target.mkdir(parents=True)
    code = [*ENGINE.rglob("*.py"), *(SITE / "pages").glob("*.py"), Path(__file__)]
    code += (SITE / "stage").glob("*.py")
    contents = [path.read_bytes() for path in sorted(code)]
    digest = hashlib.sha256(
        b"".join([matplotlib.__version__.encode(), *contents])
    ).hexdigest()
    folder = cache / digest[:16]
    n_drawn = 0
    if not folder.exists():
        drawing = folder.with_suffix(".part")
        shutil.rmtree(drawing, ignore_errors=True)
        drawing.mkdir(parents=True)
        for name in demos():
            page = importlib.import_module(f"pages.{name}")
            demo = page.Demo(page.OPTIONS.read({}))
            while not demo.is_done:
                note(f"{name}, step {demo.step().step + 1} of {demo.length}")
            for theme_name, theme in THEMES.items():
                for figure in page.FIGURES:
                    path = drawing / f"{name}-{figure}-{theme_name}.png"
                    _draw_poster(demo, figure, theme).save(path, optimize=True)
                    n_drawn += 1
        drawing.rename(folder)
    posters = sorted(folder.glob("*.png"))
    for poster in posters:
        shutil.copyfile(poster, target / poster.name)
    return len(posters), n_drawn


def _draw_poster(demo: Any, figure: str, theme: Any) -> Image.Image:
    from moongrad.plot import Picture

    picture = Picture(
        lambda axes: demo.make_plot(figure, axes, theme),
        ratio=POSTER_RATIO,
        theme=theme,
    )
    demo.update_plot(figure, picture.plot)
    width, height, pixels = picture.render()
    image = Image.frombuffer("RGBA", (width, height), bytes(pixels)).convert("RGB")
    # Maximum coverage keeps rare colours: those of the points.
    return image.quantize(
        POSTER_COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
