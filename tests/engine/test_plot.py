"""Figures: what is drawn, judged by its pixels."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from moongrad import MLP, Record, make_moons
from moongrad.plot import (
    DARK,
    LIGHT,
    THEMES,
    add_axes,
    boundary_grid,
    decision_boundary,
    draw_boundary,
    draw_loss,
    draw_points,
    loss_curve,
    new_figure,
    shade,
    summary,
    trace_boundary,
)

RECORDS = [Record(k, 0.9 * 0.9**k, 0.5, 1.0) for k in range(40)]
POINTS, LABELS = make_moons(30, seed=1)


def pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def is_near(image, color, tolerance=0.06):
    return np.abs(image - np.array(to_rgb(color))).max(axis=-1) < tolerance


def draw_scores(score, theme=LIGHT):
    """Return a figure of the points where each place (x, y) has a given score."""
    figure = new_figure(480, 384, 1, theme)
    scores = [score(*place) for place in boundary_grid(POINTS, 40)]
    draw_boundary(add_axes(figure), POINTS, LABELS, scores, theme=theme)
    return figure


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_boundary_has_a_region_of_each_class(theme):
    image = pixels(draw_scores(lambda x, y: x - 0.5, theme))
    background = np.array(to_rgb(theme.background))
    middle = image[image.shape[0] // 2]
    for side, color in ((middle[120], theme.negative), (middle[-60], theme.positive)):
        other = theme.positive if color == theme.negative else theme.negative
        towards = (side - background) @ (np.array(to_rgb(color)) - background)
        away = (side - background) @ (np.array(to_rgb(other)) - background)
        assert towards > away


def test_boundary_lies_where_the_score_is_zero():
    xs = [x for x, _ in boundary_grid(POINTS, 40)]
    middle = (min(xs) + max(xs)) / 2
    figure = draw_scores(lambda x, y: x - middle)
    image = pixels(figure)
    is_blue = image[..., 2] > image[..., 0] + 0.02
    left, right = figure.axes[0].get_window_extent().intervalx
    row = np.flatnonzero(is_blue[int(image.shape[0] * 0.12)])
    assert row.max() == pytest.approx((left + right) / 2, abs=4)


def test_boundary_is_traced_where_the_score_is_zero():
    grid = boundary_grid(POINTS, 40)
    (line,) = trace_boundary(POINTS, [x - 2 * y for x, y in grid])
    assert line[:, 0] == pytest.approx(2 * line[:, 1])
    assert trace_boundary(POINTS, [1.0] * len(grid)) == []


def test_places_that_are_not_a_number_have_no_boundary():
    grid = boundary_grid(POINTS, 40)
    scores = [x if y < 0.5 else float("nan") for x, y in grid]
    (line,) = trace_boundary(POINTS, scores)
    assert line[:, 0] == pytest.approx(0, abs=1e-12)
    assert line[:, 1].max() < 0.5


def test_limits_of_the_plane_can_be_given():
    limits = (-1.0, 3.0, 0.0, 2.0)
    grid = boundary_grid((), 5, limits=limits)
    assert grid[0] == (-1, 0) and grid[-1] == (3, 2)
    (line,) = trace_boundary((), [x - 1 for x, _ in grid], limits=limits)
    assert line[:, 0] == pytest.approx(1)
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    draw_boundary(axes, [(0, 1)], [1], [x - 1 for x, _ in grid], limits=limits)
    assert (*axes.get_xlim(), *axes.get_ylim()) == limits


def test_points_can_all_have_one_color():
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    dots = draw_points(axes, POINTS, LIGHT.text)
    assert dots.get_facecolors().tolist() == [[*to_rgb(LIGHT.text), 1.0]]


def test_grid_surrounds_the_points_row_by_row_from_the_lower_left():
    grid = boundary_grid([(0.0, 0.0), (1.0, 2.0)], 3)
    assert [x for x, _ in grid] == pytest.approx([-0.4, 0.5, 1.4] * 3)
    assert [y for _, y in grid] == pytest.approx([-0.4] * 3 + [1.0] * 3 + [2.4] * 3)


def test_shades_keep_the_sign_and_the_order_of_the_scores():
    shades = shade([-100.0, -1.0, 0.0, 2.0])
    assert shades.tolist() == [[-1.0, np.tanh(-1.0)], [0.0, np.tanh(2.0)]]


def test_loss_curve_falls():
    rows, columns = np.nonzero(is_near(pixels(loss_curve(RECORDS)), LIGHT.curve))
    order = np.argsort(columns)
    first, last = rows[order[:20]].mean(), rows[order[-20:]].mean()
    assert last - first > 200  # rows count downwards


@pytest.mark.parametrize("n", [1, 2, 40])
def test_limits_have_room_for_every_record(n):
    (axes,) = loss_curve(RECORDS[:n]).axes
    low, high = axes.get_ylim()
    assert low < RECORDS[n - 1].loss <= RECORDS[0].loss < high
    assert axes.get_xlim()[0] < 0 and axes.get_xlim()[1] >= RECORDS[n - 1].step


def test_zero_loss_has_a_place():
    pixels(loss_curve([Record(0, 0.0, 1.0, 1.0)]))


def test_no_record_leaves_the_axes_empty():
    image = pixels(loss_curve([]))
    assert not is_near(image, LIGHT.curve).any()


def test_many_powers_of_ten_leave_room_between_their_labels():
    records = [Record(k, 10.0 ** (-k / 4), 0.5, 1.0) for k in range(40)]
    figure = loss_curve(records)
    pixels(figure)
    assert len(figure.axes[0].get_yticks()) <= 14


@pytest.mark.parametrize(
    "losses",
    [(1e-30, 1e-3), (0.004, 0.3), (300.0, 30_000.0), (0.5, 13_616.0), (1.0, 1e12)],
)
@pytest.mark.parametrize("width", [210, 480])
def test_name_of_the_axis_is_not_cut_off(losses, width):
    figure = new_figure(width, 200, 1, LIGHT)
    axes = add_axes(figure)
    draw_loss(axes, [Record(k, loss, 1.0, 0.1) for k, loss in enumerate(losses)])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert axes.yaxis.label.get_window_extent(canvas.get_renderer()).x0 >= 0


def test_drawing_returns_its_artists_for_animation():
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    curve, end = draw_loss(axes, RECORDS)
    assert len(curve.get_xdata()) == 40
    assert end.get_xydata().tolist() == [[39, RECORDS[-1].loss]]
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    image, line, dots = draw_boundary(axes, POINTS, LABELS, [-1.0] * 8 + [1.0] * 8)
    (border,) = line.get_segments()
    assert np.ptp(border[:, 1]) < 1e-12, "it runs straight between the halves"
    assert image.get_array().shape == (4, 4)
    assert dots.get_offsets().tolist() == [list(point) for point in POINTS]


def test_ratio_multiplies_the_pixels_only():
    assert pixels(new_figure(300, 200, 1, LIGHT)).shape[:2] == (200, 300)
    large = new_figure(300, 200, 2, LIGHT)
    assert pixels(large).shape[:2] == (400, 600)
    assert large.get_size_inches().tolist() == [3, 2]


def test_finished_figures_are_saved(tmp_path):
    points, labels = make_moons(20)
    model = MLP(2, [4, 1], rng=random.Random(0))
    figures = [
        loss_curve(RECORDS, theme=DARK),
        decision_boundary(model, points, labels),
        summary(model, points, labels, RECORDS),
    ]
    for number, figure in enumerate(figures):
        path = tmp_path / f"{number}.png"
        figure.savefig(path)
        assert path.stat().st_size > 5000


# --- colours of several classes -------------------------------------------------------

# What people see who lack one kind of cone, of linear RGB: Machado, Oliveira and
# Fernandes, "A physiologically-based model for simulation of color vision deficiency",
# 2009.
SEEN = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def see(color, kind):
    """Return what somebody sees of a colour, in CIE L*a*b*."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SEEN[kind]) @ linear, 0, 1)
    ratio = np.array(XYZ) @ seen / [0.95047, 1, 1.08883]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colors_of_classes_differ_for_everybody(theme, kind):
    # A difference of 2.3 can just be noticed.
    for colors, least in ((theme.classes, 15), (theme.class_fills, 8)):
        assert len(set(colors)) == 4
        for one, other in itertools.combinations(colors, 2):
            distance = np.linalg.norm(see(one, kind) - see(other, kind))
            assert distance > least, (one, other)
