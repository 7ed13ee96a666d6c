"""Regression: not which class, but how much; a formula is learned from noisy points."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import TYPE_CHECKING

from moongrad import MLP, SGD, DivergenceError, Trainer, Value
from moongrad.loss import squared_error
from pages.network import TrainedDemo
from stage.demo import Exercise
from stage.option import Choice, Number, OptionError
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser later
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = ("predictions", "loss", "network")
CARD = ("predictions", "loss")
INPUTS = ("x", "y", "z")
N_POINTS = 100

OPTIONS = Options(
    Number("epochs", "Epochs", 50, low=1, high=2000, hint="each uses every point"),
    Number("rate", "Learning rate", 0.01, low=0.00001, high=100),
    Choice("activation", "Activation", (("tanh", "tanh"), ("relu", "ReLU"))),
    Choice(
        "reduction",
        "Loss",
        (("mean", "mean of squares"), ("sum", "sum of squares")),
        hint="the sum is 100 times as steep",
        old_name="average",
        old_values={"mean of squares": "mean", "sum of squares": "sum"},
    ),
    Number("noise", "Noise", 0.2, low=0, high=5, step=0.1),
    Number(
        "data_seed",
        "Data seed",
        1337,
        low=0,
        high=2**32 - 1,
        hint="a different set of points",
    ),
    Number("weight_seed", "Weight seed", 1337, low=0, high=2**32 - 1),
)


def truth(x: float, y: float, z: float) -> float:
    """Return the formula that is to be learned."""
    return 0.04 * x**2 + 0.07 * x * y - z


def make_points(
    noise: float, seed: int
) -> tuple[list[tuple[float, float, float]], list[float]]:
    """Return 100 places in a cube, and the formula there plus Gaussian noise."""
    rng = random.Random(seed)
    points, targets = [], []
    for _ in range(N_POINTS):
        point = (rng.uniform(-5, 5), rng.uniform(-5, 5), rng.uniform(-5, 5))
        points.append(point)
        targets.append(truth(*point) + noise * rng.gauss(0, 1))
    return points, targets


def make_model(activation: str, seed: int) -> MLP:
    """Return 3 inputs, two layers of 8 neurons, 1 linear output: 113 parameters."""
    rng = random.Random(seed)
    return MLP(3, [8, 8, 1], activation=activation, bias="uniform", rng=rng)


def summed_error(prediction: Value, target: float) -> Value:
    """Return a squared error such that the mean over the points is their sum."""
    return N_POINTS * squared_error(prediction, target)


class Demo(TrainedDemo):
    """One training run."""

    def __init__(self, options: SimpleNamespace) -> None:
        super().__init__(make_model(options.activation, options.weight_seed), INPUTS)
        self.length = options.epochs
        self.pace = min(0.03, 3 / self.length)  # to be seen, but not for minutes
        self.points, self.targets = make_points(options.noise, options.data_seed)
        self._is_mean = options.reduction == "mean"
        self.trainer = Trainer(
            self.model,
            self.points,
            self.targets,
            loss=squared_error if self._is_mean else summed_error,
            l2=0.0,
            optimizer=SGD(options.rate),
        )
        self._loss: float | None = None  # of an edited network

    def advance(self, n_steps: int) -> None:
        super().advance(n_steps)
        self._loss = None

    def explain_divergence(self, error: DivergenceError) -> str:
        return (
            f"{error} Each step was so long that it landed higher up on the other side "
            f"of the valley, where the slope is even steeper."
        )

    def see_edit(self) -> None:
        self._loss = self.trainer.evaluate()
        self.gradients = None  # they were those of another network

    def predictions(self) -> list[float]:
        """Return what the network says of each point now."""
        return [self.model.predict(point)[0] for point in self.points]

    def outputs(self) -> dict[str, str]:
        texts = super().outputs()
        texts |= {"loss": "–", "parameters": str(len(self.model.parameters()))}
        if self.records:
            texts["loss"] = f"{self.records[-1].loss:.4f}"
            texts["first"] = f"{self.records[0].loss:.4f}"
        else:
            texts["first"] = "–"
        if self._loss is not None:
            texts["loss"] = f"{self._loss:.4f}"
        return texts

    def summary(self) -> str:
        first, last = self.records[0].loss, self.records[-1].loss
        return (
            f"After {len(self.records)} epochs, the loss has gone from {first:.2f} to "
            f"{last:.2f}. The noise alone would leave {self._leftover():.2g}."
        )

    def _leftover(self) -> float:
        errors = [
            truth(*point) - target
            for point, target in zip(self.points, self.targets, strict=True)
        ]
        total = sum(error**2 for error in errors)
        return total / N_POINTS if self._is_mean else total

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        from figures.loss import LossCurve
        from figures.network import NetworkPlot
        from figures.predictions import PredictionPlot

        if figure == "loss":
            plot = LossCurve(axes, steps=self.length, theme=theme)
            axes.set_xlabel("epoch")
            return plot
        if figure == "network":
            return NetworkPlot(axes, self.model, inputs=INPUTS, theme=theme)
        return PredictionPlot(axes, self.targets, theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        if figure == "loss":
            plot.update(self.records)
        elif figure == "network":
            self.update_network(plot)
        else:
            plot.update(self.predictions())


def _run(**texts: str) -> Demo:
    """Return a demo after a full run."""
    demo = Demo(OPTIONS.read(texts))
    demo.advance(demo.length)
    return demo


def list_ends() -> list[float]:
    """Return the last losses of runs from 20 seeds, the best one first."""
    seeds = map(str, range(20))
    runs = [_run(data_seed=seed, weight_seed=seed) for seed in seeds]
    return sorted(run.records[-1].loss for run in runs)


def find_divergence() -> int:
    """Return the epoch at which a sum of squares at a rate of 0.01 diverges."""
    demo = Demo(OPTIONS.read({"reduction": "sum", "rate": "0.01"}))
    try:
        demo.advance(demo.length)
    except OptionError:
        return len(demo.records)
    raise AssertionError("the page says that this run diverges")


EXERCISES = (
    Exercise(
        "The formula is 0.04x² + 0.07xy − z. What is it at x = 5, y = 5, z = 1?",
        lambda: truth(5.0, 5.0, 1.0),
        "0.04 · 25 + 0.07 · 25 − 1.",
        "1 + 1.75 − 1: a perfect network would give that answer.",
        tolerance=0.001,
    ),
    Exercise(
        "A rate of 0.1 works for the mean of 100 squares. Which rate does the same for "
        "their sum?",
        lambda: 0.1 / N_POINTS,
        "The gradient of the sum is 100 times as long.",
        "A step is the rate times the gradient, so divide the rate by 100.",
        tolerance=1e-9,
    ),
)
