"""Random expression graphs, and executors that compute them with each engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

BINARY = ("+", "-", "*", "/")
MICROGRAD = (*BINARY, "**2", "**3", "**-1", "neg", "relu", "+2", "2-", "*3", "3/")
FUNCTIONS = (
    "relu",
    "exp",
    "log",
    "tanh",
    "sigmoid",
    "leaky_relu",
    "softplus",
    "sin",
    "cos",
)
EVERYTHING = (*MICROGRAD, "**0.5", "**-1.5", "2**", *FUNCTIONS[1:])

LARGEST = 50.0  # the largest result of a node
MARGIN = 0.05  # the smallest distance from the kink of relu and leaky_relu


@dataclass(frozen=True)
class Graph:
    """Numbers at the leaves, and instructions (operation, left, right) on top."""

    leaves: tuple[float, ...]
    instructions: tuple[tuple[str, int, int], ...]


@st.composite
def graphs(draw: Any, operations: Sequence[str]) -> Graph:
    """
    Draw a graph that is smooth around its leaves, as finite differences need it.

    Operands are drawn among all earlier nodes, so most graphs share nodes, and `a + a`
    occurs. An instruction whose result would be huge, or near a kink or a pole, is
    replaced by a sum.
    """
    number = st.floats(-2, 2).filter(lambda x: abs(x) > MARGIN)
    leaves = tuple(draw(st.lists(number, min_size=1, max_size=4)))
    n = draw(st.integers(1, 25))
    results = list(leaves)
    instructions = []
    for _ in range(n):
        op = draw(st.sampled_from(operations))
        newest = len(results) - 1
        left = draw(st.integers(max(0, newest - 4), newest))
        right = draw(st.integers(0, newest))
        if not _is_smooth(op, results[left], results[right]):
            op = "+" if abs(results[left] + results[right]) < LARGEST else "*0.01"
        results.append(FLOATS.apply(op, results[left], results[right]))
        instructions.append((op, left, right))
    return Graph(leaves, tuple(instructions))


def _is_smooth(op: str, a: float, b: float) -> bool:
    if op in ("relu", "leaky_relu"):
        return abs(a) > MARGIN
    if op in ("3/", "**-1") and abs(a) < 0.3:
        return False
    if op == "/" and abs(b) < 0.3:
        return False
    if op in ("log", "**0.5", "**-1.5") and a < 0.3:
        return False
    if op in ("exp", "2**") and a > 4:
        return False
    return abs(FLOATS.apply(op, a, b)) < LARGEST


@dataclass(frozen=True)
class Executor:
    """One engine: how to make its leaves and call its functions."""

    make: Callable[[float], Any]
    functions: dict[str, Callable[[Any], Any]]

    def apply(self, op: str, a: Any, b: Any) -> Any:
        """Return the result of one instruction on this engine's numbers."""
        match op:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "/":
                return a / b
            case "neg":
                return -a
            case "+2":
                return a + 2
            case "2-":
                return 2 - a
            case "*3":
                return a * 3
            case "*0.01":
                return a * 0.01
            case "3/":
                return 3 / a
            case "2**":
                return 2**a
            case _ if op.startswith("**"):
                return a ** float(op[2:])
            case _:
                return self.functions[op](a)

    def run(self, graph: Graph) -> tuple[list[Any], Any]:
        """Return the leaves and the result."""
        leaves = [self.make(x) for x in graph.leaves]
        nodes = list(leaves)
        for op, left, right in graph.instructions:
            nodes.append(self.apply(op, nodes[left], nodes[right]))
        return leaves, nodes[-1]


FLOATS = Executor(
    float,
    {
        "relu": lambda a: max(a, 0.0),
        "exp": math.exp,
        "log": math.log,
        "tanh": math.tanh,
        "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
        "leaky_relu": lambda a: a if a > 0 else 0.01 * a,
        "softplus": lambda a: math.log(1 + math.exp(a)),
        "sin": math.sin,
        "cos": math.cos,
    },
)


def by_method(make: Callable[[float], Any], **others: Callable[[Any], Any]) -> Executor:
    """
    Return an executor for moongrad, micrograd or PyTorch: functions are methods.

    `others` are the functions that an engine has elsewhere.
    """
    methods = {name: lambda a, name=name: getattr(a, name)() for name in FUNCTIONS}
    return Executor(make, methods | others)
