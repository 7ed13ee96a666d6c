"""The rows of each step: those of NumPy's permutations, however steps are split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moongrad.batches import ORDERS, Batches, permute
from moongrad.rng import RandomState
from moongrad.wasm.shuffle import Shuffler

BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["python", "wasm"])


@pytest.fixture(scope="module")
def shuffler():
    return Shuffler()


@pytest.fixture
def make(shuffler):
    def make_(n, size, order, *, compiled):
        batches = Batches(n, size, order)
        batches.permute = shuffler.permutations if compiled else permute
        return batches

    return make_


@BOTH
def test_draws_are_the_first_rows_of_the_permutations_of_numpy(make, compiled):
    batches, ours = make(12, 5, "draws", compiled=compiled), RandomState(9)
    theirs = np.random.RandomState(9)
    for step in range(30):
        rows = batches.draw(ours, step, 1).tolist()
        assert rows == theirs.permutation(12)[:5].tolist()


@BOTH
@pytest.mark.parametrize("size", [1, 5, 7, 12])
def test_epochs_are_slices_of_the_permutations_of_numpy(make, compiled, size):
    batches, ours = make(12, size, "epochs", compiled=compiled), RandomState(9)
    theirs = np.random.RandomState(9)
    step = 0
    for _ in range(4):
        epoch = theirs.permutation(12)
        for start in range(0, 12 - size + 1, size):
            rows = batches.draw(ours, step, 1).tolist()
            assert rows == epoch[start : start + size].tolist()
            step += 1


@BOTH
def test_rows_that_are_left_over_are_not_used_in_their_epoch(make, compiled):
    batches = make(10, 4, "epochs", compiled=compiled)
    rows = batches.draw(RandomState(0), 0, 40).tolist()
    for epoch in range(20):
        assert len(set(rows[8 * epoch : 8 * (epoch + 1)])) == 8
    assert set(rows) == set(range(10))


@pytest.mark.parametrize("order", ORDERS)
@given(
    n=st.integers(1, 12),
    data=st.data(),
    parts=st.lists(st.integers(0, 9), max_size=6),
    seed=st.integers(0, 2**32 - 1),
)
def test_parts_give_the_rows_and_the_stream_of_the_whole(order, n, data, parts, seed):
    size = data.draw(st.integers(1, n))
    whole, stream = Batches(n, size, order), RandomState(seed)
    expected = whole.draw(stream, 0, sum(parts)).tolist()
    batches, random = Batches(n, size, order), RandomState(seed)
    rows, step = [], 0
    for part in parts:
        rows += batches.draw(random, step, part)
        step += part
    assert rows == expected
    assert random.get_state() == stream.get_state()


def test_stream_of_an_epoch_stays_at_its_start_until_the_epoch_is_over():
    batches, random = Batches(10, 3, "epochs"), RandomState(1)
    start = random.get_state()
    for step in range(3):
        assert random.get_state() == start
        batches.draw(random, step, 1)
    assert random.get_state() != start
    expected = RandomState(1)
    expected.permutation(10)
    assert random.get_state() == expected.get_state()
