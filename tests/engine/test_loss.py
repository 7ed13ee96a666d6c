"""Losses and penalties, with their derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moongrad import Value, binary_cross_entropy, cross_entropy, hinge, squared_error
from moongrad.loss import l1_penalty, l2_penalty, softmax, sum_values


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


def test_binary_cross_entropy_and_its_derivative():
    score = Value(0.3)
    loss = binary_cross_entropy(score, -1)
    loss.backward()
    assert loss.data == pytest.approx(-math.log(1 - score.sigmoid().data), rel=1e-14)
    assert score.grad == pytest.approx(score.sigmoid().data, rel=1e-14)


@pytest.mark.parametrize("label", [-1, 1])
def test_binary_cross_entropy_of_large_scores_does_not_overflow(label):
    losses = [binary_cross_entropy(Value(x), label).data for x in (-1e4, 1e4)]
    assert sorted(losses) == [0.0, 1e4]


def test_cross_entropy_of_a_class_is_that_of_its_probability():
    scores = [Value(x) for x in (0.5, -1.0, 2.0)]
    loss = cross_entropy(scores, 1)
    loss.backward()
    p = [value.data for value in softmax(scores)]
    assert sum(p) == pytest.approx(1, rel=1e-14)
    assert loss.data == pytest.approx(-math.log(p[1]), rel=1e-14)
    gradient = [p[0], p[1] - 1, p[2]]
    assert [s.grad for s in scores] == pytest.approx(gradient, rel=1e-13)


def test_cross_entropy_of_probabilities_is_their_mean():
    scores = [Value(x) for x in (0.5, -1.0, 2.0)]
    mixed = cross_entropy(scores, [0.25, 0.75, 0.0]).data
    classes = [cross_entropy(scores, k).data for k in range(3)]
    assert mixed == pytest.approx(0.25 * classes[0] + 0.75 * classes[1], rel=1e-14)


def test_cross_entropy_of_huge_scores_does_not_overflow():
    scores = [Value(1e5), Value(-1e5), Value(0.0)]
    assert cross_entropy(scores, 0).data == 0.0
    assert cross_entropy(scores, 1).data == 2e5


@pytest.mark.parametrize(
    ("scores", "target", "message"),
    [
        (2, 2, "cross_entropy of 2 scores needs a class from 0 to 1, got 2"),
        (2, -1, "a class from 0 to 1, got -1"),
        (2, 0.5, "a class from 0 to 1, got 0.5"),
        (2, True, "a class from 0 to 1, got True"),
        (2, [0.5], "as many probabilities, got 1"),
        (1, 0, "cross_entropy needs a score for each of at least two classes, got 1"),
    ],
)
def test_target_that_is_no_class_is_named_in_the_error(scores, target, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy([Value(0.0)] * scores, target)


def test_class_may_be_a_number_of_numpy():
    scores = [Value(0.5), Value(1.0)]
    loss = cross_entropy(scores, np.int64(1))
    assert loss.data == cross_entropy(scores, 1).data


def test_squared_error_of_several_outputs_is_the_mean():
    outputs = [Value(1.0), Value(3.0)]
    loss = squared_error(outputs, [0.0, 1.0])
    loss.backward()
    assert (loss.data, [v.grad for v in outputs]) == (2.5, [1.0, 2.0])
