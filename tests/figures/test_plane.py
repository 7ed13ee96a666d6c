"""What a network puts out across a plane, among points that can be dragged."""

from __future__ import annotations

import numpy as np
import pytest
from looking import is_near, pixels

from figures.picture import Picture
from figures.plane import OutputPlane
from moongrad import make_moons
from moongrad.plot import DARK, LIGHT, THEMES, boundary_grid

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


LIMITS = (-1.0, 1.0, -1.0, 1.0)
CORNERS = [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)]
NAMES = ("left below", "right below", "left above", "right above")


def make_plane(n_classes=4, theme=LIGHT, labels=(0, 1, 2, 3), **keywords):
    """Return a picture of a point of each class in a corner of its own."""
    return Picture(
        lambda axes: OutputPlane(
            axes,
            CORNERS,
            labels,
            classes=NAMES[:n_classes],
            limits=LIMITS,
            theme=theme,
            **keywords,
        ),
        theme=theme,
    )


def score_corners(plot, strength=9.0):
    """Return scores by which each corner belongs to the class of its point."""
    return np.array(
        [[strength * (x * a + y * b) for a, b in CORNERS] for x, y in plot.rows]
    )


def look_at(picture, *place):
    """Return the colour at a place of the plane."""
    image = pixels(picture)
    x, y = picture.figure.axes[0].transData.transform(place)
    return image[len(image) - 1 - int(y), int(x)]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_places_have_the_color_of_the_most_probable_class(theme):
    picture = make_plane(theme=theme, is_hard=True)
    picture.plot.update(score_corners(picture.plot))
    for (x, y), fill in zip(CORNERS, theme.class_fills, strict=True):
        assert is_near(look_at(picture, 1.7 * x, 1.7 * y), fill, 0.02)


def test_colors_of_several_classes_fade_where_they_are_less_certain():
    picture = make_plane()
    picture.plot.update(score_corners(picture.plot))
    far, near = (look_at(picture, 0.8 * k, 0.8 * k) for k in (1, 0.15))
    assert is_near(far, LIGHT.class_fills[3], 0.03)
    assert near.min() > far.min() + 0.1
    hard = make_plane(is_hard=True)
    hard.plot.update(score_corners(hard.plot))
    assert is_near(look_at(hard, 0.12, 0.12), LIGHT.class_fills[3], 0.02)


def test_colors_of_two_classes_do_not_fade_where_they_are_hard():
    for is_hard in (False, True):
        picture = make_plane(2, labels=(-1, 1, -1, 1), is_hard=is_hard)
        picture.plot.update([0.1 * x for x, _ in picture.plot.rows])
        for x, fill in ((-0.8, LIGHT.negative_fill), (0.8, LIGHT.positive_fill)):
            assert is_near(look_at(picture, x, 0.1), fill, 0.03) == is_hard


def test_lines_are_where_another_class_takes_over():
    picture = make_plane(theme=DARK)
    picture.plot.update(score_corners(picture.plot))
    for place in ((0, 0.7), (0, -0.7), (0.7, 0), (-0.7, 0)):
        assert is_near(look_at(picture, *place), DARK.curve, 0.2)
    assert not is_near(look_at(picture, 0.7, 0.3), DARK.curve, 0.2)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_numbers_are_blue_below_zero_and_orange_above(theme):
    picture = make_plane(0, theme, labels=(-2.0, -1.0, 1.0, 2.0))
    picture.plot.update([2 * y for _, y in picture.plot.rows])
    assert is_near(look_at(picture, 0, -0.97), theme.negative, 0.1)
    assert is_near(look_at(picture, 0, 0), theme.background, 0.03)
    assert is_near(look_at(picture, 0, 0.97), theme.positive, 0.1)
    # Points have the same scale.
    assert is_near(look_at(picture, *CORNERS[0]), theme.negative, 0.1)
    texts = {text.get_text() for text in picture.figure.texts}
    assert {"−2", "2"} <= texts


def test_scale_of_numbers_follows_the_points():
    picture = make_plane(0, labels=(0, 0, 1, 1))
    pixels(picture)
    picture.plot.set_points([(0, 0)], [-40.0])
    assert picture.plot.is_stale
    assert {"−40", "40"} <= {text.get_text() for text in picture.figure.texts}


@pytest.mark.parametrize("n_classes", [0, 2, 3, 4])
def test_places_without_a_number_are_neutral(n_classes):
    picture = make_plane(n_classes, labels=(1, 1, 1, 1))
    plot = picture.plot
    scores = np.ones((len(plot.rows), max(1, n_classes) if n_classes != 2 else 1))
    scores[: len(scores) // 2] = np.nan
    plot.update(scores)
    assert is_near(look_at(picture, 0.7, -0.7), LIGHT.grid, 0.02)
    assert not is_near(look_at(picture, 0.7, 0.7), LIGHT.grid, 0.02)
    assert "In 50% of the plane the output is not a number." in plot.describe()
    scores[:] = np.inf
    plot.update(scores)
    pixels(picture)


def test_classes_have_shapes_and_colors_of_their_own():
    picture = make_plane()
    for point, color in zip(CORNERS, LIGHT.classes, strict=True):
        assert is_near(look_at(picture, *point), color)
    image = pixels(picture)
    n_pixels = [is_near(image, color).sum() for color in LIGHT.classes]
    assert len(set(n_pixels[1:])) == 3


def test_names_of_classes_are_above_the_plane_and_cut_where_they_are_long():
    names = ("a", "b", "a name that goes on and on")
    picture = Picture(
        lambda axes: OutputPlane(axes, CORNERS, (0, 1, 2, 2), classes=names),
        width=330,
        height=270,
    )
    pixels(picture)
    (axes,) = picture.figure.axes
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        *("a", "b", "a name that goes …")
    ]
    box = legend.get_window_extent()
    assert box.y0 >= axes.get_window_extent().y1 - 1
    assert box.x0 >= 0 and box.y1 <= 270


@pytest.mark.parametrize("n_classes", [0, 2, 4])
def test_test_points_are_hollow_or_square_and_named(n_classes):
    place = (0.1, 0.2)
    labels = (1, 1, 1, 1)
    picture = make_plane(n_classes, labels=labels, test_points=[place], test_labels=[1])
    texts = picture.figure.axes[0].get_legend().get_texts()
    assert texts[-1].get_text() == "test"
    if n_classes:
        assert is_near(look_at(picture, *place), LIGHT.background)
    else:
        assert is_near(look_at(picture, *place), LIGHT.positive, 0.1)


def test_handles_of_test_points_follow_those_of_training_points():
    tests = [(0.0, 0.0), (0.9, 0.1)]
    picture = make_plane(test_points=tests, test_labels=[0, 3])
    plot = picture.plot
    handles = plot.handles()
    assert [plot.locate(*handle) for handle in handles] == [
        pytest.approx(place) for place in [*CORNERS, *tests]
    ]
    before = pixels(picture)
    plot.select(5)
    _, columns = np.nonzero((pixels(picture) != before).any(axis=-1))
    assert columns.mean() == pytest.approx(handles[5][0], abs=2)
    plot.move(CORNERS, [(-0.9, 0.0), tests[1]])
    assert plot.locate(*plot.handles()[4]) == pytest.approx((-0.9, 0.0))
    assert plot.handles()[5] == handles[5]


@pytest.mark.parametrize("n_classes", [2, 4])
def test_points_can_be_added_and_deleted_without_a_new_picture(n_classes):
    labels = (-1, 1, -1, 1) if n_classes == 2 else (0, 1, 2, 3)
    picture = make_plane(n_classes, labels=labels)
    plot = picture.plot
    first = pixels(picture)
    plot.set_points([*CORNERS, (0, 0.2)], [*labels, labels[0]])
    assert not plot.is_stale and len(plot.handles()) == 5
    assert is_near(look_at(picture, 0, 0.2), LIGHT.negative)
    plot.select(4)
    plot.set_points(CORNERS, labels)
    assert np.array_equal(pixels(picture), first)
    plot.set_points([], [])
    assert plot.handles() == []
    image = pixels(picture)
    inside = picture.figure.axes[0].get_window_extent()
    left, top = int(inside.x0) + 1, len(image) - int(inside.y1) + 40
    assert not any(is_near(image[top:, left:], color).any() for color in LIGHT.classes)


def test_plane_without_points_is_drawn():
    picture = Picture(lambda axes: OutputPlane(axes, [], [], limits=LIMITS))
    picture.plot.update([1.0] * len(picture.plot.rows))
    pixels(picture)
    assert "among 0 points" in picture.plot.describe()


def test_many_points_are_smaller():
    sizes = []
    for n in (500, 1000, 5000):
        points = [(0.0, 0.1)] * n
        plot = Picture(lambda axes, p=points: OutputPlane(axes, p, [1] * len(p))).plot
        sizes.append(plot._dots.get_sizes()[0])
    assert sizes[0] > sizes[1] > sizes[2]


def test_words_say_what_kind_of_output_it_is():
    plot = make_plane(test_points=[(0, 0)], test_labels=[0]).plot
    plot.update(score_corners(plot), 3, 1)
    assert plot.describe() == (
        "Decision regions among 4 points of four classes: 3 of 4 are classified "
        "correctly, and 1 of 1 test points."
    )
    plot = make_plane(0, labels=(-2.0, 0.0, 0.5, 1.0)).plot
    plot.update([y for _, y in plot.rows])
    assert plot.describe() == (
        "Output across the plane, from −1 to 1, among 4 points of numbers from −2 to 1."
    )


def test_words_count_test_points_with_numbers():
    plot = make_plane(
        0, labels=(-2.0, 0.0, 0.5, 1.0), test_points=[(0, 0)], test_labels=[0.5]
    ).plot
    assert plot.describe().endswith("numbers from −2 to 1, and 1 test point.")


def test_words_count_the_points():
    plot = make_picture().plot
    scores = [0.0] * len(plot.rows)
    assert plot.describe() == "Decision boundary among 30 points of two classes."
    plot.update(scores, n_right=27)
    assert "27 of 30 are classified correctly" in plot.describe()
