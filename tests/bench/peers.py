"""
One training step of the standard moons in every engine that is compared.

100 points, MLP(2, [16, 16, 1]) with ReLU and 337 parameters, hinge loss, L2, full
batch, forward, backward and update. Some of the engines also run in Pyodide.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterable

from moongrad import MLP, SGD, Trainer, make_moons

RATE, L2 = 0.5, 1e-4
POINTS, LABELS = make_moons(100, noise=0.1, seed=1337)


class Interpreted:
    """The `Value` engine."""

    name = "moongrad, interpreted"
    backend = "python"
    n_steps = 1  # steps in one measurement

    def __init__(self):
        self.model = MLP(2, [16, 16, 1], rng=random.Random(1337))
        self.trainer = Trainer(
            self.model,
            POINTS,
            LABELS,
            l2=L2,
            optimizer=SGD(RATE),
            backend=self.backend,
        )

    def run(self, n):
        return self.trainer.fit(n)[-1].loss

    def parameters(self):
        return [p.data for p in self.model.parameters()]


class Compiled(Interpreted):
    """The same step as WebAssembly, many steps in one call."""

    name = "moongrad, compiled"
    backend = "wasm"
    n_steps = 1000


class Micrograd:
    """The training loop of micrograd's demo notebook."""

    name = "micrograd"
    n_steps = 1

    def __init__(self):
        import micrograd.engine
        import micrograd.nn

        self.value = micrograd.engine.Value
        random.seed(1337)
        self.model = micrograd.nn.MLP(2, [16, 16, 1])

    def run(self, n):
        for _ in range(n):
            inputs = [list(map(self.value, row)) for row in POINTS]
            scores = list(map(self.model, inputs))
            pairs = zip(LABELS, scores, strict=True)
            losses = [(1 + -y * score).relu() for y, score in pairs]
            penalty = L2 * sum(p * p for p in self.model.parameters())
            total = sum(losses) * (1.0 / len(losses)) + penalty
            self.model.zero_grad()
            total.backward()
            for p in self.model.parameters():
                p.data -= RATE * p.grad
        return total.data

    def parameters(self):
        return [p.data for p in self.model.parameters()]


def initial_layers():
    """Return the standard network's weights and biases as nested lists."""
    model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    return [
        (
            [[w.data for w in neuron.w] for neuron in layer.neurons],
            [neuron.b.data for neuron in layer.neurons],
        )
        for layer in model.layers
    ]


class NumPy:
    """The chain rule written by hand for whole matrices."""

    name = "NumPy by hand"
    n_steps = 100

    def __init__(self):
        import numpy as np

        self.np = np
        self.x = np.array(POINTS)
        self.y = np.array(LABELS, dtype=float)[:, None]
        self.layers = [(np.array(w).T.copy(), np.array(b)) for w, b in initial_layers()]

    def run(self, n):
        np, x, y = self.np, self.x, self.y
        (w1, b1), (w2, b2), (w3, b3) = self.layers
        for _ in range(n):
            h1 = np.maximum(x @ w1 + b1, 0)
            h2 = np.maximum(h1 @ w2 + b2, 0)
            margin = 1 - y * (h2 @ w3 + b3)
            squares = sum(np.vdot(p, p) for p in (w1, b1, w2, b2, w3, b3))
            loss = np.maximum(margin, 0).mean() + L2 * squares
            g3 = (margin > 0) * -y / len(y)
            g2 = (g3 @ w3.T) * (h2 > 0)
            g1 = (g2 @ w2.T) * (h1 > 0)
            for p, g in (
                (w3, h2.T @ g3),
                (b3, g3.sum(0)),
                (w2, h1.T @ g2),
                (b2, g2.sum(0)),
                (w1, x.T @ g1),
                (b1, g1.sum(0)),
            ):
                p -= RATE * (g + 2 * L2 * p)
        return float(loss)

    def parameters(self):
        rows = []
        for w, b in self.layers:
            for weights, bias in zip(w.T, b, strict=True):
                rows += [*weights.tolist(), float(bias)]
        return rows


class PyTorch:
    """PyTorch on the CPU, double precision, one thread."""

    name = "PyTorch, f64"
    n_steps = 20

    def __init__(self):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        sizes = [2, 16, 16, 1]
        layers = []
        for k, (w, b) in enumerate(initial_layers()):
            linear = torch.nn.Linear(sizes[k], sizes[k + 1], dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(w, dtype=torch.float64))
                linear.bias.copy_(torch.tensor(b, dtype=torch.float64))
            layers += [linear, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=RATE, weight_decay=2 * L2
        )
        self.x = torch.tensor(POINTS, dtype=torch.float64)
        self.y = torch.tensor(LABELS, dtype=torch.float64)[:, None]

    def run(self, n):
        for _ in range(n):
            loss = self.torch.relu(1 - self.y * self.model(self.x)).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item()

    def parameters(self):
        rows = []
        for linear in self.model[::2]:
            weights, biases = linear.weight.tolist(), linear.bias.tolist()
            for w, b in zip(weights, biases, strict=True):
                rows += [*w, b]
        return rows


def measure(contenders: Iterable, rounds: int) -> dict[str, float]:
    """Return the median seconds per step of each, measured in turns after a warm-up."""
    contenders = list(contenders)
    seconds: dict[str, list[float]] = {c.name: [] for c in contenders}
    for k in range(rounds + 1):
        for contender in contenders:
            gc.collect()  # do not measure the garbage of another engine
            start = time.perf_counter()
            contender.run(contender.n_steps)
            if k:
                taken = time.perf_counter() - start
                seconds[contender.name].append(taken / contender.n_steps)
    return {name: statistics.median(times) for name, times in seconds.items()}
