"""
Emits what adds to the gradients of the parameters.

Rows come from the last to the first, as in the engine: a gradient gets the term of the
upper row of the last plane first. A parameter that is used several times gets all terms
of a row before those of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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


def emit_additions(
    registers: Registers, additions: Sequence[Instruction]
) -> Iterator[bytes]:
    """
    Return pieces of code that add to the gradients.

    A parameter that is in a loop is used nowhere else; see `roll`.
    """
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
    """Add to the gradients of a parameter and the next; the next one's comes first."""
    address = _address(registers, parameter)
    total = memory_op("v128.load", address, ZERO)
    for plane in reversed(registers.planes):
        products = [
            _keep(registers, f"product {k}", _product(registers, addition, plane))
            for k, addition in enumerate(reversed(additions))
        ]
        total = _add_rows(total, products)
    return memory_op("v128.store", address, ZERO, total)


def _keep(registers: Registers, name: str, code: bytes) -> tuple[bytes, bytes]:
    local = registers.scratch(name)
    return local_set(local, code), local_get(local)


def _add_rows(total: bytes, products: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Add the two rows of a plane to a total of two neighbouring columns."""
    code = total + b"".join(start for start, _ in products)
    numbers = [number for _, number in products]
    for lanes in ((1, 3), (0, 2)):  # the upper row, then the lower
        code = op("f64x2.add", code, f64x2_shuffle(*lanes, *numbers))
    return code


# --- tables: gradients that repeat in rows, and in columns ----------------------------


def _add_table(registers: Registers, addition: Instruction) -> bytes:
    """Add products of what repeats by row and what repeats by column."""
    if addition.term_steps[0] != 1 and addition.steps[0] == 1:
        addition = _swap_rows_and_columns(addition)
    n_columns, code = max(addition.n_terms, 1), b""
    column_step, *term_steps = addition.term_steps[: len(addition.operands)]
    # One factor repeats by row, the other by column.
    is_product = len(term_steps) == 2 and term_steps.count(0) == 1
    if registers.lanes.n_rows > 1 and column_step == 1 < n_columns and is_product:
        code += _transpose(registers, addition)
        code += _add_spans(registers, addition, _add_pairs)
        if n_columns % 2 == 0:
            return code
        last = zip(addition.operands, addition.term_steps, strict=False)
        operands = tuple([first + (n_columns - 1) * step for first, step in last])
        addition = addition._replace(operands=operands, n_terms=1)
    return code + _add_spans(registers, addition, _add_columns)


def _swap_rows_and_columns(addition: Instruction) -> Instruction:
    """Return the same with rows and columns exchanged: columns are neighbours now."""
    return addition._replace(
        n=max(addition.n_terms, 1),
        steps=addition.term_steps,
        n_terms=addition.n,
        term_steps=addition.steps,
    )


def _add_spans(registers: Registers, addition: Instruction, add: Add) -> bytes:
    width = 2 if addition.n_terms > 1 else 1
    counter = registers.scratch("j", I32)
    return b"".join(
        span.wrap(add(registers, _Rows(registers, addition, span)))
        for span in spans(addition.n, width, counter)
    )


class _Rows:
    """Rows of a table: a pointer to their gradients, and the factors to multiply."""

    def __init__(self, registers: Registers, addition: Instruction, span: Span) -> None:
        (parameter, *factors), (row_step, *steps) = addition.operands, addition.steps
        self.column_step, *term_steps = addition.term_steps
        accesses = zip(factors, steps, term_steps, strict=False)
        self.cursors = [
            Cursor(registers, name, access, span)
            for name, access in zip("ab", accesses, strict=False)
        ]
        self.n, self.n_columns = span.width, max(addition.n_terms, 1)
        # An offset is never negative: the pointer is at the row of the lowest address.
        lowest = min(0, (span.width - 1) * row_step)
        self.offsets = [8 * (k * row_step - lowest) for k in range(span.width)]
        self.pointer = registers.scratch("gradient", I32)
        first = _address(registers, parameter + span.position * row_step + lowest)
        start = i32_const(first)
        if span.counter is not None:
            start = op("i32.add", start, multiple(span.counter, 8 * row_step))
        self.start = local_set(self.pointer, start)


#: Returns code that adds to rows of a table.
Add = Callable[[Registers, _Rows], bytes]


def _add_columns(registers: Registers, rows: _Rows) -> bytes:
    """Add to rows of a table, one column at a time."""
    lanes, pointer = registers.lanes, local_get(rows.pointer)
    body = b""
    for k, offset in enumerate(rows.offsets):
        total = memory_op("f64.load", offset, pointer)
        for plane in reversed(registers.planes):
            factors = [cursor.load(plane, k, 0) for cursor in rows.cursors]
            product = lanes.op("mul", *factors) if len(factors) > 1 else factors[0]
            local = registers.scratch("product")
            total += local_set(local, product)
            for number in lanes.rows(local_get(local)):
                total = op("f64.add", total, number)
        body += memory_op("f64.store", offset, pointer, total)
    body += move(rows.pointer, 8 * rows.column_step)
    body += b"".join(cursor.move(1) for cursor in rows.cursors)
    code = rows.start + b"".join(cursor.start() for cursor in rows.cursors)
    return code + count_down(registers.scratch("left", I32), rows.n_columns, body)


# Two columns at a time: the factor of the columns is transposed first, from a vector of
# two rows for each column to a vector of two columns for each row. All rows of the
# table use it. The factor of a row is the same for both columns.


def _transpose(registers: Registers, addition: Instruction) -> bytes:
    """Transpose the factor of the columns, and store it behind the frame."""
    accesses = zip(
        addition.operands[1:], addition.steps[1:], addition.term_steps[1:], strict=False
    )
    register, _, step = next(access for access in accesses if access[2])
    cursor = Cursor(registers, "transposed", (register, 0, step), Span(0, 1, 1, None))
    target = registers.scratch("target", I32)
    body = b""
    for plane in registers.planes:
        columns = []
        for column in (0, 1):
            local = registers.scratch(f"column {column}")
            body += local_set(local, cursor.load(plane, 0, column))
            columns.append(local_get(local))
        for row, lanes in ((2 * plane, (0, 2)), (2 * plane + 1, (1, 3))):
            offset = row * registers.layout.transposed_size
            transposed = f64x2_shuffle(*lanes, *columns)
            body += memory_op("v128.store", offset, local_get(target), transposed)
    body += cursor.move(2) + move(target, 16)
    start = cursor.start() + local_set(target, i32_const(registers.layout.transposed))
    n = addition.n_terms // 2
    return start + count_down(registers.scratch("left", I32), n, body)


def _add_pairs(registers: Registers, rows: _Rows) -> bytes:
    """Add to rows of a table, two columns at a time, after `_transpose`."""
    code, pointer = rows.start, local_get(rows.pointer)
    (fixed,) = (cursor for cursor in rows.cursors if not cursor.term_step)
    points = range(2 * len(registers.planes))
    factors: dict[tuple[int, int], bytes] = {}
    for k in range(rows.n):
        for plane in registers.planes:
            load, pair = fixed.keep(plane, k, 0)
            code += load
            for lane in (0, 1):
                local = registers.scratch(f"factor {k} {2 * plane + lane}")
                code += local_set(local, f64x2_shuffle(lane, lane, pair, pair))
                factors[k, 2 * plane + lane] = local_get(local)
    source = registers.scratch("source", I32)
    code += local_set(source, i32_const(registers.layout.transposed))
    totals = [registers.scratch(f"total {k} 0") for k in range(rows.n)]
    body = b""
    for total, offset in zip(totals, rows.offsets, strict=True):
        body += local_set(total, memory_op("v128.load", offset, pointer))
    for point in reversed(points):  # the last row of the block first
        x = registers.scratch("x")
        offset = point * registers.layout.transposed_size
        body += local_set(x, memory_op("v128.load", offset, local_get(source)))
        for k, total in enumerate(totals):
            product = op("f64x2.mul", local_get(x), factors[k, point])
            body += local_set(total, op("f64x2.add", local_get(total), product))
    for total, offset in zip(totals, rows.offsets, strict=True):
        body += memory_op("v128.store", offset, pointer, local_get(total))
    body += move(rows.pointer, 16) + move(source, 16)
    left = registers.scratch("left", I32)
    return code + count_down(left, rows.n_columns // 2, body)
