"""Four examples: a network of 41 parameters learns four answers, by a short loop."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

from moongrad import MLP, Value
from moongrad.loss import squared_error, sum_values
from pages.network import NetworkDemo
from stage.demo import Exercise, show, show_rows
from stage.option import Choice, Number
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser later
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = ("network", "loss")
CARD = ("network",)
INPUTS = ("x₁", "x₂", "x₃")
XS = [(2.0, 3.0, -1.0), (3.0, -1.0, 0.5), (0.5, 1.0, 1.0), (1.0, 1.0, -1.0)]
YS = [1.0, -1.0, -1.0, 1.0]
COMPARED = [0, 5, 10, 20, 50, 100]  # steps at which both runs are compared

OPTIONS = Options(
    Number("steps", "Steps", 20, low=1, high=1000),
    Number("rate", "Learning rate", 0.05, low=0.0001, high=100),
    Choice(
        "zero_grad",
        "zero_grad before each step",
        (("on", "yes"), ("off", "forgotten")),
        hint="the second option is a classic bug",
        old_values={"set to zero": "on", "forgotten": "off"},
    ),
    Number(
        "seed",
        "Weight seed",
        1337,
        low=0,
        high=2**32 - 1,
        hint="different initial weights",
    ),
    Number("new1", "New point, first", 4.0, low=-10, high=10, step=0.1),
    Number("new2", "New point, second", 5.0, low=-10, high=10, step=0.1),
    Number("new3", "New point, third", -3.0, low=-10, high=10, step=0.1),
)


class Step(NamedTuple):
    """The loss before an update, of this run and of the other one."""

    step: int
    loss: float
    other: float


def make_model(seed: int) -> MLP:
    """Return 3 inputs, two layers of 4 neurons, 1 output: 41 parameters."""
    return MLP(
        3,
        [4, 4, 1],
        activation="tanh",
        output="tanh",
        bias="uniform",
        rng=random.Random(seed),
    )


def compute_loss(model: MLP) -> Value:
    """Return the sum of the squared errors of the four predictions."""
    predictions = [model(x) for x in XS]
    pairs = zip(predictions, YS, strict=True)
    return sum_values(squared_error(p, y) for p, y in pairs)


def train_step(model: MLP, rate: float, zero_grad: bool = True) -> float:
    """Go down the slope of the loss once; return the loss before."""
    loss = compute_loss(model)
    if zero_grad:
        model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= rate * parameter.grad
    return loss.data


class Demo(NetworkDemo):
    """A run with one treatment of gradients, and beside it one with the other."""

    pace = 0.04

    def __init__(self, options: SimpleNamespace) -> None:
        super().__init__(make_model(options.seed), INPUTS)
        self.length = options.steps
        self._rate = options.rate
        self._is_zeroed = options.zero_grad == "on"
        self._other = make_model(options.seed)
        self._options = options
        self.see_edit()

    def step(self) -> Step:
        """Train both networks one step."""
        loss = train_step(self.model, self._rate, self._is_zeroed)
        other = train_step(self._other, self._rate, not self._is_zeroed)
        record = Step(len(self.records), loss, other)
        self.records.append(record)
        self.see_edit()
        return record

    def adapt(self, options: SimpleNamespace) -> bool:
        """Ask about another new point; anything else needs a new start."""
        asked = {name: getattr(options, name) for name in ("new1", "new2", "new3")}
        if vars(options) != vars(self._options) | asked:
            return False
        self._options = options
        return True

    def see_edit(self) -> None:
        """Compute the loss and its gradients for the parameters as they are."""
        parameters = self.model.parameters()
        kept = [p.grad for p in parameters]  # where nobody zeroes them, they count
        self.model.zero_grad()
        loss = compute_loss(self.model)
        loss.backward()
        self._loss = loss.data
        self.gradients = [p.grad for p in parameters]
        for parameter, grad in zip(parameters, kept, strict=True):
            parameter.grad = grad

    def predictions(self) -> list[float]:
        """Return what the network answers to the four examples now."""
        return [self.model.predict(x)[0] for x in XS]

    def outputs(self) -> dict[str, str]:
        return super().outputs() | {
            "loss": f"{self._loss:.6f}",
            "answer": f"{self._answer():.4f}".replace("-", "−"),
            "parameters": str(len(self.model.parameters())),
        }

    def _answer(self) -> float:
        o = self._options
        return self.model.predict([o.new1, o.new2, o.new3])[0]

    def tables(self) -> dict[str, list[list[str]]]:
        rows: list[Sequence[float | str]] = [
            [
                ", ".join(map(show, x)),
                y,
                f"{p:.4f}".replace("-", "−"),
                f"{(p - y) ** 2:.4f}",
            ]
            for x, y, p in zip(XS, YS, self.predictions(), strict=True)
        ]
        return {"predictions": show_rows(rows), "treatments": self._treatments()}

    def _treatments(self) -> list[list[str]]:
        """Return the losses of both runs at some steps; none where it hasn't got to."""
        rows = []
        for step in COMPARED:
            losses = ["–", "–"]
            if step < len(self.records):
                losses = [f"{loss:.4f}" for loss in self.records[step][1:]]
            elif step == len(self.records):
                both = self.model, self._other
                losses = [f"{compute_loss(model).data:.4f}" for model in both]
            rows.append([str(step), *(losses if self._is_zeroed else losses[::-1])])
        return rows

    def summary(self) -> str:
        right = sum(
            (p > 0) == (y > 0) for p, y in zip(self.predictions(), YS, strict=True)
        )
        return (
            f"After {len(self.records)} steps the loss is {self._loss:.4f}. "
            f"{right} of 4 predictions have the right sign."
        )

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        from figures.loss import LossCurve
        from figures.network import NetworkPlot

        if figure == "loss":
            return LossCurve(axes, steps=self.length, other="other", theme=theme)
        return NetworkPlot(axes, self.model, inputs=INPUTS, theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        if figure == "loss":
            plot.update(self.records)
        else:
            self.update_network(plot)


def final_loss(seed: int, rate: float, steps: int, zero_grad: bool = True) -> float:
    """Return the loss after some steps from the weights of a seed."""
    model = make_model(seed)
    for _ in range(steps):
        train_step(model, rate, zero_grad)
    return compute_loss(model).data


def count_lost(rate: float = 0.1, steps: int = 100) -> int:
    """Return from how many of 20 starts a run without zero_grad ends badly."""
    losses = [final_loss(seed, rate, steps, zero_grad=False) for seed in range(20)]
    return sum(loss > 1 for loss in losses)


EXERCISES = (
    Exercise(
        "How many parameters does a network of 3 inputs and layers of 5, 4 and 1 have?",
        lambda: len(MLP(3, [5, 4, 1]).parameters()),
        "Every neuron has a weight for each of its inputs, and one bias.",
        "5 · (3 + 1) + 4 · (5 + 1) + 1 · (4 + 1) = 49.",
    ),
    Exercise(
        "What is the loss if every prediction is 0?",
        lambda: sum(y**2 for y in YS),
        "Each error is 1 or −1. Square them and add them up.",
        "Four errors of size 1. The untrained network above starts higher, at 6.0.",
    ),
)
