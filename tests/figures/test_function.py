"""Lines of functions, and the limits that they set."""

from __future__ import annotations

import math

import pytest

from figures.function import FunctionLine
from moongrad.plot import LIGHT, add_axes, new_figure


def make_line(f, width=4.0):
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    return axes, FunctionLine(axes, f, width, label="f", theme=LIGHT)


def test_range_is_at_least_the_width_and_grows_by_whole_numbers():
    axes, line = make_line(abs)
    assert line.cover(-1.5, 1.5, 0.0)
    assert line.range == axes.get_xlim() == (-4.0, 4.0)
    assert not line.cover(-3.9, 3.9, 0.0)
    assert line.cover(-4.2, 1.0, 0.0)
    assert line.range == axes.get_xlim() == (-5, 4.0)
    assert line.cover(0.0, 6.01, 0.0)
    assert line.range == axes.get_xlim() == (-4.0, 7)


def test_line_has_the_values_of_the_function():
    _, line = make_line(lambda x: x * x)
    line.cover(0.0, 0.0, 0.0)
    data = line.line.get_xydata()
    assert data[:, 1] == pytest.approx(data[:, 0] ** 2)


def test_pole_does_not_set_the_limits_and_gaps_are_left_out():
    axes, line = make_line(lambda x: 1 / x if x else math.nan)
    line.cover(0.0, 0.0, 1.0)
    low, high = axes.get_ylim()
    assert -30 < low < 0 < high < 30


def test_limits_have_room_for_the_height_in_any_case():
    axes, line = make_line(lambda x: 0.0)
    line.cover(0.0, 0.0, 5.0)
    assert axes.get_ylim()[1] > 5
    line.cover(0.0, 9.0, 0.0)
    assert axes.get_ylim() == (-1.0, 1.0)  # not of no height
