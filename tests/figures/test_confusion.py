"""Confusion matrices."""

from __future__ import annotations

import pytest
from looking import is_near, pixels
from matplotlib.colors import to_rgb

from figures.confusion import ConfusionMatrix
from figures.picture import Picture
from moongrad.plot import LIGHT, THEMES

COUNTS = [[90, 10, 0], [1, 999, 0], [0, 0, 0]]
NAMES = ("red wine", "white wine", "rosé")


def make_picture(names=NAMES, counts=COUNTS, theme=LIGHT, **keywords):
    picture = Picture(
        lambda axes: ConfusionMatrix(axes, names, theme=theme), theme=theme, **keywords
    )
    picture.plot.update(counts)
    return picture


def read_cells(picture):
    """Return the texts of each cell, row by row."""
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    return list(zip(texts[::2], texts[1::2], strict=True))


def test_rows_are_true_classes_and_columns_predicted_ones():
    picture = make_picture()
    axes = picture.figure.axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    assert read_cells(picture) == [
        *(("90", "90%"), ("10", "10%"), ("0", "")),
        *(("1", "<1%"), ("999", "100%"), ("0", "")),
        *(("0", ""), ("0", ""), ("0", "")),
    ]
    pixels(picture)
    places = {
        text.get_text(): axes.transData.inverted().transform(
            text.get_window_extent().get_points().mean(axis=0)
        )
        for text in axes.texts
    }
    assert places["10"] == pytest.approx((1, 0), abs=0.15)
    assert places["1"] == pytest.approx((0, 1), abs=0.15)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_cells_are_shaded_by_their_share_of_the_row(theme):
    picture = make_picture(theme=theme)
    image = pixels(picture)
    axes = picture.figure.axes[0]

    def look(row, column):
        x, y = axes.transData.transform((column - 0.4, row - 0.4))
        return image[len(image) - 1 - int(y), int(x)]

    background = to_rgb(theme.background)
    assert is_near(look(1, 1), theme.positive_fill, 0.02)
    strengths = [abs(look(0, column) - background).max() for column in (0, 1, 2)]
    assert strengths[0] > 3 * strengths[1] > 3 * strengths[2] / 2


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_numbers_stand_out_from_any_cell(theme):
    for fill in (*theme.class_fills, theme.background):
        light, dark = sorted(map(luminance, (fill, theme.curve)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.5  # WCAG 2.2, 1.4.3


def luminance(color):
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("size", [(330, 270), (480, 384), (300, 220)])
def test_names_and_numbers_do_not_overlap(size):
    names = [f"a class of a long name {k}" for k in range(4)]
    counts = [[1234] * 4] * 4
    picture = make_picture(names, counts, width=size[0], height=size[1])
    pixels(picture)
    axes = picture.figure.axes[0]
    words = [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
    boxes = [w.get_window_extent() for w in words if w.get_text()]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


def test_words_name_every_confusion():
    assert make_picture().plot.describe() == (
        "Confusion matrix, 1089 of 1100 right. red wine: 90 as red wine, 10 as white "
        "wine; white wine: 1 as red wine, 999 as white wine; rosé: no points."
    )
