"""The activations, and the neuron on its own."""

from __future__ import annotations

import math

import pytest
from looking import mean_place, pixels

from figures.activation import ActivationPlot, activate
from figures.picture import Picture
from moongrad.plot import LIGHT


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("tanh", math.tanh(0.5), 1 - math.tanh(0.5) ** 2),
        ("relu", 0.5, 1),
        ("linear", 0.5, 1),
        ("sigmoid", 1 / (1 + math.exp(-0.5)), 0.2350037122015945),
    ],
)
def test_values_and_slopes_are_those_of_the_engine(name, value, slope):
    assert activate(name, 0.5) == pytest.approx((value, slope))


@pytest.mark.parametrize("is_slope", [False, True])
def test_words_give_the_value_or_the_slope(is_slope):
    picture = Picture(lambda axes: ActivationPlot(axes, is_slope=is_slope))
    picture.plot.update(0.5, "tanh")
    expected = "its slope there is 0.7864" if is_slope else "its output is 0.4621"
    assert picture.plot.describe().endswith(f"tanh, is at n = 0.5: {expected}.")
    assert picture.plot.describe().startswith("Slopes" if is_slope else "Activations")


def test_legend_shows_the_chosen_activation_as_its_curve_is():
    picture = Picture(ActivationPlot)
    for chosen in ("tanh", "relu"):
        picture.plot.update(0.5, chosen)
        axes = picture.figure.axes[0]
        colors = {
            text.get_text(): line.get_color()
            for text, line in zip(
                axes.get_legend().get_texts(),
                axes.get_legend().get_lines(),
                strict=True,
            )
        }
        assert [name for name in colors if colors[name] == LIGHT.positive] == [chosen]


def test_curves_are_those_that_the_words_name():
    picture = Picture(ActivationPlot)
    labels = [line.get_label() for line in picture.figure.axes[0].get_lines()]
    assert labels[:4] == ["relu", "tanh", "sigmoid", "linear"]
    assert len(labels) == 5  # the fifth is the neuron


def test_neuron_beyond_the_axes_is_drawn_at_their_edge():
    picture = Picture(ActivationPlot)
    picture.plot.update(50.0, "linear")
    point = picture.figure.axes[0].get_lines()[-1]
    assert point.get_xydata().tolist() == [[4, 2.15]]


def test_chosen_activation_stands_out():
    picture = Picture(ActivationPlot)
    picture.plot.update(0.0, "sigmoid")
    lines = {line.get_label(): line for line in picture.figure.axes[0].get_lines()}
    widest = max(lines.values(), key=lambda line: line.get_linewidth())
    assert widest is lines["sigmoid"] and widest.get_color() == LIGHT.positive
    x, _ = mean_place(pixels(picture), LIGHT.positive)
    assert 200 < x < 300
