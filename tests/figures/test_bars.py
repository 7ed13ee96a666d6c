"""Times as bars."""

from __future__ import annotations

from looking import is_near, pixels

from figures.bars import TimeBars
from figures.picture import Picture
from moongrad.plot import LIGHT


def make_picture():
    return Picture(lambda axes: TimeBars(axes, ["slow", "middle", "fast"]))


def measure(image, color):
    return is_near(image, color).any(axis=0).sum()


def test_longer_times_have_longer_bars_and_others_none():
    picture = make_picture()
    picture.plot.update({"slow": 100.0, "fast": 0.1})
    image = pixels(picture)
    assert measure(image, LIGHT.negative) > 2 * measure(image, LIGHT.positive) > 50
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == ["slow: 100 ms", "middle: –", "fast: 0.1 ms"]


def test_words_list_the_times():
    plot = make_picture().plot
    assert plot.describe() == "Bars of time: nothing has been measured yet."
    plot.update({"slow": 100.0, "fast": 0.1})
    assert plot.describe() == (
        "Milliseconds for one training step: slow 100, fast 0.1."
    )
