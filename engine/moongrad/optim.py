"""Optimisers, which turn gradients into new parameters, and learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, Protocol

from moongrad.engine import SQRT, Value

Schedule = Callable[[int], float]


class ConstantRate:
    """The schedule of a learning rate that stays the same: `rate`."""

    def __init__(self, rate: float) -> None:
        _require_rate(rate)
        self.rate = rate

    def __call__(self, step: int) -> float:
        return self.rate


class LinearDecay:
    """What `linear_decay` returns, with its arguments `start`, `end` and `steps`."""

    def __init__(self, start: float, end: float, steps: int) -> None:
        _require_rate(start)
        _require_rate(end)
        if steps < 1:
            raise ValueError(f"linear_decay needs steps >= 1, got steps={steps!r}")
        self.start, self.end, self.steps = start, end, steps

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.end
        return self.start - (self.start - self.end) * step / self.steps


def linear_decay(start: float, end: float, steps: int) -> LinearDecay:
    """
    Return a schedule that falls from `start` at step 0 to `end` at step `steps`.

    After that it stays at `end`.

    >>> rate = linear_decay(1.0, 0.1, 100)
    >>> rate(0), rate(50), rate(100), rate(200)
    (1.0, 0.55, 0.1, 0.1)
    """
    return LinearDecay(start, end, steps)


class State:
    """
    What an optimiser remembers of each of `n` parameters between steps.

    `s` and `t` are lists of a number for each parameter, 0 at first. A state belongs to
    one training: two that shared it would disturb each other.
    """

    __slots__ = ("s", "t")

    def __init__(self, n: int) -> None:
        self.s = [0.0] * n
        self.t = [0.0] * n

    def copy(self) -> State:
        """Return a state with the same numbers."""
        copy = State(0)
        copy.s, copy.t = list(self.s), list(self.t)
        return copy


#: From a parameter, its gradient, its state s and t, and coefficients of the step, to
#: the new parameter, s and t. It is called with floats, and with symbols to compile it.
#: A rule that divides by 0 raises an error in Python; compiled, it gives an infinity.
Rule = Callable[..., tuple[Any, Any, Any]]


class Optimizer(Protocol):
    """Turns gradients into new parameters, by a rule for each of them."""

    @property
    def rule(self) -> Rule: ...

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""

    def coefficients(self, step: int) -> tuple[float, ...]:
        """Return what the rule takes after `t` in a step."""

    def update(
        self, parameters: Sequence[Value], step: int, state: State | None = None
    ) -> None:
        """Move the parameters by the gradients they hold, and change the state."""


class _Updater:
    """Applies a rule to parameters; keeps the state of one without a trainer."""

    _own: State | None = None
    _owners: tuple[Value, ...] = ()

    def update(
        self: Any, parameters: Sequence[Value], step: int, state: State | None = None
    ) -> None:
        """Move the parameters by the gradients they hold; `state` is a trainer's."""
        rule, coefficients = self.rule, self.coefficients(step)
        state = self._state_for(parameters, state)
        for k, p in enumerate(parameters):
            p.data, state.s[k], state.t[k] = rule(
                p.data, p.grad, state.s[k], state.t[k], *coefficients
            )

    def _state_for(self, parameters: Sequence[Value], state: State | None) -> State:
        if state is None:
            if self._own is None:
                self._own, self._owners = State(len(parameters)), tuple(parameters)
            if self._owners != tuple(parameters):
                raise ValueError(
                    f"this {type(self).__name__} remembers other parameters. Make one "
                    f"for each model."
                )
            return self._own
        if len(state.s) != len(parameters):
            raise ValueError(
                f"this state is one of {len(state.s)} parameters, got {len(parameters)}"
            )
        return state


class SGD(_Updater):
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

    @property
    def rule(self) -> Rule:
        return _move_with_momentum if self.momentum else _move

    def coefficients(self, step: int) -> tuple[float, ...]:
        rate = self.learning_rate(step)
        return (rate, self.momentum) if self.momentum else (rate,)

    def _state_for(self, parameters: Sequence[Value], state: State | None) -> State:
        if self.rule is _move:  # nothing is remembered, so any parameters will do
            return State(len(parameters))
        return super()._state_for(parameters, state)


def _move(p: Any, g: Any, s: Any, t: Any, rate: Any) -> tuple[Any, Any, Any]:
    return p - rate * g, s, t


def _move_with_momentum(
    p: Any, g: Any, s: Any, t: Any, rate: Any, momentum: Any
) -> tuple[Any, Any, Any]:
    s = momentum * s + g
    return p - rate * s, s, t


class Adam(_Updater):
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

    @property
    def rule(self) -> Rule:
        return _move_by_running_means

    def coefficients(self, step: int) -> tuple[float, ...]:
        b1, b2 = self.beta1, self.beta2
        corrections = (1 - b1 ** (step + 1), 1 - b2 ** (step + 1))
        rate = self.learning_rate(step)
        return (rate, b1, 1 - b1, b2, 1 - b2, *corrections, self.epsilon)


def _move_by_running_means(
    p: Any, g: Any, s: Any, t: Any, *coefficients: Any
) -> tuple[Any, Any, Any]:
    rate, b1, rest1, b2, rest2, correction1, correction2, epsilon = coefficients
    s = b1 * s + rest1 * g
    t = b2 * t + rest2 * (g * g)
    divisor = SQRT.at(t / correction2) + epsilon
    return p - rate * (s / correction1) / divisor, s, t


def is_constant(optimizer: Optimizer) -> bool:
    """Whether an optimiser surely has the same coefficients in every step."""
    is_plain = type(optimizer) is SGD  # a subclass may compute others
    return is_plain and type(optimizer.learning_rate) is ConstantRate


def _to_schedule(learning_rate: float | Schedule) -> Schedule:
    if callable(learning_rate):
        return learning_rate
    return ConstantRate(learning_rate)


def _require_fraction(name: str, fraction: float) -> float:
    if not 0 <= fraction < 1:
        raise ValueError(
            f"{name} must be from 0 up to, not including, 1, got {fraction!r}"
        )
    return fraction


def _require_rate(rate: float) -> None:
    if not isinstance(rate, Real):
        raise TypeError(f"a learning rate must be a number, got {rate!r}")
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(
            f"a learning rate must be a finite number above 0, got {rate!r}"
        )
