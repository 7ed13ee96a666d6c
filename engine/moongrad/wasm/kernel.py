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
from typing import Any, NamedTuple, Protocol, SupportsIndex

from moongrad.engine import Value
from moongrad.optim import Optimizer, State
from moongrad.wasm.emit import (
    FIT_ARGUMENTS,
    Layout,
    Training,
    emit_forward,
    emit_training,
)
from moongrad.wasm.program import Program
from moongrad.wasm.python_kernel import PythonKernel
from moongrad.wasm.rows import Rows, list_rows, pack_rows, unpack
from moongrad.wasm.runtime import Machine, start
from moongrad.wasm.steps import OwnSteps, check_steps
from moongrad.wasm.trace import check_arguments, trace

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
        return WasmKernel(trace(fn, params, n_inputs), params, training)
    except Exception as error:  # the function may do anything with symbols
        if backend == "wasm":
            raise
        return PythonKernel(fn, params, n_inputs, reason=str(error))


def training_for(
    optimizer: Optimizer, sign_match: tuple[int, int | None] | None = None
) -> Training:
    """Return the kind of training that an optimiser does; see `fit_steps`."""
    return Training(optimizer.rule, len(optimizer.coefficients(0)), sign_match)


class Steps(NamedTuple):
    """
    The result of `WasmKernel.fit_steps`.

    * `losses`, `n_correct`: of each step, including one that stopped because of its
      loss. `test_losses`, `n_tests_correct`: likewise, where there are test rows.
    * `n_done`: the number of steps that updated the parameters.
    * `previous_parameters`, `previous_state`: those before the last update.
    * `error`: why a row failed, or None.
    """

    losses: list[float]
    n_correct: list[float]
    test_losses: list[float]
    n_tests_correct: list[float]
    n_done: int
    previous_parameters: list[float]
    previous_state: State
    error: Exception | None


class _Run(NamedTuple):
    """One call of `fit`: what it trains on, and where its results go."""

    rows: Rows
    batches: Sequence[Sequence[int]] | None
    test_rows: Rows
    state: State
    optimizer: Optimizer
    addresses: dict[str, int]


class WasmKernel:
    """
    Runs the function as WebAssembly. `module` is the bytes, `program` the listing.

    The constructor makes the module for `training`, or for `forward` only. Others are
    made when they are first used.
    """

    backend = "wasm"
    reason = ""

    def __init__(
        self, program: Program, params: Sequence[Value], training: Training | None
    ) -> None:
        self.program = program
        self._params = tuple(params)
        self._layout = Layout(len(params), len(program.instructions))
        self._machines: dict[Training | None, tuple[bytes, Machine]] = {}
        self._own_steps = OwnSteps(len(params))
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
        steps: SupportsIndex,
        optimizer: Optimizer,
        l2: float = 0.0,
        l1: float = 0.0,
    ) -> list[float]:
        progress = self._own_steps.resume(optimizer)
        done = self.fit_steps(
            rows,
            steps,
            optimizer,
            progress.state,
            l2=l2,
            l1=l1,
            first_step=progress.n_done,
        )
        progress.n_done += done.n_done
        if done.error is not None:
            raise done.error
        return done.losses

    def fit_steps(
        self,
        rows: Rows,
        steps: SupportsIndex,
        optimizer: Optimizer,
        state: State,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        first_step: int = 0,
        batches: Sequence[Sequence[int]] | None = None,
        test_rows: Rows = (),
        sign_match: tuple[int, int | None] | None = None,
        max_loss: float | None = None,
    ) -> Steps:
        """
        Make training steps and return what each measured.

        * `state`: what the optimiser remembers, which changes.
        * `first_step`: the number of the first step, for the optimiser's schedule.
        * `batches`: the row numbers of each step; all steps have equally many.
        * `test_rows`: are measured before each step, and not trained on.
        * `sign_match`: `(output, input)`; count the rows in which both have the same
          sign, or, where the input is None, those whose output is above 0.
        * `max_loss`: a larger loss, or NaN, stops training and restores the parameters
          and the state of the step before. None means no limit.
        """
        steps = check_steps(steps)
        program = self.program
        table = pack_rows(rows, program.n_inputs)
        tests = pack_rows(test_rows, program.n_inputs) if test_rows else array("d")
        coefficients = array("d")
        for k in range(steps):
            coefficients.extend(optimizer.coefficients(first_step + k))
        machine = self._machine_for(training_for(optimizer, sign_match))
        n_batch = len(batches[0]) if batches else len(rows)
        order = array("i", list_rows(batches, n_batch, steps, len(rows)))

        pair_size = 16 * len(program.outputs)
        sizes = {
            "rows": 8 * len(table),
            "outputs": pair_size * (n_batch // 2 + 1),
            "coefficients": 8 * len(coefficients),
            "losses": 8 * steps,
            "correct": 8 * steps,
            "batches": 4 * len(order),
            "gathered": 16 * program.n_inputs * (n_batch // 2 + 1),
            "tests": 8 * len(tests),
            "test_outputs": pair_size * (len(test_rows) // 2 + 1),
            "test_losses": 8 * steps,
            "test_correct": 8 * steps,
        }
        allocator = _Allocator(self._layout.end)
        at = {name: allocator.allocate(size) for name, size in sizes.items()}
        machine.reserve(allocator.end)
        machine.write(at["rows"], table)
        machine.write(at["coefficients"], coefficients)
        if batches:
            machine.write(at["batches"], order)
        if tests:
            machine.write(at["tests"], tests)
        self._write(machine, "S", state.s)
        self._write(machine, "T", state.t)
        self._write(machine, "P", [p.data for p in self._params])
        machine.write(0, array("i", [0, 0]))

        numbers = {
            "n_rows": len(rows),
            "n_batch": n_batch,
            "n_steps": steps,
            "n_tests": len(test_rows),
        }
        arguments = at | numbers | {"batches": at["batches"] if batches else 0}
        n_done = machine.call(
            "fit",
            *(arguments[name] for name in FIT_ARGUMENTS),
            float(l2),  # an int has no place in an f64
            float(l1),
            math.nan if max_loss is None else max_loss,
        )
        run = _Run(rows, batches, test_rows, state, optimizer, at)
        return self._read_steps(machine, run, n_done, steps)

    def _read_steps(
        self, machine: Machine, run: _Run, n_done: int, steps: int
    ) -> Steps:
        """Read back the results of `fit`, after success and after failure."""
        status, is_test = array("i", machine.read(0, 1).tobytes())
        is_divergent = n_done < steps and not status
        previous = self._read_array(machine, "B")
        previous_state = run.state.copy()
        # B, U and V are from the last update of this call. Without one, all is as it
        # was.
        if n_done > 0:
            self._read_into(machine, "B" if is_divergent else "P", "data")
            targets = {target for target, _ in run.optimizer.rule}
            for target, before in (("s", "U"), ("t", "V")):
                if target in targets:
                    setattr(previous_state, target, self._read_array(machine, before))
                    now = before if is_divergent else target.upper()
                    setattr(run.state, target, self._read_array(machine, now))
            if not is_divergent:
                self._read_into(machine, "G", "grad")
        error = None
        if status:
            batch = run.batches[n_done] if run.batches else range(len(run.rows))
            rows = run.test_rows if is_test else run.rows
            error = self._find_error(
                rows,
                range(len(rows)) if is_test else batch,
                status,
                is_backward=not is_test,
            )
        n_losses = n_done + is_divergent
        n_tested = n_done if run.test_rows else 0

        def read(name: str, n: int) -> list[float]:
            return machine.read(run.addresses[name], n).tolist()

        return Steps(
            read("losses", n_losses),
            read("correct", n_losses),
            read("test_losses", n_tested),
            read("test_correct", n_tested),
            n_done,
            previous,
            previous_state,
            error,
        )

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
        table = pack_rows(rows, self.program.n_inputs)
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
        return [unpack(outputs, k, n_outputs, n) for k in range(n_outputs)]

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
                    error.add_note(f"This was in row {k}: {list(rows[k])}.")
                    return error
        symbol = self.program.instructions[status - 1].operation.symbol
        return ArithmeticError(
            f"{symbol} failed because of rounding: compiled functions differ from "
            f"Python's in the last digits. Use backend='python'."
        )

    def _write(self, machine: Machine, name: str, numbers: Sequence[float]) -> None:
        if len(numbers) != len(self._params):  # they would overwrite what follows
            raise ValueError(
                f"a kernel of {len(self._params)} parameters got {len(numbers)} "
                f"numbers for them"
            )
        machine.write(self._layout.address(name), array("d", numbers))

    def _read_array(self, machine: Machine, name: str) -> list[float]:
        return machine.read(self._layout.address(name), len(self._params)).tolist()

    def _read_into(self, machine: Machine, name: str, field: str) -> None:
        numbers = self._read_array(machine, name)
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
