"""Loops in WebAssembly code, and the addresses that move with them."""

from __future__ import annotations

from typing import NamedTuple

from moongrad.wasm.encode import (
    i32_const,
    local_get,
    local_set,
    local_tee,
    op,
    repeat,
)


class Span(NamedTuple):
    """
    Repetitions whose code stands side by side: `width` from `position` on.

    With a counter, which is a local, a loop does as many again until `end`.
    """

    position: int
    width: int
    end: int
    counter: int | None

    def wrap(self, body: bytes) -> bytes:
        """Return the body in its loop, if there is one."""
        if self.counter is None:
            return body
        return count_up(self.counter, self.end, body, self.width)


def spans(n: int, width: int, counter: int) -> list[Span]:
    """Split `n` repetitions: as many as possible side by side, and the rest."""
    n_loops, rest = divmod(n, width)
    found = []
    if n_loops:
        found.append(Span(0, width, n - rest, counter if n_loops > 1 else None))
    if rest:
        found.append(Span(n - rest, rest, n, None))
    return found


def count_up(counter: int, end: int, body: bytes, by: int = 1) -> bytes:
    """Repeat `body` with a counter of 0, by, 2 * by... while it is below `end`."""
    up = local_tee(counter, op("i32.add", local_get(counter), i32_const(by)))
    start = local_set(counter, i32_const(0))
    return start + repeat(body, op("i32.lt_u", up, i32_const(end)))


def count_down(counter: int, n: int, body: bytes) -> bytes:
    """Do `body` n times, in a loop if that is more than once."""
    if n < 2:
        return body * n
    down = local_tee(counter, op("i32.sub", local_get(counter), i32_const(1)))
    return local_set(counter, i32_const(n)) + repeat(body, down)


def multiple(counter: int, factor: int) -> bytes:
    """Return code that pushes a multiple of a counter."""
    if factor > 0 and not factor & (factor - 1):
        shift = i32_const(factor.bit_length() - 1)
        return op("i32.shl", local_get(counter), shift)
    return op("i32.mul", local_get(counter), i32_const(factor))


def move(pointer: int, by: int) -> bytes:
    """Return code that moves a pointer."""
    if not by:
        return b""
    return local_set(pointer, op("i32.add", local_get(pointer), i32_const(by)))


def address_of_row(base: bytes, row: bytes, pair_size: int) -> bytes:
    """Return code for the address of a row's first number, in lane 0 or 1."""
    pair = op("i32.mul", op("i32.shr_u", row, i32_const(1)), i32_const(pair_size))
    lane = op("i32.shl", op("i32.and", row, i32_const(1)), i32_const(3))
    return op("i32.add", op("i32.add", base, pair), lane)
