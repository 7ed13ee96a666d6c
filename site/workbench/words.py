"""What a network computes, and how two runs differ, in words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple

from moongrad import MLP, Record
from moongrad.formula import Formula
from stage.option import ChoiceList, Option
from stage.options import Options

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def show_number(number: float, digits: int = 3) -> str:
    """
    Return a number to some significant digits, for the eye: −0.5, 12300, 1.2·10⁻⁷.

    >>> show_number(-0.12345), show_number(12345.0), show_number(1.5e9)
    ('−0.123', '12300', '1.5·10⁹')
    """
    if not math.isfinite(number):
        return str(number).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
    text = f"{float(number):.{digits - 1}e}"
    mantissa, exponent = text.split("e")
    if float(mantissa) == 0:
        return "0"
    if -5 <= int(exponent) < 6:
        plain = f"{float(text):.{max(digits - 1 - int(exponent), 0)}f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return plain.replace("-", "−")
    mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "−")
    return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def join_words(words: Sequence[str], last: str = " and ") -> str:
    """
    Return words as a list in a sentence.

    >>> join_words(["x", "y", "x²"])
    'x, y and x²'
    """
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# --- the network ----------------------------------------------------------------------


def describe_network(
    model: MLP, feature_labels: Sequence[str], outputs: Sequence[str] = ()
) -> str:
    """
    Return the network as formulas, one line for each neuron, to 3 significant digits.

    * `feature_labels`: names of the inputs.
    * `outputs`: names of the outputs; `score`, or `score 1`, `score 2`... by default.

    Hidden neurons are h1, h2...; with several hidden layers those of the first are a1,
    a2..., of the second b1, b2.... Raises `ValueError` for another number of names.
    """
    n_outputs = len(model.layers[-1].neurons)
    if not outputs:
        outputs = [f"score {k + 1}" for k in range(n_outputs)]
        outputs = outputs if n_outputs > 1 else ["score"]
    if len(feature_labels) != model.nin or len(outputs) != n_outputs:
        raise ValueError(
            f"describe_network needs {model.nin} feature labels and {n_outputs} "
            f"outputs, got {len(feature_labels)} and {len(outputs)}"
        )
    n_hidden = len(model.layers) - 1
    letters = "h" if n_hidden == 1 else "abcdefghijklmnopqrstuvw"
    names = [_bracket(label) for label in feature_labels]
    lines = []
    for depth, layer in enumerate(model.layers):
        n = len(layer.neurons)
        made = (
            [f"{letters[depth]}{k + 1}" for k in range(n)]
            if depth < n_hidden
            else list(outputs)
        )
        for name, neuron in zip(made, layer.neurons, strict=True):
            total = _write_sum([w.data for w in neuron.w], neuron.b.data, names)
            kind = neuron.activation
            lines.append(f"{name} = {f'{kind.symbol}({total})' if kind else total}")
        names = made
    return "\n".join(lines)


def _write_sum(weights: Sequence[float], bias: float, names: Sequence[str]) -> str:
    terms = [
        (weight, f"{show_number(abs(weight))}·{name}")
        for weight, name in zip(weights, names, strict=True)
        if weight != 0
    ]
    if bias != 0 or not terms:
        terms.append((bias, show_number(abs(bias))))
    (first, text), *rest = terms
    text = f"−{text}" if first < 0 else text
    return text + "".join(f" {'−' if w < 0 else '+'} {term}" for w, term in rest)


def _bracket(label: str) -> str:
    """Put a label that is a sum, a quotient or a power into brackets."""
    depth = 0
    for character in label:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in "+−/^":
            return f"({label})"
    return label


# --- two runs -------------------------------------------------------------------------


def describe_difference(
    options_a: SimpleNamespace, options_b: SimpleNamespace, options: Options
) -> str:
    """
    Return a sentence on which settings of two runs differ, and how.

    `options_a`, `options_b`: values by name, as `options.read` returns them.
    """
    parts = []
    for option in options:
        a, b = getattr(options_a, option.name), getattr(options_b, option.name)
        if option.write(a) != option.write(b):
            phrase = _PHRASES.get(option.name, _Phrase(f"“{option.label}” at "))
            parts.append(phrase.say(option, a, b))
    if not parts:
        return "Both runs have the same settings."
    return f"This run has {join_words(parts, ', and ')}."


class _Phrase(NamedTuple):
    """How the difference of one option is said: before, new, after, instead of, old."""

    before: str = ""
    after: str = ""
    zero: str = ""  # what 0, or no hidden layer, is called

    def say(self, option: Option, a: object, b: object) -> str:
        old, new = _show_value(option, a), _show_value(option, b)
        if self.zero and new in ("", "0"):
            return f"{self.zero} instead of {self.before}{old}{self.after}"
        if self.zero and old in ("", "0"):
            old = self.zero
        return f"{self.before}{new}{self.after} instead of {old}"


class _Other(_Phrase):
    """How it is said of an option that is too long to be shown."""

    def say(self, option: Option, a: object, b: object) -> str:
        return self.before


def _show_value(option: Option, value: object) -> str:
    labels = dict(option.choices)
    if isinstance(option, ChoiceList):
        labels = dict(option.words)
        assert isinstance(value, tuple)
        return join_words([labels[word] for word in value])
    text = option.write(value)
    if text in labels:
        label = labels[text]
        return f"“{label}”" if " " in label else label
    if isinstance(value, int | float):
        return text.replace("-", "−")
    if isinstance(value, tuple):
        return join_words([label_formula(str(part)) for part in value])
    if isinstance(value, Formula):
        text = label_formula(text)
    return f"“{text}”"


_PHRASES = {
    "data": _Phrase("the data "),
    "points": _Phrase("", " points"),
    "noise": _Phrase("a noise of "),
    "data_seed": _Phrase("the data seed "),
    "test_share": _Phrase("a share of test points of "),
    "features": _Phrase("the features "),
    "hidden": _Phrase("", " hidden neurons", "no hidden neurons"),
    "activation": _Phrase("the activation "),
    "loss": _Phrase("the loss "),
    "optimizer": _Phrase("the optimiser "),
    "rate": _Phrase("a learning rate of "),
    "schedule": _Phrase("the schedule "),
    "batch": _Phrase("batches of ", "", "all points in each step"),
    "penalty": _Phrase("the penalty "),
    "strength": _Phrase("a penalty strength of "),
    "weight_seed": _Phrase("the weight seed "),
    "classes": _Phrase("", " classes"),
    "formula": _Phrase("the formula "),
    "own": _Other("other points of its own"),
}


# --- formulas -------------------------------------------------------------------------

_POWER = re.compile(r"\*\*\s*(\d+)(?![\d.eE])")


def label_formula(text: str) -> str:
    """
    Return a typed formula with the signs of mathematics.

    >>> label_formula("x**2 - 3*y"), label_formula("x*y"), label_formula("sin(x)")
    ('x² − 3·y', 'xy', 'sin x')
    """
    if text in _SHORT:
        return _SHORT[text]
    text = _POWER.sub(lambda match: match[1].translate(_SUPERSCRIPTS), text)
    return text.replace("**", "^").replace("*", "·").replace("-", "−")


_SHORT = {"x*y": "xy", "sin(x)": "sin x", "sin(y)": "sin y"}


def describe_record(record: Record, *, has_classes: bool) -> dict[str, str]:
    """Return what a record says, for the outputs; numbers have no accuracy."""

    def loss(number: float | None) -> str:
        if number is None:
            return "–"
        return f"{number:.4f}" if number < 1e4 else f"{number:.2e}"

    def share(number: float | None) -> str:
        return f"{number:.1%}" if has_classes and number is not None else "–"

    return {
        "loss": loss(record.loss),
        "test_loss": loss(record.test_loss),
        "accuracy": share(record.accuracy),
        "test_accuracy": share(record.test_accuracy),
    }
