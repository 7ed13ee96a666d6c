"""Labels as a loss takes them, and which rows a model gets right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal, NamedTuple

from moongrad.engine import Operation, Value
from moongrad.loss import one_hot, sum_values

#: `sign`: one output, whose sign is compared with the label's. `class`: an output for
#: each class, of which the label's should be the largest. `numbers`: an output for each
#: number of the label, none of which is right or wrong.
Kind = Literal["sign", "class", "numbers"]


_NO_RIVAL = 1e300  # farther away than any score, for the label's own class


class Targets(NamedTuple):
    """The target of each row, as numbers, and what kind they are."""

    kind: Kind
    rows: list[tuple[float, ...]]


def read_targets(labels: Sequence[Any], n_outputs: int, owner: str) -> Targets:
    """
    Return what a loss compares the outputs with, for each label.

    A label is a number for one output; for several it is the number of a class, counted
    from 0, which becomes a 1 among zeros, or a number for each output. Raises
    `ValueError` for others, in which `owner` is named.

    >>> read_targets([2, 0], 3, "Trainer").rows
    [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0)]
    """
    if n_outputs == 1:
        return Targets("sign", [(_to_number(label, owner),) for label in labels])
    if all(isinstance(label, Real) for label in labels):
        rows = [tuple(one_hot(label, n_outputs, owner)) for label in labels]
        return Targets("class", rows)
    for label in labels:
        if isinstance(label, Real) or len(label) != n_outputs:
            raise ValueError(
                f"{owner} of {n_outputs} outputs needs a class number, or a number for "
                f"each output, as label, got {label!r}"
            )
    return Targets(
        "numbers", [tuple(_to_number(x, owner) for x in label) for label in labels]
    )


def is_right(kind: Kind, outputs: Sequence[float], target: Sequence[float]) -> bool:
    """
    Return whether a row counts as right.

    >>> is_right("sign", [0.3], [1.0]), is_right("class", [0.1, 2.0], [1.0, 0.0])
    (True, False)
    """
    if kind == "sign":
        return (outputs[0] > 0) == (target[0] > 0)
    if kind == "class":
        label = target.index(1.0)
        return all(
            outputs[label] > output for k, output in enumerate(outputs) if k != label
        )
    return False


#: The smaller one of two numbers, to be compiled. Nothing is differentiated by it.
_MINIMUM = Operation("min", min, lambda y, a, b: (0.0, 0.0), "min")


def lead(scores: Sequence[Value], target: Sequence[Value]) -> Value:
    """
    Return how far the score of the label's class is above the best of the others.

    It is above 0 exactly where `is_right` is true of classes, and it can be compiled
    with the loss, where nobody can compare numbers.

    >>> right = [Value(0.0), Value(1.0)]
    >>> lead([Value(0.5), Value(2.0)], right).data
    1.5
    >>> lead([Value(0.1), Value(0.1)], right).data
    0.0
    """
    pairs = list(zip(target, scores, strict=True))
    chosen = sum_values(t * score for t, score in pairs)
    least, *others = (chosen - score + t * _NO_RIVAL for t, score in pairs)
    for distance in others:
        least = _MINIMUM(least, distance)
    return least


def _to_number(label: Any, owner: str) -> float:
    if not isinstance(label, Real) or not math.isfinite(label):
        raise ValueError(f"{owner} needs finite numbers as labels, got {label!r}")
    return float(label)
