"""What every live figure can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.artist import Artist


class Plot(Protocol):
    """
    A drawing on one `Axes` that can change.

    A plot of parts that the visitor can choose also has `handles()`, which says where
    they are, and `select(index)`, which marks one of them, or none. Where parts can be
    dragged, `locate(x, y)` returns the coordinates of a place on the figure. Such
    places are pixels from the lower left: (x, y) of a point, (x, y, x, y) of a line,
    (x, y, half of a side) of a square. A plot that can show motion has `is_moving`,
    which says before each update whether it is to.
    """

    is_stale: bool  # whether what stands still (limits, ticks) must be drawn again

    @property
    def moving(self) -> Sequence[Artist]:
        """The artists that an update changes, bottom one first."""

    def describe(self) -> str:
        """Return in words what the drawing shows now."""
