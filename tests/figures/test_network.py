"""Networks, weight by weight."""

from __future__ import annotations

import random

import numpy as np
import pytest
from looking import is_near, mean_place, pixels

from figures.network import ACROSS, NetworkPlot
from figures.picture import Picture
from figures.pulses import PERIOD
from moongrad import MLP, make_moons
from moongrad.plot import DARK, LIGHT, boundary_grid

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


# --- features, several classes, and little room ---------------------------------------

LIMITS = (-1.0, 1.0, -1.0, 1.0)
PLACES = np.array(boundary_grid((), ACROSS, limits=LIMITS))
FEATURES = (
    *("x", "y", "x²", "y²", "xy", "sin x", "sin y", "x - y", "1 / x"),
    *("exp(-x^2 - y^2)", "abs(x)", "cos(3 * y)"),
)
SPECIES = ("setosa", "versicolor", "virginica", "another one of a long name")


def make_playground(sizes, *, n_classes=0, size=(480, 384), theme=LIGHT, **keywords):
    """Return a picture of a network of features of the plane."""
    n_classes = n_classes or (sizes[-1] if sizes[-1] > 1 else 2)
    names = list(SPECIES[: sizes[-1]]) if sizes[-1] > 1 else "score"
    model = MLP(sizes[0], list(sizes[1:]), activation="tanh", rng=random.Random(1))
    x, y = PLACES.T
    rows = np.column_stack([x, y, *(np.sin((k + 1) * x + y) for k in range(10))])
    parts = {"points": [(0, 0), (0.5, 0.5)], "labels": [-1, 1]}
    parts["rows"] = rows[:, : sizes[0]]
    picture = Picture(
        lambda axes: NetworkPlot(
            axes,
            model,
            inputs=FEATURES[: sizes[0]],
            output=names,
            limits=LIMITS,
            n_classes=n_classes,
            theme=theme,
            **parts | keywords,
        ),
        width=size[0],
        height=size[1],
        theme=theme,
    )
    picture.plot.update()
    return model, picture


def list_names(picture):
    """Return what stands in the figure, with its box."""
    texts = [text for text in picture.figure.axes[0].texts if text.get_text()]
    return {text.get_text(): text.get_window_extent() for text in texts}


NETWORKS = {
    "none hidden": (2, 1),
    "none hidden, many": (12, 4),
    "one": (1, 1, 1),
    "largest": (12, *[16] * 6, 4),
    "narrowing": (7, 16, 8, 4, 2, 3),
}


@pytest.mark.parametrize("size", [(330, 300), (480, 384), (700, 430)])
@pytest.mark.parametrize("has_maps", [False, True])
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
def test_names_are_inside_of_the_figure_and_apart(sizes, has_maps, size):
    nothing = {} if has_maps else {"rows": None, "points": (), "labels": ()}
    _, picture = make_playground(sizes, size=size, has_panel=False, **nothing)
    pixels(picture)
    boxes = list(list_names(picture).values())
    assert len(boxes) == sizes[0] + sizes[-1] + len(sizes)
    for k, box in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= size[0]
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


@pytest.mark.parametrize("size", [(330, 300), (480, 384), (700, 430)])
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
def test_names_of_inputs_are_not_hidden_by_their_maps(sizes, size):
    _, picture = make_playground(sizes, size=size, has_panel=False)
    pixels(picture)
    layout, names = picture.plot._layout, list(list_names(picture).values())
    half = layout.halves[0]
    boxes = names[len(sizes) : len(sizes) + sizes[0]]
    for box in boxes:
        for x, y in layout.columns[0]:
            apart_x = max(box.x0 - (x + half), (x - half) - box.x1)
            apart_y = max(box.y0 - (y + half), (y - half) - box.y1)
            assert max(apart_x, apart_y) > -1


def test_long_names_are_cut():
    _, picture = make_playground((12, 4))
    names = list_names(picture)
    assert "another o…" in names and "exp(-x^2 …" in names


def test_maps_are_of_the_rows_that_are_given():
    model, picture = make_playground((3, 1), has_panel=False)
    for parameter in model.parameters():
        parameter.data = 0.0
    picture.plot.update()
    answers = picture.plot._answers
    x, y = PLACES.T
    for k, feature in enumerate((x, y, np.sin(x + y))):
        expected = (feature / np.abs(feature).max()).reshape(ACROSS, ACROSS)
        assert answers[k] == pytest.approx(expected, rel=1e-6)


def test_rows_without_a_number_are_drawn():
    rows = np.column_stack([PLACES[:, 0], np.where(PLACES[:, 1] > 0, 1.0, np.nan)])
    _, picture = make_playground((2, 3, 1), rows=rows)
    assert np.isfinite(pixels(picture)).all()


def test_maps_of_outputs_are_as_strong_as_in_the_plane():
    for sizes, n_classes, data, strength in (
        ((2, 1), 2, 0.5, np.tanh(0.5)),
        ((2, 1), 0, 0.5, 0.25),
        ((2, 2), 3, 0.5, 0.0),
    ):
        # Numbers reach to the largest label.
        labels = {"labels": [-2.0, 1.0]} if n_classes == 0 else {"labels": [1, 1]}
        model = MLP(sizes[0], [sizes[1]], rng=random.Random(1))
        for neuron in model.layers[0].neurons:
            for weight in neuron.w:
                weight.data = 0.0
            neuron.b.data = data
        points = {"points": [(0, 0), (0.5, 0.5)], "limits": LIMITS}
        picture = Picture(
            lambda axes, model=model, n=n_classes, more=points | labels: NetworkPlot(
                axes,
                model,
                inputs=["x", "y"],
                output=["a", "b"] if len(model.layers[0].neurons) > 1 else "a",
                n_classes=n,
                **more,
            )
        )
        picture.plot.update()
        assert picture.plot._answers[-1] == pytest.approx(strength)


def test_without_a_panel_there_is_more_room_for_the_network():
    widths = []
    for has_panel in (False, True):
        _, picture = make_playground((2, 4, 1), has_panel=has_panel)
        places = [handle[0] for handle in picture.plot.handles()]
        widths.append(max(places) - min(places))
        assert ("large map" in picture.plot.describe()) == has_panel
    assert widths[0] > widths[1] + 80


def test_points_of_the_large_map_can_be_added_and_have_any_class():
    _, picture = make_playground((2, 4), labels=[0, 3], theme=DARK)
    first = pixels(picture)
    picture.plot.set_points([(0, 0), (0.5, 0.5), (-0.5, -0.5)], [0, 3, 2])
    more = pixels(picture)
    assert (first != more).any()
    panel = slice(int(picture.plot._layout.panel.x), None)
    assert is_near(more[:, panel], DARK.third, 0.1).any()
    picture.plot.set_points([], [])
    picture.plot.set_points([(0, 0), (0.5, 0.5)], [0, 3])
    assert np.array_equal(pixels(picture), first)


@pytest.mark.parametrize("ratio", [1, 2])
def test_places_of_columns_are_in_the_middle_of_each_layer(ratio):
    model = MLP(2, [3, 5, 1], rng=random.Random(1))
    picture = Picture(
        lambda axes: NetworkPlot(axes, model, inputs=["x", "y"]), ratio=ratio
    )
    picture.plot.update()
    places = picture.plot.column_places()
    assert len(places) == 4
    biases = [h for h in picture.plot.handles() if len(h) == 3]
    layers = (biases[:3], biases[3:8], biases[8:])
    for (x, y), layer in zip(places[1:], layers, strict=True):
        assert x == pytest.approx(np.mean([handle[0] for handle in layer]))
        assert max(handle[1] for handle in layer) < y < 384 * ratio


def test_words_name_several_outputs():
    _, picture = make_playground((2, 3, 3), has_panel=False)
    assert (
        "and 3 outputs, setosa, versicolor and virginica. The largest"
        in picture.plot.describe()
    )
