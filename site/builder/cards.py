"""
The pictures that stand for a demo on other people's pages, drawn at build time.

One for each demo and each of its presets, light and dark, after a full run: WebP to be
shown, once more for narrow columns, with the figures below each other; SVG to be
printed; and PNG for those who make previews of links.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, PathPatch, Polygon
from matplotlib.path import Path as Outline
from PIL import Image

from builder.cache import find_or_make, read_drawing_code
from builder.catalog import (
    CARD_HEIGHT,
    CARD_RATIO,
    CARD_WIDTH,
    EMBEDDED,
    NARROW_HEIGHTS,
    NARROW_RATIO,
    NARROW_WIDTH,
    Preset,
)
from builder.diagrams import Graphviz
from builder.vectors import pack_svg

if TYPE_CHECKING:
    from moongrad.plot import Theme

LARGEST = 30_000  # bytes of a picture
SHADES = 100  # dots an inch of the colours in an SVG file; lines and text have none
PLAIN = Preset("", "", {})


def draw_cards(
    target: Path, cache: Path, note: Callable[[str], None], graphviz: Graphviz
) -> dict[str, str]:
    """
    Draw the cards of every demo; return what they show, in words, by name.

    Kept in `cache` under a hash of all that they are drawn from.
    """

    def draw(folder: Path) -> None:
        labels = {}
        for name, page, preset in list_cards():
            note(name)
            labels[name] = _draw_card(folder / name, page, preset, graphviz)
        (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")

    code = read_drawing_code(
        "catalog.py", "cards.py", "vectors.py", "diagrams.py", "diagrams.mjs"
    )
    folder, _ = find_or_make(cache, [graphviz.version.encode(), *code], draw)
    target.mkdir(parents=True)
    for file in folder.iterdir():
        if file.suffix != ".json":
            shutil.copyfile(file, target / file.name)
    return json.loads((folder / "labels.json").read_text(encoding="utf-8"))


def list_cards() -> Iterator[tuple[str, Any, Preset]]:
    """Yield the name of each card, its page's module and its preset."""
    for page in EMBEDDED:
        module = importlib.import_module(f"pages.{page.demo}")
        for preset in (PLAIN, *page.presets):
            suffix = f"-{preset.name}" if preset.name else ""
            yield f"{page.demo}{suffix}", module, preset


def _draw_card(path: Path, page: Any, preset: Preset, graphviz: Graphviz) -> str:
    """Draw one card in all its forms; return what it shows, in words."""
    from moongrad.plot import THEMES

    texts, notices = page.OPTIONS.replace_invalid(preset.texts)
    if notices:
        raise ValueError(f"preset {preset.name}: {notices}")
    demo = page.Demo(page.OPTIONS.read(texts))
    dots = {name: demo.diagram(name) for name in getattr(page, "DIAGRAMS", ())}
    demo.finish()
    for theme_name, theme in THEMES.items():
        figure, label = _compose(page, demo, theme, dots, graphviz)
        stem = f"{path}-{theme_name}"
        image = _rasterize(figure)
        _write_webp(Path(f"{stem}.webp"), image)
        narrow = _compose_narrow(page, demo, theme, dots, graphviz)
        _write_webp(Path(f"{path}-narrow-{theme_name}.webp"), narrow)
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
            file = StringIO()
            figure.savefig(file, format="svg", dpi=SHADES, metadata=metadata)
        Path(f"{stem}.svg").write_text(pack_svg(file.getvalue()), encoding="utf-8")
    return label


def _rasterize(figure: Figure) -> Image.Image:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    size = canvas.get_width_height(physical=True)
    image = Image.frombuffer("RGBA", size, bytes(canvas.buffer_rgba()))
    return image.convert("RGB")


def _write_webp(path: Path, image: Image.Image) -> None:
    def save(file: Path, quality: int) -> None:
        image.save(file, quality=quality, method=6)

    _write_smallest(path, (80, 70, 60, 50, 40, 30), save)


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
    page: Any, demo: Any, theme: Theme, dots: Mapping[str, str], graphviz: Graphviz
) -> tuple[Figure, str]:
    """Draw the figures of a card side by side; return also what they show, in words."""
    from moongrad.plot import add_axes, new_figure

    figure = new_figure(CARD_WIDTH, CARD_HEIGHT, CARD_RATIO, theme)
    labels = []
    for k, name in enumerate(page.CARD):
        if name in dots:
            axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
            draw_diagram(axes, graphviz.lay_out({name: dots[name]})[name], theme)
            labels.append(demo.marks(name)["label"])
            continue
        axes = add_axes(figure, k, len(page.CARD))
        labels.append(_plot(demo, name, axes, theme))
    return figure, " ".join(labels)


def _compose_narrow(
    page: Any, demo: Any, theme: Theme, dots: Mapping[str, str], graphviz: Graphviz
) -> Image.Image:
    """Draw the figures of a card one below the other, each as the demo draws it."""
    from moongrad.plot import add_axes, new_figure

    images = []
    heights = NARROW_HEIGHTS[len(page.CARD)]
    for name, height in zip(page.CARD, heights, strict=True):
        figure = new_figure(NARROW_WIDTH, height, NARROW_RATIO, theme)
        if name in dots:
            axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
            draw_diagram(axes, graphviz.lay_out({name: dots[name]})[name], theme)
        else:
            _plot(demo, name, add_axes(figure), theme)
        images.append(_rasterize(figure))
    whole = Image.new("RGB", (images[0].width, sum(i.height for i in images)))
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    return whole


def _plot(demo: Any, name: str, axes: Any, theme: Theme) -> str:
    """Draw one figure of a demo on axes; return what it shows, in words."""
    plot = demo.make_plot(name, axes, theme)
    demo.update_plot(name, plot)
    return plot.describe()


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
