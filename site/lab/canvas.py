"""matplotlib's backend in cells: figures become messages instead of windows."""

from __future__ import annotations

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lab.face import use_face
from lab.telling import find_desk

use_face()  # pyplot imports this module before its first figure

MAX_SIDE = 1600  # pixels of a figure's longer side


class FigureManager(FigureManagerBase):
    """Shows figures when `plt.show()` is called."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show_open_figures()

    def show(self) -> None:
        """Show one figure, as `figure.show()` asks."""
        show_figure(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """Draws for `FigureManager`."""

    manager_class = FigureManager  # type: ignore[assignment]


def show_open_figures() -> None:
    """Show all figures that pyplot holds, and close them."""
    for manager in Gcf.get_all_fig_managers():
        Gcf.destroy(manager)
        show_figure(manager.canvas.figure)


def show_figure(figure: Figure) -> None:
    """Tell the session of a figure's pixels; pyplot forgets it."""
    if not (figure.get_axes() or figure.get_children()[1:]):
        return  # nothing but its background
    old_canvas, old_dpi = figure.canvas, figure.dpi
    Gcf.destroy_fig(figure)
    desk = find_desk()
    longest = max(figure.get_size_inches())
    try:
        figure.set_dpi(min(old_dpi * desk.ratio, MAX_SIDE / longest))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        size = canvas.get_width_height(physical=True)
        pixels = memoryview(canvas.buffer_rgba())
    finally:
        figure.set_canvas(old_canvas)
        figure.set_dpi(old_dpi)
    desk.show_picture(size, pixels, describe(figure))


def describe(figure: Figure) -> str:
    """Return in words what a figure is about: its titles and labels."""
    title = figure.get_suptitle()
    parts = [_describe_axes(axes) for axes in figure.get_axes()]
    words = "; ".join(part for part in parts if part)
    if not title and not words:
        return "Figure without a title."
    return f"Figure{f' “{title}”' if title else ''}{f': {words}' if words else ''}."


def _describe_axes(axes: object) -> str:
    def read(name: str) -> str:
        get = getattr(axes, f"get_{name}", None)  # axes of other kinds lack some
        return str(get()) if get else ""

    title, across, up = read("title"), read("xlabel"), read("ylabel")
    parts = [f"“{title}”"] if title else []
    if across or up:
        parts.append(" against ".join(part for part in (up, across) if part))
    labels = [str(t) for t in read_labels(axes)]
    if labels:
        parts.append(f"with {', '.join(labels)}")
    return " ".join(parts)


def read_labels(axes: object) -> list[str]:
    """Return the labels that the legend of axes has, or would have."""
    get = getattr(axes, "get_legend_handles_labels", None)
    return get()[1] if get else []
