"""One neuron of a network, large: what it puts out across the plane of the points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.network_layout import Box
from figures.neuron_maps import MapArtist
from figures.pixels import place_dots
from moongrad.plot import Limits, Theme

LINE = 16.0  # CSS pixels from one line of text to the next
PADDING = 8.0
NARROW = 165.0  # CSS pixels of width that have no room for a long line


class NeuronPanel:
    """
    A large map with the points on it, and beside or below it the neuron's name.

    The plane has `limits`; the map is computed at `across` places in each direction.
    """

    def __init__(
        self,
        axes: Axes,
        box: Box,
        limits: Limits,
        across: int,
        theme: Theme,
    ) -> None:
        self.name = ""
        left, right, low, high = limits
        self._low, self._high = np.array([left, low]), np.array([right, high])
        is_flat = box.width > box.height
        if is_flat:
            side = box.height - 2 * PADDING
            center = (box.x + PADDING + side / 2, box.y + box.height / 2)
            corner = (box.x + side + 3 * PADDING, box.y + box.height - PADDING)
        else:
            side = min(box.width - 2 * PADDING, box.height - 2 * PADDING - 4 * LINE)
            free = box.height - side - 4 * LINE
            center = (box.center[0], box.y + box.height - free / 2 - side / 2)
            corner = (center[0] - side / 2, center[1] - side / 2 - PADDING)
        self._side = side
        self._corner = (center[0] - side / 2, center[1] - side / 2)
        self._map = MapArtist([center], [side], across, theme, zorder=7)
        axes.add_artist(self._map)
        self._points = axes.scatter(
            [],
            [],
            s=11 if side > 150 else 7,
            c=theme.text,
            edgecolors=theme.background,
            linewidths=0.5,
            zorder=8,
        )
        self._title = axes.text(
            *corner, "", color=theme.curve, size=9, va="top", zorder=8
        )
        text = "its output across" + ("\n" if is_flat else " ") + "the plane"
        if not is_flat and box.width < NARROW:
            text = "its output"
        look = {"color": theme.text, "size": 8, "va": "top", "zorder": 8}
        x, y = corner
        axes.text(x, y - LINE - 2, text, linespacing=1.4, **look)
        y -= (3 if is_flat else 2) * LINE + 4
        self._bias = axes.text(x, y, "", **look)

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._map, self._points, self._title, self._bias)

    def move(self, points: Sequence[Sequence[float]]) -> None:
        """Show the points at these places of the plane."""
        points = np.reshape(np.asarray(points, dtype=float), (-1, 2))
        share = (points - self._low) / (self._high - self._low)
        places = np.array(self._corner) + np.clip(share, 0, 1) * self._side
        place_dots(self._points, places)

    def color(self, colors: np.ndarray) -> None:
        """Give the points these colours."""
        self._points.set_facecolors(colors)

    def show(self, name: str, bias: float, answers: np.ndarray) -> None:
        """Show the neuron of a name."""
        self.name = name
        self._title.set_text(name)
        self._bias.set_text(f"bias {bias:.3f}".replace("-", "−"))
        self._map.set_answers(answers[None])
