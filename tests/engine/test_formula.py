"""Typed formulas: what is accepted, and where errors are."""

from __future__ import annotations

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import moongrad
import moongrad.formula as formula_module
from moongrad import Value
from moongrad.formula import MAX_CHARACTERS, MAX_DEPTH, FormulaError, parse


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("3*x**2 - 4*x + 5", 20.0),
        ("  -x + +x ", 0.0),
        ("(x - 1) / (x + 1)", 0.5),
        ("exp(0) + log(x) + tanh(x) + relu(-x) + sigmoid(0)",
         1.5 + math.log(3) + math.tanh(3)),
        ("sin(x) + cos(2*x)", math.sin(3) + math.cos(6)),
        ("abs(-x) + abs(x) + abs(0)", 6.0),
        ("2**x", 8.0),
        ("x**-1", 1 / 3),
        ("x**(1/2)", math.sqrt(3)),
        ("a = x*x; b = a; a*b", 81.0),
        ("1e-3*x", 0.003),
    ],
)  # fmt: skip
def test_formula_gives_the_result_that_python_gives(text, result):
    assert parse(text)(x=3).data == pytest.approx(result, rel=1e-15)


REFUSED = [  # text, column, a part of the message
    ("3*x +", 6, "missing or too much"),
    ("3*x)", 4, "brackets do not match"),
    ("((x)", 1, "brackets do not match"),
    ("2x", 1, "2*x"),
    ("2 x", 3, "2*x"),
    ("x y", 3, "missing or too much"),
    ("", 1, "no formula yet"),
    ("   ", 1, "no formula yet"),
    ("__import__('os')", 1, "the functions are exp, log"),
    ("x.__class__", 1, "not part of a formula"),
    ("[x for x in (1,)]", 1, "not part of a formula"),
    ("lambda: x", 1, "not part of a formula"),
    ("f'{x}'", 1, "not part of a formula"),
    ("x if x else 1", 1, "not part of a formula"),
    ("x == 3", 1, "not part of a formula"),
    ("x**x**x", 7, "an exponent is a number"),
    ("x^2", 3, "a power is written **"),
    ("x // 2", 6, "operators"),
    ("tan(x)", 1, "the functions are"),
    ("exp(x, x)", 1, "exp takes one number"),
    ("exp + 1", 1, "exp is a function"),
    ("x = exp(1); x = 2", 13, "has a value already"),
    ("x + 1; x = 2", 8, "has a value already"),
    ("exp = 3", 1, "exp is a function"),
    ("a = b = 2", 1, "not part of a formula"),
    ("x, y = 2", 1, "only a name"),
    ("import os", 1, "not part of a formula"),
    ("1e999", 1, "too large"),
    ("9" * 190 + "e200", 1, "too large"),
    ("1j", 1, "not part of a formula"),
    ("True", 1, "not part of a formula"),
    ("x # comment", 3, "'#' has no meaning"),
    ("x\n+ 1", 2, "has no meaning"),
    ("x\x00", 2, "has no meaning"),
    ("2 × x", 3, "'×' has no meaning"),
    ("_x", 1, "a name is at most"),
    ("x" * 21, 1, "a name is at most"),
    ("(" * 10_000 + "x" + ")" * 10_000, MAX_CHARACTERS + 1, "at most 200 characters"),
    ("-" * 100 + "x", MAX_DEPTH + 1, "operations deep"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "part"), REFUSED)
def test_error_of_parse_names_the_column(text, column, part):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.column == column
    assert part in str(caught.value)
    assert str(caught.value).startswith(f"column {column}: ")


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("1 / (x - 3)", 6, "divisor other than 0"),
        ("2 + log(x - 3)", 9, "log needs a number above 0"),
        ("1 + cos(exp(999*x))", 9, "cos needs a finite number"),
        ("(x - 3)**-1", 2, "base other than 0"),
        ("(-x)**0.5", 2, "base of at least 0"),
        ("x + q", 5, "no number called q"),
        ("  1/0", 5, "divisor other than 0"),
    ],
)
def test_error_of_evaluation_names_the_column(text, column, part):
    with pytest.raises(FormulaError, match=part) as caught:
        parse(text)(x=3.0)
    assert caught.value.column == column


def test_names_may_be_those_of_python_arguments():
    assert parse("self*numbers")(self=2, numbers=3).data == 6


def test_brackets_alone_do_not_count_as_depth():
    assert parse("(" * 90 + "x" + ")" * 90)(x=3).data == 3


def test_numbers_beyond_floats_become_infinite():
    assert parse("9**9**9**9")().data == math.inf


def test_named_results_have_labels_and_are_shared():
    root = parse("e = a*b; d = e + c; L = d*f")(a=2, b=-3, c=10, f=-2)
    root.backward()
    d, f = root._prev
    assert (root.label, d.label, f.label) == ("L", "d", "f")
    assert (root.data, d.grad, f.grad) == (-8.0, -2.0, 4.0)


def test_value_passed_in_receives_the_gradient():
    x = Value(3.0)
    parse("3*x**2 - 4*x + 5")(x=x).backward()
    assert x.grad == 14.0
    assert x.label == ""


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("y = w*x; tanh(y) + y", math.tanh(1) + 1),
        ("cos(w*x) - sin(w*x) + abs(-w*x)", math.cos(1) - math.sin(1) + 1),
    ],
)
def test_formula_can_be_compiled(text, result):
    formula = parse(text)
    w = Value(0.5)
    kernel = moongrad.compile(lambda x: formula(x=x, w=w), [w], 1, backend="wasm")
    assert kernel.forward([[2.0]]) == [pytest.approx(result, rel=1e-12)]


def test_slope_of_abs_is_the_sign():
    for x, slope in ((3.0, 1.0), (-3.0, -1.0), (0.0, 0.0)):
        value = Value(x)
        parse("abs(x)")(x=value).backward()
        assert value.grad == slope


@given(st.text(alphabet="xy0123456789.+-*/()=; exp_logtanh,'\"[]{}", max_size=60))
def test_any_text_gives_a_value_or_a_formula_error(text):
    try:
        result = parse(text)(x=1.5, y=-0.5)
    except FormulaError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        assert isinstance(result, Value)


def test_names_that_a_formula_makes_are_listed():
    assert parse("a = x*x; b = a; a*b").made == ("a", "b")


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_text_that_python_gives_up_on_is_refused(monkeypatch, error):
    def give_up(*arguments, **keywords):
        raise error

    monkeypatch.setattr("moongrad.formula.ast.parse", give_up)
    with pytest.raises(FormulaError, match="too many brackets"):
        parse("x")


def test_part_that_parse_should_not_have_accepted_is_named():
    with pytest.raises(AssertionError, match="parse accepted IfExp"):
        formula_module._evaluate(ast.parse("x if y else z", mode="eval").body, {})
