"""
The graph of a visitor's own values, as DOT source for Graphviz.

It looks as `moongrad.graph.to_dot` draws ours, but takes what there is of a value: in
the first steps it has no gradient, no label or no operation yet, its inputs may be a
set, and mistakes can make it its own input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

MAX_DRAWN = 150  # values; the picture of more can't be read
MAX_COUNTED = 100_000
LONGEST = 30  # characters of a label


class Graph(NamedTuple):
    """A drawing, and what it shows in words."""

    dot: str
    text: str


class _Node:
    """What is known of a value; two that are equal are still two."""

    def __init__(self, value: Any) -> None:
        self.value = value  # held, because its id is its name
        self.inputs = read_inputs(value) or ()
        self.is_drawn_whole = True

    @property
    def operation(self) -> str:
        return _read_text(self.value, "_op")

    @property
    def label(self) -> str:
        return _read_text(self.value, "label")


def is_value(value: object) -> bool:
    """Return whether something has what a graph needs: `data`, and inputs."""
    return (
        not isinstance(value, type)
        and read(value, "data") is not None
        and read_inputs(value) is not None
    )


def read(value: object, name: str) -> Any:
    """Return an attribute, or None where there is none or the visitor's code fails."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def read_inputs(value: object) -> Sequence[Any] | None:
    """Return `_prev` in its order, whatever kind of collection it is."""
    inputs = read(value, "_prev")
    if not isinstance(inputs, tuple | list | set | frozenset):
        return None
    return tuple(inputs)


def _read_text(value: object, name: str) -> str:
    text = read(value, name)
    return text[:LONGEST] if isinstance(text, str) else ""


def draw(root: object) -> Graph:
    """Return the graph below a value; of a large one, what is nearest to it."""
    nodes, n_values = _find_nodes(root)
    order = _sort(nodes, id(root))
    numbers = {key: k for k, key in enumerate(order)}
    lines, edges = [], []
    for k, key in enumerate(order):
        node = nodes[key]
        lines.append(f'  n{k} [shape=record, label="{_write_record(node)}"];')
        if not node.inputs:
            continue
        symbol = (node.operation or "?") if node.is_drawn_whole else "…"
        lines.append(f'  o{k} [shape=circle, label="{escape(symbol)}"];')
        edges.append(f"  o{k} -> n{k};")
        edges += [
            f"  n{numbers[id(source)]} -> o{k};"
            for source in node.inputs
            if node.is_drawn_whole
        ]
    dot = "\n".join(["digraph {", "  rankdir=LR;", *lines, *edges, "}"])
    return Graph(dot, _describe(nodes[id(root)], nodes, n_values))


def _find_nodes(root: object) -> tuple[dict[int, _Node], int]:
    """Return the nodes to draw, nearest first, and how many values there are."""
    nodes = {id(root): _Node(root)}
    waiting = [nodes[id(root)]]
    for node in waiting:  # it grows
        new = {id(v): v for v in node.inputs if id(v) not in nodes}
        if len(nodes) + len(new) > MAX_DRAWN:
            node.is_drawn_whole = False
            continue
        for key, value in new.items():
            nodes[key] = _Node(value)
            waiting.append(nodes[key])
    for node in nodes.values():
        if not node.is_drawn_whole:  # its inputs may have come in by another way
            node.is_drawn_whole = all(id(v) in nodes for v in node.inputs)
    if all(node.is_drawn_whole for node in nodes.values()):
        return nodes, len(nodes)
    return nodes, _count(root)


def _count(root: object) -> int:
    """Return how many values there are, or as many as are counted."""
    seen = {id(root)}
    waiting = [root]  # keeps them all, so that no id is used twice
    for value in waiting:
        for source in read_inputs(value) or ():
            if id(source) not in seen:
                seen.add(id(source))
                waiting.append(source)
        if len(seen) >= MAX_COUNTED:
            break
    return len(seen)


def _sort(nodes: dict[int, _Node], root: int) -> list[int]:
    """Return the nodes in moongrad's order, each after its inputs."""
    order: list[int] = []
    seen: set[int] = set()
    stack: list[int | None] = [root]
    while stack:
        key = stack.pop()
        if key is None:  # a marker: all inputs of the node below are in `order`
            order.append(stack.pop())  # type: ignore[arg-type]
        elif key not in seen:
            seen.add(key)
            inputs = [id(v) for v in nodes[key].inputs if id(v) in nodes]
            if inputs:
                stack += (key, None, *reversed(inputs))
            else:
                order.append(key)
    return order


def _is_circular(nodes: dict[int, _Node], order: Sequence[int]) -> bool:
    places = {key: k for k, key in enumerate(order)}
    return any(
        places.get(id(source), -1) >= places[key]
        for key in order
        for source in nodes[key].inputs
    )


def _write_record(node: _Node) -> str:
    value = node.value
    parts = [escape(node.label)] if node.label else []
    data, grad = read(value, "data"), read(value, "grad")
    if read_inputs(value) is None and data is None:  # a plain number among the inputs
        return escape(_short(value))
    parts.append(f"data {escape(_write_number(data))}")
    if grad is not None:
        parts.append(f"grad {escape(_write_number(grad))}")
    return " | ".join(parts)


def _write_number(number: Any) -> str:
    if isinstance(number, float | int):
        try:
            return f"{number:.4f}"
        except Exception:
            pass
    return _short(number)


def _short(thing: object) -> str:
    """Return a few letters of what is in the place of a number."""
    if isinstance(thing, float | int | str):
        try:
            return str(thing)[:LONGEST]
        except Exception:
            pass
    return f"({type(thing).__name__[:LONGEST]})"


def _describe(root: _Node, nodes: dict[int, _Node], n_values: int) -> str:
    name = root.label or "this value"
    drawn = [node for node in nodes.values() if node.inputs]
    if not drawn:
        return f"The graph of {name} is the value alone: it has no inputs."
    order = _sort(nodes, id(root.value))
    count = f"{n_values:,} values"
    if n_values >= MAX_COUNTED:
        count = f"at least {count}"
    counts = Counter(node.operation or "unnamed" for node in drawn)
    operations = ", ".join(f"{n} × {symbol}" for symbol, n in counts.most_common(6))
    text = f"The graph of {name} has {count}"
    if n_values > len(nodes):
        text += (
            f", too many to draw. These are the {len(nodes)} nearest to the result; "
            f"their operations are {operations}."
        )
    else:
        labels = [n.label for n in nodes.values() if not n.inputs and n.label]
        n_given = len(nodes) - len(drawn)
        given = f" ({', '.join(sorted(labels)[:10])})" if labels else ""
        text += f": {n_given} given{given}, {len(drawn)} computed ({operations})."
    if _is_circular(nodes, order):
        text += (
            " It goes in a circle: a value is among its own inputs. Which _prev holds "
            "the result itself?"
        )
    if any(not node.operation for node in drawn):
        text += " A ? stands where a computed value has no _op."
    return text


def escape(text: str) -> str:
    """Escape the characters that have a meaning in the label of a record."""
    for character in '\\"{}|<>':
        text = text.replace(character, f"\\{character}")
    return "".join(c if c.isprintable() else " " for c in text)
