"""
One training step on the moons in every engine that is compared.

The standard one has 100 points and MLP(2, [16, 16, 1]) with ReLU, which are 337
parameters; all have the hinge loss, L2, a full batch, forward, backward and update.
Some of the engines also run in Pyodide.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterable
from typing import NamedTuple

from moongrad import MLP, SGD, Trainer, hinge, make_moons
from moongrad.wasm.kernel import WasmKernel, training_for
from moongrad.wasm.trace import trace

L2 = 1e-4


class Task(NamedTuple):
    """What is trained: the neurons of the hidden layers, and how many points."""

    hidden: tuple[int, ...] = (16, 16)
    n_points: int = 100
    rate: float = 0.5

    def data(self):
        return make_moons(self.n_points, noise=0.1, seed=1337)

    def model(self):
        return MLP(2, [*self.hidden, 1], rng=random.Random(1337))


STANDARD = Task()


class Interpreted:
    """The `Value` engine."""

    name = "moongrad, interpreted"
    backend = "python"
    n_steps = 1  # steps in one measurement

    def __init__(self, task=STANDARD):
        self.model = task.model()
        self.trainer = Trainer(
            self.model,
            *task.data(),
            l2=L2,
            optimizer=SGD(task.rate),
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


class Stepwise(Compiled):
    """The same step, one call at a time."""

    name = "moongrad, compiled, step by step"
    n_steps = 100

    def run(self, n):
        for _ in range(n):
            record = self.trainer.step()
        return record.loss


class Micrograd:
    """The training loop of micrograd's demo notebook."""

    name = "micrograd"
    n_steps = 1

    def __init__(self):
        import micrograd.engine
        import micrograd.nn

        self.value = micrograd.engine.Value
        self.points, self.labels = STANDARD.data()
        random.seed(1337)
        self.model = micrograd.nn.MLP(2, [16, 16, 1])

    def run(self, n):
        for _ in range(n):
            inputs = [list(map(self.value, row)) for row in self.points]
            scores = list(map(self.model, inputs))
            pairs = zip(self.labels, scores, strict=True)
            losses = [(1 + -y * score).relu() for y, score in pairs]
            penalty = L2 * sum(p * p for p in self.model.parameters())
            total = sum(losses) * (1.0 / len(losses)) + penalty
            self.model.zero_grad()
            total.backward()
            for p in self.model.parameters():
                p.data -= STANDARD.rate * p.grad
        return total.data

    def parameters(self):
        return [p.data for p in self.model.parameters()]


def initial_layers(task):
    """Return the weights and biases of each layer as nested lists."""
    return [
        (
            [[w.data for w in neuron.w] for neuron in layer.neurons],
            [neuron.b.data for neuron in layer.neurons],
        )
        for layer in task.model().layers
    ]


class NumPy:
    """The chain rule written by hand for whole matrices."""

    name = "NumPy by hand"
    n_steps = 100

    def __init__(self, task=STANDARD):
        import numpy as np

        self.np, self.rate = np, task.rate
        points, labels = task.data()
        self.x = np.array(points)
        self.y = np.array(labels, dtype=float)[:, None]
        layers = initial_layers(task)
        self.layers = [(np.array(w).T.copy(), np.array(b)) for w, b in layers]

    def run(self, n):
        np, x, y = self.np, self.x, self.y
        *hidden, (w_last, b_last) = self.layers
        for _ in range(n):
            signals = [x]
            for w, b in hidden:
                signals.append(np.maximum(signals[-1] @ w + b, 0))
            margin = 1 - y * (signals[-1] @ w_last + b_last)
            squares = sum(np.vdot(p, p) for layer in self.layers for p in layer)
            loss = np.maximum(margin, 0).mean() + L2 * squares
            g = (margin > 0) * -y / len(y)
            gradients = []
            for k in reversed(range(len(self.layers))):
                gradients.append((signals[k].T @ g, g.sum(0)))
                if k:
                    g = (g @ self.layers[k][0].T) * (signals[k] > 0)
            for layer, layer_gradients in zip(
                self.layers, reversed(gradients), strict=True
            ):
                for p, gradient in zip(layer, layer_gradients, strict=True):
                    p -= self.rate * (gradient + 2 * L2 * p)
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

    def __init__(self, task=STANDARD):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        sizes = [2, *task.hidden, 1]
        layers = []
        for k, (w, b) in enumerate(initial_layers(task)):
            linear = torch.nn.Linear(sizes[k], sizes[k + 1], dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(w, dtype=torch.float64))
                linear.bias.copy_(torch.tensor(b, dtype=torch.float64))
            layers += [linear, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=task.rate, weight_decay=2 * L2
        )
        points, labels = task.data()
        self.x = torch.tensor(points, dtype=torch.float64)
        self.y = torch.tensor(labels, dtype=torch.float64)[:, None]

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


def measure_size(hidden: tuple[int, ...], *, is_rolled: bool) -> dict[str, float]:
    """
    Return what it takes to compile a step of a network, and to make one, in seconds.

    Compiling is tracing, emitting, instantiating, and the first step. `size` is that of
    the module in bytes. Without loops, every weight has code of its own.
    """
    task = Task(hidden, rate=0.01)
    model = task.model()
    parameters = model.parameters()
    rows = [(*point, y) for point, y in zip(*task.data(), strict=True)]
    optimizer = SGD(task.rate)

    def row_loss(x, y, label):
        score = model([x, y])
        return hinge(score, label), score

    gc.collect()
    start = time.perf_counter()
    kernel = WasmKernel(
        trace(row_loss, parameters, 3),
        parameters,
        training_for(optimizer),
        is_rolled=is_rolled,
    )
    kernel.fit(rows, 1, optimizer, l2=L2)
    compiled = time.perf_counter()
    n = max(5, 200_000 // len(parameters))
    kernel.fit(rows, n, optimizer, l2=L2)
    end = time.perf_counter()
    return {
        "parameters": len(parameters),
        "compile": compiled - start,
        "step": (end - compiled) / n,
        "size": len(kernel.module),
    }


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
