"""Images that are drawn pixel by pixel look as matplotlib draws them."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg

from figures.quick_image import QuickImage
from moongrad.plot import LIGHT, add_axes, confidence_map, draw_plane, new_figure

N = 40
LIMITS = (-2.0, 2.0, -1.0, 1.0)


def make(numbers, limit=1.0, size=(336, 272)):
    """Return axes with an image, and what draws it quickly."""
    figure = new_figure(*size, 1.0, LIGHT)
    FigureCanvasAgg(figure)
    axes = add_axes(figure)
    image = draw_plane(
        axes,
        numbers,
        LIMITS,
        cmap=confidence_map(LIGHT),
        vmin=-limit,
        vmax=limit,
        interpolation="bilinear",
        interpolation_stage="data",
    )
    return axes, image, QuickImage(axes, image)


def render(axes, artist):
    """Return the pixels inside of the axes when only this artist is drawn."""
    canvas = axes.figure.canvas
    axes.set_axis_off()
    for child in axes.get_children():
        child.set_animated(True)
    canvas.draw()
    axes.draw_artist(artist)
    left, low, right, high = axes.bbox.extents.round().astype(int)
    pixels = np.asarray(canvas.buffer_rgba())[::-1]
    return pixels[low + 1 : high - 1, left + 1 : right - 1].astype(int)


@pytest.fixture
def waves():
    x, y = np.meshgrid(np.linspace(0, 6, N), np.linspace(0, 4, N))
    return np.sin(x) * np.cos(y + x)


@pytest.mark.parametrize("size", [(336, 272), (201, 333), (640, 480)])
@pytest.mark.parametrize("limit", [1.0, 0.5])
def test_pixels_are_those_of_matplotlib(waves, size, limit):
    axes, image, quick = make(waves, limit, size)
    difference = np.abs(render(axes, quick) - render(axes, image))
    assert np.ptp(render(axes, quick)) > 50
    # Where the sign changes, so does the colour, and a pixel may be on either side.
    assert (difference <= 4).mean() > 0.99
    assert difference.mean() < 0.5


def test_hard_colours_change_where_matplotlib_changes_them(waves):
    axes, image, quick = make(waves, 1e-9)
    is_same = (render(axes, quick) == render(axes, image)).all(axis=-1)
    assert is_same.mean() > 0.98


def test_numbers_and_limits_may_change(waves):
    axes, image, quick = make(waves)
    before = render(axes, quick)
    image.set_data(-waves)
    assert np.abs(render(axes, quick) - before).max() > 50
    image.set_clim(-1e-9, 1e-9)
    assert len(np.unique(render(axes, quick)[..., 0])) == 2


def test_place_without_a_number_is_drawn_by_matplotlib(waves):
    waves[10:20, 10:20] = np.nan
    axes, image, quick = make(waves)
    assert np.array_equal(render(axes, quick), render(axes, image))


def test_file_of_lines_has_the_image(waves):
    axes, image, quick = make(waves)
    quick.set_animated(True)
    quick.set_animated(False)
    assert not image.get_animated()
    file = StringIO()
    with rc_context({"svg.fonttype": "none"}):
        axes.figure.savefig(file, format="svg")
    assert "<image" in file.getvalue()
