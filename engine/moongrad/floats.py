"""
Functions of floats that are too long for one expression in the table of operations.

A result too large for a float is infinite, as in IEEE 754, and not an `OverflowError`:
the trainer recognises divergence by the loss. Only an undefined result raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterable


def add_up(numbers: Iterable[float]) -> float:
    """Return the sum, added from left to right: since Python 3.12 sum() compensates."""
    total = -0.0  # -0.0 + x is x, whatever its sign
    for number in numbers:
        total += number
    return total


def divide(a: float, b: float) -> float:
    """Return a / b; raises `ZeroDivisionError` for b = 0."""
    if b == 0:
        raise ZeroDivisionError("/ needs a divisor other than 0")
    return a / b


def exp(a: float) -> float:
    """Return e to the power of a."""
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def log(a: float) -> float:
    """Return the natural logarithm; raises `ValueError` unless a > 0."""
    if a <= 0:
        raise ValueError("log needs a number above 0")
    return math.log(a)


def sigmoid(a: float) -> float:
    """Return 1 / (1 + exp(-a))."""
    if a >= 0:
        return 1 / (1 + math.exp(-a))
    z = math.exp(a)  # exp of a negative number cannot overflow
    return z / (1 + z)


def softplus(a: float) -> float:
    """Return log(1 + exp(a))."""
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))  # never overflows


def sin(a: float) -> float:
    """Return the sine; raises `ValueError` for an infinite a."""
    if math.isinf(a):
        raise ValueError("sin needs a finite number")
    return math.sin(a)


def cos(a: float) -> float:
    """Return the cosine; raises `ValueError` for an infinite a."""
    if math.isinf(a):
        raise ValueError("cos needs a finite number")
    return math.cos(a)


def power(a: float, exponent: float) -> float:
    """Return a ** exponent; raises where that is no real number."""
    if a == 0 and exponent < 0:
        raise ZeroDivisionError(f"** {exponent} needs a base other than 0")
    if a < 0 and exponent % 1 != 0:
        raise ValueError(f"** {exponent} needs a base of at least 0")
    try:
        return float(a**exponent)
    except OverflowError:
        return -math.inf if a < 0 and exponent % 2 == 1 else math.inf


def power_derivative(a: float, exponent: float) -> float:
    """Return d a ** exponent / d a."""
    if exponent == 0:
        return 0.0
    if a == 0 and exponent < 1:
        raise ZeroDivisionError(f"** {exponent} has no finite slope at 0")
    return exponent * power(a, exponent - 1)
