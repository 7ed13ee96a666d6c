"""
Figures of a training run, drawn by matplotlib (extra `plot`).

`loss_curve`, `decision_boundary` and `summary` return a finished `Figure`. `draw_loss`
and `draw_boundary` draw on axes of yours and return the artists, for animation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from moongrad.measure import Predictor
from moongrad.record import Record

if TYPE_CHECKING:  # the browser's NumPy comes without it
    from numpy.typing import NDArray

LOWEST_LOSS = 1e-12  # a loss of 0 is drawn here: it has no logarithm
_DPI = 100  # a CSS pixel is 1/100 inch; a screen's ratio multiplies the dpi
#: Left, right, low, high of a plane.
Limits = tuple[float, float, float, float]
_TICK = 17  # CSS pixels of height that a tick's number needs
_MARGINS = (0.58, 0.42, 0.12, 0.12)  # inches: left, bottom, right, top


@dataclass(frozen=True)
class Theme:
    """
    The colours of a figure.

    `negative` and `positive` are of labels -1 and +1, `third` and `fourth` of further
    classes; the fills are of places where a network is sure of them.
    """

    background: str
    text: str
    grid: str
    negative: str
    positive: str
    curve: str
    negative_fill: str
    positive_fill: str
    third: str = "#009e73"
    fourth: str = "#cc79a7"
    third_fill: str = "#c6ebd0"
    fourth_fill: str = "#e2a9ca"

    @property
    def classes(self) -> tuple[str, ...]:
        """The colours of up to four classes."""
        return self.negative, self.positive, self.third, self.fourth

    @property
    def class_fills(self) -> tuple[str, ...]:
        """The fills of up to four classes."""
        return (
            *(self.negative_fill, self.positive_fill),
            *(self.third_fill, self.fourth_fill),
        )


# Colours of Okabe and Ito's set, which colour-blind readers can tell apart.
LIGHT = Theme(
    *("#ffffff", "#3b4250", "#dfe3ea", "#0072b2", "#d55e00", "#1f2937"),
    *("#a3cde6", "#f6c5a3"),
)
DARK = Theme(
    *("#14171c", "#b6bdc9", "#2c323c", "#62b8ec", "#ffa94d", "#e6e9ef"),
    *("#1a4b75", "#7c3518"),
    *("#63e6b4", "#cf6ba6", "#1a7555", "#561f42"),
)
THEMES = {"light": LIGHT, "dark": DARK}


def loss_curve(records: Sequence[Record], *, theme: Theme = LIGHT) -> Figure:
    """
    Return a figure of loss against step.

    >>> figure = loss_curve([Record(0, 0.9, 0.5, 1.0), Record(1, 0.5, 0.8, 1.0)])
    >>> figure.axes[0].get_ylabel()
    'loss'
    """
    figure = new_figure(480, 384, 2, theme)
    draw_loss(add_axes(figure), records, theme=theme)
    return figure


def decision_boundary(
    model: Predictor,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """
    Return a figure of the points, and of the class the model gives to every place.

    `points` are rows of two numbers, `labels` -1 or +1, `model` has two inputs and one
    output.

    >>> from moongrad import MLP, make_moons
    >>> figure = decision_boundary(MLP(2, [4, 1]), *make_moons(10))
    >>> len(figure.axes[0].collections[-1].get_offsets())
    10
    """
    figure = new_figure(480, 384, 2, theme)
    _draw_model(add_axes(figure), model, points, labels, theme)
    return figure


def summary(
    model: Predictor,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    records: Sequence[Record],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return one figure of the decision boundary and, beside it, the loss curve."""
    figure = new_figure(960, 384, 2, theme)
    _draw_model(add_axes(figure, 0, 2), model, points, labels, theme)
    draw_loss(add_axes(figure, 1, 2), records, theme=theme)
    return figure


# --- drawing on axes -----------------------------------------------------------------


def draw_loss(
    axes: Axes, records: Sequence[Record], *, theme: Theme = LIGHT
) -> tuple[Line2D, Line2D]:
    """
    Draw loss against step, on a logarithmic scale.

    Returns the curve and the dot at its end.
    """
    style(axes, theme)
    axes.grid(True, color=theme.grid, linewidth=0.6)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(write_loss))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("step", color=theme.text)
    axes.set_ylabel("loss", color=theme.text, labelpad=1)
    steps = [record.step for record in records]
    losses = [max(record.loss, LOWEST_LOSS) for record in records]
    (curve,) = axes.plot(steps, losses, color=theme.curve, linewidth=1.6)
    (end,) = axes.plot(steps[-1:], losses[-1:], "o", color=theme.positive, markersize=5)
    limits = loss_limits(min(losses, default=0.1), max(losses, default=1.0))
    set_loss_limits(axes, steps[-1] + 1 if steps else 0, limits)
    return curve, end


def loss_limits(low: float, high: float) -> tuple[float, float]:
    """Return the next 1, 2 or 5 times a power of ten below `low`, above `high`."""
    k_low, k_high = math.floor(math.log10(low)), math.floor(math.log10(high))
    below = max(f * 10.0**k_low for f in (0.5, 1, 2, 5) if f * 10.0**k_low < low)
    above = min(f * 10.0**k_high for f in (1, 2, 5, 10, 20) if f * 10.0**k_high > high)
    return below, above


def write_loss(loss: float, position: int | None = None) -> str:
    """Return a loss as short as a tick has room for: 0.005, 2000, 2e4, 1e-9."""
    if 1e-3 <= loss < 1e4:
        return f"{loss:g}"
    digits, exponent = f"{loss:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


def set_loss_limits(axes: Axes, n_steps: int, limits: tuple[float, float]) -> None:
    """Make room for steps from 0 on, at least two, and for losses within limits."""
    low, high = limits
    n_steps = max(n_steps, 2)
    # Over many powers of ten there is no room for 2 and 5 times each.
    height = axes.get_window_extent().height / axes.figure.dpi * _DPI
    room = min(12, max(2, int(height / _TICK)))
    has_room = 3 * math.log10(high / low) <= room
    subs = (1.0, 2.0, 5.0) if has_room else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=room))
    axes.set_ylim(low, high)
    axes.set_xlim(-0.02 * n_steps, n_steps * 1.02 - 1)


def boundary_grid(
    points: Sequence[Sequence[float]],
    resolution: int,
    *,
    limits: Limits | None = None,
) -> list[tuple[float, float]]:
    """
    Return the places to score around points, row by row from the lower left.

    `limits` are those of the plane, where they do not follow from the points.
    """
    left, right, low, high = limits or find_limits(points)
    return [
        (float(x), float(y))
        for y in np.linspace(low, high, resolution)
        for x in np.linspace(left, right, resolution)
    ]


def draw_boundary(
    axes: Axes,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    scores: Sequence[float],
    *,
    theme: Theme = LIGHT,
    limits: Limits | None = None,
) -> tuple[AxesImage, LineCollection, PathCollection]:
    """
    Draw points, and behind them the class of each place.

    `scores` are those of `boundary_grid`. A line is drawn where the score is 0, the
    boundary. The colour is stronger where the score is farther from 0: the network's
    confidence. Returns the image, the line and the points.
    """
    image = draw_plane(
        axes,
        shade(scores),
        limits or find_limits(points),
        theme=theme,
        cmap=confidence_map(theme),
        vmin=-1,
        vmax=1,
        interpolation="bilinear",
        interpolation_stage="data",  # the sign must change on a line, not in steps
    )
    line = LineCollection(
        trace_boundary(points, scores, limits=limits),
        colors=theme.curve,
        linewidths=1.3,
    )
    axes.add_collection(line, autolim=False)
    colors = [theme.positive if label > 0 else theme.negative for label in labels]
    return image, line, draw_points(axes, points, colors, theme=theme)


def draw_plane(
    axes: Axes,
    grid: NDArray[Any],
    limits: Limits,
    *,
    theme: Theme = LIGHT,
    **look: Any,
) -> AxesImage:
    """
    Draw numbers, or colours, of the places of `boundary_grid` as an image, frameless.

    `grid` is square, its lowest row first; `look` is handed to `Axes.imshow`.
    """
    left, right, low, high = limits
    style(axes, theme)
    for spine in axes.spines.values():
        spine.set_visible(False)
    # imshow's extent is that of the outer edges of its cells; the grid's places are
    # their centres.
    dx, dy = np.array([right - left, high - low]) / (len(grid) - 1) / 2
    image = axes.imshow(
        grid,
        extent=(left - dx, right + dx, low - dy, high + dy),
        origin="lower",
        aspect="auto",
        **look,
    )
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    return image


def draw_points(
    axes: Axes,
    points: Sequence[Sequence[float]],
    colors: Sequence[str] | str,
    *,
    theme: Theme = LIGHT,
) -> PathCollection:
    """Draw points as dots, each of its own colour or all of one, above all else."""
    xs, ys = np.reshape(np.asarray(points, dtype=float), (-1, 2)).T
    return axes.scatter(
        xs,
        ys,
        s=22,
        c=colors,
        edgecolors=theme.background,
        linewidths=0.8,
        zorder=2.5,
    )


def trace_boundary(
    points: Sequence[Sequence[float]],
    scores: Sequence[float],
    *,
    limits: Limits | None = None,
) -> list[NDArray[np.float64]]:
    """
    Return where the score is 0: lines of places, one row of x and y each.

    `scores` are those of `boundary_grid`; there is no line beside one that is NaN.
    """
    left, right, low, high = limits or find_limits(points)
    n = math.isqrt(len(scores))
    grid = np.ma.masked_invalid(np.reshape(np.asarray(scores, dtype=float), (n, n)))
    xs, ys = np.linspace(left, right, n), np.linspace(low, high, n)
    lines = contour_generator(xs, ys, grid, line_type="Separate").lines(0.0)
    return cast("list[NDArray[np.float64]]", lines)


def shade(scores: Sequence[float]) -> NDArray[np.float64]:
    """Return the image of the scores of a square grid: -1 to 1, 0 at the boundary."""
    n = math.isqrt(len(scores))
    return np.tanh(np.reshape(np.asarray(scores, dtype=float), (n, n)))


def find_limits(points: Sequence[Sequence[float]]) -> Limits:
    """Return left, right, low, high of a plane with a margin around points."""
    xs, ys = np.asarray(points, dtype=float).T
    return xs.min() - 0.4, xs.max() + 0.4, ys.min() - 0.4, ys.max() + 0.4


def _draw_model(
    axes: Axes,
    model: Predictor,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    theme: Theme,
) -> None:
    scores = [model.predict(place)[0] for place in boundary_grid(points, 100)]
    draw_boundary(axes, points, labels, scores, theme=theme)


# --- what all figures share ----------------------------------------------------------


def new_figure(width: float, height: float, ratio: float, theme: Theme) -> Figure:
    """Return an empty figure, sized in CSS pixels of `ratio` screen pixels each."""
    size = (width / _DPI, height / _DPI)
    return Figure(figsize=size, dpi=_DPI * ratio, facecolor=theme.background)


def add_axes(figure: Figure, column: int = 0, n_columns: int = 1) -> Axes:
    """Add the axes of one column; margins are in inches, for text keeps its size."""
    left, bottom, right, top = _MARGINS
    width, height = figure.get_size_inches()
    share = width / n_columns
    return figure.add_axes(
        (
            (column * share + left) / width,
            bottom / height,
            (share - left - right) / width,
            (height - bottom - top) / height,
        )
    )


def style(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a theme, and ticks that suit a small figure."""
    axes.set_facecolor(theme.background)
    axes.tick_params(which="both", colors=theme.text, labelsize=8, length=3)
    for spine in axes.spines.values():
        spine.set_color(theme.grid)


def confidence_map(theme: Theme) -> ListedColormap:
    """Return colours for -1 to 1: stronger, the farther from 0."""
    strength = np.linspace(-1, 1, 256)[:, None]
    mix = 0.3 + 0.7 * np.abs(strength)
    fills = [to_rgb(theme.negative_fill)], [to_rgb(theme.positive_fill)]
    fill = np.where(strength < 0, *fills)
    return ListedColormap(mix * fill + (1 - mix) * np.array(to_rgb(theme.background)))
