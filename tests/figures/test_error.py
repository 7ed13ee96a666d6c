"""The error of a slope against the size of the nudge."""

from __future__ import annotations

import pytest
from looking import mean_place, pixels

from figures.error import ErrorPlot, write_power
from figures.picture import Picture
from moongrad.plot import LIGHT


def test_point_is_at_the_present_nudge():
    picture = Picture(ErrorPlot)
    picture.plot.update([], [], 1e-4, 1e-2)
    (axes,) = picture.figure.axes
    place = axes.transData.transform((1e-4, 1e-2))
    assert mean_place(pixels(picture), LIGHT.positive) == pytest.approx(place, abs=1)


def test_error_of_zero_is_drawn_inside_of_the_axes():
    picture = Picture(ErrorPlot)
    picture.plot.update([1e-4], [0.0], 1e-4, 0.0)
    (axes,) = picture.figure.axes
    for line in axes.get_lines():
        assert (line.get_ydata() > axes.get_ylim()[0]).all()


def test_words_tell_where_the_error_is_smallest():
    plot = Picture(ErrorPlot).plot
    plot.update([1, 1e-8, 1e-16], [3, 1e-9, 1], 1, 3)
    assert "smallest, 1e-09, near h = 1e-08" in plot.describe()
    assert "falls with h at first, then rises again" in plot.describe()
    plot.update([1, 1e-8], [0, 1e-9], 1, 0)
    assert "with smaller h it rises" in plot.describe()


def test_powers_of_ten_are_written_without_formulas():
    assert [write_power(10.0**k) for k in (-16, 0, 3)] == ["10⁻¹⁶", "10⁰", "10³"]
