"""Which operation made a visitor's value: told by symbol, inputs and number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lab.drawing import read
from lab.mishap import SentenceError
from moongrad.engine import (
    COSINE,
    EXP,
    LEAKY_RELU,
    LOG,
    RELU,
    SIGMOID,
    SINE,
    SOFTPLUS,
    SQRT,
    TANH,
    Operation,
    Value,
    power,
)

TOLERANCE = 1e-9  # relative, and absolute, of numbers that should be equal
KNOWN = "+ - * / **2 ReLU tanh exp log sigmoid sqrt sin cos"
FUNCTIONS: dict[str, Operation] = {
    operation.symbol.lower(): operation
    for operation in (
        *(RELU, LEAKY_RELU, TANH, SIGMOID, SOFTPLUS),
        *(EXP, LOG, SQRT, SINE, COSINE),
    )
} | {"leaky_relu": LEAKY_RELU, "max": RELU, "σ": SIGMOID, "ln": LOG}
#: An operation on our values.
Rule = Callable[..., Any]


class TranslationError(SentenceError):
    """What a visitor's values lack; the message is a sentence for them."""


class OrderError(TranslationError):
    """The order of inputs is unknown, and the numbers don't tell it."""


class Step(NamedTuple):
    """A computed value: how, and the places of its inputs among all values."""

    rule: Rule
    inputs: tuple[int, ...]


def is_near(a: Any, b: float) -> bool:
    """Return whether two numbers are equal but for rounding; NaN is near NaN."""
    if isinstance(a, bool) or not isinstance(a, float | int):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def find_step(
    value: Any,
    number: float,
    inputs: tuple[int, ...],
    numbers: Sequence[float],
    is_ordered: bool,
) -> Step:
    """Return the step that made a value, whose result must be its number."""
    kind = type(value).__name__
    symbol = read(value, "_op")
    if not isinstance(symbol, str):
        raise TranslationError(
            f"{kind} has no _op: without it nothing can know which operation made it."
        )
    symbol = symbol.strip()
    if not symbol:
        raise TranslationError(
            f"A {kind} with {len(inputs)} inputs has an empty _op. Hand over the "
            f"operation's symbol, such as '+'."
        )
    choices = _list_choices(symbol, inputs, numbers, is_ordered)
    if not choices and symbol in ("**", "^", "pow"):
        raise TranslationError(
            f"The _op of a power is {symbol!r} alone, so the exponent isn’t known. "
            f"Write f'**{{exponent}}'."
        )
    if not choices:
        raise TranslationError(
            f"The operation {symbol!r} of {_count(inputs)} isn’t one that moongrad "
            f"knows: {KNOWN}."
        )
    fitting = [s for s in choices if is_near(number, _compute(s, numbers))]
    if not fitting:
        given = " and ".join(f"{numbers[k]:.6g}" for k in inputs)
        raise TranslationError(
            f"A value says that {symbol!r} made it, but its number is {number:.6g}, "
            f"and {symbol!r} of {given} is {_compute(choices[0], numbers):.6g}. Is "
            f"its _op, or its _prev, that of another operation?"
        )
    # With one input there is nothing to be in order: the usual meaning comes first.
    if len(fitting) > 1 and len(inputs) > 1:
        raise OrderError(
            f"{kind} keeps its inputs in a set, which has no order, and {symbol!r} "
            f"needs one. Keep _prev as a tuple."
        )
    return fitting[0]


def _count(inputs: tuple[int, ...]) -> str:
    return "1 value" if len(inputs) == 1 else f"{len(inputs)} values"


def _compute(step: Step, numbers: Sequence[float]) -> float:
    try:
        values = [Value(numbers[k]) for k in step.inputs]
        result: float = step.rule(*values).data
        return result
    except (ArithmeticError, ValueError):
        return math.nan


def _add(*values: Any) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _multiply(*values: Any) -> Any:
    product = values[0]
    for value in values[1:]:
        product = product * value
    return product


ORDERED: dict[str, Rule] = {"-": lambda a, b: a - b, "/": lambda a, b: a / b}
COMMUTATIVE: dict[str, Rule] = {"+": _add, "*": _multiply, "sum": _add}


def _list_choices(
    symbol: str, inputs: tuple[int, ...], numbers: Sequence[float], is_ordered: bool
) -> list[Step]:
    """Return what a symbol may stand for; a set holds equal inputs once, unordered."""
    twice = inputs * 2 if len(inputs) == 1 and not is_ordered else inputs
    if symbol in COMMUTATIVE:
        steps = [Step(COMMUTATIVE[symbol], twice)]
        # A list with one input is a sum of one, unless a set was made before.
        if len(inputs) == 1 and is_ordered:
            steps.append(Step(COMMUTATIVE[symbol], inputs * 2))
        return steps
    if symbol in ORDERED and len(inputs) == 2:
        steps = [Step(ORDERED[symbol], inputs)]
        return steps if is_ordered else [*steps, Step(ORDERED[symbol], inputs[::-1])]
    if len(inputs) == 1:
        return _list_functions(symbol, inputs)
    if len(inputs) == 2 and symbol in ("**", "pow"):
        # The exponent may have been made a value, which is no input of the program.
        a, b = inputs
        steps = [Step(power(numbers[b]), (a,))]
        return steps if is_ordered else [*steps, Step(power(numbers[a]), (b,))]
    return []


def _list_functions(symbol: str, inputs: tuple[int, ...]) -> list[Step]:
    """Return what a symbol of one input may stand for."""
    if symbol in ORDERED:
        steps = [Step(lambda a: ORDERED[symbol](a, a), inputs)]
        return [Step(lambda a: -a, inputs), *steps] if symbol == "-" else steps
    if symbol.lower() in ("neg", "negate", "-x"):
        return [Step(lambda a: -a, inputs)]
    if symbol.lower() in ("inv", "1/", "reciprocal"):
        return [Step(lambda a: a**-1, inputs)]
    exponent = re.fullmatch(r"(?:\*\*|\^|pow)\s*\(?(-?[\d.]+(?:e-?\d+)?)\)?", symbol)
    if exponent:
        try:
            return [Step(power(float(exponent[1])), inputs)]
        except ValueError:
            return []
    operation = FUNCTIONS.get(symbol.lower())
    return [Step(operation, inputs)] if operation else []
