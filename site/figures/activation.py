"""The activations of a neuron, and where it is on its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.function import N_SAMPLES
from figures.legend import add_legend
from moongrad import Value
from moongrad.nn import ACTIVATIONS
from moongrad.plot import LIGHT, Theme, style


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
        xs = np.linspace(-4, 4, N_SAMPLES)
        dashes = {"relu": "--", "tanh": "-", "sigmoid": "-.", "linear": ":"}
        self._lines = {
            name: axes.plot(
                xs,
                [activate(name, float(x))[is_slope] for x in xs],
                dash,
                lw=1.5,
                color=theme.curve,
                label=name,
            )[0]
            for name, dash in dashes.items()
        }
        (self._point,) = axes.plot(
            [], [], "o", color=theme.positive, ms=8, clip_on=False, zorder=4
        )
        self._text = self._chosen = ""

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._lines.values(), self._point)

    def update(self, n: float, chosen: str) -> None:
        """Show the neuron at its sum n, on the activation that it has."""
        if chosen != self._chosen:
            self._highlight(chosen)
        y = activate(chosen, n)[self._is_slope]
        self._point.set_data([min(max(n, -4), 4)], [min(max(y, -1.55), 2.15)])
        what = "Slopes of the activations" if self._is_slope else "Activations"
        verb = "its slope there is" if self._is_slope else "its output is"
        self._text = (
            f"{what} tanh, ReLU, sigmoid and linear. The neuron, {chosen}, is at "
            f"n = {n:.4g}: {verb} {y:.4g}."
        )

    def _highlight(self, chosen: str) -> None:
        """Show one curve in another colour, in the legend as well."""
        self._chosen = chosen
        for name, line in self._lines.items():
            line.set_color(
                self._theme.positive if name == chosen else self._theme.curve
            )
            line.set_linewidth(2.4 if name == chosen else 1.2)
        add_legend(self._axes, self._theme, list(self._lines.values()), columns=2)
        self.is_stale = True

    def describe(self) -> str:
        return self._text


def activate(name: str, n: float) -> tuple[float, float]:
    """Return what an activation gives for n, and its slope there, by the engine."""
    value = Value(n)
    operation = ACTIVATIONS[name]
    output = operation(value) if operation else value * 1.0
    output.backward()
    return output.data, value.grad
