"""What lines are, said beside them."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from moongrad.plot import Theme


def add_legend(
    axes: Axes, theme: Theme, lines: Sequence[Line2D], columns: int = 1
) -> None:
    """Say what the lines are, without a frame."""
    axes.legend(
        handles=list(lines),
        labelcolor=theme.text,
        facecolor=theme.background,
        edgecolor="none",
        framealpha=0.8,
        fontsize=8,
        ncols=columns,
        loc="best" if columns == 1 else "upper center",
    )
