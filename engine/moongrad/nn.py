"""
Neurons, layers and multi-layer perceptrons made of `Value`s.

The classes, their arguments and the order in which weights are drawn are micrograd's;
the keywords `activation`, `output` and `bias` give other common variants.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from operator import index
from typing import Literal, Protocol, SupportsIndex, TypeVar

from moongrad.engine import (
    LEAKY_RELU,
    RELU,
    SIGMOID,
    SINE,
    SOFTPLUS,
    TANH,
    Operation,
    Value,
)

ACTIVATIONS: dict[str, Operation | None] = {
    "relu": RELU,
    "tanh": TANH,
    "sigmoid": SIGMOID,
    "linear": None,
    "leaky_relu": LEAKY_RELU,
    "softplus": SOFTPLUS,
    "sine": SINE,
}

_Number = TypeVar("_Number", Value, float)
_Item = TypeVar("_Item")


class Random(Protocol):
    """The method of `random.Random` that draws weights."""

    def uniform(self, a: float, b: float, /) -> float: ...


class Module:
    """Anything with parameters: a neuron, a layer, a network."""

    def parameters(self) -> list[Value]:
        """Return the trainable values, always in the same order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, ready for the next `backward`."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """
    `activation(b + w[0] * x[0] + w[1] * x[1] + ...)`.

    * `nin`: number of inputs, at least 1.
    * `nonlin`: False omits the activation.
    * `activation`: one of `relu tanh sigmoid linear leaky_relu softplus sine`.
    * `bias`: `"zero"`, or `"uniform"` to draw it like the weights, after them.
    * `rng`: draws the weights, `uniform(-1, 1)`; the module `random` by default.

    >>> neuron = Neuron(2, activation="tanh", rng=random.Random(0))
    >>> neuron
    TanhNeuron(2)
    >>> len(neuron.parameters())
    3
    """

    def __init__(
        self,
        nin: SupportsIndex,
        nonlin: bool = True,
        *,
        activation: str = "relu",
        bias: Literal["zero", "uniform"] = "zero",
        rng: Random = random,
    ) -> None:
        n = _to_size("Neuron", "nin", nin)
        if not isinstance(activation, str):
            kind = type(activation).__name__
            raise TypeError(f"activation must be a str such as 'relu', got {kind}")
        if activation not in ACTIVATIONS:
            names = ", ".join(ACTIVATIONS)
            raise ValueError(f"activation must be one of {names}, got {activation!r}")
        if bias not in ("zero", "uniform"):
            raise ValueError(f"bias must be 'zero' or 'uniform', got {bias!r}")
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(n)]
        self.b = Value(rng.uniform(-1, 1) if bias == "uniform" else 0.0)
        self.activation = ACTIVATIONS[activation] if nonlin else None

    def __call__(self, x: Sequence[Value | float]) -> Value:
        _require_length("Neuron", len(self.w), x)
        total = _weighted_sum(self.b, self.w, as_values(x))
        return self.activation(total) if self.activation else total

    @property
    def nonlin(self) -> bool:
        """Whether it has an activation; micrograd's name for that."""
        return self.activation is not None

    def predict(self, x: Sequence[float]) -> list[float]:
        """Return a list of the output alone, as a float, without building a graph."""
        return [self._predict(x)]

    def _predict(self, x: Sequence[float]) -> float:
        if type(self).__call__ is not Neuron.__call__:  # a subclass with its own
            output: Value = self(x)
            return output.data
        total = _weighted_sum(self.b.data, [w.data for w in self.w], x)
        return self.activation.forward(total) if self.activation else total

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        kind = self.activation.symbol if self.activation else "linear"
        return f"{kind[0].upper()}{kind[1:]}Neuron({len(self.w)})"


class Layer(Module):
    """
    `nout` neurons with the same `nin` inputs. Keywords are passed on to `Neuron`.

    Called with one row it returns a list of `nout` values, or a single value where
    `nout` is 1.
    """

    def __init__(
        self,
        nin: SupportsIndex,
        nout: SupportsIndex,
        nonlin: bool = True,
        **keywords: object,
    ) -> None:
        self.neurons = [
            Neuron(nin, nonlin, **keywords)  # type: ignore[arg-type]
            for _ in range(_to_size("Layer", "nout", nout))
        ]

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        _require_length("Layer", len(self.neurons[0].w), x)
        signals = as_values(x)
        outputs = [neuron(signals) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def predict(self, x: Sequence[float]) -> list[float]:
        """Return the outputs as a list of floats, without building a graph."""
        if type(self).__call__ is not Layer.__call__:  # a subclass with its own
            return [value.data for value in _as_list(self(x))]
        return [neuron._predict(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Return the parameters of each neuron in turn."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """
    A multi-layer perceptron: the outputs of each layer are the inputs of the next.

    * `nin`: numbers in one row; `nouts`: neurons of each layer, the output layer last.
    * `activation`: of the hidden layers, a name or a list with one for each; `output`:
      of the last layer, `linear` by default.
    * `bias`, `rng`: as for `Neuron`.

    Called with one row (floats or `Value`s) it returns one `Value`, or a list of them
    where the last layer has several neurons. Raises `ValueError` for a row of another
    length.

    >>> model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    >>> len(model.parameters())
    337
    >>> model([1.0, 2.0]).data == model.predict([1.0, 2.0])[0]
    True
    >>> model([1.0, 2.0, 3.0])
    Traceback (most recent call last):
    ValueError: MLP expects 2 inputs, got 3
    """

    def __init__(
        self,
        nin: SupportsIndex,
        nouts: Iterable[SupportsIndex],
        *,
        activation: str | Iterable[str] = "relu",
        output: str = "linear",
        bias: Literal["zero", "uniform"] = "zero",
        rng: Random = random,
    ) -> None:
        sizes = _to_list(nouts, "layer sizes such as [16, 16, 1]")
        if not sizes:
            raise ValueError(
                "MLP needs at least one layer, got nouts=[]. Try [16, 16, 1]."
            )
        n_hidden = len(sizes) - 1
        if isinstance(activation, str):
            kinds = [activation] * n_hidden
        else:
            what = "activations such as ['relu', 'tanh'], or one name"
            kinds = _to_list(activation, what)
        if len(kinds) != n_hidden:
            plural = "" if n_hidden == 1 else "s"
            raise ValueError(
                f"MLP needs one activation for each of its {n_hidden} hidden "
                f"layer{plural}, got {len(kinds)}: {kinds!r}. The last layer's is "
                f"output."
            )
        n = _to_size("MLP", "nin", nin)
        self.layers = []
        for nout, kind in zip(sizes, [*kinds, output], strict=True):
            layer = Layer(n, nout, activation=kind, bias=bias, rng=rng)
            self.layers.append(layer)
            n = len(layer.neurons)

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        _require_length("MLP", self.nin, x)
        signals = as_values(x)
        for layer in self.layers:
            signals = _as_list(layer(signals))
        return signals[0] if len(signals) == 1 else signals

    @property
    def nin(self) -> int:
        """The number of inputs."""
        return len(self.layers[0].neurons[0].w)

    def predict(self, x: Sequence[float]) -> list[float]:
        """
        Return the outputs for one row as floats, without building a graph.

        Gives the same bits as calling the network, several times as fast.
        """
        if type(self).__call__ is not MLP.__call__:  # a subclass with its own
            return [value.data for value in _as_list(self(x))]
        _require_length("MLP", self.nin, x)
        signals = list(map(float, x))
        for layer in self.layers:
            if isinstance(layer, Layer):
                signals = layer.predict(signals)
            else:  # one of the user's own
                outputs = _as_list(layer(as_values(signals)))
                signals = [value.data for value in outputs]
        return signals

    def parameters(self) -> list[Value]:
        """Return the parameters of each layer in turn."""
        return [p for layer in self.layers for p in layer.parameters()]

    def gradient_norms(self) -> list[float]:
        """
        Return for each layer the Euclidean norm of its parameters' gradients.

        Where gradients vanish, the norms of the first layers are by far the smallest.

        >>> model = MLP(2, [1])
        >>> model([2.0, 2.0]).backward()  # the gradients are 2, 2 and 1
        >>> model.gradient_norms()
        [3.0]
        """
        return [
            math.hypot(*(parameter.grad for parameter in layer.parameters()))
            for layer in self.layers
        ]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _as_list(outputs: Value | list[Value]) -> list[Value]:
    return [outputs] if isinstance(outputs, Value) else outputs


def as_values(numbers: Iterable[Value | float]) -> list[Value]:
    """Wrap each number once, so that all neurons share one value for it."""
    return [x if isinstance(x, Value) else Value(x) for x in numbers]


def _weighted_sum(
    bias: _Number, weights: Iterable[_Number], inputs: Iterable[_Number]
) -> _Number:
    total = bias
    for weight, x in zip(weights, inputs, strict=True):
        total = total + weight * x
    return total


def _to_size(owner: str, name: str, size: SupportsIndex) -> int:
    """Return a size, which may be a NumPy integer, as an int of at least 1."""
    try:
        n = 0 if isinstance(size, bool) else index(size)
    except TypeError:  # a float, for example
        n = 0
    if n < 1:
        raise ValueError(
            f"{owner} needs a whole number {name} >= 1, got {name}={size!r}"
        )
    return n


def _to_list(items: Iterable[_Item], what: str) -> list[_Item]:
    if not isinstance(items, str | bytes):
        try:
            return list(items)
        except TypeError:  # also of NumPy arrays that hold one number
            pass
    raise TypeError(f"MLP needs a list of {what}, got {items!r}")


def _require_length(owner: str, expected: int, row: Sequence[object]) -> None:
    if len(row) != expected:
        plural = "" if expected == 1 else "s"
        raise ValueError(f"{owner} expects {expected} input{plural}, got {len(row)}")
