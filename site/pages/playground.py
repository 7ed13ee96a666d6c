"""The playground: options -> a run that goes on -> figures. No DOM, no JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
from workbench.features import STANDARD, compute_plane, label_feature
from workbench.handout import write_artifact
from workbench.points import Points
from workbench.recent import Recent
from workbench.run import Run
from workbench.settings import OPTIONS
from workbench.stopping import find_reason, limit_steps
from workbench.words import describe_difference

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
POSTERS = ("boundary", "loss", "network")
SLOW_FIGURES = ("network", "surface", "landscape")
MOST_STEPS = 20_000  # between two pictures, wherever the clock stands still
SHOWN_STEPS = 3000  # of the run on the pictures that stand for the demo

#: Options that take another network; `DATA` are those that take other points.
NETWORK = ("features", "hidden", "activation", "weight_seed")
DATA = ("data", "points", "noise", "data_seed", "test_share", "classes", "formula")
#: Options that only change what is shown, or when it ends.
LOOKS = ("speed", "output", "stop_loss", "stop_accuracy", "stop_steps")


class Demo(NetworkDemo):
    """A run with one set of options, which goes on until somebody stops it."""

    length = math.inf
    block = 0.012
    goes_on = True

    def __init__(self, options: SimpleNamespace) -> None:
        self.options = options
        self.points = Points.of(options)
        self.run = Run(options, self.points.training, self.points.testing)
        names = [label_feature(formula) for formula in options.features]
        super().__init__(self.run.model, names)
        self.records = Recent()  # type: ignore[assignment]
        self.views = Views(self.run, names)
        self._notices: list[str] = []
        self._opened: Document | None = None
        self._is_undoing = False
        self._n_made = 0  # steps, of which some may have been taken back
        self._reason = ""  # why it has stopped
        self._goes_beyond = False  # what stopped it before
        self._take_record()

    # --- steps ---

    def prepare(self) -> None:
        self.run.prepare()

    @property
    def look(self) -> tuple[Any, ...]:  # type: ignore[override]
        names = self.points.dataset.class_names
        return self.options.output, names, find_corners(self.points.dataset.points)

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
            self._n_made += max(self.n_steps - before, 0)
            self._take_record()
        self.gradients = [p.grad for p in self.model.parameters()]
        self.views.gradients = self.gradients
        if not self._goes_beyond:
            self._reason = find_reason(self.options, self.run.record)

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
        if texts.get("data") == "own" and not texts.get("own"):
            return {**texts, "own": self.points.write()}
        return texts

    def adapt(self, options: SimpleNamespace) -> bool:
        changed = list_changes(self.options, options)
        if changed & set(NETWORK) or self._opened:
            return False
        if changed & {*DATA, "own"}:
            points = Points.of(options)
            is_edit = options.data == "own" or self._is_undoing
            if not (is_edit and points.suit(self.points)):
                return False
            points.follow(self.points)
            self.points, self._is_undoing = points, False
        self.options = self.run.options = options
        if changed - set(LOOKS):
            training, testing = self.points.training, self.points.testing
            self.run.begin_leg(options, training, testing)
            self._take_record()
        self._reason, self._goes_beyond = "", False
        return True

    def follow(self, previous: Any) -> None:
        super().follow(previous)
        self.views.kept = previous.views.kept
        self.points.follow(previous.points)
        self._notices = previous.notices()
        if previous.opened is not None:
            self._resume(previous.opened)

    # --- the visitor's own points ---

    def move(self, index: int, place: tuple[float, float]) -> None:
        if self.options.data != "own":  # all of them become the visitor's
            self.points = self.points.adopt(self.options)
            training, testing = self.points.training, self.points.testing
            self.run.begin_leg(self.options, training, testing)
        place = self.points.move(index, place)
        self.run.move_point(index, place)
        self.options = SimpleNamespace(
            **{**vars(self.options), "data": "own", "own": self.points.dataset}
        )
        self._take_record()

    def drop(self) -> None:
        self.points.end_move()

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
        self._is_undoing = True
        return self.points.undo()

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
        return self._notices

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
        self._opened = document
        return document.texts

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
            return write_document(texts, self.run.trainer, self.run.steps_before)
        return write_artifact(name, self.run, self.views.inputs, self.points.dataset)

    # --- what is seen ---

    def see_edit(self) -> None:
        self.run.note_edit()
        self._take_record()

    def outputs(self) -> dict[str, str]:
        texts = super().outputs() | describe_record(self.run.record)
        rate = self._n_made / self.seconds if self.seconds else 0.0
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
        if figure == "network":
            return self._make_network(axes, theme)
        return self.views.make_plot(figure, axes, theme)

    def _make_network(self, axes: Axes, theme: Theme) -> Plot:
        from figures.network import ACROSS, NetworkPlot
        from moongrad.plot import boundary_grid, find_limits

        training = self.points.training
        limits = find_limits([*training.points, *self.points.testing.points])
        places = boundary_grid((), ACROSS, limits=limits)
        return NetworkPlot(
            axes,
            self.model,
            inputs=self.views.inputs,
            output=training.class_names if len(training.class_names) > 2 else "output",
            n_classes=len(training.class_names),
            limits=limits,
            rows=compute_plane(self.options.features, places),
            has_panel=False,
            theme=theme,
        )

    def update_plot(self, figure: str, plot: Plot) -> None:
        if figure == "network":
            self.update_network(plot)
        else:
            self.views.update_plot(figure, plot)

    def finish(self) -> None:
        """Make the run of the pictures that stand for the demo."""
        self.advance(SHOWN_STEPS)


def find_corners(points: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Return the least and the largest x and y."""
    xs, ys = zip(*points, strict=True)
    return min(xs), max(xs), min(ys), max(ys)


def list_changes(old: SimpleNamespace, new: SimpleNamespace) -> set[str]:
    """Return the names of options that differ and matter."""
    changed = set()
    for name, value in vars(new).items():
        before = getattr(old, name)
        # Formulas hold syntax trees, which are all different.
        if getattr(value, "text", value) != getattr(before, "text", before):
            changed.add(name)
    return changed if new.data == "own" else changed - {"own"}


def describe_record(record: Record) -> dict[str, str]:
    """Return what a record says, for the outputs."""

    def loss(number: float | None) -> str:
        return "–" if number is None else f"{number:.4f}"

    def share(number: float | None) -> str:
        return "–" if number is None or math.isnan(number) else f"{number:.1%}"

    return {
        "loss": loss(record.loss),
        "test_loss": loss(record.test_loss),
        "accuracy": share(record.accuracy),
        "test_accuracy": share(record.test_accuracy),
    }
