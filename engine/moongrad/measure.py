"""How good a model is: accuracy, and which classes it confuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from moongrad.target import Targets, is_right, read_targets


class Predictor(Protocol):
    """A model, of which only `predict` is needed."""

    def predict(self, x: Sequence[float], /) -> list[float]: ...


def accuracy(
    model: Predictor, points: Sequence[Sequence[float]], labels: Sequence[Any]
) -> float:
    """
    Return the fraction of rows, from 0 to 1, that a model gets right.

    Labels are -1 and +1 for a model of one output, class numbers for several. With
    several, a tie is not right.

    >>> from moongrad import MLP
    >>> model = MLP(1, [1])
    >>> model.layers[0].neurons[0].w[0].data = 1.0
    >>> accuracy(model, [[2.0], [-3.0], [4.0]], [1, -1, -1])
    0.6666666666666666
    """
    outputs, targets = _predict(model, points, labels, "accuracy")
    pairs = zip(outputs, targets.rows, strict=True)
    return sum(is_right(targets.kind, *pair) for pair in pairs) / len(outputs)


def confusion(
    model: Predictor, points: Sequence[Sequence[float]], labels: Sequence[Any]
) -> list[list[int]]:
    """
    Return how many rows of each class a model predicts as each class.

    `result[i][j]` counts the rows of class i that are predicted as class j. A model of
    one output has the classes -1 and +1, in this order; of several, the prediction is
    the class of the largest output, the first one if several are equal.

    >>> from moongrad import MLP
    >>> model = MLP(1, [1])
    >>> model.layers[0].neurons[0].w[0].data = 1.0
    >>> confusion(model, [[2.0], [-3.0], [4.0]], [1, -1, -1])
    [[1, 1], [0, 1]]
    """
    outputs, targets = _predict(model, points, labels, "confusion")
    n_classes = max(2, len(outputs[0]))
    counts = [[0] * n_classes for _ in range(n_classes)]
    for scores, target in zip(outputs, targets.rows, strict=True):
        if targets.kind == "sign":
            counts[target[0] > 0][scores[0] > 0] += 1
        else:
            counts[target.index(1.0)][scores.index(max(scores))] += 1
    return counts


def _predict(
    model: Predictor,
    points: Sequence[Sequence[float]],
    labels: Sequence[Any],
    owner: str,
) -> tuple[list[list[float]], Targets]:
    if len(points) == 0 or len(points) != len(labels):
        raise ValueError(
            f"{owner} needs as many labels as points, at least 1, got {len(points)} "
            f"points and {len(labels)} labels"
        )
    outputs = [model.predict(point) for point in points]
    targets = read_targets(labels, len(outputs[0]), owner)
    if targets.kind == "numbers":
        raise ValueError(f"{owner} needs classes as labels, got {labels[0]!r}")
    if targets.kind == "sign" and any(abs(label) != 1 for (label,) in targets.rows):
        raise ValueError(f"{owner} of one output needs labels -1 and +1")
    return outputs, targets
