"""
A visitor's network, copied: the same scores for a whole plane at once.

Their engine scores a place in a millisecond or more, and a picture has 1,600 of them.
So the numbers of their parameters are put into a network of NumPy arrays. Its shape and
its activations are those whose scores equal the visitor's; nothing is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lab.drawing import read
from lab.operations import is_near

PROBES = ((0.5, -0.25), (-0.7, 1.3), (2.1, 0.4))
USUAL_SIZES = {337: (2, 16, 16, 1)}  # where a model doesn't show its layers
Activation = Callable[[np.ndarray], np.ndarray]


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _linear(x: np.ndarray) -> np.ndarray:
    return x


#: Of the hidden layers, and of the output.
ACTIVATIONS: tuple[tuple[Activation, Activation], ...] = (
    (_relu, _linear),
    (np.tanh, np.tanh),
    (np.tanh, _linear),
    (_relu, _relu),
    (_relu, np.tanh),
    (_sigmoid, _sigmoid),
    (_sigmoid, _linear),
    (_linear, _linear),
)


@dataclass(frozen=True)
class Layout:
    """
    How parameters make a network.

    * `sizes`: of the inputs and each layer. `is_bias_first`: whether each neuron's bias
      comes before its weights.
    """

    sizes: tuple[int, ...]
    hidden: Activation
    output: Activation
    is_bias_first: bool

    def score(self, numbers: Sequence[float], rows: Any) -> np.ndarray:
        """Return the scores of rows; `numbers` are those of the parameters."""
        signals, at = np.asarray(rows, dtype=float), 0
        for k, (n_in, n_out) in enumerate(pairwise(self.sizes)):
            n = (n_in + 1) * n_out
            block = np.reshape(numbers[at : at + n], (n_out, n_in + 1))
            at += n
            split = [1] if self.is_bias_first else [n_in]
            first, last = np.split(block, split, axis=1)
            weights, bias = (last, first) if self.is_bias_first else (first, last)
            is_last = k == len(self.sizes) - 2
            bend = self.output if is_last else self.hidden
            with np.errstate(over="ignore", invalid="ignore"):
                signals = bend(signals @ weights.T + bias[:, 0])
        return signals[:, 0]


def read_numbers(model: Any) -> list[float]:
    """Return the numbers of a model's parameters."""
    return [float(p.data) for p in model.parameters()]


def read_score(output: Any) -> float:
    """Return the score that a model gave, which may be in a list."""
    while isinstance(output, list | tuple) and output:
        output = output[0]
    data = read(output, "data")
    return float(output if data is None else data)


def find_layout(model: Any) -> Layout | None:
    """Return how a model is laid out, if its scores at some places show that."""
    numbers = read_numbers(model)
    sizes = _find_sizes(model, len(numbers))
    if sizes is None:
        return None
    scores = [read_score(model(list(place))) for place in PROBES]
    for layout in _list_layouts(sizes):
        if _agree(layout.score(numbers, PROBES), scores):
            return layout
    return None


def is_still(layout: Layout, model: Any) -> bool:
    """Return whether a layout is still that of a model, by one place."""
    place = PROBES[0]
    numbers = read_numbers(model)
    if _find_sizes(model, len(numbers)) != layout.sizes:
        return False
    return _agree(layout.score(numbers, [place]), [read_score(model(list(place)))])


def _agree(ours: np.ndarray, theirs: Sequence[float]) -> bool:
    return all(is_near(float(a), b) for a, b in zip(ours, theirs, strict=True))


def _find_sizes(model: Any, n_parameters: int) -> tuple[int, ...] | None:
    try:
        sizes = (2, *(len(layer.neurons) for layer in model.layers))
    except Exception:  # the visitor's class may be anything
        return USUAL_SIZES.get(n_parameters)
    n = sum((a + 1) * b for a, b in pairwise(sizes))
    return sizes if n == n_parameters and sizes[-1] == 1 else None


def _list_layouts(sizes: tuple[int, ...]) -> Iterator[Layout]:
    for is_bias_first in (False, True):
        for hidden, output in ACTIVATIONS:
            yield Layout(sizes, hidden, output, is_bias_first)
