"""Slope: what a derivative is, by nudging a number and looking."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

from moongrad import Value
from moongrad.formula import Formula, FormulaError
from stage.demo import Demo as Base
from stage.demo import Exercise, show, show_rows
from stage.formulas import FormulaText
from stage.option import Number, OptionError
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser later
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = ("curve", "derivative", "error")
CARD = ("curve", "derivative")
SHRINK = math.sqrt(10)  # by which h is divided at every step
SMALLEST = 1e-16
LARGEST = 1e12  # beyond, figures have no scale
WIDTH = 4.0  # of the curve, on either side of 0

OPTIONS = Options(
    FormulaText(
        "formula",
        "f(x)",
        "3*x**2 - 4*x + 5",
        names=("x",),
        hint="+ − * / ** and exp log sin cos tanh relu sigmoid abs",
    ),
    Number("x", "x", 3.0, low=-10, high=10, step=0.01),
    Number("h", "h", 1.0, low=1e-17, high=4, hint="how far x is nudged"),
    FormulaText(
        "inputs",
        "d, of several inputs",
        "a*b + c",
        names=("a", "b", "c"),
    ),
    Number("a", "a", 2.0, low=-10, high=10, step=0.1),
    Number("b", "b", -3.0, low=-10, high=10, step=0.1),
    Number("c", "c", 10.0, low=-20, high=20, step=0.1),
)


class Nudge(NamedTuple):
    """The slope that one h gives."""

    step: int
    h: float
    slope: float
    error: float


def slope(f: Callable[[float], float], x: float, h: float) -> float:
    """Return how steeply f rises between x and x + h."""
    return (f(x + h) - f(x)) / h


def derivative(f: Callable[[Value], Value], x: float) -> float:
    """Return the exact slope at x, by the chain rule."""
    value = Value(x)
    f(value).backward()
    return value.grad


def slopes(f: Callable[..., float], inputs: dict[str, float], h: float) -> list[float]:
    """Return the slope of each input in turn, the others staying where they are."""
    before = f(**inputs)
    return [
        (f(**{**inputs, name: number + h}) - before) / h
        for name, number in inputs.items()
    ]


class Demo(Base):
    """A function, a place on it and a nudge, which shrinks step by step."""

    pace = 0.12  # the secant is to be seen turning

    def __init__(self, options: SimpleNamespace) -> None:
        super().__init__()
        self.formula: Formula = options.formula
        self.x, self.h = options.x, options.h
        self._start = options.h
        self.length = _count_steps(options.h)
        self._look()
        self._look_at_inputs(options)

    def f(self, x: float) -> float:
        """Return f(x); raises `FormulaError` where it has no value."""
        return self.formula(x=Value(x)).data

    def try_(self, x: float) -> float:
        """Return f(x), or NaN where it has none to be shown."""
        try:
            return _bounded(self.f(x))
        except FormulaError:
            return math.nan

    def try_derivative(self, x: float) -> float:
        """Return the exact slope at x, or NaN where there is none."""
        try:
            return _bounded(derivative(lambda value: self.formula(x=value), x))
        except (ArithmeticError, ValueError):
            return math.nan

    def _look(self) -> None:
        """Compute what is shown at x, x + h."""
        try:
            self.y, self.y_h = self.f(self.x), self.f(self.x + self.h)
        except FormulaError as error:
            raise OPTIONS["formula"].refuse(error) from None
        self.exact = self.try_derivative(self.x)
        if not all(abs(n) < LARGEST for n in (self.y, self.y_h, self.exact)):
            message = (
                f"f(x) or its slope is too large to show at x = {self.x:g}. Try "
                f"another x."
            )
            raise OptionError("x", message)
        self.slope = slope(self.f, self.x, self.h)

    def _look_at_inputs(self, options: SimpleNamespace) -> None:
        inputs = {name: getattr(options, name) for name in ("a", "b", "c")}
        leaves = {name: Value(number) for name, number in inputs.items()}

        def d(**numbers: float) -> float:
            return options.inputs(**numbers).data

        try:
            result = options.inputs(**leaves)
            result.backward()
            nudged = slopes(d, inputs, 0.0001)
        except FormulaError as error:
            raise OPTIONS["inputs"].refuse(error) from None
        except (ArithmeticError, ValueError):
            message = "d, of several inputs: it has no slope at these numbers."
            raise OptionError("inputs", message) from None
        found = [result.data, *nudged, *(leaf.grad for leaf in leaves.values())]
        if not all(abs(number) < LARGEST for number in found):
            message = "d, of several inputs: it is too large to show at these numbers."
            raise OptionError("inputs", message)
        self._d = result.data
        self._inputs = [
            [name, number, nudge, leaves[name].grad]
            for (name, number), nudge in zip(inputs.items(), nudged, strict=True)
        ]

    def step(self) -> Nudge:
        """Note the slope of this h; the next one is smaller."""
        k = len(self.records)
        self.h = self._start / SHRINK**k
        self._look()
        record = Nudge(k, self.h, self.slope, abs(self.slope - self.exact))
        self.records.append(record)
        return record

    def move(self, index: int, place: tuple[float, float]) -> None:
        """Drag the point at x, or the one at x + h."""
        before = self.x, self._start
        if index == 0:
            self.x = round(min(max(place[0], -10.0), 10.0), 2)
        else:
            self._start = round(min(max(place[0] - self.x, 0.01), 4.0), 2)
        self.h = self._start
        try:
            self._look()
        except OptionError:  # there is no curve there: stay
            self.x, self._start = before
            self.h = self._start
            self._look()
        self.records = []
        self.length = _count_steps(self.h)

    def texts(self) -> dict[str, str]:
        options = {"x": self.x, "h": self._start}
        return {name: OPTIONS[name].write(value) for name, value in options.items()}

    def outputs(self) -> dict[str, str]:
        return super().outputs() | {
            "h": f"{self.h:.3g}",
            "fx": show(self.y, 8),
            "fxh": show(self.y_h, 8),
            "slope": show(self.slope, 8),
            "exact": show(self.exact, 8),
            "d": show(self._d),
        }

    def tables(self) -> dict[str, list[list[str]]]:
        return {"inputs": show_rows(self._inputs)}

    def summary(self) -> str:
        best = min(self.records, key=lambda record: record.error)
        text = f"The slope was closest at h = {best.h:.1g}."
        if best.step > 0:
            text += " A larger h reaches too far around the bend."
        return f"{text} A smaller one drowns in rounding errors."

    def errors(self) -> tuple[list[float], list[float]]:
        """Return every h from 1 to the smallest, and how wrong its slope is."""
        hs, errors = [], []
        for k in range(_count_steps(1.0)):
            h = 1.0 / SHRINK**k
            difference = (self.try_(self.x + h) - self.y) / h - self.exact
            if math.isfinite(difference):
                errors.append(abs(difference))
                hs.append(h)
        return hs, errors

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        from figures.derivative import DerivativePlot
        from figures.error import ErrorPlot
        from figures.tangent import TangentPlot

        if figure == "error":
            return ErrorPlot(axes, theme=theme)
        if figure == "derivative":
            return DerivativePlot(axes, self.try_derivative, WIDTH, theme=theme)
        return TangentPlot(axes, self.try_, WIDTH, theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        if figure == "error":
            plot.update(*self.errors(), self.h, abs(self.slope - self.exact))
        elif figure == "derivative":
            plot.update(self.x, self.exact, self.slope)
        else:
            plot.update(self.x, self.h, self.exact, self.y, self.y_h)


def _bounded(number: float) -> float:
    """Return a number, or NaN where it is too large for a figure."""
    return number if abs(number) < LARGEST else math.nan


def _count_steps(h: float) -> int:
    """Return how many steps lead from h to the smallest."""
    return 1 + max(0, round(math.log(h / SMALLEST) / math.log(SHRINK)))


def parabola(x: float) -> float:
    return 3 * x**2 - 4 * x + 5


EXERCISES = (
    Exercise(
        "At which x does 3x² − 4x + 5 stop falling and begin to rise?",
        lambda: 2 / 3,
        "There the slope is 0. Drag the point until the tangent lies flat.",
        "6x − 4 is 0 at x = 2/3. Training looks for such places, in many dimensions.",
        tolerance=0.01,
    ),
    Exercise(
        "What is the slope of 3x² − 4x + 5 at x = −2?",
        lambda: derivative(parabola, -2.0),
        "Set x to −2 and read the exact slope.",
        "6 · (−2) − 4 = −16: to the right it goes down, steeply.",
        tolerance=0.01,
    ),
    Exercise(
        "And the slope of 5x − 9, anywhere?",
        lambda: derivative(lambda x: 5 * x - 9, 1.0),
        "A straight line is as steep everywhere.",
        "A line has one slope: the factor of x.",
        tolerance=0.001,
    ),
)
