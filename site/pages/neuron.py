"""Neuron: two inputs, two weights, a bias, an activation; and its gradients."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from moongrad import Value
from moongrad.nn import ACTIVATIONS
from pages.backward import BackwardDemo
from stage.demo import Exercise, show
from stage.option import Choice, Number, OptionError
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser later
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = ("activation", "activation_slope")
DIAGRAMS = ("neuron",)
CARD = ("neuron",)
BIAS = 6.8813735870195432  # makes the output the square root of 1/2


def _slider(name: str, label: str, default: float) -> Number:
    return Number(name, label, default, low=-10, high=10, step=0.1)


OPTIONS = Options(
    _slider("x1", "Input x1", 2.0),
    _slider("x2", "Input x2", 0.0),
    _slider("w1", "Weight w1", -3.0),
    _slider("w2", "Weight w2", 1.0),
    _slider("b", "Bias b", BIAS),
    Choice(
        "activation",
        "Activation",
        (
            ("tanh", "tanh"),
            ("relu", "ReLU"),
            ("sigmoid", "sigmoid"),
            ("linear", "linear"),
        ),
    ),
    Choice(
        "form",
        "tanh made of",
        (("primitive", "one node"), ("composite", "2n, exp, −, + and /")),
        hint="the same function, two ways",
        old_values={"one node": "primitive", "exp and a quotient": "composite"},
    ),
)


def neuron(x1: float, x2: float, w1: float, w2: float, b: float) -> Value:
    """Return the sum n that goes into the activation, every part with its name."""
    inputs = Value(x1, label="x1"), Value(x2, label="x2")
    weights = Value(w1, label="w1"), Value(w2, label="w2")
    products = [x * w for x, w in zip(inputs, weights, strict=True)]
    for product, label in zip(products, ("x1*w1", "x2*w2"), strict=True):
        product.label = label
    total = products[0] + products[1]
    total.label = "x1*w1 + x2*w2"
    n = total + Value(b, label="b")
    n.label = "n"
    return n


def tanh_spelled_out(n: Value) -> Value:
    """Return tanh(n) from an exponential, a difference, a sum and a quotient."""
    e = (2 * n).exp()
    e.label = "e"
    return (e - 1) / (e + 1)


class Demo(BackwardDemo):
    """The backward pass through one neuron."""

    def __init__(self, options: SimpleNamespace) -> None:
        n = neuron(options.x1, options.x2, options.w1, options.w2, options.b)
        activation = ACTIVATIONS[options.activation]
        if options.form == "composite":
            if options.activation != "tanh":
                message = "Only tanh can be spelled out. Choose tanh, or one node."
                raise OptionError("form", message)
            if n.data > 100:
                message = f"exp(2n) is too large to show for n = {n.data:g}."
                raise OptionError("form", message)
            output = tanh_spelled_out(n)
        else:
            output = activation(n) if activation else n * 1.0
        output.label = "o"
        super().__init__(output)
        self._n = n
        self._activation = options.activation

    def outputs(self) -> dict[str, str]:
        texts = {"n": repr(self._n.data), "o": repr(self.root.data)}
        return super().outputs() | {
            name: text.removesuffix(".0").replace("-", "−")
            for name, text in texts.items()
        }

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        from figures.activation import ActivationPlot

        return ActivationPlot(axes, is_slope=figure.endswith("slope"), theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        plot.update(self._n.data, self._activation)


def output_slope(activation: str, n: float) -> float:
    """Return how much a neuron's output changes with its sum n."""
    value = Value(n)
    operation = ACTIVATIONS[activation]
    output = operation(value) if operation else value * 1.0
    output.backward()
    return value.grad


EXERCISES = (
    Exercise(
        "Set the bias to 6. What is the gradient of x1 now?",
        lambda: output_slope("tanh", 0.0) * -3.0,
        "n becomes 0, where tanh is steepest: its slope there is 1.",
        "The slope of tanh at 0 is 1, and x1 is multiplied by w1 = −3.",
        tolerance=0.001,
    ),
    Exercise(
        "Go back to b = 6.88… but use ReLU. What is the gradient of w1 now?",
        lambda: output_slope("relu", BIAS - 6.0) * 2.0,
        "Where n is above 0, ReLU passes gradients on unchanged.",
        "The slope of ReLU is 1 there, and w1 is multiplied by x1 = 2.",
        tolerance=0.001,
    ),
)

# What the page compares with PyTorch, whose numbers a test checks, and
# `python build.py update pytorch` stores.
PYTORCH = Path(__file__).with_name("pytorch.json")
COMPARED = {"b = 6.8813735870195432": {"b": BIAS}, "b = 6": {"b": 6.0}}


def compare(bias: float) -> dict[str, float]:
    """Return n and o, and the gradients, for the numbers of the text and one bias."""
    n = neuron(2.0, 0.0, -3.0, 1.0, bias)
    o = n.tanh()
    o.backward()
    leaves = {leaf.label: leaf for leaf in n._prev[0]._prev[0]._prev}
    leaves |= {leaf.label: leaf for leaf in n._prev[0]._prev[1]._prev}
    gradients = {f"gradient of {name}": leaf.grad for name, leaf in leaves.items()}
    return {"n": n.data, "o": o.data, "gradient of n": n.grad, **gradients}


def comparison() -> list[list[str]]:
    """Return the rows of the table: bias, number, ours, PyTorch's."""
    theirs = json.loads(PYTORCH.read_text(encoding="utf-8"))
    return [
        [title, name, show(number), show(theirs[title][name])]
        for title, options in COMPARED.items()
        for name, number in compare(**{"bias": options["b"]}).items()
    ]
