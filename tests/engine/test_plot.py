"""Figures: what is drawn, judged by its pixels and its words."""

from __future__ import annotations

import random

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from moongrad import MLP, Record, make_moons
from moongrad.plot import (
    DARK,
    LIGHT,
    THEMES,
    DecisionBoundary,
    LossCurve,
    Picture,
    decision_boundary,
    loss_curve,
    summary,
)

RECORDS = [Record(k, 0.9 * 0.9**k, 0.5, 1.0) for k in range(40)]


def pixels(picture):
    width, height, rgba = picture.render()
    return np.frombuffer(rgba, np.uint8).reshape(height, width, 4)[..., :3] / 255


def is_near(image, color, tolerance=0.06):
    return np.abs(image - np.array(to_rgb(color))).max(axis=-1) < tolerance


def make_boundary(theme=LIGHT):
    points, labels = make_moons(30, seed=1)
    return Picture(
        lambda axes: DecisionBoundary(axes, points, labels, theme=theme), theme=theme
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_boundary_has_a_region_of_each_class(theme):
    picture = make_boundary(theme)
    picture.plot.update([x - 0.5 for x, _ in picture.plot.rows])
    image = pixels(picture)
    background = np.array(to_rgb(theme.background))
    middle = image[image.shape[0] // 2]
    for side, color in ((middle[120], theme.negative), (middle[-60], theme.positive)):
        other = theme.positive if color == theme.negative else theme.negative
        towards = (side - background) @ (np.array(to_rgb(color)) - background)
        away = (side - background) @ (np.array(to_rgb(other)) - background)
        assert towards > away


def test_boundary_lies_where_the_score_is_zero():
    picture = make_boundary()
    xs = [x for x, _ in picture.plot.rows]
    middle = (min(xs) + max(xs)) / 2
    picture.plot.update([x - middle for x in xs])
    image = pixels(picture)
    is_blue = image[..., 2] > image[..., 0] + 0.02
    left, right = picture.figure.axes[0].get_window_extent().intervalx
    row = np.flatnonzero(is_blue[int(image.shape[0] * 0.12)])
    assert row.max() == pytest.approx((left + right) / 2, abs=4)


def test_moving_parts_drawn_twice_look_as_if_drawn_once():
    picture = make_boundary()
    picture.plot.update([x for x, _ in picture.plot.rows])
    pixels(picture)
    picture.plot.update([y for _, y in picture.plot.rows])
    again = make_boundary()
    again.plot.update([y for _, y in again.plot.rows])
    assert np.array_equal(pixels(picture), pixels(again))


def test_loss_curve_falls():
    picture = Picture(lambda axes: LossCurve(axes, steps=40))
    picture.plot.update(RECORDS)
    rows, columns = np.nonzero(is_near(pixels(picture), LIGHT.curve))
    order = np.argsort(columns)
    first, last = rows[order[:20]].mean(), rows[order[-20:]].mean()
    assert last - first > 100  # rows count downwards


def test_limits_follow_the_losses():
    picture = Picture(lambda axes: LossCurve(axes, steps=10))
    for record in RECORDS:
        picture.plot.update([record])
        low, high = picture.figure.axes[0].get_ylim()
        assert low < record.loss < high
    assert picture.figure.axes[0].get_xlim()[1] >= RECORDS[-1].step


def test_zero_loss_has_a_place():
    picture = Picture(lambda axes: LossCurve(axes, steps=2))
    picture.plot.update([Record(0, 0.0, 1.0, 1.0)])
    picture.render()


def test_ratio_multiplies_the_pixels_only():
    small = Picture(lambda axes: LossCurve(axes, steps=10), width=300, height=200)
    large = Picture(
        lambda axes: LossCurve(axes, steps=10), width=300, height=200, ratio=2
    )
    assert pixels(small).shape[:2] == (200, 300)
    assert pixels(large).shape[:2] == (400, 600)


def test_descriptions_say_what_is_shown():
    curve = Picture(lambda axes: LossCurve(axes, steps=40)).plot
    assert "no step" in curve.describe()
    curve.update(RECORDS)
    assert curve.describe() == (
        "Loss curve: the loss goes from 0.9 at step 0 to 0.0148 at step 39."
    )
    boundary = make_boundary().plot
    boundary.update([0.0] * len(boundary.rows), n_right=27)
    assert "27 of 30 are on their own side" in boundary.describe()


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


def test_loss_curve_shows_another_run_as_a_broken_line():
    others = [Record(k, 0.9 * 0.7**k, 0.5, 1.0) for k in range(40)]
    picture = Picture(lambda axes: LossCurve(axes, steps=40))
    picture.plot.update(RECORDS)
    alone = is_near(pixels(picture), LIGHT.negative).sum()
    picture.plot.update(RECORDS, others)
    both = is_near(pixels(picture), LIGHT.negative).sum()
    assert alone == 0 and both > 100
    assert f"another run, is at {others[-1].loss:.3g}" in picture.plot.describe()


def test_many_powers_of_ten_leave_room_between_their_labels():
    picture = Picture(lambda axes: LossCurve(axes, steps=40))
    picture.plot.update([Record(k, 10.0 ** (-k / 4), 0.5, 1.0) for k in range(40)])
    picture.render()
    assert len(picture.figure.axes[0].get_yticks()) <= 14
