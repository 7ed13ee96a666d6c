"""What lines and colours mean, said in the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from moongrad.plot import Theme


def add_legend(
    axes: Axes, theme: Theme, lines: Sequence[Line2D], columns: int = 1
) -> None:
    """Say what the lines are, without a frame."""
    place = "best" if columns == 1 else "upper center"
    axes.legend(handles=list(lines), ncols=columns, loc=place, **_look(theme))


def add_class_legend(axes: Axes, theme: Theme, names: Sequence[str]) -> Legend:
    """Say which class has which colour; `names` are of labels -1 and +1."""
    dots = [
        Line2D([], [], marker="o", linestyle="", color=color, label=name, markersize=5)
        for color, name in zip((theme.negative, theme.positive), names, strict=True)
    ]
    return axes.legend(
        handles=dots,
        ncols=2,
        loc="upper right",
        borderaxespad=0.3,
        handletextpad=0.0,
        columnspacing=0.8,
        borderpad=0.3,
        **_look(theme),
    )


def _look(theme: Theme) -> dict[str, Any]:
    """Return what all legends have in common."""
    return {
        "labelcolor": theme.text,
        "facecolor": theme.background,
        "edgecolor": "none",
        "framealpha": 0.8,
        "fontsize": 8,
    }
