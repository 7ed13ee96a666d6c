"""Quick redrawing: what stands still is drawn once and kept."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from figures.plot import Plot
from moongrad.plot import LIGHT, Theme, add_axes, new_figure


class Picture:
    """
    A figure of one plot, of which only the moving artists are drawn each time.

    * `make`: called with the empty `Axes`, returns the plot.
    * `width`, `height`: in CSS pixels; `ratio`: screen pixels in each of them.
    * `is_transparent`: whether the background of the theme is left out.
    """

    def __init__(
        self,
        make: Callable[[Axes], Plot],
        *,
        width: float = 480,
        height: float = 384,
        ratio: float = 1.0,
        theme: Theme = LIGHT,
        is_transparent: bool = False,
    ) -> None:
        self.figure = new_figure(width, height, ratio, theme)
        self._canvas = FigureCanvasAgg(self.figure)
        axes = add_axes(self.figure)
        self.plot = make(axes)
        if is_transparent:
            self.figure.patch.set_alpha(0)
            axes.patch.set_alpha(0)
        for artist in self.plot.moving:
            artist.set_animated(True)

    def to_svg(self) -> str:
        """Return the drawing as it is now, as the text of an SVG file."""
        for artist in self.plot.moving:
            artist.set_animated(False)
        file = StringIO()
        metadata = {"Date": None, "Creator": "moongrad"}
        with rc_context({"svg.hashsalt": "moongrad", "svg.fonttype": "path"}):
            self.figure.savefig(file, format="svg", metadata=metadata)
        return file.getvalue()

    def render(self) -> tuple[int, int, memoryview]:
        """Return width, height and the RGBA bytes of the drawing as it is now."""
        if self.plot.is_stale:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
            self.plot.is_stale = False
        self._canvas.restore_region(self._background)
        for artist in self.plot.moving:
            artist.axes.draw_artist(artist)
        width, height = self._canvas.get_width_height(physical=True)
        return width, height, memoryview(self._canvas.buffer_rgba())
