"""Gradients by layer."""

from __future__ import annotations

import pytest
from looking import pixels

from figures.norms import GradientNorms
from figures.picture import Picture

NAMES = ("hidden 1", "hidden 2", "output")


def make_picture(**keywords):
    return Picture(lambda axes: GradientNorms(axes, NAMES), **keywords)


def read_bars(picture):
    axes = picture.figure.axes[0]
    low = axes.get_xlim()[0]
    widths = [bar.get_width() for bar in axes.patches]
    return [0 if width == low else width for width in widths]


def read_texts(picture):
    return [text.get_text() for text in picture.figure.axes[0].texts]


def test_bars_are_as_long_as_the_gradients():
    picture = make_picture()
    picture.plot.update([0.5, 0.002, 3.0])
    assert read_bars(picture) == [0.5, 0.002, 3.0]
    assert read_texts(picture) == ["hidden 1: 0.5", "hidden 2: 0.002", "output: 3"]


def test_gradient_of_zero_is_said_and_has_no_bar():
    picture = make_picture()
    picture.plot.update([0.0, 1e-30, float("nan")])
    assert read_bars(picture) == [0, 1e-30, 0]
    assert read_texts(picture) == [
        "hidden 1: 0",
        "hidden 2: 1e-30",
        "output: not a number",
    ]
    pixels(picture)


def test_scale_grows_with_the_gradients_and_does_not_jump_back():
    picture = make_picture()
    axes = picture.figure.axes[0]
    picture.plot.update([1.0, 1.0, 1.0])
    pixels(picture)
    limits = axes.get_xlim()
    picture.plot.update([2e-7, 1.0, 40.0])
    assert picture.plot.is_stale
    assert axes.get_xlim() == pytest.approx((1e-7, 100))
    pixels(picture)
    picture.plot.update([1.0, 1.0, 1.0])
    assert not picture.plot.is_stale
    assert axes.get_xlim() != limits


@pytest.mark.parametrize("norms", [[1e-300] * 3, [1e300] * 3, [0.0] * 3])
def test_extreme_gradients_are_drawn(norms):
    picture = make_picture()
    for _ in range(2):
        picture.plot.update(norms)
        pixels(picture)
    low, high = picture.figure.axes[0].get_xlim()
    assert 1e-13 < low < high < 1e14
    picture.plot.update(norms)
    assert not picture.plot.is_stale


def test_seven_layers_have_room_in_a_small_figure():
    names = [*(f"hidden {k}" for k in range(1, 7)), "output"]
    picture = Picture(lambda axes: GradientNorms(axes, names), width=330, height=270)
    picture.plot.update([0.1] * 7)
    pixels(picture)
    axes = picture.figure.axes[0]
    texts = [text.get_window_extent() for text in axes.texts]
    bars = [bar.get_window_extent() for bar in axes.patches]
    for text, bar, following in zip(texts, bars, texts[1:], strict=False):
        assert text.y0 > bar.y1 - 1.5 and bar.y0 > following.y1 - 1


def test_words_list_the_gradients():
    plot = make_picture().plot
    assert plot.describe() == "Gradients by layer: no step has been made yet."
    plot.update([1.5, 0.0, 1e-5])
    assert plot.describe() == (
        "Length of the gradient by layer: hidden 1 1.5, hidden 2 0, output 1e-5."
    )
    plot.update([])
    assert "no step" in plot.describe()
