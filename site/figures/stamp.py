"""Artists that seldom change, above others that always do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg


class Stamp(Artist):
    """
    Draws artists once, and from then on copies the pixels until `renew` is called.

    Hundreds of points and a legend take longer to draw than all that changes below
    them. `artists` are drawn from the first to the last.
    """

    def __init__(self, axes: Axes, artists: Sequence[Artist]) -> None:
        super().__init__()
        self.axes = axes
        self.set_figure(axes.get_figure(root=True))
        self._artists = artists
        self._image: np.ndarray | None = None

    def renew(self) -> None:
        """Draw them anew the next time."""
        self._image = None

    def set_animated(self, b: bool) -> None:
        super().set_animated(b)
        for artist in self._artists:
            artist.set_animated(b)

    def draw(self, renderer: RendererBase) -> None:
        if not isinstance(renderer, RendererAgg):  # a file of lines and not of pixels
            for artist in self._artists:
                artist.draw(renderer)
            return
        if self._image is None:
            self._image, self._left, self._low = self._render(renderer)
        if self._image.size:
            context = renderer.new_gc()
            renderer.draw_image(context, self._left, self._low, self._image)
            context.restore()

    def _render(self, renderer: RendererAgg) -> tuple[np.ndarray, int, int]:
        """Return the pixels that are not empty, and where they are."""
        own = RendererAgg(renderer.width, renderer.height, renderer.dpi)
        for artist in self._artists:
            artist.draw(own)
        pixels = np.asarray(own.buffer_rgba())
        rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=k)) for k in (1, 0))
        if not len(rows):
            return pixels[:0, :0], 0, 0
        top, bottom = rows[0], rows[-1] + 1
        left, right = columns[0], columns[-1] + 1
        part = pixels[top:bottom, left:right]
        return part[::-1].copy(), int(left), int(pixels.shape[0] - bottom)
