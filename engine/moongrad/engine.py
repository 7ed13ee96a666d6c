"""
A number that remembers how it was computed, and the chain rule.

`Value` wraps a float. Arithmetic on values builds a graph: each result keeps its inputs
and the `Operation` that made it. `Value.backward` walks that graph once, from the
result to the numbers it came from, and leaves in each `grad` how much the result
changes when that number does.

Every operation is one row of the table below. The idea, and the names `Value`, `_prev`,
`_op` and `backward`, are Andrej Karpathy's micrograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from numbers import Real
from typing import Any, NamedTuple, NoReturn

import moongrad.floats as floats

#: The errors of operations whose result is undefined.
_UNDEFINED = (ArithmeticError, TypeError, ValueError)


class TraceError(TypeError):
    """
    Raised when code reads the number of a traced value, which has none.

    `moongrad.compile` calls a function with symbols instead of numbers.
    """


class Operation(NamedTuple):
    """
    One row of the table: how a result is computed, and how it changes with each input.

    * `symbol`: what `Value._op` shows.
    * `forward(a)` or `forward(a, b)`: the result. All numbers are floats.
    * `derivatives(result, a)` or `derivatives(result, a, b)`: the local derivatives,
      d result / d input, as a tuple with one number per input.
    * `code`: what computes it in WebAssembly, a name in `moongrad.wasm.primitives`.
      Without one, `forward` itself is compiled.
    * `backward`: adds to the gradients of the inputs; only for a value that was made by
      hand, as in micrograd, with a function of its own instead of `derivatives`.

    To be compiled, a rule may use + - * / and ** on its numbers, compare them with 0 by
    `a > 0`, which counts as 1 or 0, and use other operations by `at`.

    An operation is called with values and returns a value. A new one needs no subclass:

    >>> cube = Operation("cube", lambda a: a * a * a, lambda y, a: (3 * a * a,))
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """

    symbol: str
    forward: Callable[..., float]
    derivatives: Callable[..., tuple[float, ...]]
    code: str = ""
    backward: Callable[[], None] | None = None

    def __call__(self, *inputs: Value) -> Value:
        for value in inputs:
            if value._derive is not None:  # the result of a symbol is a symbol
                return value._derive(self, inputs)
        try:
            data = self.forward(*[value.data for value in inputs])
        except _UNDEFINED as error:
            self.note_inputs(error, inputs)
            raise
        return Value(data, inputs, self)

    def at(self, number: Any) -> Any:
        """Return the result for a number; a rule that is compiled has symbols."""
        return self(number) if isinstance(number, Value) else self.forward(number)

    def note_inputs(self, error: Exception, inputs: tuple[Value, ...]) -> None:
        """Add to an error what the operation was given."""
        error.add_note(f"{self.symbol} got {', '.join(map(repr, inputs))}.")


def _made_by_hand(
    symbol: str, backward: Callable[[], None] = lambda: None
) -> Operation:
    """Return the operation of a value whose number was computed elsewhere."""

    def refuse(*numbers: float) -> NoReturn:
        raise TypeError(
            f"the operation {symbol!r} was made by hand, so its result is known only "
            f"once. Make it an Operation to compute it again."
        )

    return Operation(symbol, refuse, refuse, backward=backward)


# --- the table -----------------------------------------------------------------------
# Each row: symbol, forward, derivatives, code.

LEAF = Operation("", lambda: math.nan, lambda y: ())  # given, not computed
ADD = Operation("+", lambda a, b: a + b, lambda y, a, b: (1.0, 1.0), "add")
SUBTRACT = Operation("-", lambda a, b: a - b, lambda y, a, b: (1.0, -1.0), "sub")
MULTIPLY = Operation("*", lambda a, b: a * b, lambda y, a, b: (b, a), "mul")
DIVIDE = Operation("/", floats.divide, lambda y, a, b: (1 / b, -y / b), "divide")
STEP = Operation("step", lambda a: 1.0 * (a > 0), lambda y, a: (0.0,), "step")
RELU = Operation("ReLU", lambda a: 0.0 if a < 0 else a, lambda y, a: (y > 0,), "relu")
LEAKY_RELU = Operation(
    "LeakyReLU",
    lambda a: (0.01 + 0.99 * (a > 0)) * a,
    lambda y, a: (0.01 + 0.99 * (y > 0),),
)
TANH = Operation("tanh", math.tanh, lambda y, a: (1 - y * y,), "tanh")
SIGMOID = Operation("sigmoid", floats.sigmoid, lambda y, a: (y * (1 - y),), "sigmoid")
SOFTPLUS = Operation(
    "softplus", floats.softplus, lambda y, a: (SIGMOID.at(a),), "softplus"
)
COSINE: Operation = Operation("cos", floats.cos, lambda y, a: (-SINE.at(a),), "cos")
SINE: Operation = Operation("sin", floats.sin, lambda y, a: (COSINE.at(a),), "sin")
EXP = Operation("exp", floats.exp, lambda y, a: (y,), "exp")
LOG = Operation("log", floats.log, lambda y, a: (1 / a,), "log")
SQRT = Operation("sqrt", math.sqrt, lambda y, a: (0.5 / y,), "sqrt")


@lru_cache(maxsize=1024)
def power(exponent: float) -> Operation:
    """Return the row of `a ** exponent` for one constant exponent."""
    k = float(exponent)
    return Operation(
        f"**{_plain(k)}",
        lambda a: floats.power(a, k),
        lambda y, a: (_slope_of_power(k).at(a),),
        f"power {k!r}",
    )


@lru_cache(maxsize=1024)
def _slope_of_power(k: float) -> Operation:
    """Return the row of the derivative of `a ** k`."""
    return Operation(
        f"slope of **{_plain(k)}",
        lambda a: floats.power_derivative(a, k),
        lambda y, a: (k * (k - 1) * power(k - 2).at(a),),
        f"slope {k!r}",
    )


@lru_cache(maxsize=1024)
def exponential(base: float) -> Operation:
    """Return the row of `base ** a` for one constant base above 0."""
    if not base > 0:
        raise ValueError(f"number ** Value needs a base above 0, got {base}")
    log_base = math.log(base)
    return Operation(
        f"{_plain(float(base))}**",
        lambda a: floats.power(base, a),
        lambda y, a: (y * log_base,),
        f"exponential {log_base!r}",
    )


def _plain(number: float) -> str:
    return repr(number).removesuffix(".0")


# --- the value -----------------------------------------------------------------------


def _operator(operation: Operation) -> tuple[Callable[..., Value], ...]:
    """Return an operator's two methods: for a value on the left, and on the right."""

    def left(self: Value, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not (type(other) is float or isinstance(other, Real)):
                return NotImplemented  # type: ignore[no-any-return]  # let it try
            other = Value(other)
        try:  # what `operation` does, without the call, because it is faster
            return Value(forward(self.data, other.data), (self, other), operation)
        except _UNDEFINED:
            return operation(self, other)  # raises again, with a note

    def right(self: Value, other: float) -> Value:
        if type(other) is float or isinstance(other, Real):
            return left(Value(other), self)
        return NotImplemented  # type: ignore[no-any-return]

    forward = operation.forward
    return left, right


class Value:
    """
    A float that knows its gradient and the values it was computed from.

    * `data`: the number. It may be assigned: that is how a parameter is updated.
    * `grad`: d (the value `backward` was called on) / d (this value); 0.0 before that.
    * `label`: a name for figures and messages.
    * `_prev`: the values it was computed from, a tuple; `_op`: the operation's symbol.

    `+ - * / **` work between values and with plain numbers on either side; the
    functions are `exp log sin cos tanh sigmoid softplus relu leaky_relu`. An exponent
    is a number, not a value.
    Raises `TypeError` for anything that is not a real number, `ZeroDivisionError` and
    `ValueError` (with a note that names the value) where the operation has no result.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (4.0, -3.0, 2.0)

    An operation can also be made by hand, as in micrograd: a value with its inputs as
    `_children`, and a function `_backward` that adds to their gradients.

    >>> x = Value(3.0)
    >>> square = Value(x.data * x.data, (x,), "square")
    >>> def _backward():
    ...     x.grad += 2 * x.data * square.grad
    >>> square._backward = _backward
    >>> square.backward()
    >>> x.grad
    6.0
    """

    __slots__ = ("_operation", "_prev", "data", "grad", "label")

    #: How symbols make the result of an operation; other values compute it.
    _derive: Callable[[Operation, tuple[Value, ...]], Value] | None = None

    def __init__(
        self,
        data: float,
        _children: Iterable[Value] = (),
        _op: str | Operation = "",
        label: str = "",
    ) -> None:
        self.data = data if type(data) is float else _to_float(data)
        self.grad = 0.0
        self.label = label
        if type(_op) is Operation:
            self._prev: tuple[Value, ...] = _children  # type: ignore[assignment]
            self._operation = _op
            return
        if not (isinstance(_op, str) and isinstance(label, str)):
            raise TypeError(f"Value needs str as _op and label, got {_op!r}, {label!r}")
        self._prev = _to_children(_children) if _children else ()
        self._operation = _made_by_hand(_op) if _op or _children else LEAF

    @property
    def _op(self) -> str:
        return self._operation.symbol

    @property
    def _backward(self) -> Callable[[], None]:
        """A function that adds what this value passes back to its inputs' `grad`."""
        return self._operation.backward or (lambda: _pass_back(self))

    @_backward.setter
    def _backward(self, backward: Callable[[], None]) -> None:
        self._operation = _made_by_hand(self._op, backward)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    __add__, __radd__ = _operator(ADD)
    __sub__, __rsub__ = _operator(SUBTRACT)
    __mul__, __rmul__ = _operator(MULTIPLY)
    __truediv__, __rtruediv__ = _operator(DIVIDE)

    def __pow__(self, exponent: float) -> Value:
        if isinstance(exponent, Value):
            raise TypeError(
                f"Value ** needs an int or float exponent, got "
                f"{type(exponent).__name__}. Use exp and log for a variable power."
            )
        if not isinstance(exponent, Real):
            return NotImplemented
        return power(exponent)(self)

    def __rpow__(self, base: float) -> Value:
        if not isinstance(base, Real):
            return NotImplemented
        return exponential(base)(self)

    def __neg__(self) -> Value:
        return self * -1.0

    def exp(self) -> Value:
        """Return e to the power of this value."""
        return EXP(self)

    def log(self) -> Value:
        """Return the natural logarithm; raises `ValueError` unless `data > 0`."""
        return LOG(self)

    def tanh(self) -> Value:
        """Return the hyperbolic tangent, between -1 and 1."""
        return TANH(self)

    def sigmoid(self) -> Value:
        """Return 1 / (1 + exp(-self)), between 0 and 1."""
        return SIGMOID(self)

    def relu(self) -> Value:
        """Return this value where it is above 0, and 0 elsewhere."""
        return RELU(self)

    def leaky_relu(self) -> Value:
        """Return this value where it is above 0, and 0.01 times it elsewhere."""
        return LEAKY_RELU(self)

    def softplus(self) -> Value:
        """Return log(1 + exp(self)), a smooth relu."""
        return SOFTPLUS(self)

    def sin(self) -> Value:
        """Return the sine; raises `ValueError` where `data` is infinite."""
        return SINE(self)

    def cos(self) -> Value:
        """Return the cosine; raises `ValueError` where `data` is infinite."""
        return COSINE(self)

    def backward(self) -> None:
        """
        Add d self / d value to the `grad` of every leaf below, by the chain rule.

        The gradients of leaves add up over calls until they are set to 0. Those of
        computed values start at 0 in every call.

        >>> a = Value(3.0)
        >>> (a + a).backward()  # both uses count
        >>> a.grad
        2.0
        """
        order = topological_order(self)
        for node in order:
            if node._prev:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            _pass_back(node)


def _pass_back(node: Value) -> None:
    """Add what a value passes back to the `grad` of each of its inputs."""
    inputs, operation = node._prev, node._operation
    if operation.backward is not None:
        operation.backward()
        return
    try:
        if len(inputs) == 2:  # spelled out, because it is faster
            a, b = inputs
            da, db = operation.derivatives(node.data, a.data, b.data)
            a.grad += da * node.grad
            b.grad += db * node.grad
        elif inputs:
            numbers = [value.data for value in inputs]
            derivatives = operation.derivatives(node.data, *numbers)
            for value, derivative in zip(inputs, derivatives, strict=True):
                value.grad += derivative * node.grad
    except (ArithmeticError, ValueError) as error:
        operation.note_inputs(error, inputs)
        raise


def topological_order(root: Value) -> list[Value]:
    """
    Return every value that `root` depends on, each after its inputs, `root` last.

    The order is fixed (depth first, inputs from left to right), so sums of gradients
    have the same bits in every run. No recursion, so a graph may have any depth.

    >>> a, b = Value(1.0, label="a"), Value(2.0, label="b")
    >>> [value.label or value._op for value in topological_order(a * b + a)]
    ['a', 'b', '*', '+']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Value | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a marker: all inputs of the value below are in `order`
            order.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            if node._prev:
                stack += (node, None, *reversed(node._prev))
            else:
                order.append(node)
    return order


def _to_children(values: Iterable[Value]) -> tuple[Value, ...]:
    children = tuple(values)
    if not all(isinstance(child, Value) for child in children):
        raise TypeError(
            f"Value needs Values as _children, got {values!r}. A name is a label=..."
        )
    return children


def _to_float(number: object) -> float:
    if not isinstance(number, Real):
        raise TypeError(
            f"Value needs an int or float, got {type(number).__name__} {number!r}"
        )
    return float(number)
