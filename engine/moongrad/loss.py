"""Loss functions of one row, and penalties on the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from moongrad.engine import Value

Loss = Callable[[Value, float], Value]


def hinge(score: Value, label: float) -> Value:
    """
    Return `max(0, 1 - label * score)` for a label of -1 or +1.

    It is 0 once the score has the label's sign and a margin of at least 1.

    >>> [hinge(Value(score), 1).data for score in (-0.25, 0.25, 3.0)]
    [1.25, 0.75, 0.0]
    """
    return (1 - label * score).relu()


def squared_error(prediction: Value, target: float) -> Value:
    """
    Return `(prediction - target) ** 2`.

    >>> squared_error(Value(3.0), 1.0).data
    4.0
    """
    return (prediction - target) ** 2


def l2_penalty(parameters: Iterable[Value], strength: float) -> Value:
    """
    Return `strength` times the sum of the squared parameters (weight decay).

    >>> l2_penalty([Value(1.0), Value(-2.0)], 0.5).data
    2.5
    """
    return strength * sum_values(p * p for p in parameters)


def l1_penalty(parameters: Iterable[Value], strength: float) -> Value:
    """
    Return `strength` times the sum of the parameters' absolute values.

    >>> l1_penalty([Value(1.0), Value(-2.0)], 0.5).data
    1.5
    """
    return strength * sum_values(p.relu() + (-p).relu() for p in parameters)


def penalised_mean(
    losses: Sequence[Value],
    parameters: Sequence[Value],
    *,
    l2: float = 0.0,
    l1: float = 0.0,
) -> Value:
    """
    Return the mean of the losses, plus the penalties whose strength is not 0.

    >>> penalised_mean([Value(1.0), Value(3.0)], [Value(2.0)], l2=0.5).data
    4.0
    """
    total = sum_values(losses) * (1.0 / len(losses))
    if l2:
        total = total + l2_penalty(parameters, l2)
    if l1:
        total = total + l1_penalty(parameters, l1)
    return total


def sum_values(values: Iterable[Value]) -> Value:
    """Return the sum, added from left to right; raises `ValueError` for no values."""
    remaining = iter(values)
    total = next(remaining, None)
    if total is None:
        raise ValueError("a sum of values needs at least one value, got none")
    for value in remaining:
        total = total + value
    return total


LOSSES: dict[str, Loss] = {"hinge": hinge, "squared_error": squared_error}
