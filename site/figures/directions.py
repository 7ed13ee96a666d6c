"""A plane through the parameters of a network, to look at its loss there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from moongrad import MLP
from moongrad.rng import RandomState

Directions = tuple[np.ndarray, np.ndarray]


def make_directions(model: MLP, seed: int = 0) -> Directions:
    """
    Return two random directions, each with a number for every parameter.

    In each neuron they are as long as its weights and bias together and at right angles
    to each other: filter normalization (Li et al., "Visualizing the Loss Landscape of
    Neural Nets", 2018), so that a network of large weights does not look flatter.
    """
    random = RandomState(seed)
    first, second = [], []
    for layer in model.layers:
        for neuron in layer.neurons:
            own = np.array([parameter.data for parameter in neuron.parameters()])
            size = math.sqrt(float(own @ own))
            a, b = (np.array([random.normal() for _ in own]) for _ in range(2))
            a *= size / math.sqrt(float(a @ a))
            b -= (a @ b) / (a @ a or 1.0) * a
            b *= size / math.sqrt(float(b @ b))
            first.append(a)
            second.append(b)
    return np.concatenate(first), np.concatenate(second)


def aim_directions(model: MLP, start: Sequence[float], seed: int = 0) -> Directions:
    """
    Return the direction to other parameters, and a random one at right angles to it.

    They are as long as each other, so the first one ends where `start` is: a run's
    beginning, of which random directions show next to nothing.
    """
    center = np.array([parameter.data for parameter in model.parameters()])
    first = np.asarray(start, dtype=float) - center
    second = make_directions(model, seed)[0]
    second = second - (second @ first) / (first @ first or 1.0) * first
    second *= math.sqrt(float(first @ first) / float(second @ second or 1.0))
    return first, second


def list_places(
    center: Sequence[float], directions: Directions, reach: float, n: int
) -> list[np.ndarray]:
    """
    Return the parameters at n x n places of the plane, row by row from the lower left.

    `center` are the present parameters; the plane reaches that many lengths of each
    direction to either side.
    """
    steps = np.linspace(-reach, reach, n)
    first, second = directions
    return [np.asarray(center) + x * first + y * second for y in steps for x in steps]


def project(
    path: Sequence[Sequence[float]], center: Sequence[float], directions: Directions
) -> np.ndarray:
    """Return where parameters of other moments are in the plane, a row for each."""
    away = np.reshape(np.asarray(path, dtype=float), (-1, len(center))) - center
    return np.column_stack([away @ way / (way @ way or 1.0) for way in directions])
