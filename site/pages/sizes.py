"""Networks of several sizes: what it takes to compile a step, and to make it."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moongrad import MLP, SGD, Value, hinge, make_moons
from moongrad.wasm.trace import trace
from moongrad.wasm.wasm_kernel import WasmKernel, training_for

HIDDEN = ((16, 16), (16, 16, 16, 16), (48, 48), (64, 64, 64), (140, 140))
SIZES = (337, 881, 2545, 8577, 20301)  # parameters
LARGEST_UNROLLED = 2545  # a larger one would keep the visitor waiting for seconds
SEED, RATE, L2 = 1337, 0.01, 1e-4
N_NUMBERS = 100_000  # that the timed steps update together: one is too short to time

WITH_LOOPS, UNROLLED, NUMPY = "with loops", "unrolled", "NumPy"


class Turn(NamedTuple):
    """One network to be measured by one engine."""

    engine: str
    hidden: tuple[int, ...]
    n_parameters: int


class Result(NamedTuple):
    """Milliseconds to compile a step (NaN without a compiler) and to make it."""

    compile: float
    step: float
    loss: float


def turns() -> Iterator[Turn]:
    """Return what is measured, in this order; NumPy comes last, as it loads last."""
    for engine in (WITH_LOOPS, UNROLLED, NUMPY):
        for hidden, n_parameters in zip(HIDDEN, SIZES, strict=True):
            if engine != UNROLLED or n_parameters <= LARGEST_UNROLLED:
                yield Turn(engine, hidden, n_parameters)


def measure(turn: Turn) -> Result:
    """Measure one network with one engine."""
    if turn.engine != NUMPY:
        result, _ = measure_compiled(turn.hidden, is_rolled=turn.engine == WITH_LOOPS)
        return result
    network = NumPyNetwork(_make_model(turn.hidden), *_make_data(), rate=RATE)
    network.run(1)
    n_steps = _count_steps(turn.n_parameters)
    started = time.perf_counter()
    loss = network.run(n_steps)
    return Result(math.nan, _milliseconds(started) / n_steps, loss)


def measure_compiled(
    hidden: tuple[int, ...], *, is_rolled: bool
) -> tuple[Result, WasmKernel]:
    """Measure a compiled network, with loops or without. Compiling includes tracing."""
    model = _make_model(hidden)
    parameters = model.parameters()

    def row_loss(x: Value, y: Value, label: Value) -> Value:
        score = model([x, y])
        assert isinstance(score, Value)
        return hinge(score, label)  # type: ignore[arg-type]

    optimizer = SGD(RATE)
    rows = [(*point, label) for point, label in zip(*_make_data(), strict=True)]
    started = time.perf_counter()
    kernel = WasmKernel(
        trace(row_loss, parameters, 3),
        parameters,
        training_for(optimizer),
        is_rolled=is_rolled,
    )
    kernel.fit(rows, 1, optimizer, l2=L2)
    compile_time = _milliseconds(started)
    n_steps = _count_steps(len(parameters))
    started = time.perf_counter()
    losses = kernel.fit(rows, n_steps, optimizer, l2=L2)
    return Result(compile_time, _milliseconds(started) / n_steps, losses[-1]), kernel


def _make_data() -> tuple[Sequence[Sequence[float]], Sequence[float]]:
    return make_moons(100, noise=0.1, seed=SEED)


def _make_model(hidden: tuple[int, ...]) -> MLP:
    return MLP(2, [*hidden, 1], rng=random.Random(SEED))


def _count_steps(n_parameters: int) -> int:
    return max(5, N_NUMBERS // n_parameters)


def _milliseconds(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


class NumPyNetwork:
    """
    The same step written by hand for whole matrices.

    `layers` are the weights, a column for each neuron, and the biases.
    """

    def __init__(
        self,
        model: MLP,
        points: Sequence[Sequence[float]],
        labels: Sequence[float],
        *,
        rate: float,
    ) -> None:
        import numpy as np  # arrives in the browser after measuring has begun

        self._np, self._rate = np, rate
        self._x = np.array(points)
        self._y = np.array(labels, dtype=float)[:, None]
        self.layers = [
            (
                np.array([[w.data for w in n.w] for n in layer.neurons]).T.copy(),
                np.array([n.b.data for n in layer.neurons]),
            )
            for layer in model.layers
        ]

    def run(self, n_steps: int) -> float:
        """Make steps and return the loss of the last one."""
        np, y = self._np, self._y
        *hidden, (w_last, b_last) = self.layers
        for _ in range(n_steps):
            signals = [self._x]
            for w, b in hidden:
                signals.append(np.maximum(signals[-1] @ w + b, 0))
            margin = 1 - y * (signals[-1] @ w_last + b_last)
            squares = sum(np.vdot(p, p) for layer in self.layers for p in layer)
            loss = np.maximum(margin, 0).mean() + L2 * squares
            g = (margin > 0) * -y / len(y)
            for k in reversed(range(len(self.layers))):
                w, b = self.layers[k]
                gradients = (signals[k].T @ g, g.sum(0))
                if k:
                    g = (g @ w.T) * (signals[k] > 0)
                for p, gradient in zip((w, b), gradients, strict=True):
                    p -= self._rate * (gradient + 2 * L2 * p)
        return float(loss)
