"""Networks, weight by weight."""

from __future__ import annotations

import random

import numpy as np
import pytest
from looking import is_near, pixels

from figures.network import NetworkPlot
from figures.picture import Picture
from moongrad import MLP
from moongrad.plot import LIGHT


def make_picture(sizes=(3, 2, 1), resolution=0, ratio=1.0):
    model = MLP(sizes[0], list(sizes[1:]), rng=random.Random(1))
    picture = Picture(
        lambda axes: NetworkPlot(axes, model, resolution=resolution), ratio=ratio
    )
    return model, picture


def test_handles_are_lines_of_weights_and_points_of_biases():
    model, picture = make_picture()
    handles = picture.plot.handles()
    assert len(handles) == len(model.parameters())
    assert [len(handle) for handle in handles] == [4, 4, 4, 2, 4, 4, 4, 2, 4, 4, 2]
    # A neuron's weights lead to where its bias is, each from an input of its own.
    for first, bias in ((0, 3), (4, 7), (8, 10)):
        lines = handles[first:bias]
        assert {line[2:] for line in lines} == {handles[bias]}
        assert len({line[:2] for line in lines}) == len(lines)


@pytest.mark.parametrize("ratio", [1, 2])
def test_handles_lie_on_what_is_drawn(ratio):
    model, picture = make_picture((2, 1, 1), ratio=ratio)
    for parameter in model.parameters():
        parameter.data = 3.0
    picture.plot.update()
    image = pixels(picture)
    for handle in picture.plot.handles():
        if len(handle) == 4:
            x, y = (handle[0] + handle[2]) / 2, (handle[1] + handle[3]) / 2
            assert is_near(image, LIGHT.positive, 0.2)[len(image) - 1 - int(y), int(x)]


@pytest.mark.parametrize("index", [1, 3, 10])
def test_selected_parameter_is_marked_where_its_handle_is(index):
    _, picture = make_picture()
    picture.plot.update()
    before = pixels(picture)
    picture.plot.select(index)
    rows, columns = np.nonzero((pixels(picture) != before).any(axis=-1))
    handle = picture.plot.handles()[index]
    assert columns.mean() == pytest.approx(np.mean(handle[::2]), abs=15)
    assert len(before) - rows.mean() == pytest.approx(np.mean(handle[1::2]), abs=15)
    picture.plot.update()
    assert not np.array_equal(pixels(picture), before)
    picture.plot.select(None)
    assert np.array_equal(pixels(picture), before)


def test_weight_has_the_color_of_its_sign_and_grows_with_its_size():
    model, picture = make_picture((1, 1))
    weight = model.parameters()[0]
    n_pixels = []
    for data in (1.5, 4, -4):
        weight.data = data
        picture.plot.update()
        color, other = LIGHT.positive, LIGHT.negative
        if data < 0:
            color, other = other, color
        image = pixels(picture)
        n_pixels.append(is_near(image, color, 0.15).sum())
        assert not is_near(image, other, 0.15).any()
    assert n_pixels[1] > 1.5 * n_pixels[0] > 0
    assert n_pixels[2] == pytest.approx(n_pixels[1], rel=0.05)


def test_maps_show_the_answers_of_hidden_neurons():
    _, picture = make_picture((2, 2, 1), resolution=2)
    images = []
    for answers in ([1.0, 1, 1, 1], [-1.0, -1, -1, -1]):
        picture.plot.update([answers, [0.0] * 4])
        images.append(pixels(picture))
    rows, columns = np.nonzero((images[0] != images[1]).any(axis=-1))
    bias = picture.plot.handles()[2]
    assert columns.mean() == pytest.approx(bias[0], abs=2)
    assert len(images[0]) - rows.mean() == pytest.approx(bias[1], abs=2)
    with pytest.raises(ValueError):
        picture.plot.update([[0.0] * 4])  # there are two neurons


def test_words_give_the_layers_and_the_largest_parameter():
    model, picture = make_picture()
    model.parameters()[5].data = -7.25
    picture.plot.update()
    assert picture.plot.describe() == (
        "Network with layers of 3, 2, 1 neurons and 11 parameters; the largest "
        "parameter is -7.25."
    )
