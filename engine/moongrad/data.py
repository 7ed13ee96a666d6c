"""
Toy data sets: points in the plane, with a label each.

Each function takes a seed; none uses global randomness. Two classes have the labels -1
and +1; the blobs, of which there may be any number, have class numbers from 0. Numbers
may be NumPy's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import SupportsIndex

from moongrad.rng import RandomState, as_int

Point = tuple[float, float]


def make_moons(
    n_samples: SupportsIndex = 100, *, noise: float = 0.1, seed: SupportsIndex = 0
) -> tuple[list[Point], list[int]]:
    """
    Return two interleaving half circles as `(points, labels)`.

    * `n_samples`: total number of points, at least 2; an odd one goes to the lower
      moon.
    * `noise`: standard deviation of the Gaussian added to each coordinate, at least 0.
    * `seed`: same seed, same points, in the same order as scikit-learn's
      `random_state=seed`.

    Points are `(x, y)` tuples, labels -1 (upper, scikit-learn's 0) or +1 (lower,
    scikit-learn's 1). Raises `ValueError` when a number is out of range, `TypeError`
    when it is no number.

    >>> points, labels = make_moons(5, noise=0.0, seed=0)
    >>> sorted(labels)
    [-1, -1, 1, 1, 1]
    """
    n_upper, n_lower = _halves("make_moons", n_samples)
    noise = _non_negative("make_moons", "noise", noise)
    upper = [(math.cos(t), math.sin(t)) for t in _spaced(n_upper, math.pi)]
    lower = [
        (1 - math.cos(t), 1 - math.sin(t) - 0.5) for t in _spaced(n_lower, math.pi)
    ]
    return _mix(upper, lower, noise, RandomState(seed))


def make_circles(
    n_samples: SupportsIndex = 100,
    *,
    noise: float = 0.0,
    factor: float = 0.8,
    seed: SupportsIndex = 0,
) -> tuple[list[Point], list[int]]:
    """
    Return a circle of radius 1 and one inside of it as `(points, labels)`.

    * `n_samples`: total number of points, at least 2; an odd one goes to the inner
      circle.
    * `noise`: standard deviation of the Gaussian added to each coordinate, at least 0.
    * `factor`: radius of the inner circle, from 0 up to, not including, 1.
    * `seed`: same seed, same points, in the same order as scikit-learn's
      `random_state=seed`.

    Points are `(x, y)` tuples, labels -1 (outer, scikit-learn's 0) or +1 (inner,
    scikit-learn's 1). Raises `ValueError` when a number is out of range, `TypeError`
    when it is no number.

    >>> points, labels = make_circles(5, factor=0.5, seed=0)
    >>> [(label, round(math.hypot(x, y), 3)) for (x, y), label in zip(points, labels)]
    [(1, 0.5), (-1, 1.0), (-1, 1.0), (1, 0.5), (1, 0.5)]
    """
    n_outer, n_inner = _halves("make_circles", n_samples)
    noise = _non_negative("make_circles", "noise", noise)
    radius = _number("make_circles", "factor", factor)
    if not 0 <= radius < 1:
        raise ValueError(f"make_circles needs 0 <= factor < 1, got factor={radius}")
    outer = _circle(n_outer)
    inner = [(x * radius, y * radius) for x, y in _circle(n_inner)]
    return _mix(outer, inner, noise, RandomState(seed))


def make_blobs(
    n_samples: SupportsIndex = 100,
    *,
    centers: SupportsIndex | Iterable[Iterable[float]] = 3,
    spread: float = 1.0,
    seed: SupportsIndex = 0,
) -> tuple[list[Point], list[int]]:
    """
    Return round clusters of points as `(points, labels)`.

    * `n_samples`: total number of points, at least one for each cluster; the clusters
      have the same size, or the first ones have one point more.
    * `centers`: number of clusters, at least 1, whose centers are drawn with both
      coordinates from -10 to 10; or the centers, as `(x, y)` points.
    * `spread`: standard deviation of each coordinate around its center, at least 0;
      scikit-learn's `cluster_std`.
    * `seed`: same seed, same points, in the same order as scikit-learn's
      `random_state=seed`.

    Points are `(x, y)` tuples, labels the numbers of the clusters from 0, as
    scikit-learn's, also for two clusters. Raises `ValueError` when a number is out of
    range or a center is no pair, `TypeError` when something is no number.

    >>> points, labels = make_blobs(4, centers=[(0, 0), (5, 5), (9, 0)], spread=0.0)
    >>> sorted(zip(labels, points))
    [(0, (0.0, 0.0)), (0, (0.0, 0.0)), (1, (5.0, 5.0)), (2, (9.0, 0.0))]
    """
    given = _points(centers) if isinstance(centers, Iterable) else []
    k = len(given) or _count("make_blobs", "centers", centers, 1, "an int or points as")
    n = _count("make_blobs", "n_samples", n_samples, k)
    spread = _non_negative("make_blobs", "spread", spread)
    random = RandomState(seed)
    middles = given or [
        (random.uniform(-10, 10), random.uniform(-10, 10)) for _ in range(k)
    ]
    rows = [
        ((random.normal(x, spread), random.normal(y, spread)), label)
        for label, (x, y) in enumerate(middles)
        for _ in range(n // k + (label < n % k))
    ]
    random.shuffle(rows)
    return [point for point, _ in rows], [label for _, label in rows]


def make_xor(
    n_samples: SupportsIndex = 100, *, noise: float = 0.1, seed: SupportsIndex = 0
) -> tuple[list[Point], list[int]]:
    """
    Return four squares, opposite ones of the same class, as `(points, labels)`.

    The squares lie around the origin, one a quadrant: before noise is added, the
    distance of a point from either axis is uniform from 0.25 to 1.

    * `n_samples`: total number of points, at least 4; they are dealt to the squares in
      turn, and an odd one goes to the class +1.
    * `noise`: standard deviation of the Gaussian added to each coordinate, at least 0.
    * `seed`: same seed, same points, in the same order.

    Points are `(x, y)` tuples, labels -1 (x and y have the same sign) or +1 (different
    signs), the signs before noise is added. Raises `ValueError` when a number is out of
    range, `TypeError` when it is no number.

    >>> points, labels = make_xor(100, noise=0.0)
    >>> all((x * y < 0) == (label == 1) for (x, y), label in zip(points, labels))
    True
    """
    n = _count("make_xor", "n_samples", n_samples, 4)
    noise = _non_negative("make_xor", "noise", noise)
    random = RandomState(seed)
    # Signs differ at even places and are the same at odd ones.
    quadrants = [(-1, 1), (1, 1), (1, -1), (-1, -1)]
    points = [
        (x_sign * random.uniform(0.25, 1), y_sign * random.uniform(0.25, 1))
        for x_sign, y_sign in (quadrants[i % 4] for i in range(n))
    ]
    return _mix(points[1::2], points[0::2], noise, random)


def make_spirals(
    n_samples: SupportsIndex = 100,
    *,
    noise: float = 0.02,
    turns: float = 1.5,
    seed: SupportsIndex = 0,
) -> tuple[list[Point], list[int]]:
    """
    Return two interleaving spirals as `(points, labels)`.

    Along each the radius grows evenly, from 0.1 to 1, as the angle does,
    counterclockwise. One starts to the right of the origin; the other is the same
    turned by half a circle.

    * `n_samples`: total number of points, at least 2; an odd one goes to the spiral
      that starts to the left.
    * `noise`: standard deviation of the Gaussian added to each coordinate, at least 0.
    * `turns`: how often each spiral goes around the origin, at least 0; with 0 they are
      straight.
    * `seed`: same seed, same points, in the same order.

    Points are `(x, y)` tuples, labels -1 (starts to the right) or +1 (to the left).
    Raises `ValueError` when a number is out of range, `TypeError` when it is no number.

    >>> points, labels = make_spirals(4, noise=0.0, turns=0.5, seed=0)
    >>> sorted((label, round(x, 3)) for (x, _), label in zip(points, labels))
    [(-1, -1.0), (-1, 0.1), (1, -0.1), (1, 1.0)]
    """
    n_right, n_left = _halves("make_spirals", n_samples)
    noise = _non_negative("make_spirals", "noise", noise)
    turns = _non_negative("make_spirals", "turns", turns)
    right = _spiral(n_right, turns)
    left = [(-x, -y) for x, y in _spiral(n_left, turns)]
    return _mix(right, left, noise, RandomState(seed))


def _circle(n: int) -> list[Point]:
    """Return `n` points evenly spaced on the unit circle, from `(1, 0)`."""
    step = 2 * math.pi / n
    return [(math.cos(i * step), math.sin(i * step)) for i in range(n)]


def _spiral(n: int, turns: float) -> list[Point]:
    """Return `n` points from radius 0.1, on the right, to radius 1."""
    return [
        (
            (0.1 + 0.9 * t) * math.cos(2 * math.pi * turns * t),
            (0.1 + 0.9 * t) * math.sin(2 * math.pi * turns * t),
        )
        for t in _spaced(n, 1.0)
    ]


def _spaced(n: int, end: float) -> list[float]:
    """Return `n` numbers evenly spaced from 0 to `end`, both included."""
    if n == 1:
        return [0.0]
    step = end / (n - 1)
    return [*(i * step for i in range(n - 1)), end]


def _mix(
    negative: list[Point], positive: list[Point], noise: float, random: RandomState
) -> tuple[list[Point], list[int]]:
    """Label, shuffle and blur two classes, in the order of scikit-learn's draws."""
    rows = [(point, -1) for point in negative] + [(point, 1) for point in positive]
    random.shuffle(rows)
    points = [
        (x + random.normal(scale=noise), y + random.normal(scale=noise))
        for (x, y), _ in rows
    ]
    return points, [label for _, label in rows]


def _points(centers: Iterable[Iterable[float]]) -> list[Point]:
    """Return `centers` as pairs of floats, at least one."""
    points = []
    for center in centers:
        pair = tuple(center) if isinstance(center, Iterable) else ()
        if len(pair) != 2:
            raise ValueError(f"make_blobs needs centers as (x, y), got {center!r}")
        x, y = (_number("make_blobs", "a center's coordinate", c) for c in pair)
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"make_blobs needs finite centers, got {(x, y)}")
        points.append((x, y))
    if not points:
        raise ValueError("make_blobs needs at least one center, got no centers")
    return points


def _halves(function: str, n_samples: SupportsIndex) -> tuple[int, int]:
    """Return the sizes of two classes; the second gets the odd point."""
    n = _count(function, "n_samples", n_samples, 2)
    return n // 2, n - n // 2


def _count(
    function: str, name: str, value: object, least: int, kind: str = "an int"
) -> int:
    count = as_int(value, f"{function} needs {kind} {name}")
    if count < least:
        raise ValueError(f"{function} needs {name} >= {least}, got {name}={count}")
    return count


def _non_negative(function: str, name: str, value: object) -> float:
    number = _number(function, name, value)
    if not (number >= 0 and math.isfinite(number)):
        raise ValueError(f"{function} needs a finite {name} >= 0, got {name}={number}")
    return number


def _number(function: str, name: str, value: object) -> float:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{function} needs a number as {name}, got {name}={value!r}")
    return float(value)
