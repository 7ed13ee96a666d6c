"""The slope of a function at every place."""

from __future__ import annotations

from looking import pixels

from figures.derivative import DerivativePlot
from figures.picture import Picture


def make_picture():
    return Picture(lambda axes: DerivativePlot(axes, lambda x: 2 * x, 4.0))


def test_axes_are_stale_only_where_the_range_changes():
    picture = make_picture()
    picture.plot.update(1.0, 2.0, 2.5)
    pixels(picture)
    picture.plot.update(2.0, 4.0, 4.5)
    assert not picture.plot.is_stale
    picture.plot.update(3.5, 7.0, 7.5)
    assert picture.plot.is_stale


def test_words_give_both_slopes():
    plot = make_picture().plot
    assert plot.describe() == "Curve of the slope of f."
    plot.update(1.0, 2.0, 2.5)
    assert plot.describe() == "Curve of the slope of f: 2 at x = 1; by nudging, 2.5."
