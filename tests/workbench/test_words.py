"""The network as formulas, and the difference of two runs in a sentence."""

from __future__ import annotations

import doctest
import math
import random

import pytest

from moongrad import MLP
from stage.formulas import FormulaText
from stage.option import Choice, ChoiceList, Number, Sizes
from stage.options import Options
from workbench import words
from workbench.features import FeatureList
from workbench.words import (
    describe_difference,
    describe_network,
    join_words,
    show_number,
)


def make_model(nin, nouts, numbers, **keywords):
    model = MLP(nin, nouts, rng=random.Random(1), **keywords)
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    return model


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-0.5, "−0.5"),
        (0.12345, "0.123"),
        (9.999, "10"),
        (99.95, "100"),
        (12345.0, "12300"),
        (-999999.0, "−1·10⁶"),
        (0.00012345, "0.000123"),
        (1.25e-7, "1.25·10⁻⁷"),
        (3e300, "3·10³⁰⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_have_three_digits_and_real_minus_signs(number, text):
    assert show_number(number) == text


def test_words_are_joined_as_in_a_sentence():
    assert [join_words(["a", "b", "c"][:n]) for n in range(4)] == [
        *("", "a", "a and b", "a, b and c")
    ]


def test_examples_in_docstrings_are_true():
    result = doctest.testmod(words)
    assert (result.failed, result.attempted) == (0, 3)


# --- the network ----------------------------------------------------------------------


def test_each_neuron_is_a_line():
    numbers = [0.53, -1.2, 0.1, -2.0, 0.0, -0.25, 1.234, 0.5, -0.00071]
    model = make_model(2, [2, 1], numbers, activation="tanh")
    assert describe_network(model, ["x", "y"]).splitlines() == [
        "h1 = tanh(0.53·x − 1.2·y + 0.1)",
        "h2 = tanh(−2·x − 0.25)",
        "score = 1.23·h1 + 0.5·h2 − 0.00071",
    ]


def test_neurons_of_several_layers_have_a_letter_for_each_layer():
    model = MLP(1, [2, 1, 1], activation=["relu", "linear"], rng=random.Random(1))
    lines = describe_network(model, ["x"]).splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["a1", "a2", "b1", "score"]
    assert lines[0].startswith("a1 = ReLU(") and lines[2].count("(") == 0
    assert "·a1" in lines[2] and "·a2" in lines[2] and "·b1" in lines[3]


def test_six_layers_of_sixteen_have_a_line_each():
    model = MLP(12, [16] * 6 + [4], rng=random.Random(1))
    lines = describe_network(model, [f"f{k}" for k in range(12)]).splitlines()
    assert len(lines) == 6 * 16 + 4
    assert len({line.split(" = ")[0] for line in lines}) == len(lines)
    assert lines[95].startswith("f16 = ReLU(")


def test_network_without_hidden_layers_is_one_formula():
    model = make_model(3, [1], [0.5, -1.0, 2.0, 0.0])
    labels = ["x + y", "x²", "sin x"]
    assert describe_network(model, labels) == "score = 0.5·(x + y) − 1·x² + 2·sin x"


def test_several_outputs_have_names():
    model = make_model(1, [3], [1.0, 0.0, 2.0, 0.0, 0.0, 0.0])
    assert describe_network(model, ["x"]).splitlines() == [
        *("score 1 = 1·x", "score 2 = 2·x", "score 3 = 0")
    ]
    named = describe_network(model, ["x"], ["blue", "orange", "green"])
    assert named.splitlines()[1] == "orange = 2·x"


def test_parameters_of_a_run_that_diverged_can_be_shown():
    model = make_model(1, [1], [math.nan, -math.inf])
    assert describe_network(model, ["x"]) == "score = NaN·x − ∞"


@pytest.mark.parametrize(
    ("label", "shown"),
    [("tanh(x + y)", "tanh(x + y)"), ("x−1", "(x−1)"), ("x^2.5", "(x^2.5)")],
)
def test_label_that_is_a_sum_is_put_in_brackets(label, shown):
    model = make_model(1, [1], [2.0, 0.0])
    assert describe_network(model, [label]) == f"score = 2·{shown}"


def test_wrong_number_of_names_is_refused():
    model = MLP(2, [1], rng=random.Random(1))
    with pytest.raises(ValueError, match="2 feature labels and 1 outputs, got 1 and 1"):
        describe_network(model, ["x"])


def test_formulas_compute_what_the_network_computes():
    model = MLP(2, [3, 2, 1], activation="tanh", bias="uniform", rng=random.Random(1))
    names = {"x": 0.3, "y": -0.7, "tanh": math.tanh}
    for line in describe_network(model, ["x", "y"]).splitlines():
        name, formula = line.split(" = ")
        names[name] = eval(formula.replace("·", "*").replace("−", "-"), names)
    assert names["score"] == pytest.approx(model.predict([0.3, -0.7])[0], abs=0.02)


# --- two runs -------------------------------------------------------------------------

OPTIONS = Options(
    Choice("data", "Data", (("moons", "moons"), ("hills", "two hills"))),
    Number("points", "Points", 200, low=4, high=5000),
    FeatureList("features", "Features"),
    Sizes("hidden", "Hidden layers", (4,), longest=6, high=16, shortest=0),
    ChoiceList("activation", "Activation", (("relu", "ReLU"), ("tanh", "tanh")), 6),
    Choice("optimizer", "Optimizer", (("sgd", "SGD"), ("adam", "Adam"))),
    Number("rate", "Learning rate", 0.03, low=0.0001, high=10),
    Number("batch", "Batch size", 0, low=0, high=5000),
    FormulaText("formula", "Formula", "y - x**2", names=("x", "y")),
    FormulaText("own", "Own points", "x"),
    Number("stop_steps", "Stop after", 0, low=-1, high=1e6),
)


def describe(b, a=None):
    return describe_difference(OPTIONS.read(a or {}), OPTIONS.read(b), OPTIONS)


def test_same_settings_are_said_to_be_the_same():
    assert describe({}) == "Both runs have the same settings."
    assert describe({"formula": "y - x**2"}) == "Both runs have the same settings."


def test_several_differences_make_one_sentence():
    assert describe({"hidden": "8,4", "rate": "0.1"}) == (
        "This run has 8 and 4 hidden neurons instead of 4, and a learning rate of 0.1 "
        "instead of 0.03."
    )


@pytest.mark.parametrize(
    ("b", "said"),
    [
        ({"data": "hills"}, "the data “two hills” instead of moons"),
        ({"points": "50"}, "50 points instead of 200"),
        ({"features": "x,y,x**2"}, "the features x, y and x² instead of x and y"),
        ({"hidden": ""}, "no hidden neurons instead of 4 hidden neurons"),
        ({"activation": "relu,tanh"}, "the activation ReLU and tanh instead of ReLU"),
        ({"optimizer": "adam"}, "the optimiser Adam instead of SGD"),
        ({"batch": "10"}, "batches of 10 instead of all points in each step"),
        ({"formula": "y - x"}, "the formula “y − x” instead of “y − x²”"),
        ({"own": "y"}, "other points of its own"),
        ({"stop_steps": "-1"}, "“Stop after” at −1 instead of 0"),
    ],
)
def test_each_difference_is_said_in_words(b, said):
    assert describe(b) == f"This run has {said}."


def test_nothing_is_named_on_either_side():
    assert describe({}, {"hidden": "", "batch": "10"}) == (
        "This run has 4 hidden neurons instead of no hidden neurons, and all points in "
        "each step instead of batches of 10."
    )
