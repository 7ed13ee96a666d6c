"""Planes through the parameters of a network."""

from __future__ import annotations

import random

import numpy as np
import pytest

from figures.directions import (
    aim_directions,
    list_places,
    make_directions,
    project,
)
from moongrad import MLP


def make_model(*sizes):
    return MLP(sizes[0], list(sizes[1:]), bias="uniform", rng=random.Random(1))


def read(model):
    return np.array([parameter.data for parameter in model.parameters()])


def cut_by_neuron(model, numbers):
    """Return the numbers of each neuron."""
    sizes = [
        len(neuron.parameters()) for layer in model.layers for neuron in layer.neurons
    ]
    return np.split(numbers, np.cumsum(sizes)[:-1])


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 1), (2, 8, 8, 4)])
def test_directions_are_as_long_as_each_neuron_and_at_right_angles(sizes):
    model = make_model(*sizes)
    first, second = make_directions(model, 7)
    parts = [cut_by_neuron(model, numbers) for numbers in (read(model), first, second)]
    for own, a, b in zip(*parts, strict=True):
        assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(own))
        assert np.linalg.norm(b) == pytest.approx(np.linalg.norm(own))
        assert a @ b == pytest.approx(0, abs=1e-12)


def test_seed_decides_the_directions():
    model = make_model(2, 3, 1)
    for one, again, other in zip(
        make_directions(model, 1),
        make_directions(model, 1),
        make_directions(model, 2),
        strict=True,
    ):
        assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_neuron_without_weights_does_not_move():
    model = make_model(2, 3, 1)
    for parameter in model.layers[0].neurons[1].parameters():
        parameter.data = 0.0
    for direction in make_directions(model):
        assert np.isfinite(direction).all()
        assert not cut_by_neuron(model, direction)[1].any()


def test_places_go_row_by_row_from_the_lower_left_around_the_parameters():
    model = make_model(2, 3, 1)
    center, (first, second) = read(model), make_directions(model)
    places = list_places(center, (first, second), 0.5, 3)
    assert len(places) == 9
    assert places[4] == pytest.approx(center)
    assert places[0] == pytest.approx(center - 0.5 * first - 0.5 * second)
    assert places[2] == pytest.approx(center + 0.5 * first - 0.5 * second)


def test_places_are_projected_to_where_they_are():
    model = make_model(2, 3, 1)
    center, directions = read(model), make_directions(model)
    places = list_places(center, directions, 1.0, 3)
    found = project(places, center, directions)
    assert found == pytest.approx(
        np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)]), abs=1e-12
    )
    assert project([], center, directions).shape == (0, 2)


def test_direction_towards_the_start_ends_there():
    model = make_model(2, 3, 1)
    start = read(model) + np.arange(13)
    first, second = directions = aim_directions(model, start, 3)
    assert project([start], read(model), directions) == pytest.approx(
        np.array([[1.0, 0.0]]), abs=1e-12
    )
    assert np.linalg.norm(first) == pytest.approx(np.linalg.norm(second))
    assert first @ second == pytest.approx(0, abs=1e-9)
    still = aim_directions(model, read(model))
    assert np.isfinite(still).all()
