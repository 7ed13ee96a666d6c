"""The training loop: one `Record` a step. It neither prints, plots nor waits."""

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
from moongrad.wasm.kernel import WasmKernel, compile_for, say_once, training_with

# Times the first loss (or 1): a loss that has grown so far does not come back.
_HOPELESS = 1e6


class Record(NamedTuple):
    """
    What one step saw, before it changed the parameters.

    * `step`: counted from 0. `loss`: the mean over the rows, plus the penalty.
    * `accuracy`: the share, from 0 to 1, of rows whose score has the sign of their
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
    Fits a model to rows of numbers with one label each, a step at a time.

    * `model`: returns one value for a row. `points`: the rows. `labels`: -1 or +1 for
      `hinge`, any number for `squared_error`.
    * `loss`: a name in `moongrad.loss.LOSSES`, or a function of (score, label).
    * `l2`, `l1`: strength of the penalties on the squared and on the absolute
      parameters, at least 0.
    * `optimizer`: an `SGD`, with a learning rate of 0.1 where none is given.
    * `batch_size`: rows used in a step; None uses them all, in order. Otherwise they
      are drawn afresh at each step, without replacement, as NumPy's
      `RandomState(batch_seed)` does.

    * `backend`: `"wasm"` compiles the step, `"python"` runs it on `Value`s, `"auto"` is
      the best there is; `backend` of the trainer then says which. Where only + - * /
      and relu are involved, both give the same bits.

    A step's loss is `sum(losses) * (1 / n) + l2 * sum(p * p)`. Raises `ValueError` for
    bad arguments. A step whose loss is not finite, or a million times the first one,
    raises `DivergenceError`; the parameters are then those of the step before.

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
        self._bearable_loss: float | None = None  # known after the first step
        self.restart()
        self._score(points[0])  # what does not fit together is said now
        self._kernel = self._compile(backend)
        self.backend = "python" if self._kernel is None else "wasm"

    @property
    def kernel(self) -> WasmKernel | None:
        """The compiled step, or None where this trains in Python."""
        return self._kernel

    def restart(self) -> None:
        """Start over: the parameters are those of when the trainer was made."""
        for parameter, data in zip(self._parameters, self._start, strict=True):
            parameter.data = data
        for numbers in self.optimizer.state:
            numbers.clear()
        self._random = RandomState(self._batch_seed)
        self._last_good = list(self._start)
        self._bearable_loss = None
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
        if not self._is_bearable(total.data):
            self._give_up(total.data)
        self._last_good = [p.data for p in self._parameters]

        rate = self.optimizer.learning_rate(self.steps_done)
        self.model.zero_grad()
        total.backward()
        self.optimizer.update(self._parameters, self.steps_done)
        n_right = sum(
            (s.data > 0) == (y > 0) for s, y in zip(scores, labels, strict=True)
        )
        record = Record(self.steps_done, total.data, n_right / len(batch), rate)
        self.steps_done += 1
        return record

    def evaluate(self) -> float:
        """
        Return the loss of the model as it is now, over every row; nothing is changed.

        With no step in between, it is the loss of the next full-batch record, but for
        the rounding of sums in another order.
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
                training_with(self.optimizer, (1, n_features)),
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
            say_once(f"This cannot be compiled, so it trains in Python: {error}")
        return None

    def _fit_compiled(
        self, kernel: WasmKernel, steps: int, records: list[Record]
    ) -> None:
        """Make steps and add the record of each as long as it goes well."""
        if self._bearable_loss is None and steps > 1:
            self._fit_compiled(kernel, 1, records)  # its loss says what is bearable
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
            agreement=(1, len(self.points[0])),
            bearable=self._measure(),
        )
        if batches and done.n_done < steps:
            self._random = random  # as if only the batches that were used were drawn
            for _ in range(done.n_done + 1):
                self._draw_batch()
        if done.n_done:
            self._last_good = done.before
        n = self.batch_size or len(self.points)
        n_before = len(records)
        for loss, n_right in zip(done.losses, done.n_right, strict=True):
            if not self._is_bearable(loss):
                self._give_up(loss)
            rate = self.optimizer.learning_rate(self.steps_done)
            records.append(Record(self.steps_done, loss, n_right / n, rate))
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

    def _measure(self) -> float:
        """Return the largest loss that training can go on from."""
        if self._bearable_loss is None:
            return sys.float_info.max
        return self._bearable_loss

    def _is_bearable(self, loss: float) -> bool:
        """Whether training can go on from a loss; the first one sets the measure."""
        if not loss <= self._measure():  # NaN is not <= anything either
            return False
        if self._bearable_loss is None:
            self._bearable_loss = _HOPELESS * max(1.0, loss)
        return True

    def _give_up(self, loss: float) -> NoReturn:
        """Put back the parameters of the step before, and say what happened."""
        for parameter, data in zip(self._parameters, self._last_good, strict=True):
            parameter.data = data
        if math.isnan(loss):
            grown = "NaN"
        else:
            grown = "infinite" if math.isinf(loss) else f"{loss:.1e}"
        # The update before this step did it, or else the weights at the start.
        rate = self.optimizer.learning_rate(max(self.steps_done - 1, 0))
        raise DivergenceError(
            f"The network diverged: the loss became {grown} at step {self.steps_done}. "
            f"Lower the learning rate (now {rate:g})."
        )


def _find_loss(loss: str | Loss) -> Loss:
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}: use one of {', '.join(LOSSES)}")
    return LOSSES[loss]
