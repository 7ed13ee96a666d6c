"""The training loop: one `Record` per step. It does not print, plot or wait."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

from moongrad.engine import Value
from moongrad.loss import LOSSES, Loss, penalised_mean
from moongrad.nn import MLP
from moongrad.optim import SGD, Optimizer
from moongrad.rng import RandomState
from moongrad.wasm.kernel import WasmKernel, compile_for, training_for, warn_once

# A loss this many times the first one (or 1) counts as divergence.
_DIVERGENCE_FACTOR = 1e6


class Record(NamedTuple):
    """
    The measurements of one step, taken before it changed the parameters.

    * `step`: counted from 0. `loss`: the mean over the rows, plus the penalties.
    * `accuracy`: the fraction, from 0 to 1, of rows whose score has the sign of their
      label.
    * `learning_rate`: of the update that followed.
    """

    step: int
    loss: float
    accuracy: float
    learning_rate: float


class DivergenceError(FloatingPointError):
    """
    Training that can't go on: the loss is not finite, or has grown beyond hope.

    `records` are those of the steps that the same call of `fit` made before.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.records: list[Record] = []


class Trainer:
    """
    Fits a model to rows of numbers, each with a label, one step at a time.

    * `model`: returns one value for a row. `points`: the rows. `labels`: -1 or +1 for
      `hinge`, any number for `squared_error`.
    * `loss`: a name in `moongrad.loss.LOSSES`, or a function of (score, label).
    * `l2`, `l1`: strength of the penalties on the squared and on the absolute
      parameters, at least 0.
    * `optimizer`: `SGD(0.1)` by default.
    * `batch_size`: rows used in a step; None uses them all, in order. Otherwise each
      step draws new rows without replacement, as NumPy's `RandomState(batch_seed)`
      does.
    * `backend`: `"wasm"` compiles the step, `"python"` runs it on `Value`s, `"auto"`
      takes the faster one that works here. The attribute `backend` says which. If the
      step uses only + - * / and relu, both give the same bits.

    A step's loss is `sum(losses) * (1 / n) + l2 * sum(p * p)`. Raises `ValueError` for
    bad arguments. A step whose loss is not finite, or a million times the first one,
    raises `DivergenceError` and restores the parameters of the step before.

    >>> from moongrad import MLP, make_moons
    >>> import random
    >>> points, labels = make_moons(20, noise=0.1, seed=1)
    >>> model = MLP(2, [8, 1], rng=random.Random(1))
    >>> records = list(Trainer(model, points, labels, optimizer=SGD(0.5)).run(30))
    >>> records[-1].loss < records[0].loss
    True
    """

    def __init__(
        self,
        model: MLP,
        points: Sequence[Sequence[float]],
        labels: Sequence[float],
        *,
        loss: str | Loss = "hinge",
        l2: float = 1e-4,
        l1: float = 0.0,
        optimizer: Optimizer | None = None,
        batch_size: int | None = None,
        batch_seed: int = 0,
        backend: str = "auto",
    ) -> None:
        n = len(points)
        if n == 0 or n != len(labels):
            raise ValueError(
                f"Trainer needs as many labels as points, at least 1, got "
                f"{n} points and {len(labels)} labels"
            )
        for name, strength in (("l2", l2), ("l1", l1)):
            if not (strength >= 0 and math.isfinite(strength)):
                raise ValueError(
                    f"Trainer needs a finite {name} >= 0, got {name}={strength!r}"
                )
        is_whole = batch_size is None or isinstance(batch_size, int)
        if not is_whole or (batch_size is not None and not 1 <= batch_size <= n):
            raise ValueError(
                f"Trainer needs batch_size from 1 to the number of points, {n}, "
                f"got batch_size={batch_size!r}. None uses every point."
            )
        self.model = model
        self.points = points
        self.labels = labels
        self.loss = _find_loss(loss)
        self.l2, self.l1 = l2, l1
        self.optimizer = optimizer or SGD(0.1)
        self.batch_size = batch_size
        self._parameters = model.parameters()
        self._start = [p.data for p in self._parameters]
        self._batch_seed = batch_seed
        self._loss_limit: float | None = None  # set by the first step
        self.restart()
        self._score(points[0])  # a wrong size raises here, not at the first step
        self._kernel = self._compile(backend)
        self.backend = "python" if self._kernel is None else "wasm"

    @property
    def kernel(self) -> WasmKernel | None:
        """The compiled step, or None when training in Python."""
        return self._kernel

    def restart(self) -> None:
        """Start over, with the parameters that the model had at first."""
        for parameter, data in zip(self._parameters, self._start, strict=True):
            parameter.data = data
        for numbers in self.optimizer.state:
            numbers.clear()
        self._random = RandomState(self._batch_seed)
        self._previous_parameters = list(self._start)
        self._loss_limit = None
        self.steps_done = 0

    def run(self, steps: int) -> Iterator[Record]:
        """Do `steps` more steps, yielding the record of each as soon as it is done."""
        for _ in range(steps):
            yield self.step()

    def fit(self, steps: int) -> list[Record]:
        """Do `steps` more steps and return their records; compiled, in one call."""
        records: list[Record] = []
        try:
            if self._kernel is None or steps == 0:
                for record in self.run(steps):
                    records.append(record)
            else:
                self._fit_compiled(self._kernel, steps, records)
        except DivergenceError as error:
            error.records = records
            raise
        return records

    def step(self) -> Record:
        """Do one step: forward, backward, update."""
        if self._kernel is not None:
            records: list[Record] = []
            self._fit_compiled(self._kernel, 1, records)
            return records[0]
        batch = self._draw_batch()
        scores = [self._score(self.points[i]) for i in batch]
        labels = [self.labels[i] for i in batch]
        losses = [self.loss(s, y) for s, y in zip(scores, labels, strict=True)]
        total = penalised_mean(losses, self._parameters, l2=self.l2, l1=self.l1)
        self._check_loss(total.data)
        self._previous_parameters = [p.data for p in self._parameters]

        rate = self.optimizer.learning_rate(self.steps_done)
        self.model.zero_grad()
        total.backward()
        self.optimizer.update(self._parameters, self.steps_done)
        n_correct = sum(
            (s.data > 0) == (y > 0) for s, y in zip(scores, labels, strict=True)
        )
        record = Record(self.steps_done, total.data, n_correct / len(batch), rate)
        self.steps_done += 1
        return record

    def evaluate(self) -> float:
        """
        Return the loss of the current model over all rows, without changing anything.

        It equals the loss of the next full-batch record, except for rounding: sums are
        made in another order.
        """
        rows = zip(self.points, self.labels, strict=True)
        losses = [self.loss(Value(self.model.predict(x)[0]), y).data for x, y in rows]
        parameters = [p.data for p in self._parameters]
        penalty = self.l2 * math.fsum(p * p for p in parameters)
        penalty += self.l1 * math.fsum(map(abs, parameters))
        return math.fsum(losses) / len(losses) + penalty

    def _compile(self, backend: str) -> WasmKernel | None:
        """Return the compiled step: rows of inputs and label -> loss and score."""
        if backend == "python":
            return None

        def row_loss(*numbers: Value) -> tuple[Value, Value]:
            score = self._score(numbers[:-1])  # type: ignore[arg-type]
            return self.loss(score, numbers[-1]), score  # type: ignore[arg-type]

        n_features = len(self.points[0])
        try:
            kernel = compile_for(
                training_for(self.optimizer, sign_match=(1, n_features)),
                row_loss,
                self._parameters,
                n_features + 1,
                backend,
            )
            if isinstance(kernel, WasmKernel):
                return kernel
        except (TypeError, ValueError) as error:
            if backend == "wasm":
                raise
            warn_once(f"This cannot be compiled, so it trains in Python: {error}")
        return None

    def _fit_compiled(
        self, kernel: WasmKernel, steps: int, records: list[Record]
    ) -> None:
        """Make steps and add the record of each, up to one that diverges."""
        if self._loss_limit is None and steps > 1:
            self._fit_compiled(kernel, 1, records)  # its loss sets the limit
            steps -= 1
        batches = None
        if self.batch_size is not None:
            random = copy.deepcopy(self._random)
            batches = [self._draw_batch() for _ in range(steps)]
        pairs = zip(self.points, self.labels, strict=True)
        done = kernel.fit_steps(
            [(*point, label) for point, label in pairs],
            steps,
            self.optimizer,
            l2=self.l2,
            l1=self.l1,
            first_step=self.steps_done,
            batches=batches,
            sign_match=(1, len(self.points[0])),
            max_loss=self._max_loss,
        )
        if batches and done.n_done < steps:
            self._random = random  # draw again only the batches that were used
            for _ in range(done.n_done + 1):
                self._draw_batch()
        if done.n_done:
            self._previous_parameters = done.previous_parameters
        n = self.batch_size or len(self.points)
        n_before = len(records)
        for loss, n_correct in zip(done.losses, done.n_correct, strict=True):
            self._check_loss(loss)
            rate = self.optimizer.learning_rate(self.steps_done)
            records.append(Record(self.steps_done, loss, n_correct / n, rate))
            self.steps_done += 1
        if done.error is not None:
            self.steps_done += done.n_done - (len(records) - n_before)
            raise done.error

    def _draw_batch(self) -> Sequence[int]:
        n = len(self.points)
        if self.batch_size is None:
            return range(n)
        return self._random.permutation(n)[: self.batch_size]

    def _score(self, point: Sequence[float]) -> Value:
        score = self.model(point)
        if not isinstance(score, Value):
            raise ValueError(
                f"Trainer needs a model with one output, got {len(score)} outputs"
            )
        return score

    @property
    def _max_loss(self) -> float:
        """The largest loss that is no divergence: any finite one at the first step."""
        return sys.float_info.max if self._loss_limit is None else self._loss_limit

    def _check_loss(self, loss: float) -> None:
        """Raise if a loss shows divergence. The first loss sets the limit."""
        if not loss <= self._max_loss:  # NaN, too, is not <= anything
            self._raise_divergence(loss)
        if self._loss_limit is None:
            self._loss_limit = _DIVERGENCE_FACTOR * max(1.0, loss)

    def _raise_divergence(self, loss: float) -> NoReturn:
        """Restore the parameters of the step before and raise."""
        for parameter, data in zip(
            self._parameters, self._previous_parameters, strict=True
        ):
            parameter.data = data
        if math.isnan(loss):
            size = "NaN"
        else:
            size = "infinite" if math.isinf(loss) else f"{loss:.1e}"
        # The cause is the update before this step, or else the initial weights.
        rate = self.optimizer.learning_rate(max(self.steps_done - 1, 0))
        raise DivergenceError(
            f"The network diverged: the loss became {size} at step {self.steps_done}. "
            f"Lower the learning rate (now {rate:g})."
        )


def _find_loss(loss: str | Loss) -> Loss:
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}: use one of {', '.join(LOSSES)}")
    return LOSSES[loss]
