"""The networks of several sizes that the page Speed measures."""

from __future__ import annotations

import math

import pytest

from pages import sizes


def test_sizes_are_those_of_the_networks():
    for hidden, n_parameters in zip(sizes.HIDDEN, sizes.SIZES, strict=True):
        pairs = zip((2, *hidden), (*hidden, 1), strict=True)
        assert sum((n + 1) * m for n, m in pairs) == n_parameters


def test_all_engines_do_the_same_steps():
    turns = {turn.engine: turn for turn in sizes.turns() if turn.n_parameters == 337}
    results = {engine: sizes.measure(turn) for engine, turn in turns.items()}
    rolled, unrolled, numpy = (
        results[engine] for engine in (sizes.WITH_LOOPS, sizes.UNROLLED, sizes.NUMPY)
    )
    assert rolled.loss == unrolled.loss  # to the last bit
    # NumPy's loss is that of the same step, but it sums in another order.
    assert numpy.loss == pytest.approx(rolled.loss, rel=1e-6)
    assert math.isnan(numpy.compile)
    assert rolled.compile > 0 < unrolled.compile


def test_large_networks_are_not_measured_unrolled():
    sizes_ = [t.n_parameters for t in sizes.turns() if t.engine == sizes.UNROLLED]
    assert max(sizes_) == sizes.LARGEST_UNROLLED
    assert [t.engine for t in sizes.turns()][-1] == sizes.NUMPY
