"""
Drawings of a graph of values, and the steps of its backward pass.

`to_dot` returns Graphviz source. `backward_steps` lists what a backward pass does, edge
by edge, without changing any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from moongrad.engine import Value, topological_order

_NO_DERIVATIVES: Mapping[tuple[Value, int], float] = MappingProxyType({})


class BackwardStep(NamedTuple):
    """
    One edge of a backward pass: what `node` passes back to one of its inputs.

    * `node`: its gradient is complete. `input`: receives its part of the gradient.
    * `position`: which input of the node this is, 0 or 1. A value may be both.
    * `incoming`: d root / d node. `local`: d node / d input, for this input alone.
    * `outgoing`: their product, which is added to the input's gradient.
    * `before`, `grad`: the input's gradient before and after that. Other nodes may add
      to it later.
    """

    node: Value
    input: Value
    position: int
    incoming: float
    local: float
    outgoing: float
    before: float
    grad: float

    @property
    def sentence(self) -> str:
        """The chain rule for this edge, in words and numbers."""
        to, by = name_of(self.input), name_of(self.node)
        text = (
            f"{by} changes by {_short(self.local)} for every 1 of {to}; times the "
            f"gradient {_short(self.incoming)} of {by}, that is {_short(self.outgoing)}"
        )
        if self.before == 0:
            return f"{text} for {to}."
        if self.grad == self.before + self.outgoing:
            before, grad = _short(self.before), _short(self.grad)
            return f"{text}, added to the {before} that {to} has: {grad}."
        return f"{text}, which overwrites the {_short(self.before)} that {to} had."


def backward_steps(root: Value, *, accumulate: bool = True) -> list[BackwardStep]:
    """
    Return the edges of a backward pass from `root`, in the order `backward` takes them.

    `accumulate=False` makes a common mistake: it sets gradients instead of adding to
    them, so only one use of a value counts.

    All gradients start at 0, so each value's last `grad` is what `root.backward()`
    gives after zeroing. The values themselves do not change. Raises
    `ZeroDivisionError` or `ValueError` where a derivative does not exist.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> for step in backward_steps(a * b + a):
    ...     print(name_of(step.input), step.local, step.outgoing, step.grad)
    the * 1.0 1.0 1.0
    a 1.0 1.0 1.0
    a -3.0 -3.0 -2.0
    b 2.0 2.0 2.0
    """
    order = topological_order(root)
    grads = dict.fromkeys(order, 0.0)
    grads[root] = 1.0
    steps = []
    for node in reversed(order):
        if not node._prev:
            continue
        numbers = [value.data for value in node._prev]
        derivatives = node._operation.derivatives(node.data, *numbers)
        for position, (value, local) in enumerate(
            zip(node._prev, derivatives, strict=True)
        ):
            outgoing = local * grads[node]
            before = grads[value]
            grads[value] = before + outgoing if accumulate else outgoing
            step = (node, value, position, grads[node], local, outgoing, before)
            steps.append(BackwardStep(*step, grads[value]))
    return steps


def nudge(root: Value, value: Value, h: float) -> float:
    """
    Return what `root` would be if `value`, which it depends on, were larger by `h`.

    The graph is computed again, with the same operations in the same order. The values
    themselves do not change. Use it to check a gradient.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = a * b
    >>> nudge(c + a, a, 1.0), nudge(c + a, c, 0.5)
    (-6.0, -3.5)
    """
    data: dict[Value, float] = {}
    for node in topological_order(root):
        data[node] = node.data
        if node._prev:
            data[node] = node._operation.forward(*(data[v] for v in node._prev))
        if node is value:
            data[node] += h
    return data[root]


def to_dot(
    root: Value,
    *,
    digits: int = 4,
    local_derivatives: Mapping[tuple[Value, int], float] = _NO_DERIVATIVES,
) -> str:
    """
    Return the graph below `root` as DOT source, left to right, for Graphviz.

    Each value is a record of its label, data and gradient, with `digits` decimals; each
    operation is a node of its own before its result. Nodes are numbered from the inputs
    on: value k is `n<k>`, its operation `o<k>`. `local_derivatives` maps (computed
    value, position of the input) to the factor that is written on that edge.

    >>> a = Value(2.0, label="a")
    >>> print(to_dot(a * a, digits=1))
    digraph {
      rankdir=LR;
      n0 [shape=record, label="a | data 2.0 | grad 0.0"];
      n1 [shape=record, label="data 4.0 | grad 0.0"];
      o1 [shape=circle, label="*"];
      o1 -> n1;
      n0 -> o1;
      n0 -> o1;
    }
    """
    order = topological_order(root)
    numbers = {value: k for k, value in enumerate(order)}
    nodes, edges = [], []
    for k, value in enumerate(order):
        parts = [_escape(value.label)] if value.label else []
        parts += [f"data {value.data:.{digits}f}", f"grad {value.grad:.{digits}f}"]
        nodes.append(f'  n{k} [shape=record, label="{" | ".join(parts)}"];')
        if value._prev:
            nodes.append(f'  o{k} [shape=circle, label="{_escape(value._op)}"];')
            edges.append(f"  o{k} -> n{k};")
            for position, source in enumerate(value._prev):
                factor = local_derivatives.get((value, position))
                label = "" if factor is None else f' [label="× {_short(factor)}"]'
                edges.append(f"  n{numbers[source]} -> o{k}{label};")
    return "\n".join(["digraph {", "  rankdir=LR;", *nodes, *edges, "}"])


def to_svg(root: Value) -> str | None:
    """
    Return the graph below `root` as SVG, or None where Graphviz is missing.

    It needs the package `graphviz` and the program `dot`. Notebooks show a `Value` this
    way.
    """
    try:
        import graphviz

        source = graphviz.Source(to_dot(root))
        return str(source.pipe(format="svg", encoding="utf-8"))
    except ImportError:
        return None
    except graphviz.ExecutableNotFound:
        return None


def name_of(value: Value) -> str:
    """Return a name for sentences: the label, else the operation, else the number."""
    return value.label or (f"the {value._op}" if value._op else _short(value.data))


def _short(number: float) -> str:
    return f"{number:.4g}"


def _escape(text: str) -> str:
    """Escape the characters that have a meaning in the label of a record."""
    for character in '\\"{}|<>':
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")
