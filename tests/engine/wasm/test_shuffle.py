"""The compiled shuffle against that of `RandomState`, number by number."""

from __future__ import annotations

import numpy as np
import pytest

from moongrad.batches import permute
from moongrad.rng import RandomState
from moongrad.wasm.shuffle import Shuffler


@pytest.fixture(scope="module")
def shuffler():
    return Shuffler()


@pytest.mark.parametrize("seed", [0, 1337, 2**31, 2**32 - 1])
@pytest.mark.parametrize(
    ("n", "kept", "times"),
    [
        (1, 1, 3),
        (2, 1, 50),
        (5, 5, 0),
        (31, 30, 40),
        (32, 32, 40),
        (33, 33, 40),
        (500, 10, 20),
        (20_000, 20_000, 2),  # grows the memory, and uses all words several times
    ],
)
def test_permutations_and_state_are_those_of_python(shuffler, seed, n, kept, times):
    ours, theirs = RandomState(seed), RandomState(seed)
    numbers = shuffler.permutations(ours, n, kept, times)
    assert numbers == permute(theirs, n, kept, times)
    assert numbers.typecode == "i" and len(numbers) == kept * times
    assert ours.get_state() == theirs.get_state()


def test_python_numpy_and_webassembly_take_turns(shuffler):
    ours, theirs = RandomState(42), np.random.RandomState(42)
    for n in (7, 100, 3, 411):  # the position in the words is another one each time
        compiled = shuffler.permutations(ours, n, n, 2).tolist()
        assert compiled == [*theirs.permutation(n), *theirs.permutation(n)]
        assert ours.permutation(n) == theirs.permutation(n).tolist()
        assert ours.random() == theirs.random_sample()
