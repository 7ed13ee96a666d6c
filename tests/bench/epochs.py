"""
Epochs in batches of 10 on 500 moons, as TensorFlow Playground trains by default.

It runs natively and in Pyodide.
"""

from __future__ import annotations

import random
import statistics
import time

from moongrad import MLP, SGD, Trainer, make_moons

N_POINTS, BATCH = 500, 10
STEPS = 1000  # in one call: what a page makes between two frames
CALLS = 10
#: What is measured: the arguments of a trainer, and how many points it has.
KINDS = {
    "epochs": (N_POINTS, {"batch_size": BATCH, "batch_order": "epochs"}),
    "draws": (N_POINTS, {"batch_size": BATCH, "batch_order": "draws"}),
    # Without batches, so that the steps alone are measured:
    "the same rows": (BATCH, {}),
}


def make_trainer(kind: str) -> Trainer:
    n, options = KINDS[kind]
    points, labels = make_moons(N_POINTS, noise=0.1, seed=1337)
    model = MLP(2, [4, 2, 1], activation="tanh", rng=random.Random(1337))
    optimizer = SGD(0.03)
    return Trainer(
        model, points[:n], labels[:n], optimizer=optimizer, backend="wasm", **options
    )


def measure_epochs(rounds: int) -> dict[str, float]:
    """Return the median seconds of a step of each kind, and those of `measure`."""
    trainers = {kind: make_trainer(kind) for kind in KINDS}
    seconds: dict[str, list[float]] = {kind: [] for kind in (*KINDS, "measure")}
    for k in range(rounds + 1):
        for kind, trainer in trainers.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                trainer.advance(STEPS)
            if k:  # after a warm-up
                taken = time.perf_counter() - start
                seconds[kind].append(taken / (CALLS * STEPS))
        start = time.perf_counter()
        for _ in range(CALLS):
            trainers["epochs"].measure()
        seconds["measure"].append((time.perf_counter() - start) / CALLS)
    return {kind: statistics.median(times) for kind, times in seconds.items()}
