"""Speed: a training step by three engines, in turns, and by the size of a network."""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import micrograd.engine
import micrograd.nn

from moongrad import MLP, SGD, Trainer, make_moons
from moongrad.engine import topological_order
from moongrad.loss import hinge, penalised_mean
from moongrad.wasm.trace import trace
from pages import sizes
from stage.demo import Demo as Base
from stage.option import Number
from stage.options import Options

if TYPE_CHECKING:  # matplotlib arrives in the browser after measuring can start
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = ("bars", "sizes")
CARD = ("bars",)
ENGINES = ("micrograd", "moongrad, interpreted", "moongrad, compiled")
N_PARAMETERS = 337  # of the network that the three engines train
SIZE_TURNS = tuple(sizes.turns())
# The lines of the second figure: their colour and style, and the time that they show.
LINES = {
    "compile, unrolled": ("curve", "--", sizes.UNROLLED, "compile"),
    "compile, loops": ("curve", "-", sizes.WITH_LOOPS, "compile"),
    "step, unrolled": ("positive", "--", sizes.UNROLLED, "milliseconds"),
    "step, loops": ("positive", "-", sizes.WITH_LOOPS, "milliseconds"),
    "step, NumPy": ("negative", "-", sizes.NUMPY, "milliseconds"),
}
SEED, RATE, L2 = 1337, 0.5, 1e-4
COMPILED_STEPS = 500  # timed at once: one alone is shorter than the clock can tell

OPTIONS = Options(
    Number("rounds", "Rounds", 3, low=1, high=20, hint="the median of them counts"),
)


class Measurement(NamedTuple):
    """One engine's time for one training step, and to compile it."""

    step: int
    engine: str
    parameters: int
    compile: float
    milliseconds: float
    loss: float


class Demo(Base):
    """
    Measures each engine once a round, on the same points and weights.

    Then it measures networks of several sizes.
    """

    def __init__(self, options: SimpleNamespace) -> None:
        super().__init__()
        self._n_engine_turns = options.rounds * len(ENGINES)
        self.length = self._n_engine_turns + len(SIZE_TURNS)
        self._engines: dict[str, Callable[[], tuple[float, float]]] = {
            "micrograd": _Micrograd().measure,
            "moongrad, interpreted": _Interpreted().measure,
            "moongrad, compiled": _Compiled().measure,
        }

    def step(self) -> Measurement:
        """Measure what has its turn."""
        step = len(self.records)
        gc.collect()  # nobody pays for the garbage of another
        if step < self._n_engine_turns:
            engine = ENGINES[step % len(ENGINES)]
            seconds, loss = self._engines[engine]()
            time_ = seconds * 1000
            measurement = Measurement(step, engine, N_PARAMETERS, math.nan, time_, loss)
        else:
            turn = SIZE_TURNS[step - self._n_engine_turns]
            result = sizes.measure(turn)
            measurement = Measurement(step, turn.engine, turn.n_parameters, *result)
        self.records.append(measurement)
        return measurement

    def times(self) -> dict[str, float]:
        """Return the median milliseconds of the engines that were measured."""
        lists: dict[str, list[float]] = {}
        for measurement in self.records[: self._n_engine_turns]:
            lists.setdefault(measurement.engine, []).append(measurement.milliseconds)
        return {engine: median(times) for engine, times in lists.items()}

    def outputs(self) -> dict[str, str]:
        times = self.times()
        texts = super().outputs()
        for name, engine in zip(("slow", "value", "compiled"), ENGINES, strict=True):
            texts[name] = f"{times[engine]:.3g} ms" if engine in times else "–"
        ratio = "–"
        if len(times) == len(ENGINES):
            ratio = f"{times[ENGINES[0]] / times[ENGINES[-1]]:,.0f}"
        return texts | {"ratio": ratio}

    def summary(self) -> str:
        """Return one sentence on the result."""
        ratio = self.outputs()["ratio"]
        return (
            f"Compiled, a training step is {ratio} times as fast as micrograd's here."
        )

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        """Return the bars, or the lines."""
        if figure == "sizes":
            from figures.sizes import SizePlot

            lines = {name: (color, line) for name, (color, line, *_) in LINES.items()}
            return SizePlot(axes, lines, sizes.SIZES, theme=theme)
        from figures.bars import TimeBars

        return TimeBars(axes, ENGINES, theme=theme)

    def update_plot(self, figure: str, plot: Plot) -> None:
        """Bring a figure up to date."""
        plot.update(self.times_by_size() if figure == "sizes" else self.times())

    def times_by_size(self) -> dict[str, dict[int, float]]:
        """Return the milliseconds of each line of the second figure, by size."""
        measured = self.records[self._n_engine_turns :]
        return {
            name: {
                measurement.parameters: getattr(measurement, field)
                for measurement in measured
                if measurement.engine == engine
            }
            for name, (_, _, engine, field) in LINES.items()
        }


class _Micrograd:
    """The loop of micrograd's own demo notebook, on micrograd's own wheel."""

    def __init__(self) -> None:
        self._points, self._labels = make_moons(100, noise=0.1, seed=SEED)
        random.seed(SEED)
        self._model = micrograd.nn.MLP(2, [16, 16, 1])

    def measure(self) -> tuple[float, float]:
        started = time.perf_counter()
        inputs = [list(map(micrograd.engine.Value, row)) for row in self._points]
        scores = list(map(self._model, inputs))
        pairs = zip(self._labels, scores, strict=True)
        losses = [(1 + -y * score).relu() for y, score in pairs]
        penalty = L2 * sum(p * p for p in self._model.parameters())
        total = sum(losses) * (1.0 / len(losses)) + penalty
        self._model.zero_grad()
        total.backward()
        for p in self._model.parameters():
            p.data -= RATE * p.grad
        return time.perf_counter() - started, total.data


class _Interpreted:
    """The `Value` engine."""

    backend = "python"

    def __init__(self) -> None:
        self._trainer = self._make_trainer()

    def _make_trainer(self) -> Trainer:
        points, labels = make_moons(100, noise=0.1, seed=SEED)
        model = MLP(2, [16, 16, 1], rng=random.Random(SEED))
        return Trainer(
            model, points, labels, l2=L2, optimizer=SGD(RATE), backend=self.backend
        )

    def measure(self) -> tuple[float, float]:
        started = time.perf_counter()
        record = self._trainer.step()
        return time.perf_counter() - started, record.loss


class _Compiled(_Interpreted):
    """The same step as WebAssembly: many steps in one call, of a run of their own."""

    backend = "wasm"

    def __init__(self) -> None:
        super().__init__()
        self._long_run = self._make_trainer()

    def measure(self) -> tuple[float, float]:
        started = time.perf_counter()
        self._long_run.fit(COMPILED_STEPS)
        seconds = (time.perf_counter() - started) / COMPILED_STEPS
        return seconds, self._trainer.step().loss


# --- what the prose counts ---


def count_values() -> int:
    """Return how many `Value`s the graph of one step has."""
    points, labels = make_moons(100, noise=0.1, seed=SEED)
    model = MLP(2, [16, 16, 1], rng=random.Random(SEED))
    pairs = zip(points, labels, strict=True)
    losses = [hinge(model(point), label) for point, label in pairs]
    total = penalised_mean(losses, model.parameters(), l2=L2)
    return len(topological_order(total))


def count_operations() -> int:
    """Return how many operations the network and its loss do to one point."""
    model = MLP(2, [16, 16, 1], rng=random.Random(SEED))
    program = trace(
        lambda x, y, label: hinge(model([x, y]), label), model.parameters(), 3
    )
    return len(program.instructions)
