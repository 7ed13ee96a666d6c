"""Accuracy, and which classes a model takes for which."""

from __future__ import annotations

import pytest

from moongrad import MLP, Neuron, accuracy, confusion


class Fixed:
    """A model that returns its row."""

    def predict(self, row):
        return list(row)


def test_confusion_of_two_classes_has_the_true_class_as_row():
    points = [[0.5], [0.1], [-0.2], [0.7], [0.0]]
    labels = [1, 1, 1, -1, -1]
    assert confusion(Fixed(), points, labels) == [[1, 1], [1, 2]]
    assert accuracy(Fixed(), points, labels) == 0.6


def test_confusion_of_three_classes():
    points = [[3, 1, 2], [1, 3, 2], [1, 2, 3], [2, 1, 3], [1, 1, 0]]
    labels = [0, 1, 2, 0, 1]
    counts = confusion(Fixed(), points, labels)
    assert counts == [[1, 0, 1], [1, 1, 0], [0, 0, 1]]  # of equals, the first class
    assert accuracy(Fixed(), points, labels) == 0.6  # a tie is not right


def test_models_of_every_kind_can_be_measured():
    for model in (Neuron(2), MLP(2, [1])):
        assert 0 <= accuracy(model, [[1.0, 2.0], [3.0, -1.0]], [1, -1]) <= 1


@pytest.mark.parametrize("function", [accuracy, confusion])
@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        ([], [], "at least 1, got 0 points and 0 labels"),
        ([[1.0]], [1, 1], "got 1 points and 2 labels"),
        ([[1.0]], [0], "of one output needs labels -1 and \\+1"),
        ([[1.0]], ["a"], "finite numbers as labels, got 'a'"),
        ([[1.0, 2.0]], [2], "a class from 0 to 1, got 2"),
        ([[1.0, 2.0]], [[0.5, 0.1]], "needs classes as labels"),
        ([[1.0, 2.0]], [[0.5]], "needs a class number, or a number for each output"),
    ],
)
def test_labels_that_are_no_classes_raise_an_error(function, points, labels, message):
    with pytest.raises(ValueError, match=message):
        function(Fixed(), points, labels)
