"""A model as the operators of ONNX, before anybody writes them to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moongrad.export.description import Dense

INPUT, OUTPUT = "points", "scores"
#: Operators of this version run in double precision; it dates from 2022.
OPSET = 17


@dataclass(frozen=True)
class Node:
    """An operator: what goes in by name, what comes out, and its int attributes."""

    op: str
    inputs: tuple[str, ...]
    output: str
    attributes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Tensor:
    """A named constant of doubles."""

    name: str
    shape: tuple[int, ...]
    numbers: list[float]


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their execution, and the constants that they use."""

    n_inputs: int
    n_outputs: int
    nodes: list[Node]
    tensors: list[Tensor]


# The steps of each activation, on `x`. Runtimes have neither LeakyRelu with the slope
# 0.01 in double precision (attributes are floats of 32 bits) nor Softplus.
_Step = tuple[str, tuple[str, ...], str]
_ACTIVATIONS: dict[str, list[_Step]] = {
    "linear": [],
    "relu": [("Relu", ("x",), "y")],
    "tanh": [("Tanh", ("x",), "y")],
    "sigmoid": [("Sigmoid", ("x",), "y")],
    "sine": [("Sin", ("x",), "y")],
    "leaky_relu": [("Mul", ("x", "0.01"), "low"), ("Max", ("x", "low"), "y")],
    "softplus": [  # max(x, 0) + log(1 + exp(-|x|)) never overflows
        ("Relu", ("x",), "high"),
        ("Abs", ("x",), "size"),
        ("Neg", ("size",), "negative"),
        ("Exp", ("negative",), "exponential"),
        ("Add", ("exponential", "1.0"), "sum"),
        ("Log", ("sum",), "logarithm"),
        ("Add", ("high", "logarithm"), "y"),
    ],
}


def build_graph(layers: Sequence[Dense]) -> Graph:
    """Return the graph of a model: for each layer a Gemm, and its activation."""
    nodes: list[Node] = []
    tensors: dict[str, Tensor] = {}
    signal = INPUT
    for k, layer in enumerate(layers):
        weights = Tensor(
            f"layer{k}.weights",
            (layer.n_outputs, layer.n_inputs),
            [w for row in layer.weights for w in row],
        )
        biases = Tensor(f"layer{k}.biases", (layer.n_outputs,), layer.biases)
        tensors |= {weights.name: weights, biases.name: biases}
        gemm_inputs = (signal, weights.name, biases.name)
        signal = f"layer{k}.x"
        nodes.append(Node("Gemm", gemm_inputs, signal, (("transB", 1),)))
        for op, names, result in _ACTIVATIONS[layer.activation]:
            constants = {n: Tensor(n, (), [float(n)]) for n in names if n[0].isdigit()}
            tensors |= constants
            inputs = tuple(n if n in constants else f"layer{k}.{n}" for n in names)
            signal = f"layer{k}.{result}"
            nodes.append(Node(op, inputs, signal))
    last = nodes.pop()
    nodes.append(Node(last.op, last.inputs, OUTPUT, last.attributes))
    return Graph(
        layers[0].n_inputs, layers[-1].n_outputs, nodes, list(tensors.values())
    )
