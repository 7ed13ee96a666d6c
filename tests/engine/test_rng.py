"""RandomState draws the numbers of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from moongrad.rng import RandomState


@pytest.mark.parametrize("seed", [0, 1, 42, 1337, 2**31, 2**32 - 1])
def test_stream_equals_that_of_numpy(seed):
    ours, theirs = RandomState(seed), np.random.RandomState(seed)
    for n in (1, 2, 10, 100):
        assert ours.permutation(n) == theirs.permutation(n).tolist()
        assert [ours.random() for _ in range(n)] == theirs.random_sample(n).tolist()
        assert [ours.normal(2, 3) for _ in range(n)] == pytest.approx(
            theirs.normal(2, 3, n).tolist(), rel=1e-15
        )


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1"])
def test_bad_seed_is_named_in_the_error(seed):
    with pytest.raises(ValueError, match="a seed must be a whole number from 0 to"):
        RandomState(seed)
