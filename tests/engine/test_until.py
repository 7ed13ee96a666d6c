"""Conditions to stop training."""

from __future__ import annotations

import math

import pytest

from moongrad import Record, Until

TESTED = Record(3, 0.2, 0.9, 0.1, test_loss=0.3, test_accuracy=0.8)


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ({"loss": 0.2}, True),
        ({"loss": 0.19}, False),
        ({"loss": 0.0}, False),
        ({"accuracy": 0.9}, True),
        ({"accuracy": 1.0}, False),
        ({"test_loss": 0.3}, True),
        ({"test_loss": 0.2}, False),
        ({"test_accuracy": 0.8}, True),
        ({"test_accuracy": 0.9}, False),
        ({"loss": 0.5, "accuracy": 0.5}, True),
        ({"loss": 0.5, "accuracy": 0.95}, False),
    ],
)
def test_condition_is_met_where_all_of_it_is(condition, is_met):
    assert Until(**condition)(TESTED) is is_met


def test_what_was_not_measured_meets_nothing():
    record = Record(3, 0.2, math.nan, 0.1)
    for name in ("accuracy", "test_loss", "test_accuracy"):
        assert not Until(**{name: 0.5})(record)


def test_only_some_conditions_need_test_rows():
    assert Until(test_loss=0.1).needs_tests
    assert Until(test_accuracy=0.1).needs_tests
    assert not Until(loss=0.1, accuracy=0.1).needs_tests


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({}, "at least one condition"),
        ({"loss": -0.1}, "a finite loss of at least 0, got loss=-0.1"),
        (
            {"test_loss": math.inf},
            "test_loss of at least 0, got test_loss=inf",
        ),
        ({"loss": math.nan}, "got loss=nan"),
        ({"accuracy": 0}, "accuracy above 0 and at most 1, got accuracy=0"),
        ({"test_accuracy": 1.5}, "at most 1, got test_accuracy=1.5"),
        ({"accuracy": math.nan}, "got accuracy=nan"),
    ],
)
def test_condition_that_is_never_or_always_met_raises_an_error(condition, message):
    with pytest.raises(ValueError, match=message):
        Until(**condition)


def test_condition_that_is_no_number_raises_an_error():
    with pytest.raises(TypeError, match=r"a number as loss, got '0\.1'"):
        Until(loss="0.1")
