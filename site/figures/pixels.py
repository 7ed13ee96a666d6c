"""From coordinates to places on a figure, in pixels from the lower left, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection


def to_pixels(
    axes: Axes, points: Sequence[Sequence[float]]
) -> list[tuple[float, float]]:
    """Return where points are on the figure."""
    places = np.reshape(np.asarray(points, dtype=float), (-1, 2))
    return [(float(x), float(y)) for x, y in axes.transData.transform(places)]


def from_pixels(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Return the coordinates of a place on the figure."""
    (point,) = axes.transData.inverted().transform([(x, y)])
    return float(point[0]), float(point[1])


def clip(number: float, limits: tuple[float, float]) -> float:
    """Return the number, or the limit that it is beyond."""
    low, high = limits
    return float(min(max(number, low), high))


def interpolate(n: int, n_pixels: int) -> np.ndarray:
    """Return the matrix that turns n numbers into one for each pixel, linearly."""
    places = np.linspace(0, n - 1, n_pixels)
    weights = np.maximum(0.0, 1 - np.abs(places[:, None] - np.arange(n)[None, :]))
    return weights.astype(np.float32)


def place_dots(
    dots: PathCollection, places: Sequence[Sequence[float]] | np.ndarray
) -> None:
    """Put dots at places; without any, one would be drawn in the corner."""
    dots.set_offsets(np.reshape(np.asarray(places, dtype=float), (-1, 2)))
    dots.set_visible(len(places) > 0)
