"""The plain description of a model and its run, which all writers share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from moongrad.loss import LOSSES
from moongrad.nn import ACTIVATIONS, MLP
from moongrad.optim import SGD, Adam, ConstantRate, LinearDecay, Optimizer
from moongrad.record import Record
from moongrad.target import Kind, read_targets
from moongrad.train import Progress, Trainer

#: How many lines a script prints of its steps, at most.
MAX_LINES = 100
#: The fields of what can be written, apart from an optimiser's `learning_rate`.
SCHEDULES: dict[type, tuple[str, ...]] = {
    ConstantRate: ("rate",),
    LinearDecay: ("start", "end", "steps"),
}
OPTIMIZERS: dict[type, tuple[str, ...]] = {
    SGD: ("momentum",),
    Adam: ("beta1", "beta2", "epsilon"),
}


@dataclass(frozen=True)
class Dense:
    """A layer as numbers: for each neuron a row of weights, and a bias."""

    activation: str
    weights: list[list[float]]
    biases: list[float]

    @property
    def n_inputs(self) -> int:
        return len(self.weights[0])

    @property
    def n_outputs(self) -> int:
        return len(self.weights)


@dataclass(frozen=True)
class Run:
    """
    A trainer as numbers, texts and lists of them.

    * `layers`, `start`: the model now and before the first step.
    * `optimizer`: its class as `name`, its numbers and its schedule, likewise a dict.
    * `progress`: what the trainer needs to go on from `layers`.
    """

    layers: list[Dense]
    start: list[Dense]
    points: list[list[float]]
    labels: list[Any]
    test_points: list[list[float]]
    test_labels: list[Any]
    loss: str
    l2: float
    l1: float
    optimizer: dict[str, Any]
    batch_size: int | None
    batch_seed: int
    batch_order: str
    progress: Progress
    records: list[Record]

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of the neurons of each layer."""
        return [self.layers[0].n_inputs, *(layer.n_outputs for layer in self.layers)]

    @property
    def steps(self) -> int:
        """How many steps a script makes: as many as the run, or 100 before it began."""
        return self.progress.steps_done or 100

    @property
    def steps_a_line(self) -> int:
        """How many steps a script makes before it prints: about 100 lines in all."""
        return -(-self.steps // MAX_LINES)

    @property
    def kind(self) -> Kind:
        """What the labels are."""
        return read_targets(self.labels, self.sizes[-1], "export").kind


def describe(trainer: Trainer, records: Iterable[Record] = ()) -> Run:
    """
    Return the description of a trainer and the records of its steps.

    Raises `TypeError` for what no writer can write: a model that is no MLP, a loss, an
    optimiser or a schedule of one's own. Raises `ValueError` for numbers that are not
    finite.
    """
    if not isinstance(trainer, Trainer):
        raise TypeError(f"export needs a Trainer, got {_name(trainer)}")
    records = list(records)
    for record in records:
        if not isinstance(record, Record):
            raise TypeError(f"export needs Records as records, got {record!r}")
    layers = describe_model(trainer.model)
    return Run(
        layers,
        _split(trainer.start, layers),
        _read_rows(trainer.points, "points"),
        _read_labels(trainer.labels, "labels"),
        _read_rows(trainer.test_points, "test_points"),
        _read_labels(trainer.test_labels, "test_labels"),
        _describe_loss(trainer.loss),
        plain(trainer.l2),
        plain(trainer.l1),
        _describe_optimizer(trainer.optimizer),
        trainer.batch_size,
        int(trainer.batch_seed),
        trainer.batch_order,
        trainer.progress,
        records,
    )


def describe_model(model: object) -> list[Dense]:
    """Return the layers of an MLP as numbers; raises `TypeError` for other models."""
    if type(model) is not MLP:  # a subclass may compute something else
        raise TypeError(f"export needs an MLP as model, got {_name(model)}")
    names = {operation: name for name, operation in ACTIVATIONS.items()}
    layers = []
    for k, layer in enumerate(model.layers):
        operations = {neuron.activation for neuron in layer.neurons}
        operation = operations.pop()
        if operations or operation not in names:
            raise TypeError(
                f"export needs one of the activations {', '.join(ACTIVATIONS)} for "
                f"all neurons of a layer, got others in layers[{k}]"
            )
        weights = [
            [
                float(_finite(weight.data, f"layers[{k}].weights[{i}][{j}]"))
                for j, weight in enumerate(neuron.w)
            ]
            for i, neuron in enumerate(layer.neurons)
        ]
        biases = [
            float(_finite(neuron.b.data, f"layers[{k}].biases[{i}]"))
            for i, neuron in enumerate(layer.neurons)
        ]
        layers.append(Dense(names[operation], weights, biases))
    parameters = model.parameters()
    if len(set(map(id, parameters))) < len(parameters):
        raise TypeError("export needs a model whose neurons share no parameters")
    return layers


def flatten(layers: Iterable[Dense]) -> list[float]:
    """Return the parameters in the order of `MLP.parameters`."""
    return [
        number
        for layer in layers
        for weights, bias in zip(layer.weights, layer.biases, strict=True)
        for number in (*weights, bias)
    ]


def _split(parameters: Sequence[float], layers: Sequence[Dense]) -> list[Dense]:
    """Return layers of the same sizes with other parameters, the inverse of flatten."""
    if len(parameters) != len(flatten(layers)):
        raise ValueError(
            f"export needs the model as the Trainer got it, with {len(parameters)} "
            f"parameters, got one with {len(flatten(layers))}"
        )
    numbers = iter(parameters)
    result = []
    for layer in layers:
        weights, biases = [], []
        for _ in range(layer.n_outputs):
            weights.append([next(numbers) for _ in range(layer.n_inputs)])
            biases.append(next(numbers))
        result.append(Dense(layer.activation, weights, biases))
    return result


def _describe_loss(loss: object) -> str:
    for name, known in LOSSES.items():
        if loss is known:
            return name
    raise TypeError(
        f"export needs one of the losses {', '.join(LOSSES)}, got {_name(loss)}"
    )


def _describe_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    if type(optimizer) not in OPTIMIZERS:
        raise TypeError(
            f"export needs SGD or Adam as optimizer, got {_name(optimizer)}"
        )
    schedule = optimizer.learning_rate
    if type(schedule) not in SCHEDULES:
        raise TypeError(
            f"export needs a number or linear_decay(...) as learning rate, got "
            f"{_name(schedule)}"
        )
    return {
        "name": type(optimizer).__name__,
        "learning_rate": {
            "name": type(schedule).__name__,
            **_read_fields(schedule, SCHEDULES),
        },
        **_read_fields(optimizer, OPTIMIZERS),
    }


def _read_fields(thing: object, table: dict[type, tuple[str, ...]]) -> dict[str, float]:
    return {name: plain(getattr(thing, name)) for name in table[type(thing)]}


def _read_rows(rows: Iterable[Iterable[float]], place: str) -> list[list[float]]:
    return [
        [_finite(x, f"{place}[{i}][{j}]") for j, x in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def _read_labels(labels: Iterable[Any], place: str) -> list[Any]:
    return [
        [_finite(x, f"{place}[{i}][{j}]") for j, x in enumerate(label)]
        if isinstance(label, Iterable)
        else _finite(label, f"{place}[{i}]")
        for i, label in enumerate(labels)
    ]


def _finite(number: Any, place: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"export needs finite numbers, got {number!r} at {place}")
    return plain(number)


def plain(number: Any) -> float:
    """Return Python's own int or float: numbers may be NumPy's."""
    return int(number) if isinstance(number, Integral) else float(number)


def _name(thing: object) -> str:
    """Return a function's name, or the name of an object's class."""
    return getattr(thing, "__name__", type(thing).__name__)
