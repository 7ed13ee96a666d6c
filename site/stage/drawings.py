"""The pictures of the demo on show: which are out of date, and drawing them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from figures.picture import Picture
    from stage.demo import Demo

SMALLEST = 100  # CSS pixels that a figure needs to have room for its axes
SELDOM = 0.5  # seconds between frames of a figure that the page calls slow, at most
SHARE = 0.25  # of the time, at most, that goes into drawing such a figure

#: Shows a picture: called with a figure's name, width, height and RGBA bytes.
Paint = Callable[[str, int, int, memoryview], None]


@dataclass
class _Drawing:
    """One figure of the page: its size in CSS pixels, and its picture."""

    width: float
    height: float
    picture: Picture | None = None
    is_due: bool = True
    drawn_at: float = -math.inf
    seconds: float = math.inf  # that drawing it took the last time
    raw_handles: Sequence[Sequence[float]] | None = None

    @property
    def has_room(self) -> bool:
        return min(self.width, self.height) >= SMALLEST


class Drawings:
    """
    The figures of a page.

    * `sizes`: width and height of each figure, in CSS pixels, by name; `ratio`: screen
      pixels in each. `theme`: light or dark. `is_transparent`: whether what is behind
      the page shows through. `slow`: figures that are drawn seldom while training.
      `paint` shows what has been drawn; `note_frame` is told the
      seconds that a frame took.
    """

    def __init__(
        self,
        sizes: Mapping[str, tuple[float, float]],
        paint: Paint,
        note_frame: Callable[[float], None] = lambda seconds: None,
        *,
        ratio: float = 1.0,
        theme: str = "light",
        is_transparent: bool = False,
        slow: Sequence[str] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._drawings = {name: _Drawing(*size) for name, size in sizes.items()}
        self._paint, self._note_frame, self._clock = paint, note_frame, clock
        self._slow = slow
        self.ratio, self._theme = ratio, theme
        self._is_transparent = is_transparent
        self.is_calm = False  # whether figures are to show no motion
        self.can_draw = False  # until matplotlib is there
        self.labels: dict[str, str] = {}
        self.handles: dict[str, list[list[float]]] = {}
        self.places: dict[str, list[list[float]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._drawings

    # --- what is out of date ---

    def renew(self, kept: Collection[str] = ()) -> None:
        """Draw everything from nothing, for another demo or theme, but for `kept`."""
        for name, drawing in self._drawings.items():
            drawing.is_due, drawing.drawn_at = True, -math.inf
            if drawing.picture is None or name not in kept:
                drawing.picture = None
            elif hasattr(drawing.picture.plot, "select"):
                drawing.picture.plot.select(None)

    def invalidate(self) -> None:
        """Bring every figure up to date soon."""
        for drawing in self._drawings.values():
            drawing.is_due = True

    def resize(self, sizes: Mapping[str, tuple[float, float]], ratio: float) -> None:
        is_same_ratio, self.ratio = self.ratio == ratio, ratio
        for name, (width, height) in sizes.items():
            drawing = self._drawings[name]
            if is_same_ratio and (drawing.width, drawing.height) == (width, height):
                continue  # one that was opened need not disturb the others
            drawing.width, drawing.height = width, height
            drawing.picture, drawing.is_due = None, True

    def change_theme(self, theme: str) -> None:
        self._theme = theme
        self.renew()

    @property
    def is_due(self) -> bool:
        """Whether a figure that can be drawn is out of date."""
        return bool(self._list_due())

    def seconds_to_wait(self) -> float:
        """Return in how many seconds there is something to draw; infinite for never."""
        return min((seconds for _, seconds, _ in self._list_due()), default=math.inf)

    def _list_due(self) -> list[tuple[float, float, str]]:
        """Return what is out of date: when it was drawn, how long to wait, its name."""
        if not self.can_draw:
            return []
        now = self._clock()
        return [
            (drawing.drawn_at, self._to_wait(name, drawing, now), name)
            for name, drawing in self._drawings.items()
            if drawing.is_due and drawing.has_room
        ]

    def _to_wait(self, name: str, drawing: _Drawing, now: float) -> float:
        pause = 0.0
        if name in self._slow:
            pause = min(SELDOM, drawing.seconds / SHARE)
        return max(0.0, drawing.drawn_at + pause - now)

    # --- drawing ---

    def draw_next(self, demo: Demo) -> bool:
        """Draw the figure that has waited longest; False where there is none."""
        ready = [item for item in self._list_due() if item[1] == 0]
        if not ready:
            return False
        self.draw(min(ready)[2], demo)
        return True

    def draw_new(self, demo: Demo) -> bool:
        """Draw a figure of which nothing is shown yet; False where there is none."""
        for _, seconds, name in self._list_due():
            if seconds == 0 and self._drawings[name].picture is None:
                self.draw(name, demo, is_running=True)
                return True
        return False

    def draw_frame(self, demo: Demo, is_running: bool = False) -> None:
        """Draw what can follow training from step to step; slow figures seldom."""
        started = self._clock()
        for name, drawing in self._drawings.items():
            drawing.is_due = True
            if self._to_wait(name, drawing, started) == 0:
                self.draw(name, demo, is_running)
        self._note_frame(self._clock() - started)

    def draw(self, name: str, demo: Demo, is_running: bool = False) -> None:
        """
        Draw one figure, where there is a library for it and room.

        Only while a demo is running is anything in a figure on its way.
        """
        drawing = self._drawings[name]
        if not (self.can_draw and drawing.has_room):
            return
        from figures.picture import Picture
        from moongrad.plot import THEMES

        # First, so that a drawing that fails is not tried again and again.
        started = self._clock()
        drawing.is_due, drawing.drawn_at = False, started
        theme = THEMES[self._theme]
        if drawing.picture is None:
            drawing.picture = Picture(
                lambda axes: demo.make_plot(name, axes, theme),
                width=drawing.width,
                height=drawing.height,
                ratio=self.ratio,
                theme=theme,
                is_transparent=self._is_transparent,
            )
        plot = drawing.picture.plot
        if hasattr(plot, "is_moving"):
            plot.is_moving = is_running and not self.is_calm
        demo.update_plot(name, plot)
        self._paint(name, *drawing.picture.render())
        self.labels[name] = plot.describe()
        if hasattr(plot, "handles"):
            self._read_handles(name, drawing, plot.handles())
        if hasattr(plot, "column_places"):
            columns = plot.column_places()
            self.places[name] = [self._to_page(drawing, place) for place in columns]
        drawing.seconds = self._clock() - started

    def make_vector(self, demo: Demo, name: str, width: float, height: float) -> str:
        """Return a figure as SVG; what is shown stays. In CSS pixels."""
        from figures.picture import Picture
        from moongrad.plot import THEMES

        theme = THEMES[self._theme]
        make = partial(demo.make_plot, name, theme=theme)
        picture = Picture(make, width=width, height=height, theme=theme)
        demo.update_plot(name, picture.plot)
        return picture.to_svg()

    def make_picture(
        self,
        demo: Demo,
        names: Sequence[str],
        width: float,
        height: float,
        ratio: float,
    ) -> bytes:
        """
        Return figures side by side as RGBA bytes, row by row; what is shown stays.

        `width` and `height`, of them all, are in CSS pixels, with `ratio` pixels each.
        """
        import numpy as np

        from figures.picture import Picture
        from moongrad.plot import THEMES

        theme = THEMES[self._theme]
        images = []
        for name in names:
            picture = Picture(
                partial(demo.make_plot, name, theme=theme),
                width=width / len(names),
                height=height,
                ratio=ratio,
                theme=theme,
                is_transparent=self._is_transparent,
            )
            demo.update_plot(name, picture.plot)
            columns, rows, pixels = picture.render()
            images.append(np.frombuffer(pixels, np.uint8).reshape(rows, columns, 4))
        return np.hstack(images).tobytes()

    # --- parts that can be held ---

    def find_plot(self, name: str):
        """Return the plot of a figure, or None where it has not been drawn."""
        picture = self._drawings[name].picture
        return picture and picture.plot

    def to_plot(self, name: str, x: float, y: float) -> tuple[float, float]:
        """Turn CSS pixels from the upper left into a plot's, from the lower left."""
        return x * self.ratio, (self._drawings[name].height - y) * self.ratio

    def _read_handles(
        self, name: str, drawing: _Drawing, raw: Sequence[Sequence[float]]
    ) -> None:
        if raw is drawing.raw_handles:  # thousands of lines need not be turned twice
            return
        drawing.raw_handles = raw
        self.handles[name] = [self._to_page(drawing, numbers) for numbers in raw]

    def _to_page(self, drawing: _Drawing, numbers: Iterable[float]) -> list[float]:
        """Turn a plot's pixels, x and y by turns, into CSS pixels."""
        return [
            round(drawing.height - n / self.ratio if k % 2 else n / self.ratio, 1)
            for k, n in enumerate(numbers)
        ]
