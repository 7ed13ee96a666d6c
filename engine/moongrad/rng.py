"""
NumPy's legacy random stream in pure Python.

`RandomState(seed)` draws the same numbers as `numpy.random.RandomState(seed)`, in the
same order. Both are the Mersenne Twister MT19937, which Python's `random.Random` runs
in C. They differ in how a seed fills the state and in how integers and normals are
drawn.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import MutableSequence, Sequence
from typing import Any, SupportsIndex, TypeVar

_Item = TypeVar("_Item")

STATE_WORDS = 624  # of a Mersenne Twister
_WORD = 0xFFFFFFFF


class RandomState:
    """
    The stream of `numpy.random.RandomState(seed)`; `seed` is from 0 to 2**32 - 1.

    Raises `TypeError` when the seed is no whole number, `ValueError` when it is out of
    range. Whole numbers may be NumPy's.

    >>> state = RandomState(1337)
    >>> state.permutation(5)
    [3, 2, 1, 0, 4]
    """

    def __init__(self, seed: SupportsIndex) -> None:
        requirement = f"a seed must be a whole number from 0 to {_WORD}"
        word = as_int(seed, requirement)
        if not 0 <= word <= _WORD:
            raise ValueError(f"{requirement}, got {word}")
        self._twister = random.Random()
        self._twister.setstate((3, (*_init_genrand(word), STATE_WORDS), None))
        self._spare_normal: float | None = None

    def get_state(self) -> tuple[int, ...]:
        """Return the 624 words of the twister and, as the last item, its position."""
        words: tuple[int, ...] = self._twister.getstate()[1]
        return words

    def set_state(self, words: Sequence[int]) -> None:
        """
        Go on from what `get_state` returned.

        A second normal of a pair, which `normal` keeps, is no part of the state.

        >>> state, other = RandomState(1337), RandomState(0)
        >>> other.set_state(state.get_state())
        >>> other.permutation(5) == state.permutation(5)
        True
        """
        self._twister.setstate((3, tuple(words), None))
        self._spare_normal = None

    def copy(self) -> RandomState:
        """Return one that draws the same numbers from here on."""
        copy = RandomState.__new__(RandomState)
        copy._twister = random.Random(0)
        copy._twister.setstate(self._twister.getstate())
        copy._spare_normal = self._spare_normal
        return copy

    def random(self) -> float:
        """Return a float from 0 up to, not including, 1, with 53 random bits."""
        return self._twister.random()

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a float from `low` up to `high`."""
        return low + (high - low) * self.random()

    def normal(self, loc: float = 0.0, scale: float = 1.0) -> float:
        """Return a normal number, by Marsaglia's polar method, which makes pairs."""
        if self._spare_normal is not None:
            gauss, self._spare_normal = self._spare_normal, None
            return loc + scale * gauss
        r2 = 0.0
        while r2 >= 1 or r2 == 0:
            x1 = 2 * self.random() - 1
            x2 = 2 * self.random() - 1
            r2 = x1 * x1 + x2 * x2
        factor = math.sqrt(-2 * math.log(r2) / r2)
        self._spare_normal = factor * x1
        return loc + scale * (factor * x2)

    def shuffle(self, items: MutableSequence[_Item]) -> None:
        """Shuffle in place, by Fisher and Yates, from the last item to the second."""
        for i in reversed(range(1, len(items))):
            j = self._below(i + 1)
            items[i], items[j] = items[j], items[i]

    def permutation(self, n: SupportsIndex) -> list[int]:
        """Return the integers from 0 to `n - 1`, shuffled."""
        items = list(range(as_int(n, "permutation needs an int n")))
        self.shuffle(items)
        return items

    def _below(self, bound: int) -> int:
        """Return an integer from 0 to `bound - 1`; `bound` is from 2 to 2**32."""
        mask = (1 << (bound - 1).bit_length()) - 1
        while True:
            word = self._twister.getrandbits(32) & mask
            if word < bound:
                return word


def as_int(value: Any, requirement: str) -> int:
    """
    Return a whole number, Python's or NumPy's, as an int.

    Anything else, also True and False, raises `TypeError`, whose message begins with
    `requirement`.

    >>> as_int(2.5, "a seed must be a whole number")
    Traceback (most recent call last):
    TypeError: a seed must be a whole number, got 2.5
    """
    error = TypeError(f"{requirement}, got {value!r}")
    if isinstance(value, bool):
        raise error
    try:
        return operator.index(value)
    except TypeError:
        raise error from None


def _init_genrand(seed: int) -> list[int]:
    """Fill the state from one word, as `init_genrand` of the reference code does."""
    words = [seed]
    for i in range(1, STATE_WORDS):
        previous = words[-1]
        words.append((1812433253 * (previous ^ (previous >> 30)) + i) & _WORD)
    return words
