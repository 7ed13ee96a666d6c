"""Networks that are drawn, read and edited: what the pages with an MLP share."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from moongrad import MLP, DivergenceError, Record, Trainer, Value
from stage.demo import Demo, show
from stage.option import Number, OptionError

if TYPE_CHECKING:  # matplotlib arrives in the browser later
    from figures.network import NetworkPlot

WEIGHT = Number("weight", "Value", 0.0, low=-100, high=100)


class Part(NamedTuple):
    """One parameter of a network, and where it is."""

    parameter: Value
    name: str


def list_parts(model: MLP, inputs: Sequence[str]) -> list[Part]:
    """
    Return every parameter with its name, in the order of `model.parameters()`.

    `inputs` are the names of the network's inputs.
    """
    parts = []
    sources = list(inputs)
    for k, layer in enumerate(model.layers):
        n = len(layer.neurons)
        where = "the output" if k == len(model.layers) - 1 else f"hidden layer {k + 1}"
        names = [f"neuron {i + 1} of {where}" for i in range(n)]
        if where == "the output" and n == 1:
            names = [where]
        for neuron, name in zip(layer.neurons, names, strict=True):
            for weight, source in zip(neuron.w, sources, strict=True):
                parts.append(Part(weight, f"weight from {source} to {name}"))
            parts.append(Part(neuron.b, f"bias of {name}"))
        sources = names
    return parts


def show_gradient(number: float) -> str:
    """Return a gradient to six digits, or where it is small to six places."""
    if abs(number) >= 1:
        return show(number, digits=6)
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


class NetworkDemo(Demo):
    """A demo with a network whose parameters can be chosen, read and edited."""

    def __init__(self, model: MLP, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self._parts = list_parts(model, inputs)
        self.chosen = 0  # of the parameters, in the model's order
        # Of the loss, for each parameter; None where it is not known.
        self.gradients: list[float] | None = None

    def follow(self, previous: Demo) -> None:
        if isinstance(previous, NetworkDemo) and self._is_like(previous):
            self.chosen = previous.chosen

    def _is_like(self, other: NetworkDemo) -> bool:
        return [name for _, name in self._parts] == [name for _, name in other._parts]

    def select(self, figure: str, index: int | None) -> None:
        """Choose a parameter, in the figure of the network."""
        if figure == "network" and index is not None and index < len(self._parts):
            self.chosen = int(index)

    def edit(self, text: str) -> None:
        """Give the chosen parameter another value."""
        self._parts[self.chosen].parameter.data = WEIGHT.read(text)
        self.see_edit()

    def see_edit(self) -> None:
        """Bring up to date what depends on the parameters."""

    def update_network(self, plot: NetworkPlot) -> None:
        """Bring the figure of the network up to date."""
        plot.update(self.gradients, self.seconds)
        plot.select(self.chosen)

    def write_weights(self) -> str:
        """Return the parameters in single precision, in the letters of base64."""
        numbers = [parameter.data for parameter, _ in self._parts]
        if not all(abs(number) <= WEIGHT.high for number in numbers):
            return ""  # of a run that went wrong
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    def take_weights(self, text: str) -> None:
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            numbers = struct.unpack(f"<{len(packed) // 4}f", packed)
        except (ValueError, struct.error):
            raise ValueError("they cannot be read") from None
        if len(numbers) != len(self._parts):
            raise ValueError(
                f"they are {len(numbers)}, for a network of {len(self._parts)}"
            )
        if not all(abs(number) <= WEIGHT.high for number in numbers):
            raise ValueError(f"some are not from {-WEIGHT.high} to {WEIGHT.high}")
        for (parameter, _), number in zip(self._parts, numbers, strict=True):
            parameter.data = number
        self.see_edit()

    def outputs(self) -> dict[str, str]:
        parameter, name = self._parts[self.chosen]
        gradient = "–"
        if self.gradients is not None:
            gradient = show_gradient(self.gradients[self.chosen])
        return super().outputs() | {
            "part": name[0].upper() + name[1:],
            "weight": f"{parameter.data:.4f}",
            "gradient": gradient,
        }


class TrainedDemo(NetworkDemo):
    """A demo with a network and a `trainer` for it, which makes many steps at once."""

    trainer: Trainer

    def prepare(self) -> None:
        _ = self.trainer  # compiles

    def edit(self, text: str) -> None:
        self.prepare()  # it remembers the parameters as those to start from
        super().edit(text)

    def take_weights(self, text: str) -> None:
        self.prepare()
        super().take_weights(text)

    def step(self) -> Record:
        self.advance(1)
        return self.records[-1]

    def advance(self, n_steps: int) -> None:
        """Train some steps; raises `OptionError` where the network diverges."""
        n_steps = min(n_steps, self.length - len(self.records))
        try:
            self.records += self.trainer.fit(n_steps)
        except DivergenceError as error:
            self.records += error.records
            raise OptionError("rate", self.explain_divergence(error)) from None
        self.gradients = [p.grad for p in self.model.parameters()]

    def explain_divergence(self, error: DivergenceError) -> str:
        """Return what happened, in words."""
        return str(error)
