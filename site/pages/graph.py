"""Graph: an expression, its graph, and the gradients walking backwards through it."""

from __future__ import annotations

from types import SimpleNamespace

from moongrad import Value
from moongrad.formula import FormulaError
from moongrad.graph import backward_steps, name_of
from pages.backward import BackwardDemo
from stage.demo import Exercise, show
from stage.formulas import FormulaText, NamedNumbers
from stage.option import Choice, Number, OptionError
from stage.options import Options

FIGURES = ()
DIAGRAMS = ("expression",)
CARD = ("expression",)
LARGEST = 1e9  # beyond, a graph is full of digits

OPTIONS = Options(
    FormulaText(
        "formula",
        "Formula",
        "e = a*b; d = e + c; L = d*f",
        hint="use + − * / ** and exp log sin cos tanh relu sigmoid abs; “name =” names "
        "a part",
    ),
    NamedNumbers(
        "numbers", "Numbers", "a=2, b=-3, c=10, f=-2", hint="one for each name"
    ),
    Choice(
        "rule",
        "A value used twice",
        (
            ("accumulate", "adds its gradients"),
            ("overwrite", "keeps only the last"),
        ),
        hint="the second option is a classic bug",
        old_values={
            "adds its gradients": "accumulate",
            "keeps only the last": "overwrite",
        },
    ),
    Choice(
        "order",
        "Order",
        (
            ("topological", "wait for all uses"),
            ("eager", "don’t wait"),
        ),
        hint="the second option is another classic bug",
    ),
    Number("nudge", "Nudge", 0.01, low=-1, high=1, step=0.01, hint="of the gradient"),
)


def nudge_leaves(formula, numbers: dict[str, float], amount: float) -> float:
    """Return the result after every number moved along its gradient."""
    leaves = {name: Value(number, label=name) for name, number in numbers.items()}
    result = formula(**leaves)
    result.backward()
    for leaf in leaves.values():
        leaf.data += amount * leaf.grad
    return formula(**leaves).data


class Demo(BackwardDemo):
    """The backward pass through the graph of a formula."""

    def __init__(self, options: SimpleNamespace) -> None:
        formula, numbers = options.formula, options.numbers
        used = {name: numbers[name] for name in formula.names if name in numbers}
        try:
            root = formula(**used)
        except FormulaError as error:
            raise OPTIONS["formula"].refuse(error) from None
        if not root._prev:
            message = f"Formula, column 1: {name_of(root)} on its own computes nothing."
            raise OptionError("formula", message, 1)
        try:
            super().__init__(
                root,
                accumulate=options.rule == "accumulate",
                wait=options.order == "topological",
            )
            self._nudged = nudge_leaves(formula, used, options.nudge)
        except FormulaError as error:
            message = f"With this nudge the formula has no result: {error}."
            raise OptionError("nudge", message) from None
        except (ArithmeticError, ValueError) as error:
            message = f"Formula: {error}, so there is no gradient."
            raise OptionError("formula", message) from None
        if not all(abs(v.data) < LARGEST and abs(v.grad) < LARGEST for v in self.order):
            message = "Formula: the numbers in this graph are too large to show."
            raise OptionError("formula", message)
        self._step_size = options.nudge

    def outputs(self) -> dict[str, str]:
        return super().outputs() | {"nudged": show(self._nudged)}


def _gradient(text: str, name: str, **numbers: float) -> float:
    """Return a gradient, for the answers of the exercises."""
    root = OPTIONS["formula"].read(text)(**numbers)
    (*_, last) = (s for s in backward_steps(root) if s.input.label == name)
    return last.grad


EXERCISES = (
    Exercise(
        "L = (a*b + c) * f, with a = 2, b = −3, c = 10 and f = −2. By how much does L "
        "change when c grows by 1?",
        lambda: _gradient("(a*b + c) * f", "c", a=2, b=-3, c=10, f=-2),
        "c is added to make d, and d is multiplied by f.",
        "The sum passes the gradient on unchanged, and the product multiplies it by f.",
    ),
    Exercise(
        "What is the gradient of a in a*a + a, at a = 3?",
        lambda: _gradient("a*a + a", "a", a=3),
        "a is used three times. How much does each use add?",
        "3 from each side of the product, and 1 from the sum: 3 + 3 + 1.",
    ),
)
