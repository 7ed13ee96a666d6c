"""The moons: options -> training -> figures. Knows neither DOM nor JavaScript."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import moongrad
from moongrad import MLP, SGD, Trainer, Value, linear_decay, make_moons
from moongrad.loss import hinge, sum_values
from pages.network import TrainedDemo
from stage.demo import Exercise
from stage.option import Choice, Number, OptionError, Sizes
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme
    from moongrad.wasm.kernel import Kernel

FIGURES = ("boundary", "loss", "network")
CARD = ("boundary", "loss")
SLOW_FIGURES = ("network",)
INPUTS = ("x₁", "x₂")
SEEDS = 2**32 - 1  # the largest seed NumPy's stream takes

OPTIONS = Options(
    Number("points", "Points", 100, low=4, high=500, step=2),
    Number("noise", "Noise", 0.1, low=0, high=1, step=0.01),
    Number(
        "data_seed",
        "Data seed",
        1337,
        low=0,
        high=SEEDS,
        hint="a different set of points",
    ),
    Sizes(
        "hidden",
        "Hidden layers",
        (16, 16),
        longest=4,
        high=64,
        hint="neurons in each, like 8 or 16,16",
    ),
    Choice(
        "activation",
        "Activation",
        (
            ("relu", "ReLU"),
            ("tanh", "tanh"),
            ("sigmoid", "sigmoid"),
            ("linear", "linear"),
        ),
        hint="of the hidden neurons",
    ),
    Number("steps", "Steps", 100, low=1, high=2000),
    Number(
        "rate",
        "Learning rate",
        1.0,
        low=0.0001,
        high=100,
    ),
    Choice(
        "schedule",
        "Schedule",
        (("linear", "falls to a tenth"), ("constant", "stays the same")),
        hint="of the learning rate",
        old_values={"falls to a tenth": "linear", "stays as it is": "constant"},
    ),
    Number("batch", "Batch size", 0, low=0, high=500, hint="0 uses every point"),
    Choice(
        "loss",
        "Loss",
        (("hinge", "hinge"), ("squared_error", "squared error")),
        old_name="objective",
        old_values={"squared error": "squared_error"},
    ),
    Number(
        "penalty", "Penalty", 0.0001, low=0, high=1, hint="times the squared parameters"
    ),
    Number(
        "weight_seed",
        "Weight seed",
        1337,
        low=0,
        high=SEEDS,
        hint="different initial weights",
    ),
    Choice(
        "engine",
        "Engine",
        (("compiled", "compiled"), ("interpreted", "interpreted")),
        hint="same numbers, different speed",
    ),
)


# Points times parameters: a step beyond takes the browser seconds; interpreted, also
# gigabytes.
LARGEST = {"compiled": 8_000_000, "interpreted": 1_000_000}


def count_parameters(sizes: Sequence[int]) -> int:
    """Return how many weights and biases layers of these sizes have."""
    return sum((a + 1) * b for a, b in pairwise(sizes))


class Demo(TrainedDemo):
    """One training run with one set of options."""

    def __init__(self, options: SimpleNamespace) -> None:
        if options.batch > options.points:
            raise OptionError(
                "batch",
                f"Batch size needs at most {options.points}, the number of points, got "
                f"{options.batch}. 0 uses every point.",
            )
        n_parameters = count_parameters([2, *options.hidden, 1])
        largest = LARGEST[options.engine]
        if n_parameters * options.points > largest:
            raise OptionError(
                "hidden",
                f"Hidden layers needs a network of at most "
                f"{largest // options.points} parameters for {options.points} points, "
                f"got {n_parameters}. Use fewer neurons or fewer points.",
            )
        self.points, self.labels = make_moons(
            options.points, noise=options.noise, seed=options.data_seed
        )
        rng = random.Random(options.weight_seed)
        model = MLP(2, [*options.hidden, 1], activation=options.activation, rng=rng)
        super().__init__(model, INPUTS)
        self._options = options
        self.length = options.steps
        self._edited_loss: float | None = None
        self._is_compiled = options.engine == "compiled"

    @cached_property
    def trainer(self) -> Trainer:
        """Compiled when it is first needed: that takes seconds for large networks."""
        options = self._options
        is_falling = options.schedule == "linear"
        rate = options.rate
        return Trainer(
            self.model,
            self.points,
            self.labels,
            loss=options.loss,
            l2=options.penalty,
            optimizer=SGD(
                linear_decay(rate, rate / 10, options.steps) if is_falling else rate
            ),
            batch_size=options.batch or None,
            batch_seed=options.weight_seed,
            backend="auto" if self._is_compiled else "python",
        )

    @cached_property
    def _scorer(self) -> Kernel:
        """The network alone, compiled when the first figure needs it."""
        return moongrad.compile(
            lambda x, y: self.model([x, y]), self.model.parameters(), 2
        )

    @property
    def retrains(self) -> bool:
        """Compiled, the run is made again with every move."""
        return self.trainer.backend == "wasm"

    def advance(self, n_steps: int) -> None:
        super().advance(n_steps)
        self._edited_loss = None

    def move(self, index: int, place: tuple[float, float]) -> None:
        """Put one of the points elsewhere; the weights are those of the start."""
        self.points[index] = place
        self.trainer.restart()
        self.records = []
        self._edited_loss = self.gradients = None

    def see_edit(self) -> None:
        self._edited_loss = self.trainer.evaluate()
        self.gradients = None  # they were those of another network

    def outputs(self) -> dict[str, str]:
        texts = super().outputs()
        texts["parameters"] = str(len(self.model.parameters()))
        rate = len(self.records) / self.seconds if self.seconds else None
        texts["speed"] = "–" if rate is None else f"{rate:,.0f}"
        if self.records:
            last = self.records[-1]
            share = " of batch" if self._options.batch else ""
            accuracy = f"{last.accuracy:.1%}{share}"
            texts |= {"loss": f"{last.loss:.4f}", "accuracy": accuracy}
        else:
            texts |= {"loss": "–", "accuracy": "–"}
        if self._edited_loss is not None:
            texts["loss"] = f"{self._edited_loss:.4f}"
        # Records are from before an update; this is the network that the picture shows.
        if self._edited_loss is not None or self.is_done:
            texts["accuracy"] = f"{self.count_right() / len(self.points):.1%}"
        return texts

    def summary(self) -> str:
        """Return one sentence on how far the training has come."""
        text = (
            f"After {len(self.records)} steps, {self.count_right()} of "
            f"{len(self.points)} points are classified correctly."
        )
        return f"{text} Now drag a point." if self.retrains else text

    def count_right(self) -> int:
        """Return how many points the network, as it is now, puts on their own side."""
        pairs = zip(self._score(self.points), self.labels, strict=True)
        return sum((score > 0) == (label > 0) for score, label in pairs)

    def _score(self, rows: Sequence[tuple[float, float]]) -> list[float]:
        if self._is_compiled:
            return self._scorer.forward(rows)
        return [self.model.predict(row)[0] for row in rows]

    def artifact(self, name: str) -> str | bytes:
        """Return the listing of the compiled step, or the bytes of its module."""
        kernel = self.trainer.kernel
        if kernel is None:
            return "The interpreted engine has no program. Choose the compiled engine."
        if name == "module":
            return kernel.module
        return f"{len(kernel.module):,} bytes of WebAssembly from this {kernel.program}"

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        """Return the plot of one figure of the page."""
        from figures.loss import LossCurve
        from figures.network import NetworkPlot
        from figures.plane import OutputPlane

        if figure == "network":
            return NetworkPlot(
                axes,
                self.model,
                inputs=INPUTS,
                output="score",
                points=self.points,
                labels=self.labels,
                theme=theme,
            )
        if figure == "loss":
            return LossCurve(axes, steps=self.length, theme=theme)
        return OutputPlane(
            axes,
            self.points,
            self.labels,
            classes=("upper moon, −1", "lower moon, +1"),
            theme=theme,
        )

    def update_plot(self, figure: str, plot: Plot) -> None:
        """Bring a plot that `make_plot` returned up to date."""
        if figure == "loss":
            plot.update(self.records)
        elif figure == "network":
            plot.move(self.points)
            self.update_network(plot)
        else:
            plot.move(self.points)
            plot.update(self._score(plot.rows), self.count_right())


def train_step(
    model: MLP,
    points: Sequence[tuple[float, float]],
    labels: Sequence[float],
    rate: float,
    penalty: float,
) -> float:
    """Go down the slope of the loss once; return the loss before."""
    pairs = zip(points, labels, strict=True)
    losses = [hinge(model(point), label) for point, label in pairs]
    squares = [p * p for p in model.parameters()]
    loss = sum_values(losses) * (1 / len(losses)) + penalty * sum_values(squares)
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= rate * p.grad
    return loss.data


def percent_right(texts: str) -> str:
    """Return how many points a full run gets right, for options as in an address."""
    options = OPTIONS.read(dict(pair.split("=") for pair in texts.split("&")))
    demo = Demo(options)
    demo.advance(demo.length)
    return f"{demo.count_right() / len(demo.points):.0%}"


def hinge_of(score: float, label: float) -> float:
    """Return the hinge loss of one score, for the answers of the exercises."""
    return hinge(Value(score), label).data


EXERCISES = (
    Exercise(
        "A point of the orange moon (label +1) gets the score 0.25. What is its hinge "
        "loss?",
        lambda: hinge_of(0.25, 1),
        "It’s on the right side, but not by a margin of 1.",
        "1 − 0.25: how far it falls short of the margin.",
        tolerance=0.001,
    ),
    Exercise(
        "A point of the blue moon (label −1) gets the score 2. What is its hinge loss?",
        lambda: hinge_of(2.0, -1),
        "max(0, 1 − y · score), with y = −1.",
        "1 + 2: the farther on the wrong side, the larger the loss.",
        tolerance=0.001,
    ),
    Exercise(
        "How many parameters does a network of 2 inputs, one hidden layer of 8 and one "
        "output have?",
        lambda: count_parameters([2, 8, 1]),
        "Set the hidden layers to 8 and look above the figures.",
        "8 · (2 + 1) + 1 · (8 + 1) = 33.",
    ),
)
