"""Which classes a network confuses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from figures.colors import blend
from figures.legend import LETTER, cut
from moongrad.plot import LIGHT, Theme, style

ROOMY = 44.0  # CSS pixels of a cell's height that has room for a share below the count


class ConfusionMatrix:
    """
    How many points of each class, a row, are taken for each class, a column.

    A cell has the colour of its row's class, as strong as its share of the row.
    `classes` are the names of two to four classes.
    """

    def __init__(
        self, axes: Axes, classes: Sequence[str], *, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._theme, self._classes = theme, classes
        n = len(classes)
        style(axes, theme)
        for spine in axes.spines.values():
            spine.set_visible(False)
        box = axes.get_window_extent()
        wide, tall = (
            length / axes.figure.dpi * 100 / n  # type: ignore[union-attr]
            for length in (box.width, box.height)
        )
        columns, rows = (
            [cut(name, max(3, int(side / LETTER))) for name in classes]
            for side in (wide, tall)
        )
        axes.set_xticks(range(n), columns)
        axes.set_yticks(range(n), rows, rotation=90, va="center")
        axes.tick_params(length=0)
        axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5))
        axes.set_xlabel("predicted", color=theme.text)
        axes.set_ylabel("true", color=theme.text)
        self._cells = [
            Rectangle((column - 0.5, row - 0.5), 1, 1, lw=2, ec=theme.background)
            for row in range(n)
            for column in range(n)
        ]
        for cell in self._cells:
            axes.add_patch(cell)
        self._has_shares = tall >= ROOMY
        look = {"ha": "center", "va": "center", "color": theme.curve}
        self._texts = [
            [axes.text(x, y + offset, "", size=size, **look) for offset, size in lines]
            for y in range(n)
            for x in range(n)
            for lines in [((-0.08, 13), (0.22, 8))]
        ]
        self._counts = np.zeros((n, n), dtype=int)
        self.update(self._counts)

    @property
    def moving(self) -> Sequence[Artist]:
        texts = [text for pair in self._texts for text in pair]
        return (*self._cells, *texts)

    def update(self, counts: Sequence[Sequence[int]] | np.ndarray) -> None:
        """Show counts: a row for each true class, a column for each predicted one."""
        self._counts = np.asarray(counts)
        totals = self._counts.sum(axis=1, keepdims=True)
        shares = self._counts / np.maximum(totals, 1)
        theme = self._theme
        for k, (row, column) in enumerate(np.ndindex(self._counts.shape)):
            share = shares[row, column]
            fill = np.array(to_rgb(theme.class_fills[row]))
            # An empty cell can still be seen.
            color = blend(fill, np.array(0.08 + 0.92 * share), theme)
            self._cells[k].set_facecolor(tuple(color))
            count, percent = self._texts[k]
            n = self._counts[row, column]
            count.set(text=f"{n:,}", color=theme.curve if n else theme.text)
            has_share = n > 0 and self._has_shares
            percent.set_text(write_share(share) if has_share else "")

    def describe(self) -> str:
        n, n_right = self._counts.sum(), np.trace(self._counts)
        rows = []
        for name, counts in zip(self._classes, self._counts, strict=True):
            parts = [
                f"{count} as {other}"
                for count, other in zip(counts, self._classes, strict=True)
                if count
            ]
            rows.append(f"{name}: {', '.join(parts) or 'no points'}")
        return f"Confusion matrix, {n_right} of {n} right. {'; '.join(rows)}."


def write_share(share: float) -> str:
    """Return a share in percent; none that is more than nothing looks like nothing."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
