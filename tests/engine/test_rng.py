"""RandomState draws the numbers of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from moongrad.rng import RandomState


@pytest.mark.parametrize("seed", [0, 1, 42, 1337, 2**31, 2**32 - 1])
def test_stream_equals_that_of_numpy(seed):
    ours, theirs = RandomState(seed), np.random.RandomState(seed)
    for n in (0, 1, 2, 10, 100):
        assert ours.permutation(n) == theirs.permutation(n).tolist()
        assert [ours.random() for _ in range(n)] == theirs.random_sample(n).tolist()
        assert [ours.normal(2, 3) for _ in range(n)] == pytest.approx(
            theirs.normal(2, 3, n).tolist(), rel=1e-15
        )
        uniform = [ours.uniform(-10, 7) for _ in range(n)]
        assert uniform == theirs.uniform(-10, 7, n).tolist()


@pytest.mark.parametrize("kind", [np.int8, np.uint32, np.int64, np.uint64])
def test_seeds_and_sizes_may_be_integers_of_numpy(kind):
    ours = RandomState(kind(101)).permutation(kind(100))
    assert ours == RandomState(101).permutation(100)
    assert {type(i) for i in ours} == {int}


@pytest.mark.parametrize("seed", [-1, 2**32, np.int64(-1)])
def test_seed_out_of_range_is_named_in_the_error(seed):
    message = f"^a seed must be a whole number from 0 to 4294967295, got {int(seed)}$"
    with pytest.raises(ValueError, match=message):
        RandomState(seed)


@pytest.mark.parametrize("seed", [1.5, 1.0, "1", None, True, np.True_, np.array([1])])
def test_seed_that_is_no_whole_number_is_named_in_the_error(seed):
    with pytest.raises(TypeError, match=r"^a seed must be a whole number from 0 to"):
        RandomState(seed)


@pytest.mark.parametrize("n", [2.0, "3", None, True])
def test_permutation_needs_a_whole_number(n):
    with pytest.raises(TypeError, match=r"^permutation needs an int n, got"):
        RandomState(0).permutation(n)


def test_copy_draws_the_same_numbers_and_leaves_the_other_alone():
    state = RandomState(5)
    state.normal()  # of a pair, of which the second is kept
    copy = state.copy()
    expected = [copy.normal(), copy.normal(), copy.permutation(9)]
    assert [state.normal(), state.normal(), state.permutation(9)] == expected


def test_state_is_that_of_numpy_and_can_be_set():
    ours, theirs = RandomState(5), np.random.RandomState(5)
    ours.normal(), theirs.normal()  # a pair, of which the second is kept
    *words, position = ours.get_state()
    _, their_words, their_position, *_ = theirs.get_state()
    assert (words, position) == (their_words.tolist(), their_position)
    other = RandomState(0)
    other.normal()
    other.set_state(ours.get_state())
    theirs.set_state(("MT19937", words, position))
    assert other.normal() == theirs.normal()
    assert other.permutation(9) == theirs.permutation(9).tolist()
