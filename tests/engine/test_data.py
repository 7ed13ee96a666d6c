"""The data sets are scikit-learn's, or have the shapes that their docstrings state."""

from __future__ import annotations

import cmath
import math
import random
from collections import Counter

import numpy as np
import pytest
import sklearn.datasets
from hypothesis import given
from hypothesis import strategies as st

from moongrad import make_blobs, make_circles, make_moons, make_spirals, make_xor

EVERY = [make_moons, make_circles, make_blobs, make_xor, make_spirals]
NOISY = [make_moons, make_circles, make_xor, make_spirals]
HALVED = [make_moons, make_circles, make_spirals]

SEEDS = st.integers(0, 2**32 - 1)
NOISES = st.just(0.0) | st.floats(0, 2)


def assert_close(points, theirs, *, absolute=0.0, relative=0.0):
    assert len(points) == len(theirs)
    for ours, other in zip(points, theirs.tolist(), strict=True):
        for a, b in zip(ours, other, strict=True):
            assert abs(a - b) <= max(absolute, relative * abs(b)), (ours, other)


# --- the numbers of scikit-learn -----------------------------------------------------


@pytest.mark.parametrize("seed", range(50))
def test_moons_equal_those_of_scikit_learn(seed):
    choose = random.Random(seed)
    n = choose.randint(2, 301)
    noise = [0.0, 0.1, 1.0, choose.random()][seed % 4]
    points, labels = make_moons(n, noise=noise, seed=seed)
    theirs, classes = sklearn.datasets.make_moons(n, noise=noise, random_state=seed)
    assert labels == (2 * classes - 1).tolist()
    assert_close(points, theirs, absolute=1e-15)


@given(
    n=st.integers(2, 301),
    noise=NOISES,
    factor=st.floats(0, 1, exclude_max=True),
    seed=SEEDS,
)
def test_circles_equal_those_of_scikit_learn(n, noise, factor, seed):
    points, labels = make_circles(n, noise=noise, factor=factor, seed=seed)
    theirs, classes = sklearn.datasets.make_circles(
        n, noise=noise, factor=factor, random_state=seed
    )
    assert labels == (2 * classes - 1).tolist()
    assert_close(points, theirs, absolute=1e-15, relative=1e-15)


def test_circles_have_the_defaults_of_scikit_learn():
    points, _ = make_circles()
    assert_close(
        points, sklearn.datasets.make_circles(random_state=0)[0], absolute=1e-15
    )


@given(
    n=st.integers(12, 301),
    centers=st.integers(1, 12),
    spread=NOISES,
    seed=SEEDS,
)
def test_blobs_equal_those_of_scikit_learn(n, centers, spread, seed):
    points, labels = make_blobs(n, centers=centers, spread=spread, seed=seed)
    theirs, classes = sklearn.datasets.make_blobs(
        n, centers=centers, cluster_std=spread, random_state=seed
    )
    assert labels == classes.tolist()
    assert_close(points, theirs, relative=1e-15)


COORDINATES = st.integers(-9, 9) | st.floats(-10, 10)


@given(
    n=st.integers(5, 60),
    centers=st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=5),
    spread=NOISES,
    seed=SEEDS,
)
def test_blobs_around_given_centers_equal_those_of_scikit_learn(
    n, centers, spread, seed
):
    points, labels = make_blobs(n, centers=centers, spread=spread, seed=seed)
    theirs, classes = sklearn.datasets.make_blobs(
        n, centers=centers, cluster_std=spread, random_state=seed
    )
    assert labels == classes.tolist()
    assert_close(points, theirs, relative=1e-15)


def test_blobs_have_the_defaults_of_scikit_learn():
    points, _ = make_blobs()
    assert_close(points, sklearn.datasets.make_blobs(random_state=0)[0], relative=1e-15)


@pytest.mark.parametrize(
    "centers",
    [
        np.array([[0, 1], [2, 3]]),
        np.array([[0.0, 1.0], [2.0, 3.0]], dtype=np.float32),
        ((0, 1), (2, 3)),
        [[0, 1], [2.0, 3]],
    ],
)
def test_centers_may_be_any_rows_of_two_numbers(centers):
    expected = make_blobs(9, centers=[(0.0, 1.0), (2.0, 3.0)], seed=4)
    assert make_blobs(9, centers=centers, seed=4) == expected
    assert make_blobs(9, centers=iter(centers), seed=4) == expected


# --- labels --------------------------------------------------------------------------


@pytest.mark.parametrize("make", HALVED)
@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_odd_point_goes_to_the_second_class(make, n):
    expected = {-1: n // 2, 1: n - n // 2}
    assert Counter(make(n, noise=0.3, seed=n)[1]) == expected


@pytest.mark.parametrize("n", [3, 4, 5, 100])
def test_first_blobs_get_the_points_that_are_left_over(n):
    sizes = Counter(make_blobs(n, centers=3)[1])
    assert [sizes[label] for label in range(3)] == [(n + 2) // 3, (n + 1) // 3, n // 3]


def test_two_blobs_have_class_numbers():
    assert set(make_blobs(10, centers=2)[1]) == {0, 1}


@pytest.mark.parametrize("make", EVERY)
def test_points_are_pairs_of_floats_and_labels_ints(make):
    points, labels = make(np.int64(20), seed=np.int64(1))
    assert all(type(point) is tuple for point in points)
    assert {type(c) for point in points for c in point} == {float}
    assert {type(label) for label in labels} == {int}
    assert len(points) == len(labels) == 20


@pytest.mark.parametrize("make", EVERY)
def test_same_seed_gives_the_same_points(make):
    assert make(30, seed=7) == make(30, seed=7)
    assert make(30, seed=7) != make(30, seed=8)


# --- the shapes of xor and spirals ---------------------------------------------------


def corners(points):
    return Counter((math.copysign(1, x), math.copysign(1, y)) for x, y in points)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 100, 999])
def test_xor_fills_four_squares_and_opposite_ones_are_of_one_class(n):
    points, labels = make_xor(n, noise=0.0, seed=n)
    for (x, y), label in zip(points, labels, strict=True):
        assert 0.25 <= abs(x) <= 1 and 0.25 <= abs(y) <= 1
        assert label == (-1 if x * y > 0 else 1)
    sizes = corners(points)
    assert len(sizes) == 4 and max(sizes.values()) - min(sizes.values()) <= 1
    assert Counter(labels) == {-1: n // 2, 1: n - n // 2}


def test_xor_is_spread_over_its_squares():
    points, _ = make_xor(4000, noise=0.0)
    sizes = sorted(abs(c) for point in points for c in point)
    for share in (0.0, 0.25, 0.5, 0.75):
        assert sizes[int(share * 8000)] == pytest.approx(0.25 + 0.75 * share, abs=0.02)


def test_points_of_xor_are_shuffled():
    assert make_xor(100)[1] != [1, -1] * 50


@pytest.mark.parametrize("turns", [0.0, 0.5, 1.5, 3])
@pytest.mark.parametrize("n", [2, 3, 40, 201])
def test_points_without_noise_lie_on_two_spirals(n, turns):
    points, labels = make_spirals(n, noise=0.0, turns=turns, seed=n)
    radii = {-1: [], 1: []}
    for (x, y), label in zip(points, labels, strict=True):
        radius = math.hypot(x, y)
        angle = 2 * math.pi * turns * (radius - 0.1) / 0.9
        expected = -label * cmath.rect(radius, angle)
        assert abs(complex(x, y) - expected) < 1e-14
        radii[label].append(radius)
    for label, found in radii.items():
        size = labels.count(label)
        even = np.linspace(0.1, 1, size) if size > 1 else [0.1]
        assert sorted(found) == pytest.approx(list(even), abs=1e-15)


def test_points_of_spirals_are_shuffled():
    assert make_spirals(100)[1] != [-1] * 50 + [1] * 50


@pytest.mark.parametrize("make", NOISY)
def test_noise_is_the_standard_deviation_of_each_coordinate(make):
    n = 4000
    moved, _ = make(n, noise=0.5, seed=3)
    exact, _ = make(n, noise=0.0, seed=3)
    distances = np.array(moved) - np.array(exact)
    assert distances.mean(axis=0) == pytest.approx([0, 0], abs=0.03)
    assert distances.std(axis=0) == pytest.approx([0.5, 0.5], abs=0.03)


# --- what they refuse ----------------------------------------------------------------


@pytest.mark.parametrize(
    "make, least",
    [
        (make_moons, 2),
        (make_circles, 2),
        (make_blobs, 3),
        (make_xor, 4),
        (make_spirals, 2),
    ],
)
def test_too_few_points_raise_an_error(make, least):
    assert len(make(least)[0]) == least
    for n in (least - 1, 0, -3, np.int8(-3)):
        message = f"^{make.__name__} needs n_samples >= {least}, got n_samples={n}$"
        with pytest.raises(ValueError, match=message):
            make(n)


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("n", [2.5, 10.0, "2", None, True, np.True_, np.array([2, 3])])
def test_number_of_points_must_be_whole(make, n):
    with pytest.raises(TypeError, match=f"^{make.__name__} needs an int n_samples, go"):
        make(n)


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("seed", [1.5, "1", None, True, np.True_])
def test_seed_must_be_whole(make, seed):
    with pytest.raises(TypeError, match=r"^a seed must be a whole number from 0 to"):
        make(10, seed=seed)


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("seed", [-1, 2**32, np.int64(-1)])
def test_seed_out_of_range_raises_an_error(make, seed):
    with pytest.raises(ValueError, match=f"^a seed must be .*, got {int(seed)}$"):
        make(10, seed=seed)


NON_NEGATIVE = [
    (make_moons, "noise"),
    (make_circles, "noise"),
    (make_blobs, "spread"),
    (make_xor, "noise"),
    (make_spirals, "noise"),
    (make_spirals, "turns"),
]


@pytest.mark.parametrize("make, name", [*NON_NEGATIVE, (make_circles, "factor")])
@pytest.mark.parametrize("value", ["0.1", None, 1j, True, [0.1], np.array([0.1, 0.2])])
def test_arguments_must_be_numbers(make, name, value):
    message = f"^{make.__name__} needs a number as {name}, got {name}="
    with pytest.raises(TypeError, match=message):
        make(10, **{name: value})


@pytest.mark.parametrize("make, name", NON_NEGATIVE)
@pytest.mark.parametrize("value", [-0.1, -1, math.nan, math.inf, np.float64(-0.1)])
def test_numbers_out_of_range_raise_an_error(make, name, value):
    message = f"^{make.__name__} needs a finite {name} >= 0, got {name}={float(value)}$"
    with pytest.raises(ValueError, match=message):
        make(10, **{name: value})


@pytest.mark.parametrize("factor", [-0.1, 1, 1.5, math.nan, math.inf, np.float64(2)])
def test_factor_out_of_range_raises_an_error(factor):
    message = f"^make_circles needs 0 <= factor < 1, got factor={float(factor)}$"
    with pytest.raises(ValueError, match=message):
        make_circles(10, factor=factor)


@pytest.mark.parametrize(
    "centers, error, message",
    [
        (0, ValueError, "make_blobs needs centers >= 1, got centers=0"),
        (-2, ValueError, "make_blobs needs centers >= 1, got centers=-2"),
        (2.5, TypeError, "make_blobs needs an int or points as centers, got 2.5"),
        (None, TypeError, "make_blobs needs an int or points as centers, got None"),
        (True, TypeError, "make_blobs needs an int or points as centers, got True"),
        ([], ValueError, "make_blobs needs at least one center, got no centers"),
        ([1, 2], ValueError, r"make_blobs needs centers as \(x, y\), got 1"),
        (
            [(1, 2), (1, 2, 3)],
            ValueError,
            r"make_blobs needs centers as \(x, y\), got \(1, 2, 3\)",
        ),
        ("abc", ValueError, r"make_blobs needs centers as \(x, y\), got 'a'"),
        (["ab"], TypeError, "make_blobs needs a number as a center's coordinate, got"),
        ([(0, None)], TypeError, "needs a number as a center's coordinate, got"),
        ([(0, math.nan)], ValueError, r"needs finite centers, got \(0.0, nan\)"),
        ([(math.inf, 0)], ValueError, r"needs finite centers, got \(inf, 0.0\)"),
    ],
)
def test_bad_centers_raise_an_error(centers, error, message):
    with pytest.raises(error, match=message):
        make_blobs(10, centers=centers)


def test_every_given_center_needs_a_point():
    with pytest.raises(ValueError, match="needs n_samples >= 4, got n_samples=3"):
        make_blobs(3, centers=[(0, 0), (1, 1), (2, 2), (3, 3)])


def test_too_many_centers_are_refused_before_they_are_drawn():
    with pytest.raises(ValueError, match=f"needs n_samples >= {10**15}, got"):
        make_blobs(100, centers=10**15)


# --- NumPy's numbers -----------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
@pytest.mark.parametrize("make", EVERY)
def test_sizes_and_seeds_may_be_integers_of_numpy(make, kind):
    assert make(kind(101), seed=kind(7)) == make(101, seed=7)
    assert make_blobs(101, centers=kind(4)) == make_blobs(101, centers=4)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("make, name", [*NON_NEGATIVE, (make_circles, "factor")])
def test_other_numbers_may_be_those_of_numpy(make, name, kind):
    points, _ = make(10, **{name: kind(0.25)})
    assert points == make(10, **{name: 0.25})[0]
    assert {type(c) for point in points for c in point} == {float}
