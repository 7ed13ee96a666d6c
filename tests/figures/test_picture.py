"""Pictures: quick redrawing shows what drawing everything anew would show."""

from __future__ import annotations

import random

import numpy as np
import pytest
from looking import pixels, redraw

from figures.activation import ActivationPlot
from figures.bars import TimeBars
from figures.confusion import ConfusionMatrix
from figures.derivative import DerivativePlot
from figures.error import ErrorPlot
from figures.landscape import LossLandscape
from figures.loss import LossCurve
from figures.losses import AccuracyCurves, LossCurves
from figures.network import NetworkPlot
from figures.norms import GradientNorms
from figures.picture import Picture
from figures.plane import OutputPlane
from figures.predictions import PredictionPlot
from figures.surface import OutputSurface
from figures.tangent import TangentPlot
from moongrad import MLP, Record, make_moons
from moongrad.plot import THEMES

POINTS, LABELS = make_moons(30, seed=1)
RECORDS = [Record(k, 0.9 * 0.9**k, 0.5, 1.0) for k in range(40)]
RNG = random.Random(1)
SCORES = [RNG.uniform(-2, 2) for _ in range(1600)]


def square(x):
    return x * x


def make_network(axes, **keywords):
    model = MLP(2, [3, 1], rng=random.Random(1))
    parts = {"inputs": ["x", "y"], "points": POINTS, "labels": LABELS}
    plot = NetworkPlot(axes, model, **parts, **keywords)
    plot.is_moving = True
    return plot


def make_plane(axes, **keywords):
    labels = [k % 3 for k in range(30)]
    return OutputPlane(axes, POINTS, labels, classes="abc", resolution=20, **keywords)


def make_numbers(axes, **keywords):
    return OutputPlane(axes, POINTS, LABELS, classes=(), **keywords)


def make_surface(axes, **keywords):
    return OutputSurface(axes, POINTS, LABELS, resolution=20, **keywords)


ROWS = np.reshape(SCORES[:1200], (400, 3))
LOSSES = np.exp(np.reshape(SCORES, (40, 40)))

# What makes a plot, and two updates of it.
PLOTS = {
    "accuracies": (AccuracyCurves, ([0, 9], [0.5, 0.9]), ([0, 9], [0.5, 1.0], [0, 0])),
    "activation": (ActivationPlot, (0.5, "tanh"), (-1.0, "relu")),
    "bars": (
        lambda axes, **keywords: TimeBars(axes, ["a", "b"], **keywords),
        ({"a": 3.0},),
        ({"a": 5.0, "b": 0.1},),
    ),
    "boundary": (
        lambda axes, **keywords: OutputPlane(axes, POINTS, LABELS, **keywords),
        (SCORES,),
        (SCORES[::-1],),
    ),
    "classes": (make_plane, (ROWS,), (ROWS[::-1],)),
    "confusion": (
        lambda axes, **keywords: ConfusionMatrix(axes, "ab", **keywords),
        ([[3, 1], [0, 5]],),
        ([[2, 2], [1, 4]],),
    ),
    "derivative": (
        lambda axes, **keywords: DerivativePlot(axes, square, 4.0, **keywords),
        (1.0, 2.0, 2.5),
        (6.0, 12.0, 12.5),
    ),
    "error": (ErrorPlot, ([1, 0.1], [1, 0.1], 1, 1), ([1, 0.1], [2, 0.3], 0.1, 0.3)),
    "landscape": (LossLandscape, (LOSSES, 1.0), (LOSSES.T, 2.0, [(1, 1), (0, 0)])),
    "loss": (
        lambda axes, **keywords: LossCurve(axes, steps=50, **keywords),
        (RECORDS[:5],),
        (RECORDS,),
    ),
    "losses": (LossCurves, ([0, 9], [0.5, 0.1]), ([0, 50], [0.5, 9.0], [0.1, 2.0])),
    "network": (make_network, ([0.1] * 13, 0.2), ([-0.3] * 13, 0.9)),
    "norms": (
        lambda axes, **keywords: GradientNorms(axes, ["a", "b"], **keywords),
        ([1.0, 0.1],),
        ([0.0, 2e-9],),
    ),
    "numbers": (make_numbers, (SCORES,), (SCORES[::-1],)),
    "predictions": (
        lambda axes, **keywords: PredictionPlot(axes, [1.0, 2.0], **keywords),
        ([0.5, 0.5],),
        ([1.0, 1.5],),
    ),
    "surface": (make_surface, (SCORES[:400],), (SCORES[400:800],)),
    "tangent": (
        lambda axes, **keywords: TangentPlot(axes, square, 4.0, **keywords),
        (1.0, 1.0, 2.0, 1.0, 4.0),
        (6.0, 1.0, 12.0, 36.0, 49.0),
    ),
}


def inside_axes(picture):
    """Return the slices within the frame, which quick redrawing puts below the rest."""
    box = picture.figure.axes[0].get_window_extent()
    height = picture.render()[1]
    (left, right), (low, high) = box.intervalx, box.intervaly
    return (
        slice(int(height - high) + 3, int(height - low) - 3),
        slice(int(left) + 3, int(right) - 3),
    )


def make_picture(name, theme, **keywords):
    make = PLOTS[name][0]
    return Picture(lambda axes: make(axes, theme=theme), theme=theme, **keywords)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("name", PLOTS)
def test_updated_picture_looks_as_if_drawn_for_the_first_time(name, theme):
    _, first, second = PLOTS[name]
    picture = make_picture(name, theme)
    picture.plot.update(*first)
    before = pixels(picture)
    picture.plot.update(*second)
    after = pixels(picture)
    again = make_picture(name, theme)
    again.plot.update(*second)
    assert np.array_equal(after, pixels(again))
    assert not np.array_equal(before, after)
    assert picture.plot.describe() == again.plot.describe()


# Not those with a legend: quick redrawing puts lines above it.
PLAIN = [
    *("bars", "boundary", "classes", "confusion", "landscape", "loss", "network"),
    *("norms", "numbers", "predictions", "surface"),
]


@pytest.mark.parametrize("name", PLAIN)
def test_quick_redrawing_equals_drawing_everything(name):
    _, first, second = PLOTS[name]
    picture = make_picture(name, THEMES["light"])
    for update in (first, second):
        picture.plot.update(*update)
        quick = pixels(picture)
    inside = inside_axes(picture)
    # What is copied as pixels is rounded once more, at the edge of colours too.
    off = 255 * np.abs(quick[inside] - redraw(picture)[inside])
    assert off.mean() < 1
    assert (off > 7).mean() < 0.001


@pytest.mark.parametrize("name", PLOTS)
def test_what_stands_still_is_drawn_only_when_it_is_stale(name):
    _, first, _ = PLOTS[name]
    picture = make_picture(name, THEMES["light"])
    picture.plot.update(*first)
    assert picture.plot.is_stale
    pixels(picture)
    assert not picture.plot.is_stale
    n_draws = []
    picture.figure.canvas.mpl_connect("draw_event", n_draws.append)
    picture.plot.update(*first)
    pixels(picture)
    assert n_draws == []
    picture.plot.is_stale = True
    pixels(picture)
    assert len(n_draws) == 1 and not picture.plot.is_stale


def test_ratio_multiplies_the_pixels_only():
    sizes = [
        pixels(make_picture("loss", THEMES["light"], width=300, height=200, ratio=k))
        for k in (1, 2)
    ]
    assert [image.shape[:2] for image in sizes] == [(200, 300), (400, 600)]
