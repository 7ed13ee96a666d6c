"""Times against the size of a network."""

from __future__ import annotations

from looking import is_near, pixels

from figures.picture import Picture
from figures.sizes import SizePlot
from moongrad.plot import LIGHT

LINES = {"compiling": ("curve", "-"), "a step": ("positive", "--")}


def make_picture():
    return Picture(lambda axes: SizePlot(axes, LINES, [337, 881, 2545]))


def test_lines_go_through_the_times():
    picture = make_picture()
    before = is_near(pixels(picture), LIGHT.positive).sum()
    picture.plot.update({"a step": {337: 0.1, 881: 0.2, 2545: 5.0}})
    after = is_near(pixels(picture), LIGHT.positive).sum()
    assert after > before + 100
    _, line = picture.figure.axes[0].lines
    assert list(line.get_xdata()) == [337, 881, 2545]
    assert list(line.get_ydata()) == [0.1, 0.2, 5.0]


def test_words_give_the_time_of_the_largest():
    plot = make_picture().plot
    assert plot.describe() == "Lines of time by size: nothing has been measured yet."
    plot.update({"compiling": {337: 10.0, 881: 12.5}, "a step": {}})
    assert plot.describe() == (
        "Milliseconds by the number of parameters: compiling 12.5 for 881."
    )
