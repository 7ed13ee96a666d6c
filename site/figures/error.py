"""The error of a slope by nudging, against the size of the nudge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from moongrad.plot import LIGHT, Theme, style

_FLOOR = 1e-17  # where an error of 0 is drawn


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


def write_power(number: float, position: int | None = None) -> str:
    """Return a power of ten without matplotlib's formulas, whose fonts are large."""
    exponent = str(round(math.log10(number)))
    return "10" + exponent.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
