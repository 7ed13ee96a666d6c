"""The live decision boundary, whose points can be dragged."""

from __future__ import annotations

import numpy as np
import pytest
from looking import is_near, pixels

from figures.picture import Picture
from figures.plane import OutputPlane
from moongrad import make_moons
from moongrad.plot import LIGHT, boundary_grid

POINTS, LABELS = make_moons(30, seed=1)


def make_picture(ratio=1.0, resolution=40):
    return Picture(
        lambda axes: OutputPlane(axes, POINTS, LABELS, resolution=resolution),
        ratio=ratio,
    )


def test_rows_are_the_grid_of_the_engine():
    assert make_picture(resolution=7).plot.rows == boundary_grid(POINTS, 7)


@pytest.mark.parametrize("ratio", [1, 2.5])
def test_handles_are_where_the_points_are_drawn(ratio):
    picture = make_picture(ratio)
    image = pixels(picture)
    handles = picture.plot.handles()
    assert len(handles) == len(POINTS)
    for (x, y), label in zip(handles, LABELS, strict=True):
        color = LIGHT.positive if label > 0 else LIGHT.negative
        assert is_near(image, color)[len(image) - 1 - int(y), int(x)]


def test_point_is_located_where_its_handle_is():
    plot = make_picture().plot
    for handle, point in zip(plot.handles(), POINTS, strict=True):
        assert plot.locate(*handle) == pytest.approx(point)


def test_places_outside_of_the_axes_are_located_at_their_edge():
    picture = make_picture()
    (axes,) = picture.figure.axes
    assert picture.plot.locate(-50, -50) == (axes.get_xlim()[0], axes.get_ylim()[0])
    assert picture.plot.locate(9999, 9999) == (axes.get_xlim()[1], axes.get_ylim()[1])


def test_moved_point_takes_its_handle_along_and_leaves_the_axes():
    picture = make_picture()
    pixels(picture)
    points = [(0.5, 0.25), *POINTS[1:]]
    picture.plot.move(points)
    assert picture.plot.locate(*picture.plot.handles()[0]) == pytest.approx(points[0])
    assert not picture.plot.is_stale
    assert picture.plot.handles()[1:] == make_picture().plot.handles()[1:]


def test_selected_point_is_larger_until_another_is():
    picture = make_picture()
    before = pixels(picture)
    picture.plot.select(3)
    held = pixels(picture)
    rows, columns = np.nonzero((held != before).any(axis=-1))
    x, y = picture.plot.handles()[3]
    assert columns.mean() == pytest.approx(x, abs=2)
    assert len(held) - rows.mean() == pytest.approx(y, abs=2)
    picture.plot.select(None)
    assert np.array_equal(pixels(picture), before)


def test_words_count_the_points():
    plot = make_picture().plot
    scores = [0.0] * len(plot.rows)
    assert plot.describe() == "Decision boundary among 30 points of two classes."
    plot.update(scores, n_right=27)
    assert "27 of 30 are classified correctly" in plot.describe()
