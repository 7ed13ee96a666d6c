"""Computes typed formulas of x and y at many places at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from moongrad.formula import FormulaError, parse
from moongrad.wasm.program import Program
from moongrad.wasm.trace import trace

Place = tuple[float, float]


def evaluate(
    formulas: Sequence[str], places: Sequence[Place]
) -> list[tuple[float, ...]]:
    """
    Return a row for each place: what each formula of x and y is there.

    It is NaN where a formula has no finite value. Numbers have the same bits as those
    of the formula itself. Raises `FormulaError` for a text that is no formula.
    """
    xs, ys = ([float(place[k]) for place in places] for k in (0, 1))
    columns = [_compute(_trace(text), xs, ys) for text in formulas]
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=32)
def _trace(text: str) -> Program | None:
    """Return a formula as a list of operations; None if it has no value anywhere."""
    formula = parse(text)
    try:
        return trace(lambda x, y: formula(x=x, y=y), [], 2)
    except FormulaError:  # x + log(-1), for example
        return None


def _compute(program: Program | None, xs: list[float], ys: list[float]) -> list[float]:
    """Return a formula's values, computed operation by operation for all places."""
    if program is None:
        return [math.nan] * len(xs)
    columns = {0: xs, 1: ys}
    for k, constant in enumerate(program.constants):
        columns[-1 - k] = [constant] * len(xs)
    for register, instruction in program.results():
        operands = [columns[operand] for operand in instruction.operands]
        columns[register] = _apply(instruction.operation.forward, operands)
    (output,) = program.outputs
    numbers = columns[output]
    if all(map(math.isfinite, numbers)):
        return numbers
    return [number if math.isfinite(number) else math.nan for number in numbers]


def _apply(forward: Callable[..., float], columns: list[list[float]]) -> list[float]:
    try:
        return list(map(forward, *columns))
    except (ArithmeticError, ValueError):
        return [_try(forward, numbers) for numbers in zip(*columns, strict=True)]


def _try(forward: Callable[..., float], numbers: Iterable[float]) -> float:
    try:
        return forward(*numbers)
    except (ArithmeticError, ValueError):
        return math.nan
