"""
The pictures that stand for a demo on other people's pages, drawn at build time.

One for each demo and each of its presets, light and dark, after a full run: WebP to be
shown, SVG to be printed, and PNG for those who make previews of links.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, PathPatch, Polygon
from matplotlib.path import Path as Outline
from PIL import Image

from builder.pages import EMBEDDED, ENGINE, SITE
from stage.demo import Preset

if TYPE_CHECKING:
    from moongrad.plot import Theme

WIDTH, HEIGHT = 720, 400  # CSS pixels
RATIO = 1.5  # image pixels in each
LARGEST = 30_000  # bytes of a picture
PLAIN = Preset("", "", {})

LayOut = Callable[[Mapping[str, str]], dict[str, str]]


def draw_cards(
    target: Path, cache: Path, note: Callable[[str], None], lay_out: LayOut
) -> dict[str, str]:
    """
    Draw the cards of every demo; return what they show, in words, by name.

    Kept in `cache` under a hash of all the code they come from.
    """
    code = [*ENGINE.rglob("*.py"), *(SITE / "pages").glob("*.py"), Path(__file__)]
    code += [*(SITE / "stage").glob("*.py"), *(SITE / "figures").glob("*.py")]
    contents = [path.read_bytes() for path in sorted(code)]
    parts = [matplotlib.__version__.encode(), *contents]
    folder = cache / hashlib.sha256(b"".join(parts)).hexdigest()[:16]
    if not folder.exists():
        drawing = folder.with_suffix(".part")
        shutil.rmtree(drawing, ignore_errors=True)
        drawing.mkdir(parents=True)
        labels = {}
        for name, page, preset in list_cards():
            note(name)
            labels[name] = _draw_card(drawing / name, page, preset, lay_out)
        (drawing / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
        drawing.rename(folder)
    target.mkdir(parents=True)
    for file in folder.iterdir():
        if file.suffix != ".json":
            shutil.copyfile(file, target / file.name)
    return json.loads((folder / "labels.json").read_text(encoding="utf-8"))


def list_cards() -> Iterator[tuple[str, Any, Preset]]:
    """Yield the name of each card, its page's module and its preset."""
    for page in EMBEDDED:
        module = importlib.import_module(f"pages.{page.demo}")
        for preset in (PLAIN, *module.PRESETS):
            suffix = f"-{preset.name}" if preset.name else ""
            yield f"{page.demo}{suffix}", module, preset


def _draw_card(path: Path, page: Any, preset: Preset, lay_out: LayOut) -> str:
    """Draw one card in all its forms; return what it shows, in words."""
    from moongrad.plot import THEMES

    texts, notices = page.OPTIONS.mend(preset.texts)
    if notices:
        raise ValueError(f"preset {preset.name}: {notices}")
    demo = page.Demo(page.OPTIONS.read(texts))
    dots = {name: demo.diagram(name) for name in getattr(page, "DIAGRAMS", ())}
    while not demo.is_done:
        demo.step()
    for theme_name, theme in THEMES.items():
        figure, label = _compose(page, demo, theme, dots, lay_out)
        stem = f"{path}-{theme_name}"
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        size = canvas.get_width_height(physical=True)
        image = Image.frombuffer("RGBA", size, bytes(canvas.buffer_rgba()))
        image = image.convert("RGB")
        _write_smallest(
            Path(f"{stem}.webp"),
            (80, 70, 60, 50, 40, 30),
            lambda file, q, image=image: image.save(file, quality=q, method=6),
        )
        if theme_name == "light":  # previews of links know no other
            _write_smallest(
                Path(f"{path}.png"),
                (96, 64, 48, 32, 24, 16),
                lambda file, n, image=image: _reduce(image, n).save(
                    file, optimize=True
                ),
            )
        # No date and no version of matplotlib: the same bytes at every build.
        metadata = {"Date": None, "Creator": None}
        settings = {"svg.hashsalt": path.name, "svg.fonttype": "none"}
        with matplotlib.rc_context(settings):
            figure.savefig(f"{stem}.svg", metadata=metadata)
    return label


def _write_smallest(
    path: Path, settings: Sequence[int], write: Callable[[Path, int], None]
) -> None:
    """Write a picture as well as it can be, with as many bytes as it may have."""
    for setting in settings:
        write(path, setting)
        if path.stat().st_size <= LARGEST:
            return
    raise ValueError(f"{path.name} has {path.stat().st_size} bytes")


def _reduce(image: Image.Image, n_colors: int) -> Image.Image:
    # Maximum coverage keeps rare colours: those of the points.
    return image.quantize(
        n_colors, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )


def _compose(
    page: Any, demo: Any, theme: Theme, dots: Mapping[str, str], lay_out: LayOut
) -> tuple[Figure, str]:
    from moongrad.plot import add_axes, new_figure

    figure = new_figure(WIDTH, HEIGHT, RATIO, theme)
    labels = []
    for k, name in enumerate(page.CARD):
        if name in dots:
            axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
            draw_diagram(axes, lay_out({name: dots[name]})[name], theme)
            labels.append(demo.marks(name)["label"])
            continue
        axes = add_axes(figure, k, len(page.CARD))
        plot = demo.make_plot(name, axes, theme)
        demo.update_plot(name, plot)
        labels.append(plot.describe())
    return figure, " ".join(labels)


def draw_diagram(axes: Any, svg: str, theme: Theme) -> None:
    """Draw on axes what Graphviz has laid out."""
    namespace = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(svg)
    graph = root.find(f"{namespace}g")
    _, _, width, height = (float(n) for n in root.attrib["viewBox"].split())
    margin = 4  # Graphviz's; its origin is at the lower left within it, y grows down
    axes.set(xlim=(-margin, width - margin), ylim=(margin, margin - height))
    axes.set_aspect("equal")
    axes.set_axis_off()
    points = axes.figure.get_size_inches() * 72  # the unit of text
    scale = 0.82 * min(points[0] / width, points[1] / height)  # our font is wider
    look = {"edgecolor": theme.text, "facecolor": "none", "linewidth": 0.8}
    for group in graph.findall(f"{namespace}g"):
        is_edge = group.attrib["class"] == "edge"
        for shape in group:
            tag, values = shape.tag.removeprefix(namespace), shape.attrib
            if tag == "polygon":
                fill = {"facecolor": theme.text} if is_edge else {}
                axes.add_patch(Polygon(_pairs(values["points"]), **look | fill))
            elif tag == "polyline":
                axes.plot(*zip(*_pairs(values["points"]), strict=True), **_line(theme))
            elif tag == "ellipse":
                centre = float(values["cx"]), float(values["cy"])
                size = 2 * float(values["rx"]), 2 * float(values["ry"])
                axes.add_patch(Ellipse(centre, *size, **look))
            elif tag == "path":
                corners = _pairs(values["d"])
                codes = [Outline.MOVETO, *[Outline.CURVE4] * (len(corners) - 1)]
                axes.add_patch(PathPatch(Outline(corners, codes), **look))
            elif tag == "text" and not is_edge:
                anchors = {"start": "left", "middle": "center", "end": "right"}
                axes.text(
                    *(float(values["x"]), float(values["y"]), shape.text),
                    ha=anchors[values.get("text-anchor", "start")],
                    fontsize=float(values["font-size"]) * scale,
                    color=theme.text,
                )


def _line(theme: Theme) -> dict[str, Any]:
    return {"color": theme.text, "linewidth": 0.8}


def _pairs(text: str) -> list[tuple[float, float]]:
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
