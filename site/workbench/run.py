"""A network in training: its rows, its trainer, and the moments it remembers."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple

from moongrad import MLP, SGD, Adam, DivergenceError, Record, Trainer, linear_decay
from moongrad.optim import Optimizer
from workbench.dataset import Dataset
from workbench.document import Document
from workbench.features import compute
from workbench.history import History, Moment
from workbench.scorer import Scorer

DIVERGENCE = 1e4  # times the first loss, or 1: beyond, nothing is to be learned
DECAY = 2000  # steps in which a falling rate falls to a tenth
MOMENTUM = 0.9


class Leg(NamedTuple):
    """What came before a trainer, and how many of its steps make an epoch."""

    steps: int
    epochs: float
    steps_in_epoch: int


class Run:
    """
    A network that learns a data set with the settings of `options`.

    * `training`, `testing`: the points to train on and to test with.

    Whatever changes the network, the data or the settings on the way begins another
    leg: a trainer that starts from the present weights. So the trainer at hand always
    reproduces the present weights from its start.
    """

    def __init__(
        self, options: SimpleNamespace, training: Dataset, testing: Dataset
    ) -> None:
        self.model = MLP(
            len(options.features),
            [*options.hidden, count_outputs(training)],
            activation=spread(options.activation, len(options.hidden)),
            rng=random.Random(options.weight_seed),
        )
        self.scorer = Scorer(self.model)
        self.seconds_of_steps = 0.0  # that the last steps took
        self.history = History()
        self.steps_before = 0
        self._legs: list[Leg] = []
        self._is_away = False  # from where the trainer stands
        self.begin_leg(options, training, testing)
        self._remember(self.record)

    # --- what it trains on, and how ---

    def begin_leg(
        self, options: SimpleNamespace, training: Dataset, testing: Dataset
    ) -> None:
        """Go on from the present weights with other settings or other data."""
        epochs = self.n_epochs if self._legs else 0.0
        if self._legs:
            self.steps_before = self.n_steps
        self.options, self.training, self.testing = options, training, testing
        points = compute(options.features, training.points)
        batch = min(options.batch, len(points))
        self.trainer = Trainer(
            self.model,
            points,
            training.labels,
            loss=choose_loss(options.loss, training),
            l2=options.strength if options.penalty == "l2" else 0.0,
            l1=options.strength if options.penalty == "l1" else 0.0,
            optimizer=make_optimizer(options),
            batch_size=batch or None,
            batch_seed=options.weight_seed,
            batch_order="epochs",
            test_points=compute(options.features, testing.points),
            test_labels=testing.labels,
        )
        steps_in_epoch = len(points) // batch if batch else 1
        self._legs.append(Leg(self.steps_before, epochs, steps_in_epoch))
        self._is_away = False
        self.record = self.measure()

    def take(self, document: Document) -> None:
        """Go on where the run of a document was; raises `ValueError` for another."""
        other = document.trainer
        parameters = [p.data for p in other.model.parameters()]
        if len(parameters) != len(self.model.parameters()) or len(other.points) != len(
            self.trainer.points
        ):
            raise ValueError("the weights don’t belong to its settings")
        for parameter, number in zip(self.model.parameters(), other.start, strict=True):
            parameter.data = number
        self.begin_leg(self.options, self.training, self.testing)
        self.trainer.resume(parameters, other.progress)
        self.steps_before = document.steps_before
        before = {"steps": document.steps_before, "epochs": document.epochs_before}
        self._legs[-1] = self._legs[-1]._replace(**before)
        self.history = History()
        self._remember(self.measure())

    def note_edit(self) -> None:
        """The parameters have been changed by hand."""
        self.begin_leg(self.options, self.training, self.testing)
        self.history.truncate_after(self._shown)
        self._remember(self.record)

    def move_point(self, index: int, place: tuple[float, float]) -> None:
        """Put a point elsewhere; those to test with come after those to train on."""
        n = len(self.training.points)
        data, rows = self.training, self.trainer.points
        if index >= n:
            index, data, rows = index - n, self.testing, self.trainer.test_points
        (row,) = compute(self.options.features, [place])
        data.points[index] = place
        rows[index] = row  # type: ignore[index]
        self.record = self.measure()

    # --- steps ---

    @property
    def steps_in_epoch(self) -> int:
        """How many batches the points make."""
        return self._legs[-1].steps_in_epoch

    @property
    def epochs_before(self) -> float:
        """How many times the points had been gone through before this trainer."""
        return self._legs[-1].epochs

    @property
    def n_steps(self) -> int:
        """How many steps had been made at the moment on show."""
        return self.record.step

    @property
    def n_epochs(self) -> float:
        """How many times the points had been gone through then."""
        moments = self.history.moments
        leg = self._legs[moments[self._shown].leg if moments else -1]
        return leg.epochs + (self.n_steps - leg.steps) / leg.steps_in_epoch

    def prepare(self) -> None:
        """Compile what the first picture needs."""
        self.scorer.score(self.trainer.points[:1])

    def advance(self, n_steps: int) -> None:
        """
        Make some steps and remember where they led.

        Raises `DivergenceError`; the run is then back at the last good moment.
        """
        self._return_to_shown()
        started = time.perf_counter()
        try:
            self.trainer.advance(n_steps)
            self.seconds_of_steps = time.perf_counter() - started
            record = self.measure()
            if not record.loss <= self._highest_loss:
                raise DivergenceError(
                    f"The network diverged: the loss became {record.loss:.1e} at step "
                    f"{record.step:,}. Lower the learning rate (now "
                    f"{self.options.rate:g})."
                )
        except DivergenceError:
            self.seek(len(self.history.moments) - 1)
            self._train_from_shown()
            raise
        self._remember(record)

    @property
    def _highest_loss(self) -> float:
        """A loss beyond is none to go on from."""
        return DIVERGENCE * max(1.0, self.history.moments[0].record.loss)

    def measure(self) -> Record:
        """Return what all the points say of the network as it is now."""
        record = self.trainer.measure()
        if self.training.is_regression:  # numbers aren't right or wrong
            tests = None if record.test_accuracy is None else math.nan
            record = record._replace(accuracy=math.nan, test_accuracy=tests)
        return record._replace(step=self.steps_before + self.trainer.steps_done)

    # --- the way back ---

    @property
    def shown(self) -> int:
        """The number of the moment on show."""
        return self._shown

    def seek(self, moment: int) -> None:
        """Give the network the parameters of a remembered moment."""
        self._shown = max(0, min(moment, len(self.history.moments) - 1))
        self._is_away = True
        self._restore(self.history.moments[self._shown])

    def _restore(self, moment: Moment) -> None:
        for parameter, number in zip(
            self.model.parameters(), moment.parameters, strict=True
        ):
            parameter.data = number
        self.record = moment.record

    def _return_to_shown(self) -> None:
        """Forget what came after the moment on show, and train on from there."""
        if self._shown < len(self.history.moments) - 1:
            self.history.truncate_after(self._shown)
        if self._is_away:
            self._train_from_shown()

    def _train_from_shown(self) -> None:
        """Let the trainer go on from the moment on show."""
        self._is_away = False
        moment = self.history.moments[self._shown]
        if moment.leg == len(self._legs) - 1:
            self.trainer.resume(moment.parameters, moment.progress)
        else:  # the settings were others then; those of today hold from there on
            self.begin_leg(self.options, self.training, self.testing)

    def _remember(self, record: Record) -> None:
        self.record = record
        parameters = [p.data for p in self.model.parameters()]
        leg = len(self._legs) - 1
        self.history.add(record, parameters, self.trainer.progress, leg)
        self._shown = len(self.history.moments) - 1

    # --- what the network says ---

    def count_confusions(self) -> list[list[int]]:
        """Return which classes are taken for which: of test points, if there are."""
        trainer = self.trainer
        rows, labels = trainer.points, trainer.labels
        if trainer.test_points:
            rows, labels = trainer.test_points, trainer.test_labels
        n = len(self.training.class_names)
        return self.scorer.count_confusions(rows, labels, n)

    def measure_at(self, parameters: Sequence[float]) -> float:
        """Return the loss that the network would have with other parameters."""
        with self.scorer.having(parameters):
            return self.trainer.evaluate()


def count_outputs(data: Dataset) -> int:
    """Return how many outputs a network for a data set has."""
    return len(data.class_names) if len(data.class_names) > 2 else 1


def spread(choices: Sequence[str], n: int) -> list[str]:
    """Return one choice for each of n layers: the last one for those without one."""
    return [choices[min(k, len(choices) - 1)] for k in range(n)]


def choose_loss(name: str, data: Dataset) -> str:
    """Return the loss that suits a data set and is nearest to the one chosen."""
    n_classes = len(data.class_names)
    if n_classes == 0 or name == "squared_error":
        return "squared_error"
    if n_classes > 2:
        return "cross_entropy"
    return "binary_cross_entropy" if name == "cross_entropy" else name


def explain_loss(name: str, data: Dataset) -> str:
    """Return what to say where another loss is used than the one that was chosen."""
    used = choose_loss(name, data)
    if name in used:  # binary cross-entropy is a cross-entropy
        return ""
    what = "Data of numbers needs" if data.is_regression else "Several classes need"
    words = {"cross_entropy": "cross-entropy", "squared_error": "squared error"}
    return f"{what} {words[used]}, so that is the loss of this run."


def make_optimizer(options: SimpleNamespace) -> Optimizer:
    """Return the optimiser with the rate and the schedule that the options say."""
    rate = options.rate
    schedule = rate
    if options.schedule == "linear":
        schedule = linear_decay(rate, rate / 10, DECAY)
    if options.optimizer == "adam":
        return Adam(schedule)
    return SGD(schedule, MOMENTUM if options.optimizer == "momentum" else 0.0)
