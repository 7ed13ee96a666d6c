"""An image of numbers that is drawn in a fraction of matplotlib's time."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.image import AxesImage


class _Between(NamedTuple):
    """For each pixel of a side, the number before it and how far it is to the next."""

    first: np.ndarray
    share: np.ndarray

    @classmethod
    def find(cls, low: float, high: float, n: int) -> _Between:
        """Lay n numbers over the pixels that a side from low to high touches."""
        centers = np.arange(math.floor(low), math.ceil(high)) + 0.5
        places = np.clip((centers - low) / (high - low) * (n - 1), 0, n - 1)
        first = np.minimum(places.astype(int), n - 2)
        return cls(first, (places - first).astype(np.float32)[:, None])

    def interpolate(self, rows: np.ndarray) -> np.ndarray:
        """Return a row for each pixel, between the two that are nearest."""
        steps = np.diff(rows, axis=0)
        fine = steps[self.first]
        fine *= self.share
        fine += rows[self.first]
        return fine


class QuickImage(Artist):
    """
    Draws a square image whose outermost numbers are on the edges of its axes.

    `image` is of numbers, with `interpolation="bilinear"` of the data. Its pixels
    are found here; where that can't be, for a number that is missing or a file of
    lines, matplotlib draws it.
    """

    def __init__(self, axes: Axes, image: AxesImage) -> None:
        super().__init__()
        self.axes = axes
        self.set_figure(axes.get_figure(root=True))
        self._image = image
        colors = image.get_cmap()
        self._n_colors = colors.N
        table = colors(np.arange(colors.N), bytes=True)
        self._colors = np.ascontiguousarray(table).view(np.uint32)[:, 0]
        self._sides: tuple[float, ...] = ()

    def set_animated(self, b: bool) -> None:
        super().set_animated(b)
        self._image.set_animated(b)

    def draw(self, renderer: RendererBase) -> None:
        numbers = self._image.get_array()
        if not isinstance(renderer, RendererAgg) or np.ma.is_masked(numbers):
            self._image.draw(renderer)
            return
        box = self.axes.bbox
        context = renderer.new_gc()
        context.set_clip_rectangle(box)
        pixels = self._paint(np.asarray(numbers), box.extents)
        renderer.draw_image(context, math.floor(box.x0), math.floor(box.y0), pixels)
        context.restore()

    def _paint(self, numbers: np.ndarray, extents: np.ndarray) -> np.ndarray:
        """Return RGBA pixels, the lowest row first."""
        if tuple(extents) != self._sides:
            self._sides = left, low, right, high = tuple(extents)
            self._across = _Between.find(left, right, numbers.shape[1])
            self._up = _Between.find(low, high, numbers.shape[0])
        least, most = self._image.get_clim()
        scaled = (numbers - least) * (self._n_colors / (most - least))
        columns = self._across.interpolate(scaled.T.astype(np.float32))
        places = self._up.interpolate(np.ascontiguousarray(columns.T))
        np.clip(places, 0, self._n_colors - 1, out=places)
        pixels = self._colors[places.astype(np.uint16)]
        return pixels.view(np.uint8).reshape(*pixels.shape, 4)
