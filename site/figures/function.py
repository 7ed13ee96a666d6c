"""The line of a function, over a range that follows what has to be seen."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from moongrad.plot import Theme

N_SAMPLES = 241  # places at which a function is computed for its line


class FunctionLine:
    """
    The line of a function on axes whose limits it sets.

    `width` is how far the range reaches at least, on either side of 0.
    """

    def __init__(
        self,
        axes: Axes,
        f: Callable[[float], float],
        width: float,
        *,
        label: str,
        theme: Theme,
    ) -> None:
        self._axes, self._f, self._width = axes, f, width
        self.range = (math.nan, math.nan)
        (self.line,) = axes.plot([], [], color=theme.curve, lw=1.6, label=label)

    def cover(self, low: float, high: float, y: float) -> bool:
        """
        Draw the line anew if its range has to change for what is at low to high.

        `y` is a height that the axes then have room for. Returns whether it was drawn.
        """
        # Whole numbers, so that the axes do not move with every pixel of a drag.
        left = min(-self._width, math.floor(low))
        right = max(self._width, math.ceil(high))
        if (left, right) == self.range:
            return False
        self.range = (left, right)
        xs = np.linspace(left, right, N_SAMPLES)
        ys = np.array([self._f(float(x)) for x in xs])
        self.line.set_data(xs, ys)
        self._axes.set_xlim(left, right)
        self._axes.set_ylim(*_find_heights(ys, y))
        return True


def _find_heights(ys: np.ndarray, y: float) -> tuple[float, float]:
    """Return limits for most of the curve, and for `y` in any case."""
    finite = np.append(ys[np.isfinite(ys)], y)
    # Poles reach far up; what matters is where most of the curve is.
    low, high = np.percentile(finite, [1, 99])
    low, high = min(low, y), max(high, y)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin
