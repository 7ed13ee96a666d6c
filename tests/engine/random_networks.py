"""Random networks to train compiled: their bits must be the same wherever they run."""

from __future__ import annotations

import hashlib
import math
import random
import struct

from moongrad import MLP, SGD, Adam, Trainer
from moongrad.nn import ACTIVATIONS

EXACT = ("relu", "leaky_relu", "linear")  # compiled, they have the engine's bits


def make_trainer(seed, backend="wasm", *, is_exact=False, largest=70):
    """
    Return the trainer of a random network, always the same one for a seed.

    It has 0 to 6 hidden layers of 1 to `largest` neurons, 1 to 4 outputs, and 1 to 11
    rows, of which a few numbers are infinite or NaN in some networks.
    """
    rng = random.Random(seed)
    names = EXACT if is_exact else list(ACTIVATIONS)
    n_hidden = rng.randint(0, 6)
    sizes = [int(largest ** rng.random()) for _ in range(n_hidden)]
    n_inputs, n_outputs = rng.randint(1, 5), rng.choice((1, 1, 1, 2, 3, 4))
    n_rows = rng.randint(1, 11)
    points = [[rng.uniform(-2, 2) for _ in range(n_inputs)] for _ in range(n_rows)]
    losses = ["hinge"] if is_exact else ["hinge", "binary_cross_entropy"]
    if n_outputs == 1:
        labels = [rng.choice((-1, 1)) for _ in points]
        loss = rng.choice(losses if is_exact else [*losses, "squared_error"])
    elif is_exact or rng.random() < 0.5:
        labels = [[rng.uniform(-1, 1) for _ in range(n_outputs)] for _ in points]
        loss = _products if is_exact else "squared_error"
    else:
        labels = [k % n_outputs for k in range(n_rows)]
        loss = "cross_entropy" if n_rows > 1 else "squared_error"
    optimizers = (SGD(0.05), SGD(0.02, momentum=0.9), Adam(0.01))
    model = MLP(
        n_inputs,
        [*sizes, n_outputs],
        activation=[rng.choice(names) for _ in sizes],
        output=rng.choice(("linear", *names)),
        bias=rng.choice(("zero", "uniform")),
        rng=random.Random(seed),
    )
    trainer = Trainer(
        model,
        points,
        labels,
        loss=loss,
        l2=rng.choice((0.0, 1e-3)),
        l1=rng.choice((0.0, 1e-3)),
        optimizer=rng.choice(optimizers),
        batch_size=rng.choice((None, None, rng.randint(1, n_rows))),
        backend=backend,
    )
    if rng.random() < 0.1:  # after the check of the rows
        points[0][0] = rng.choice((math.inf, math.nan, 1e300))
    return trainer


def _products(scores, targets):
    """A loss of several outputs with + - * and relu alone."""
    total = 0.0
    for score, target in zip(scores, targets, strict=True):
        total = total + (score - target) * score + (target * score).relu()
    return total


def train(trainer, steps=2):
    """Train, whatever happens, and return the bits of all that can be seen."""
    results, errors = [], []
    try:
        for record in trainer.fit(steps):
            results += [record.loss, record.accuracy]
    except (ArithmeticError, ValueError) as error:
        errors.append(f"{type(error).__name__}: {error}".encode())
    for parameter in trainer.model.parameters():
        results += [parameter.data, parameter.grad]
    # A NaN is a NaN; its sign and payload are up to the machine.
    bits = [b"nan" if math.isnan(x) else struct.pack("<d", x) for x in results]
    return errors + bits


def digest(bits):
    """Return a short text for bits."""
    return hashlib.sha256(b"".join(bits)).hexdigest()[:16]
