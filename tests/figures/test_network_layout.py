"""Where the parts of a network are."""

from __future__ import annotations

import itertools

import pytest

from figures.network_layout import NetworkLayout

FIGURES = [(1054, 527), (720, 360), (358, 537), (320, 480)]
SIZES = [(2, 16, 16, 1), (2, 1, 1), (2, 1), (2, 8, 8, 8, 8, 1), (2, 64, 64, 1)]


def list_squares(layout):
    return [
        (x, y, half)
        for column, half in zip(layout.columns, layout.halves, strict=True)
        for x, y in column
    ]


@pytest.mark.parametrize("size", FIGURES)
@pytest.mark.parametrize("sizes", SIZES)
def test_maps_do_not_touch_and_are_inside_of_the_field(sizes, size):
    layout = NetworkLayout(sizes, *size, has_maps=True)
    squares, field = list_squares(layout), layout.field
    assert [len(column) for column in layout.columns] == list(sizes)
    for x, y, half in squares:
        assert field.x - 1 <= x - half and x + half <= field.x + field.width + 1
        assert field.y - 1 <= y - half and y + half <= field.y + field.height + 1
    for (x1, y1, half1), (x2, y2, half2) in itertools.combinations(squares, 2):
        assert max(abs(x1 - x2), abs(y1 - y2)) > half1 + half2


@pytest.mark.parametrize("size", FIGURES)
def test_layers_stand_from_left_to_right_with_room_for_lines(size):
    layout = NetworkLayout((2, 16, 16, 1), *size, has_maps=True)
    ends = [
        (min(x for x, _ in column) - half, max(x for x, _ in column) + half)
        for column, half in zip(layout.columns, layout.halves, strict=True)
    ]
    for (_, right), (left, _) in itertools.pairwise(ends):
        assert left - right > 0.08 * size[0]


@pytest.mark.parametrize(("size", "smallest"), [((1054, 527), 44), ((358, 537), 24)])
def test_maps_of_the_usual_network_are_large_enough_to_be_read(size, smallest):
    layout = NetworkLayout((2, 16, 16, 1), *size, has_maps=True)
    assert min(layout.halves) * 2 >= smallest
    assert min(layout.panel.width, layout.panel.height) >= 150


def test_a_neuron_is_shown_large_beside_the_network_or_below_it():
    wide = NetworkLayout((2, 4, 1), 1054, 527, has_maps=True)
    assert wide.panel.x >= wide.field.x + wide.field.width
    high = NetworkLayout((2, 4, 1), 358, 537, has_maps=True)
    assert high.panel.y + high.panel.height <= high.field.y
    assert NetworkLayout((2, 4, 1), 358, 537, has_maps=False).panel is None
