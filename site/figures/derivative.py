"""The slope of a function at every place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.function import FunctionLine
from figures.legend import add_legend
from moongrad.plot import LIGHT, Theme, style


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
        self._function = FunctionLine(
            axes, derivative, width, label="f′, exact", theme=theme
        )
        (self._numeric,) = axes.plot(
            [], [], "s", color=theme.negative, ms=6, label="by nudging x by h"
        )
        (self._point,) = axes.plot(
            [], [], "o", color=theme.positive, ms=7, label="at this x"
        )
        self._text = "Curve of the slope of f."
        add_legend(axes, theme, [self._function.line, self._point, self._numeric])

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._point, self._numeric)

    def update(self, x: float, exact: float, numeric: float) -> None:
        """Show both slopes at x."""
        if self._function.cover(x - 1, x + 1, exact):
            self.is_stale = True
        self._point.set_data([x], [exact])
        self._numeric.set_data([x], [numeric])
        self._text = (
            f"Curve of the slope of f: {exact:.6g} at x = {x:.4g}; by nudging, "
            f"{numeric:.6g}."
        )

    def describe(self) -> str:
        return self._text
