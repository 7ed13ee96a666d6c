"""Networks, weight by weight."""

from __future__ import annotations

import random

import numpy as np
import pytest
from looking import is_near, mean_place, pixels

from figures.network import NetworkPlot
from figures.picture import Picture
from figures.pulses import PERIOD
from moongrad import MLP, make_moons
from moongrad.plot import DARK, LIGHT

POINTS, LABELS = make_moons(20, seed=1)
NAMES = ("x", "y", "z")


def make_picture(sizes=(3, 2, 1), *, has_maps=False, **keywords):
    model = MLP(sizes[0], list(sizes[1:]), rng=random.Random(1))
    parts = {"points": POINTS, "labels": LABELS} if has_maps else {}
    picture = Picture(
        lambda axes: NetworkPlot(axes, model, inputs=NAMES[: sizes[0]], **parts),
        **keywords,
    )
    picture.plot.update()
    return model, picture


def make_maps(sizes=(2, 2, 1), **keywords):
    return make_picture(sizes, has_maps=True, width=800, height=400, **keywords)


def find_changes(before, after):
    """Return which rows and columns of pixels differ, from the lower left."""
    rows, columns = np.nonzero((before != after).any(axis=-1))
    return len(before) - rows, columns


def set_all(model, data):
    for parameter in model.parameters():
        parameter.data = data


def test_handles_are_lines_of_weights_and_squares_of_neurons():
    model, picture = make_picture()
    handles = picture.plot.handles()
    assert len(handles) == len(model.parameters())
    assert [len(handle) for handle in handles] == [4, 4, 4, 3, 4, 4, 4, 3, 4, 4, 3]
    # A neuron's weights lead to where its bias is, each from an input of its own.
    for first, bias in ((0, 3), (4, 7), (8, 10)):
        lines = handles[first:bias]
        assert {line[2:] for line in lines} == {handles[bias][:2]}
        assert len({line[:2] for line in lines}) == len(lines)


@pytest.mark.parametrize("ratio", [1, 2])
def test_handles_lie_on_what_is_drawn(ratio):
    model, picture = make_picture((2, 1, 1), ratio=ratio)
    set_all(model, 3.0)
    picture.plot.update()
    image = pixels(picture)
    for handle in picture.plot.handles():
        if len(handle) == 4:
            x, y = (handle[0] + handle[2]) / 2, (handle[1] + handle[3]) / 2
            assert is_near(image, LIGHT.positive, 0.2)[len(image) - 1 - int(y), int(x)]


@pytest.mark.parametrize("has_maps", [False, True])
@pytest.mark.parametrize("ratio", [1, 2])
def test_handle_of_a_neuron_is_as_large_as_the_neuron(ratio, has_maps):
    _, picture = make_picture((2, 1, 1), ratio=ratio, has_maps=has_maps)
    x, y, half = picture.plot.handles()[2]
    before = pixels(picture)
    picture.plot.select(2)
    after = pixels(picture)
    is_ring = is_near(after, LIGHT.curve) & ~is_near(before, LIGHT.curve)
    rows, columns = np.nonzero(is_ring[:, : int(x + 2 * half)])
    for found, place in ((columns, x), (len(after) - rows, y)):
        assert found.min() == pytest.approx(place - half, abs=5 * ratio)
        assert found.max() == pytest.approx(place + half, abs=5 * ratio)


def test_selected_weight_is_marked_along_its_line():
    _, picture = make_picture()
    before = pixels(picture)
    picture.plot.select(1)
    after = pixels(picture)
    x1, y1, x2, y2 = picture.plot.handles()[1]
    place = (len(after) - 1 - int((y1 + y2) / 2), int((x1 + x2) / 2))
    above = after[place[0] - 6 : place[0] + 6, place[1]]
    assert is_near(above[:, None], LIGHT.curve, 0.1).any()
    picture.plot.update()
    assert np.array_equal(pixels(picture), after)
    picture.plot.select(None)
    assert np.array_equal(pixels(picture), before)


def count_colored(image, handle):
    """Return how strong a line is drawn where it is half way."""
    x, y = int((handle[0] + handle[2]) / 2), int((handle[1] + handle[3]) / 2)
    return (1 - image[len(image) - 1 - y - 4 : len(image) - y + 4, x]).sum()


def test_lines_of_a_chosen_neuron_stand_out():
    model, picture = make_picture((2, 2, 1))
    set_all(model, 1.0)
    picture.plot.update()
    handles, before = picture.plot.handles(), pixels(picture)
    picture.plot.select(2)  # the bias of the first hidden neuron
    after = pixels(picture)
    its, other = 0, 4  # the lines from the first and to the other one
    assert count_colored(after, handles[its]) >= count_colored(before, handles[its])
    assert count_colored(after, handles[other]) < 0.6 * count_colored(
        before, handles[other]
    )


def test_weight_has_the_color_of_its_sign_and_grows_with_its_size():
    model, picture = make_picture((1, 1))
    weight, bias = model.parameters()
    n_pixels = []
    for data in (1.5, 4, -4):
        weight.data = bias.data = data
        picture.plot.update()
        color, other = LIGHT.positive, LIGHT.negative
        if data < 0:
            color, other = other, color
        image = pixels(picture)[:-40]  # above the key
        n_pixels.append(is_near(image, color, 0.15).sum())
        assert not is_near(image, other, 0.15).any()
    assert n_pixels[1] > 1.5 * n_pixels[0] > 0
    assert n_pixels[2] == pytest.approx(n_pixels[1], rel=0.05)


def test_weak_weights_of_a_layer_are_fainter():
    model, picture = make_picture((2, 1))
    first, second, _ = model.parameters()
    strengths = []
    for data in (2.0, 0.5, 0.01):
        first.data, second.data = data, 2.0
        picture.plot.update()
        strengths.append(count_colored(pixels(picture), picture.plot.handles()[0]))
    assert strengths[0] > 3 * strengths[1] > 3 * strengths[2] == 0


def test_bias_is_a_dot_with_the_color_of_its_sign_and_grows_with_its_size():
    model, picture = make_picture((1, 1))
    weight, bias = model.parameters()
    weight.data = 0.0
    x, y, half = (int(n) for n in picture.plot.handles()[1])
    n_pixels = []
    for data, color in (
        (0.5, LIGHT.positive),
        (2, LIGHT.positive),
        (-2, LIGHT.negative),
    ):
        bias.data = data
        picture.plot.update()
        image = pixels(picture)
        around = image[
            len(image) - y - half : len(image) - y + half, x - half : x + half
        ]
        n_pixels.append(is_near(around, color, 0.15).sum())
    assert n_pixels[1] > 1.5 * n_pixels[0] > 0
    assert n_pixels[2] == n_pixels[1]


def test_maps_show_what_neurons_put_out():
    model, picture = make_maps()
    handles = picture.plot.handles()
    x, y, half = (int(n) for n in handles[2])
    for data, color in ((2.0, LIGHT.positive), (0.0, LIGHT.background)):
        model.parameters()[0].data = model.parameters()[1].data = 0.0
        model.parameters()[2].data = data  # so it puts out the same everywhere
        picture.plot.update()
        image = pixels(picture)
        inside = image[len(image) - y - half // 2 : len(image) - y, x : x + half // 2]
        assert is_near(inside, color, 0.1).all()


def test_maps_of_inputs_show_the_plane():
    _, picture = make_maps()
    image = pixels(picture)
    x, y = (int(n) for n in picture.plot.handles()[0][:2])  # the first input's centre
    row = image[len(image) - 1 - y]
    (red1, _, blue1), (red2, _, blue2) = row[x - 20], row[x + 20]
    assert blue1 > red1 + 0.1 and red2 > blue2 + 0.1


def test_chosen_neuron_is_shown_large_and_follows_the_weights():
    model, picture = make_maps()
    assert "The large map shows output: prediction." in picture.plot.describe()
    images = []
    for index, name in ((0, "hidden 1, neuron 1"), (5, "hidden 1, neuron 2")):
        picture.plot.select(index)
        assert f"The large map shows {name}." in picture.plot.describe()
        images.append(pixels(picture)[:, 600:])
    assert (images[0] != images[1]).any()
    model.parameters()[3].data = 5.0  # a weight of the second one
    picture.plot.update()
    assert (pixels(picture)[:, 600:] != images[1]).any()


def test_points_of_the_large_map_can_be_moved():
    _, picture = make_maps()
    _, other = make_maps()
    moved = [(x + 0.3, y) for x, y in POINTS]
    picture.plot.move(moved)
    before, after = pixels(other), pixels(picture)
    assert find_changes(before, after)[1].min() > 550  # nothing in the network itself
    place, old = (
        mean_place(image[:, 580:], LIGHT.negative) for image in (after, before)
    )
    assert place[0] > old[0] + 3


def test_signals_run_right_and_gradients_left():
    model, picture = make_picture((1, 1, 1), width=800, height=400)
    set_all(model, 0.01)
    model.parameters()[0].data = model.parameters()[2].data = 1.0
    gradients = [-1.0] * 4
    picture.plot.update()
    still = pixels(picture)
    picture.plot.is_moving = True
    places = []
    for share in (0.12, 0.2, 0.33, 0.42, 0.58, 0.67, 0.83, 0.92):
        picture.plot.update(gradients, share * PERIOD)
        places.append(np.median(find_changes(still, pixels(picture))[1]))
    assert places[:4] == sorted(places[:4]) and places[0] < places[3] - 200
    assert (
        places[4:] == sorted(places[4:], reverse=True) and places[4] > places[7] + 200
    )
    picture.plot.update(gradients, 0.83 * PERIOD)
    assert is_near(pixels(picture)[180:220], LIGHT.negative, 0.1).any()
    picture.plot.is_moving = False
    picture.plot.update(gradients, 0.83 * PERIOD)
    assert np.array_equal(pixels(picture), still)


def test_without_gradients_only_signals_are_on_their_way():
    _, picture = make_picture((1, 1), width=800, height=400)
    picture.plot.is_moving = True
    images = []
    for share in (0.2, 0.7):
        picture.plot.update(None, share * PERIOD)
        images.append(pixels(picture).copy())
    assert np.array_equal(*images)


def test_a_network_that_went_wrong_is_drawn():
    model, picture = make_maps()
    set_all(model, float("nan"))
    model.parameters()[0].data = float("inf")
    picture.plot.is_moving = True
    picture.plot.update([float("nan")] * 9, 0.7 * PERIOD)
    assert pixels(picture).shape == (400, 800, 3)


def test_words_say_what_the_network_is():
    model, picture = make_picture((3, 2, 2, 1))
    model.parameters()[5].data = -7.25
    picture.plot.update()
    assert picture.plot.describe() == (
        "A network: inputs x, y and z, hidden layers of 2 and 2 neurons, and one "
        "output, the prediction. The largest of its 17 parameters is −7.25."
    )
    for sizes, words in (
        ((1, 4, 1), "input x, a hidden layer of 4 neurons, and"),
        ((2, 1), "inputs x and y, no hidden layer, and"),
    ):
        assert words in make_picture(sizes)[1].plot.describe()


def test_colors_are_those_of_the_theme():
    model = MLP(1, [1], rng=random.Random(1))
    model.parameters()[0].data = 4.0
    picture = Picture(
        lambda axes: NetworkPlot(axes, model, inputs=["x"], theme=DARK), theme=DARK
    )
    picture.plot.update()
    image = pixels(picture)
    assert is_near(image, DARK.positive).any() and is_near(image, DARK.background).any()
