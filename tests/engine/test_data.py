"""make_moons gives the points of scikit-learn."""

from __future__ import annotations

import math
import random

import pytest
import sklearn.datasets

from moongrad import make_moons


@pytest.mark.parametrize("seed", range(50))
def test_moons_equal_those_of_scikit_learn(seed):
    choose = random.Random(seed)
    n = choose.randint(2, 301)
    noise = [0.0, 0.1, 1.0, choose.random()][seed % 4]
    points, labels = make_moons(n, noise=noise, seed=seed)
    theirs, classes = sklearn.datasets.make_moons(n, noise=noise, random_state=seed)
    assert labels == (2 * classes - 1).tolist()
    worst = max(
        abs(a - b)
        for p, q in zip(points, theirs, strict=True)
        for a, b in zip(p, q, strict=True)
    )
    assert worst <= 1e-15


def test_odd_point_goes_to_the_lower_moon():
    assert sorted(make_moons(5)[1]) == [-1, -1, 1, 1, 1]


@pytest.mark.parametrize("n", [1, 0, -3])
def test_too_few_points_raise_an_error(n):
    with pytest.raises(ValueError, match="make_moons needs n_samples >= 2, got"):
        make_moons(n)


@pytest.mark.parametrize("arguments", [(2.5,), ("2",)])
def test_number_of_points_must_be_whole(arguments):
    with pytest.raises(TypeError, match="make_moons needs an int n_samples, got"):
        make_moons(*arguments)


def test_noise_must_be_a_number():
    with pytest.raises(TypeError, match=r"a number as noise, got noise='0.1'"):
        make_moons(10, noise="0.1")


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf])
def test_noise_out_of_range_raises_an_error(noise):
    with pytest.raises(ValueError, match="finite noise >= 0, got noise="):
        make_moons(10, noise=noise)
