"""The figures of the moons while a visitor's engine trains: boundary and loss."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

from matplotlib.axes import Axes

from figures.losses import LossCurves
from figures.picture import Picture
from figures.plane import OutputPlane
from lab.face import use_face
from lab.network import (
    Layout,
    find_layout,
    is_still,
    read_numbers,
    read_score,
)
from lab.telling import Desk
from moongrad import MLP, SGD, Trainer, linear_decay, make_moons
from moongrad.plot import THEMES

N_STEPS = 100
PENALTY, FIRST_RATE, LAST_RATE, SEED = 1e-4, 1.0, 0.1, 1337
PAUSE = 1 / 15  # seconds between two drawings, at least
FINE, COARSE, COARSEST = 40, 14, 5  # places in each direction of the plane
PATIENCE = 0.2  # seconds that scores by the visitor's own engine may take


class YourCurves(LossCurves):
    """The losses of the visitor's engine beside ours."""

    own_name = "your engine"


@lru_cache
def load_moons() -> tuple[list[tuple[float, float]], list[int]]:
    """Return the points and labels of the moons page."""
    return make_moons(100, noise=0.1, seed=SEED)


@lru_cache
def find_losses() -> tuple[float, ...]:
    """Return the losses of our own engine, step by step."""
    trainer = Trainer(
        MLP(2, [16, 16, 1], rng=Random(SEED)),
        *load_moons(),
        l2=PENALTY,
        optimizer=SGD(linear_decay(FIRST_RATE, LAST_RATE, N_STEPS)),
    )
    return tuple(record.loss for record in trainer.fit(N_STEPS))


class Board:
    """Two figures that follow a run; there is one in each session."""

    def __init__(self, desk: Desk) -> None:
        use_face()
        self._desk = desk
        self._theme = THEMES[desk.theme]
        self._points, self._labels = load_moons()
        self._steps: list[int] = []
        self._losses: list[float] = []
        self._model: Any = None
        self._known: Any = None  # the model that the layout was found for
        self._layout: Layout | None = None
        self._resolution = 0
        self._drawn_at, self._cost = -math.inf, 0.0
        self._is_due = False
        self._curves = self._make_picture(self._make_curves)

    def show(self, step: int, loss: float, accuracy: float, model: Any) -> None:
        """Take in a step, and draw if the last drawing is long enough ago."""
        if self._steps and step <= self._steps[-1]:
            self._steps, self._losses = [], []
        is_first = not self._steps
        self._steps.append(step)
        self._losses.append(loss)
        self._model = model
        n = max(N_STEPS, step + 1)
        self._desk.tell({"kind": "progress", "done": step + 1, "of": n})
        self._is_due = True
        if self.finish not in self._desk.at_end:
            self._desk.at_end.append(self.finish)
        # Where the visitor's engine draws, it needs most of the time for training.
        pause = PAUSE if self._layout is not None else max(PAUSE, 2 * self._cost)
        if is_first or time.perf_counter() - self._drawn_at >= pause:
            self.finish()

    def show_losses(self, losses: Sequence[float]) -> None:
        """Draw the losses of a whole run beside ours."""
        self._steps, self._losses = list(range(len(losses))), list(losses)
        self._draw_losses()

    def finish(self) -> None:
        """Draw what hasn't been drawn yet."""
        if not self._is_due:
            return
        started = time.perf_counter()
        self._is_due = False
        self._draw_boundary()
        self._draw_losses()
        self._drawn_at = time.perf_counter()
        self._cost = self._drawn_at - started

    # --- drawing ---

    def _make_picture(self, make: Callable[[Axes], Any]) -> Picture:
        return Picture(make, ratio=self._desk.ratio, theme=self._theme)

    def _make_curves(self, axes: Axes) -> YourCurves:
        return YourCurves(axes, theme=self._theme)

    def _make_plane(self, axes: Axes) -> OutputPlane:
        return OutputPlane(
            axes,
            self._points,
            self._labels,
            classes=("upper moon, −1", "lower moon, +1"),
            resolution=self._resolution,
            theme=self._theme,
        )

    def _draw_losses(self) -> None:
        ours = find_losses()
        plot = self._curves.plot
        plot.update(self._steps, self._losses)
        plot.compare(range(len(ours)), ours, name="ours")
        self._tell("loss", self._curves)

    def _draw_boundary(self) -> None:
        resolution, layout = self._find_resolution()
        if resolution != self._resolution:
            self._resolution = resolution
            self._plane = self._make_picture(self._make_plane)
        plot = self._plane.plot
        if layout is not None:
            numbers = read_numbers(self._model)
            scores = layout.score(numbers, plot.rows)
            own = layout.score(numbers, self._points)
        else:
            scores = [read_score(self._model(list(row))) for row in plot.rows]
            own = None
        n_right = None
        if own is not None:
            n_right = sum(
                (score > 0) == (label > 0)
                for score, label in zip(own, self._labels, strict=True)
            )
        plot.update(scores, n_right)
        self._tell("boundary", self._plane)

    def _find_resolution(self) -> tuple[int, Layout | None]:
        """Return how fine the plane is drawn, and by which layout if one is known."""
        model = self._model
        if model is self._known:
            if self._layout is None:
                return self._resolution, None
            if is_still(self._layout, model):
                return FINE, self._layout
        self._known, self._layout = model, find_layout(model)
        if self._layout is not None:
            return FINE, self._layout
        started = time.perf_counter()
        read_score(model([0.0, 0.0]))
        seconds = max(time.perf_counter() - started, 1e-6)
        n = min(max(math.isqrt(int(PATIENCE / seconds)), COARSEST), COARSE)
        print(
            f"This network isn’t built as ours (layers of neurons, each with its "
            f"weights and then its bias), so its own engine draws the plane, more "
            f"coarsely: {n * n} scores instead of {FINE * FINE:,}."
        )
        return n, None

    def _tell(self, name: str, picture: Picture) -> None:
        width, height, pixels = picture.render()
        self._desk.show_picture(
            (width, height), pixels, picture.plot.describe(), name=name
        )
