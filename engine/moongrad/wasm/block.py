"""
Emits the function that runs one pass of a Program on a block of rows.

A block is two pairs of rows or one, on `f64x2`, or a single row, on `f64`. The code of
an instruction is emitted for each pair (a plane); loops go over all at once, so that a
weight is loaded once for four rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from moongrad.engine import Operation
from moongrad.wasm.encode import (
    I32,
    MAX_LOCALS,
    MAX_MEMORY,
    MAX_MODULE,
    function_body,
    i32_const,
    local_get,
    local_set,
    op,
)
from moongrad.wasm.gradients import emit_additions
from moongrad.wasm.lanes import Lanes
from moongrad.wasm.layout import SEED as SEED_ADDRESS
from moongrad.wasm.loops import count_up
from moongrad.wasm.plan import Nest, Plan
from moongrad.wasm.primitives import compute
from moongrad.wasm.program import SEED, WEIGHTED_SUM
from moongrad.wasm.registers import OUTPUTS, ZERO, Registers
from moongrad.wasm.sums import emit_sums

PART_SIZE = 30_000  # bytes of code after which the next function begins


class TooLargeError(ValueError):
    """The program is larger than what WebAssembly engines accept."""


class Block:
    """The code of one function; a long program needs several."""

    def __init__(self, plan: Plan, lanes: Lanes, *, is_backward: bool) -> None:
        self._plan, self._is_backward = plan, is_backward
        self._registers = Registers(plan, lanes)
        self._parts: list[list[bytes]] = [[]]
        self._size = 0  # of the last part

    def bodies(self) -> list[bytes]:
        """Return the bodies of the functions; a short program has one."""
        plan, registers = self._plan, self._registers
        for nest in plan.backward if self._is_backward else plan.forward:
            self._push(self._emit_nest(nest))
        if self._is_backward:
            for piece in emit_additions(registers, plan.program.additions):
                self._push(piece)
        else:
            self._push(self._store_outputs())
        codes = [b"".join(part) + i32_const(0) for part in self._parts]
        for needed, limit, what in (
            (sum(map(len, codes)), MAX_MODULE, "bytes of code"),
            (len(registers.valtypes), MAX_LOCALS, "local variables"),
            (plan.layout.end, MAX_MEMORY, "bytes of memory"),
        ):
            if needed > limit:
                raise TooLargeError(
                    f"a program of {len(plan.program.instructions)} instructions needs "
                    f"{needed} {what}; WebAssembly engines take {limit}. Use a smaller "
                    f"network, or backend='python'."
                )
        return [function_body(registers.valtypes, code) for code in codes]

    def _push(self, code: bytes) -> None:
        """Append code, to a new function if the last one is long."""
        if self._plan.layout.is_long and self._size > PART_SIZE:
            self._parts.append([])
            self._size = 0
        self._parts[-1].append(code)
        self._size += len(code)

    def _store_outputs(self) -> bytes:
        registers, outputs = self._registers, self._plan.program.outputs
        code = b""
        for plane in registers.planes:
            for k, register in enumerate(outputs):
                address = 16 * (k + plane * len(outputs))
                number = registers.read(register, plane)
                code += registers.lanes.store(address, local_get(OUTPUTS), number)
        return code

    def _emit_nest(self, nest: Nest) -> bytes:
        """Return the code of a loop nest, or of a single instruction."""
        registers = self._registers
        register, instruction, number = nest[0]
        if instruction.operation is WEIGHTED_SUM:

            def finish(k: int, plane: int, counter: int | None, total: bytes) -> bytes:
                if instruction.n == 1:
                    return registers.write(register, plane, total)
                return self._repeat(nest, {register: total}, k, counter, plane)

            return emit_sums(registers, instruction, finish)
        if instruction.n > 1:
            j = registers.scratch("j", I32)
            planes = registers.planes
            body = b"".join(self._repeat(nest, {}, 0, j, plane) for plane in planes)
            return count_up(j, instruction.n, body)
        code = b""
        for plane in registers.planes:
            operands = [registers.read(k, plane) for k in instruction.operands]
            if instruction.operation is SEED:
                result = registers.lanes.load_same(SEED_ADDRESS, ZERO)
            else:
                result = self._compute(instruction.operation, operands, number)
            code += registers.write(register, plane, result)
        return code

    def _repeat(
        self,
        nest: Nest,
        values: dict[int, bytes],
        repetition: int,
        counter: int | None,
        plane: int,
    ) -> bytes:
        """Return code for one repetition of a nest, of which some values are known."""
        registers, code = self._registers, b""
        for register, (operation, operands, _, steps, *_), number in nest:
            if register not in values:
                inner = [
                    values[operand]
                    if step == 1 and operand in values
                    else registers.read(
                        operand + repetition * step, plane, step, counter
                    )
                    for operand, step in zip(operands, steps, strict=False)
                ]
                local = registers.scratch(f"value {len(values)}")
                code += local_set(local, self._compute(operation, inner, number))
                values[register] = local_get(local)
            if register in registers.in_frame:
                result = values[register]
                code += registers.store(register + repetition, plane, result, counter)
        return code

    def _compute(
        self, operation: Operation, operands: Sequence[bytes], number: int
    ) -> bytes:
        """Return code that pushes the result of the instruction with a number."""
        registers = self._registers
        fail = op("return", i32_const(number + 1))
        return compute(registers.lanes, registers.scratch, operation, operands, fail)
