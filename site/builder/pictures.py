"""The pictures of the site that are drawn when it is built, by matplotlib."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from PIL import Image

from builder.cache import find_or_make, read_drawing_code
from builder.catalog import DEMOS

POSTER_COLORS = 256  # looks the same, at a third of the bytes
ICONS = {  # file: pixels, share of them that the moons take, background
    "icon-192.png": (192, 1.0, "none"),
    "icon-512.png": (512, 1.0, "none"),
    "icon-maskable.png": (512, 0.7, "white"),  # systems cut it to a shape of theirs
    "icon-apple.png": (180, 0.8, "white"),
}


@dataclass(frozen=True)
class Format:
    """Size in CSS pixels, image pixels for each, and how the poster is packed."""

    width: int = 480
    height: int = 384
    ratio: float = 2
    packing: Mapping[str, Any] = field(
        default_factory=lambda: {"lossless": True, "quality": 100, "method": 4}
    )


# Hundreds of thin lines across each other are best packed as a photograph is.
PHOTOGRAPH = {"quality": 45, "method": 6}
NETWORK = Format(1040, 520, 1, PHOTOGRAPH)
NARROW = Format(360, 360, 2, PHOTOGRAPH)  # on a phone
NARROW_MAPS = Format(360, 540, 2, PHOTOGRAPH)  # with the large map below the network
SMALL = Format(240, 192, 1.5, {"quality": 60, "method": 6})  # of a gallery
HAVE_MAPS = ("moons",)


def list_formats(page: Any, demo: str, figure: str) -> dict[str, Format]:
    """
    Return the formats of a figure's posters, by what their files' names end with.

    A page may say by `POSTERS` how large its figures are.
    """
    sizes = getattr(page, "POSTERS", {})
    if figure in sizes:
        is_network = figure == "network"
        more = (1, PHOTOGRAPH) if is_network else ()
        return {"": Format(*sizes[figure], *more)}
    if figure != "network":
        return {"": Format()}
    return {"": NETWORK, "-narrow": NARROW_MAPS if demo in HAVE_MAPS else NARROW}


def draw_icons(target: Path) -> None:
    """Draw what icon.svg shows, for systems that want pixels."""
    for name, (pixels, share, background) in ICONS.items():
        figure = Figure(figsize=(1, 1), dpi=pixels, facecolor=background)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        margin = 16 / share
        axes.set(xlim=(16 - margin, 16 + margin), ylim=(16 + margin, 16 - margin))
        axes.set_axis_off()
        axes.add_patch(Wedge((12, 19), 9, 180, 360, width=4.5, color="#0072b2", lw=0))
        axes.add_patch(Wedge((20, 13), 9, 0, 180, width=4.5, color="#d55e00", lw=0))
        # No date and no version of matplotlib: the same bytes at every build.
        figure.savefig(target / name, metadata={"Software": None})


def draw_posters(
    target: Path, cache: Path, note: Callable[[str], None]
) -> tuple[int, int]:
    """
    Draw each figure of each demo as it looks after a full run, light and dark.

    Kept in `cache` under a hash of all that they are drawn from; `note` is told how far
    it is. Returns how many there are and how many had to be drawn.
    """

    def draw(folder: Path) -> None:
        for name in DEMOS:
            _draw_demo(name, folder, note)

    code = read_drawing_code("catalog.py", "pictures.py")
    folder, is_new = find_or_make(cache, code, draw)
    target.mkdir(parents=True)
    posters = sorted(folder.glob("*.webp"))
    for poster in posters:
        shutil.copyfile(poster, target / poster.name)
    return len(posters), len(posters) if is_new else 0


def _draw_demo(name: str, folder: Path, note: Callable[[str], None]) -> None:
    """Draw the posters of one demo into a folder."""
    from moongrad.plot import THEMES

    page = importlib.import_module(f"pages.{name}")
    demo = page.Demo(page.OPTIONS.read({}))
    note(name)
    if page.FIGURES:
        demo.finish()
    for theme_name, theme in THEMES.items():
        for figure in getattr(page, "POSTERS", page.FIGURES):
            for suffix, format_ in list_formats(page, name, figure).items():
                poster = _draw_poster(demo, figure, theme, format_)
                path = folder / f"{name}-{figure}{suffix}-{theme_name}.webp"
                poster.save(path, **format_.packing)
    for setup in getattr(page, "PRESETS", ()):
        note(f"{name}, {setup.name}")
        _draw_setup(page, setup, folder / f"{name}-{setup.name}")


def _draw_setup(page: Any, setup: Any, path: Path) -> None:
    """Draw the small picture of a setup that a page offers."""
    from moongrad.plot import THEMES

    demo = page.Demo(page.OPTIONS.read(setup.texts))
    while demo.n_steps < setup.steps:
        demo.advance(setup.steps // 40)
    for theme_name, theme in THEMES.items():
        poster = _draw_poster(demo, setup.figure, theme, SMALL, has_legend=False)
        poster.save(f"{path}-{theme_name}.webp", **SMALL.packing)


def _draw_poster(
    demo: Any, figure: str, theme: Any, format_: Format, *, has_legend: bool = True
) -> Image.Image:
    from figures.picture import Picture

    picture = Picture(
        lambda axes: demo.make_plot(figure, axes, theme),
        width=format_.width,
        height=format_.height,
        ratio=format_.ratio,
        theme=theme,
    )
    demo.update_plot(figure, picture.plot)
    legend = picture.figure.axes[0].get_legend()
    if legend and not has_legend:  # it would cover what there is to see
        legend.set_visible(False)
    width, height, pixels = picture.render()
    image = Image.frombuffer("RGBA", (width, height), bytes(pixels)).convert("RGB")
    if not format_.packing.get("lossless"):
        return image
    # Maximum coverage keeps rare colours: those of the points.
    few = image.quantize(
        POSTER_COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
    return few.convert("RGB")
