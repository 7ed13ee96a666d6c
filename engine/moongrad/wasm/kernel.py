"""
`compile`: a function of values, made into a kernel that runs over many rows.

Two kernels keep the same promises: one runs the function on `Value`s, row by row, the
other runs the WebAssembly that was made from it. Their results have the same bits.
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
        """Return the function's value for each row, or a tuple where it returns one."""

    def backward(self, rows: Rows) -> float:
        """
        Return the mean of the function (of its first value) over the rows.

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

        The loss is the mean over the rows plus the penalties on the parameters, whose
        `data` and `grad` are those after the last step.
        """


def compile(
    fn: Callable[..., Any],
    params: Sequence[Value],
    n_inputs: int,
    backend: str = "auto",
) -> Kernel:
    """
    Return a kernel that computes `fn` and its gradient over many rows.

    * `fn`: takes `n_inputs` values, returns a value or a tuple of values; the first is
      what is differentiated. It is called once, with symbols instead of numbers.
    * `params`: the values to differentiate by; every one must be used.
    * `backend`: `"wasm"`, `"python"`, or `"auto"` for the best there is.

    Raises `TraceError` where `fn` asks a symbol for its number, `TypeError` and
    `ValueError` for unfit arguments, `UnavailableError` where `"wasm"` is asked for and
    nothing here runs it, `TooLargeError` where the program is beyond what engines take.

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
    """As `compile`, for a kind of training; None is for no training at all."""
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
            say_once(f"{error}. Until then moongrad computes in Python.")
    return PythonKernel(fn, params, n_inputs, is_single=len(program.outputs) == 1)


def training_with(
    optimizer: Optimizer, agreement: tuple[int, int] | None = None
) -> Training:
    """Return the kind of training that an optimiser does; see `fit_steps`."""
    return Training(optimizer.rule, len(optimizer.coefficients(0)), agreement)


_said: set[str] = set()


def say_once(text: str) -> None:
    """Warn, the first time that this is to be said."""
    if text not in _said:
        _said.add(text)
        warnings.warn(text, stacklevel=3)


class PythonKernel:
    """The function itself, on `Value`s."""

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
    What the steps of `WasmKernel.fit_steps` saw.

    * `losses`, `n_right`: of each step, one that ended them with its loss included.
    * `n_done`: how many steps updated the parameters.
    * `before`: the parameters before the last update.
    * `error`: why a row failed, or None.
    """

    losses: list[float]
    n_right: list[float]
    n_done: int
    before: list[float]
    error: Exception | None


class WasmKernel:
    """
    The function as WebAssembly. `module` holds the bytes, `program` the listing.

    It begins with the machine for `training`, or for `forward` only; the others are
    made when they are first needed.
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
        self._start(training)  # what cannot run is said now, not at the first row

    @property
    def module(self) -> bytes:
        """The bytes of the largest module so far, which is the one that trains."""
        return max((module for module, _ in self._machines.values()), key=len)

    @property
    def memory_size(self) -> int:
        """The bytes of WebAssembly memory of all modules so far."""
        return sum(machine.memory_size for _, machine in self._machines.values())

    def forward(self, rows: Rows) -> list[Any]:
        machine = self._start(None)
        columns = self._compute(machine, "forward", rows, ())
        if len(columns) == 1:
            return list(columns[0])
        return list(zip(*columns, strict=True))

    def backward(self, rows: Rows) -> float:
        machine = self._start(Training(rule=(), n_coefficients=0))
        self._write(machine, "G", [p.grad for p in self._params])
        weight = 1.0 / len(rows) if len(rows) else 0.0
        columns = self._compute(machine, "backward", rows, (weight,))
        self._read_into(machine, "G", "grad")
        total = 0.0
        for loss in columns[0]:  # not sum(), which Python 3.12 compensates
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
        agreement: tuple[int, int] | None = None,
        bearable: float | None = None,
    ) -> Steps:
        """
        Make training steps and return what each saw.

        * `first_step`: what the optimiser's schedule counts from.
        * `batches`: the numbers of the rows of each step, all equally many.
        * `agreement`: `(output, input)`; counts the rows where both have the same sign.
        * `bearable`: a larger loss (or NaN) ends the steps, and puts the parameters
          back to those of the step before; None bears everything.
        """
        if steps < 0:
            raise ValueError(f"fit needs steps >= 0, got steps={steps}")
        table = _pack_rows(rows, self.program.n_inputs)
        coefficients = array("d")
        for k in range(steps):
            coefficients.extend(optimizer.coefficients(first_step + k))
        machine = self._start(training_with(optimizer, agreement))
        n_batch = len(batches[0]) if batches else len(rows)
        order = array("i", [row for batch in batches or () for row in batch])

        place = _Places(self._layout.end)
        at_rows = place.take(8 * len(table))
        at_outputs = place.take(16 * len(self.program.outputs) * (n_batch // 2 + 1))
        at_coefficients = place.take(8 * len(coefficients))
        at_losses, at_right = place.take(8 * steps), place.take(8 * steps)
        at_batches = place.take(4 * len(order)) if batches else 0
        at_gathered = place.take(self._rows_size * (n_batch // 2 + 1))
        machine.reserve(place.end)
        machine.write(at_rows, table)
        machine.write(at_coefficients, coefficients)
        if batches:
            machine.write(at_batches, order)
        for name, numbers in self._state(optimizer):
            self._write(machine, name, numbers)
        self._write(machine, "P", [p.data for p in self._params])
        machine.write(0, array("i", [0]))

        limit = math.nan if bearable is None else bearable
        done = machine.call(
            "fit",
            *(at_rows, at_outputs, len(rows), n_batch, steps, at_coefficients),
            *(at_losses, at_right, at_batches, at_gathered),
            *(l2, l1, limit),
        )
        return self._conclude(
            machine,
            done,
            steps,
            at_losses,
            at_right,
            rows,
            batches,
            optimizer,
        )

    def _conclude(
        self,
        machine: Machine,
        done: int,
        steps: int,
        at_losses: int,
        at_right: int,
        rows: Rows,
        batches: Sequence[Sequence[int]] | None,
        optimizer: Optimizer,
    ) -> Steps:
        """Bring back what the steps left, after success and after failure."""
        failed = done < steps and array("i", machine.read(0, 1).tobytes())[0]
        is_unbearable = done < steps and not failed
        before = machine.read(self._layout.address("B"), len(self._params)).tolist()
        # B is of this call's last update; without one, the parameters are untouched.
        if is_unbearable and done > 0:
            self._read_into(machine, "B", "data")
        elif done > 0:
            self._read_into(machine, "P", "data")
            self._read_into(machine, "G", "grad")
        for name, numbers in self._state(optimizer):
            address = self._layout.address(name)
            numbers[:] = machine.read(address, len(numbers)).tolist()
        error = None
        if failed:
            chosen = batches[done] if batches else range(len(rows))
            error = self._find_error(rows, chosen, failed, is_backward=True)
        n_seen = done + is_unbearable
        return Steps(
            machine.read(at_losses, n_seen).tolist(),
            machine.read(at_right, n_seen).tolist(),
            done,
            before,
            error,
        )

    def _state(self, optimizer: Optimizer) -> list[tuple[str, list[float]]]:
        """Return what the optimiser keeps and its rule uses, by the array's name."""
        targets = {target for target, _ in optimizer.rule}
        kept = []
        for name, numbers in zip("st", optimizer.state, strict=True):
            if name in targets:
                numbers.extend([0.0] * (len(self._params) - len(numbers)))
                kept.append((name.upper(), numbers))
        return kept

    def _start(self, training: Training | None) -> Machine:
        """Return the machine for forward only, or for one kind of training."""
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
        """Run over the rows and return the outputs, an array for each."""
        table = _pack_rows(rows, self.program.n_inputs)
        n, n_outputs = len(rows), len(self.program.outputs)
        place = _Places(self._layout.end)
        at_rows = place.take(8 * len(table))
        n_pairs = n // 2 + n % 2
        at_outputs = place.take(16 * n_outputs * n_pairs)
        machine.reserve(place.end)
        machine.write(at_rows, table)
        self._write(machine, "P", [p.data for p in self._params])
        failed = machine.call(name, at_rows, at_outputs, n, *arguments)
        if failed:
            is_backward = name == "backward"
            raise self._find_error(rows, range(n), failed, is_backward=is_backward)
        outputs = machine.read(at_outputs, 2 * n_outputs * n_pairs)
        return [_unpack(outputs, k, n_outputs, n) for k in range(n_outputs)]

    def _find_error(
        self, rows: Rows, chosen: Iterable[int], failed: int, *, is_backward: bool
    ) -> Exception:
        """Return what the engine would have raised, naming the first row that fails."""
        parameters = [p.data for p in self._params]
        numbers = list(chosen)
        for compute in (self.program.run, self.program.gradient)[: 1 + is_backward]:
            for k in numbers:
                try:
                    compute([float(x) for x in rows[k]], parameters)
                except (ArithmeticError, ValueError) as error:
                    return type(error)(f"{error}, in row {k}: {list(rows[k])}")
        symbol = self.program.instructions[failed - 1].operation.symbol
        return ArithmeticError(
            f"{symbol} has no result where rounding puts its operand: compiled, exp, "
            f"log and powers differ in the last digits. Use backend='python'."
        )

    def _write(self, machine: Machine, name: str, numbers: Sequence[float]) -> None:
        machine.write(self._layout.address(name), array("d", numbers))

    def _read_into(self, machine: Machine, name: str, field: str) -> None:
        numbers = machine.read(self._layout.address(name), len(self._params))
        for parameter, number in zip(self._params, numbers, strict=True):
            setattr(parameter, field, number)


class _Places:
    """Hands out memory, aligned to 16 bytes."""

    def __init__(self, start: int) -> None:
        self.end = start

    def take(self, n_bytes: int) -> int:
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
        place, bad = next(
            (k, x)
            for k, row in enumerate(rows)
            for x in row
            if not hasattr(x, "__float__")
        )
        raise TypeError(f"a kernel needs numbers, got {bad!r} in row {place}") from None
    table = array("d", bytes(16 * (len(rows) // 2 + len(rows) % 2) * n_inputs))
    high_end = 2 * n_inputs * (len(rows) // 2)
    for k in range(n_inputs):
        table[2 * k :: 2 * n_inputs] = flat[k :: 2 * n_inputs]
        table[2 * k + 1 : high_end : 2 * n_inputs] = flat[n_inputs + k :: 2 * n_inputs]
    return table


def _unpack(outputs: array[float], k: int, n_outputs: int, n: int) -> array[float]:
    """Return one output of every row."""
    column = array("d", bytes(8 * n))
    column[0::2] = outputs[2 * k :: 2 * n_outputs]
    n_high = n // 2
    high = outputs[2 * k + 1 : 2 * n_outputs * n_high : 2 * n_outputs]
    column[1::2] = high
    return column
