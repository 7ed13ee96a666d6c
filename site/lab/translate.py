"""
A function of a visitor's own values, translated into moongrad's.

The function is called once. The graph it leaves, read by `_prev` and `_op`, is built
again of `moongrad.Value`s: that is a function that `moongrad.compile` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lab.drawing import read, read_inputs
from lab.operations import OrderError, Step, TranslationError, find_step
from moongrad.engine import Value

MAX_VALUES = 500_000  # of a graph
PROBES = (0.25, -0.4, 1.1)  # where the function is called, until its graph is clear


class Translation:
    """
    * `fn`: takes `n_inputs` of the visitor's values and returns one. `params`: the
      values to be trained.

    `function` is the same of our values, with `parameters`, ours, in place of theirs.
    Raises `TranslationError` for what the graph lacks.
    """

    def __init__(
        self, fn: Callable[..., Any], params: Sequence[Any], n_inputs: int
    ) -> None:
        if not params:
            raise TranslationError(
                "There are no parameters to train. What does parameters() return?"
            )
        self.kind = type(params[0])
        self.parameters = [Value(read_number(p)) for p in params]
        for probe in PROBES:
            row = [probe + k / 3 for k in range(n_inputs)]
            inputs = [make_value(self.kind, number) for number in row]
            try:
                self._read_graph(read_output(fn(*inputs), self.kind), inputs, params)
            except OrderError:  # two inputs have the same number, by chance
                if probe == PROBES[-1]:
                    raise
            else:
                return

    def _read_graph(
        self, root: Any, inputs: Sequence[Any], params: Sequence[Any]
    ) -> None:
        order = _sort(root)
        places = {id(value): k for k, value in enumerate(order)}
        leaves = {id(value): ("input", k) for k, value in enumerate(inputs)}
        leaves |= {id(value): ("parameter", k) for k, value in enumerate(params)}
        unused = [k for k, value in enumerate(params) if id(value) not in places]
        if unused:
            raise TranslationError(
                f"Parameter {unused[0]} of {len(params)} isn’t used by the function, "
                f"so it can’t be trained. Does parameters() return the very values "
                f"that the network computes with?"
            )
        self._values: list[Step | tuple[str, int] | float] = []
        numbers: list[float] = []
        for value in order:
            numbers.append(read_number(value))
            sources = read_inputs(value)
            if id(value) in leaves:
                self._values.append(leaves[id(value)])
            elif not sources:
                self._values.append(numbers[-1])
            else:
                at = tuple(places[id(source)] for source in sources)
                is_ordered = isinstance(value._prev, tuple | list)
                step = find_step(value, numbers[-1], at, numbers, is_ordered)
                self._values.append(step)

    def function(self, *inputs: Value) -> Value:
        """Compute with our values what the visitor's function did with theirs."""
        leaves = {"input": inputs, "parameter": self.parameters}
        values: list[Any] = []
        for entry in self._values:
            if isinstance(entry, Step):
                values.append(entry.rule(*(values[k] for k in entry.inputs)))
            elif isinstance(entry, tuple):
                values.append(leaves[entry[0]][entry[1]])
            else:
                values.append(Value(entry))
        result: Value = values[-1]
        return result


def make_value(kind: Any, number: float) -> Any:
    """Return a visitor's value of a number."""
    try:
        return kind(number)
    except TypeError as error:
        raise TranslationError(
            f"{kind.__name__} can’t be made of a number alone: {error}."
        ) from None


def read_output(output: Any, kind: type) -> Any:
    """Return the value that a function returned, which may be in a list."""
    if isinstance(output, list | tuple) and len(output) == 1:
        (output,) = output
    if not isinstance(output, kind):
        raise TranslationError(
            f"The function has to return a {kind.__name__}, and returns a "
            f"{type(output).__name__}."
        )
    return output


def read_number(value: Any) -> float:
    """Return the number of a visitor's value."""
    data = read(value, "data")
    if isinstance(data, bool) or not isinstance(data, float | int):
        kind = type(value).__name__
        lack = "no data" if data is None else f"data of type {type(data).__name__}"
        raise TranslationError(
            f"{kind} has {lack}: without a number there, nothing can be computed."
        )
    return float(data)


def _sort(root: Any) -> list[Any]:
    """Return the graph's values, each after its inputs; raises for a circle."""
    order: list[Any] = []
    states: dict[int, bool] = {}  # whether a value is in `order`
    stack: list[Any] = [(root, False)]
    while stack:
        value, is_ready = stack.pop()
        if is_ready:
            states[id(value)] = True
            order.append(value)
            continue
        if id(value) in states:
            if not states[id(value)]:
                raise TranslationError(
                    "The graph goes in a circle: a value is among its own inputs."
                )
            continue
        sources = read_inputs(value)
        if sources is None:
            raise TranslationError(
                f"{type(value).__name__} has no _prev: without it nothing can know "
                f"which values it was computed from."
            )
        states[id(value)] = False
        stack.append((value, True))
        stack += [(source, False) for source in reversed(sources)]
        if len(states) > MAX_VALUES:
            raise TranslationError(
                f"The graph has more than {MAX_VALUES:,} values, too many to compile. "
                f"Give one row's loss, not that of all rows."
            )
    return order
