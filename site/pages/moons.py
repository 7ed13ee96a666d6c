"""The moons: options -> training -> figures. Knows neither DOM nor JavaScript."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import moongrad
from moongrad import MLP, SGD, Record, Trainer, linear_decay, make_moons
from stage.options import Choice, Number, OptionError, Options, Sizes

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from moongrad.plot import Plot, Theme
    from moongrad.wasm.kernel import Kernel

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
    Choice(
        "engine",
        "Engine",
        ("compiled", "interpreted"),
        hint="the same numbers, at another speed",
    ),
)


# Points times parameters: a step beyond takes the browser seconds; interpreted, also
# gigabytes.
LARGEST = {"compiled": 8_000_000, "interpreted": 1_000_000}


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
        largest = LARGEST[options.engine]
        if n_parameters * options.points > largest:
            raise OptionError(
                "hidden",
                f"Hidden layers needs a network of at most "
                f"{largest // options.points} parameters for {options.points} points, "
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
            backend="auto" if options.engine == "compiled" else "python",
        )
        self.length = options.steps
        self.records: list[Record] = []
        self._seconds = 0.0  # spent in training

    @cached_property
    def _scorer(self) -> Kernel:
        """The network alone, compiled when the first figure needs it."""
        return moongrad.compile(
            lambda x, y: self.model([x, y]), self.model.parameters(), 2
        )

    def step(self) -> Record:
        """Train one step; raises `OptionError` where the network diverges."""
        started = time.perf_counter()
        try:
            record = self.trainer.step()
        except FloatingPointError as error:
            raise OptionError("rate", str(error)) from None
        self._seconds += time.perf_counter() - started
        self.records.append(record)
        return record

    def move(self, index: int, point: tuple[float, float]) -> None:
        """
        Put one of the points elsewhere, and start over with the same weights.

        Compiled, the whole run is made again at once; interpreted, it waits at step 0.
        """
        self.points[index] = point
        self.trainer.restart()
        self.records = []
        self._seconds = 0.0
        if self.trainer.backend == "wasm":
            started = time.perf_counter()
            try:
                self.records = self.trainer.fit(self.length)
            except FloatingPointError as error:
                self.trainer.restart()
                raise OptionError("rate", str(error)) from None
            self._seconds = time.perf_counter() - started

    @property
    def is_done(self) -> bool:
        """Whether every step has been made."""
        return len(self.records) >= self.length

    def outputs(self) -> dict[str, str]:
        """Return the text of each `<output>`, by name."""
        texts = {"step": f"{len(self.records)} / {self.length}"}
        texts["parameters"] = str(len(self.model.parameters()))
        n_steps = len(self.records)
        texts["speed"] = f"{n_steps / self._seconds:,.0f}" if self._seconds else "–"
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
        pairs = zip(self._score(self.points), self.labels, strict=True)
        return sum((score > 0) == (label > 0) for score, label in pairs)

    def _score(self, rows: Sequence[tuple[float, float]]) -> list[float]:
        if self.trainer.backend == "wasm":
            return self._scorer.forward(rows)
        return [self.model.predict(row)[0] for row in rows]

    def artifact(self, name: str) -> str | bytes:
        """Return the listing of the compiled step, or the bytes of its module."""
        kernel = self.trainer.kernel
        if kernel is None:
            return "The interpreted engine has no program. Choose the compiled one."
        if name == "module":
            return kernel.module
        return f"{len(kernel.module):,} bytes of WebAssembly from this {kernel.program}"

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
            plot.move(self.points)
            plot.update(self._score(plot.rows), self.count_right())
