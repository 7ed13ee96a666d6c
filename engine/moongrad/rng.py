"""
NumPy's legacy random stream in pure Python.

`RandomState(seed)` draws the same numbers as `numpy.random.RandomState(seed)`, in the
same order. Both are the Mersenne Twister MT19937, which Python's `random.Random` runs
in C. They differ in how a seed fills the state and in how integers and normals are
drawn.
"""

from __future__ import annotations

import math
import random
from collections.abc import MutableSequence
from typing import TypeVar

_Item = TypeVar("_Item")

_STATE_WORDS = 624
_WORD = 0xFFFFFFFF


class RandomState:
    """
    The stream of `numpy.random.RandomState(seed)`; `seed` is from 0 to 2**32 - 1.

    >>> state = RandomState(1337)
    >>> state.permutation(5)
    [3, 2, 1, 0, 4]
    """

    def __init__(self, seed: int) -> None:
        self._twister = random.Random()
        self._twister.setstate((3, (*_init_genrand(seed), _STATE_WORDS), None))
        self._spare_normal: float | None = None

    def random(self) -> float:
        """Return a float from 0 up to, not including, 1, with 53 random bits."""
        return self._twister.random()

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

    def below(self, bound: int) -> int:
        """Return an integer from 0 to `bound - 1`: masked words until one fits."""
        mask = (1 << (bound - 1).bit_length()) - 1
        if mask == 0:
            return 0
        while True:
            word = self._twister.getrandbits(32) & mask
            if word < bound:
                return word

    def shuffle(self, items: MutableSequence[_Item]) -> None:
        """Shuffle in place, by Fisher and Yates, from the last item to the second."""
        for i in reversed(range(1, len(items))):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def permutation(self, n: int) -> list[int]:
        """Return the integers from 0 to `n - 1`, shuffled."""
        items = list(range(n))
        self.shuffle(items)
        return items


def _init_genrand(seed: int) -> list[int]:
    """Fill the state from one word, as `init_genrand` of the reference code does."""
    if not isinstance(seed, int) or not 0 <= seed <= _WORD:
        raise ValueError(
            f"a seed must be a whole number from 0 to {_WORD}, got {seed!r}"
        )
    words = [seed]
    for i in range(1, _STATE_WORDS):
        previous = words[-1]
        words.append((1812433253 * (previous ^ (previous >> 30)) + i) & _WORD)
    return words
