"""
Figures of a training run, drawn by matplotlib (extra `plot`).

`loss_curve` and `decision_boundary` return a finished `Figure`. `LossCurve` and
`DecisionBoundary` are the same drawings kept alive: `update` changes them, and a
`Picture` redraws only what changed, for animation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from moongrad.nn import MLP
from moongrad.train import Record

_DPI = 100  # a CSS pixel is 1/100 inch; a screen's ratio multiplies the dpi
_POINT, _EDGE = 22.0, 0.8  # of a scattered point: its area and its edge, in points
_SHORTEST = 0.005  # milliseconds at which a bar begins
_MARGINS = (0.52, 0.42, 0.12, 0.12)  # inches: left, bottom, right, top


@dataclass(frozen=True)
class Theme:
    """The colours of a figure; `negative` and `positive` are of labels -1 and +1."""

    background: str
    text: str
    grid: str
    negative: str
    positive: str
    curve: str


# Blue and orange of Okabe and Ito's set, which colour-blind readers can tell apart.
LIGHT = Theme("#ffffff", "#3b4250", "#dfe3ea", "#0072b2", "#d55e00", "#1f2937")
DARK = Theme("#14171c", "#b6bdc9", "#2c323c", "#56b4e9", "#f0a13c", "#e6e9ef")
THEMES = {"light": LIGHT, "dark": DARK}


class Step(Protocol):
    """What a loss curve needs of a record."""

    @property
    def step(self) -> int: ...

    @property
    def loss(self) -> float: ...


class Plot(Protocol):
    """A drawing on one `Axes` that can change."""

    is_stale: bool  # whether what stands still (limits, ticks) must be drawn again

    @property
    def moving(self) -> Sequence[Artist]:
        """The artists that an update changes, bottom one first."""

    def describe(self) -> str:
        """Return in words what the drawing shows now."""


class LossCurve:
    """
    Loss against step, on a logarithmic scale whose limits are 1, 2 or 5 times a power
    of ten.

    `steps` is the length of the run that the horizontal axis has room for.
    """

    def __init__(self, axes: Axes, *, steps: int, theme: Theme = LIGHT) -> None:
        self._axes = axes
        self._limits = (0.1, 1.0)
        self._steps = max(steps, 2)
        self.is_stale = True
        self._records: Sequence[Step] = []
        self._others: Sequence[Step] = []
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("step", color=theme.text)
        axes.set_ylabel("loss", color=theme.text, labelpad=1)
        (self._line,) = axes.plot([], [], color=theme.curve, linewidth=1.6)
        (self._other,) = axes.plot([], [], "--", color=theme.negative, linewidth=1.4)
        (self._last,) = axes.plot([], [], "o", color=theme.positive, markersize=5)
        self._set_limits()

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._other, self._line, self._last)

    def update(self, records: Iterable[Step], others: Iterable[Step] = ()) -> None:
        """
        Show these records, which replace the ones before.

        `others` are of another run to compare this one with, drawn as a broken line.
        """
        self._records, self._others = list(records), list(others)
        steps, losses = _as_points(self._records)
        self._line.set_data(steps, losses)
        self._last.set_data(steps[-1:], losses[-1:])
        self._other.set_data(*_as_points(self._others))
        longest = max(self._steps, steps[-1] + 1 if steps else 0)
        losses = losses + _as_points(self._others)[1]
        limits = _round_outwards(min(losses, default=0.1), max(losses, default=1.0))
        if (limits, longest) != (self._limits, self._steps):
            self._limits, self._steps = limits, longest
            self._set_limits()

    def _set_limits(self) -> None:
        low, high = self._limits
        # Over many powers of ten there is no room for 2 and 5 times each.
        subs = (1.0, 2.0, 5.0) if high / low <= 1e4 else (1.0,)
        self._axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
        self._axes.set_ylim(low, high)
        self._axes.set_xlim(-0.02 * self._steps, self._steps * 1.02 - 1)
        self.is_stale = True

    def describe(self) -> str:
        if not self._records:
            return "Loss curve: no step has been made yet."
        first, last = self._records[0], self._records[-1]
        text = (
            f"Loss curve: the loss goes from {first.loss:.3g} at step {first.step} "
            f"to {last.loss:.3g} at step {last.step}."
        )
        if self._others:
            text += f" The broken line, another run, is at {self._others[-1].loss:.3g}."
        return text


class DecisionBoundary:
    """
    The points, and behind them the class that the network gives to each place.

    The colour changes at a score of 0, the boundary; it is stronger where the score is
    farther from 0, the network's confidence. `rows` are the places to score, row by row
    from the lower left; `update` takes their scores.
    """

    def __init__(
        self,
        axes: Axes,
        points: Sequence[Sequence[float]],
        labels: Sequence[float],
        *,
        resolution: int = 40,
        theme: Theme = LIGHT,
    ) -> None:
        xs, ys = np.asarray(points, dtype=float).T
        left, right = xs.min() - 0.4, xs.max() + 0.4
        low, high = ys.min() - 0.4, ys.max() + 0.4
        self.is_stale = True
        self._axes = axes
        self._labels = np.asarray(labels)
        self._n_right: int | None = None
        self.resolution = resolution
        self.rows = [
            (float(x), float(y))
            for y in np.linspace(low, high, resolution)
            for x in np.linspace(left, right, resolution)
        ]
        style(axes, theme)
        for spine in axes.spines.values():
            spine.set_visible(False)
        # imshow's extent is that of the outer edges of its cells; rows are their
        # centres.
        dx, dy = np.array([right - left, high - low]) / (resolution - 1) / 2
        self._image = axes.imshow(
            np.zeros((resolution, resolution)),
            extent=(left - dx, right + dx, low - dy, high + dy),
            origin="lower",
            aspect="auto",
            cmap=confidence_map(theme),
            vmin=-1,
            vmax=1,
            interpolation="bilinear",
            interpolation_stage="data",  # the sign must change on a line, not in steps
        )
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        colors = [theme.positive if label > 0 else theme.negative for label in labels]
        self._points = axes.scatter(
            xs, ys, c=colors, s=_POINT, edgecolors=theme.background, linewidths=_EDGE
        )

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._image, self._points)

    def update(self, scores: Sequence[float], n_right: int | None = None) -> None:
        """Show the scores of `rows`; `n_right`, for `describe`: points well placed."""
        n = self.resolution
        self._image.set_data(np.tanh(np.reshape(scores, (n, n))))
        self._n_right = n_right

    def places(self) -> list[tuple[float, float]]:
        """Return where the points are on the figure, in pixels from the lower left."""
        places = self._axes.transData.transform(self._points.get_offsets())
        return [(float(x), float(y)) for x, y in places]

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates at a place on the figure, inside of the axes."""
        (place,) = self._axes.transData.inverted().transform([(x, y)])
        (left, right), (low, high) = self._axes.get_xlim(), self._axes.get_ylim()
        return (
            float(min(max(place[0], left), right)),
            float(min(max(place[1], low), high)),
        )

    def move(self, points: Sequence[Sequence[float]]) -> None:
        """Show the points elsewhere; the axes stay."""
        self._points.set_offsets(np.asarray(points, dtype=float))

    def select(self, index: int | None) -> None:
        """Mark one of the points, or none."""
        sizes = np.full(len(self._labels), _POINT)
        if index is not None:
            sizes[index] = 4 * _POINT
        self._points.set_sizes(sizes)

    def describe(self) -> str:
        n = len(self._labels)
        text = f"Decision boundary among {n} points of two classes"
        if self._n_right is None:
            return f"{text}."
        return f"{text}: {self._n_right} of {n} are on their own side."


class TimeBars:
    """Times as horizontal bars on a logarithmic scale, which ratios can be read off."""

    def __init__(
        self, axes: Axes, names: Sequence[str], *, theme: Theme = LIGHT
    ) -> None:
        self._axes = axes
        self._names = names
        self._times: dict[str, float] = {}
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, axis="x", color=theme.grid, linewidth=0.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:g}"))
        axes.set_xlabel("milliseconds", color=theme.text)
        axes.set_yticks([])
        axes.set_axisbelow(True)
        colors = [theme.negative, theme.curve, theme.positive]
        self._bars = axes.barh(
            range(len(names)),
            [_SHORTEST] * len(names),
            height=0.34,
            color=[colors[k % len(colors)] for k in range(len(names))],
        )
        self._texts = [
            axes.text(_SHORTEST * 1.15, k - 0.21, "", color=theme.text, fontsize=9)
            for k in range(len(names))
        ]
        axes.set_ylim(len(names) - 0.6, -0.7)
        axes.set_xlim(_SHORTEST, 3000)
        self.update({})

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._bars, *self._texts)

    def update(self, times: Mapping[str, float]) -> None:
        """Show these times, in milliseconds, by name; the others have no bar."""
        self._times = dict(times)
        for name, bar, text in zip(self._names, self._bars, self._texts, strict=True):
            time = self._times.get(name)
            bar.set_width(time or _SHORTEST)
            text.set_text(f"{name}: {'–' if time is None else f'{time:.3g} ms'}")

    def describe(self) -> str:
        if not self._times:
            return "Bars of time: nothing has been measured yet."
        parts = [f"{name} {time:.3g}" for name, time in self._times.items()]
        return f"Milliseconds for one training step: {', '.join(parts)}."


class Picture:
    """
    A figure of one plot that redraws quickly: what never moves is drawn once and kept.

    * `make`: called with the empty `Axes`, returns the plot.
    * `width`, `height`: in CSS pixels; `ratio`: screen pixels in each of them.
    """

    def __init__(
        self,
        make: Callable[[Axes], Plot],
        *,
        width: float = 480,
        height: float = 384,
        ratio: float = 1.0,
        theme: Theme = LIGHT,
    ) -> None:
        self.figure = new_figure(width, height, ratio, theme)
        self._canvas = FigureCanvasAgg(self.figure)
        self.plot = make(add_axes(self.figure))
        for artist in self.plot.moving:
            artist.set_animated(True)

    def render(self) -> tuple[int, int, memoryview]:
        """Return width, height and the RGBA bytes of the drawing as it is now."""
        if self.plot.is_stale:
            self._canvas.draw()  # type: ignore[no-untyped-call]
            self._background = self._canvas.copy_from_bbox(  # type: ignore[no-untyped-call]
                self.figure.bbox
            )
            self.plot.is_stale = False
        self._canvas.restore_region(self._background)  # type: ignore[no-untyped-call]
        for artist in self.plot.moving:
            artist.axes.draw_artist(artist)  # type: ignore[union-attr]
        width, height = self._canvas.get_width_height(physical=True)
        pixels = self._canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        return width, height, memoryview(pixels)


def loss_curve(records: Sequence[Record], *, theme: Theme = LIGHT) -> Figure:
    """
    Return a figure of loss against step.

    >>> figure = loss_curve([Record(0, 0.9, 0.5, 1.0), Record(1, 0.5, 0.8, 1.0)])
    >>> figure.axes[0].get_ylabel()
    'loss'
    """
    figure = new_figure(480, 384, 2, theme)
    _draw_curve(add_axes(figure), records, theme)
    return figure


def decision_boundary(
    model: MLP,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """
    Return a figure of the points, and of the side the model puts every place on.

    `points` are rows of two numbers, `labels` -1 or +1, `model` has two inputs and one
    output.

    >>> from moongrad import make_moons
    >>> figure = decision_boundary(MLP(2, [4, 1]), *make_moons(10))
    >>> len(figure.axes[0].collections[0].get_offsets())
    10
    """
    figure = new_figure(480, 384, 2, theme)
    _draw_boundary(add_axes(figure), model, points, labels, theme)
    return figure


def summary(
    model: MLP,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    records: Sequence[Record],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return one figure of the decision boundary and, beside it, the loss curve."""
    figure = new_figure(960, 384, 2, theme)
    _draw_boundary(add_axes(figure, 0, 2), model, points, labels, theme)
    _draw_curve(add_axes(figure, 1, 2), records, theme)
    return figure


def _draw_curve(axes: Axes, records: Sequence[Record], theme: Theme) -> None:
    LossCurve(axes, steps=len(records), theme=theme).update(records)


def _draw_boundary(
    axes: Axes,
    model: MLP,
    points: Sequence[Sequence[float]],
    labels: Sequence[float],
    theme: Theme,
) -> None:
    plot = DecisionBoundary(axes, points, labels, resolution=100, theme=theme)
    plot.update([model.predict(row)[0] for row in plot.rows])


def _as_points(records: Sequence[Step]) -> tuple[list[int], list[float]]:
    """Return the steps and the losses; the logarithm of 0 has no place."""
    steps = [record.step for record in records]
    return steps, [max(record.loss, 1e-12) for record in records]


def new_figure(width: float, height: float, ratio: float, theme: Theme) -> Figure:
    """Return an empty figure; its size is in CSS pixels, `ratio` as in `Picture`."""
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


def _round_outwards(low: float, high: float) -> tuple[float, float]:
    """Return the next 1, 2 or 5 times a power of ten below `low`, above `high`."""
    k_low, k_high = math.floor(math.log10(low)), math.floor(math.log10(high))
    below = max(f * 10.0**k_low for f in (0.5, 1, 2, 5) if f * 10.0**k_low < low)
    above = min(f * 10.0**k_high for f in (1, 2, 5, 10, 20) if f * 10.0**k_high > high)
    return below, above


def style(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a theme, and ticks that suit a small figure."""
    axes.set_facecolor(theme.background)
    axes.tick_params(which="both", colors=theme.text, labelsize=8, length=3)
    for spine in axes.spines.values():
        spine.set_color(theme.grid)


def confidence_map(theme: Theme, strongest: float = 0.45) -> ListedColormap:
    """Return colours for -1 to 1: stronger, the farther from 0."""
    strength = np.linspace(-1, 1, 256)
    mix = (0.13 + (strongest - 0.13) * np.abs(strength))[:, None]
    classes = np.where(
        strength[:, None] < 0, [to_rgb(theme.negative)], [to_rgb(theme.positive)]
    )
    return ListedColormap(
        mix * classes + (1 - mix) * np.array(to_rgb(theme.background))
    )
