"""
A number that remembers how it was computed, and the chain rule.

`Value` wraps a float. Arithmetic on values builds a graph: each result keeps its inputs
and the `Operation` that made it. `Value.backward` walks that graph once, from the
result to the numbers it came from, and leaves in each `grad` how much the result
changes when that number does.

Every operation is one row of the table below: its symbol, its result, its local
derivatives. The idea, and the names `Value`, `_prev`, `_op` and `backward`, are Andrej
Karpathy's micrograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real


class TraceError(TypeError):
    """
    Raised when code reads the number of a traced value, which has none.

    `moongrad.compile` calls a function with symbols instead of numbers.
    `derive(inputs, operation)` returns the symbol for an operation's result.
    """

    def __init__(self, message: str, derive: Callable[..., Value]) -> None:
        super().__init__(message)
        self.derive = derive


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One row of the table: how a result is computed, and how it changes with each input.

    * `symbol`: what `Value._op` shows.
    * `forward(a)` or `forward(a, b)`: the result. All numbers are floats.
    * `derivatives(result, a)` or `derivatives(result, a, b)`: the local derivatives,
      d result / d input, as a tuple with one number per input.
    * `code`, `derivative_codes`: the same in the postfix notation of
      `moongrad.wasm.emit`, with the names `a`, `b` and `y`, the result. Only the
      compiler needs them.

    An operation is called with one or two values and returns a value. A new one needs
    no subclass:

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
    derivative_codes: tuple[str, ...] = ()

    def __call__(self, *inputs: Value) -> Value:
        try:
            if len(inputs) == 2:
                a, b = inputs
                data = self.forward(a.data, b.data)
            else:
                data = self.forward(inputs[0].data)
        except (ArithmeticError, ValueError) as error:
            raise _name_inputs(error, inputs) from None
        except TraceError as error:  # the result of a symbol is a symbol
            return error.derive(inputs, self)
        return Value(data, "", inputs, self)


def _name_inputs(error: Exception, inputs: tuple[Value, ...]) -> Exception:
    """Return the same error, with the values that caused it in its message."""
    return type(error)(f"{error}, got {', '.join(map(repr, inputs))}")


# --- the rules that need more than one expression ------------------------------------
# A result too large for a float is infinite, as in IEEE 754, and not an OverflowError:
# the trainer recognises divergence by the loss. Only an undefined result raises.


def _divide(a: float, b: float) -> float:
    if b == 0:
        raise ZeroDivisionError("/ needs a divisor other than 0")
    return a / b


def _exp(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def _log(a: float) -> float:
    if a <= 0:
        raise ValueError("log needs a number above 0")
    return math.log(a)


def _sigmoid(a: float) -> float:
    if a >= 0:
        return 1 / (1 + math.exp(-a))
    z = math.exp(a)  # exp of a negative number cannot overflow
    return z / (1 + z)


def _softplus(a: float) -> float:
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))  # log(1 + exp(a)), stable


def _sin(a: float) -> float:
    if math.isinf(a):
        raise ValueError("sin needs a finite number")
    return math.sin(a)


def _power(a: float, exponent: float) -> float:
    if a == 0 and exponent < 0:
        raise ZeroDivisionError(f"** {exponent} needs a base other than 0")
    if a < 0 and exponent % 1 != 0:
        raise ValueError(f"** {exponent} needs a base of at least 0")
    try:
        return float(a**exponent)
    except OverflowError:
        return -math.inf if a < 0 and exponent % 2 == 1 else math.inf


def _power_derivative(a: float, exponent: float) -> float:
    if exponent == 0:
        return 0.0
    if a == 0 and exponent < 1:
        raise ZeroDivisionError(f"** {exponent} has no finite slope at 0")
    return exponent * _power(a, exponent - 1)


def _power_code(exponent: float) -> str:
    """Return the postfix code of `_power` for one exponent."""
    n = abs(exponent)
    if n % 0.5 or n > 64:
        checks = ("nonzero " if exponent < 0 else "") + (
            "nonnegative " if n % 1 else ""
        )
        return f"a {checks}{exponent!r} pow"
    if exponent < 0:
        return f"1 {_power_code(n).replace('a', 'a nonzero', 1)} div"
    if n % 1:
        return "a nonnegative sqrt" + " a mul" * int(n)
    return "a" + " a mul" * (int(n) - 1) if n else "1"


def _power_derivative_code(exponent: float) -> str:
    """Return the postfix code of `_power_derivative` for one exponent."""
    if exponent == 0:
        return "0"
    return f"{exponent!r} {_power_code(exponent - 1)} mul"


# --- the table -----------------------------------------------------------------------
# Each row: symbol, forward, derivatives, code, derivative codes.

LEAF = Operation("", lambda: math.nan, lambda y: ())  # given, not computed
ADD = Operation(
    "+", lambda a, b: a + b, lambda y, a, b: (1.0, 1.0), "a b add", ("1", "1")
)
SUBTRACT = Operation(
    "-", lambda a, b: a - b, lambda y, a, b: (1.0, -1.0), "a b sub", ("1", "-1")
)
MULTIPLY = Operation(
    "*", lambda a, b: a * b, lambda y, a, b: (b, a), "a b mul", ("b", "a")
)
DIVIDE = Operation(
    "/",
    _divide,
    lambda y, a, b: (1 / b, -y / b),
    "a b nonzero div",
    ("1 b div", "y neg b div"),
)
RELU = Operation(
    "ReLU",
    lambda a: 0.0 if a < 0 else a,
    lambda y, a: (1.0 if y > 0 else 0.0,),
    "a relu",
    ("y step",),
)
LEAKY_RELU = Operation(
    "LeakyReLU",
    lambda a: max(a, 0.01 * a),
    lambda y, a: (1.0 if y > 0 else 0.01,),
    "a 0.01 a mul max",
    ("y step 0.99 mul 0.01 add",),
)
SOFTPLUS = Operation(
    "softplus", _softplus, lambda y, a: (_sigmoid(a),), "a softplus", ("a sigmoid",)
)
TANH = Operation(
    "tanh", math.tanh, lambda y, a: (1 - y * y,), "a tanh", ("1 y y mul sub",)
)
SIGMOID = Operation(
    "sigmoid", _sigmoid, lambda y, a: (y * (1 - y),), "a sigmoid", ("y 1 y sub mul",)
)
SINE = Operation("sin", _sin, lambda y, a: (math.cos(a),), "a finite sin", ("a cos",))
EXP = Operation("exp", _exp, lambda y, a: (y,), "a exp", ("y",))
LOG = Operation("log", _log, lambda y, a: (1 / a,), "a positive log", ("1 a div",))


@lru_cache(maxsize=1024)
def power(exponent: float) -> Operation:
    """Return the row of `a ** exponent` for one constant exponent."""
    k = float(exponent)
    return Operation(
        f"**{_plain(k)}",
        lambda a: _power(a, k),
        lambda y, a: (_power_derivative(a, k),),
        code=_power_code(k),
        derivative_codes=(_power_derivative_code(k),),
    )


@lru_cache(maxsize=1024)
def exponential(base: float) -> Operation:
    """Return the row of `base ** a` for one constant base above 0."""
    if not base > 0:
        raise ValueError(f"number ** Value needs a base above 0, got {base}")
    log_base = math.log(base)
    return Operation(
        f"{_plain(float(base))}**",
        lambda a: _power(base, a),
        lambda y, a: (y * log_base,),
        code=f"a {log_base!r} mul exp",
        derivative_codes=(f"y {log_base!r} mul",),
    )


def _plain(number: float) -> str:
    return repr(number).removesuffix(".0")


# --- the value -----------------------------------------------------------------------


class Value:
    """
    A float that knows its gradient and the values it was computed from.

    * `data`: the number. It may be assigned: that is how a parameter is updated.
    * `grad`: d (the value `backward` was called on) / d (this value); 0.0 before that.
    * `label`: a name for figures and messages.
    * `_prev`: the values it was computed from, a tuple; `_op`: the operation's symbol.

    `+ - * / **` work between values and with plain numbers on either side; the
    functions are `exp log tanh sigmoid relu`. An exponent is a number, not a value.
    Raises `TypeError` for anything that is not a real number, `ZeroDivisionError` and
    `ValueError` (naming the value) where the operation has no result.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (4.0, -3.0, 2.0)
    """

    __slots__ = ("_operation", "_prev", "data", "grad", "label")

    def __init__(
        self,
        data: float,
        label: str = "",
        _prev: tuple[Value, ...] = (),
        _operation: Operation = LEAF,
    ) -> None:
        if type(label) is not str:
            raise TypeError(
                f"Value needs a str as label, got {type(label).__name__}. An operation "
                f"of your own is an Operation, not a Value with children."
            )
        self.data = data if type(data) is float else _to_float(data)
        self.grad = 0.0
        self.label = label
        self._prev = _prev
        self._operation = _operation

    @property
    def _op(self) -> str:
        return self._operation.symbol

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    def __add__(self, other: Value | float) -> Value:
        return ADD(self, _to_value(other))

    def __radd__(self, other: float) -> Value:
        return ADD(_to_value(other), self)

    def __sub__(self, other: Value | float) -> Value:
        return SUBTRACT(self, _to_value(other))

    def __rsub__(self, other: float) -> Value:
        return SUBTRACT(_to_value(other), self)

    def __mul__(self, other: Value | float) -> Value:
        return MULTIPLY(self, _to_value(other))

    def __rmul__(self, other: float) -> Value:
        return MULTIPLY(_to_value(other), self)

    def __truediv__(self, other: Value | float) -> Value:
        return DIVIDE(self, _to_value(other))

    def __rtruediv__(self, other: float) -> Value:
        return DIVIDE(_to_value(other), self)

    def __pow__(self, exponent: float) -> Value:
        if not isinstance(exponent, Real):
            raise TypeError(
                f"Value ** needs an int or float exponent, got "
                f"{type(exponent).__name__}. Use exp and log for a variable power."
            )
        return power(exponent)(self)

    def __rpow__(self, base: float) -> Value:
        return exponential(_to_float(base))(self)

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
        node = self
        try:
            for node in reversed(order):
                inputs = node._prev
                if len(inputs) == 2:
                    a, b = inputs
                    da, db = node._operation.derivatives(node.data, a.data, b.data)
                    a.grad += da * node.grad
                    b.grad += db * node.grad
                elif inputs:
                    (a,) = inputs
                    (da,) = node._operation.derivatives(node.data, a.data)
                    a.grad += da * node.grad
        except ArithmeticError as error:
            raise _name_inputs(error, node._prev) from None


def topological_order(root: Value) -> list[Value]:
    """
    Return every value that `root` depends on, each after its inputs, `root` last.

    The order is fixed (depth first, inputs from left to right), so sums of gradients
    have the same bits in every run. No recursion, so a graph may have any depth.

    >>> a, b = Value(1.0, "a"), Value(2.0, "b")
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


def _to_value(number: Value | float) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _to_float(number: object) -> float:
    if not isinstance(number, Real):
        raise TypeError(
            f"Value needs an int or float, got {type(number).__name__} {number!r}"
        )
    return float(number)
