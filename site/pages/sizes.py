"""Networks of several sizes: what it takes to compile a step, and to make it."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moongrad import MLP, SGD, Value, hinge, make_moons
from moongrad.wasm.kernel import WasmKernel, training_for
from moongrad.wasm.trace import trace

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
    points, labels = make_moons(100, noise=0.1, seed=SEED)
    model = MLP(2, [*turn.hidden, 1], rng=random.Random(SEED))
    n_steps = max(5, N_NUMBERS // turn.n_parameters)
    if turn.engine == NUMPY:
        network = _NumPy(model, points, labels)
        network.run(1)
        started = time.perf_counter()
        loss = network.run(n_steps)
        return Result(math.nan, _milliseconds(started) / n_steps, loss)

    def row_loss(x: Value, y: Value, label: Value) -> Value:
        score = model([x, y])
        assert isinstance(score, Value)
        return hinge(score, label)  # type: ignore[arg-type]

    optimizer, parameters = SGD(RATE), model.parameters()
    rows = [(*point, label) for point, label in zip(points, labels, strict=True)]
    started = time.perf_counter()
    kernel = WasmKernel(
        trace(row_loss, parameters, 3),
        parameters,
        training_for(optimizer),
        is_rolled=turn.engine == WITH_LOOPS,
    )
    kernel.fit(rows, 1, optimizer, l2=L2)
    compile_time = _milliseconds(started)
    started = time.perf_counter()
    losses = kernel.fit(rows, n_steps, optimizer, l2=L2)
    return Result(compile_time, _milliseconds(started) / n_steps, losses[-1])


def _milliseconds(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


class _NumPy:
    """The same step by hand, for whole matrices."""

    def __init__(
        self, model: MLP, points: Sequence[Sequence[float]], labels: Sequence[float]
    ) -> None:
        import numpy as np  # arrives in the browser after measuring has begun

        self._np = np
        self._x = np.array(points)
        self._y = np.array(labels, dtype=float)[:, None]
        self._layers = [
            (
                np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T,
                np.array([neuron.b.data for neuron in layer.neurons]),
            )
            for layer in model.layers
        ]

    def run(self, n_steps: int) -> float:
        """Make steps and return the loss of the last one."""
        np, y = self._np, self._y
        for _ in range(n_steps):
            signals = [self._x]
            for w, b in self._layers[:-1]:
                signals.append(np.maximum(signals[-1] @ w + b, 0))
            w, b = self._layers[-1]
            margin = 1 - y * (signals[-1] @ w + b)
            squares = sum(np.vdot(p, p) for layer in self._layers for p in layer)
            loss = np.maximum(margin, 0).mean() + L2 * squares
            g = (margin > 0) * -y / len(y)
            for (w, b), signal in zip(
                reversed(self._layers), reversed(signals), strict=True
            ):
                gradients = (signal.T @ g, g.sum(0))
                g = (g @ w.T) * (signal > 0)
                for p, gradient in zip((w, b), gradients, strict=True):
                    p -= RATE * (gradient + 2 * L2 * p)
        return float(loss)
