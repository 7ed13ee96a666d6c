"""Losses and the penalty, with their slopes."""

from __future__ import annotations

import pytest

from moongrad import Value, hinge, squared_error
from moongrad.loss import l2_penalty, sum_values


@pytest.mark.parametrize(
    ("score", "label", "loss", "slope"),
    [(0.5, 1, 0.5, -1), (0.5, -1, 1.5, 1), (2.0, 1, 0.0, 0), (-2.0, -1, 0.0, 0)],
)
def test_hinge(score, label, loss, slope):
    value = Value(score)
    result = hinge(value, label)
    result.backward()
    assert (result.data, value.grad) == (loss, slope)


def test_squared_error():
    value = Value(3.0)
    result = squared_error(value, 1.0)
    result.backward()
    assert (result.data, value.grad) == (4.0, 4.0)


def test_l2_penalty():
    parameters = [Value(1.0), Value(-3.0)]
    result = l2_penalty(parameters, 0.5)
    result.backward()
    assert (result.data, [p.grad for p in parameters]) == (5.0, [1.0, -3.0])


def test_sum_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one value, got none"):
        sum_values([])
