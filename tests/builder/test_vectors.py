"""Packing of matplotlib's SVG files."""

from __future__ import annotations

import base64
import re
from io import BytesIO, StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from builder.vectors import pack_svg

N_DOTS = 40
USE = "{http://www.w3.org/2000/svg}use"


def draw(image):
    """Return a file with an image, dots of two colours by turns, and a text."""
    figure = Figure(figsize=(3, 2))
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.imshow(image, extent=(0, N_DOTS, 0, 1), aspect="auto")
    places = np.arange(N_DOTS)
    colors = np.where(places % 2, "#d55e00", "#0072b2")
    axes.scatter(places, places / N_DOTS, c=colors, edgecolors="white")
    axes.set_title("a title with <signs> & two  spaces")
    file = StringIO()
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg")
    return file.getvalue()


@pytest.fixture
def plain():
    return np.linspace(0, 1, 300).reshape(10, 30)


def find_image(svg):
    (encoded,) = re.findall(r'base64,([^"]+)"', svg)
    return Image.open(BytesIO(base64.b64decode(encoded))).convert("RGBA")


def list_dots(svg):
    """Return places and looks of everything that is drawn many times."""
    rules = dict(re.findall(r"\.([\w-]+)\{([^}]*)\}", svg))
    root = ElementTree.fromstring(svg)
    return [
        (
            *(use.attrib["x"], use.attrib["y"]),
            use.get("style") or rules[use.attrib["class"]],
        )
        for use in root.iter(USE)
    ]


def test_packed_drawing_has_the_same_dots_in_fewer_bytes(plain):
    svg = draw(plain)
    packed = pack_svg(svg)
    assert list_dots(packed) == list_dots(svg)
    assert len(list_dots(svg)) > N_DOTS
    assert len(packed) < 0.7 * len(svg)
    assert "a title with &lt;signs&gt; &amp; two  spaces" in packed


def test_image_of_few_colours_keeps_its_pixels_with_a_palette(plain):
    svg = draw(plain)
    assert len(find_image(pack_svg(svg)).getcolors()) > 50
    before, after = find_image(svg), find_image(pack_svg(svg))
    assert np.array_equal(np.asarray(before), np.asarray(after))


@pytest.mark.parametrize("has_holes", [True, False])
def test_image_with_holes_or_many_colours_stays_as_it_is(has_holes):
    colors = np.random.default_rng(1).random((40, 40, 4))
    colors[..., 3] = 1
    if has_holes:
        colors[:] = (1, 0, 0, 0)
    svg = draw(colors)
    before, after = find_image(svg), find_image(pack_svg(svg))
    assert np.array_equal(np.asarray(before), np.asarray(after))


def test_names_of_styles_differ_between_drawings(plain):
    one, other = draw(plain), draw(plain).replace("#0072b2", "#009e73")
    names = [
        set(re.findall(r'class="([\w-]+)"', pack_svg(svg))) for svg in (one, other)
    ]
    assert all(names)
    assert not names[0] & names[1]
