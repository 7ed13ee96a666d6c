"""What a network says of many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import moongrad
from moongrad import MLP, Value

if TYPE_CHECKING:
    from moongrad.wasm.kernel import Kernel


class Scorer:
    """Runs a network, compiled when it is first needed."""

    def __init__(self, model: MLP) -> None:
        self._model = model
        self._parameters = model.parameters()

    @cached_property
    def _kernel(self) -> Kernel:
        def outputs(*row: Value) -> Value | tuple[Value, ...]:
            scores = self._model(row)
            return scores if isinstance(scores, Value) else tuple(scores)

        return moongrad.compile(outputs, self._parameters, self._model.nin)

    def score(self, rows: Sequence[Sequence[float]]) -> list[Any]:
        """Return for each row of features its output, or a tuple of several."""
        return self._kernel.forward(rows)

    @contextmanager
    def having(self, parameters: Sequence[float]) -> Iterator[None]:
        """Give the network other parameters for a while."""
        own = [p.data for p in self._parameters]
        try:
            self._set(parameters)
            yield
        finally:
            self._set(own)

    def _set(self, parameters: Sequence[float]) -> None:
        for parameter, number in zip(self._parameters, parameters, strict=True):
            parameter.data = float(number)

    def count_confusions(
        self, rows: Sequence[Sequence[float]], labels: Sequence[float], n_classes: int
    ) -> list[list[int]]:
        """Return how many rows of each class, a row, are taken for which, a column."""
        counts = [[0] * n_classes for _ in range(n_classes)]
        for scores, label in zip(self.score(rows), labels, strict=True):
            if n_classes == 2:
                counts[label > 0][scores > 0] += 1
            else:
                counts[int(label)][scores.index(max(scores))] += 1
        return counts
