"""
The state that a page's demo is in, what is then to be seen, and the work that is due.

Plain Python: no browser, no event loop. `controller.py` adds what requests do.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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


class Machine:
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
            notices=[*self._notices, *self.demo.notices()],
            texts=dict(self._texts),
            outputs=self.demo.outputs(),
            tables=self.demo.tables(),
            diagrams=diagrams,
            marks=marks,
            labels=dict(self._drawings.labels),
            handles=dict(self._drawings.handles),
            places=dict(self._drawings.places),
            run=self._run,
            n_records=len(self.demo.records),
            timeline=self.demo.timeline(),
        )

    def take_records(self) -> tuple[int, Sequence[Any]]:
        """Return the number of the first record that the page lacks, and them all."""
        return self._ledger.take(self.demo.records)

    # --- work between requests ---

    def work(self) -> bool:
        """Do one piece of what is due; return whether there is something new to see."""
        with self._watching():
            is_running = self._state == "running"
            if is_running and self._drawings.draw_new(self.demo):
                return True  # what was changed is seen before training goes on
            if is_running and not self._training.seconds_to_wait():
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
        kept: Collection[str] = ()
        if self._run:
            demo.follow(self.demo)
            kept = demo.list_kept(self.demo)
        self.demo = demo
        self._training = Training(demo, self._clock)
        self._is_prepared = False
        self._begin_run()
        self._drawings.renew(kept)

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
        is_begun = "paused" if self.demo.n_steps else "ready"
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
