"""SGD and the learning-rate schedule."""

from __future__ import annotations

import math

import pytest

from moongrad import SGD, Value, linear_decay


def test_linear_decay_is_micrograds_schedule():
    rate = linear_decay(1.0, 0.1, 100)
    assert [rate(k) for k in range(100)] == [1.0 - 0.9 * k / 100 for k in range(100)]
    assert rate(1000) == 0.1


def test_sgd_moves_against_the_gradient():
    parameter = Value(1.0)
    parameter.grad = 2.0
    SGD(lambda step: 0.1 * (step + 1)).update([parameter], step=1)
    assert parameter.data == 1.0 - 0.2 * 2.0


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_bad_learning_rate(rate):
    with pytest.raises(ValueError, match="learning rate must be a finite number above"):
        SGD(rate)
    with pytest.raises(ValueError, match="learning rate must be a finite number above"):
        linear_decay(rate, 1.0, 10)


def test_bad_length_of_schedule():
    with pytest.raises(ValueError, match="linear_decay needs steps >= 1, got steps=0"):
        linear_decay(1.0, 0.1, 0)
