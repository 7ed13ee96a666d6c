"""A run as a JSON document, in one line for each of its parts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from moongrad.export.description import Dense, Run, describe, plain
from moongrad.optim import State
from moongrad.record import Record
from moongrad.train import Progress, Trainer

FORMAT = "moongrad run"
VERSION = 1


def to_json(trainer: Trainer, records: Iterable[Record] = ()) -> str:
    """
    Return a run as JSON, from which `from_json` makes a trainer that goes on with it.

    * `trainer`: of an MLP, with a loss, an optimiser and a schedule of moongrad.
    * `records`: of the steps it has made, as `fit` and `run` return them.

    Floats are written with all their digits. Raises `TypeError` for a trainer that
    cannot be written, `ValueError` for numbers that are not finite.

    >>> from moongrad import MLP
    >>> text = to_json(Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1]))
    >>> json.loads(text)["sizes"]
    [1, 1]
    """
    document = _to_document(describe(trainer, records))
    parts = [
        f"{json.dumps(name)}: {json.dumps(part, allow_nan=False, default=plain)}"
        for name, part in document.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _to_document(run: Run) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "sizes": run.sizes,
        "activations": [layer.activation for layer in run.layers],
        "layers": _to_numbers(run.layers),
        "start": _to_numbers(run.start),
        "points": run.points,
        "labels": run.labels,
        "test_points": run.test_points,
        "test_labels": run.test_labels,
        "loss": run.loss,
        "l2": run.l2,
        "l1": run.l1,
        "optimizer": run.optimizer,
        "batch_size": run.batch_size,
        "batch_seed": run.batch_seed,
        "batch_order": run.batch_order,
        "progress": _to_progress(run.progress, run.batch_size),
        "records": [
            {name: _to_measure(x) for name, x in record._asdict().items()}
            for record in run.records
        ],
    }


def _to_numbers(layers: Iterable[Dense]) -> list[dict[str, Any]]:
    return [{"weights": layer.weights, "biases": layer.biases} for layer in layers]


def _to_progress(progress: Progress, batch_size: int | None) -> dict[str, Any]:
    return {
        "steps_done": progress.steps_done,
        "loss_limit": progress.loss_limit,
        "state": _to_state(progress.state),
        "previous_parameters": progress.previous_parameters,
        "previous_state": _to_state(progress.previous_state),
        # What draws the next batch, or its epoch: the words of a Mersenne Twister, and
        # a position.
        "random": None if batch_size is None else progress.random.get_state(),
    }


def _to_state(state: State) -> dict[str, Sequence[float] | None]:
    """Return the optimiser's state; null where it has remembered nothing yet."""
    return {
        name: numbers if any(numbers) else None
        for name, numbers in (("s", state.s), ("t", state.t))
    }


def _to_measure(x: float | None) -> float | str | None:
    """Return a number; those that JSON lacks as text."""
    return x if x is None or math.isfinite(x) else repr(float(x))
