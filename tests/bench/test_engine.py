"""
One training step of the standard moons: the `Value` engine against micrograd.

100 points, MLP(2, [16, 16, 1]) with 337 parameters, hinge loss and L2, full batch. Both
run in this process, in turns, on the same numbers.
"""

from __future__ import annotations

import gc
import random
import statistics
import time

import micrograd.engine
import micrograd.nn
import pytest

from moongrad import MLP, SGD, Trainer, make_moons

RATE = 0.5
POINTS, LABELS = make_moons(100, noise=0.1, seed=1337)


class Ours:
    def __init__(self):
        self.model = MLP(2, [16, 16, 1], rng=random.Random(1337))
        self.trainer = Trainer(self.model, POINTS, LABELS, l2=1e-4, optimizer=SGD(RATE))

    def step(self):
        return self.trainer.step().loss


class Micrograd:
    """The loop of micrograd's own demo notebook."""

    def __init__(self):
        random.seed(1337)
        self.model = micrograd.nn.MLP(2, [16, 16, 1])

    def step(self):
        inputs = [list(map(micrograd.engine.Value, row)) for row in POINTS]
        scores = list(map(self.model, inputs))
        pairs = zip(LABELS, scores, strict=True)
        losses = [(1 + -y * score).relu() for y, score in pairs]
        penalty = 1e-4 * sum(p * p for p in self.model.parameters())
        total = sum(losses) * (1.0 / len(losses)) + penalty
        self.model.zero_grad()
        total.backward()
        for p in self.model.parameters():
            p.data -= RATE * p.grad
        return total.data


def collect():
    """Take away the garbage of earlier steps, so that nobody pays for another's."""
    gc.collect()


@pytest.mark.parametrize("engine", [Ours, Micrograd])
def test_step(benchmark, engine):
    contender = engine()
    benchmark.group = "one training step of the standard moons"
    benchmark.pedantic(contender.step, rounds=5, warmup_rounds=1, setup=collect)


def test_value_engine_is_at_least_2_5_times_as_fast_as_micrograd():
    ours, theirs = Ours(), Micrograd()
    seconds = {ours: [], theirs: []}

    for _ in range(7):
        losses = []
        for contender in (ours, theirs):
            collect()
            start = time.perf_counter()
            losses.append(contender.step())
            seconds[contender].append(time.perf_counter() - start)
        assert losses[0] == pytest.approx(losses[1], rel=1e-9)

    parameters = zip(ours.model.parameters(), theirs.model.parameters(), strict=True)
    for a, b in parameters:
        assert a.data == pytest.approx(b.data, rel=1e-9, abs=1e-9)
        assert a.grad == pytest.approx(b.grad, rel=1e-9, abs=1e-9)
    fast, slow = (statistics.median(seconds[c]) for c in (ours, theirs))
    print(
        f"\nOne step of the standard moons, medians of {len(seconds[ours])}: "
        f"micrograd {slow * 1e3:.0f} ms, moongrad {fast * 1e3:.0f} ms, "
        f"{slow / fast:.1f} times as fast"
    )
    assert slow / fast >= 2.5
