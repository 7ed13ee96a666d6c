"""Train the moons in a terminal: `python -m moongrad --steps 100 --seed 1337`."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from moongrad import MLP, SGD, Record, Trainer, linear_decay, make_moons
from moongrad.loss import LOSSES
from moongrad.wasm.kernel import BACKENDS
from moongrad.wasm.runtime import UnavailableError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if training or saving failed, else 0."""
    parser = _build_parser()
    options = parser.parse_args(arguments)
    seed = options.seed
    try:
        points, labels = make_moons(options.points, noise=options.noise, seed=seed)
        model = MLP(2, [*options.hidden, 1], rng=random.Random(seed))
        with warnings.catch_warnings(record=True) as caught:
            trainer = Trainer(
                model,
                points,
                labels,
                loss=options.loss,
                l2=options.l2,
                optimizer=SGD(
                    linear_decay(options.rate, options.rate / 10, max(options.steps, 1))
                ),
                batch_size=options.batch_size,
                batch_seed=seed,
                backend=options.backend,
            )
    except (ValueError, UnavailableError) as error:
        parser.error(str(error))
    for warning in caught:
        print(f"moongrad: {warning.message}", file=sys.stderr)

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


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m moongrad",
        description="Train a neural network on two moons of points; print every step.",
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
    add("--points", type=int, default=100, help="number of points")
    add(
        "--noise",
        type=float,
        default=0.1,
        help="standard deviation of the points' noise",
    )
    add("--hidden", type=_sizes, default=[16, 16], help="neurons of each hidden layer")
    add(
        "--rate",
        type=float,
        default=1.0,
        help="learning rate at the start; falls to a tenth of it",
    )
    add("--l2", type=float, default=1e-4, help="strength of the L2 penalty")
    add("--loss", choices=LOSSES, default="hinge", help="loss function")
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
    return (
        f"step {record.step} loss {record.loss} accuracy {100 * record.accuracy:.1f}%"
    )


def _save_plot(path: Path, trainer: Trainer, records: Sequence[Record]) -> str:
    """Save the figure; return an error message, empty on success."""
    try:
        from moongrad.plot import summary
    except ImportError as error:
        return (
            f"--plot needs matplotlib ({error}). Install it: pip install moongrad[plot]"
        )
    figure = summary(trainer.model, trainer.points, trainer.labels, records)
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        return f"could not save {path}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
