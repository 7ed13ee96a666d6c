"""A function's tangent and secant."""

from __future__ import annotations

import numpy as np
import pytest
from looking import pixels

from figures.picture import Picture
from figures.tangent import TangentPlot


def square(x):
    return x * x


def make_picture(x=1.0, h=1.0):
    picture = Picture(lambda axes: TangentPlot(axes, square, 4.0))
    picture.plot.update(x, h, 2 * x, square(x), square(x + h))
    return picture


def test_handles_are_the_two_points():
    plot = make_picture(1.0, 0.5).plot
    places = [plot.locate(*handle) for handle in plot.handles()]
    assert places[0] == pytest.approx((1.0, 1.0))
    assert places[1] == pytest.approx((1.5, 2.25))


def test_located_place_is_between_the_sides_of_the_axes():
    plot = make_picture().plot
    assert plot.locate(-500, 100)[0] == -4.0
    assert plot.locate(5000, 100)[0] == 4.0
    assert plot.locate(200, 5000)[1] > plot.locate(200, 300)[1]


def test_selected_point_is_larger_until_another_is():
    picture = make_picture()
    images = []
    for index in (None, 0, 1, None):
        picture.plot.select(index)
        images.append(pixels(picture))
    assert np.array_equal(images[0], images[3])
    for k, image in enumerate(images[1:3]):
        rows, columns = np.nonzero((image != images[0]).any(axis=-1))
        x, y = picture.plot.handles()[k]
        assert columns.mean() == pytest.approx(x, abs=2)
        assert len(image) - rows.mean() == pytest.approx(y, abs=2)


def test_axes_are_stale_only_where_the_range_changes():
    picture = make_picture(1.0)
    pixels(picture)
    picture.plot.update(1.5, 0.1, 3.0, 2.25, 2.56)
    assert not picture.plot.is_stale
    picture.plot.update(4.5, 0.1, 9.0, 20.25, 21.16)
    assert picture.plot.is_stale
    assert picture.figure.axes[0].get_xlim() == (-4, 6)


def test_words_give_both_slopes():
    assert make_picture(1.0, 0.5).plot.describe() == (
        "Curve of f with its tangent at x = 1, of slope 2, and the secant to "
        "x + h = 1.5, of slope 2.5."
    )
