"""A kernel that runs WebAssembly: the function, its gradient, and training steps."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, SupportsIndex

from moongrad.engine import Value
from moongrad.floats import add_up
from moongrad.optim import Optimizer, State, is_constant
from moongrad.wasm.derivative import differentiate
from moongrad.wasm.fit import BEFORE, Job, Training
from moongrad.wasm.layout import Layout
from moongrad.wasm.memory import Memory
from moongrad.wasm.module import emit_forward, emit_training
from moongrad.wasm.program import Program
from moongrad.wasm.roll import roll
from moongrad.wasm.rows import (
    NO_ROWS,
    PackedBatches,
    PackedRows,
    Rows,
    pack_batches,
    pack_rows,
    unpack,
)
from moongrad.wasm.steps import OwnSteps, check_steps


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

    losses: array[float]
    n_correct: array[float]
    test_losses: array[float]
    n_tests_correct: array[float]
    n_done: int
    previous_parameters: list[float]
    previous_state: State
    error: Exception | None


class WasmKernel:
    """
    Runs the function as WebAssembly. `module` is the bytes, `program` the listing.

    The constructor makes the module for `training`, or for `forward` only. Others are
    made when they are first used. What lies in the memory of a module stays there;
    only what has changed is written again. `is_rolled=False` writes no loops, which
    gives the same bits and is there to be compared.
    """

    backend = "wasm"
    reason = ""

    def __init__(
        self,
        program: Program,
        params: Sequence[Value],
        training: Training | None,
        *,
        is_rolled: bool = True,
    ) -> None:
        self._forward_program = roll(program) if is_rolled else program
        self._params = tuple(params)
        self._memories: dict[Training | None, Memory] = {}
        self._own_steps = OwnSteps(len(params))
        self._pair_size = 16 * len(program.outputs)  # bytes of the outputs of two rows
        self._memory_for(training)  # raises now if it cannot run

    @cached_property
    def program(self) -> Program:
        """What is computed for a row: forwards, and then backwards."""
        return differentiate(self._forward_program)

    @property
    def module(self) -> bytes:
        """The bytes of the largest module so far; one that trains is the largest."""
        return max((memory.module for memory in self._memories.values()), key=len)

    @property
    def memory_size(self) -> int:
        """The bytes of WebAssembly memory of all modules so far."""
        return sum(memory.size for memory in self._memories.values())

    def forward(self, rows: Rows | PackedRows) -> list[Any]:
        memory = next(iter(self._memories.values()))  # every module has `forward`
        columns = self._compute(memory, "forward", rows)
        if len(columns) == 1:
            return list(columns[0])
        return list(zip(*columns, strict=True))

    def backward(self, rows: Rows) -> float:
        memory = self._memory_for(Training(_keep, 0))
        memory.write_array("G", [p.grad for p in self._params])
        weight = 1.0 / len(rows) if len(rows) else 0.0
        memory.write_seed(weight)
        columns = self._compute(memory, "backward", rows)
        for parameter, grad in zip(self._params, memory.read_array("G"), strict=True):
            parameter.grad = grad
        return add_up(columns[0]) * weight

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
        return done.losses.tolist()

    def fit_steps(
        self,
        rows: Rows | PackedRows,
        steps: SupportsIndex,
        optimizer: Optimizer,
        state: State,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        first_step: int = 0,
        batches: Sequence[Sequence[int]] | PackedBatches | None = None,
        test_rows: Rows | PackedRows = (),
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
        n_steps = check_steps(steps)
        n_inputs = self._forward_program.n_inputs
        training = pack_rows(rows, n_inputs)
        run = _Run(
            training,
            pack_rows(test_rows, n_inputs) if test_rows else NO_ROWS,
            pack_batches(batches, n_steps, len(training.rows)) if batches else None,
            n_steps,
            state,
        )
        kind = training_for(optimizer, sign_match)
        coefficients = _list_coefficients(optimizer, first_step, n_steps, kind)
        memory = self._memory_for(kind)
        before = [p.data for p in self._params]
        at = self._write_run(memory, run, coefficients, before)
        memory.write_job(
            Job(
                **{name: at[name] for name in _PLACES},
                batches=at["batches"] if run.batches else 0,
                n_batch=run.n_batch,
                n_steps=n_steps,
                n_tests=len(run.tests.rows),
                l2=float(l2),
                l1=float(l1),
                max_loss=math.nan if max_loss is None else max_loss,
            )
        )
        return self._read_run(memory, run, at, memory.call("fit"), before)

    def _write_run(
        self,
        memory: Memory,
        run: _Run,
        coefficients: array[float],
        parameters: Sequence[float],
    ) -> dict[str, int]:
        """Write what steps need into memory, and return where everything is."""
        order = run.batches.numbers if run.batches else array("i")
        n_pairs, n_test_pairs = run.n_batch // 2 + 1, len(run.tests.rows) // 2 + 1
        at = memory.allocate(
            {
                **dict.fromkeys(_RESULTS, 8 * run.n_steps),
                "coefficients": 8 * len(coefficients),
                "rows": 8 * len(run.training.table),
                "tests": 8 * len(run.tests.table),
                "batches": 4 * len(order),
                "outputs": self._pair_size * n_pairs,
                "gathered": 16 * self._forward_program.n_inputs * n_pairs,
                "test_outputs": self._pair_size * n_test_pairs,
            }
        )
        memory.write(at["rows"], run.training.table)
        memory.write(at["tests"], run.tests.table)
        memory.write(at["batches"], order)
        memory.write(at["coefficients"], coefficients)
        memory.write_array("P", parameters)
        for array_name, field in memory.states:
            memory.write_array(array_name, getattr(run.state, field))
        return at

    def _read_run(
        self,
        memory: Memory,
        run: _Run,
        at: dict[str, int],
        n_done: int,
        before: list[float],
    ) -> Steps:
        """Take back what steps have changed and measured."""
        # A step that failed, or whose loss is too large, updated nothing.
        is_cut_short = n_done < run.n_steps
        status, is_test = memory.take_status() if is_cut_short else (0, False)
        is_divergent = is_cut_short and not status
        previous, previous_state = before, run.state.copy()
        if n_done > 1:
            previous = memory.read_array("B")
            for array_name, field in memory.states:
                numbers = memory.read_array(BEFORE[array_name])
                setattr(previous_state, field, numbers)
        if is_divergent and n_done:  # go back to what was before the last update
            for parameter, number in zip(self._params, previous, strict=True):
                parameter.data = number
            run.state.s, run.state.t = list(previous_state.s), list(previous_state.t)
        elif n_done:
            self._read_parameters(memory)
            for array_name, field in memory.states:
                setattr(run.state, field, memory.read_array(array_name))
        n_losses, n_tested = n_done + is_divergent, n_done if run.tests.rows else 0
        losses, n_correct, test_losses, n_tests_correct = (
            memory.read(at[name], n) if n else array("d")
            for name, n in zip(
                _RESULTS, (n_losses, n_losses, n_tested, n_tested), strict=True
            )
        )
        error = None
        if status:
            rows, batch = run.rows_of(n_done, is_test=is_test)
            error = self._find_error(rows, batch, status, is_backward=not is_test)
        return Steps(
            losses,
            n_correct,
            test_losses,
            n_tests_correct,
            n_done,
            previous,
            previous_state,
            error,
        )

    def _read_parameters(self, memory: Memory) -> None:
        """Give the parameters what they have after the last step."""
        numbers, gradients = memory.read_array("P"), memory.read_array("G")
        for parameter, number, gradient in zip(
            self._params, numbers, gradients, strict=True
        ):
            parameter.data = number
            parameter.grad = gradient

    def _memory_for(self, training: Training | None) -> Memory:
        """Return the module for a kind of training, or for `forward` only."""
        if training not in self._memories:
            if training is None:
                program, states = self._forward_program, []
                module = emit_forward(program)
            else:
                program, states = self.program, training.states
                module = emit_training(program, training)
            self._memories[training] = Memory(module, Layout.of(program), states)
        return self._memories[training]

    def _compute(
        self, memory: Memory, name: str, rows: Rows | PackedRows
    ) -> list[array[float]]:
        """Run a function over the rows; return an array for each output."""
        rows, table = pack_rows(rows, self._forward_program.n_inputs)
        n, n_outputs = len(rows), len(self._forward_program.outputs)
        n_pairs = n // 2 + n % 2
        at = memory.allocate(
            {"rows": 8 * len(table), "outputs": self._pair_size * n_pairs}
        )
        memory.write(at["rows"], table)
        memory.write_array("P", [p.data for p in self._params])
        status = memory.call(name, at["rows"], at["outputs"], n)
        if status:
            is_backward = name == "backward"
            raise self._find_error(rows, range(n), status, is_backward=is_backward)
        outputs = memory.read(at["outputs"], 2 * n_outputs * n_pairs)
        return [unpack(outputs, k, n_outputs, n) for k in range(n_outputs)]

    def _find_error(
        self, rows: Rows, batch: Iterable[int], status: int, *, is_backward: bool
    ) -> Exception:
        """Return the error that the engine would raise, with the row that failed."""
        parameters = [p.data for p in self._params]
        row_numbers = list(batch)
        # The engine's backward pass begins with the last row.
        passes = (
            (self.program.run, row_numbers),
            (self.program.gradient, row_numbers[::-1]),
        )
        for compute, numbers in passes[: 1 + is_backward]:
            for k in numbers:
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


# What `fit` stores for each step.
_RESULTS = ("losses", "correct", "test_losses", "test_correct")
# The addresses of a job that are always used.
_PLACES = (
    *("rows", "outputs", "coefficients", "gathered", "tests", "test_outputs"),
    *_RESULTS,
)


class _Run(NamedTuple):
    """One call of `fit_steps`."""

    training: PackedRows
    tests: PackedRows
    batches: PackedBatches | None
    n_steps: int
    state: State  # what the optimiser remembers

    @property
    def n_batch(self) -> int:
        """The rows of a step."""
        return self.batches.size if self.batches else len(self.training.rows)

    def rows_of(self, step: int, *, is_test: bool) -> tuple[Rows, Sequence[int]]:
        """Return rows, and the numbers of those that a step uses."""
        rows = (self.tests if is_test else self.training).rows
        if self.batches and not is_test:
            return rows, self.batches.of_step(step)
        return rows, range(len(rows))


def _list_coefficients(
    optimizer: Optimizer, first_step: int, n_steps: int, training: Training
) -> array[float]:
    """Return the coefficients of all steps, which have to be equally many in each."""
    if is_constant(optimizer):
        return array("d", optimizer.coefficients(first_step)) * n_steps
    coefficients = array("d")
    for k in range(n_steps):
        coefficients.extend(optimizer.coefficients(first_step + k))
    if len(coefficients) != n_steps * training.n_coefficients:
        raise ValueError(
            f"an optimizer must have as many coefficients in every step as in the "
            f"first, {training.n_coefficients}"
        )
    return coefficients


def _keep(p: Any, g: Any, s: Any, t: Any) -> tuple[Any, Any, Any]:
    """The rule of an optimiser that changes nothing."""
    return p, s, t
