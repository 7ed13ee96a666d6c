"""The playground: options -> a run that goes on -> figures. No DOM, no JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moongrad import DivergenceError, Record
from pages.network import NetworkDemo
from pages.playground_presets import PRESETS
from pages.playground_views import FIGURES, Views
from stage.option import OptionError
from workbench import own_points
from workbench.csv_text import read_csv
from workbench.dataset import Dataset
from workbench.document import Document, read_document, write_document
from workbench.features import STANDARD
from workbench.handout import write_artifact
from workbench.pace import Pace
from workbench.points import Points
from workbench.recent import Recent
from workbench.run import Run, explain_loss
from workbench.settings import DATA, LOOKS, NETWORK, OPTIONS, list_changes
from workbench.stopping import find_reason, limit_steps
from workbench.words import describe_difference, describe_record, label_formula

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

__all__ = [
    "CARD",
    "FIGURES",
    "OPTIONS",
    "POSTERS",
    "PRESETS",
    "SLOW_FIGURES",
    "STANDARD",
    "Demo",
]

CARD = ("boundary", "loss")
#: As large as the figures are on a screen that is 1280 CSS pixels wide.
POSTERS = {"boundary": (336, 272), "loss": (336, 184), "network": (654, 367)}
SLOW_FIGURES = ("network", "surface", "landscape")
MOST_STEPS = 20_000  # between two pictures, wherever the clock stands still
SHOWN_STEPS, BLOCK = 3000, 30  # of the run on the pictures that stand for the demo


class Demo(NetworkDemo):
    """A run with one set of options, which goes on until somebody stops it."""

    length = math.inf
    block = 0.012
    goes_on = True

    def __init__(self, options: SimpleNamespace) -> None:
        self.options = options
        self.points = Points.of(options)
        self.run = Run(options, self.points.training, self.points.testing)
        names = [label_formula(formula) for formula in options.features]
        super().__init__(self.run.model, names)
        self.records = Recent()  # type: ignore[assignment]
        self.views = Views(self.run, names)
        self._notices: list[str] = []
        self._to_open: Document | None = None  # with the next options
        self._opened: Document | None = None  # for the demo after this one
        self._is_undoing = False  # with the next options
        self._is_undone = False  # by the present ones
        self._pace = Pace()
        self._reason = ""  # why it has stopped
        self._goes_beyond = False  # what stopped it before
        self._take_record()

    # --- steps ---

    def prepare(self) -> None:
        self.run.prepare()

    @property
    def look(self) -> tuple[Any, ...]:  # type: ignore[override]
        points, batches = self.points, self.run.steps_in_epoch
        names = points.dataset.class_names
        return self.options.output, names, points.corners, batches

    @property
    def n_steps(self) -> int:
        return self.run.n_steps

    @property
    def is_done(self) -> bool:
        return bool(self._reason)

    @property
    def steps_between_frames(self) -> float:
        speeds = {"step": 1, "epoch": self.run.steps_in_epoch}
        return speeds.get(self.options.speed, MOST_STEPS)

    def start(self) -> None:
        """Go on; what has stopped it once doesn't stop it again."""
        self._goes_beyond = bool(self._reason)
        self._reason = ""

    def step(self) -> Record:
        self.advance(1)
        return self.run.record

    def advance(self, n_steps: int) -> None:
        before = self.n_steps
        if not self._goes_beyond:
            n_steps = limit_steps(self.options, self.n_steps, n_steps)
        try:
            self.run.advance(n_steps)
        except DivergenceError as error:
            raise OptionError("rate", self._explain(error)) from None
        finally:
            self._pace.note(max(self.n_steps - before, 0), self.seconds)
            self._take_record()
        self.seconds_of_steps = self.run.seconds_of_steps
        self.gradients = [p.grad for p in self.model.parameters()]
        self.views.gradients = self.gradients
        if not self._goes_beyond:
            self._reason = find_reason(
                self.options, self.run.record, has_classes=self._has_classes
            )

    @property
    def _has_classes(self) -> bool:
        return not self.points.dataset.is_regression

    def _take_record(self) -> None:
        """Let the page have what the points say now."""
        self.gradients = self.views.gradients = None
        self.records.append(self.run.record)

    def _explain(self, error: DivergenceError) -> str:
        return (
            f"{error} The run is back at step {self.n_steps:,}, before it went wrong."
        )

    def summary(self) -> str:
        return self._reason

    def timeline(self) -> tuple[int, int]:
        return self.run.shown, len(self.run.history.moments)

    def seek(self, moment: int) -> None:
        self.run.seek(moment)
        self._reason = ""
        self._take_record()

    # --- other options ---

    def complete(self, texts: dict[str, str]) -> dict[str, str]:
        """Return texts in which the visitor's own points begin with those on show."""
        # A file or an undo concerns these options alone, even if they are refused.
        self._opened, self._to_open = self._to_open, None
        self._is_undone, self._is_undoing = self._is_undoing, False
        if texts.get("data") == "own" and not texts.get("own"):
            return {**texts, "own": self.points.write()}
        return texts

    def adapt(self, options: SimpleNamespace) -> bool:
        changed = list_changes(self.options, options)
        if changed & set(NETWORK) or self._opened:
            return False
        if changed & {*DATA, "own"}:
            points = Points.of(options)
            is_edit = self._is_undone or options.data == "own"
            if not (is_edit and points.suit(self.points)):
                return False
            points.follow(self.points)
            self.points = points
        self.options = self.run.options = options
        if changed - set(LOOKS):
            self._begin_leg()
            self._take_record()
        self._reason, self._goes_beyond = "", False
        return True

    def _begin_leg(self) -> None:
        training, testing = self.points.training, self.points.testing
        self.run.begin_leg(self.options, training, testing)

    def follow(self, previous: Any) -> None:
        super().follow(previous)
        self.views.kept = previous.views.kept
        self.points.follow(previous.points)
        self._notices = previous.take_notices()
        if previous.opened is not None:
            self._resume(previous.opened)

    def list_kept(self, previous: Any) -> Collection[str]:
        """With the same points, all plots go on but those of the network's parts."""
        if list_changes(previous.options, self.options) <= set(NETWORK):
            return set(FIGURES) - {"network", "gradients"}
        return ()

    # --- the visitor's own points ---

    def move(self, index: int, place: tuple[float, float]) -> None:
        if self.options.data != "own":  # all of them become the visitor's
            self.points = self.points.adopt(self.options)
            self._begin_leg()
        place = self.points.move(index, place)
        self.run.move_point(index, place)
        self.options = SimpleNamespace(
            **{**vars(self.options), "data": "own", "own": self.points.dataset}
        )
        self._take_record()

    def drop(self) -> None:
        if self.points.end_move():
            self._begin_leg()

    def texts(self) -> dict[str, str]:
        return {"data": "own", "own": self.points.write()}

    def select(self, figure: str, index: int | None) -> None:
        super().select(figure, index)
        if figure == "boundary" and index is not None:
            self.points.select(index)

    def add(self, figure: str, place: tuple[float, float], kind: int) -> dict[str, str]:
        """Add a point of the class of a number, counted from 0."""
        return self._change(lambda: self.points.add(place, kind))

    def act(self, name: str, **details: Any) -> dict[str, str]:
        self._notices = []
        return getattr(self, f"_act_{name}")(**details)

    def _act_epoch(self) -> dict[str, str]:
        self.advance(self.run.steps_in_epoch)
        return {}

    def _act_new_weights(self) -> dict[str, str]:
        return {"weight_seed": str((self.options.weight_seed + 1) % 2**32)}

    def _act_delete(self) -> dict[str, str]:
        return self._change(self.points.delete)

    def _act_recolour(self, to: int) -> dict[str, str]:
        return self._change(lambda: self.points.recolour(to))

    def _act_undo(self) -> dict[str, str]:
        texts = self.points.undo()
        self._is_undoing = bool(texts)
        return texts

    def _act_empty(self) -> dict[str, str]:
        return self._change(self.points.empty)

    def _act_csv(self, content: Any) -> dict[str, str]:
        content = content.encode() if isinstance(content, str) else bytes(content)
        try:
            dataset, self._notices = read_csv(content)
        except ValueError as error:
            raise OptionError("own", str(error)) from None
        return self._own(dataset)

    def _change(self, make: Callable[[], Dataset]) -> dict[str, str]:
        """Return the options of changed points; raises `OptionError`."""
        try:
            return self._own(make())
        except ValueError as error:
            raise OptionError("own", str(error)) from None

    def _own(self, dataset: Dataset) -> dict[str, str]:
        """Return the options with which the points are these."""
        self.points.note()
        return {"data": "own", "own": own_points.write(dataset)}

    def notices(self) -> list[str]:
        used = explain_loss(self.options.loss, self.points.dataset)
        return [*self._notices, used] if used else self._notices

    # --- two runs, and files ---

    def _act_keep(self) -> dict[str, str]:
        self.views.keep()
        return {}

    def _act_forget(self) -> dict[str, str]:
        self.views.forget()
        return {}

    def _act_open(self, text: str) -> dict[str, str]:
        try:
            document = read_document(text)
        except ValueError as error:
            raise OptionError("own", str(error)) from None
        self._to_open = document
        return document.texts

    def take_notices(self) -> list[str]:
        """Return what was to be said of the last change, once."""
        notices, self._notices = self._notices, []
        return notices

    @property
    def opened(self) -> Document | None:
        """A file that the next demo is to go on with."""
        return self._opened

    def _resume(self, document: Document) -> None:
        try:
            self.run.take(document)
        except ValueError as error:
            text = f"The settings of the file are used, but not its weights: {error}."
            self._notices = [text]
        self._take_record()

    def artifact(self, name: str) -> str | bytes:
        if name == "json":
            texts = {o.name: o.write(getattr(self.options, o.name)) for o in OPTIONS}
            run = self.run
            return write_document(
                texts, run.trainer, run.steps_before, run.epochs_before
            )
        return write_artifact(name, self.run, self.views.inputs, self.points.dataset)

    # --- what is seen ---

    def see_edit(self) -> None:
        self.run.note_edit()
        self._take_record()

    def outputs(self) -> dict[str, str]:
        record = describe_record(self.run.record, has_classes=self._has_classes)
        texts = super().outputs() | record
        rate = self._pace.steps_per_second
        size = self.run.trainer.batch_size or len(self.points.training.points)
        kept = self.views.kept
        texts |= {
            "step": f"{self.n_steps:,}",
            "epoch": f"{self.run.n_epochs:,.0f}",
            "parameters": str(len(self._parts)),
            "speed": f"{rate:,.0f}" if rate else "–",
            "points_per_second": f"{rate * size:,.0f}" if rate else "–",
            "difference": self._describe_difference(kept.options) if kept else "",
        }
        return texts

    def _describe_difference(self, kept: SimpleNamespace) -> str:
        """Return how the settings differ from those of the kept run, in words."""
        same = {name: getattr(self.options, name) for name in LOOKS}
        for data, name in (("formula", "formula"), ("blobs", "classes")):
            if data not in (self.options.data, kept.data):
                same[name] = getattr(self.options, name)
        return describe_difference(
            SimpleNamespace(**{**vars(kept), **same}), self.options, OPTIONS
        )

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        return self.views.make_plot(figure, axes, theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        if figure == "network":
            self.update_network(plot)
        else:
            self.views.update_plot(figure, plot)

    def finish(self) -> None:
        """Make the run of the pictures that stand for the demo."""
        while self.n_steps < SHOWN_STEPS and not self.is_done:
            self.advance(BLOCK)
