"""
Tracing: calls a function of `Value`s once, with symbols, and records a Program.

A `Symbol` is a value without a number, because every row has another one. Arithmetic on
symbols builds the same graph as on other values; reading the number raises
`TraceError`. While the function runs, its parameters are symbols too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

from moongrad.engine import LEAF, Operation, TraceError, Value, topological_order
from moongrad.wasm.program import Instruction, NoCodeError, Program


class Symbol(Value):
    """A value without a number: one node in the graphs of all rows."""

    __slots__ = ()

    def __init__(
        self,
        label: str,
        inputs: tuple[Value, ...] = (),
        operation: Operation = LEAF,
    ) -> None:
        self.label = label
        self._prev = inputs
        self._operation = operation

    @property
    def data(self) -> float:
        """The number, which a symbol does not have."""
        raise TraceError(
            "compile runs the function once for all rows, so a traced Value has no "
            "data. Use Value operations, such as relu, instead of reading the number.",
            _derive,
        )

    @data.setter
    def data(self, number: float) -> None:
        raise TraceError(
            "compile runs the function once for all rows, so a traced Value cannot be "
            "assigned. Update parameters outside of the function.",
            _derive,
        )

    def __bool__(self) -> bool:
        return self._refuse("if and while cannot test it. Use relu for a choice")

    def __float__(self) -> float:
        return self._refuse("float() cannot read it. Use Value operations")

    def __int__(self) -> int:
        return self._refuse("int() cannot read it. Use Value operations")

    def __lt__(self, other: object) -> bool:
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
            f"number: {reason}, or backend='python'.",
            _derive,
        )


def _derive(inputs: tuple[Value, ...], operation: Operation) -> Value:
    n = len(operation.derivative_codes)
    if n and len(inputs) != n:
        inputs_ = "1 value" if n == 1 else f"{n} values"
        raise TypeError(f"{operation.symbol} takes {inputs_}, got {len(inputs)}")
    if operation.code and len(inputs) > 2:
        raise NoCodeError(
            f"{operation.symbol} takes {len(inputs)} values; code knows only a and b. "
            f"Use backend='python', or two operations."
        )
    return Symbol("", inputs, operation)


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
    inputs = [Symbol(f"x{k}") for k in range(n_inputs)]
    with _as_symbols(params):
        return _to_program(inputs, params, as_outputs(fn(*inputs)))


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
    # Registers are numbered in this order: inputs, parameters, constants, results. The
    # number of constants is known only at the end; until then they are -1, -2...
    n_leaves = len(inputs) + len(params)
    registers = {value: k for k, value in enumerate([*inputs, *params])}
    constants: dict[str, int] = {}
    values: list[float] = []
    instructions: list[tuple[Operation, list[int]]] = []
    n_differentiated = 0

    def register_of(value: Value) -> int:
        if value in registers:
            return registers[value]
        order = topological_order(value)
        if any(isinstance(node, Symbol) for node in order):
            for node in order:
                if node._operation.backward is not None:
                    raise NoCodeError(
                        f"the operation {node._op!r} was made by hand, so it has no "
                        f"WebAssembly code: make it an Operation with code and "
                        f"derivative_codes, or use backend='python'"
                    )
            raise ValueError(
                f"{value!r} was computed from a parameter before compile called the "
                f"function, so its gradient would be lost. Compute it in the function."
            )
        number = float(value.data)
        key = number.hex()  # tells 0.0 from -0.0
        if key not in constants:
            constants[key] = -1 - len(constants)
            values.append(number)
        return constants[key]

    for k, output in enumerate(outputs):
        for value in topological_order(output):
            if isinstance(value, Symbol) and value not in registers:
                operands = [register_of(operand) for operand in value._prev]
                registers[value] = n_leaves + len(instructions)
                instructions.append((value._operation, operands))
        if k == 0:
            n_differentiated = len(instructions)

    results = [register_of(output) for output in outputs]  # may add constants

    def final_register(register: int) -> int:
        if register < 0:
            return n_leaves - 1 - register
        return register if register < n_leaves else register + len(constants)

    program = Program(
        n_inputs=len(inputs),
        parameters=tuple(p.label or f"p{k}" for k, p in enumerate(params)),
        constants=tuple(values),
        instructions=tuple(
            Instruction(operation, tuple(map(final_register, operands)))
            for operation, operands in instructions
        ),
        outputs=tuple(map(final_register, results)),
        n_differentiated=n_differentiated,
    )
    used = {a for instruction in program.instructions for a in instruction.operands}
    used |= set(program.outputs)
    for k, label in enumerate(program.parameters):
        if len(inputs) + k not in used:
            raise ValueError(
                f"parameter {k} ({label}) is used by no operation of the function. "
                f"Leave it out of the parameters, or use it."
            )
    return program


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
    """Return the class that values of a kind have while they are symbols."""
    if kind is Value:
        return Symbol
    # A subclass keeps its methods, and whatever room its instances have.
    return type("Symbol", (kind, Symbol), {"__slots__": ()})


@contextmanager
def _as_symbols(params: Sequence[Value]) -> Iterator[None]:
    """Turn the parameters into symbols: their numbers must not become constants."""
    kinds = [type(parameter) for parameter in params]
    try:
        for parameter in params:
            kind = type(parameter)
            parameter.__class__ = _symbol_class(kind)  # type: ignore[arg-type]
        yield
    finally:
        for parameter, kind in zip(params, kinds, strict=True):
            parameter.__class__ = kind
