"""A visitor's own values, compiled: `moongrad.compile` for them, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lab.drawing import read
from lab.operations import TranslationError, is_near
from lab.translate import Translation, make_value, read_number, read_output
from moongrad.engine import Value
from moongrad.optim import Optimizer
from moongrad.wasm.kernel import Kernel
from moongrad.wasm.kernel import compile as compile_ours

N_COMPARED = 3  # rows on which both engines have to agree
Rows = Sequence[Sequence[float]]


def compile(
    fn: Callable[..., Any], params: Sequence[Any], n_inputs: int, backend: str = "auto"
) -> Kernel | FastKernel:
    """
    Return a kernel as `moongrad.compile` does, of anybody's values.

    Those of a visitor need `data`, `grad`, `_prev`, `_op` and `backward()`. Raises
    `TranslationError`, whose message is a sentence for them, for what is missing, or
    where their engine and the compiled one don't agree.
    """
    if all(isinstance(p, Value) for p in params):
        return compile_ours(fn, params, n_inputs, backend=backend)
    return FastKernel(fn, params, n_inputs, backend)


class FastKernel:
    """
    Computes what a visitor's function does, by moongrad's compiler.

    It works on the `data` and `grad` of the visitor's parameters.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        params: Sequence[Any],
        n_inputs: int,
        backend: str = "auto",
    ) -> None:
        self._fn, self._params = fn, list(params)
        self._translation = Translation(fn, self._params, n_inputs)
        self._ours = self._translation.parameters
        self._kernel = compile_ours(
            self._translation.function, self._ours, n_inputs, backend=backend
        )
        self.backend, self.reason = self._kernel.backend, self._kernel.reason
        for k in range(N_COMPARED):
            self._compare([math.sin(2 + 5 * k + 3 * i) for i in range(n_inputs)])

    def forward(self, rows: Rows) -> list[Any]:
        """Return the function's number for each row."""
        self._read_parameters()
        return self._kernel.forward(rows)

    def backward(self, rows: Rows) -> float:
        """Return the mean over rows; adds its gradient to that of each parameter."""
        self._read_parameters()
        mean = self._kernel.backward(rows)
        for theirs, ours in zip(self._params, self._ours, strict=True):
            theirs.grad += ours.grad
        return mean

    def fit(
        self,
        rows: Rows,
        steps: int,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        """Make training steps on all rows and return the loss of each."""
        self._read_parameters()
        losses = self._kernel.fit(rows, steps, optimizer, l2=l2, l1=l1)
        for theirs, ours in zip(self._params, self._ours, strict=True):
            theirs.data, theirs.grad = ours.data, ours.grad
        return losses

    def _read_parameters(self) -> None:
        for theirs, ours in zip(self._params, self._ours, strict=True):
            ours.data, ours.grad = read_number(theirs), 0.0

    # --- is it the same? ---

    def _compare(self, row: Sequence[float]) -> None:
        """Raise where the engines differ on a row; what is the visitor's stays."""
        kind = self._translation.kind
        inputs = [make_value(kind, number) for number in row]
        output = read_output(self._fn(*inputs), kind)
        place = f"For the inputs {', '.join(f'{x:.4g}' for x in row)}"
        theirs, ours = read_number(output), self.forward([row])[0]
        if not is_near(theirs, ours):
            raise TranslationError(
                f"{place} your engine gives {theirs:.6g} and the compiled one "
                f"{ours:.6g}. A function is compiled from the graph of one row, so it "
                f"may not choose by a number (if x.data > 0) or compute with .data."
            )
        if not callable(read(output, "backward")):
            raise TranslationError(
                f"{kind.__name__} has no backward(), so nothing can be trained."
            )
        kept = [read(p, "grad") for p in self._params]
        try:
            for p in self._params:
                p.grad = 0.0
            output.backward()
            self._read_parameters()
            self._kernel.backward([row])
            pairs = zip(self._params, self._ours, strict=True)
            for k, (p, own) in enumerate(pairs):
                if not is_near(read(p, "grad"), own.grad):
                    raise TranslationError(
                        f"{place} your backward() gives parameter {k} the gradient "
                        f"{read(p, 'grad')!r:.12}, and the compiled one gives it "
                        f"{own.grad:.6g}."
                    )
        finally:
            for p, grad in zip(self._params, kept, strict=True):
                p.grad = grad
