"""
Parses typed formulas into graphs of `Value`s, without ever executing the text.

`parse` walks Python's own syntax tree and accepts only a few kinds of nodes:
numbers, names, `+ - * / **`, brackets, and the functions in `FUNCTIONS`.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moongrad.engine import Value

MAX_CHARACTERS = 200
MAX_DEPTH = 40  # nested operations

FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "exp": Value.exp,
    "log": Value.log,
    "tanh": Value.tanh,
    "relu": Value.relu,
    "sigmoid": Value.sigmoid,
    "sin": Value.sin,
    "cos": Value.cos,
    "abs": lambda x: x.relu() + (-x).relu(),
}
_OPERATORS: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: Value.__add__,
    ast.Sub: Value.__sub__,
    ast.Mult: Value.__mul__,
    ast.Div: Value.__truediv__,
}


class FormulaError(ValueError):
    """A mistake in a formula; `column` says where, counted from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column


@dataclass(frozen=True)
class Formula:
    """
    A parsed formula: statements, of which the last one is the result.

    * `names`: the names that need a number, in the order of their first use.
    * `made`: the names that its own statements define.
    * `text`: the source text.
    """

    text: str
    names: tuple[str, ...]
    _statements: tuple[tuple[str, ast.expr], ...]

    @property
    def made(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._statements if name)

    def __call__(self, /, **numbers: Value | float) -> Value:
        """
        Return the result for these numbers: a graph whose named values have labels.

        Raises `FormulaError` where a name has no number, and where an operation has no
        result.
        """
        known = {
            name: number if isinstance(number, Value) else Value(number, label=name)
            for name, number in numbers.items()
        }
        result = None
        for name, expression in self._statements:
            result = _evaluate(expression, known)
            if name and any(result is value for value in known.values()):
                result = result * 1.0  # a second name needs a value of its own
            if name:
                result.label = name
                known[name] = result
        assert result is not None  # `parse` rejects an empty formula
        return result


def parse(text: str) -> Formula:
    """
    Return `text` as a formula: one expression, or several statements.

    Statements such as `e = a*b` are separated by `;` and may use earlier names. An
    exponent must be a number. Raises `FormulaError`, whose `column` says where, for
    anything else, for more than `MAX_CHARACTERS` characters and for more than
    `MAX_DEPTH` nested operations.

    >>> formula = parse("e = a*b; (e + c) * f")
    >>> formula.names
    ('a', 'b', 'c', 'f')
    >>> formula(a=2, b=-3, c=10, f=-2)
    Value(data=-8.0, grad=0.0)
    >>> parse("3*x +")
    Traceback (most recent call last):
    moongrad.formula.FormulaError: column 6: something is missing or too much here
    """
    if len(text) > MAX_CHARACTERS:
        message = (
            f"a formula has at most {MAX_CHARACTERS} characters, this one {len(text)}"
        )
        raise FormulaError(message, MAX_CHARACTERS + 1)
    for column, character in enumerate(text, 1):
        if not (character.isascii() and character.isprintable()):
            raise FormulaError(f"{character!r} has no meaning here", column)
    if "#" in text:  # Python would skip the rest as a comment
        raise FormulaError("'#' has no meaning here", text.index("#") + 1)
    source = text.lstrip()
    n_blank = len(text) - len(source)
    if not source:
        raise FormulaError("there is no formula yet", 1)
    try:
        with warnings.catch_warnings(action="ignore"):  # about odd syntax
            body = ast.parse(source, mode="exec").body
    except SyntaxError as error:
        column = min(error.offset or 1, len(source.rstrip()) + 1) + n_blank
        raise FormulaError(_describe_syntax_error(text, column), column) from None
    except (RecursionError, MemoryError):
        raise FormulaError("there are too many brackets", 1) from None
    return _Reader(text, n_blank).read(body)


class _Reader:
    """Checks every node of a syntax tree and collects the names that it uses."""

    def __init__(self, text: str, n_blank: int) -> None:
        self._text = text
        self._n_blank = n_blank
        self._free_names: dict[str, None] = {}  # an ordered set
        self._defined_names: set[str] = set()

    def read(self, body: list[ast.stmt]) -> Formula:
        statements = []
        for statement in body:
            name = ""
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                (target,) = statement.targets
                if not isinstance(target, ast.Name):
                    raise self._error(target, "only a name can stand before =")
                name = target.id
                self._check_name(target)
                if name in self._free_names or name in self._defined_names:
                    raise self._error(target, f"{name} has a value already")
            elif not isinstance(statement, ast.Expr):
                raise self._error(statement, "this is not part of a formula")
            self._check(statement.value, 1)
            statements.append((name, self._shifted(statement.value)))
            if name:
                self._defined_names.add(name)
        return Formula(self._text, tuple(self._free_names), tuple(statements))

    def _check(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._error(node, f"this goes more than {MAX_DEPTH} operations deep")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(
                number, bool
            ):
                if not math.isfinite(number):
                    raise self._error(node, "this number is too large")
            case ast.Name(id=name):
                self._check_name(node)
                if name not in self._defined_names:
                    self._free_names[name] = None
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self._check(operand, depth + 1)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                self._check(left, depth + 1)
                self._check(right, depth + 1)
                if _has_name(left) and _has_name(right):
                    advice = "an exponent is a number here; try exp(… * log(…))"
                    raise self._error(right, advice)
            case ast.BinOp(left=left, op=operator, right=right):
                if type(operator) not in _OPERATORS:
                    hint = "; a power is written **"
                    hint = hint if isinstance(operator, ast.BitXor) else ""
                    raise self._error(right, f"the operators are + - * / **{hint}")
                self._check(left, depth + 1)
                self._check(right, depth + 1)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if (
                name in FUNCTIONS
            ):
                self._check(argument, depth + 1)
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                raise self._error(node, f"{name} takes one number, as {name}(x)")
            case ast.Call():
                names = ", ".join(FUNCTIONS)
                raise self._error(node, f"the functions are {names}")
            case _:
                raise self._error(node, "this is not part of a formula")

    def _check_name(self, node: ast.Name) -> None:
        if node.id in FUNCTIONS:
            raise self._error(node, f"{node.id} is a function: {node.id}(x)")
        if node.id.startswith("_") or len(node.id) > 20:
            raise self._error(node, "a name is at most 20 letters and digits")

    def _error(self, node: ast.AST, message: str) -> FormulaError:
        return FormulaError(message, node.col_offset + 1 + self._n_blank)  # type: ignore[attr-defined]

    def _shifted(self, expression: ast.expr) -> ast.expr:
        """Shift columns by the leading blanks, which were removed before parsing."""
        for node in ast.walk(expression):
            if isinstance(node, ast.expr):
                node.col_offset += self._n_blank
        return expression


def _evaluate(node: ast.expr, known: Mapping[str, Value]) -> Value:
    cause = node  # the node that an error is about
    try:
        match node:
            case ast.Constant(value=number):
                return Value(float(number))  # type: ignore[arg-type]
            case ast.Name(id=name):
                if name not in known:
                    raise FormulaError(
                        f"there is no number called {name}", node.col_offset + 1
                    )
                return known[name]
            case ast.UnaryOp(op=sign, operand=operand):
                value = _evaluate(operand, known)
                if isinstance(sign, ast.UAdd):
                    return value
                if isinstance(operand, ast.Constant):
                    return Value(-value.data)
                return -value
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                base, exponent = _evaluate(left, known), _evaluate(right, known)
                cause = left
                if _has_name(right):
                    return base.data**exponent
                return base**exponent.data
            case ast.BinOp(left=left, op=operator, right=right):
                a, b = _evaluate(left, known), _evaluate(right, known)
                cause = right
                return _OPERATORS[type(operator)](a, b)
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                value = _evaluate(argument, known)
                cause = argument
                return FUNCTIONS[name](value)
    except FormulaError:
        raise
    except (ArithmeticError, ValueError) as error:
        raise FormulaError(str(error), cause.col_offset + 1) from None
    raise AssertionError(f"parse accepted {ast.dump(node)}")


def _has_name(node: ast.expr) -> bool:
    """Whether an expression contains a name other than that of a function."""
    calls = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    return any(isinstance(n, ast.Name) and id(n) not in calls for n in ast.walk(node))


def _describe_syntax_error(text: str, column: int) -> str:
    """Guess the mistake from the text around the column of a syntax error."""
    before, here = text[: column - 1].rstrip()[-1:], text[column - 1 : column]
    if text.count("(") != text.count(")"):
        return "the brackets do not match"
    if before.isdigit() and (here.isalpha() or here == "("):
        return "a product needs its *, as in 2*x"
    if here.isdigit() and text[column : column + 1].isalpha():
        return "a product needs its *, as in 2*x"
    return "something is missing or too much here"
