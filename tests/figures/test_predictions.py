"""Predictions against the truth."""

from __future__ import annotations

from figures.picture import Picture
from figures.predictions import PredictionPlot


def test_perfect_predictions_are_on_the_line():
    targets = [-2.0, 0.0, 3.0]
    picture = Picture(lambda axes: PredictionPlot(axes, targets))
    picture.plot.update(targets)
    (axes,) = picture.figure.axes
    diagonal, points = axes.get_lines()
    assert diagonal.get_xydata().tolist() == [[-2.7, -2.7], [3.7, 3.7]]
    assert points.get_xydata().tolist() == [[t, t] for t in targets]


def test_words_give_the_median_error():
    plot = Picture(lambda axes: PredictionPlot(axes, [1.0, 2.0, 3.0])).plot
    plot.update([1.0, 2.5, 9.0])
    assert plot.describe() == (
        "3 predictions against the truth; perfect ones are on the line. Half of them "
        "are off by less than 0.5."
    )
