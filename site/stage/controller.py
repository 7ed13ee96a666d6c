"""
What each request of a page does to the demo on show.

Plain Python: no browser, no event loop. `worker.py` brings it requests, gives it time
to work, and sends its views; tests do the same natively.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stage.machine import Machine
from stage.option import OptionError
from stage.view import Problem

RETRAINING = 0.08  # seconds of training before the answer to a drag, at most


class Controller(Machine):
    """The demo of one page, as the page's requests change it."""

    def handle(self, kind: str, /, **fields: Any) -> object:
        """
        Do what the page asks for; return what it is to be given besides the view.

        What goes wrong is part of the view. Raises `ValueError` for an unknown kind.
        """
        if not hasattr(self, f"_on_{kind}"):
            raise ValueError(f"there is no request of kind {kind!r}")
        with self._watching():
            return getattr(self, f"_on_{kind}")(**fields)

    def _on_options(self, texts: Mapping[str, str]) -> None:
        """Take other options: start over where they need it, and go on training."""
        self._texts = self.demo.complete({**self._texts, **texts})
        self._notices = []
        was_running, look = self._state == "running", self.demo.look
        try:
            options = self._page.OPTIONS.read(self._texts)
            demo = self.demo if self.demo.adapt(options) else self._page.Demo(options)
        except OptionError as error:
            if not (self.demo.goes_on and was_running):
                raise
            self._problem = Problem(str(error), error.name, error.column)
            return
        if demo is self.demo:
            self._accept_texts()
            if self._state == "error":
                self._rest()
            if demo.look == look:
                self._drawings.invalidate()
            else:
                self._drawings.renew()
            return
        self._show(demo)
        if was_running:
            self._start_running()

    def _on_play(self) -> None:
        if self._state in ("done", "error"):
            if self.demo.goes_on:
                self._texts = dict(self._good_texts)
                self._accept_texts()
                self._state = "paused"
            else:
                self._on_reset()
        if self._state in ("ready", "paused"):
            self.demo.start()
            self._start_running()

    def _on_pause(self) -> None:
        if self._state == "running":
            self._state = "paused"
            self._drawings.invalidate()

    def _on_step(self) -> None:
        if self._state in ("ready", "paused"):
            self._state = "paused"
            try:
                self.demo.advance(1)
                self._notice_end()
            finally:
                self._drawings.draw_frame(self.demo)

    def _on_back(self) -> None:
        if self.demo.records and self._state != "error":
            self.demo.back()
            self._state = "paused" if self.demo.records else "ready"
            self._status = ""
            self._drawings.invalidate()

    def _on_reset(self) -> None:
        self._show(self._page.Demo(self._page.OPTIONS.read(self._texts)))

    def _on_resize(self, figures: Mapping[str, Any], ratio: float) -> None:
        self._drawings.resize(figures, ratio)

    def _on_theme(self, theme: str) -> None:
        self._drawings.change_theme(theme)

    def _on_calm(self, is_calm: bool) -> None:
        self._is_calm = self._drawings.is_calm = is_calm

    def _on_drag(self, figure: str, index: int, x: float, y: float) -> None:
        """Move a part of a figure to a place on its canvas; train again if it can."""
        plot = self._drawings.find_plot(figure)
        self._ledger.is_held = True
        # After the options have changed there may be no such part any more.
        if plot is None or index >= len(plot.handles()):
            return
        plot.select(index)
        self.demo.move(index, plot.locate(*self._drawings.to_plot(figure, x, y)))
        # The demo is as it was before an option was refused, and so are its options.
        self._texts = {**self._good_texts, **self.demo.texts()}
        if self.demo.goes_on:
            self._accept_texts()
            if self._state == "error":
                self._rest()
        else:
            self._begin_run()
        if self.demo.retrains:
            self._start_running()
            self._training.train_for(RETRAINING)
            self._notice_end()
        self._drawings.draw_frame(self.demo, self._state == "running")

    def _on_drop(self) -> None:
        """Show in full what the last drag led to."""
        self.demo.drop()
        self._ledger.is_held = False
        self._drawings.invalidate()

    def _on_select(self, figure: str, index: int | None = None) -> None:
        """Mark a part of a figure, or none."""
        plot = self._drawings.find_plot(figure)
        if plot is None:
            return
        self.demo.select(figure, index)
        plot.select(index)
        if hasattr(plot, "locate") and self._state != "running":
            n, k = len(plot.handles()), index or 0
            text = f"Point {k + 1} of {n}. The arrow keys move it."
            self._status = "" if index is None else text
        self._drawings.draw(figure, self.demo, self._state == "running")

    def _on_edit(self, text: str) -> None:
        """Give the part that is chosen another value."""
        try:
            self.demo.edit(text)
        except OptionError as error:  # the run is as good as it was
            self._problem = Problem(str(error), error.name)
            return
        if self._state != "error":
            self._problem = None
        if self._state != "running":
            self._status = ""  # it spoke of another network
        self._drawings.draw_frame(self.demo, self._state == "running")

    def _on_act(self, name: str, **details: Any) -> None:
        """Do what is special to the page's demo."""
        self._do(lambda: self.demo.act(name, **details))

    def _do(self, change: Callable[[], dict[str, str]]) -> None:
        """Let the demo change something, which may lead to other options."""
        try:
            texts = change()
        except OptionError as error:  # the run is as good as it was
            self._problem = Problem(str(error), error.name, error.column)
            return
        if texts:
            self._on_options(texts)
        if self._state not in ("running", "error"):
            self._rest()
        self._drawings.draw_frame(self.demo, self._state == "running")

    def _on_seek(self, moment: int) -> None:
        """Show the run as it was at one of the moments that it remembers."""
        self.demo.seek(moment)
        self._status = ""
        if self._state in ("running", "done"):
            self._state = "paused"
        self._drawings.draw_frame(self.demo)

    def _on_read(
        self, figure: str, x: float | None = None, y: float | None = None
    ) -> str | None:
        """Return what a figure says of a place on its canvas, and mark it there."""
        plot = self._drawings.find_plot(figure)
        if plot is None or not hasattr(plot, "read"):
            return None
        if x is None or y is None:
            text = plot.read(None)
        else:
            text = plot.read(*self._drawings.to_plot(figure, x, y))
        self._drawings.draw(figure, self.demo, self._state == "running")
        return text or ""

    def _on_turn(self, figure: str, azimuth: float, elevation: float) -> None:
        """Look at a figure from elsewhere."""
        plot = self._drawings.find_plot(figure)
        if plot is not None:
            plot.turn(azimuth, elevation)
            self._drawings.draw(figure, self.demo, self._state == "running")

    def _on_add(self, figure: str, x: float, y: float, kind: int) -> None:
        """Add a part at a place of a figure's canvas; its kind is a number."""
        plot = self._drawings.find_plot(figure)
        if plot is not None:
            place = plot.locate(*self._drawings.to_plot(figure, x, y))
            self._do(lambda: self.demo.add(figure, place, int(kind)))

    def _on_vector(self, figure: str, width: float, height: float) -> str:
        """Return a figure as SVG, in CSS pixels."""
        return self._drawings.make_vector(self.demo, figure, width, height)

    def _on_artifact(self, name: str) -> str | bytes:
        """Return what the demo can show or save under a name."""
        return self.demo.artifact(name)

    def _on_picture(self, **size: Any) -> bytes:
        return self._drawings.make_picture(self.demo, **size)

    def _on_weights(self) -> str:
        """Return the weights as they are, for an address."""
        return self.demo.write_weights()
