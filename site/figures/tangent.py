"""A function with its tangent and a secant, by points that can be dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.function import FunctionLine
from figures.legend import add_legend
from figures.pixels import clip, from_pixels, to_pixels
from moongrad.plot import LIGHT, Theme, style


class TangentPlot:
    """
    A function, with the tangent at one place and the secant to another.

    `width` is how far the horizontal axis reaches at least, on either side of 0.
    """

    def __init__(
        self,
        axes: Axes,
        f: Callable[[float], float],
        width: float,
        *,
        theme: Theme = LIGHT,
    ) -> None:
        self._axes = axes
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_xlabel("x", color=theme.text)
        self._function = FunctionLine(axes, f, width, label="f", theme=theme)
        (self._tangent,) = axes.plot(
            [], [], color=theme.positive, lw=1.4, label="tangent: the exact slope"
        )
        (self._secant,) = axes.plot(
            [], [], "--", color=theme.negative, lw=1.4, label="secant: through x + h"
        )
        (self._point,) = axes.plot([], [], "o", color=theme.positive, ms=7)
        (self._nudged,) = axes.plot([], [], "o", color=theme.negative, ms=6)
        self._text = "Curve of f."
        add_legend(axes, theme, [self._function.line, self._tangent, self._secant])

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._secant, self._tangent, self._nudged, self._point)

    def update(self, x: float, h: float, slope: float, y: float, y_h: float) -> None:
        """Show the place x, the exact slope there, and the place x + h."""
        if self._function.cover(x - 1, max(x + 1, x + h + 0.5), y):
            self.is_stale = True
        left, right = self._function.range
        ends = np.array([left - 10, right + 10])
        self._tangent.set_data(ends, y + slope * (ends - x))
        secant = (y_h - y) / h
        self._secant.set_data(ends, y + secant * (ends - x))
        self._point.set_data([x], [y])
        self._nudged.set_data([x + h], [y_h])
        self._text = (
            f"Curve of f with its tangent at x = {x:.4g}, of slope {slope:.6g}, and "
            f"the secant to x + h = {x + h:.6g}, of slope {secant:.6g}."
        )

    def handles(self) -> list[tuple[float, float]]:
        """Return where x and x + h are on the figure, in pixels from the lower left."""
        points = [line.get_xydata()[0] for line in (self._point, self._nudged)]
        return to_pixels(self._axes, points)

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates at a place on the figure; x is inside of the axes."""
        x, y = from_pixels(self._axes, x, y)
        return clip(x, self._axes.get_xlim()), y

    def select(self, index: int | None) -> None:
        """Mark one of the two points, or none."""
        self._point.set_markersize(11 if index == 0 else 7)
        self._nudged.set_markersize(10 if index == 1 else 6)

    def describe(self) -> str:
        return self._text
