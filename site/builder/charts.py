"""The figures of the page Under the hood, drawn from what was measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from PIL import Image

from builder.cache import find_or_make, read_drawing_code
from builder.measured import (
    LINES,
    MEASURED,
    Measured,
    list_visits,
    pick_sizes,
    read_measured,
    sort_slowest_first,
    write,
    write_milliseconds,
    write_seconds,
)
from builder.pictures import Format

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from moongrad.plot import Theme

#: Lines of the figures of sizes: colour, style, kind of code, what was measured.
SIZE_LINES = {
    "compile, unrolled": ("curve", "--", "unrolled", "compile"),
    "compile, loops": ("curve", "-", "loops", "compile"),
    "step, unrolled": ("positive", "--", "unrolled", "step"),
    "step, loops": ("positive", "-", "loops", "step"),
}
PAGE = "hood"


class Bar(NamedTuple):
    """A bar of one value or of several parts, each measured from 0."""

    name: str
    ends: tuple[float, ...]
    text: str
    is_ours: bool


def draw_charts(target: Path, cache: Path) -> dict[str, str]:
    """
    Draw every figure, light and dark; return what each shows, in words, by name.

    Kept in `cache` under a hash of all that they are drawn from.
    """
    code = read_drawing_code("charts.py", "measured.py", "pictures.py")
    folder, _ = find_or_make(cache, [MEASURED.read_bytes(), *code], _draw_all)
    for chart in folder.glob("*.webp"):
        shutil.copyfile(chart, target / chart.name)
    return json.loads((folder / "labels.json").read_text(encoding="utf-8"))


def _draw_all(folder: Path) -> None:
    from moongrad.plot import THEMES

    measured, labels = read_measured(), {}
    for name, draw in list_charts(measured).items():
        for theme_name, theme in THEMES.items():
            image, labels[name] = _draw(draw, theme)
            path = folder / f"{PAGE}-{name}-{theme_name}.webp"
            image.save(path, **Format().packing)
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")


def list_charts(measured: Measured) -> dict[str, Callable[[Axes, Theme], str]]:
    """Return what draws each figure on axes and says what it shows."""
    return {
        "start": lambda axes, theme: _draw_start(axes, measured, LINES[0], theme),
        "start-fast": lambda axes, theme: _draw_start(axes, measured, LINES[1], theme),
        "natively": lambda axes, theme: _draw_steps(axes, measured["natively"], theme),
        "chromium": lambda axes, theme: _draw_steps(
            axes, measured["in Chromium"], theme
        ),
        "sizes": lambda axes, theme: _draw_sizes(axes, measured, "natively", theme),
        "sizes-chromium": lambda axes, theme: _draw_sizes(
            axes, measured, "in Chromium", theme
        ),
    }


def _draw(draw: Callable[[Axes, Theme], str], theme: Theme) -> tuple[Image.Image, str]:
    from moongrad.plot import add_axes, new_figure

    size = Format()
    figure = new_figure(size.width, size.height, size.ratio, theme)
    label = draw(add_axes(figure), theme)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = canvas.get_width_height(physical=True)
    image = Image.frombuffer("RGBA", pixels, bytes(canvas.buffer_rgba()))
    return image.convert("RGB"), label


def _draw_start(axes: Axes, measured: Measured, line: str, theme: Theme) -> str:
    """Draw how long each visit takes to its first step, and to its first figure."""
    visits = list_visits(measured, line)
    bars = [
        Bar(
            visit.name,
            (visit.to_step, visit.to_figure),
            f"{write_seconds(visit.to_step)}, {write_seconds(visit.to_figure)}",
            k > 0,
        )
        for k, visit in enumerate(visits)
    ]
    _draw_bars(axes, bars, f"seconds, {line}", theme)
    axes.set_xlim(0, 1.02 * max(visit.to_figure for visit in visits))
    axes.legend(
        handles=[
            Patch(color=theme.text, label="to the first training step"),
            Patch(color=_fade(theme.text, theme), label="to the first figure"),
        ],
        labelcolor=theme.text,
        facecolor=theme.background,
        edgecolor="none",
        fontsize=8,
        loc="lower right",
    )
    parts = [f"{bar.name} {bar.text}" for bar in bars]
    return (
        f"Seconds to the first training step and to the first figure, {line}: "
        f"{'; '.join(parts)}."
    )


def _draw_steps(axes: Axes, seconds: Mapping[str, float], theme: Theme) -> str:
    """Draw how long each engine takes for one training step."""
    bars = [
        Bar(name, (1000 * s,), write_milliseconds(s), name.startswith("moongrad"))
        for name, s in sort_slowest_first(seconds)
    ]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:g}"))
    _draw_bars(axes, bars, "milliseconds for one training step", theme)
    axes.set_xlim(0.005, 3000)
    parts = [f"{bar.name} {write(*bar.ends)}" for bar in bars]
    return f"Milliseconds for one training step: {', '.join(parts)}."


def _draw_bars(axes: Axes, bars: Sequence[Bar], unit: str, theme: Theme) -> None:
    """Draw horizontal bars with their names above them; ours are orange."""
    from moongrad.plot import style

    style(axes, theme)
    axes.grid(True, axis="x", color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_yticks([])
    axes.set_xlabel(unit, color=theme.text)
    axes.set_ylim(len(bars) - 0.6, -0.7)
    for k, bar in enumerate(bars):
        color = theme.positive if bar.is_ours else theme.negative
        for i in reversed(range(len(bar.ends))):
            shade = _fade(color, theme) if i else color
            axes.barh(k, bar.ends[i], height=0.34, color=shade)
        axes.text(
            *(0.012, k - 0.22, f"{bar.name}: {bar.text}"),
            transform=axes.get_yaxis_transform(),
            color=theme.text,
            fontsize=9,
        )


def _fade(color: str, theme: Theme) -> tuple[float, ...]:
    """Return a colour half way to the background."""
    pairs = zip(to_rgb(color), to_rgb(theme.background), strict=True)
    return tuple(0.45 * c + 0.55 * back for c, back in pairs)


def _draw_sizes(axes: Axes, measured: Measured, place: str, theme: Theme) -> str:
    """Draw times by the size of a network, with loops and without."""
    from figures.sizes import SizePlot

    times = {
        name: pick_sizes(measured, place, kind, field)
        for name, (_, _, kind, field) in SIZE_LINES.items()
    }
    looks = {name: (color, line) for name, (color, line, *_) in SIZE_LINES.items()}
    plot = SizePlot(axes, looks, sorted(times["step, loops"]), theme=theme)
    plot.update(times)
    return plot.describe()
