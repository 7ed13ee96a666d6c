"""A trainer and its records out of a JSON document, every part of which is checked."""

from __future__ import annotations

import json
import random
from typing import Any

from moongrad.batches import ORDERS
from moongrad.export.description import OPTIMIZERS, SCHEDULES, Dense, flatten
from moongrad.export.document import FORMAT, VERSION
from moongrad.export.place import Place
from moongrad.loss import LOSSES
from moongrad.nn import ACTIVATIONS, MLP
from moongrad.optim import Optimizer, State
from moongrad.record import Record
from moongrad.rng import STATE_WORDS, RandomState
from moongrad.train import Progress, Trainer

_FIELDS = (
    *("format", "version", "sizes", "activations", "layers", "start"),
    *("points", "labels", "test_points", "test_labels", "loss", "l2", "l1"),
    *("optimizer", "batch_size", "batch_seed", "batch_order", "progress", "records"),
)
# Fields that older documents lack.
_DEFAULTS = {"batch_order": "draws"}
_LARGEST_WORD = 2**32 - 1


def from_json(text: str, *, backend: str = "auto") -> tuple[Trainer, list[Record]]:
    """
    Return the trainer and the records that `to_json` has written.

    All parameters and records have the same bits, and the trainer goes on as the other
    one would have. `backend` is the trainer's. Raises `ValueError` for any other text;
    it names the place in the document.

    >>> from moongrad.export import to_json
    >>> first = Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1])
    >>> records = first.fit(3)
    >>> second, same = from_json(to_json(first, records))
    >>> same == records, second.fit(2) == first.fit(2)
    (True, True)
    """
    fields = _parse(text)
    sizes, kinds = _read_shape(fields)
    n_inputs, n_outputs = sizes[0], sizes[-1]
    layers = _read_numbers(fields["layers"], sizes, kinds)
    start = _read_numbers(fields["start"], sizes, kinds)
    points = _read_rows(fields["points"], n_inputs)
    if not points:
        fields["points"].refuse("at least one row")
    labels = _read_labels(fields["labels"], len(points), n_outputs)
    test_points = _read_rows(fields["test_points"], n_inputs)
    test_labels = _read_labels(fields["test_labels"], len(test_points), n_outputs)
    batch_size = fields["batch_size"].optional(
        lambda place: place.whole(1, len(points))
    )
    arguments: dict[str, Any] = {
        "loss": fields["loss"].choice(LOSSES),
        "l2": fields["l2"].number(least=0),
        "l1": fields["l1"].number(least=0),
        "optimizer": _read_optimizer(fields["optimizer"]),
        "batch_size": batch_size,
        "batch_seed": fields["batch_seed"].whole(0, _LARGEST_WORD),
        "batch_order": fields["batch_order"].choice(ORDERS),
        "test_points": test_points,
        "test_labels": test_labels,
        "backend": backend,
    }
    n_parameters = len(flatten(start))
    progress = _read_progress(fields["progress"], n_parameters, batch_size)
    records = [_read_record(place) for place in fields["records"].items()]
    try:
        trainer = Trainer(_make_model(start), points, labels, **arguments)
    except ValueError as error:  # labels that do not fit the loss or the outputs
        raise ValueError(f"from_json can't make the trainer: {error}") from error
    trainer.resume(flatten(layers), progress)
    return trainer, records


def _parse(text: str) -> dict[str, Place]:
    if not isinstance(text, str):
        raise TypeError(f"from_json needs a str, got {type(text).__name__}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"from_json needs JSON, got text with {error}") from None
    # The format comes first: other formats and versions have other fields.
    for name, expected in (("format", FORMAT), ("version", VERSION)):
        found = content.get(name) if isinstance(content, dict) else expected
        if type(found) is not type(expected) or found != expected:
            Place(found, name).refuse(repr(expected))
    return Place(content).fields(_FIELDS, _DEFAULTS)


# --- the model ------------------------------------------------------------------------


def _read_shape(fields: dict[str, Place]) -> tuple[list[int], list[str]]:
    """Return the sizes, the number of inputs first, and the layers' activations."""
    sizes = [place.whole(1) for place in fields["sizes"].items()]
    if len(sizes) < 2:
        fields["sizes"].refuse("at least two sizes")
    activations = fields["activations"].items(len(sizes) - 1)
    return sizes, [place.choice(ACTIVATIONS) for place in activations]


def _read_numbers(place: Place, sizes: list[int], kinds: list[str]) -> list[Dense]:
    """Return the layers that stand at a place, whose sizes must be these."""
    layers = []
    shapes = zip(sizes, sizes[1:], kinds, strict=False)
    for layer, (n_in, n_out, kind) in zip(place.items(len(kinds)), shapes, strict=True):
        parts = layer.fields(("weights", "biases"))
        weights = [_read_floats(row, n_in) for row in parts["weights"].items(n_out)]
        layers.append(Dense(kind, weights, _read_floats(parts["biases"], n_out)))
    return layers


def _make_model(layers: list[Dense]) -> MLP:
    kinds = [layer.activation for layer in layers]
    model = MLP(
        layers[0].n_inputs,
        [layer.n_outputs for layer in layers],
        activation=kinds[:-1],
        output=kinds[-1],
        rng=random.Random(0),  # leaves the module's own stream alone
    )
    for parameter, number in zip(model.parameters(), flatten(layers), strict=True):
        parameter.data = number
    return model


# --- the data -------------------------------------------------------------------------


def _read_rows(place: Place, n_inputs: int) -> list[tuple[float, ...]]:
    return [tuple(row.numbers(n_inputs)) for row in place.items()]


def _read_labels(place: Place, n: int, n_outputs: int) -> list[Any]:
    return [
        label.numbers(n_outputs) if isinstance(label.content, list) else label.number()
        for label in place.items(n)
    ]


# --- the training ---------------------------------------------------------------------


def _read_optimizer(place: Place) -> Optimizer:
    optimizer: Optimizer = _make(place, OPTIMIZERS, ("learning_rate",))
    return optimizer


def _make(
    place: Place, table: dict[type, tuple[str, ...]], parts: tuple[str, ...] = ()
) -> Any:
    """Return the object of a table's class that a place describes."""
    if not isinstance(place.content, dict):
        place.refuse("an object")
    kinds = {kind.__name__: kind for kind in table}
    name = Place(place.content.get("name"), f"{place.path}.name").choice(kinds)
    kind = kinds[name]
    fields = place.fields(("name", *parts, *table[kind]))
    arguments = {field: fields[field].number() for field in table[kind]}
    schedules = {part: _make(fields[part], SCHEDULES) for part in parts}
    try:
        return kind(**schedules, **arguments)
    except ValueError as error:
        raise ValueError(f"from_json can't use {place.path}: {error}") from None


def _read_progress(place: Place, n: int, batch_size: int | None) -> Progress:
    fields = place.fields(
        (
            *("steps_done", "loss_limit", "state"),
            *("previous_parameters", "previous_state", "random"),
        )
    )
    progress = Progress(_read_floats(fields["previous_parameters"], n), batch_seed=0)
    progress.steps_done = fields["steps_done"].whole(0)
    limit = fields["loss_limit"]
    progress.loss_limit = limit.optional(lambda place: place.number(least=0))
    progress.state = _read_state(fields["state"], n)
    progress.previous_state = _read_state(fields["previous_state"], n)
    _read_random(fields["random"], batch_size, progress.random)
    return progress


def _read_state(place: Place, n: int) -> State:
    state = State(n)
    for name, numbers in place.fields(("s", "t")).items():
        if numbers.content is not None:
            setattr(state, name, _read_floats(numbers, n))
    return state


def _read_random(place: Place, batch_size: int | None, random: RandomState) -> None:
    """Set the state of what draws the batches, where there are any."""
    if batch_size is None:
        if place.content is not None:
            place.refuse("null, as batch_size is null,")
        return
    words = list(place.items(STATE_WORDS + 1))
    position = words.pop().whole(0, STATE_WORDS)
    random.set_state([*(word.whole(0, _LARGEST_WORD) for word in words), position])


def _read_record(place: Place) -> Record:
    fields = place.fields(Record._fields)
    step = fields.pop("step").whole(0)
    tests = [fields.pop(name) for name in ("test_loss", "test_accuracy")]
    measures = [_read_measure(field) for field in fields.values()]
    return Record(step, *measures, *(test.optional(_read_measure) for test in tests))


def _read_measure(place: Place) -> float:
    """Return a number, or one of those that JSON lacks and that stand as text."""
    if isinstance(place.content, str):
        return float(place.choice(("nan", "inf", "-inf")))
    return place.number()


def _read_floats(place: Place, length: int) -> list[float]:
    """Return parameters, which are floats where a document has an int, too."""
    return [float(number) for number in place.numbers(length)]
