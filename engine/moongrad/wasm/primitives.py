"""
Primitives: what the `code` of an operation stands for in WebAssembly.

Operands are code that pushes a number and may be repeated. Where there is no result, as
for the logarithm of 0, the code runs `fail`, which leaves the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from moongrad.engine import Operation
from moongrad.wasm.encode import f64_const, if_
from moongrad.wasm.lanes import Lanes
from moongrad.wasm.mathematics import NAMES
from moongrad.wasm.program import NoCodeError, Program
from moongrad.wasm.trace import trace_rule

Rule = Callable[..., Any]
_DIRECT = {"add": 2, "sub": 2, "mul": 2, "min": 2, "sqrt": 1}
_OTHERS = {"divide": 2, "relu": 1, "step": 1, "power": 1, "slope": 1, "exponential": 1}
N_OPERANDS = _DIRECT | _OTHERS | dict.fromkeys(NAMES, 1)
# What fails: the comparison with a limit that holds for a bad operand.
_CHECKS = {
    "nonzero": ("eq", 0.0),
    "positive": ("le", 0.0),
    "nonnegative": ("lt", 0.0),
    "finite": ("eq", math.inf),
}


def rule_of(operation: Operation, n_operands: int) -> Program | None:
    """
    Return the rule to compile for an operation without code; None if it has code.

    Raises `NoCodeError` if it has neither.
    """
    name = operation.code.partition(" ")[0]
    if not name:
        return compile_rule(operation, operation.forward, n_operands)
    if name not in N_OPERANDS:
        raise NoCodeError(
            f"operation {operation.symbol!r} has unknown WebAssembly code {name!r}; "
            f"there are {', '.join(sorted(N_OPERANDS))}"
        )
    if N_OPERANDS[name] != n_operands:
        raise NoCodeError(
            f"operation {operation.symbol!r} has the code {name!r}, which takes "
            f"{N_OPERANDS[name]} numbers, not {n_operands}"
        )
    return None


def compile_rule(operation: Operation, rule: Rule, n_numbers: int) -> Program:
    """Return one of an operation's two rules as a program; raises `NoCodeError`."""
    try:
        return trace_rule(rule, n_numbers)
    except NoCodeError as error:
        raise NoCodeError(
            f"operation {operation.symbol!r} has no WebAssembly code, and {error} "
            f"Rules may use + - * / ** and `at`."
        ) from None


def needs_functions(program: Program) -> bool:
    """Whether a program calls the functions of `mathematics`."""
    for operation, operands, *_ in set(program.instructions):
        name = operation.code.partition(" ")[0]
        if name in (*NAMES, "power", "slope", "exponential"):
            return True
        rule = rule_of(operation, len(operands)) if name not in N_OPERANDS else None
        if rule is not None and needs_functions(rule):
            return True
    return False


def can_fail(operation: Operation) -> bool:
    """Whether an operation has no result for some numbers."""
    name, _, number = operation.code.partition(" ")
    if name in ("power", "slope"):
        k = float(number) - (name == "slope")
        return k < 0 or k % 1 != 0
    return name in ("divide", "log", "sin")


def emit(lanes: Lanes, code: str, operands: Sequence[bytes], fail: bytes) -> bytes:
    """Return code that pushes the result of a primitive."""
    name, _, argument = code.partition(" ")
    first = operands[0]
    if name in _DIRECT:
        return lanes.op(name, *operands)
    match name:
        case "divide":
            return _check(lanes, "nonzero", operands[1], fail) + lanes.op(
                "div", *operands
            )
        case "relu":
            return lanes.relu(first)
        case "step":
            return lanes.step(first)
        case "power":
            return _power(lanes, float(argument), first, fail)
        case "slope":
            k = float(argument)
            if not k:
                return lanes.const(0.0)
            return lanes.op("mul", lanes.const(k), _power(lanes, k - 1, first, fail))
        case "exponential":
            product = lanes.op("mul", first, lanes.const(float(argument)))
            return lanes.apply(NAMES.index("exp"), product)
    needs = {"log": "positive", "sin": "finite"}.get(name, "")
    check = _check(lanes, needs, first, fail) if needs else b""
    return check + lanes.apply(NAMES.index(name), first)


def _check(lanes: Lanes, kind: str, x: bytes, fail: bytes) -> bytes:
    comparison, limit = _CHECKS[kind]
    if kind == "finite":  # both infinities fail
        x = lanes.op("abs", x)
    return if_(lanes.is_any(comparison, x, limit), fail)


def _power(lanes: Lanes, exponent: float, x: bytes, fail: bytes) -> bytes:
    """The power for one exponent: a product, if it is short, or exp and log."""
    n = abs(exponent)
    check = _check(lanes, "nonzero", x, fail) if exponent < 0 else b""
    if exponent % 1:
        check += _check(lanes, "nonnegative", x, fail)
    if n % 0.5 or n > 64:
        return check + lanes.apply(NAMES.index("pow"), x, f64_const(exponent))
    power = lanes.op("sqrt", x) if n % 1 else x if n else lanes.const(1.0)
    for _ in range(int(n) - (1 if n % 1 == 0 else 0)):
        power = lanes.op("mul", power, x)
    if exponent < 0:
        power = lanes.op("div", lanes.const(1.0), power)
    return check + power
