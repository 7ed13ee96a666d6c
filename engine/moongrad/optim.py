"""Optimisers, which turn gradients into new parameters, and learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Protocol

from moongrad.engine import Value

Schedule = Callable[[int], float]


def linear_decay(start: float, end: float, steps: int) -> Schedule:
    """
    Return a schedule that falls from `start` at step 0 to `end` at step `steps`.

    After that it stays at `end`.

    >>> rate = linear_decay(1.0, 0.1, 100)
    >>> rate(0), rate(50), rate(100), rate(200)
    (1.0, 0.55, 0.1, 0.1)
    """
    _require_rate(start)
    _require_rate(end)
    if steps < 1:
        raise ValueError(f"linear_decay needs steps >= 1, got steps={steps!r}")
    return lambda step: end if step >= steps else start - (start - end) * step / steps


class Optimizer(Protocol):
    """
    Turns gradients into new parameters: `update` in Python, `rule` when compiled.

    * `rule`: statements `(target, code)` in the postfix notation of
      `moongrad.wasm.emit`. Names are the parameter `p`, its gradient `g`, its state
      between steps `s` and `t`, and the coefficients `c0`, `c1`...
    * `state`: two lists with the `s` and the `t` of each parameter.
    """

    @property
    def rule(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def state(self) -> tuple[list[float], list[float]]: ...

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""

    def coefficients(self, step: int) -> tuple[float, ...]:
        """Return the coefficients `c0`, `c1`... of a step."""

    def update(self, parameters: Sequence[Value], step: int) -> None:
        """Move the parameters by the gradients they hold."""


class SGD:
    """
    Gradient descent: every parameter moves against its gradient.

    * `learning_rate`: a number above 0, or a schedule `step -> number`.
    * `momentum`: the fraction of the last movement that is kept, from 0 up to, not
      including, 1.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> SGD(0.1).update([p], step=0)
    >>> p.data
    0.8
    """

    def __init__(self, learning_rate: float | Schedule, momentum: float = 0.0) -> None:
        self.learning_rate = _to_schedule(learning_rate)
        self.momentum = _require_fraction("momentum", momentum)
        self.state: tuple[list[float], list[float]] = ([], [])

    @property
    def rule(self) -> tuple[tuple[str, str], ...]:
        if self.momentum == 0:
            return (("p", "p c0 g mul sub"),)
        return (("s", "c1 s mul g add"), ("p", "p c0 s mul sub"))

    def coefficients(self, step: int) -> tuple[float, ...]:
        return (self.learning_rate(step), self.momentum)

    def update(self, parameters: Sequence[Value], step: int) -> None:
        """Move the parameters by the gradients they hold."""
        rate = self.learning_rate(step)
        if self.momentum == 0:
            for parameter in parameters:
                parameter.data -= rate * parameter.grad
            return
        (velocity, _) = _extend_state(self.state, len(parameters))
        for k, parameter in enumerate(parameters):
            velocity[k] = self.momentum * velocity[k] + parameter.grad
            parameter.data -= rate * velocity[k]


class Adam:
    """
    Adam (Kingma and Ba, 2015): steps scaled by running means of gradients and squares.

    * `learning_rate`: a number above 0, or a schedule `step -> number`.
    * `beta1`, `beta2`: the fraction of each running mean that is kept in a step, from 0
      up to, not including, 1.
    * `epsilon`: added to the divisor, above 0.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> Adam(0.1).update([p], step=0)
    >>> round(p.data, 6)
    0.9
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate = _to_schedule(learning_rate)
        self.beta1 = _require_fraction("beta1", beta1)
        self.beta2 = _require_fraction("beta2", beta2)
        if not (math.isfinite(epsilon) and epsilon > 0):
            raise ValueError(
                f"epsilon must be a finite number above 0, got {epsilon!r}"
            )
        self.epsilon = epsilon
        self.state: tuple[list[float], list[float]] = ([], [])

    @property
    def rule(self) -> tuple[tuple[str, str], ...]:
        return (
            ("s", "c1 s mul c2 g mul add"),
            ("t", "c3 t mul c4 g g mul mul add"),
            ("p", "p c0 s c5 div mul t c6 div sqrt c7 add div sub"),
        )

    def coefficients(self, step: int) -> tuple[float, ...]:
        b1, b2 = self.beta1, self.beta2
        corrections = (1 - b1 ** (step + 1), 1 - b2 ** (step + 1))
        rate = self.learning_rate(step)
        return (rate, b1, 1 - b1, b2, 1 - b2, *corrections, self.epsilon)

    def update(self, parameters: Sequence[Value], step: int) -> None:
        """Move the parameters by the gradients they hold."""
        rate, b1, c1, b2, c2, correction1, correction2, epsilon = self.coefficients(
            step
        )
        means, squares = _extend_state(self.state, len(parameters))
        for k, parameter in enumerate(parameters):
            g = parameter.grad
            means[k] = b1 * means[k] + c1 * g
            squares[k] = b2 * squares[k] + c2 * (g * g)
            divisor = math.sqrt(squares[k] / correction2) + epsilon
            parameter.data -= rate * (means[k] / correction1) / divisor


def _extend_state(
    state: tuple[list[float], list[float]], n: int
) -> tuple[list[float], list[float]]:
    """Extend both lists with zeros to `n` numbers and return them."""
    for numbers in state:
        numbers.extend([0.0] * (n - len(numbers)))
    return state


def _to_schedule(learning_rate: float | Schedule) -> Schedule:
    if callable(learning_rate):
        return learning_rate
    rate = _require_rate(learning_rate)
    return lambda step: rate


def _require_fraction(name: str, fraction: float) -> float:
    if not 0 <= fraction < 1:
        raise ValueError(
            f"{name} must be from 0 up to, not including, 1, got {fraction!r}"
        )
    return fraction


def _require_rate(rate: float) -> float:
    if not isinstance(rate, Real):
        raise TypeError(f"a learning rate must be a number, got {rate!r}")
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(
            f"a learning rate must be a finite number above 0, got {rate!r}"
        )
    return rate
