"""Rows of numbers as they lie in WebAssembly memory: in pairs; see `layout`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

Rows = Sequence[Sequence[float]]


class PackedRows(NamedTuple):
    """Rows, and the same in pairs: input 0 of both rows, input 1 of both, and so on."""

    rows: Rows
    table: array[float]


NO_ROWS = PackedRows((), array("d"))


class PackedBatches(NamedTuple):
    """The row numbers of several steps, one step after the other, `size` in each."""

    numbers: array[int]
    size: int

    def of_step(self, step: int) -> array[int]:
        """Return the row numbers of a step, counted from the first one here."""
        return self.numbers[step * self.size : (step + 1) * self.size]


def pack_batches(
    batches: Sequence[Sequence[int]] | PackedBatches, steps: int, n_rows: int
) -> PackedBatches:
    """Return the row numbers of all batches, which have to be numbers of rows."""
    if isinstance(batches, PackedBatches):
        return batches
    numbers = array("i", chain.from_iterable(batches))
    size = len(batches[0])
    if any(len(batch) != size for batch in batches) or len(batches) != steps:
        raise ValueError(f"fit needs {steps} batches of the same size")
    if not (0 <= min(numbers) and max(numbers) < n_rows):
        raise ValueError(f"fit needs row numbers from 0 to {n_rows - 1} in its batches")
    return PackedBatches(numbers, size)


def check_rows(rows: Rows, n_inputs: int) -> None:
    """Raise `ValueError` unless there are rows, all of so many numbers."""
    if len(rows) == 0:
        raise ValueError("a kernel needs at least one row, got none")
    for k, row in enumerate(rows):
        if len(row) != n_inputs:
            plural = "" if n_inputs == 1 else "s"
            raise ValueError(
                f"a kernel of {n_inputs} input{plural} got {len(row)} in row {k}"
            )


def pack_rows(rows: Rows | PackedRows, n_inputs: int) -> PackedRows:
    """Return rows with their table; raises `ValueError` or `TypeError` for bad ones."""
    if isinstance(rows, PackedRows):
        return rows
    check_rows(rows, n_inputs)
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
    return PackedRows(rows, table)


def unpack(outputs: array[float], k: int, n_outputs: int, n: int) -> array[float]:
    """Return one output for all rows."""
    column = array("d", bytes(8 * n))
    column[0::2] = outputs[2 * k :: 2 * n_outputs]
    n_high = n // 2
    high = outputs[2 * k + 1 : 2 * n_outputs * n_high : 2 * n_outputs]
    column[1::2] = high
    return column
