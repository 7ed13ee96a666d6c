"""The rows that a trainer learns from or tests with, checked before the first step."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from numbers import Real
from operator import is_
from typing import Any

from moongrad.loss import SIGN_LOSSES, Loss, cross_entropy
from moongrad.target import Kind, read_targets
from moongrad.wasm.rows import NO_ROWS, PackedRows, pack_rows


@dataclass
class Rows:
    """Points with their labels, and the targets that a loss compares outputs with."""

    points: Sequence[Sequence[float]]
    labels: Sequence[Any]
    kind: Kind
    targets: list[tuple[float, ...]]
    n_features: int  # of a point, when the rows were read
    _packed: PackedRows = NO_ROWS  # what `pack` returned last
    _tuples: Sequence[Sequence[float]] = ()  # its points, if they cannot change
    _bytes: bytes = b""  # the numbers of its points

    def pack(self) -> PackedRows:
        """Return each point with its target, as a compiled step takes them."""
        points = self.points
        if len(points) != len(self.targets):
            raise ValueError(
                f"Trainer was made for {len(self.targets)} points, got "
                f"{len(points)} now. Make another one."
            )
        if not self.targets or (self._bytes and self._is_packed()):
            return self._packed
        pairs = zip(points, self.targets, strict=True)
        rows = [(*point, *target) for point, target in pairs]
        self._packed = pack_rows(rows, self.n_features + len(self.targets[0]))
        self._bytes = array("d", chain.from_iterable(points)).tobytes()
        is_fixed = all(
            type(point) is tuple and set(map(type, point)) == {float}
            for point in points
        )
        self._tuples = tuple(points) if is_fixed else ()
        return self._packed

    def _is_packed(self) -> bool:
        """Whether the points are still those that were packed."""
        if self._tuples and all(map(is_, self.points, self._tuples)):
            return True
        if set(map(len, self.points)) != {self.n_features}:
            return False
        try:
            return array("d", chain.from_iterable(self.points)).tobytes() == self._bytes
        except TypeError:  # packing says which one is not a number
            return False


def check_rows(
    points: Sequence[Any],
    labels: Sequence[Any],
    test_points: Sequence[Any],
    test_labels: Sequence[Any],
) -> None:
    """Raise `ValueError` for rows that no model could be trained on or tested with."""
    if len(points) == 0 or len(points) != len(labels):
        raise ValueError(
            f"Trainer needs as many labels as points, at least 1, got "
            f"{len(points)} points and {len(labels)} labels"
        )
    if len(test_points) != len(test_labels):
        raise ValueError(
            f"Trainer needs as many labels as points for testing, got "
            f"{len(test_points)} points and {len(test_labels)} labels"
        )
    _check_numbers("points", points, len(points[0]))
    _check_numbers("test_points", test_points, len(points[0]))


def read_rows(
    points: Sequence[Any], labels: Sequence[Any], n_outputs: int, loss: Loss
) -> Rows:
    """Return the rows to train on; raises `ValueError` for labels that don't suit."""
    name = getattr(loss, "__name__", "the loss")
    if loss in SIGN_LOSSES and n_outputs > 1:
        raise ValueError(
            f"Trainer needs a model with one output for {name}, got {n_outputs} "
            f"outputs. Use cross_entropy."
        )
    if loss is cross_entropy and n_outputs == 1:
        raise ValueError(
            "Trainer needs a model with an output for each class for cross_entropy, "
            "got 1 output. Use binary_cross_entropy."
        )
    targets = read_targets(labels, n_outputs, "Trainer")
    if loss in SIGN_LOSSES:
        _require_signs(labels, name)
    if targets.kind == "class" and len(set(targets.rows)) == 1 < len(targets.rows):
        raise ValueError(
            f"Trainer needs labels of at least two classes, got {labels[0]!r} alone"
        )
    return Rows(points, labels, *targets, len(points[0]) if len(points) else 0)


def read_test_rows(
    points: Sequence[Any], labels: Sequence[Any], n_outputs: int, loss: Loss, like: Rows
) -> Rows:
    """Return the rows to test with, whose labels are like those of the others."""
    targets = read_targets(labels, n_outputs, "Trainer")
    if targets.rows and targets.kind != like.kind:
        raise ValueError(
            f"Trainer needs test_labels like labels, got {labels[0]!r} and "
            f"{like.labels[0]!r}"
        )
    if loss in SIGN_LOSSES:
        _require_signs(labels, getattr(loss, "__name__", "the loss"))
    return Rows(points, labels, *targets, len(points[0]) if len(points) else 0)


def _require_signs(labels: Sequence[Any], loss: str) -> None:
    for label in labels:
        if abs(label) != 1:
            raise ValueError(
                f"Trainer needs labels -1 and +1 for {loss}, got {label!r}. "
                f"2 * label - 1 makes them of 0 and 1."
            )


def _check_numbers(name: str, points: Sequence[Any], n: int) -> None:
    for k, point in enumerate(points):
        if len(point) != n:
            raise ValueError(
                f"Trainer needs rows of {n} numbers in {name}, got {len(point)} in "
                f"row {k}"
            )
        for x in point:
            if isinstance(x, Real) and not math.isfinite(x):
                raise ValueError(
                    f"Trainer needs finite numbers in {name}, got {x} in row {k}"
                )
