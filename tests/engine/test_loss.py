"""Losses and penalties, with their derivatives."""

from __future__ import annotations

import pytest

from moongrad import Value, hinge, squared_error
from moongrad.loss import l1_penalty, l2_penalty, sum_values


@pytest.mark.parametrize(
    ("score", "label", "loss", "derivative"),
    [(0.5, 1, 0.5, -1), (0.5, -1, 1.5, 1), (2.0, 1, 0.0, 0), (-2.0, -1, 0.0, 0)],
)
def test_hinge_and_its_derivative(score, label, loss, derivative):
    value = Value(score)
    result = hinge(value, label)
    result.backward()
    assert (result.data, value.grad) == (loss, derivative)


def test_squared_error_and_its_derivative():
    value = Value(3.0)
    result = squared_error(value, 1.0)
    result.backward()
    assert (result.data, value.grad) == (4.0, 4.0)


def test_l2_penalty_and_its_gradient():
    parameters = [Value(1.0), Value(-3.0)]
    result = l2_penalty(parameters, 0.5)
    result.backward()
    assert (result.data, [p.grad for p in parameters]) == (5.0, [1.0, -3.0])


def test_l1_penalty_and_its_gradient():
    parameters = [Value(1.0), Value(-3.0), Value(0.0)]
    result = l1_penalty(parameters, 0.5)
    result.backward()
    assert (result.data, [p.grad for p in parameters]) == (2.0, [0.5, -0.5, 0.0])


def test_sum_of_no_values_is_an_error():
    with pytest.raises(ValueError, match="at least one value, got none"):
        sum_values([])
