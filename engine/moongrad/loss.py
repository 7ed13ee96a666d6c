"""Loss functions of one row, and penalties on the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any

from moongrad.engine import Value

#: Called with what the model returns for a row, and the row's target.
Loss = Callable[[Any, Any], Value]


def hinge(score: Value, label: float) -> Value:
    """
    Return `max(0, 1 - label * score)` for a label of -1 or +1.

    It is 0 once the score has the label's sign and a margin of at least 1.

    >>> [hinge(Value(score), 1).data for score in (-0.25, 0.25, 3.0)]
    [1.25, 0.75, 0.0]
    """
    return (1 - label * score).relu()


def binary_cross_entropy(score: Value, label: float) -> Value:
    """
    Return `log(1 + exp(-label * score))` for a label of -1 or +1.

    The score is a logit: `score.sigmoid()` is the probability of the label +1. No score
    is too large for it.

    >>> binary_cross_entropy(Value(0.0), 1).data  # log 2
    0.6931471805599453
    """
    loss: Value = (-label * score).softplus()
    return loss


def cross_entropy(scores: Sequence[Value], target: int | Sequence[Any]) -> Value:
    """
    Return the cross-entropy of a softmax: `-sum(t * log softmax(scores))`.

    * `scores`: logits, one for each class, of any size.
    * `target`: the number of the class, counted from 0, or a probability for each.

    >>> scores = [Value(2.0), Value(1.0), Value(-1.0)]
    >>> round(cross_entropy(scores, 0).data, 6)
    0.349012
    >>> cross_entropy(scores, 3)
    Traceback (most recent call last):
    ValueError: cross_entropy of 3 scores needs a class from 0 to 2, got 3
    """
    if len(scores) < 2:
        raise ValueError(
            f"cross_entropy needs a score for each of at least two classes, got "
            f"{len(scores)}"
        )
    if hasattr(target, "__len__"):
        probabilities: Any = target
    else:
        probabilities = one_hot(target, len(scores), "cross_entropy")
    if len(probabilities) != len(scores):
        raise ValueError(
            f"cross_entropy of {len(scores)} scores needs as many probabilities, got "
            f"{len(probabilities)}"
        )
    total = log_sum_exp(scores)
    pairs = zip(scores, probabilities, strict=True)
    return sum_values(p * (total - score) for score, p in pairs)


def one_hot(label: Any, n_classes: int, owner: str) -> list[float]:
    """Return 1 for a class and 0 for the others; `owner` is named in errors."""
    is_number = isinstance(label, Real) and not isinstance(label, bool)
    if not is_number or label not in range(n_classes):
        raise ValueError(
            f"{owner} of {n_classes} scores needs a class from 0 to {n_classes - 1}, "
            f"got {label!r}"
        )
    return [float(k == label) for k in range(n_classes)]


def softmax(scores: Sequence[Value]) -> list[Value]:
    """
    Return the probability of each class: `exp(score)`, divided by the sum of them.

    >>> [round(p.data, 3) for p in softmax([Value(2.0), Value(1.0), Value(-1.0)])]
    [0.705, 0.259, 0.035]
    """
    total = log_sum_exp(scores)
    return [(score - total).exp() for score in scores]


def log_sum_exp(values: Sequence[Value]) -> Value:
    """
    Return `log(exp(values[0]) + exp(values[1]) + ...)`, whatever their size.

    >>> log_sum_exp([Value(1000.0), Value(1000.0)]).data - 1000
    0.6931471805598903
    """
    # log(exp(a) + exp(b)) = a + log(1 + exp(b - a)): nothing that grows is computed.
    total, *others = values
    for value in others:
        total = total + (value - total).softplus()
    return total


def squared_error(prediction: Any, target: Any) -> Value:
    """
    Return `(prediction - target) ** 2`; of several outputs, the mean of theirs.

    >>> squared_error(Value(3.0), 1.0).data
    4.0
    >>> squared_error([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    2.0
    """
    if isinstance(prediction, Value):
        squared: Value = (prediction - target) ** 2
        return squared
    pairs = zip(prediction, target, strict=True)
    total = sum_values((p - t) ** 2 for p, t in pairs)
    return total * (1.0 / len(prediction))


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
    if l2 and parameters:
        total = total + l2_penalty(parameters, l2)
    if l1 and parameters:
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


LOSSES: dict[str, Loss] = {
    "hinge": hinge,
    "binary_cross_entropy": binary_cross_entropy,
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
}
#: Losses of one score, whose sign is the class: labels are -1 and +1.
SIGN_LOSSES: tuple[Loss, ...] = (hinge, binary_cross_entropy)
