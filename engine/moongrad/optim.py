"""Optimisers, which turn gradients into new parameters, and learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from moongrad.engine import Value

Schedule = Callable[[int], float]


def linear_decay(start: float, end: float, steps: int) -> Schedule:
    """
    Return a schedule that falls from `start` at step 0 to `end` at step `steps`, and
    stays.

    >>> rate = linear_decay(1.0, 0.1, 100)
    >>> rate(0), rate(50), rate(100), rate(200)
    (1.0, 0.55, 0.1, 0.1)
    """
    _require_rate(start)
    _require_rate(end)
    if steps < 1:
        raise ValueError(f"linear_decay needs steps >= 1, got steps={steps!r}")
    return lambda step: end if step >= steps else start - (start - end) * step / steps


class SGD:
    """
    Gradient descent: every parameter moves against its gradient.

    * `learning_rate`: a number above 0, or a schedule `step -> number`.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> SGD(0.1).update([p], step=0)
    >>> p.data
    0.8
    """

    def __init__(self, learning_rate: float | Schedule) -> None:
        if callable(learning_rate):
            self._schedule = learning_rate
        else:
            rate = _require_rate(learning_rate)
            self._schedule = lambda step: rate

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self._schedule(step)

    def update(self, parameters: Iterable[Value], step: int) -> None:
        """Move the parameters by the gradients they hold."""
        rate = self.learning_rate(step)
        for parameter in parameters:
            parameter.data -= rate * parameter.grad


def _require_rate(rate: float) -> float:
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(
            f"a learning rate must be a finite number above 0, got {rate!r}"
        )
    return rate
