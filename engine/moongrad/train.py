"""The training loop: one `Record` a step. It neither prints, plots nor waits."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moongrad.engine import Value
from moongrad.loss import LOSSES, Loss, l2_penalty, sum_values
from moongrad.nn import MLP
from moongrad.optim import SGD
from moongrad.rng import RandomState

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


class Trainer:
    """
    Fits a model to rows of numbers with one label each, a step at a time.

    * `model`: returns one value for a row. `points`: the rows. `labels`: -1 or +1 for
      `hinge`, any number for `squared_error`.
    * `loss`: a name in `moongrad.loss.LOSSES`, or a function of (score, label).
    * `l2`: strength of the penalty on the squared parameters, at least 0.
    * `optimizer`: an `SGD`, with a learning rate of 0.1 where none is given.
    * `batch_size`: rows used in a step; None uses them all, in order. Otherwise they
      are drawn afresh at each step, without replacement, as NumPy's
      `RandomState(batch_seed)` does.

    A step's loss is `sum(losses) * (1 / n) + l2 * sum(p * p)`. Raises `ValueError` for
    bad arguments. A step whose loss is not finite, or a million times the first one,
    raises `FloatingPointError`; the parameters are then those of the step before.

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
        optimizer: SGD | None = None,
        batch_size: int | None = None,
        batch_seed: int = 0,
    ) -> None:
        n = len(points)
        if n == 0 or n != len(labels):
            raise ValueError(
                f"Trainer needs as many labels as points, at least 1, got "
                f"{n} points and {len(labels)} labels"
            )
        if not (l2 >= 0 and math.isfinite(l2)):
            raise ValueError(f"Trainer needs a finite l2 >= 0, got l2={l2!r}")
        if batch_size is not None and not 1 <= batch_size <= n:
            raise ValueError(
                f"Trainer needs batch_size from 1 to the number of points, {n}, "
                f"got batch_size={batch_size!r}. None uses every point."
            )
        self.model = model
        self.points = points
        self.labels = labels
        self.loss = _find_loss(loss)
        self.l2 = l2
        self.optimizer = optimizer or SGD(0.1)
        self.batch_size = batch_size
        self.steps_done = 0
        self._random = RandomState(batch_seed)
        self._parameters = model.parameters()
        self._last_good = [p.data for p in self._parameters]
        self._bearable_loss = sys.float_info.max

    def run(self, steps: int) -> Iterator[Record]:
        """Do `steps` more steps, yielding the record of each as soon as it is done."""
        for _ in range(steps):
            yield self.step()

    def step(self) -> Record:
        """Do one step: forward, backward, update."""
        batch = self._draw_batch()
        scores = [self._score(self.points[i]) for i in batch]
        labels = [self.labels[i] for i in batch]
        total = self._total_loss(scores, labels)
        rate = self.optimizer.learning_rate(self.steps_done)
        if not total.data <= self._bearable_loss:  # NaN is not <= anything either
            self._restore(total.data, rate)
        if self.steps_done == 0:
            self._bearable_loss = _HOPELESS * max(1.0, total.data)
        self._last_good = [p.data for p in self._parameters]

        self.model.zero_grad()
        total.backward()
        self.optimizer.update(self._parameters, self.steps_done)

        n_right = sum(
            (s.data > 0) == (y > 0) for s, y in zip(scores, labels, strict=True)
        )
        record = Record(self.steps_done, total.data, n_right / len(batch), rate)
        self.steps_done += 1
        return record

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

    def _total_loss(self, scores: Sequence[Value], labels: Sequence[float]) -> Value:
        losses = [self.loss(s, y) for s, y in zip(scores, labels, strict=True)]
        mean = sum_values(losses) * (1.0 / len(losses))
        if self.l2 == 0:
            return mean
        return mean + l2_penalty(self._parameters, self.l2)

    def _restore(self, loss: float, rate: float) -> None:
        for parameter, data in zip(self._parameters, self._last_good, strict=True):
            parameter.data = data
        if math.isnan(loss):
            grown = "NaN"
        else:
            grown = "infinite" if math.isinf(loss) else f"{loss:.1e}"
        raise FloatingPointError(
            f"The network diverged: the loss became {grown} at step {self.steps_done}. "
            f"Lower the learning rate (now {rate:g})."
        )


def _find_loss(loss: str | Loss) -> Loss:
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}: use one of {', '.join(LOSSES)}")
    return LOSSES[loss]
