"""Places on a figure and coordinates."""

from __future__ import annotations

import pytest

from figures.pixels import clip, from_pixels, to_pixels
from moongrad.plot import LIGHT, add_axes, new_figure


@pytest.mark.parametrize("ratio", [1, 2])
def test_places_are_pixels_from_the_lower_left(ratio):
    figure = new_figure(400, 200, ratio, LIGHT)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 4), ylim=(0, 2))
    (place,) = to_pixels(axes, [(1.0, 0.5)])
    assert place == pytest.approx((100 * ratio, 50 * ratio))


def test_there_and_back():
    axes = add_axes(new_figure(400, 200, 1, LIGHT))
    axes.set_yscale("log")
    points = [(0.25, 0.01), (0.5, 1.0)]
    back = [from_pixels(axes, *place) for place in to_pixels(axes, points)]
    for point, found in zip(points, back, strict=True):
        assert found == pytest.approx(point)


def test_clip_keeps_what_is_within_the_limits():
    assert [clip(x, (-1.0, 2.0)) for x in (-3.0, 0.5, 7.0)] == [-1.0, 0.5, 2.0]
