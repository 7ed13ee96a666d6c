"""The loss around the parameters."""

from __future__ import annotations

import numpy as np
import pytest
from looking import is_near, mean_place, pixels

from figures.landscape import LEVELS, LossLandscape
from figures.picture import Picture
from moongrad.plot import DARK, LIGHT, THEMES

ACROSS = np.linspace(-1, 1, 21)
BOWL = 0.1 + ACROSS[None] ** 2 + ACROSS[:, None] ** 2


def make_picture(theme=LIGHT):
    return Picture(lambda axes: LossLandscape(axes, theme=theme), theme=theme)


def look_at(picture, image, x, y):
    x, y = picture.figure.axes[0].transData.transform((x, y))
    row, column = len(image) - 1 - int(y), int(x)
    around = image[row - 4 : row + 5, column - 4 : column + 5]
    return np.median(around.reshape(-1, 3), axis=0)  # there may be a line


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colors_go_up_with_the_loss(theme):
    picture = make_picture(theme)
    picture.plot.update(BOWL, 1.0)
    image = pixels(picture)
    place = [look_at(picture, image, k, k + 0.03) for k in (0.2, 0.4, 0.6, 0.9)]
    away = [np.abs(color - place[0]).max() for color in place]
    assert away == sorted(away) and away[-1] > 0.2


def test_levels_are_lines_of_equal_loss():
    picture = make_picture()
    picture.plot.update(BOWL, 1.0)
    lines = picture.plot._lines.get_segments()
    assert len(lines) >= LEVELS - 1
    for line in lines:
        height = np.log10(0.1 + (line**2).sum(axis=1))
        assert np.ptp(height) < 0.06


def test_numbers_of_the_scale_are_the_lowest_and_the_highest_loss():
    picture = make_picture()
    picture.plot.update(BOWL, 1.0)
    texts = [text.get_text() for text in picture.figure.texts]
    assert texts == ["2.1", "0.1", "loss"]


def test_path_leads_to_the_middle():
    picture = make_picture(DARK)
    picture.plot.update(BOWL, 2.0)
    assert not is_near(pixels(picture), DARK.positive).any()
    picture.plot.update(BOWL, 2.0, [(1.0, 0.5), (0.6, 0.3), (0.0, 0.0)])
    x, y = picture.figure.axes[0].transData.transform((0.55, 0.275))
    place = mean_place(pixels(picture), DARK.positive)
    assert place == pytest.approx((x, y), abs=25)
    assert "the last 3 recorded moments" in picture.plot.describe()


def test_limits_can_be_given_for_each_side():
    picture = make_picture()
    picture.plot.update(BOWL, (-1.0, 3.0, 0.0, 2.0))
    axes = picture.figure.axes[0]
    assert (*axes.get_xlim(), *axes.get_ylim()) == (-1.0, 3.0, 0.0, 2.0)


@pytest.mark.parametrize(
    "losses",
    [
        np.full((5, 5), 0.5),
        np.zeros((5, 5)),
        np.full((5, 5), np.nan),
        np.where(BOWL > 1, np.inf, BOWL),
    ],
    ids=["flat", "zero", "not a number", "infinite"],
)
def test_any_losses_are_drawn(losses):
    picture = make_picture()
    picture.plot.update(losses, 1.0)
    assert pixels(picture).shape == (384, 480, 3)


def test_words_say_the_loss_here_and_around():
    plot = make_picture().plot
    assert plot.describe() == "Loss landscape: nothing has been computed yet."
    plot.update(BOWL, 1.0)
    assert plot.describe() == (
        "Loss landscape: 0.1 at the present parameters, from 0.1 to 2.1 around them."
    )
