"""What lines and colours mean, said in the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from moongrad.plot import Theme

#: Of the points of up to four classes.
SHAPES = ("o", "o", "^", "s")
LONGEST = 18  # letters of a class's name
FONT = 8 / 0.72  # CSS pixels of its 8 points
LETTER, LINE = 6.4, 15.0  # CSS pixels of a letter's width, and of a row's height


def add_legend(
    axes: Axes, theme: Theme, lines: Sequence[Line2D], columns: int = 1
) -> None:
    """Say what the lines are, without a frame."""
    place = "best" if columns == 1 else "upper center"
    axes.legend(handles=list(lines), ncols=columns, loc=place, **_look(theme))


def add_class_legend(
    axes: Axes,
    theme: Theme,
    names: Sequence[str],
    *,
    has_test: bool = False,
    is_above: bool = False,
) -> Legend:
    """
    Say which class has which colour, and that test points are hollow.

    `names` are of up to four classes; two are of labels -1 and +1. `is_above`: outside
    of the axes, which are made lower for it.
    """
    dots = [
        Line2D(
            [], [], marker=shape, linestyle="", color=color, label=cut(name, LONGEST)
        )
        for color, shape, name in zip(theme.classes, SHAPES, names, strict=False)
    ]
    for dot in dots:
        dot.set_markersize(5)
    if has_test:
        dots.append(_make_test_dot(theme, "o"))
    if is_above:
        return add_above(axes, theme, dots)
    return axes.legend(
        handles=dots,
        ncols=_count_columns(axes, dots),
        loc="upper right",
        borderaxespad=0.3,
        borderpad=0.3,
        handletextpad=0.0,
        columnspacing=0.8,
        **_look(theme),
    )


def add_above(
    axes: Axes, theme: Theme, handles: Sequence[Line2D], *, sample: float = 0.0
) -> Legend:
    """
    Add a legend above axes, at their right; they are made lower for it.

    `sample` is the width of the lines in it, in CSS pixels.
    """
    columns = _count_columns(axes, handles, sample)
    box = axes.get_position()
    height = axes.figure.get_size_inches()[1] * 100  # type: ignore[union-attr]
    room = (-(-len(handles) // columns) * LINE + 2) / height
    axes.set_position((box.x0, box.y0, box.width, box.height - room))
    return axes.legend(
        handles=list(handles),
        ncols=columns,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        borderaxespad=0.0,
        borderpad=0.1,
        handletextpad=0.5 if sample else 0.0,
        handlelength=sample / FONT if sample else 2.0,
        columnspacing=0.8,
        **_look(theme),
    )


def _count_columns(axes: Axes, handles: Sequence[Line2D], sample: float = 0.0) -> int:
    """Return in how many columns there is room for handles: all, or at least two."""
    around = 26.0 if not sample else sample + 16
    lengths = [len(str(line.get_label())) * LETTER + around for line in handles]
    width = axes.get_window_extent().width / axes.figure.dpi * 100  # type: ignore[union-attr]
    if sum(lengths) <= width:
        return len(handles)
    return min(max(2, int(width // max(lengths))), len(handles))


def add_test_legend(axes: Axes, theme: Theme, shape: str) -> Legend:
    """Say which shape test points have, above the axes at their left."""
    return axes.legend(
        handles=[_make_test_dot(theme, shape)],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.0,
        handletextpad=0.0,
        borderpad=0.1,
        **_look(theme),
    )


def _make_test_dot(theme: Theme, shape: str) -> Line2D:
    look = {"marker": shape, "linestyle": "", "color": theme.text, "mfc": "none"}
    return Line2D([], [], label="test", markersize=5, **look)


def cut(name: str, longest: int) -> str:
    """Return a name, or its beginning where it is too long."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _look(theme: Theme) -> dict[str, Any]:
    """Return what all legends have in common."""
    return {
        "labelcolor": theme.text,
        "facecolor": theme.background,
        "edgecolor": "none",
        "framealpha": 0.8,
        "fontsize": 8,
    }
