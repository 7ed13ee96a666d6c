"""Data sets of the plane: points, each with a class or a number, made or split."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from moongrad import data
from moongrad.formula import Formula
from moongrad.rng import RandomState
from stage.option import OptionError
from workbench.evaluate import evaluate
from workbench.words import show_number

Point = tuple[float, float]

MIN_POINTS = 4
MAX_POINTS = 5000
MAX_CLASSES = 4
REACH = 2.0  # data without noise lies from -REACH to REACH, along x and along y
FORMULA = "y - sin(x)"  # whose sign is the class, where no other one is typed


@dataclass(frozen=True)
class Dataset:
    """
    Points of the plane, each with a label.

    * `labels`: -1 or +1 for two classes; 0, 1, 2 (and 3) for more; numbers where
      `class_names` is empty, which is regression.
    * `class_names`: for people, in the order of the labels.
    """

    points: list[Point]
    labels: list[float]
    class_names: tuple[str, ...] = ()

    @property
    def is_regression(self) -> bool:
        return not self.class_names

    @property
    def classes(self) -> list[int]:
        """The class of each point, counted from 0; empty for regression."""
        if self.is_regression:
            return []
        is_binary = len(self.class_names) == 2
        return [int(label > 0 if is_binary else label) for label in self.labels]


def to_label(k: int, n_classes: int) -> int:
    """Return the label of class `k`, counted from 0: of two, -1 or +1."""
    return 2 * k - 1 if n_classes == 2 else k


class Kind(NamedTuple):
    """A row of `DATASETS`: a label for people, and what makes the data."""

    label: str
    make: Callable[[int, float, int, int, str], Dataset]
    is_regression: bool = False


def make(
    name: str,
    n: int,
    noise: float,
    seed: int,
    classes: int = 2,
    formula: Formula | str | None = None,
) -> Dataset:
    """
    Return one of the `DATASETS`; the same arguments give the same points.

    * `n`: number of points, from 4 to 5000. `seed`: from 0 to 2**32 - 1.
    * `noise`: standard deviation, from 0 to 1, of the Gaussian that is added to each
      coordinate, or for regression to each label.
    * `classes`: 2 to 4, for `blobs`.
    * `formula`: of x and y, for `formula`; the class is +1 where it is above 0.

    Raises `OptionError` for a formula that isn’t finite at a point or leaves a class
    empty, and `ValueError` for anything else out of range.
    """
    if name not in DATASETS:
        raise ValueError(f"make needs one of {', '.join(DATASETS)}, got {name!r}")
    for what, number, low, high in (
        ("n", n, MIN_POINTS, MAX_POINTS),
        ("noise", noise, 0, 1),
        ("classes", classes, 2, MAX_CLASSES),
    ):
        if not low <= number <= high:
            raise ValueError(
                f"make needs {what} from {low} to {high}, got {what}={number}"
            )
    text = formula.text if isinstance(formula, Formula) else formula or FORMULA
    return DATASETS[name].make(n, noise, seed, classes, text)


# --- two classes and more -------------------------------------------------------------
# Those of moongrad.data are moved to the middle and made larger. Their noise is divided
# by the scale first, so that the same noise blurs all data sets equally.

_SCALE = 1.2, 1.6, 1.8  # of moons; of circles; of xor and spirals


def _make_moons(n: int, noise: float, seed: int, classes: int, formula: str) -> Dataset:
    scale = _SCALE[0]
    points, labels = data.make_moons(n, noise=noise / scale, seed=seed)
    points = [(scale * (x - 0.5), scale * (y - 0.25)) for x, y in points]
    return Dataset(points, [*labels], ("upper moon", "lower moon"))


def _make_circles(
    n: int, noise: float, seed: int, classes: int, formula: str
) -> Dataset:
    scale = _SCALE[1]
    points, labels = data.make_circles(n, noise=noise / scale, factor=0.5, seed=seed)
    return Dataset(_enlarge(points, scale), [*labels], ("outer circle", "inner circle"))


def _make_xor(n: int, noise: float, seed: int, classes: int, formula: str) -> Dataset:
    scale = _SCALE[2]
    points, labels = data.make_xor(n, noise=noise / scale, seed=seed)
    names = ("same sign", "different signs")
    return Dataset(_enlarge(points, scale), [*labels], names)


def _make_spirals(
    n: int, noise: float, seed: int, classes: int, formula: str
) -> Dataset:
    scale = _SCALE[2]
    points, labels = data.make_spirals(n, noise=noise / scale, turns=1.5, seed=seed)
    names = ("first spiral", "second spiral")
    return Dataset(_enlarge(points, scale), [*labels], names)


_CENTERS = {
    2: [(-1.1, -1.1), (1.1, 1.1)],
    3: [(-1.3, -0.75), (1.3, -0.75), (0.0, 1.4)],
    4: [(-1.2, -1.2), (1.2, -1.2), (1.2, 1.2), (-1.2, 1.2)],
}
_SPREAD = 0.3  # standard deviation of a blob without noise


def _make_blobs(n: int, noise: float, seed: int, classes: int, formula: str) -> Dataset:
    spread = math.hypot(_SPREAD, noise)  # the sum of two independent Gaussians
    points, labels = data.make_blobs(
        n, centers=_CENTERS[classes], spread=spread, seed=seed
    )
    names = tuple(f"blob {letter}" for letter in "ABCD"[:classes])
    return Dataset(points, [to_label(label, classes) for label in labels], names)


def _make_formula(
    n: int, noise: float, seed: int, classes: int, formula: str
) -> Dataset:
    random = RandomState(seed)
    points = _draw_points(n, random)
    values = [value for (value,) in evaluate([formula], points)]
    for (x, y), value in zip(points, values, strict=True):
        if math.isnan(value):
            raise OptionError(
                "formula",
                f"{formula} isn’t finite at ({show_number(x)}, {show_number(y)}), "
                f"where there is a point. Use a formula with a value everywhere from "
                f"{show_number(-REACH)} to {show_number(REACH)}.",
                1,
            )
    labels = [1 if value > 0 else -1 for value in values]
    if len(set(labels)) == 1:
        where = "above 0" if labels[0] > 0 else "not above 0"
        raise OptionError(
            "formula",
            f"{formula} is {where} at every point, so there is only one class. Use a "
            f"formula with both signs from {show_number(-REACH)} to "
            f"{show_number(REACH)}, or more points.",
            1,
        )
    points = [
        (x + noise * random.normal(), y + noise * random.normal()) for x, y in points
    ]
    return Dataset(points, [*labels], ("not above 0", "above 0"))


# --- regression -----------------------------------------------------------------------


def plane(x: float, y: float) -> float:
    """Return the height of a tilted plane, from -2 to 2."""
    return (x + y) / 2


def hills(x: float, y: float) -> float:
    """Return the height of a hill of 1 beside a hollow of -1, both Gaussian."""
    up = math.exp(-2 * ((x + 0.9) ** 2 + (y - 0.9) ** 2))
    down = math.exp(-2 * ((x - 0.9) ** 2 + (y + 0.9) ** 2))
    return up - down


def curve(x: float, y: float) -> float:
    """
    Return chapter 5’s function of x, y and z, for z = 0, from about -0.8 to 2.75.

    There the coordinates go from -5 to 5, so here they count 2.5 times.
    """
    x, y = 2.5 * x, 2.5 * y
    return 0.04 * x * x + 0.07 * x * y


def _regression(
    function: Callable[[float, float], float],
) -> Callable[[int, float, int, int, str], Dataset]:
    """Return what makes data of a function, with noise in the labels."""

    def make_(n: int, noise: float, seed: int, classes: int, formula: str) -> Dataset:
        random = RandomState(seed)
        points = _draw_points(n, random)
        labels = [function(x, y) + noise * random.normal() for x, y in points]
        return Dataset(points, labels)

    return make_


def _draw_points(n: int, random: RandomState) -> list[Point]:
    return [
        (random.uniform(-REACH, REACH), random.uniform(-REACH, REACH)) for _ in range(n)
    ]


def _enlarge(points: list[Point], scale: float) -> list[Point]:
    return [(scale * x, scale * y) for x, y in points]


DATASETS = {
    "moons": Kind("moons", _make_moons),
    "circles": Kind("circles", _make_circles),
    "xor": Kind("XOR", _make_xor),
    "blobs": Kind("blobs", _make_blobs),
    "spirals": Kind("spirals", _make_spirals),
    "formula": Kind("above or below a formula", _make_formula),
    "plane": Kind("plane", _regression(plane), is_regression=True),
    "hills": Kind("two hills", _regression(hills), is_regression=True),
    "curve": Kind("function of chapter 5", _regression(curve), is_regression=True),
}


# --- training and test points ---------------------------------------------------------


def split(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """
    Return the points to train on and the points to test with, both in their old order.

    `share`: of test points, from 0 to 0.9. See `choose_tests`.
    """
    tests = set(choose_tests(dataset, share, seed))
    numbers = range(len(dataset.points))
    return (
        _pick(dataset, [i for i in numbers if i not in tests]),
        _pick(dataset, [i for i in numbers if i in tests]),
    )


def choose_tests(dataset: Dataset, share: float, seed: int) -> list[int]:
    """
    Return the numbers of the test points, rising.

    `RandomState(seed)` draws them. At least one point of each class is left to train
    on. A point added at the end changes hardly anything about the others. Raises
    `ValueError` for a share that is not from 0 to 0.9.
    """
    if not 0 <= share <= 0.9:
        raise ValueError(f"split needs a share from 0 to 0.9, got share={share}")
    n = len(dataset.points)
    random = RandomState(seed)
    keys = [random.random() for _ in range(n)]
    order = sorted(range(n), key=keys.__getitem__)
    classes = dataset.classes or [0] * n
    kept = {classes[i]: i for i in order}  # of each class the last one
    candidates = [i for i in order if kept[classes[i]] != i]
    return sorted(candidates[: math.floor(share * n + 0.5)])


def _pick(dataset: Dataset, numbers: list[int]) -> Dataset:
    return Dataset(
        [dataset.points[i] for i in numbers],
        [dataset.labels[i] for i in numbers],
        dataset.class_names,
    )
