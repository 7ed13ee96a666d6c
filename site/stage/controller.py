"""
What each request of a page does to the demo on show, and what is then to be seen.

Plain Python: no browser, no event loop. `worker.py` brings it requests, gives it time
to work, and sends its views; tests do the same natively.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from stage.drawings import Drawings
from stage.options import OptionError
from stage.view import Problem, View

ALL_SEEN = 100  # steps of a run that is drawn at each of them
FRAMES = 45  # drawn in a longer one
BLOCK = 0.04  # seconds of training between two frames, at most
RETRAINING = 0.08  # and before the answer to a drag
CALM_PAUSE = 2.0  # seconds between frames where motion is to be reduced

Texts = Mapping[str, str]


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
        texts: Texts,
        *,
        weights: str = "",
        is_calm: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._page, self._drawings, self._clock = page, drawings, clock
        self._is_calm = is_calm
        self._state, self._status = "ready", ""
        self._problem: Problem | None = None
        self._lasting: Problem | None = None
        self._layouts: dict[str, str] = {}  # DOT sources, by diagram
        self._diagrams: dict[str, str] = {}  # what Graphviz has made of them
        self._run = 0
        self._n_sent = 0  # records of this run that the page has
        self._is_held = False  # whether the visitor is dragging
        self._seconds_per_step = math.inf
        self._trained_at = self._drawn_at = self._due_at = 0.0
        texts, self._notices = page.OPTIONS.replace_invalid(texts)
        demo, self._texts = self._make_first_demo(texts)
        self._show(demo)
        if weights:
            self._take_weights(weights)

    def _make_first_demo(self, texts: dict[str, str]) -> tuple[Any, dict[str, str]]:
        """Return a demo and its options: defaults stand in for what does not fit."""
        options = self._page.OPTIONS
        while True:
            try:
                return self._page.Demo(options.read(texts)), texts
            except OptionError as error:  # each is allowed, but not with the others
                default = options.write_default(error.name)
                if texts[error.name] != default:
                    texts[error.name] = default
                    self._notices.append(f"{error} It is now {default}.")
                    continue
                # It has its default already, which does not suit one of the others.
                defaults, _ = options.replace_invalid({})
                if texts == defaults:
                    raise
                texts = defaults
                self._notices.append(f"{error} Every option has its default now.")

    def _take_weights(self, weights: str) -> None:
        try:
            self.demo.take_weights(weights)
        except ValueError as error:
            notice = f"The weights of the link were left out: {error}."
        else:
            notice = (
                "The network has the weights of the link. Training goes on from them, "
                "Reset begins anew."
            )
        self._notices.append(notice)

    # --- what is to be seen ---

    def view(self) -> View:
        """Return all that is to be seen now."""
        diagrams = {
            name: svg
            for name, svg in self._diagrams.items()
            if self._layouts[name] == self.demo.diagram(name)
        }
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
            marks={name: self.demo.marks(name) for name in diagrams},
            labels=dict(self._drawings.labels),
            handles=dict(self._drawings.handles),
            run=self._run,
            n_records=len(self.demo.records),
        )

    def take_records(self) -> tuple[int, list[Any]]:
        """Return the records that the page lacks, and the number of the first."""
        if self._is_held:  # a drag makes thousands a second; the last ones count
            return self._n_sent, []
        first = min(self._n_sent, len(self.demo.records))
        self._n_sent = len(self.demo.records)
        return first, self.demo.records[first:]

    # --- requests ---

    def handle(self, kind: str, **fields: Any) -> object:
        """
        Do what the page asks for; return what it is to be given besides the view.

        What goes wrong is part of the view. Raises `ValueError` for an unknown kind.
        """
        request = getattr(self, f"_on_{kind}", None)
        if request is None:
            raise ValueError(f"there is no request of kind {kind!r}")
        with self._watching():
            return request(**fields)
        return None

    def _on_options(self, texts: Texts) -> None:
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
            self._advance(1)
            self._drawings.draw_frame(self.demo)

    def _on_back(self) -> None:
        if self.demo.records and self._state != "error":
            self.demo.back()
            self._n_sent = min(self._n_sent, len(self.demo.records))
            self._state = "paused" if self.demo.records else "ready"
            self._status = ""
            self._drawings.invalidate()

    def _on_reset(self) -> None:
        self._show(self._page.Demo(self._page.OPTIONS.read(self._texts)))

    def _on_resize(
        self, figures: Mapping[str, tuple[float, float]], ratio: float
    ) -> None:
        self._drawings.resize(figures, ratio)

    def _on_theme(self, theme: str) -> None:
        self._drawings.change_theme(theme)

    def _on_calm(self, is_calm: bool) -> None:
        self._is_calm = is_calm

    def _on_drag(self, figure: str, index: int, x: float, y: float) -> None:
        """Move a part of a figure to a place on its canvas; train again if it can."""
        plot = self._drawings.find_plot(figure)
        self._is_held = True
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
            self._retrain()
        self._drawings.invalidate()
        self._drawings.draw_frame(self.demo)

    def _on_drop(self) -> None:
        """Show in full what the last drag led to."""
        self._is_held = False
        self._drawings.invalidate()

    def _on_select(self, figure: str, index: int | None = None) -> None:
        """Mark a part of a figure, or none."""
        plot = self._drawings.find_plot(figure)
        if plot is None:
            return
        self.demo.select(figure, index)
        plot.select(index)
        if hasattr(plot, "locate") and self._state != "running":
            n = len(plot.handles())
            text = f"Point {index + 1} of {n}. The arrow keys move it."
            self._status = "" if index is None else text
        self._drawings.draw(figure, self.demo)

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
        self._drawings.invalidate()
        self._drawings.draw_frame(self.demo)

    def _on_artifact(self, name: str) -> str | bytes:
        """Return what the demo can show or save under a name."""
        return self.demo.artifact(name)

    def _on_weights(self) -> str:
        """Return the weights as they are, for an address."""
        return self.demo.write_weights()

    def _on_ping(self) -> None:
        """Show that Python is alive."""

    # --- work between requests ---

    def work(self) -> bool:
        """Do one piece of what is due; return whether there is something new to see."""
        with self._watching():
            if self._state == "running" and self._clock() >= self._due_at:
                self._train_block()
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
        if self._drawings.is_due or not self._is_prepared:
            return 0.0
        if self._state == "running":
            return max(0.0, self._due_at - self._clock())
        return math.inf

    def give_up(self, reason: str) -> None:
        """Say what is missing until the page is loaded again; the rest goes on."""
        self._lasting = Problem(reason, needs_reload=True)

    def take_layouts_due(self) -> dict[str, str]:
        """Return the DOT sources that have to be laid out, by diagram, each once."""
        due = {}
        for name in getattr(self._page, "DIAGRAMS", ()):
            dot = self.demo.diagram(name)
            if self._layouts.get(name) != dot:
                self._layouts[name] = due[name] = dot
                self._diagrams.pop(name, None)
        return due

    def show_diagram(self, name: str, dot: str, svg: str) -> None:
        """Show a diagram that has been laid out, unless there is a newer one."""
        if self._layouts[name] == dot:
            self._diagrams[name] = svg

    def _start_running(self) -> None:
        self._state, self._status = "running", ""
        self._trained_at = self._due_at = self._clock()

    def _train_block(self) -> None:
        """Train until the next frame is due, and draw it."""
        self._advance(self._count_steps())
        now = self._clock()
        is_frame_due = not self._is_calm or now - self._drawn_at >= CALM_PAUSE
        if self._state != "running" or is_frame_due:
            self._drawings.draw_frame(self.demo)  # the last one before it is said
            self._drawn_at = now
        self._due_at = now + self.demo.pace

    def _count_steps(self) -> int:
        """Return how many steps to make before the next frame."""
        if self.demo.length <= ALL_SEEN or self.demo.pace:
            return 1
        return self._limit(math.ceil(self.demo.length / FRAMES), BLOCK)

    def _limit(self, n_steps: int, seconds: float) -> int:
        """Return how many of these steps can be made in some time, at least one."""
        return max(1, int(min(n_steps, seconds / self._seconds_per_step)))

    def _retrain(self) -> None:
        """Make as many steps as fit before an answer; the rest follow as usual."""
        started = self._clock()
        while self._state == "running":
            left = RETRAINING - (self._clock() - started)
            if left <= 0:
                break
            self._advance(self._limit(self.demo.length, left))

    def _advance(self, n_steps: int) -> None:
        """Make up to so many steps; notice the end of the run."""
        started = self._clock()
        before = len(self.demo.records)
        self._is_prepared = True
        try:
            self.demo.advance(n_steps)
        finally:
            now = self._clock()
            n_made = len(self.demo.records) - before
            self._seconds_per_step = max((now - started) / max(n_made, 1), 1e-9)
            if self._state == "running":  # what was drawn since counts, too
                self.demo.seconds += now - self._trained_at
                self._trained_at = now
        if self.demo.is_done:
            self._state, self._status = "done", self.demo.summary()

    # --- the demo on show ---

    def _show(self, demo: Any) -> None:
        """Put a new demo on show, before its first step."""
        if self._run:
            demo.follow(self.demo)
        self.demo = demo
        self._is_prepared = False
        self._seconds_per_step = math.inf
        self._begin_run()
        self._drawings.renew()

    def _begin_run(self) -> None:
        self._run += 1
        self._n_sent = 0
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

    # --- what goes wrong ---

    def _watching(self) -> _Watch:
        return _Watch(self._fail)

    def _fail(self, error: Exception) -> None:
        """Stop, say what happened; what has been learned and drawn so far stays."""
        self._state, self._status = "error", ""
        if isinstance(error, OptionError):
            self._problem = Problem(str(error), error.name, error.column)
            self._drawings.invalidate()
        else:
            traceback.print_exception(error)
            message = f"{type(error).__name__}: {error}"
            self._problem = Problem(message, needs_reload=True)


class _Watch:
    """A context that hands an exception to `fail` instead of letting it out."""

    def __init__(self, fail: Callable[[Exception], None]) -> None:
        self._fail = fail

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if isinstance(error, Exception):
            self._fail(error)
            return True
        return False
