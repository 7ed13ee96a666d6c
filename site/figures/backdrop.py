"""What is behind the points of a plane: the output of a network, as colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from figures.palette import Palette
from figures.pixels import interpolate
from figures.quick_image import QuickImage
from figures.scale_bar import ScaleBar
from moongrad.plot import Limits, Theme, draw_plane, trace_boundary

FINE = 200  # places in each direction where colours of several classes are found


class Backdrop:
    """
    An image of the plane, and lines where another class takes over.

    `n` are the places in each direction that have scores.
    """

    def __init__(
        self, axes: Axes, palette: Palette, limits: Limits, n: int, theme: Theme
    ) -> None:
        self._palette, self._limits, self._n = palette, limits, n
        self._fine = interpolate(n, FINE)
        self._bar: ScaleBar | None = None
        if palette.colors is None:
            grid = np.zeros((FINE, FINE, 4))
            self._image = draw_plane(
                axes, grid, limits, theme=theme, interpolation="nearest"
            )
            self._shown: Artist = self._image
        else:
            if not palette.limit:  # not known before there are labels
                self._bar = ScaleBar(axes, palette.colors, theme=theme)
            self._image = draw_plane(
                axes,
                np.zeros((n, n)),
                limits,
                theme=theme,
                cmap=palette.colors,
                vmin=-palette.limit,
                vmax=palette.limit,
                interpolation="bilinear",
                interpolation_stage="data",  # a sign changes on a line, not in steps
            )
            self._shown = QuickImage(axes, self._image)
        self._line = LineCollection([], colors=theme.curve, linewidths=1.3)
        axes.add_collection(self._line, autolim=False)

    @property
    def artists(self) -> Sequence[Artist]:
        return (self._shown, self._line)

    def fit(self, labels: Sequence[float]) -> bool:
        """Suit the scale to labels; return whether what stands still has changed."""
        if not self._palette.fit(labels):
            return False
        limit = self._palette.limit
        self._image.set_clim(-limit, limit)
        if self._bar:
            self._bar.show(f"−{limit:.3g}", f"{limit:.3g}")
        return True

    def show(self, scores: np.ndarray) -> None:
        """Show scores, a row for each place, from the lower left."""
        palette = self._palette
        grid = scores.reshape(self._n, self._n, -1)
        if palette.colors is None:
            colors = palette.paint(self._refine(grid))
            self._image.set_data((colors * 255).round().astype(np.uint8))
        else:
            self._image.set_data(palette.measure(grid))
        lines = [
            line
            for lead in palette.find_leads(grid)
            for line in trace_boundary((), lead.ravel(), limits=self._limits)
        ]
        self._line.set_segments(lines)

    def _refine(self, grid: np.ndarray) -> np.ndarray:
        """Return the scores of more places, between those that there are."""
        fine, is_known = self._fine, np.isfinite(grid).all(axis=-1)
        known = np.where(is_known[..., None], grid, 0.0)  # NaN would be everywhere
        layers = (fine @ known.T @ fine.T).T
        layers[(fine @ ~is_known @ fine.T) > 0] = np.nan
        return layers
