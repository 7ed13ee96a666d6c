"""The output as a surface in three dimensions."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from looking import is_near, pixels

from builder.paths import ENGINE, SITE
from figures.picture import Picture
from figures.surface import OutputSurface
from moongrad.plot import DARK, LIGHT, THEMES

POINTS = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)]
SIGNS = [-1.0, 1.0, -1.0, 1.0]


def make_picture(labels=SIGNS, theme=LIGHT, points=POINTS, **keywords):
    return Picture(
        lambda axes: OutputSurface(axes, points, labels, theme=theme, **keywords),
        theme=theme,
    )


def slope(plot, strength=3.0):
    return [strength * x for x, _ in plot.rows]


def measure(picture):
    """Return the box of the surface on the figure: left, right, low, high."""
    paths = [path.vertices for path in picture.plot._sheet.get_paths()]
    places = np.concatenate(paths)
    return (*np.sort(places[:, 0])[[0, -1]], *np.sort(places[:, 1])[[0, -1]])


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_surface_has_the_colors_of_the_plane(theme):
    picture = make_picture(theme=theme)
    plot = picture.plot
    for score, fill in ((-9.0, theme.negative_fill), (9.0, theme.positive_fill)):
        plot.update([score] * len(plot.rows))
        image = pixels(picture)
        left, right, low, high = (int(n) for n in measure(picture))
        inside = image[len(image) - high : len(image) - low, left:right]
        tint = np.median(inside.reshape(-1, 3), axis=0)
        other = {theme.negative_fill, theme.positive_fill} - {fill}
        assert is_near(tint, fill, 0.2) and not is_near(tint, other.pop(), 0.2)


def test_surface_rises_with_the_score():
    picture = make_picture()
    plot = picture.plot
    highs = []
    for score in (-1.0, 0.0, 1.0):
        plot.update([score] * len(plot.rows))
        highs.append(measure(picture)[3])
    assert highs[0] < highs[1] - 30 < highs[2] - 60


def test_surface_and_frame_are_inside_of_the_figure_from_everywhere():
    picture = make_picture()
    plot = picture.plot
    plot.update(slope(plot))
    for azimuth in range(-180, 181, 45):
        for elevation in (-89, -30, 0, 32, 89):
            plot.turn(azimuth, elevation)
            left, right, low, high = measure(picture)
            assert 0 < left < right < 480 and 0 < low < high < 384


def test_turning_draws_everything_again_and_an_update_only_the_surface():
    picture = make_picture()
    plot = picture.plot
    plot.update(slope(plot))
    before = pixels(picture)
    plot.update(slope(plot, -3.0))
    assert not plot.is_stale
    assert (pixels(picture) != before).any()
    plot.update(slope(plot))
    assert np.array_equal(pixels(picture), before)
    plot.turn(30, 60)
    assert plot.is_stale
    assert (pixels(picture) != before).any()
    plot.turn(-60, 32)
    assert np.array_equal(pixels(picture), before)


def test_turning_stops_above_and_goes_all_around():
    plot = make_picture().plot
    plot.turn(270, 120)
    assert (plot.azimuth, plot.elevation) == (-90, 89)
    plot.turn(-190, -120)
    assert (plot.azimuth, plot.elevation) == (170, -89)


def test_points_are_at_the_height_of_their_labels():
    picture = make_picture(points=[(0, 0), (0.0, 0.0)], labels=[-1, 1])
    picture.plot.turn(-60, 5)
    pixels(picture)
    offsets = [dots.get_offsets() for dots in picture.plot._dots]
    (x1, y1), (x2, y2) = np.concatenate(offsets)
    assert abs(x1 - x2) < 10 and abs(y1 - y2) > 100


def test_points_below_the_surface_are_behind_it():
    picture = make_picture(points=[(0.0, 0.0)], labels=[-1])
    plot = picture.plot
    plot.turn(-60, 80)
    n_blue = []
    for score in (-9.0, 9.0):
        plot.update([score] * len(plot.rows))
        n_blue.append(is_near(pixels(picture), LIGHT.negative).sum())
    assert n_blue[0] > 10 and n_blue[1] == 0
    plot.turn(-60, -80)
    assert is_near(pixels(picture), LIGHT.negative).sum() > 10


def test_several_classes_and_numbers_are_drawn():
    picture = make_picture([0, 1, 2, 3], DARK, classes="abcd")
    plot = picture.plot
    scores = [[9 * (x * a + y * b) for a, b in POINTS] for x, y in plot.rows]
    plot.update(scores)
    image = pixels(picture)
    for color in DARK.classes:
        assert is_near(image, color).any()
    assert "probability across the plane, from 0.496 to 1" in plot.describe()
    picture = make_picture([0.0, 1.0, 2.0, 30.0], classes=())
    picture.plot.update([10 * y for _, y in picture.plot.rows])
    assert is_near(pixels(picture), LIGHT.positive, 0.1).any()
    assert "output across the plane, from −14 to 14" in picture.plot.describe()


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_places_without_a_number_are_left_out(share):
    picture = make_picture()
    plot = picture.plot
    plot.update(slope(plot))
    n_quads = len(plot._sheet.get_paths())
    scores = np.array(slope(plot))
    scores[: int(share * len(scores))] = np.nan
    plot.update(scores)
    pixels(picture)
    assert len(plot._sheet.get_paths()) == pytest.approx((1 - share) * n_quads, abs=60)


def test_points_can_be_added_and_deleted():
    picture = make_picture()
    plot = picture.plot
    plot.update(slope(plot))
    before = pixels(picture)
    plot.set_points([*POINTS, (0, 0)], [*SIGNS, 1.0])
    assert (pixels(picture) != before).any()
    plot.set_points([], [])
    assert not is_near(pixels(picture), LIGHT.positive).any()
    plot.set_points(POINTS, SIGNS)
    assert np.array_equal(pixels(picture), before)


def test_words_say_from_where_it_is_seen():
    plot = make_picture().plot
    plot.update(slope(plot))
    plot.turn(45, 20)
    assert plot.describe() == (
        "Surface of the tanh of the score across the plane, from −1 to 1, seen from "
        "45° around and 20° above."
    )


def test_other_figures_do_not_import_it():
    program = "import figures.surface, figures.plane, sys\nprint(*sys.modules)"
    # As in the browser: matplotlib itself does without it.
    program = (
        "import sys, types\n"
        "stub = types.ModuleType('mpl_toolkits.mplot3d')\n"
        "stub.Axes3D = None\n"
        "sys.modules['mpl_toolkits.mplot3d'] = stub\n" + program
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{SITE}:{ENGINE.parent}"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = done.stdout.split()
    assert "figures.surface" in modules
    assert "mpl_toolkits.mplot3d.axes3d" not in modules
