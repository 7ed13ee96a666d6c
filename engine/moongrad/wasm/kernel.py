"""
`compile`: a function of values, made into a kernel that runs over many rows.

There are two kernels with the same interface: `PythonKernel` runs the function on
`Value`s, row by row; `WasmKernel` runs the WebAssembly that was made from it. Their
results have the same bits for + - * / and relu.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, SupportsIndex

from moongrad.engine import Value
from moongrad.optim import Optimizer
from moongrad.wasm.fit import Training
from moongrad.wasm.python_kernel import PythonKernel
from moongrad.wasm.rows import Rows
from moongrad.wasm.trace import check_arguments, trace_checked
from moongrad.wasm.wasm_kernel import WasmKernel

BACKENDS = ("auto", "wasm", "python")
Result = float | tuple[float, ...]


class Kernel(Protocol):
    """What `compile` returns; `reason` says why it computes in Python, if it has to."""

    backend: str
    reason: str

    def forward(self, rows: Rows) -> list[Any]:
        """Return the function's result for each row: a number, or a tuple of them."""

    def backward(self, rows: Rows) -> float:
        """
        Return the mean of the function's first value over the rows.

        Adds d mean / d p to `p.grad` for each parameter.
        """

    def fit(
        self,
        rows: Rows,
        steps: SupportsIndex,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        """
        Make training steps on all rows and return the loss of each.

        The loss is the mean over the rows plus the penalties on the parameters. The
        `data` and `grad` of the parameters are then those of the last step. Called
        again with the same optimiser, it goes on where it stopped: 5 steps and 5 more
        are 10. Another optimiser starts anew.
        """


def compile(
    fn: Callable[..., Any],
    params: Sequence[Value],
    n_inputs: int,
    backend: str = "auto",
) -> Kernel:
    """
    Return a kernel that computes `fn` and its gradient over many rows.

    * `fn`: takes `n_inputs` values, returns a value or a tuple of values, of which the
      first is differentiated. To compile it, it is called once, with symbols instead of
      numbers.
    * `params`: the values to differentiate by; `fn` must use each of them.
    * `backend`: `"wasm"`, `"python"`, or `"auto"` for the faster one that works here.
      Where that is Python, a warning and `reason` of the kernel say why.

    Raises `TypeError` and `ValueError` for bad arguments. With `"wasm"`, raises
    `TraceError` if `fn` reads the number of a symbol, `NoCodeError` for an operation
    without code, `UnavailableError` if nothing here runs WebAssembly, and
    `TooLargeError` if the program is too large for it.

    >>> w = Value(3.0)
    >>> kernel = compile(lambda x: w * x, [w], 1, backend="python")
    >>> kernel.forward([[1.0], [2.0]])
    [3.0, 6.0]
    >>> kernel.backward([[1.0], [2.0]]), w.grad
    (4.5, 1.5)
    """
    kernel = compile_for(None, fn, params, n_inputs, backend)
    if kernel.reason:
        warnings.warn(f"This runs in Python: {kernel.reason}", stacklevel=2)
    return kernel


def compile_for(
    training: Training | None,
    fn: Callable[..., Any],
    params: Sequence[Value],
    n_inputs: int,
    backend: str,
) -> Kernel:
    """As `compile`, prepared for a kind of training; None prepares `forward` only."""
    if backend not in BACKENDS:
        raise ValueError(
            f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}"
        )
    check_arguments(params, n_inputs)
    if backend == "python":
        return PythonKernel(fn, params, n_inputs)
    try:
        with _without_collection():
            program = trace_checked(fn, params, n_inputs)
            return WasmKernel(program, params, training)
    except Exception as error:  # the function may do anything with symbols
        if backend == "wasm":
            raise
        return PythonKernel(fn, params, n_inputs, reason=str(error))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector away: what tracing makes is all in use."""
    switch_back = gc.enable if gc.isenabled() else gc.disable
    gc.disable()
    try:
        yield
    finally:
        switch_back()
