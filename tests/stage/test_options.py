"""The table of options: what is allowed, refused, replaced and translated."""

from __future__ import annotations

import pytest

from stage.formulas import FormulaText, NamedNumbers
from stage.option import Choice, ChoiceList, Number, OptionError, Sizes
from stage.options import Options

NOISE = Number("noise", "Noise", 0.1, low=0, high=1)
POINTS = Number("points", "Points", 100, low=4, high=500)
HIDDEN = Sizes("hidden", "Hidden layers", (16, 16), longest=3, high=32)
LAYERS = Sizes("layers", "Layers", (), longest=3, high=32, shortest=0)
KINDS = ChoiceList("kind", "Kind", (("tanh", "tanh"), ("relu", "ReLU")), longest=3)
LOSS = Choice(
    "loss",
    "Loss",
    (("hinge", "hinge"), ("squared_error", "squared error")),
    old_name="objective",
    old_values={"squared error": "squared_error"},
)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (NOISE, "0", 0.0),
        (NOISE, " 0.25 ", 0.25),
        (NOISE, "1e-3", 0.001),
        (POINTS, "4", 4),
        (HIDDEN, "8", (8,)),
        (HIDDEN, "8, 4,2", (8, 4, 2)),
        (LAYERS, "", ()),
        (LAYERS, " ", ()),
        (LAYERS, "8,4", (8, 4)),
        (KINDS, "relu", ("relu",)),
        (KINDS, "relu, tanh,relu", ("relu", "tanh", "relu")),
    ],
)
def test_good_text(option, text, value):
    assert option.read(text) == value
    assert option.read(option.write(value)) == value


@pytest.mark.parametrize(
    ("option", "text", "nearest"),
    [
        (NOISE, "2", 1),
        (NOISE, "-0.1", 0),
        (NOISE, "nan", 0.1),
        (NOISE, "inf", 0.1),
        (NOISE, "x", 0.1),
        (NOISE, "0_1", 0.1),
        (POINTS, "1" + "0" * 400, 500),
        (POINTS, "٣", 100),
        (POINTS, "1", 4),
        (POINTS, "7.5", 100),
        (HIDDEN, "", (16, 16)),
        (HIDDEN, "8,8,8,8", (8, 8, 8)),
        (HIDDEN, "0,99", (1, 32)),
        (HIDDEN, "8,,8", (16, 16)),
        (LAYERS, ",", ()),
        (LAYERS, "x", ()),
        (LAYERS, "8,99,8,8", (8, 32, 8)),
        (KINDS, "", ("tanh",)),
        (KINDS, "ReLU", ("tanh",)),
        (KINDS, "relu,sine", ("tanh",)),
        (KINDS, "relu,relu,tanh,tanh", ("relu", "relu", "tanh")),
    ],
)
def test_bad_text_is_refused_and_has_a_nearest_value(option, text, nearest):
    with pytest.raises(OptionError, match=f"^{option.label} needs ") as caught:
        option.read(text)
    assert caught.value.name == option.name
    assert option.nearest(text) == nearest
    assert option.read(option.write(nearest)) == nearest


def test_missing_options_have_their_default():
    values = Options(NOISE, POINTS).read({"noise": "0.5", "other": "?"})
    assert vars(values) == {"noise": 0.5, "points": 100}


def test_valid_texts_are_written_as_controls_show_them():
    options = Options(NOISE, POINTS)
    texts, notices = options.replace_invalid({"points": " +20", "noise": "1e-1"})
    assert texts == {"noise": "0.1", "points": "20"}
    assert notices == []


def test_replaced_text_is_named_in_a_notice():
    texts, notices = Options(NOISE, POINTS).replace_invalid({"noise": "9"})
    assert texts == {"noise": "1", "points": "100"}
    assert notices == ["Noise needs a number from 0 to 1, got “9”. It is now 1."]


def test_empty_list_is_called_so_in_a_notice():
    texts, notices = Options(LAYERS).replace_invalid({"layers": "x"})
    assert texts == {"layers": ""}
    assert notices == [
        "Layers needs 0 to 3 whole numbers from 1 to 32, with commas between, such as "
        "32, got “x”. It is now empty."
    ]


def test_list_of_words_takes_one_or_several_and_its_first_word_by_default():
    assert KINDS.default == ("tanh",)
    assert KINDS.read("relu") == ("relu",)
    assert KINDS.read("relu, tanh") == ("relu", "tanh")


def test_choice_takes_values_and_no_labels():
    assert LOSS.default == LOSS.read("hinge") == "hinge"
    with pytest.raises(OptionError) as caught:
        LOSS.read("squared error")
    message = "Loss needs one of hinge, squared_error, got “squared error”."
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        ({}, "hinge"),
        ({"loss": "squared_error"}, "squared_error"),
        ({"loss": "squared error"}, "squared_error"),
        ({"objective": "squared error"}, "squared_error"),
        ({"objective": "squared_error"}, "squared_error"),
        ({"objective": "hinge"}, "hinge"),
        ({"objective": "squared error", "loss": "hinge"}, "hinge"),
    ],
)
def test_old_names_and_values_are_translated_without_a_notice(texts, value):
    assert Options(LOSS).replace_invalid(texts) == ({"loss": value}, [])


def test_bad_text_under_an_old_name_has_a_notice():
    texts, notices = Options(LOSS).replace_invalid({"objective": "hope"})
    assert texts == {"loss": "hinge"}
    assert notices == [
        "Loss needs one of hinge, squared_error, got “hope”. It is now hinge."
    ]


def test_presets_are_also_listed_in_the_words_of_old_links():
    options = Options(NOISE, LOSS)
    assert options.list_spellings({"noise": "0.5", "loss": "squared_error"}) == [
        {"noise": "0.5", "loss": "squared_error"},
        {"noise": "0.5", "objective": "squared error"},
    ]
    assert options.list_spellings({"noise": "0.5"}) == [{"noise": "0.5"}]


def test_option_without_an_old_name_ignores_the_empty_name():
    assert Options(NOISE, LOSS).translate({"": "0.5", "other": "?"}) == {}


FORMULA = FormulaText("formula", "f(x)", "x**2", names=("x",))
NUMBERS = NamedNumbers("numbers", "Numbers", "a=2, b=-3")


def test_formula_is_read_and_written_as_it_was_typed():
    formula = FORMULA.read(" 3*x + 1 ")
    assert formula(x=2).data == 7
    assert FORMULA.write(formula) == " 3*x + 1 "
    assert FORMULA.write(FORMULA.default) == "x**2"


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [("3*", 3, "missing"), ("x + yy", 5, "there is no yy here, only x")],
)
def test_bad_formula_is_refused_at_its_column(text, column, part):
    with pytest.raises(OptionError, match=part) as caught:
        FORMULA.read(text)
    assert (caught.value.name, caught.value.column) == ("formula", column)
    assert str(caught.value).startswith(f"f(x), column {column}: ")
    assert FORMULA.nearest(text).text == "x**2"


def test_named_numbers_are_read_and_written():
    numbers = NUMBERS.read("a=2 , long_name = -.5,c=1e-3")
    assert numbers == {"a": 2, "long_name": -0.5, "c": 0.001}
    assert NUMBERS.write(numbers) == "a=2, long_name=-0.5, c=0.001"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("a", 1),
        ("a=2, b", 6),
        ("a=2, a=3", 6),
        ("a=1e999", 1),
        ("a=nan", 1),
        ("a=٣", 1),
        ("a=2,", 5),
        ("a=2; b=3", 1),
        ("2=a", 1),
    ],
)
def test_bad_numbers_are_refused_at_their_column(text, column):
    with pytest.raises(OptionError) as caught:
        NUMBERS.read(text)
    assert caught.value.column == column
    assert NUMBERS.nearest(text) == {"a": 2, "b": -3}
