"""What the colours of a plane of numbers mean: a strip of them above the axes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap

from moongrad.plot import Theme

ROOM = 18.0  # CSS pixels that axes give up for it, at their top
STRIP = (96.0, 8.0)  # its width and height
TEXT = 8  # points


class ScaleBar:
    """
    A strip of colours at the upper right, with the numbers at its two ends.

    The axes are made lower for it. It stands still: a plot is stale when its numbers
    have changed.
    """

    def __init__(
        self, axes: Axes, colors: Colormap, *, title: str = "", theme: Theme
    ) -> None:
        box = axes.get_position()
        width, height = axes.figure.get_size_inches() * 100  # type: ignore[union-attr]
        axes.set_position((box.x0, box.y0, box.width, box.height - ROOM / height))
        self._texts = [
            axes.figure.text(
                0, 0, "", color=theme.text, size=TEXT, va="center_baseline"
            )
            for _ in range(3)
        ]
        self._title = title
        self._right = box.x1 * width
        self._middle = box.y1 * height - STRIP[1] / 2 - 1
        self._size = width, height
        self._strip = axes.figure.add_axes((0, 0, 1, 1))
        self._strip.imshow(
            np.linspace(0, 1, 256)[None], cmap=colors, vmin=0, vmax=1, aspect="auto"
        )
        self._strip.set(xticks=[], yticks=[])
        for spine in self._strip.spines.values():
            spine.set_color(theme.grid)
        self.show("", "")

    def show(self, low: str, high: str) -> None:
        """Write the numbers at the ends."""
        width, height = self._size
        across, tall = STRIP
        right = self._right - 6.5 * len(high) - 5
        places = (right + 5, right - across - 5, right - across - 9 - 6.5 * len(low))
        sides = ("left", "right", "right")
        for text, words, x, side in zip(
            self._texts, (high, low, self._title), places, sides, strict=True
        ):
            text.set(text=words, ha=side, x=x / width, y=self._middle / height)
        self._strip.set_position(
            (
                (right - across) / width,
                (self._middle - tall / 2) / height,
                across / width,
                tall / height,
            )
        )
