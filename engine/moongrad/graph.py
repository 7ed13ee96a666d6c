"""
Drawings of a graph of values, and the steps of its backward pass.

`to_dot` returns Graphviz source. `backward_steps` lists what a backward pass does, edge
by edge, without changing any value.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from moongrad.engine import Value, topological_order

LARGEST_DRAWN = 500  # values that a notebook is given as a picture

_NO_DERIVATIVES: Mapping[tuple[Value, int], float] = MappingProxyType({})


class BackwardStep(NamedTuple):
    """
    One edge of a backward pass: what `node` passes back to one of its inputs.

    * `node`: its gradient is complete. `input`: receives its part of the gradient.
    * `position`: which input of the node this is, counted from 0. A value may be
      several.
    * `incoming`: d root / d node. `local`: d node / d input, for this input alone.
    * `outgoing`: their product, which is added to the input's gradient.
    * `before`, `grad`: the input's gradient before and after that. Other nodes may add
      to it later.
    * `is_late`: the input had already passed its gradient on, without this part.
    """

    node: Value
    input: Value
    position: int
    incoming: float
    local: float
    outgoing: float
    before: float
    grad: float
    is_late: bool = False

    @property
    def sentence(self) -> str:
        """The chain rule for this edge, in words and numbers."""
        to, by = name_of(self.input), name_of(self.node)
        text = (
            f"{by} changes by {_short(self.local)} per unit of {to}. Times the "
            f"gradient of {by}, {_short(self.incoming)}, that’s {_short(self.outgoing)}"
        )
        if self.before == 0:
            text += f" for {to}."
        elif self.grad == self.before + self.outgoing:
            before, grad = _short(self.before), _short(self.grad)
            text += f". Added to the {before} that {to} already has: {grad}."
        else:
            text += f". It overwrites the {_short(self.before)} that {to} had."
        if self.is_late:
            text += f" Too late: {to} has already passed its gradient on."
        return text


def backward_steps(
    root: Value, *, accumulate: bool = True, wait: bool = True
) -> list[BackwardStep]:
    """
    Return the edges of a backward pass from `root`, in the order `backward` takes them.

    Two common mistakes can be made on purpose. `accumulate=False` sets gradients
    instead of adding to them, so only one use of a value counts. `wait=False` lets
    every value pass its gradient on at its first turn, before all its uses have
    contributed to it.

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
    order = list(reversed(topological_order(root))) if wait else _depth_first(root)
    grads = dict.fromkeys(order, 0.0)
    grads[root] = 1.0
    steps = []
    done: set[Value] = set()
    for node in order:
        done.add(node)
        if not node._prev:
            continue
        for position, (value, local) in enumerate(
            zip(node._prev, _local_derivatives(node), strict=True)
        ):
            outgoing = local * grads[node]
            before = grads[value]
            grads[value] = before + outgoing if accumulate else outgoing
            step = (node, value, position, grads[node], local, outgoing, before)
            is_late = value in done and bool(value._prev)
            steps.append(BackwardStep(*step, grads[value], is_late))
    return steps


def _depth_first(root: Value) -> list[Value]:
    """Return the values below `root` in an order that does not wait for all uses."""
    order, seen, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        order.append(node)
        for value in reversed(node._prev):
            if value not in seen:
                seen.add(value)
                stack.append(value)
    return order


def _local_derivatives(node: Value) -> Sequence[float]:
    """Return d node / d input, for each of the inputs of a computed value."""
    operation = node._operation
    if operation.backward is None:
        return operation.derivatives(node.data, *(value.data for value in node._prev))
    # A hand-made `_backward` can only be observed: zero the gradients, call it, and
    # read what it added.
    gradients = {value: value.grad for value in (*node._prev, node)}
    try:
        for value in gradients:
            value.grad = 0.0
        node.grad = 1.0
        operation.backward()
        derivatives = []
        for value in node._prev:
            derivatives.append(value.grad)
            value.grad = 0.0  # an input used twice has its whole gradient at the first
        return derivatives
    finally:
        for value, gradient in gradients.items():
            value.grad = gradient


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
    depth: int | None = None,
    local_derivatives: Mapping[tuple[Value, int], float] = _NO_DERIVATIVES,
) -> str:
    """
    Return the graph below `root` as DOT source, left to right, for Graphviz.

    Each value is a record of its label, data and gradient, with `digits` decimals; each
    operation is a node of its own before its result. Nodes are numbered from the inputs
    on: value k is `n<k>`, its operation `o<k>`. `local_derivatives` maps (computed
    value, position of the input) to the factor that is written on that edge. `depth` is
    how many operations to go back from `root`, at least 0; a value whose inputs are
    left out has dots in place of its operation.

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
    if depth is not None and depth < 0:
        raise ValueError(f"to_dot needs depth >= 0, got depth={depth}")
    order = topological_order(root)
    with_inputs = _find_near(root, math.inf if depth is None else depth)
    shown = {root, *(child for value in with_inputs for child in value._prev)}
    order = [value for value in order if value in shown]
    numbers = {value: k for k, value in enumerate(order)}
    nodes, edges = [], []
    for k, value in enumerate(order):
        parts = [_escape(value.label)] if value.label else []
        parts += [f"data {value.data:.{digits}f}", f"grad {value.grad:.{digits}f}"]
        nodes.append(f'  n{k} [shape=record, label="{" | ".join(parts)}"];')
        if value._prev:
            symbol = _escape(value._op) if value in with_inputs else "…"
            nodes.append(f'  o{k} [shape=circle, label="{symbol}"];')
            edges.append(f"  o{k} -> n{k};")
        if value in with_inputs:
            for position, source in enumerate(value._prev):
                factor = local_derivatives.get((value, position))
                label = "" if factor is None else f' [label="× {_short(factor)}"]'
                edges.append(f"  n{numbers[source]} -> o{k}{label};")
    return "\n".join(["digraph {", "  rankdir=LR;", *nodes, *edges, "}"])


def _find_near(root: Value, depth: float) -> set[Value]:
    """Return the computed values that are less than `depth` operations from `root`."""
    near: set[Value] = set()
    ring = {root}
    while ring and depth > 0:
        computed = {value for value in ring if value._prev}
        near |= computed
        ring = {child for value in computed for child in value._prev} - near
        depth -= 1
    return near


def to_svg(root: Value) -> str | None:
    """
    Return the graph below `root` as SVG, or None where Graphviz is missing.

    It needs the package `graphviz` and the program `dot`. Notebooks show a `Value` this
    way. A graph of more than 500 values is only counted: nobody could read its picture,
    which takes Graphviz minutes.
    """
    order = topological_order(root)
    dot = to_dot(root) if len(order) <= LARGEST_DRAWN else _summarise(root, order)
    try:
        import graphviz

        source = graphviz.Source(dot)
        return str(source.pipe(format="svg", encoding="utf-8"))
    except ImportError:
        return None
    except graphviz.ExecutableNotFound:
        return None


def _summarise(root: Value, order: Sequence[Value]) -> str:
    """Return DOT source that says how large a graph is, and how to draw some of it."""
    counts = Counter(value._op for value in order if value._prev)
    operations = ", ".join(f"{n:,} × {symbol}" for symbol, n in counts.most_common())
    lines = [
        f"data {root.data:.4f} | grad {root.grad:.4f}",
        f"{len(order):,} values: {_escape(operations)}",
        "too many to draw: to_dot(value, depth=3) draws the last operations",
    ]
    return f'digraph {{\n  n0 [shape=record, label="{{{" | ".join(lines)}}}"];\n}}'


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
