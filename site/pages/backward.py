"""Backward passes that are walked through step by step: what Graph and Neuron share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from moongrad import Value
from moongrad.engine import topological_order
from moongrad.graph import BackwardStep, backward_steps, name_of, nudge, to_dot
from stage.demo import Demo, show, show_twice

DIGITS = 4  # decimals in the diagram
NUDGE = 0.0001  # by which a gradient is checked


class Gradient(NamedTuple):
    """What one step of the backward pass gave to one value, as it is shown."""

    step: int
    value: str
    rule: str  # incoming times local
    gradient: str


class BackwardDemo(Demo):
    """The graph of one result; each step takes the chain rule along one edge."""

    pace = 0.9  # each step is to be read

    def __init__(
        self, root: Value, *, accumulate: bool = True, wait: bool = True
    ) -> None:
        super().__init__()
        self.root = root
        self.order = topological_order(root)
        self._steps = backward_steps(root, accumulate=accumulate, wait=wait)
        self.length = len(self._steps) + 1  # the first one gives the result its 1
        factors = {(step.node, step.position): step.local for step in self._steps}
        final = self._gradients(self.length)
        for value in self.order:
            value.grad = final[value]
        self._dot = to_dot(root, digits=DIGITS, local_derivatives=factors)
        self._ids = {value: f"n{k}" for k, value in enumerate(self.order)}

    def step(self) -> Gradient:
        """Take the next edge."""
        k = len(self.records)
        if k == 0:
            record = Gradient(0, name_of(self.root), "1", "1")
        else:
            step = self._steps[k - 1]
            rule = f"{show(step.incoming)} × {show(step.local)}"
            record = Gradient(k, name_of(step.input), rule, show(step.grad))
        self.records.append(record)
        return record

    def back(self) -> None:
        """Take the last step back."""
        self.records.pop()

    def _gradients(self, n_steps: int) -> dict[Value, float]:
        """Return the gradients that there are after some steps."""
        grads = {self.root: 1.0} if n_steps else {}
        for step in self._steps[: max(n_steps - 1, 0)]:
            grads[step.input] = step.grad
        return grads

    def gradients(self) -> dict[Value, float]:
        """Return the gradients that the steps made so far have given."""
        return self._gradients(len(self.records))

    def sentence(self) -> str:
        """Return the chain rule of the last step, in words and numbers."""
        n = len(self.records)
        name = name_of(self.root)
        if n == 0:
            return (
                f"Going forwards, {name} is {show(self.root.data)}. Now go backwards."
            )
        if n == 1:
            return f"{name} changes exactly as much as itself: its gradient is 1."
        return self._steps[n - 2].sentence.replace(" -", " −")

    def outputs(self) -> dict[str, str]:
        texts = super().outputs()
        result = f"{name_of(self.root)} = {show(self.root.data)}"
        return texts | {"result": result, "sentence": self.sentence()}

    def tables(self) -> dict[str, list[list[str]]]:
        """Every value with a name: its gradient, and the same by nudging."""
        grads = self.gradients()
        rows = []
        for value in self.order:
            if not value.label:
                continue
            grad = show_twice(grads[value]) if value in grads else "–"
            data = show_twice(value.data)
            rows.append([value.label, data, grad, _check(self.root, value)])
        return {"gradients": rows}

    def summary(self) -> str:
        return "Now every value has its gradient."

    def diagram(self, name: str) -> str:
        return self._dot

    def marks(self, name: str) -> Mapping[str, object]:
        grads = self.gradients()
        texts = {
            self._ids[value]: [
                *([value.label] if value.label else []),
                f"data {value.data:.{DIGITS}f}",
                f"grad {grads.get(value, 0.0):.{DIGITS}f}",
            ]
            for value in self.order
        }
        active, edge = [], None
        n = len(self.records)
        if n == 1:
            active = [self._ids[self.root]]
        elif n > 1:
            active, edge = self._active(self._steps[n - 2])
        known = [self._ids[value] for value in grads]
        words = ", ".join(
            f"{name_of(value)} {show(grads[value])}"
            for value in reversed(self.order)
            if value in grads
        )
        label = (
            f"Expression graph of {len(self.order)} values; {name_of(self.root)} is "
            f"{show(self.root.data)}. "
            + (f"Gradients so far: {words}." if words else "No gradients yet.")
        )
        return {
            "texts": texts,
            "active": active,
            "known": known,
            "edge": edge,
            "label": label,
        }

    def _active(self, step: BackwardStep) -> tuple[list[str], tuple[str, str, int]]:
        """Return the nodes and the edge of a step by their names in the diagram."""
        source, target = self._ids[step.input], self._ids[step.node]
        operation = target.replace("n", "o", 1)
        earlier = step.node._prev[: step.position]
        turn = sum(value is step.input for value in earlier)
        return [source, operation, target], (source, operation, turn)


def _check(root: Value, value: Value) -> str:
    """Return a gradient by nudging."""
    try:
        change = (nudge(root, value, NUDGE) - root.data) / NUDGE
    except (ArithmeticError, ValueError):
        return "–"
    return show_twice(change)
