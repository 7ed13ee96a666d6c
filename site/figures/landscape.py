"""The loss around the parameters of a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from contourpy import contour_generator
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from figures.colors import ascend
from figures.scale_bar import ScaleBar
from moongrad.plot import LIGHT, LOWEST_LOSS, Limits, Theme, draw_plane

LEVELS = 14  # steps of the colours from the lowest loss to the highest
UNIT = (-1.0, 1.0, -1.0, 1.0)


class LossLandscape:
    """
    The loss across a plane through the present parameters, in steps of colour.

    The steps are as far from each other as the logarithms of the loss. A cross marks
    the present parameters, a line where the run has come from.
    """

    def __init__(self, axes: Axes, *, theme: Theme = LIGHT) -> None:
        self.is_stale = True
        self._axes = axes
        colors = ascend(theme, LEVELS)
        self._bar = ScaleBar(axes, colors, title="loss", theme=theme)
        self._image = draw_plane(
            axes,
            np.full((2, 2), np.nan),
            UNIT,
            theme=theme,
            cmap=colors,
            interpolation="bilinear",
            interpolation_stage="data",  # then a step of colour ends on a line
        )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.set_xlabel("first direction", color=theme.text)
        axes.set_ylabel("second direction", color=theme.text, labelpad=1)
        self._lines = LineCollection([], colors=theme.text, linewidths=0.5, alpha=0.5)
        axes.add_collection(self._lines, autolim=False)
        (self._path,) = axes.plot(
            [], [], ".-", color=theme.positive, lw=1.6, ms=4, zorder=3
        )
        (self._cross,) = axes.plot(
            [0], [0], "P", color=theme.curve, mec=theme.background, ms=11, zorder=4
        )
        self._still: tuple[Limits, str, str] = (UNIT, "", "")
        self._text = "Loss landscape: nothing has been computed yet."

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._image, self._lines, self._path, self._cross)

    def update(
        self,
        losses: Sequence[Sequence[float]] | np.ndarray,
        extent: float | Limits,
        path: Sequence[Sequence[float]] = (),
    ) -> None:
        """
        Show losses, a square of them, the lowest row first.

        `extent` is left, right, low and high of their places, or how far they reach to
        each side; `path` are places of moments before, the last one in the middle.
        """
        grid = np.asarray(losses, dtype=float)
        limits = (
            (-extent, extent, -extent, extent)
            if isinstance(extent, (int, float))
            else extent
        )
        heights = np.log10(np.maximum(grid, LOWEST_LOSS))
        heights[~np.isfinite(grid)] = np.nan
        known = heights[np.isfinite(heights)]
        low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        high = max(high, low + 1e-3)  # where it is flat
        left, right, bottom, top = limits
        dx, dy = np.array([right - left, top - bottom]) / (len(grid) - 1) / 2
        self._image.set_data(heights)
        self._image.set_extent((left - dx, right + dx, bottom - dy, top + dy))
        self._image.set_clim(low, high)
        self._axes.set(xlim=(left, right), ylim=(bottom, top))
        self._lines.set_segments(trace_levels(heights, limits, low, high))
        places = np.reshape(np.asarray(path, dtype=float), (-1, 2))
        self._path.set_data(*places.T)
        still = (limits, f"{10**low:.2g}", f"{10**high:.2g}")
        if still != self._still:
            self._still = still
            self._bar.show(*still[1:])
            self.is_stale = True
        middle = grid[len(grid) // 2, len(grid) // 2]
        self._text = (
            f"Loss landscape: {middle:.3g} at the present parameters, from "
            f"{10**low:.3g} to {10**high:.3g} around them."
        )
        if len(places):
            self._text += f" A line shows the last {len(places)} recorded moments."

    def describe(self) -> str:
        return self._text


def trace_levels(
    heights: np.ndarray, limits: Limits, low: float, high: float
) -> list[np.ndarray]:
    """Return the lines between the steps of colour."""
    left, right, bottom, top = limits
    n = len(heights)
    contours = contour_generator(
        np.linspace(left, right, n),
        np.linspace(bottom, top, n),
        np.ma.masked_invalid(heights),
        line_type="Separate",
    )
    levels = np.linspace(low, high, LEVELS + 1)[1:-1]
    return [line for level in levels for line in contours.lines(level)]
