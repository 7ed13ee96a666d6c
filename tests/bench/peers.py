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

from moongrad import MLP, SGD, Trainer, make_moons
from pages import sizes

L2 = sizes.L2


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


class NumPy(sizes.NumPyNetwork):
    """The chain rule written by hand for whole matrices."""

    name = "NumPy by hand"
    n_steps = 100

    def __init__(self, task=STANDARD):
        super().__init__(task.model(), *task.data(), rate=task.rate)

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

    `size` is that of the module in bytes.
    """
    gc.collect()
    result, kernel = sizes.measure_compiled(hidden, is_rolled=is_rolled)
    return {
        "parameters": len(kernel.program.parameters),
        "compile": result.compile / 1e3,
        "step": result.step / 1e3,
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
