"""Formulas at many places give what they give one by one, and NaN instead of errors."""

from __future__ import annotations

import math
import random

import pytest

from moongrad.formula import FormulaError, parse
from workbench.evaluate import evaluate

FORMULAS = [
    *(
        "x",
        "y",
        "x**2",
        "x*y",
        "sin(x)",
        "exp(x) - 2**y",
        "tanh(x + y)",
        "-x/(1 + y*y)",
    ),
    *("relu(x) + sigmoid(y)", "r = x*x + y*y; r - 1", "3", "log(x**2 + 1) + log(2)"),
]


def draw_places(n):
    rng = random.Random(1)
    return [(rng.uniform(-3, 3), rng.uniform(-3, 3)) for _ in range(n)]


def test_numbers_have_the_bits_of_the_formula_itself():
    places = draw_places(50)
    for place, row in zip(places, evaluate(FORMULAS, places), strict=True):
        x, y = place
        assert list(row) == [parse(text)(x=x, y=y).data for text in FORMULAS]


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        ("log(x)", (-1.0, 0.0)),
        ("log(x)", (0.0, 0.0)),
        ("1/y", (1.0, 0.0)),
        ("x**0.5", (-1.0, 0.0)),
        ("exp(1000*x)", (1.0, 0.0)),
        ("sin(exp(1000*x))", (1.0, 0.0)),
        ("x + log(-1)", (1.0, 1.0)),
        ("0*log(x)", (-1.0, 0.0)),
    ],
)
def test_formula_without_a_finite_value_is_nan_only_there(formula, place):
    rows = evaluate(["x", formula], [(2.0, 3.0), place, (0.5, 1.0)])
    assert [row[0] for row in rows] == [2.0, place[0], 0.5]
    assert math.isnan(rows[1][1])
    assert math.isnan(rows[0][1]) == ("-1)" in formula or "1000" in formula)


def test_no_places_give_no_rows():
    assert evaluate(["x", "y"], []) == []


def test_text_that_is_no_formula_raises():
    with pytest.raises(FormulaError, match="column 3"):
        evaluate(["x", "3*"], [(1.0, 2.0)])


def test_whole_numbers_count_as_floats():
    ((number,),) = evaluate(["x/y"], [(1, 2)])
    assert number == 0.5
