"""Toy data sets. Each takes a seed; none uses global randomness."""

from __future__ import annotations

import math
from numbers import Real

from moongrad.rng import RandomState

Point = tuple[float, float]


def make_moons(
    n_samples: int = 100, *, noise: float = 0.1, seed: int = 0
) -> tuple[list[Point], list[int]]:
    """
    Return two interleaving half circles as `(points, labels)`.

    * `n_samples`: total number of points, at least 2; an odd one goes to the lower
      moon.
    * `noise`: standard deviation of the Gaussian added to each coordinate, at least 0.
    * `seed`: same seed, same points, in the same order as scikit-learn's
      `random_state=seed`.

    Points are `(x, y)` tuples, labels -1 (upper) or +1 (lower). Raises `ValueError`
    when a number is out of range.

    >>> points, labels = make_moons(5, noise=0.0, seed=0)
    >>> sorted(labels)
    [-1, -1, 1, 1, 1]
    """
    if not isinstance(n_samples, int):
        raise TypeError(f"make_moons needs an int n_samples, got {n_samples!r}")
    if n_samples < 2:
        raise ValueError(f"make_moons needs n_samples >= 2, got n_samples={n_samples}")
    if not isinstance(noise, Real):
        raise TypeError(f"make_moons needs a number as noise, got noise={noise!r}")
    if not (noise >= 0 and math.isfinite(noise)):
        raise ValueError(f"make_moons needs a finite noise >= 0, got noise={noise!r}")
    n_upper = n_samples // 2
    n_lower = n_samples - n_upper
    moons = [(math.cos(t), math.sin(t), -1) for t in _angles(n_upper)]
    moons += [(1 - math.cos(t), 1 - math.sin(t) - 0.5, 1) for t in _angles(n_lower)]

    random = RandomState(seed)
    random.shuffle(moons)
    points = [
        (x + random.normal(scale=noise), y + random.normal(scale=noise))
        for x, y, _ in moons
    ]
    return points, [label for _, _, label in moons]


def _angles(n: int) -> list[float]:
    """Return `n` angles evenly spaced from 0 to pi, both included."""
    step = math.pi / (n - 1) if n > 1 else 0.0
    angles = [i * step for i in range(n)]
    if n > 1:
        angles[-1] = math.pi
    return angles
