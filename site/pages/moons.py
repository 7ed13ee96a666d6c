"""The moons: options -> training -> figures. Knows neither DOM nor JavaScript."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

from moongrad import MLP, SGD, Record, Trainer, linear_decay, make_moons
from stage.options import Number, OptionError, Options, Sizes

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from moongrad.plot import Plot, Theme

FIGURES = ("boundary", "loss")
SEEDS = 2**32 - 1  # the largest seed NumPy's stream takes

OPTIONS = Options(
    Number("points", "Points", 100, low=4, high=500, step=2),
    Number("noise", "Noise", 0.1, low=0, high=1, step=0.01),
    Number("data_seed", "Data seed", 1337, low=0, high=SEEDS, hint="other points"),
    Sizes(
        "hidden",
        "Hidden layers",
        (16, 16),
        longest=4,
        high=64,
        hint="neurons in each, such as 8 or 16,16",
    ),
    Number("steps", "Steps", 100, low=1, high=2000),
    Number(
        "rate",
        "Learning rate",
        1.0,
        low=0.0001,
        high=100,
        hint="falls to a tenth by the last step",
    ),
    Number("batch", "Batch size", 0, low=0, high=500, hint="0 uses every point"),
    Number("weight_seed", "Weight seed", 1337, low=0, high=SEEDS, hint="another start"),
)


# Points times parameters: a step beyond takes the browser many seconds and gigabytes.
LARGEST = 1_000_000


def count_parameters(sizes: Sequence[int]) -> int:
    """Return how many weights and biases layers of these sizes have."""
    return sum((a + 1) * b for a, b in pairwise(sizes))


class Demo:
    """One training run with one set of options."""

    def __init__(self, options: SimpleNamespace) -> None:
        if options.batch > options.points:
            raise OptionError(
                "batch",
                f"Batch size needs at most as many points as there are, "
                f"{options.points}, got {options.batch}. 0 uses every point.",
            )
        n_parameters = count_parameters([2, *options.hidden, 1])
        if n_parameters * options.points > LARGEST:
            raise OptionError(
                "hidden",
                f"Hidden layers needs a network of at most "
                f"{LARGEST // options.points} parameters for {options.points} points, "
                f"got {n_parameters}. Fewer neurons or fewer points will do.",
            )
        self.points, self.labels = make_moons(
            options.points, noise=options.noise, seed=options.data_seed
        )
        self.model = MLP(
            2, [*options.hidden, 1], rng=random.Random(options.weight_seed)
        )
        self.trainer = Trainer(
            self.model,
            self.points,
            self.labels,
            loss="hinge",
            l2=1e-4,
            optimizer=SGD(linear_decay(options.rate, options.rate / 10, options.steps)),
            batch_size=options.batch or None,
            batch_seed=options.weight_seed,
        )
        self.length = options.steps
        self.records: list[Record] = []

    def step(self) -> Record:
        """Train one step; raises `OptionError` where the network diverges."""
        try:
            record = self.trainer.step()
        except FloatingPointError as error:
            raise OptionError("rate", str(error)) from None
        self.records.append(record)
        return record

    @property
    def is_done(self) -> bool:
        """Whether every step has been made."""
        return len(self.records) >= self.length

    def outputs(self) -> dict[str, str]:
        """Return the text of each `<output>`, by name."""
        texts = {"step": f"{len(self.records)} / {self.length}"}
        texts["parameters"] = str(len(self.model.parameters()))
        if self.records:
            last = self.records[-1]
            share = " of batch" if self.trainer.batch_size else ""
            accuracy = f"{last.accuracy:.1%}{share}"
            texts |= {"loss": f"{last.loss:.4f}", "accuracy": accuracy}
        else:
            texts |= {"loss": "–", "accuracy": "–"}
        return texts

    def summary(self) -> str:
        """Return one sentence on how far the training has come."""
        return (
            f"After {len(self.records)} steps {self.count_right()} of "
            f"{len(self.points)} points are on their own side."
        )

    def count_right(self) -> int:
        """Return how many points the network, as it is now, puts on their own side."""
        scores = [self.model.predict(point)[0] for point in self.points]
        pairs = zip(scores, self.labels, strict=True)
        return sum((score > 0) == (label > 0) for score, label in pairs)

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        """Return the plot of one figure of the page."""
        from moongrad.plot import DecisionBoundary, LossCurve

        if figure == "loss":
            return LossCurve(axes, steps=self.length, theme=theme)
        return DecisionBoundary(axes, self.points, self.labels, theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        """Bring a plot that `make_plot` returned up to date."""
        if figure == "loss":
            plot.update(self.records)
        else:
            scores = [self.model.predict(row)[0] for row in plot.rows]
            plot.update(scores, self.count_right())
