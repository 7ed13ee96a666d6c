"""
What each request of a page does to the demo on show, and what is then to be seen.

Plain Python: no browser, no event loop. `worker.py` brings it requests, gives it time
to work, and sends its views; tests do the same natively.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from stage.diagrams import Diagrams
from stage.drawings import Drawings
from stage.opening import open_demo
from stage.option import OptionError
from stage.training import Training
from stage.transport import Ledger
from stage.view import Problem, View

RETRAINING = 0.08  # seconds of training before the answer to a drag, at most


class Controller:
    """
    The demo of one page, and the state that it is in.

    * `page`: the module in pages/ with `OPTIONS` and `Demo`. `texts`: of its options,
      from an address, which may be wrong. `weights`: of an address, or nothing.
    * `drawings`: of the page's figures. `is_calm`: whether to avoid motion.
    """

    def __init__(
        self,
        page: ModuleType,
        drawings: Drawings,
        texts: Mapping[str, str],
        *,
        weights: str = "",
        is_calm: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._page, self._drawings, self._clock = page, drawings, clock
        self._is_calm = drawings.is_calm = is_calm
        self._state, self._status = "ready", ""
        self._problem: Problem | None = None
        self._lasting: Problem | None = None
        self.diagrams = Diagrams(getattr(page, "DIAGRAMS", ()))
        self._run, self._ledger = 0, Ledger()
        demo, self._texts, self._notices = open_demo(page, texts, weights)
        self._show(demo)

    # --- what is to be seen ---

    def view(self) -> View:
        """Return all that is to be seen now."""
        diagrams, marks = self.diagrams.view(self.demo)
        return View(
            state=self._state,
            status=self._status,
            is_busy=self._state != "running" and self._drawings.is_due,
            problem=self._problem or self._lasting,
            notices=list(self._notices),
            texts=dict(self._texts),
            outputs=self.demo.outputs(),
            tables=self.demo.tables(),
            diagrams=diagrams,
            marks=marks,
            labels=dict(self._drawings.labels),
            handles=dict(self._drawings.handles),
            run=self._run,
            n_records=len(self.demo.records),
        )

    def take_records(self) -> tuple[int, Sequence[Any]]:
        """Return the number of the first record that the page lacks, and them all."""
        return self._ledger.take(self.demo.records)

    # --- requests ---

    def handle(self, kind: str, **fields: Any) -> object:
        """
        Do what the page asks for; return what it is to be given besides the view.

        What goes wrong is part of the view. Raises `ValueError` for an unknown kind.
        """
        if not hasattr(self, f"_on_{kind}"):
            raise ValueError(f"there is no request of kind {kind!r}")
        with self._watching():
            return getattr(self, f"_on_{kind}")(**fields)

    def _on_options(self, texts: Mapping[str, str]) -> None:
        """Start over with other options; go on training if it was."""
        self._texts = {**self._texts, **texts}
        self._notices = []
        options = self._page.OPTIONS.read(self._texts)
        if self.demo.adapt(options):
            self._accept_texts()
            if self._state == "error":
                self._rest()
            self._drawings.invalidate()
            return
        was_running = self._state == "running"
        self._show(self._page.Demo(options))
        if was_running:
            self._start_running()

    def _on_play(self) -> None:
        if self._state in ("done", "error"):
            self._on_reset()
        if self._state in ("ready", "paused"):
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
        self._begin_run()
        if self.demo.retrains:
            self._start_running()
            self._training.train_for(RETRAINING)
            self._notice_end()
        self._drawings.draw_frame(self.demo, self._state == "running")

    def _on_drop(self) -> None:
        """Show in full what the last drag led to."""
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

    def _on_artifact(self, name: str) -> str | bytes:
        """Return what the demo can show or save under a name."""
        return self.demo.artifact(name)

    def _on_picture(self, **size: Any) -> bytes:
        return self._drawings.make_picture(self.demo, **size)

    def _on_weights(self) -> str:
        """Return the weights as they are, for an address."""
        return self.demo.write_weights()

    # --- work between requests ---

    def work(self) -> bool:
        """Do one piece of what is due; return whether there is something new to see."""
        with self._watching():
            if self._state == "running" and not self._training.seconds_to_wait():
                self._train()
                return True
            if self._drawings.draw_next(self.demo):
                return True
            if not self._is_prepared:
                self._is_prepared = True
                self.demo.prepare()
            return False
        return True

    def seconds_to_wait(self) -> float:
        """Return in how many seconds there is work; infinite where there is none."""
        if not self._is_prepared:
            return 0.0
        seconds = self._drawings.seconds_to_wait()
        if self._state == "running":
            seconds = min(seconds, self._training.seconds_to_wait())
        return seconds

    def give_up(self, reason: str) -> None:
        """Say what is missing until the page is loaded again; the rest goes on."""
        self._lasting = Problem(reason, needs_reload=True)

    def _start_running(self) -> None:
        self._state, self._status, self._is_prepared = "running", "", True
        self._training.start()

    def _train(self) -> None:
        """Train until the next frame is due, and draw it."""
        try:
            self._training.train_block()
            self._notice_end()
        finally:  # what diverges is seen, too, and before it is said
            is_due = self._training.is_frame_due(is_calm=self._is_calm)
            if is_due or self._state != "running":
                self._drawings.draw_frame(self.demo, self._state == "running")

    def _notice_end(self) -> None:
        if self.demo.is_done:
            self._state, self._status = "done", self.demo.summary()

    def _show(self, demo: Any) -> None:
        """Put a new demo on show, before its first step."""
        if self._run:
            demo.follow(self.demo)
        self.demo = demo
        self._training = Training(demo, self._clock)
        self._is_prepared = False
        self._begin_run()
        self._drawings.renew()

    def _begin_run(self) -> None:
        self._run += 1
        self._ledger.restart()
        self._status = ""
        self.demo.seconds = 0.0
        self._accept_texts()
        self._rest()

    def _accept_texts(self) -> None:
        """Note that the demo on show is the one of these options."""
        self._problem = None
        self._good_texts = dict(self._texts)

    def _rest(self) -> None:
        """Stand where the records are."""
        is_begun = "paused" if self.demo.records else "ready"
        self._state = "done" if self.demo.is_done else is_begun

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Make what goes wrong part of the view; what was learned and drawn stays."""
        try:
            yield
        except OptionError as error:
            self._problem = Problem(str(error), error.name, error.column)
            self._drawings.invalidate()
        except Exception as error:
            traceback.print_exception(error)
            message = f"{type(error).__name__}: {error}"
            self._problem = Problem(message, needs_reload=True)
        else:
            return
        self._state, self._status = "error", ""
