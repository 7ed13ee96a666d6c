"""From coordinates to places on a figure, in pixels from the lower left, and back."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes


def to_pixels(
    axes: Axes, points: Sequence[Sequence[float]]
) -> list[tuple[float, float]]:
    """Return where points are on the figure."""
    return [(float(x), float(y)) for x, y in axes.transData.transform(points)]


def from_pixels(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Return the coordinates of a place on the figure."""
    (point,) = axes.transData.inverted().transform([(x, y)])
    return float(point[0]), float(point[1])


def clip(number: float, limits: tuple[float, float]) -> float:
    """Return the number, or the limit that it is beyond."""
    low, high = limits
    return float(min(max(number, low), high))
