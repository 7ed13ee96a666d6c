"""Emits weighted sums: several side by side, so that what they share is loaded once."""

from __future__ import annotations

from collections.abc import Callable

from moongrad.wasm.encode import I32, local_get, local_set
from moongrad.wasm.loops import Span, count_down, spans
from moongrad.wasm.program import Instruction
from moongrad.wasm.registers import Cursor, Registers

# Repetitions side by side, by the rows. Few rows are computed alone: keep that short.
WIDTH = {1: 2, 2: 4}
MAX_UNROLLED = 3  # terms that need no loop

#: Returns code for what follows a sum: repetition, plane, counter, code of the sum.
Finish = Callable[[int, int, int | None, bytes], bytes]


def emit_sums(registers: Registers, sums: Instruction, finish: Finish) -> bytes:
    """Return code for weighted sums, each with what follows it."""
    width, counter = WIDTH[registers.lanes.n_rows], registers.scratch("j", I32)
    return b"".join(
        span.wrap(_emit_span(registers, sums, finish, span))
        for span in spans(sums.n, width, counter)
    )


def _emit_span(
    registers: Registers, sums: Instruction, finish: Finish, span: Span
) -> bytes:
    start, a, b = (
        Cursor(registers, name, access, span)
        for name, access in zip(
            ("start", "a", "b"),
            zip(sums.operands, sums.steps, sums.term_steps, strict=True),
            strict=True,
        )
    )
    totals = {
        (k, plane): registers.scratch(f"total {k} {plane}")
        for k in range(span.width)
        for plane in registers.planes
    }
    code = a.start() + b.start()
    for (k, plane), total in totals.items():
        code += local_set(total, start.load(plane, k, 0))
    if sums.n_terms <= MAX_UNROLLED:
        for term in range(sums.n_terms):
            code += _add_term(registers, a, b, totals, term)
    else:
        term_code = _add_term(registers, a, b, totals, 0) + a.move(1) + b.move(1)
        code += count_down(registers.scratch("left", I32), sums.n_terms, term_code)
    for (k, plane), total in totals.items():
        code += finish(span.position + k, plane, span.counter, local_get(total))
    return code


def _add_term(
    registers: Registers,
    a: Cursor,
    b: Cursor,
    totals: dict[tuple[int, int], int],
    term: int,
) -> bytes:
    """Return code that adds one product to each of the totals."""
    lanes, code = registers.lanes, b""
    loaded: dict[tuple[str, int, int], bytes] = {}
    for (k, plane), total in totals.items():
        factors = []
        for cursor in (a, b):
            key = (cursor.name, k * bool(cursor.step), min(plane, cursor.planes[-1]))
            if cursor.step and len(cursor.planes) == len(registers.planes):
                loaded[key] = cursor.load(plane, k, term)  # it is used only once
            elif key not in loaded:
                load, loaded[key] = cursor.keep(plane, k, term)
                code += load
            factors.append(loaded[key])
        product = lanes.op("mul", *factors)
        code += local_set(total, lanes.op("add", local_get(total), product))
    return code
