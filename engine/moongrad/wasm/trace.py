"""
Tracing: calls a function of `Value`s once, with symbols, and records a Program.

A `Symbol` is a value without a number, because every row has another one. It has
operators of its own, which note what is done; reading the number raises `TraceError`.
While the function runs, its parameters are symbols too: their class is another one.
That is the only way to notice that a function reads their numbers, which would become
constants, and it costs nothing when no function is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import chain
from numbers import Real
from typing import Any, NoReturn

from moongrad.engine import (
    ADD,
    DIVIDE,
    LEAF,
    MULTIPLY,
    STEP,
    SUBTRACT,
    Operation,
    TraceError,
    Value,
    topological_order,
)
from moongrad.wasm.program import (
    Instruction,
    NoCodeError,
    Program,
    scalar_instruction,
)

_HAS_VARARGS = 4  # a flag of a function's code: it takes `*arguments`


def _call(operation: Operation, inputs: tuple[Value, ...]) -> Symbol:
    """Return the symbol of an operation that was called; raises `TypeError`."""
    code = getattr(operation.derivatives, "__code__", None)
    n = code.co_argcount - 1 if code and not code.co_flags & _HAS_VARARGS else None
    if n is not None and n != len(inputs):
        values = "1 value" if n == 1 else f"{n} values"
        raise TypeError(f"{operation.symbol} takes {values}, got {len(inputs)}")
    return _derive(operation, inputs)


def _derive(operation: Operation, inputs: tuple[Value, ...]) -> Symbol:
    """Return the symbol of an operation's result."""
    result = _new_symbol(Symbol)
    result.label = ""
    result._prev = inputs
    result._operation = operation
    return result


def _operator(operation: Operation) -> tuple[Callable[..., Any], ...]:
    """Return an operator's two methods, as `moongrad.engine` has them for values."""

    def left(self: Value, other: Value | float) -> Any:
        if isinstance(other, Value):
            return _derive(operation, (self, other))
        if isinstance(other, Real):
            return _derive(operation, (self, Value(other)))
        return NotImplemented

    def right(self: Value, other: Value | float) -> Any:
        if isinstance(other, Value):  # one that is no symbol
            return _derive(operation, (other, self))
        if isinstance(other, Real):
            return _derive(operation, (Value(other), self))
        return NotImplemented

    return left, right


class Symbol(Value):
    """A value without a number: one node in the graphs of all rows."""

    __slots__ = ()

    _derive = staticmethod(_call)

    def __init__(self, label: str) -> None:
        self.label = label
        self._prev = ()
        self._operation = LEAF

    __add__, __radd__ = _operator(ADD)
    __sub__, __rsub__ = _operator(SUBTRACT)
    __mul__, __rmul__ = _operator(MULTIPLY)
    __truediv__, __rtruediv__ = _operator(DIVIDE)

    @property
    def data(self) -> float:
        """The number, which a symbol does not have."""
        raise TraceError(
            "compile runs the function once for all rows, so a traced Value has no "
            "data. Use Value operations, such as relu, instead of reading the number."
        )

    @data.setter
    def data(self, number: float) -> None:
        raise TraceError(
            "compile runs the function once for all rows, so a traced Value cannot be "
            "assigned. Update parameters outside of the function."
        )

    def __bool__(self) -> bool:
        return self._refuse("if and while cannot test it. Use relu for a choice")

    def __float__(self) -> float:
        return self._refuse("float() cannot read it. Use Value operations")

    def __int__(self) -> int:
        return self._refuse("int() cannot read it. Use Value operations")

    def __lt__(self, other: object) -> Any:
        return self._refuse("< and > cannot compare it. Use relu for a choice")

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        return self._refuse("== and in cannot compare it. Use relu for a choice")

    __hash__ = object.__hash__

    def __abs__(self) -> Value:
        return self._refuse("abs() cannot read its sign. Use relu() + (-value).relu()")

    def __repr__(self) -> str:
        return f"Symbol({self.label or self._op!r})"

    def _refuse(self, reason: str) -> NoReturn:
        raise TraceError(
            f"compile runs the function once for all rows, so a traced Value has no "
            f"number: {reason}, or backend='python'."
        )


_new_symbol = Symbol.__new__


class _Number(Symbol):
    """A number that an operation's or an optimiser's rule is about."""

    __slots__ = ()

    def __gt__(self, other: object) -> Any:
        return STEP(self) if other == 0 else super().__gt__(other)


def trace(fn: Callable[..., Any], params: Sequence[Value], n_inputs: int) -> Program:
    """
    Call `fn` once with `n_inputs` symbols and return what it did as a `Program`.

    * `fn`: takes `n_inputs` values and returns one value or a tuple of them.
    * `params`: the values to differentiate by; `fn` must use each of them.

    Values that depend on no input and no parameter become constants. Raises
    `TraceError` if `fn` reads a number, `NoCodeError` for an operation made by hand,
    `TypeError` and `ValueError` for arguments that make no program.

    >>> w = Value(3.0)
    >>> print(trace(lambda x: (w * x + 2).relu(), [w], 1))
    program of 1 input, 1 parameter, 3 instructions
      t0 = p0 * x0
      t1 = t0 + 2.0
      t2 = ReLU(t1)
      return t2
    """
    check_arguments(params, n_inputs)
    return trace_checked(fn, params, n_inputs)


def trace_checked(
    fn: Callable[..., Any], params: Sequence[Value], n_inputs: int
) -> Program:
    """As `trace`, with arguments that are known to be good."""
    inputs = [Symbol(f"x{k}") for k in range(n_inputs)]
    with _as_symbols(params):
        return _to_program(inputs, params, as_outputs(fn(*inputs)))


@lru_cache(maxsize=1024)
def trace_rule(rule: Callable[..., Any], n_numbers: int) -> Program:
    """
    Return what a rule does to numbers: that of an operation, or of an optimiser.

    Unlike a function that is compiled, it may compare a number with 0, and return
    numbers. Raises `NoCodeError` if it does what no program can.

    >>> print(trace_rule(lambda y, a: (1 - y * y,), 2))
    program of 2 inputs, 0 parameters, 2 instructions
      t0 = x0 * x0
      t1 = 1.0 - t0
      return t1
    """
    numbers = [_Number(f"x{k}") for k in range(n_numbers)]
    try:
        results = rule(*numbers)
        results = results if isinstance(results, tuple) else (results,)
        values = [r if isinstance(r, Value) else Value(r) for r in results]
        return _to_program(numbers, [], values)
    except (TypeError, AttributeError) as error:
        raise NoCodeError(f"the rule cannot be compiled: {error}") from None


def as_outputs(result: object) -> Sequence[Value]:
    """Return what a function returned as several values; raises `TypeError`."""
    outputs = result if isinstance(result, tuple | list) else (result,)
    if not outputs or not all(isinstance(output, Value) for output in outputs):
        kinds = ", ".join(type(output).__name__ for output in outputs) or "nothing"
        raise TypeError(
            f"compile needs a function that returns a Value or a tuple of Values, "
            f"got {kinds}"
        )
    return outputs


def _to_program(
    inputs: Sequence[Value], params: Sequence[Value], outputs: Sequence[Value]
) -> Program:
    n_leaves = len(inputs) + len(params)
    registers = {value: k for k, value in enumerate([*inputs, *params])}
    constants: dict[str, int] = {}
    instructions: list[Instruction] = []
    find_register = registers.__getitem__

    def register_of(value: Value) -> int:
        if value not in registers:
            registers[value] = _find_constant(value, constants)
        return registers[value]

    for output in outputs:
        for value in () if output in registers else topological_order(output):
            if type(value) is not Symbol or value in registers:
                continue
            try:
                operands = tuple(map(find_register, value._prev))
            except KeyError:
                operands = tuple(map(register_of, value._prev))
            registers[value] = n_leaves + len(instructions)
            instructions.append(scalar_instruction(value._operation, operands))

    results = tuple(map(register_of, outputs))
    used = {*chain.from_iterable([i.operands for i in instructions]), *results}
    for k, p in enumerate(params):
        if len(inputs) + k not in used:
            raise ValueError(
                f"parameter {k} ({p.label or f'p{k}'}) is used by no operation of the "
                f"function. Leave it out of the parameters, or use it."
            )
    return Program(
        n_inputs=len(inputs),
        parameters=tuple([p.label or f"p{k}" for k, p in enumerate(params)]),
        constants=tuple(map(float.fromhex, constants)),
        instructions=tuple(instructions),
        outputs=results,
    )


def _find_constant(value: Value, constants: dict[str, int]) -> int:
    """Return the register of a value that is the same for all rows."""
    order = topological_order(value)
    if any(node._derive is not None for node in order):
        for node in order:
            if node._operation.backward is not None:
                raise NoCodeError(
                    f"the operation {node._op!r} was made by hand, so it has no "
                    f"WebAssembly code: make it an Operation, or use backend='python'"
                )
        raise ValueError(
            f"{value!r} was computed from a parameter before compile called the "
            f"function, so its gradient would be lost. Compute it in the function."
        )
    number = float(value.data).hex()  # tells 0.0 from -0.0
    return constants.setdefault(number, -1 - len(constants))


def check_arguments(params: Sequence[Value], n_inputs: int) -> None:
    """Raise `TypeError` or `ValueError` for arguments that `compile` cannot use."""
    if n_inputs < 0:
        raise ValueError(f"compile needs n_inputs >= 0, got n_inputs={n_inputs}")
    positions: dict[Value, int] = {}
    for k, parameter in enumerate(params):
        if not isinstance(parameter, Value) or isinstance(parameter, Symbol):
            kind = type(parameter).__name__
            raise TypeError(f"compile needs Values as parameters, got {kind} at {k}")
        if parameter._prev:
            raise ValueError(
                f"compile needs parameters that are given, not computed, got "
                f"{parameter!r} at {k}"
            )
        if parameter in positions:
            raise ValueError(
                f"compile got the same parameter twice, at {positions[parameter]} "
                f"and {k}"
            )
        positions[parameter] = k


@cache
def _symbol_class(kind: Any) -> type[Value]:
    """Return the class that values of a subclass have while they are symbols."""
    # A subclass keeps its methods, and whatever room its instances have.
    return type("Symbol", (kind, Symbol), {"__slots__": ()})


@contextmanager
def _as_symbols(params: Sequence[Value]) -> Iterator[None]:
    """Turn the parameters into symbols: their numbers must not become constants."""
    kinds: list[Any] = [type(parameter) for parameter in params]
    try:
        for parameter, kind in zip(params, kinds, strict=True):
            symbol = Symbol if kind is Value else _symbol_class(kind)
            parameter.__class__ = symbol
        yield
    finally:
        for parameter, kind in zip(params, kinds, strict=True):
            parameter.__class__ = kind
