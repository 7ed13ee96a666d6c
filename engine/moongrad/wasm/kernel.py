"""
`compile`: a function of values, made into a kernel that runs over many rows.

There are two kernels with the same interface: `PythonKernel` runs the function on
`Value`s, row by row; `WasmKernel` runs the WebAssembly that was made from it. Their
results have the same bits for + - * / and relu.
"""

from __future__ import annotations

import math
import warnings
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol

from moongrad.engine import Value
from moongrad.loss import penalised_mean, sum_values
from moongrad.optim import Optimizer
from moongrad.wasm.emit import (
    Layout,
    TooLargeError,
    Training,
    emit_forward,
    emit_training,
)
from moongrad.wasm.program import Program
from moongrad.wasm.runtime import Machine, UnavailableError, start
from moongrad.wasm.trace import trace

BACKENDS = ("auto", "wasm", "python")
Rows = Sequence[Sequence[float]]
Result = float | tuple[float, ...]


class Kernel(Protocol):
    """What `compile` returns."""

    backend: str

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
        steps: int,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        """
        Make training steps on all rows and return the loss of each.

        The loss is the mean over the rows plus the penalties on the parameters. The
        `data` and `grad` of the parameters are then those of the last step.
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
      first is differentiated. It is called once, with symbols instead of numbers.
    * `params`: the values to differentiate by; `fn` must use each of them.
    * `backend`: `"wasm"`, `"python"`, or `"auto"` for the faster one that works here.

    Raises `TraceError` if `fn` reads the number of a symbol, `TypeError` and
    `ValueError` for bad arguments. With `"wasm"`, raises `UnavailableError` if nothing
    here runs WebAssembly, and `TooLargeError` if the program is too large for it.

    >>> w = Value(3.0)
    >>> kernel = compile(lambda x: w * x, [w], 1, backend="python")
    >>> kernel.forward([[1.0], [2.0]])
    [3.0, 6.0]
    >>> kernel.backward([[1.0], [2.0]]), w.grad
    (4.5, 1.5)
    """
    return compile_for(None, fn, params, n_inputs, backend)


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
    program = trace(fn, params, n_inputs)
    if backend != "python":
        try:
            return WasmKernel(program, params, training)
        except (UnavailableError, TooLargeError) as error:
            if backend == "wasm":
                raise
            warn_once(f"{error}. Until then moongrad computes in Python.")
    return PythonKernel(fn, params, n_inputs, is_single=len(program.outputs) == 1)


def training_for(
    optimizer: Optimizer, sign_match: tuple[int, int] | None = None
) -> Training:
    """Return the kind of training that an optimiser does; see `fit_steps`."""
    return Training(optimizer.rule, len(optimizer.coefficients(0)), sign_match)


_warned: set[str] = set()


def warn_once(text: str) -> None:
    """Warn, unless there was the same warning before."""
    if text not in _warned:
        _warned.add(text)
        warnings.warn(text, stacklevel=3)


class PythonKernel:
    """Runs the function itself on `Value`s."""

    backend = "python"

    def __init__(
        self,
        fn: Callable[..., Any],
        params: Sequence[Value],
        n_inputs: int,
        *,
        is_single: bool,
    ) -> None:
        self._fn = fn
        self._params = params
        self._n_inputs = n_inputs
        self._is_single = is_single

    def forward(self, rows: Rows) -> list[Any]:
        _check_rows(rows, self._n_inputs)
        results = [
            tuple(value.data for value in outputs) for outputs in self._run(rows)
        ]
        return [result[0] for result in results] if self._is_single else list(results)

    def backward(self, rows: Rows) -> float:
        _check_rows(rows, self._n_inputs)
        losses = [outputs[0] for outputs in self._run(rows)]
        mean = sum_values(losses) * (1.0 / len(losses))
        mean.backward()
        return mean.data

    def fit(
        self,
        rows: Rows,
        steps: int,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        _check_rows(rows, self._n_inputs)
        losses = []
        for step in range(steps):
            firsts = [outputs[0] for outputs in self._run(rows)]
            total = penalised_mean(firsts, self._params, l2=l2, l1=l1)
            for parameter in self._params:
                parameter.grad = 0.0
            total.backward()
            optimizer.update(self._params, step)
            losses.append(total.data)
        return losses

    def _run(self, rows: Rows) -> list[Sequence[Value]]:
        results = [self._fn(*map(Value, row)) for row in rows]
        if self._is_single:
            return [r if isinstance(r, tuple | list) else (r,) for r in results]
        return results


class Steps(NamedTuple):
    """
    The result of `WasmKernel.fit_steps`.

    * `losses`, `n_correct`: of each step, including one that stopped because of its
      loss.
    * `n_done`: the number of steps that updated the parameters.
    * `previous_parameters`: the parameters before the last update.
    * `error`: why a row failed, or None.
    """

    losses: list[float]
    n_correct: list[float]
    n_done: int
    previous_parameters: list[float]
    error: Exception | None


class WasmKernel:
    """
    Runs the function as WebAssembly. `module` is the bytes, `program` the listing.

    The constructor makes the module for `training`, or for `forward` only. Others are
    made when they are first used.
    """

    backend = "wasm"

    def __init__(
        self, program: Program, params: Sequence[Value], training: Training | None
    ) -> None:
        self.program = program
        self._params = params
        self._layout = Layout(len(params), len(program.instructions))
        self._machines: dict[Training | None, tuple[bytes, Machine]] = {}
        self._rows_size = 16 * program.n_inputs
        self._machine_for(training)  # raises now if it cannot run

    @property
    def module(self) -> bytes:
        """The bytes of the largest module so far; one that trains is the largest."""
        return max((module for module, _ in self._machines.values()), key=len)

    @property
    def memory_size(self) -> int:
        """The bytes of WebAssembly memory of all modules so far."""
        return sum(machine.memory_size for _, machine in self._machines.values())

    def forward(self, rows: Rows) -> list[Any]:
        machine = self._machine_for(None)
        columns = self._compute(machine, "forward", rows, ())
        if len(columns) == 1:
            return list(columns[0])
        return list(zip(*columns, strict=True))

    def backward(self, rows: Rows) -> float:
        machine = self._machine_for(Training(rule=(), n_coefficients=0))
        self._write(machine, "G", [p.grad for p in self._params])
        weight = 1.0 / len(rows) if len(rows) else 0.0
        columns = self._compute(machine, "backward", rows, (weight,))
        self._read_into(machine, "G", "grad")
        total = 0.0
        for loss in columns[0]:  # sum() rounds differently since Python 3.12
            total += loss
        return total * weight

    def fit(
        self,
        rows: Rows,
        steps: int,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        done = self.fit_steps(rows, steps, optimizer, l2=l2, l1=l1)
        if done.error is not None:
            raise done.error
        return done.losses

    def fit_steps(
        self,
        rows: Rows,
        steps: int,
        optimizer: Optimizer,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        first_step: int = 0,
        batches: Sequence[Sequence[int]] | None = None,
        sign_match: tuple[int, int] | None = None,
        max_loss: float | None = None,
    ) -> Steps:
        """
        Make training steps and return what each measured.

        * `first_step`: the number of the first step, for the optimiser's schedule.
        * `batches`: the row numbers of each step; all steps have equally many.
        * `sign_match`: `(output, input)`; count the rows in which both have the same
          sign.
        * `max_loss`: a larger loss, or NaN, stops training and restores the parameters
          of the step before. None means no limit.
        """
        if steps < 0:
            raise ValueError(f"fit needs steps >= 0, got steps={steps}")
        table = _pack_rows(rows, self.program.n_inputs)
        coefficients = array("d")
        for k in range(steps):
            coefficients.extend(optimizer.coefficients(first_step + k))
        machine = self._machine_for(training_for(optimizer, sign_match))
        n_batch = len(batches[0]) if batches else len(rows)
        order = array("i", [row for batch in batches or () for row in batch])

        allocator = _Allocator(self._layout.end)
        rows_address = allocator.allocate(8 * len(table))
        outputs_address = allocator.allocate(
            16 * len(self.program.outputs) * (n_batch // 2 + 1)
        )
        coefficients_address = allocator.allocate(8 * len(coefficients))
        losses_address = allocator.allocate(8 * steps)
        correct_address = allocator.allocate(8 * steps)
        batches_address = allocator.allocate(4 * len(order)) if batches else 0
        gathered_address = allocator.allocate(self._rows_size * (n_batch // 2 + 1))
        machine.reserve(allocator.end)
        machine.write(rows_address, table)
        machine.write(coefficients_address, coefficients)
        if batches:
            machine.write(batches_address, order)
        for name, numbers in self._optimizer_state(optimizer):
            self._write(machine, name, numbers)
        self._write(machine, "P", [p.data for p in self._params])
        machine.write(0, array("i", [0]))

        limit = math.nan if max_loss is None else max_loss
        n_done = machine.call(
            "fit",
            rows_address,
            outputs_address,
            len(rows),
            n_batch,
            steps,
            coefficients_address,
            losses_address,
            correct_address,
            batches_address,
            gathered_address,
            l2,
            l1,
            limit,
        )
        return self._read_steps(
            machine,
            n_done,
            steps,
            losses_address,
            correct_address,
            rows,
            batches,
            optimizer,
        )

    def _read_steps(
        self,
        machine: Machine,
        n_done: int,
        steps: int,
        losses_address: int,
        correct_address: int,
        rows: Rows,
        batches: Sequence[Sequence[int]] | None,
        optimizer: Optimizer,
    ) -> Steps:
        """Read back the results of `fit`, after success and after failure."""
        status = n_done < steps and array("i", machine.read(0, 1).tobytes())[0]
        is_divergent = n_done < steps and not status
        previous = machine.read(self._layout.address("B"), len(self._params)).tolist()
        # B is from the last update of this call. Without one, the parameters are as
        # they were.
        if is_divergent and n_done > 0:
            self._read_into(machine, "B", "data")
        elif n_done > 0:
            self._read_into(machine, "P", "data")
            self._read_into(machine, "G", "grad")
        for name, numbers in self._optimizer_state(optimizer):
            address = self._layout.address(name)
            numbers[:] = machine.read(address, len(numbers)).tolist()
        error = None
        if status:
            batch = batches[n_done] if batches else range(len(rows))
            error = self._find_error(rows, batch, status, is_backward=True)
        n_losses = n_done + is_divergent
        return Steps(
            machine.read(losses_address, n_losses).tolist(),
            machine.read(correct_address, n_losses).tolist(),
            n_done,
            previous,
            error,
        )

    def _optimizer_state(self, optimizer: Optimizer) -> list[tuple[str, list[float]]]:
        """Return the state that the optimiser's rule uses, by name of the array."""
        targets = {target for target, _ in optimizer.rule}
        state = []
        for name, numbers in zip("st", optimizer.state, strict=True):
            if name in targets:
                numbers.extend([0.0] * (len(self._params) - len(numbers)))
                state.append((name.upper(), numbers))
        return state

    def _machine_for(self, training: Training | None) -> Machine:
        """Return the machine for a kind of training, or for `forward` only."""
        if training not in self._machines:
            if training is None:
                module = emit_forward(self.program)
            else:
                module = emit_training(self.program, training)
            self._machines[training] = (module, start(module))
        return self._machines[training][1]

    def _compute(
        self, machine: Machine, name: str, rows: Rows, arguments: tuple[float, ...]
    ) -> list[array[float]]:
        """Run a function over the rows; return an array for each output."""
        table = _pack_rows(rows, self.program.n_inputs)
        n, n_outputs = len(rows), len(self.program.outputs)
        allocator = _Allocator(self._layout.end)
        rows_address = allocator.allocate(8 * len(table))
        n_pairs = n // 2 + n % 2
        outputs_address = allocator.allocate(16 * n_outputs * n_pairs)
        machine.reserve(allocator.end)
        machine.write(rows_address, table)
        self._write(machine, "P", [p.data for p in self._params])
        status = machine.call(name, rows_address, outputs_address, n, *arguments)
        if status:
            is_backward = name == "backward"
            raise self._find_error(rows, range(n), status, is_backward=is_backward)
        outputs = machine.read(outputs_address, 2 * n_outputs * n_pairs)
        return [_unpack(outputs, k, n_outputs, n) for k in range(n_outputs)]

    def _find_error(
        self, rows: Rows, batch: Iterable[int], status: int, *, is_backward: bool
    ) -> Exception:
        """Return the error that the engine would raise, with the row that failed."""
        parameters = [p.data for p in self._params]
        row_numbers = list(batch)
        for compute in (self.program.run, self.program.gradient)[: 1 + is_backward]:
            for k in row_numbers:
                try:
                    compute([float(x) for x in rows[k]], parameters)
                except (ArithmeticError, ValueError) as error:
                    return type(error)(f"{error}, in row {k}: {list(rows[k])}")
        symbol = self.program.instructions[status - 1].operation.symbol
        return ArithmeticError(
            f"{symbol} failed because of rounding: compiled exp, log and powers differ "
            f"from Python's in the last digits. Use backend='python'."
        )

    def _write(self, machine: Machine, name: str, numbers: Sequence[float]) -> None:
        machine.write(self._layout.address(name), array("d", numbers))

    def _read_into(self, machine: Machine, name: str, field: str) -> None:
        numbers = machine.read(self._layout.address(name), len(self._params))
        for parameter, number in zip(self._params, numbers, strict=True):
            setattr(parameter, field, number)


class _Allocator:
    """Allocates memory from an address on, aligned to 16 bytes."""

    def __init__(self, start: int) -> None:
        self.end = start

    def allocate(self, n_bytes: int) -> int:
        """Return the address of `n_bytes` bytes."""
        address = self.end
        self.end += -(-n_bytes // 16) * 16
        return address


def _check_rows(rows: Rows, n_inputs: int) -> None:
    if len(rows) == 0:
        raise ValueError("a kernel needs at least one row, got none")
    for k, row in enumerate(rows):
        if len(row) != n_inputs:
            plural = "" if n_inputs == 1 else "s"
            raise ValueError(
                f"a kernel of {n_inputs} input{plural} got {len(row)} in row {k}"
            )


def _pack_rows(rows: Rows, n_inputs: int) -> array[float]:
    """Return the rows in pairs: input 0 of both, input 1 of both, and so on."""
    _check_rows(rows, n_inputs)
    try:
        flat = array("d", chain.from_iterable(rows))
    except TypeError:
        row_number, bad = next(
            (k, x)
            for k, row in enumerate(rows)
            for x in row
            if not hasattr(x, "__float__")
        )
        raise TypeError(
            f"a kernel needs numbers, got {bad!r} in row {row_number}"
        ) from None
    table = array("d", bytes(16 * (len(rows) // 2 + len(rows) % 2) * n_inputs))
    high_end = 2 * n_inputs * (len(rows) // 2)
    for k in range(n_inputs):
        table[2 * k :: 2 * n_inputs] = flat[k :: 2 * n_inputs]
        table[2 * k + 1 : high_end : 2 * n_inputs] = flat[n_inputs + k :: 2 * n_inputs]
    return table


def _unpack(outputs: array[float], k: int, n_outputs: int, n: int) -> array[float]:
    """Return one output for all rows."""
    column = array("d", bytes(8 * n))
    column[0::2] = outputs[2 * k :: 2 * n_outputs]
    n_high = n // 2
    high = outputs[2 * k + 1 : 2 * n_outputs * n_high : 2 * n_outputs]
    column[1::2] = high
    return column
