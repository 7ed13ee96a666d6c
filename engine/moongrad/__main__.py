"""
Train a network in a terminal: `python -m moongrad --steps 100 --seed 1337`.

It trains the moons, or another of the toy data sets: `--data spirals`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from moongrad import (
    MLP,
    SGD,
    Adam,
    Record,
    Trainer,
    linear_decay,
    make_blobs,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
)
from moongrad.loss import LOSSES
from moongrad.nn import ACTIVATIONS
from moongrad.optim import Optimizer, Schedule
from moongrad.wasm.kernel import BACKENDS
from moongrad.wasm.runtime import UnavailableError

DATA = ("moons", "circles", "xor", "spirals", "blobs")
OPTIMIZERS: dict[str, Callable[[Schedule], Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "adam": Adam,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if training or saving failed, else 0."""
    parser = _build_parser()
    options = parser.parse_args(arguments)
    try:
        trainer = _make_trainer(options)
    except (ValueError, UnavailableError) as error:
        parser.error(str(error))
    if trainer.reason:
        print(f"moongrad: this trains in Python. {trainer.reason}", file=sys.stderr)

    records: list[Record] = []
    failure = ""
    try:
        for record in trainer.run(options.steps):
            records.append(record)
            print(_to_line(record, as_json=options.json), flush=True)
    except FloatingPointError as error:
        failure = str(error)
    except BrokenPipeError:  # the reader stopped, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if options.plot and not failure:
        failure = _save_plot(options.plot, trainer, records)
    if failure:
        print(f"moongrad: {failure}", file=sys.stderr)
    return 1 if failure else 0


def _make_trainer(options: argparse.Namespace) -> Trainer:
    """Return what the options ask for; raises `ValueError`."""
    points, labels = _make_data(options)
    n_outputs = options.classes if options.data == "blobs" else 1
    if options.plot and n_outputs > 1:
        raise ValueError("--plot draws data of two classes, which blobs are not")
    model = MLP(
        2,
        [*options.hidden, n_outputs],
        activation=options.activation,
        rng=random.Random(options.seed),
    )
    rate = linear_decay(options.rate, options.rate / 10, max(options.steps, 1))
    n = len(points) - options.test
    return Trainer(
        model,
        points[:n],
        labels[:n],
        loss=options.loss or ("cross_entropy" if n_outputs > 1 else "hinge"),
        l2=options.l2,
        optimizer=OPTIMIZERS[options.optimizer](rate),
        batch_size=options.batch_size,
        batch_seed=options.seed,
        test_points=points[n:],
        test_labels=labels[n:],
        backend=options.backend,
    )


def _make_data(options: argparse.Namespace) -> tuple[list[Any], list[int]]:
    n, seed = options.points + options.test, options.seed
    if options.data == "blobs":
        if options.classes < 2:
            raise ValueError(f"--classes must be at least 2, got {options.classes}")
        return make_blobs(n, centers=options.classes, spread=options.noise, seed=seed)
    makers = {
        "moons": make_moons,
        "circles": make_circles,
        "xor": make_xor,
        "spirals": make_spirals,
    }
    return makers[options.data](n, noise=options.noise, seed=seed)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m moongrad",
        description="Train a neural network on toy data; print every step.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--steps", type=_count, default=100, help="training steps")
    add(
        "--seed",
        type=int,
        default=1337,
        help="seed of the points, the weights and the batches",
    )
    add("--data", choices=DATA, default="moons", help="what to learn")
    add("--points", type=int, default=100, help="number of points to train on")
    add("--test", type=_count, default=0, help="number of further points to test with")
    add(
        "--noise",
        type=float,
        default=0.1,
        help="standard deviation of the points' noise; of blobs, their spread",
    )
    add("--classes", type=int, default=4, help="number of blobs")
    add("--hidden", type=_sizes, default=[16, 16], help="neurons of each hidden layer")
    add(
        "--activation",
        choices=ACTIVATIONS,
        default="relu",
        help="activation of the hidden layers",
    )
    add("--optimizer", choices=OPTIMIZERS, default="sgd", help="optimiser")
    add(
        "--rate",
        type=float,
        default=1.0,
        help="learning rate at the start; falls to a tenth of it",
    )
    add("--l2", type=float, default=1e-4, help="strength of the L2 penalty")
    add(
        "--loss",
        choices=LOSSES,
        help="loss function; hinge by default, cross_entropy for blobs",
    )
    add(
        "--batch-size",
        type=int,
        help="points drawn for each step instead of all of them",
    )
    add("--backend", choices=BACKENDS, default="auto", help="engine that trains")
    add("--json", action="store_true", help="print each step as a line of JSON")
    add("--plot", type=Path, metavar="FILE", help="save a figure (.png .svg .pdf)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"needs a whole number >= 0, got {text!r}")
    return int(text)


def _sizes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"needs whole numbers with commas between, such as 16,16, got {text!r}"
        ) from None


def _to_line(record: Record, *, as_json: bool) -> str:
    if as_json:
        measured = {k: v for k, v in record._asdict().items() if v is not None}
        return json.dumps(measured)
    line = f"step {record.step} loss {record.loss} accuracy {_percent(record.accuracy)}"
    if record.test_accuracy is None:
        return line
    test = _percent(record.test_accuracy)
    return f"{line} test loss {record.test_loss} accuracy {test}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _save_plot(path: Path, trainer: Trainer, records: Sequence[Record]) -> str:
    """Save the figure; return an error message, empty on success."""
    try:
        from moongrad.plot import summary
    except ImportError as error:
        return (
            f"--plot needs matplotlib ({error}). Install it: pip install moongrad[plot]"
        )
    model = trainer.model
    assert isinstance(model, MLP)  # so _make_trainer made it
    figure = summary(model, trainer.points, trainer.labels, records)
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        return f"could not save {path}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
