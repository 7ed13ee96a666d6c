"""The decision boundary of a network that learns, among points that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.legend import add_class_legend
from figures.pixels import clip, from_pixels, to_pixels
from moongrad.plot import (
    LIGHT,
    Theme,
    boundary_grid,
    draw_boundary,
    shade,
    trace_boundary,
)


class DecisionBoundary:
    """
    The points, and behind them the class that the network gives to each place.

    `rows` are the places to score, row by row from the lower left; `update` takes their
    scores. `classes` are the names of the labels -1 and +1, for a legend.
    """

    def __init__(
        self,
        axes: Axes,
        points: Sequence[Sequence[float]],
        labels: Sequence[float],
        *,
        resolution: int = 40,
        classes: Sequence[str] = ("−1", "+1"),
        theme: Theme = LIGHT,
    ) -> None:
        self.is_stale = True
        self._axes = axes
        self._n_points = len(labels)
        self._n_right: int | None = None
        self.rows = boundary_grid(points, resolution)
        self._first_points = list(points)  # the grid stays where they were
        scores = [0.0] * len(self.rows)
        self._image, self._line, self._points = draw_boundary(
            axes, points, labels, scores, theme=theme
        )
        self._legend = add_class_legend(axes, theme, classes)
        self._size = float(self._points.get_sizes()[0])

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._image, self._line, self._points, self._legend)

    def update(self, scores: Sequence[float], n_right: int | None = None) -> None:
        """Show the scores of `rows`; `n_right` counts the points that are right."""
        self._image.set_data(shade(scores))
        self._line.set_segments(trace_boundary(self._first_points, scores))
        self._n_right = n_right

    def handles(self) -> list[tuple[float, float]]:
        """Return where the points are on the figure, in pixels from the lower left."""
        return to_pixels(self._axes, self._points.get_offsets())

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates at a place on the figure, inside of the axes."""
        x, y = from_pixels(self._axes, x, y)
        return clip(x, self._axes.get_xlim()), clip(y, self._axes.get_ylim())

    def move(self, points: Sequence[Sequence[float]]) -> None:
        """Show the points elsewhere; the axes stay."""
        self._points.set_offsets(np.asarray(points, dtype=float))

    def select(self, index: int | None) -> None:
        """Mark one of the points, or none."""
        sizes = np.full(self._n_points, self._size)
        if index is not None:
            sizes[index] *= 4
        self._points.set_sizes(sizes)

    def describe(self) -> str:
        n = self._n_points
        text = f"Decision boundary among {n} points of two classes"
        if self._n_right is None:
            return f"{text}."
        return f"{text}: {self._n_right} of {n} are classified correctly."
