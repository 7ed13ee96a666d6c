"""The chapters' own figures, drawn by matplotlib as those of moongrad.plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from moongrad import MLP, Value
from moongrad.nn import ACTIVATIONS
from moongrad.plot import LIGHT, Theme, confidence_map, style

_SAMPLES = 241  # of a curve
_FLOOR = 1e-17  # where an error of 0 is drawn


def find_range(width: float, low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis: at least -width to width, and what else is shown."""
    # Whole numbers, so that the axes do not move with every pixel of a drag.
    return min(-width, math.floor(low)), max(width, math.ceil(high))


class CurvePlot:
    """A function, with the tangent at one place and the secant to another."""

    def __init__(
        self,
        axes: Axes,
        f: Callable[[float], float],
        width: float,
        *,
        theme: Theme = LIGHT,
    ) -> None:
        self._axes, self._f, self._width = axes, f, width
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_xlabel("x", color=theme.text)
        (self._curve,) = axes.plot([], [], color=theme.curve, lw=1.6, label="f")
        (self._tangent,) = axes.plot(
            [], [], color=theme.positive, lw=1.4, label="tangent: the exact slope"
        )
        (self._secant,) = axes.plot(
            [], [], "--", color=theme.negative, lw=1.4, label="secant: through x + h"
        )
        (self._points,) = axes.plot([], [], "o", color=theme.positive, ms=7)
        (self._other,) = axes.plot([], [], "o", color=theme.negative, ms=6)
        self._selected: int | None = None
        self._range = (math.nan, math.nan)
        self._text = "Curve of f."
        handles = [self._curve, self._tangent, self._secant]
        add_legend(axes, theme, handles)

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._secant, self._tangent, self._other, self._points)

    def update(self, x: float, h: float, slope: float, y: float, y_h: float) -> None:
        """Show the place x, the exact slope there, and the place x + h."""
        left, right = find_range(self._width, x - 1, max(x + 1, x + h + 0.5))
        if (left, right) != self._range:
            self._range = (left, right)
            self._draw_curve(left, right, y)
        ends = np.array([left - 10, right + 10])
        self._tangent.set_data(ends, y + slope * (ends - x))
        secant = (y_h - y) / h
        self._secant.set_data(ends, y + secant * (ends - x))
        self._points.set_data([x], [y])
        self._other.set_data([x + h], [y_h])
        self._text = (
            f"Curve of f with its tangent at x = {x:.4g}, of slope {slope:.6g}, and "
            f"the secant to x + h = {x + h:.6g}, of slope {secant:.6g}."
        )

    def _draw_curve(self, left: float, right: float, y: float) -> None:
        set_curve(self._axes, self._curve, self._f, left, right, y)
        self.is_stale = True

    def places(self) -> list[tuple[float, float]]:
        """Return where x and x + h are on the figure, in pixels from the lower left."""
        data = [line.get_xydata()[0] for line in (self._points, self._other)]
        return [tuple(map(float, p)) for p in self._axes.transData.transform(data)]

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates at a place on the figure, inside of the axes."""
        (place,) = self._axes.transData.inverted().transform([(x, y)])
        left, right = self._axes.get_xlim()
        return float(min(max(place[0], left), right)), float(place[1])

    def select(self, index: int | None) -> None:
        """Mark one of the two points, or none."""
        self._points.set_markersize(11 if index == 0 else 7)
        self._other.set_markersize(10 if index == 1 else 6)

    def describe(self) -> str:
        return self._text


class DerivativePlot:
    """The slope of a function at every place, and the two slopes at one place."""

    def __init__(
        self,
        axes: Axes,
        derivative: Callable[[float], float],
        width: float,
        *,
        theme: Theme = LIGHT,
    ) -> None:
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.axhline(0, color=theme.text, lw=0.8)
        axes.set_xlabel("x", color=theme.text)
        self._axes, self._derivative, self._width = axes, derivative, width
        self._range = (math.nan, math.nan)
        (self._curve,) = axes.plot([], [], color=theme.curve, lw=1.6, label="f′, exact")
        (self._numeric,) = axes.plot(
            [], [], "s", color=theme.negative, ms=6, label="by nudging x by h"
        )
        (self._point,) = axes.plot(
            [], [], "o", color=theme.positive, ms=7, label="at this x"
        )
        self._text = "Curve of the slope of f."
        add_legend(axes, theme, [self._curve, self._point, self._numeric])

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._point, self._numeric)

    def update(self, x: float, exact: float, numeric: float) -> None:
        """Show both slopes at x."""
        ends = find_range(self._width, x - 1, x + 1)
        if ends != self._range:
            self._range = ends
            self._draw_curve(*ends, exact)
        self._point.set_data([x], [exact])
        self._numeric.set_data([x], [numeric])
        self._text = (
            f"Curve of the slope of f: {exact:.6g} at x = {x:.4g}; by nudging, "
            f"{numeric:.6g}."
        )

    def _draw_curve(self, left: float, right: float, y: float) -> None:
        set_curve(self._axes, self._curve, self._derivative, left, right, y)
        self.is_stale = True

    def describe(self) -> str:
        return self._text


class ErrorPlot:
    """How wrong a slope by nudging is, for every size of the nudge."""

    def __init__(self, axes: Axes, *, theme: Theme = LIGHT) -> None:
        self.is_stale = True
        self._axes = axes
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(numticks=9))
            axis.set_major_formatter(FuncFormatter(write_power))
            axis.set_minor_locator(NullLocator())
        axes.set_xlabel("h", color=theme.text)
        axes.text(  # beside the long labels of the axis there is no room
            0.02, 0.94, "error of the slope", color=theme.text, transform=axes.transAxes
        )
        axes.set_xlim(3, 3e-17)  # smaller nudges to the right, as the steps go
        axes.set_ylim(_FLOOR / 2, 1e4)
        (self._curve,) = axes.plot([], [], ".-", color=theme.curve, lw=1.2, ms=5)
        (self._point,) = axes.plot([], [], "o", color=theme.positive, ms=8)
        self._text = "Error of the slope against h."

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._curve, self._point)

    def update(
        self, hs: Sequence[float], errors: Sequence[float], h: float, error: float
    ) -> None:
        """Show the errors of many nudges, and of the present one."""
        self._curve.set_data(hs, np.maximum(errors, _FLOOR))
        self._point.set_data([h], [max(error, _FLOOR)])
        low, best = min(zip(errors, hs, strict=True), default=(error, h))
        shape = (
            "it falls with h at first, then rises again" if best < 0.1 else "it rises"
        )
        self._text = (
            f"Error of the slope against h: smallest, {low:.1g}, near h = {best:.1g}; "
            f"with smaller h {shape}. Now h is {h:.2g} and the error {error:.2g}."
        )

    def describe(self) -> str:
        return self._text


class ActivationPlot:
    """The activations, or their slopes, and where a neuron is on one of them."""

    def __init__(
        self, axes: Axes, *, is_slope: bool = False, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._is_slope = is_slope
        self._theme = theme
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_xlabel("n", color=theme.text)
        axes.set_xlim(-4, 4)
        axes.set_ylim((-0.1, 1.15) if is_slope else (-1.6, 2.2))
        self._axes = axes
        xs = np.linspace(-4, 4, _SAMPLES)
        dashes = {"tanh": "-", "relu": "--", "sigmoid": "-.", "linear": ":"}
        self._lines = {
            name: axes.plot(
                xs,
                [activate(name, float(x))[is_slope] for x in xs],
                dashes[name],
                lw=1.5,
                color=theme.curve,
                label=name,
            )[0]
            for name in ACTIVATIONS
        }
        (self._point,) = axes.plot([], [], "o", color=theme.positive, ms=8)
        self._text = ""
        add_legend(axes, theme, list(self._lines.values()), columns=2)

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._lines.values(), self._point)

    def update(self, n: float, chosen: str) -> None:
        """Show the neuron at its sum n, on the activation that it has."""
        for name, line in self._lines.items():
            line.set_color(
                self._theme.positive if name == chosen else self._theme.curve
            )
            line.set_linewidth(2.4 if name == chosen else 1.2)
        y = activate(chosen, n)[self._is_slope]
        self._point.set_data([min(max(n, -4), 4)], [min(max(y, -1.55), 2.15)])
        what = "Slopes of the activations" if self._is_slope else "Activations"
        verb = "its slope there is" if self._is_slope else "it answers"
        self._text = (
            f"{what} tanh, ReLU, sigmoid and linear. The neuron, {chosen}, is at "
            f"n = {n:.4g}: {verb} {y:.4g}."
        )

    def describe(self) -> str:
        return self._text


def activate(name: str, n: float) -> tuple[float, float]:
    """Return what an activation gives for n, and its slope there, by the engine."""
    value = Value(n)
    operation = ACTIVATIONS[name]
    output = operation(value) if operation else value * 1.0
    output.backward()
    return output.data, value.grad


class PredictionPlot:
    """What a network predicts for each point, against the truth."""

    def __init__(
        self, axes: Axes, targets: Sequence[float], *, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._targets = np.asarray(targets)
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        low, high = self._targets.min() - 0.7, self._targets.max() + 0.7
        axes.set(xlim=(low, high), ylim=(low, high))
        axes.set_xlabel("true", color=theme.text)
        axes.set_ylabel("predicted", color=theme.text, labelpad=1)
        axes.plot([low, high], [low, high], color=theme.text, lw=1)
        (self._points,) = axes.plot(
            [], [], "o", color=theme.negative, ms=4.5, mec=theme.background, mew=0.5
        )
        self._text = ""

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._points,)

    def update(self, predictions: Sequence[float]) -> None:
        """Show these predictions."""
        self._points.set_data(self._targets, predictions)
        errors = np.abs(np.asarray(predictions) - self._targets)
        self._text = (
            f"{len(errors)} predictions against the truth; perfect ones are on the "
            f"line. Half of them are off by less than {np.median(errors):.2g}."
        )

    def describe(self) -> str:
        return self._text


class NetworkPlot:
    """
    A network: its neurons in columns, its weights as lines between them.

    A line is as wide as its weight is large, orange where it is positive and blue where
    it is negative. `resolution`, for two inputs, draws in each hidden neuron a small
    map of what it answers over the plane; `update` then takes those answers.
    """

    def __init__(
        self, axes: Axes, model: MLP, *, resolution: int = 0, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._axes, self._model, self._theme = axes, model, theme
        self._resolution = resolution
        axes.set_facecolor(theme.background)
        axes.set_axis_off()
        axes.set_position((0.01, 0.02, 0.98, 0.96))
        self._parameters = model.parameters()
        sizes = [model.nin, *(len(layer.neurons) for layer in model.layers)]
        axes.set_xlim(-0.35, len(sizes) - 1 + 0.35)
        axes.set_ylim(-0.02, 1.02)
        self._places = [
            [(float(k), 1 - (j + 0.5) / size) for j in range(size)]
            for k, size in enumerate(sizes)
        ]
        self._segments: list[tuple[tuple[float, float], tuple[float, float]]] = []
        self._weights: list[int] = []  # of the lines, among the parameters
        self._biases: list[int] = []
        k = 0
        for depth, layer in enumerate(model.layers):
            for i, neuron in enumerate(layer.neurons):
                place = self._places[depth + 1][i]
                for j in range(len(neuron.w)):
                    self._segments.append((self._places[depth][j], place))
                    self._weights.append(k)
                    k += 1
                self._biases.append(k)
                k += 1
        self._lines = LineCollection(self._segments, capstyle="round", zorder=1)
        axes.add_collection(self._lines, autolim=False)
        (self._mark,) = axes.plot([], [], color=theme.curve, lw=1.2, zorder=4)
        (self._ring,) = axes.plot(
            [], [], "o", mfc="none", mec=theme.curve, mew=2, ms=20, zorder=4
        )
        self._colors = np.array([to_rgb(theme.negative), to_rgb(theme.positive)])
        inputs = np.array(self._places[0])
        self._inputs = axes.scatter(
            *inputs.T, s=80, c=theme.background, edgecolors=theme.text, zorder=3
        )
        neurons = np.array([p for places in self._places[1:] for p in places])
        crowd = max(sizes)
        size = 260.0 if crowd <= 8 else max(30.0, 2600.0 / crowd)
        n_maps = sum(sizes[1:-1]) if resolution else 0  # maps stand for circles
        areas = [0.0] * n_maps + [size] * (len(neurons) - n_maps)
        self._neurons = axes.scatter(
            *neurons.T, s=areas, c=theme.background, edgecolors=theme.text, zorder=3
        )
        self._maps = self._add_maps() if resolution else []
        self._selected: int | None = None
        self._strongest = ""

    def _add_maps(self) -> list[Artist]:
        """Add one picture for each hidden neuron, as large as there is room for."""
        width, height = self._axes.figure.get_size_inches()  # type: ignore[union-attr]
        across = self._axes.get_xlim()[1] - self._axes.get_xlim()[0]
        maps: list[Artist] = []
        for places in self._places[1:-1]:
            tall = min(0.86 / len(places), 0.2)
            wide = tall * height / width * across / 1.04
            for x, y in places:
                extent = (x - wide / 2, x + wide / 2, y - tall / 2, y + tall / 2)
                image = self._axes.imshow(
                    np.zeros((2, 2)),
                    extent=extent,
                    origin="lower",
                    aspect="auto",
                    cmap=confidence_map(self._theme, strongest=0.95),
                    vmin=-1,
                    vmax=1,
                    zorder=3.5,
                )
                maps.append(image)
        self._axes.set_xlim(-0.35, len(self._places) - 1 + 0.35)
        self._axes.set_ylim(-0.02, 1.02)
        return maps

    @property
    def moving(self) -> Sequence[Artist]:
        artists = [self._lines, self._mark, self._inputs, self._neurons]
        return (*artists, *self._maps, self._ring)

    def update(self, answers: Sequence[Sequence[float]] = ()) -> None:
        """
        Show the parameters as they are now.

        `answers` are, for maps, those of every hidden neuron: row by row of the plane,
        from the lower left, `resolution` of them across.
        """
        data = np.array([p.data for p in self._parameters])
        weights = data[self._weights]
        strength = np.minimum(np.abs(weights), 4.0)
        self._lines.set_linewidths(0.25 + 1.3 * strength)
        colors = np.ones((len(weights), 4))
        colors[:, :3] = self._colors[(weights > 0).astype(int)]
        colors[:, 3] = 0.18 + 0.72 * np.minimum(strength, 1.5) / 1.5
        self._lines.set_color(colors)
        biases = data[self._biases]
        mix = (np.minimum(np.abs(biases), 2.0) / 2.0 * 0.8)[:, None]
        shades = self._colors[(biases > 0).astype(int)]
        background = np.array(to_rgb(self._theme.background))
        self._neurons.set_facecolors(mix * shades + (1 - mix) * background)
        n = self._resolution
        for image, answer in zip(self._maps, answers, strict=bool(answers)):
            answer = np.reshape(answer, (n, n))
            scale = np.abs(answer).max() or 1.0
            image.set_data(answer / scale)
        self._show_selected()
        k = int(np.argmax(np.abs(data)))
        self._strongest = f"the largest parameter is {data[k]:.3g}"

    def places(self) -> list[tuple[float, ...]]:
        """Return, in pixels, the lines of the weights and the places of the biases."""
        transform = self._axes.transData.transform
        places: list[tuple[float, ...]] = [()] * len(self._parameters)
        ends = transform(np.reshape(self._segments, (-1, 2))).reshape(-1, 4)
        for k, segment in zip(self._weights, ends, strict=True):
            places[k] = tuple(map(float, segment))
        neurons = [p for column in self._places[1:] for p in column]
        for k, place in zip(self._biases, transform(neurons), strict=True):
            places[k] = tuple(map(float, place))
        return places

    def select(self, index: int | None) -> None:
        """Mark the parameter of an index among the model's, or none."""
        self._selected = index if index is None else int(index)
        self._show_selected()

    def _show_selected(self) -> None:
        k = self._selected
        line: tuple[Sequence[float], Sequence[float]] = ([], [])
        ring: tuple[Sequence[float], Sequence[float]] = ([], [])
        if k in self._weights:
            line = tuple(np.transpose(self._segments[self._weights.index(k)]))
            self._mark.set_linewidth(2.5)
        elif k in self._biases:
            neurons = [p for column in self._places[1:] for p in column]
            x, y = neurons[self._biases.index(k)]
            ring = ([x], [y])
        self._mark.set_data(*line)
        self._ring.set_data(*ring)

    def describe(self) -> str:
        sizes = ", ".join(str(len(column)) for column in self._places)
        return (
            f"Network with layers of {sizes} neurons and {len(self._parameters)} "
            f"parameters; {self._strongest}."
        )


def set_curve(
    axes: Axes,
    line: Line2D,
    f: Callable[[float], float],
    left: float,
    right: float,
    y: float,
) -> None:
    """Draw a function between two places; `y` is a height to be seen in any case."""
    xs = np.linspace(left, right, _SAMPLES)
    ys = np.array([f(float(x)) for x in xs])
    line.set_data(xs, ys)
    finite = np.append(ys[np.isfinite(ys)], y)
    # Poles reach far up; what matters is where most of the curve is.
    low, high = np.percentile(finite, [1, 99])
    low, high = min(low, y), max(high, y)
    margin = 0.08 * (high - low) or 1.0
    axes.set_xlim(left, right)
    axes.set_ylim(low - margin, high + margin)


def write_power(number: float, position: int | None = None) -> str:
    """Return a power of ten without matplotlib's formulas, whose fonts are large."""
    exponent = str(round(math.log10(number)))
    return "10" + exponent.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def add_legend(
    axes: Axes, theme: Theme, handles: Sequence[Artist], columns: int = 1
) -> None:
    """Say what the lines are, without a frame."""
    axes.legend(
        handles=list(handles),
        labelcolor=theme.text,
        facecolor=theme.background,
        edgecolor="none",
        framealpha=0.8,
        fontsize=8,
        ncols=columns,
        loc="best" if columns == 1 else "upper center",
    )
