"""A kernel that computes in Python, on `Value`s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

from moongrad.engine import Value
from moongrad.loss import penalised_mean, sum_values
from moongrad.optim import Optimizer
from moongrad.wasm.rows import Rows, check_rows
from moongrad.wasm.steps import OwnSteps, check_steps
from moongrad.wasm.trace import as_outputs


class PythonKernel:
    """Runs the function itself on `Value`s."""

    backend = "python"

    def __init__(
        self,
        fn: Callable[..., Any],
        params: Sequence[Value],
        n_inputs: int,
        reason: str = "",
    ) -> None:
        self.reason = reason
        self._fn = fn
        self._params = tuple(params)
        self._n_inputs = n_inputs
        self._own_steps = OwnSteps(len(params))

    def forward(self, rows: Rows) -> list[Any]:
        results = [
            tuple(value.data for value in outputs) for outputs in self._run(rows)
        ]
        return [result[0] if len(result) == 1 else result for result in results]

    def backward(self, rows: Rows) -> float:
        losses = [outputs[0] for outputs in self._run(rows)]
        mean = sum_values(losses) * (1.0 / len(losses))
        mean.backward()
        return mean.data

    def fit(
        self,
        rows: Rows,
        steps: SupportsIndex,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        steps = check_steps(steps)
        progress = self._own_steps.resume(optimizer)
        losses = []
        for _ in range(steps):
            firsts = [outputs[0] for outputs in self._run(rows)]
            total = penalised_mean(firsts, self._params, l2=l2, l1=l1)
            for parameter in self._params:
                parameter.grad = 0.0
            total.backward()
            optimizer.update(self._params, progress.n_done, progress.state)
            progress.n_done += 1
            losses.append(total.data)
        return losses

    def _run(self, rows: Rows) -> list[Sequence[Value]]:
        check_rows(rows, self._n_inputs)
        return [as_outputs(self._fn(*map(Value, row))) for row in rows]
