"""The data sets: their shapes, sizes and labels, and how they are split."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest

from moongrad.formula import parse
from stage.option import OptionError
from workbench.dataset import DATASETS, Dataset, choose_tests, curve, make, split

REGRESSION = [name for name, kind in DATASETS.items() if kind.is_regression]
CLASSES = [name for name in DATASETS if name not in REGRESSION]


def reach(points):
    return [max(abs(place[k]) for place in points) for k in (0, 1)]


@pytest.mark.parametrize("name", DATASETS)
def test_same_arguments_give_the_same_points(name):
    one, other = make(name, 60, 0.2, 5, 3), make(name, 60, 0.2, 5, 3)
    assert one == other
    assert one != make(name, 60, 0.2, 6, 3)
    assert one.points != make(name, 60, 0.3, 5, 3).points or name in REGRESSION
    assert len(one.points) == len(one.labels) == 60


@pytest.mark.parametrize("name", DATASETS)
def test_data_sets_are_of_about_the_same_size(name):
    points = make(name, 2000, 0.0, 1, 4).points
    x, y = reach(points)
    assert 1.5 <= x <= 2.4 and 0.85 <= y <= 2.4
    for k in (0, 1):
        assert abs(sum(point[k] for point in points)) / 2000 < 0.2


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_about_equally_frequent_and_have_names(name):
    dataset = make(name, 2000, 0.1, 1)
    counts = Counter(dataset.labels)
    assert set(counts) == {-1, 1}
    assert all(900 <= n <= 1100 for n in counts.values())
    assert len(set(dataset.class_names)) == 2
    assert not dataset.is_regression
    assert dataset.classes == [(label + 1) // 2 for label in dataset.labels]


@pytest.mark.parametrize("name", [n for n in CLASSES if n not in ("blobs", "formula")])
@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_noise_blurs_every_data_set_equally(name, noise):
    # The same seed gives the same points and the same draws, so the rest is the noise.
    clean, noisy = make(name, 2000, 0.0, 1), make(name, 2000, noise, 1)
    for k in (0, 1):
        pairs = zip(clean.points, noisy.points, strict=True)
        squares = [(b[k] - a[k]) ** 2 for a, b in pairs]
        assert math.sqrt(sum(squares) / 2000) == pytest.approx(noise, rel=0.06)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_blobs_are_as_many_as_asked_for_and_apart(classes):
    dataset = make("blobs", 400, 0.0, 1, classes)
    labels = [-1, 1] if classes == 2 else list(range(classes))
    assert sorted(set(dataset.labels)) == labels
    assert len(dataset.class_names) == classes
    middles = []
    for label in labels:
        own = [
            p for p, k in zip(dataset.points, dataset.labels, strict=True) if k == label
        ]
        middles.append(
            (sum(x for x, _ in own) / len(own), sum(y for _, y in own) / len(own))
        )
    gaps = [math.dist(a, b) for a in middles for b in middles if a is not b]
    assert min(gaps) > 2


def test_circles_have_half_the_radius_inside():
    dataset = make("circles", 100, 0.0, 1)
    radii = {
        (label, round(math.hypot(*point), 6))
        for point, label in zip(dataset.points, dataset.labels, strict=True)
    }
    assert radii == {(-1, 1.6), (1, 0.8)}


def test_spirals_go_around_one_and_a_half_times():
    dataset = make("spirals", 400, 0.0, 1)
    pairs = zip(dataset.points, dataset.labels, strict=True)
    own = sorted(
        (point for point, label in pairs if label < 0), key=lambda p: math.hypot(*p)
    )
    angles = [math.atan2(y, x) for x, y in own]
    turn = sum((b - a + math.pi) % (2 * math.pi) - math.pi for a, b in pairwise(angles))
    assert turn == pytest.approx(3 * math.pi, rel=0.01)


# --- the typed formula ----------------------------------------------------------------


@pytest.mark.parametrize("formula", ["y - x*x", parse("x*y + 0.5")])
def test_class_is_the_sign_of_the_typed_formula(formula):
    dataset = make("formula", 300, 0.0, 1, formula=formula)
    text = formula if isinstance(formula, str) else formula.text
    for (x, y), label in zip(dataset.points, dataset.labels, strict=True):
        assert label == (1 if parse(text)(x=x, y=y).data > 0 else -1)


def test_points_of_a_formula_are_uniform_without_noise():
    points = make("formula", 4000, 0.0, 1).points
    for k in (0, 1):
        for low in (-2, -1, 0, 1):
            share = sum(low <= point[k] < low + 1 for point in points) / 4000
            assert share == pytest.approx(0.25, abs=0.03)


def test_formula_that_is_not_finite_at_a_point_is_refused_in_a_sentence():
    with pytest.raises(OptionError, match=r"^log\(x\) isn’t finite at \(−") as caught:
        make("formula", 50, 0.1, 1, formula="log(x)")
    assert caught.value.name == "formula"
    assert str(caught.value).endswith("everywhere from −2 to 2.")


@pytest.mark.parametrize(
    ("formula", "where"), [("x*x + 1", "above 0"), ("-1", "not above 0")]
)
def test_formula_that_leaves_a_class_empty_is_refused(formula, where):
    with pytest.raises(OptionError, match=f"is {where} at every point") as caught:
        make("formula", 50, 0.1, 1, formula=formula)
    assert caught.value.name == "formula"


# --- regression -----------------------------------------------------------------------


@pytest.mark.parametrize("name", REGRESSION)
def test_labels_of_regression_are_numbers_of_comparable_size(name):
    dataset = make(name, 1000, 0.0, 1)
    assert dataset.is_regression and dataset.classes == []
    assert len(set(dataset.labels)) > 900
    assert 0.9 < max(map(abs, dataset.labels)) < 3


@pytest.mark.parametrize("name", REGRESSION)
def test_noise_of_regression_is_in_the_labels(name):
    clean, noisy = make(name, 3000, 0.0, 1), make(name, 3000, 0.5, 1)
    assert clean.points == noisy.points
    pairs = zip(clean.labels, noisy.labels, strict=True)
    squares = [(b - a) ** 2 for a, b in pairs]
    assert math.sqrt(sum(squares) / 3000) == pytest.approx(0.5, rel=0.05)


def test_curve_is_the_function_of_the_chapter():
    from pages.regression import truth

    for x, y in ((-2.0, 1.0), (0.3, -1.7), (2.0, 2.0)):
        assert curve(x, y) == pytest.approx(truth(2.5 * x, 2.5 * y, 0.0), rel=1e-12)


def test_hills_are_one_up_and_one_down():
    dataset = make("hills", 3000, 0.0, 1)
    pairs = list(zip(dataset.points, dataset.labels, strict=True))
    top, bottom = max(pairs, key=lambda p: p[1]), min(pairs, key=lambda p: p[1])
    assert math.dist(top[0], (-0.9, 0.9)) < 0.2 and top[1] > 0.95
    assert math.dist(bottom[0], (0.9, -0.9)) < 0.2 and bottom[1] < -0.95


# --- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"name": "stars"}, "one of moons, circles"),
        ({"n": 3}, "n from 4 to 5000, got n=3"),
        ({"n": 5001}, "n from 4 to 5000"),
        ({"noise": 1.5}, "noise from 0 to 1"),
        ({"noise": math.nan}, "noise from 0 to 1"),
        ({"classes": 5}, "classes from 2 to 4"),
    ],
)
def test_arguments_out_of_range_are_named(change, part):
    arguments = {"name": "moons", "n": 100, "noise": 0.1, "seed": 1} | change
    with pytest.raises(ValueError, match=part):
        make(**arguments)


# --- training and test points ---------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.9])
@pytest.mark.parametrize("name", ["moons", "blobs", "plane"])
def test_split_takes_the_share_and_loses_nothing(name, share):
    dataset = make(name, 200, 0.1, 1, 4)
    train, test = split(dataset, share, 3)
    assert len(test.points) == round(200 * share)
    assert Counter(
        zip(train.points + test.points, train.labels + test.labels, strict=True)
    ) == Counter(zip(dataset.points, dataset.labels, strict=True))
    assert train.class_names == test.class_names == dataset.class_names
    order = {point: k for k, point in enumerate(dataset.points)}
    for part in (train, test):
        numbers = [order[point] for point in part.points]
        assert numbers == sorted(numbers)


def test_split_depends_on_its_seed_alone():
    dataset = make("moons", 100, 0.1, 1)
    assert split(dataset, 0.3, 1) == split(dataset, 0.3, 1)
    assert split(dataset, 0.3, 1) != split(dataset, 0.3, 2)


@pytest.mark.parametrize("seed", range(20))
def test_one_point_of_each_class_stays_for_training(seed):
    points = [(float(k), 0.0) for k in range(12)]
    dataset = Dataset(points, [0] * 9 + [1, 1, 2], ("A", "B", "C"))
    train, test = split(dataset, 0.9, seed)
    assert set(train.labels) == {0, 1, 2}
    assert len(test.points) == 9


def test_single_point_stays_for_training():
    train, test = split(Dataset([(0.0, 0.0)], [0.5]), 0.9, 1)
    assert (len(train.points), len(test.points)) == (1, 0)
    assert split(Dataset([], [], ("A", "B")), 0.9, 1)[0].points == []


def test_point_added_at_the_end_leaves_the_others_where_they_were():
    dataset = make("moons", 100, 0.1, 1)
    more = Dataset([*dataset.points, (0.0, 0.0)], [*dataset.labels, 1], ("A", "B"))
    before, after = (set(choose_tests(d, 0.3, 1)) for d in (dataset, more))
    assert len((before ^ after) - {100}) <= 2


@pytest.mark.parametrize("share", [-0.1, 0.91, math.nan])
def test_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="share from 0 to 0"):
        split(make("moons", 10, 0.1, 1), share, 1)
