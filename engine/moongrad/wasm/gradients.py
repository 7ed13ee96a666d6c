"""
Emits what adds to the gradients of the parameters.

Rows come from the last to the first, as in the engine: a gradient gets the term of the
upper row of the last plane first. A parameter that is used several times gets all terms
of a row before those of the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moongrad.wasm.encode import (
    I32,
    f64x2_shuffle,
    i32_const,
    local_get,
    local_set,
    memory_op,
    op,
)
from moongrad.wasm.loops import Span, count_down, move, multiple, spans
from moongrad.wasm.program import Instruction
from moongrad.wasm.registers import ZERO, Cursor, Registers
from moongrad.wasm.sums import WIDTH


def emit_additions(
    registers: Registers, additions: Sequence[Instruction]
) -> Iterator[bytes]:
    """Return pieces of code that add to the gradients."""
    single: dict[int, list[Instruction]] = {}
    for addition in additions:
        if addition.is_loop:
            yield _add_table(registers, addition)
        else:
            single.setdefault(addition.operands[0], []).append(addition)
    waiting = sorted(single, reverse=True)
    while waiting:
        k = waiting.pop()
        is_pair = registers.lanes.n_rows > 1 and waiting and waiting[-1] == k + 1
        if is_pair and len(single[k]) == len(single[k + 1]) == 1:
            yield _add_two(registers, k, single[waiting.pop()] + single[k])
        else:
            yield _add_one(registers, k, single[k])


def _address(registers: Registers, parameter: int) -> int:
    """Return the address of a parameter's gradient."""
    return registers.layout.address("G") + 8 * (parameter - registers.program.n_inputs)


def _product(registers: Registers, addition: Instruction, plane: int) -> bytes:
    factors = [registers.read(k, plane) for k in addition.operands[1:]]
    return registers.lanes.op("mul", *factors) if len(factors) > 1 else factors[0]


def _add_one(
    registers: Registers, parameter: int, additions: Sequence[Instruction]
) -> bytes:
    """Add to one gradient."""
    lanes, address = registers.lanes, _address(registers, parameter)
    total = memory_op("f64.load", address, ZERO)
    for plane in reversed(registers.planes):
        products = [_product(registers, addition, plane) for addition in additions]
        for row in zip(*map(lanes.rows, products), strict=True):
            for number in row:
                total = op("f64.add", total, number)
    return memory_op("f64.store", address, ZERO, total)


def _add_two(
    registers: Registers, parameter: int, additions: Sequence[Instruction]
) -> bytes:
    """Add to the gradients of two neighbours at once; the second addition is first."""
    address = _address(registers, parameter)
    total = memory_op("v128.load", address, ZERO)
    for plane in reversed(registers.planes):
        products = [
            _keep(registers, f"product {k}", _product(registers, addition, plane))
            for k, addition in enumerate(reversed(additions))
        ]
        total = _add_rows(registers, total, products)
    return memory_op("v128.store", address, ZERO, total)


def _keep(registers: Registers, name: str, code: bytes) -> tuple[bytes, bytes]:
    local = registers.scratch(name)
    return local_set(local, code), local_get(local)


def _add_rows(
    registers: Registers, total: bytes, products: Sequence[tuple[bytes, bytes]]
) -> bytes:
    """Add the rows of a plane to a total, of one column or two neighbouring ones."""
    code = total + b"".join(start for start, _ in products)
    numbers = [number for _, number in products]
    if len(numbers) == 1:
        for row in registers.lanes.rows(numbers[0]):
            code = op("f64.add", code, row)
        return code
    for lanes in ((1, 3), (0, 2)):  # the upper row, then the lower
        code = op("f64x2.add", code, f64x2_shuffle(*lanes, *numbers))
    return code


# --- tables: gradients that repeat in rows, and in columns ----------------------------


def _add_table(registers: Registers, addition: Instruction) -> bytes:
    """Add products of what repeats by row and what repeats by column."""
    if addition.term_steps[0] != 1 and addition.steps[0] == 1:
        addition = _transpose(addition)
    width = WIDTH[registers.lanes.n_rows] if addition.n_terms else 1
    counter = registers.scratch("j", I32)
    return b"".join(
        span.wrap(_add_rows_of_table(registers, addition, span))
        for span in spans(addition.n, width, counter)
    )


def _transpose(addition: Instruction) -> Instruction:
    """Return the same with rows and columns exchanged: columns are neighbours now."""
    return addition._replace(
        n=max(addition.n_terms, 1),
        steps=addition.term_steps,
        n_terms=addition.n,
        term_steps=addition.steps,
    )


def _add_rows_of_table(
    registers: Registers, addition: Instruction, span: Span
) -> bytes:
    (parameter, *factors), (row_step, *steps) = addition.operands, addition.steps
    column_step, *term_steps = addition.term_steps
    cursors = [
        Cursor(registers, name, access, span)
        for name, access in zip(
            "ab", zip(factors, steps, term_steps, strict=False), strict=False
        )
    ]
    gradient = registers.scratch("gradient", I32)
    # An offset is never negative, so the pointer is at the row with the lowest address.
    lowest = min(0, (span.width - 1) * row_step)
    first = parameter + span.position * row_step + lowest
    start = i32_const(_address(registers, first))
    if span.counter is not None:
        start = op("i32.add", start, multiple(span.counter, 8 * row_step))
    code = local_set(gradient, start) + b"".join(c.start() for c in cursors)

    n = max(addition.n_terms, 1)
    is_pair = registers.lanes.n_rows > 1 and column_step == 1
    n_pairs = n // 2 if is_pair else 0
    fixed = [cursor for cursor in cursors if not cursor.term_step]
    for cursor in fixed:
        for k in range(span.width if cursor.step else 1):
            for plane in cursor.planes:
                code += cursor.keep(plane, k, 0)[0]
    for n_columns, n_loops in ((2, n_pairs), (1, n - 2 * n_pairs)):
        offsets = [8 * (k * row_step - lowest) for k in range(span.width)]
        body = _add_columns(registers, cursors, offsets, n_columns)
        body += move(gradient, 8 * n_columns * column_step)
        body += b"".join(cursor.move(n_columns) for cursor in cursors)
        code += count_down(registers.scratch("left", I32), n_loops, body)
    return code


def _add_columns(
    registers: Registers,
    cursors: Sequence[Cursor],
    offsets: Sequence[int],
    n_columns: int,
) -> bytes:
    """Return code for one column of a table, or for two at once."""
    gradient = local_get(registers.scratch("gradient", I32))
    code = b""
    for cursor in cursors:
        if cursor.term_step:
            for column in range(n_columns):
                for plane in cursor.planes:
                    code += cursor.keep(plane, 0, column)[0]
    kind = "v128" if n_columns == 2 else "f64"
    for k, address in enumerate(offsets):
        total = memory_op(f"{kind}.load", address, gradient)
        for plane in reversed(registers.planes):
            products = []
            for column in range(n_columns):
                factors = [cursor.keep(plane, k, column)[1] for cursor in cursors]
                product = factors[0]
                if len(factors) > 1:
                    product = registers.lanes.op("mul", *factors)
                products.append(_keep(registers, f"product {column}", product))
            total = _add_rows(registers, total, products)
        code += memory_op(f"{kind}.store", address, gradient, total)
    return code
