"""Features: how the list is read, and what it gives for points and for the plane."""

from __future__ import annotations

import math

import pytest

from stage.option import OptionError
from stage.options import Options
from workbench.features import (
    STANDARD,
    FeatureList,
    compute,
    compute_plane,
)
from workbench.words import label_formula

FEATURES = FeatureList("features", "Features")


def test_features_are_read_and_written_without_blanks():
    value = FEATURES.read(" x, y ,x ** 2, sin( 3*x )")
    assert value == ("x", "y", "x**2", "sin(3*x)")
    assert FEATURES.write(value) == "x,y,x**2,sin(3*x)"
    assert FEATURES.read(FEATURES.write(value)) == value
    assert FEATURES.read(FEATURES.write(FEATURES.default)) == ("x", "y")


def test_standard_features_can_be_read_and_have_labels():
    texts = ",".join(text for text, _ in STANDARD)
    assert FEATURES.read(texts) == tuple(text for text, _ in STANDARD)
    assert [label for _, label in STANDARD] == [
        *("x", "y", "x²", "y²", "xy", "sin x", "sin y")
    ]


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("x,,y", 3, "there is no formula yet"),
        ("x, 3*", 6, "something is missing"),
        ("x, y + zz", 8, "there is no zz here, only x and y"),
        ("x, y, x ** 2, x**2", 15, r"x\*\*2 is there twice"),
        ("x,x", 3, "x is there twice"),
        ("x, 2*3", 4, "is the same everywhere"),
        ("x,tanh(x,y)", 7, "brackets"),
        ("y, tan(x)", 4, "the functions are"),
        ("x=1", 1, "x has a field of its own"),
        ("y,__import__(x)", 3, "functions are"),
        ("x,²", 3, "no meaning here"),
    ],
)
def test_bad_feature_is_refused_at_its_column(text, column, part):
    with pytest.raises(OptionError, match=part) as caught:
        FEATURES.read(text)
    assert (caught.value.name, caught.value.column) == ("features", column)
    assert str(caught.value).startswith(f"Features, column {column}: ")


@pytest.mark.parametrize("text", ["", "  ", ",".join(f"x+{k}" for k in range(13))])
def test_too_few_and_too_many_are_refused(text):
    with pytest.raises(OptionError, match="Features needs 1 to 12 formulas") as caught:
        FEATURES.read(text)
    assert len(str(caught.value)) < 200


def test_twelve_long_features_fit():
    formulas = [f"sin(x*{'12345678' * 10})**2+{k}" for k in range(12)]
    assert FEATURES.read(",".join(formulas)) == tuple(formulas)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("", ("x", "y")),
        ("a,b", ("x", "y")),
        ("x,oops(,y,x,x**2", ("x", "y", "x**2")),
        (",".join(f"x+{k}" for k in range(20)), tuple(f"x+{k}" for k in range(12))),
    ],
)
def test_nearest_keeps_what_can_be_read(text, nearest):
    assert FEATURES.nearest(text) == nearest
    texts, notices = Options(FEATURES).replace_invalid({"features": text})
    assert texts == {"features": ",".join(nearest)}
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("x**2", "x²"),
        ("x*y", "xy"),
        ("sin(x)", "sin x"),
        ("x**12-3*y", "x¹²−3·y"),
        ("x**2.5", "x^2.5"),
        ("2**x", "2^x"),
        ("x**-1", "x^−1"),
    ],
)
def test_labels_have_the_signs_of_mathematics(text, label):
    assert label_formula(text) == label


def test_rows_have_the_features_of_each_point():
    rows = compute(("x", "x**2", "x*y"), [(2.0, 3.0), (-1.0, 0.5)])
    assert rows == [(2.0, 4.0, 6.0), (-1.0, 1.0, -0.5)]
    assert compute(("x",), []) == []


def test_feature_that_is_not_finite_at_a_point_is_named_with_the_place():
    points = [(1.0, 1.0), (-0.3, 1.2)]
    with pytest.raises(OptionError) as caught:
        compute(("x", "y", "log(x)"), points)
    assert str(caught.value) == (
        "log(x) isn’t finite at (−0.3, 1.2), where there is a point. Change or remove "
        "this feature."
    )
    error = caught.value
    assert (error.name, error.column) == ("features", 5)
    assert FEATURES.write(("x", "y", "log(x)"))[error.column - 1 :] == "log(x)"


def test_plane_has_nan_where_a_feature_is_not_finite():
    (good, bad) = compute_plane(("x", "1/y"), [(1.0, 2.0), (1.0, 0.0)])
    assert good == (1.0, 0.5)
    assert bad[0] == 1.0 and math.isnan(bad[1])
