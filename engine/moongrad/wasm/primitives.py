"""
Primitives: what the `code` of an operation stands for in WebAssembly.

An operation without code is compiled from its rule in Python, down to primitives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from moongrad.engine import Operation
from moongrad.wasm.encode import f64_const, if_, local_get, local_set
from moongrad.wasm.lanes import Lanes
from moongrad.wasm.mathematics import NAMES
from moongrad.wasm.program import PROGRAM_OPERATIONS, NoCodeError, Program
from moongrad.wasm.trace import trace_rule

Rule = Callable[..., Any]
_DIRECT = {"add": 2, "sub": 2, "mul": 2, "min": 2, "sqrt": 1}
_WITH_NUMBER = ("power", "slope", "exponential")  # such as "power 2.0"
_FUNCTIONS = [name for name in NAMES if name != "pow"]
N_OPERANDS = (
    _DIRECT
    | {"divide": 2, "relu": 1, "step": 1}
    | dict.fromkeys((*_WITH_NUMBER, *_FUNCTIONS), 1)
)
# What an operation needs of its last operand.
_NEEDS = {
    "divide": "nonzero",
    "log": "positive",
    "sqrt": "nonnegative",
    "sin": "finite",
    "cos": "finite",
}
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

    Raises `NoCodeError` if it has neither, or code that does not suit it.
    """
    name, _, number = operation.code.partition(" ")
    if not operation.code:
        return compile_rule(operation, operation.forward, n_operands)
    needs_number = name in _WITH_NUMBER
    if name not in N_OPERANDS or needs_number != _is_number(number):
        raise NoCodeError(
            f"operation {operation.symbol!r} has unknown WebAssembly code "
            f"{operation.code!r}; there are {', '.join(sorted(N_OPERANDS))}, with a "
            f"number after {', '.join(_WITH_NUMBER)}"
        )
    if N_OPERANDS[name] != n_operands:
        raise NoCodeError(
            f"operation {operation.symbol!r} has the code {name!r}, which takes "
            f"{N_OPERANDS[name]} numbers, not {n_operands}"
        )
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
        if operation.code.partition(" ")[0] in (*_FUNCTIONS, *_WITH_NUMBER):
            return True
        if not operation.code and operation not in PROGRAM_OPERATIONS:
            rule = compile_rule(operation, operation.forward, len(operands))
            if needs_functions(rule):
                return True
    return False


def can_fail(operation: Operation) -> bool:
    """Whether an operation has no result for some numbers."""
    name, _, number = operation.code.partition(" ")
    if name in ("power", "slope"):
        k = float(number) - (name == "slope")
        return k < 0 or k % 1 != 0
    return name in _NEEDS


def compute(
    lanes: Lanes,
    scratch: Callable[[str], int],
    operation: Operation,
    operands: Sequence[bytes],
    fail: bytes,
    prefix: str = "rule",
) -> bytes:
    """
    Return code that pushes the result of an operation.

    `operands` are code that may be repeated. `scratch` returns a local for a name;
    names that begin with `prefix` are free. Where there is no result, the code runs
    `fail`, which leaves the function; without it, nothing is checked.
    """
    rule = rule_of(operation, len(operands))
    if rule is None:
        return _emit(lanes, operation.code, operands, fail)
    codes = dict(enumerate(operands))
    for k, number in enumerate(rule.constants):
        codes[-1 - k] = lanes.const(number)
    code = b""
    for register, (inner, registers, *_) in rule.results():
        name = f"{prefix}.{register}"
        numbers = [codes[k] for k in registers]
        result = compute(lanes, scratch, inner, numbers, fail, name)
        code += local_set(scratch(name), result)
        codes[register] = local_get(scratch(name))
    return code + codes[rule.outputs[0]]


def _emit(lanes: Lanes, code: str, operands: Sequence[bytes], fail: bytes) -> bytes:
    """Return code that pushes the result of a primitive."""
    name, _, argument = code.partition(" ")
    first, last = operands[0], operands[-1]
    check = _check(lanes, _NEEDS[name], last, fail) if name in _NEEDS else b""
    match name:
        case "divide":
            return check + lanes.op("div", *operands)
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
    if name in _DIRECT:
        return check + lanes.op(name, *operands)
    return check + lanes.apply(NAMES.index(name), first)


def _check(lanes: Lanes, kind: str, x: bytes, fail: bytes) -> bytes:
    if not fail:
        return b""
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
