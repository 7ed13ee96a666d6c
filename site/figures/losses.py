"""Loss and accuracy of a run on training and test rows; moments can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures.legend import add_above, cut
from figures.pixels import from_pixels
from moongrad.plot import (
    LIGHT,
    LOWEST_LOSS,
    Theme,
    draw_loss,
    loss_limits,
    set_loss_limits,
)

Numbers = Sequence[float] | np.ndarray

HIGHEST_LOSS = 1e12  # of a run that diverged
SHORTEST = 10  # steps that there is room for at first
REACHES = (1.0, 1.6, 2.5, 4.0, 6.5, 10.0)  # times a power of ten
LONGEST = 20  # letters of another run's name
SAMPLE = 20.0  # CSS pixels of a line in the legend
GAP = 7.0  # points between a moment that is read and its label


class Run(NamedTuple):
    """The moments of a run that are drawn; without test rows `test` is empty."""

    steps: np.ndarray
    train: np.ndarray
    test: np.ndarray

    @classmethod
    def read(cls, steps: Numbers, train: Numbers, test: Numbers) -> Run:
        return cls(
            *(np.asarray(numbers, dtype=float) for numbers in (steps, train, test))
        )

    def find(self, step: float) -> int:
        """Return which moment is nearest to a step."""
        return int(np.abs(self.steps - step).argmin())


DASHES = (0, (3, 1.5))
NOTHING = Run.read((), (), ())


class RunCurves:
    """
    A quantity against the step: of training rows as a line, of test rows dashed.

    * `epoch`: the steps in an epoch, where the epoch is to be named, too.

    The moments need not be every step. Another run can be compared with it, in blue.
    """

    noun = ""  # what is drawn
    own_name = "training"  # of the run, where there is another

    def __init__(
        self, axes: Axes, *, epoch: float | None = None, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._axes, self._theme, self._epoch = axes, theme, epoch
        line, self._end = draw_loss(axes, [], theme=theme)
        self._prepare_scale()
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(write_count))
        if epoch is not None:
            axes.set_xlabel(f"step ({epoch:,.4g} per epoch)", color=theme.text)
        dashed = {"ls": DASHES, "lw": 1.4}
        self._lines = (
            line,
            axes.plot([], [], color=theme.curve, **dashed)[0],
            axes.plot([], [], color=theme.negative, lw=1.4, zorder=1.9)[0],
            axes.plot([], [], color=theme.negative, zorder=1.9, **dashed)[0],
        )
        tall = axes.get_xaxis_transform()  # from the lowest to the highest place
        (self._mark,) = axes.plot(
            [], [], color=theme.positive, lw=1.2, transform=tall, zorder=1.8
        )
        (self._read_line,) = axes.plot([], [], color=theme.text, lw=0.8, transform=tall)
        (self._read_dots,) = axes.plot(
            [], [], "o", ms=5, color=theme.curve, mec=theme.background, mew=0.8
        )
        self._label = axes.annotate(
            "",
            (0, 0.04),
            xycoords=tall,
            xytext=(GAP, 0),
            textcoords="offset points",
            va="bottom",
            multialignment="left",
            size=8,
            color=theme.curve,
            linespacing=1.3,
            zorder=6,
            bbox={"fc": theme.background, "ec": theme.grid, "pad": 3},
        )
        self._label.set_visible(False)
        self._run, self._other, self._name = NOTHING, NOTHING, ""
        self._marked: float | None = None
        self._read: float | None = None  # the step that is read
        self._reach, self._limits = 0.0, (0.0, 0.0)
        self._legend, self._box = "", axes.get_position()
        self._show()

    def _prepare_scale(self) -> None:
        """Set up the vertical axis."""

    def _fit(self, numbers: np.ndarray) -> tuple[float, float]:
        """Return the limits of the vertical axis that these numbers need."""
        raise NotImplementedError

    def _set_limits(self) -> None:
        """Make room for the steps and the numbers."""
        raise NotImplementedError

    def _clip(self, numbers: np.ndarray) -> np.ndarray:
        """Return numbers that have a place on the vertical axis."""
        return numbers

    def write(self, number: float) -> str:
        """Return one of the numbers as text."""
        raise NotImplementedError

    @property
    def moving(self) -> Sequence[Artist]:
        behind = (self._mark, *self._lines[::-1], self._end)
        return (*behind, self._read_line, self._read_dots, self._label)

    # --- what is shown ---

    def update(self, steps: Numbers, train: Numbers, test: Numbers = ()) -> None:
        """Show the run at these steps; without test rows `test` is empty."""
        self._run = Run.read(steps, train, test)
        self._show()

    def compare(
        self,
        steps: Numbers = (),
        train: Numbers = (),
        test: Numbers = (),
        name: str = "",
    ) -> None:
        """Show another run of some name beside it, or none."""
        if not len(steps) and not len(self._other.steps):
            return
        self._other, self._name = Run.read(steps, train, test), name
        self._show()

    def mark(self, step: float | None) -> None:
        """Mark the moment that is looked at, or none."""
        self._marked = step
        where = [] if step is None else [step, step]
        self._mark.set_data(where, [0, 1][: len(where)])
        self._mark.set_visible(step is not None)

    def read(self, x: float | None, y: float = 0.0) -> str | None:
        """
        Show the moment nearest to a place, and return it in words.

        The place is in pixels from the lower left. None ends it.
        """
        self._read = None
        if x is not None and len(self._run.steps):
            step, _ = from_pixels(self._axes, x, y)
            self._read = self._run.steps[self._run.find(step)]
        return self._show_reading()

    def _show(self) -> None:
        runs = (self._run, self._other)
        quantities = [numbers for run in runs for numbers in (run.train, run.test)]
        for line, numbers, run in zip(
            self._lines, quantities, np.repeat((0, 1), 2), strict=True
        ):
            line.set_data(runs[run].steps[: len(numbers)], self._clip(numbers))
            line.set_visible(len(numbers) > 0)  # it takes time to draw nothing, too
        self._end.set_data(self._run.steps[-1:], self._clip(self._run.train[-1:]))
        numbers = self._clip(np.concatenate(quantities))
        last = max((run.steps[-1] for run in runs if len(run.steps)), default=0.0)
        limits = self._fit(numbers[np.isfinite(numbers)])
        reach = find_reach(last + 1)
        if (reach, limits) != (self._reach, self._limits):
            self._reach, self._limits = reach, limits
            self._set_limits()
            self.is_stale = True
        self._show_legend()
        self._show_reading()

    def _show_legend(self) -> None:
        """Name the lines that there are, where there is more than one."""
        name = cut(self._name, LONGEST)
        # The other run's test rows are dashed as well, and have no name.
        names = (self.own_name, "test", name or "another run")
        named = [
            (line, label)
            for line, label in zip(self._lines, names, strict=False)
            if line.get_visible()
        ]
        legend = " ".join(label for _, label in named)
        if legend == self._legend:
            return
        self._legend, self.is_stale = legend, True
        shown = []
        for line, label in named:
            sample = Line2D([], [], color=line.get_color(), label=label)
            sample.set_linestyle(DASHES if label == "test" else "-")
            shown.append(sample)
        old = self._axes.get_legend()
        if old:
            old.remove()
        self._axes.set_position(self._box)
        if len(shown) > 1:
            add_above(self._axes, self._theme, shown, sample=SAMPLE)

    def _show_reading(self) -> str | None:
        """Bring line, dots and label of the moment that is read up to date."""
        is_shown = self._read is not None and len(self._run.steps) > 0
        for artist in (self._read_line, self._read_dots, self._label):
            artist.set_visible(is_shown)
        if not is_shown:
            return None
        assert self._read is not None
        moment = self._run.find(self._read)
        step = self._run.steps[moment]
        found = [(self.noun, self._run.train[moment])]
        if len(self._run.test):
            found.append((f"test {self.noun}", self._run.test[moment]))
        if len(self._other.steps) and step <= self._other.steps[-1]:
            other = self._other.train[self._other.find(step)]
            found.append((self._name or "another run", other))
        title = f"step {step:,.0f}"
        if self._epoch is not None:
            title += f", epoch {step / self._epoch:,.4g}"
        parts = [f"{name} {self.write(number)}" for name, number in found]
        numbers = self._clip(np.array([number for _, number in found]))
        self._read_line.set_data([step, step], [0, 1])
        self._read_dots.set_data([step] * len(found), numbers)
        # On the side where there is more room.
        is_left = step > np.mean(self._axes.get_xlim())
        self._label.set(
            text="\n".join([title, *parts]), ha="right" if is_left else "left"
        )
        self._label.xy = (step, 0.04)
        self._label.set_position((-GAP if is_left else GAP, 0))
        return f"{title[0].upper()}{title[1:]}: {', '.join(parts)}."

    # --- words ---

    def describe(self) -> str:
        run, noun = self._run, self.noun
        name = f"{noun[0].upper()}{noun[1:]} curves"
        if not len(run.steps):
            return f"{name}: no step has been made yet."
        if not np.isfinite(run.train).any():
            return f"{name}: these points have no {noun}."
        text = (
            f"{name}: on training rows the {noun} goes from {self.write(run.train[0])} "
            f"at step {run.steps[0]:.0f} to {self.write(run.train[-1])} at step "
            f"{run.steps[-1]:.0f}"
        )
        if len(run.test):
            text += f"; on test rows it ends at {self.write(run.test[-1])}"
        if len(self._other.steps):
            other, name = self._other, self._name or "another run"
            name = f"{name[0].upper()}{name[1:]}"
            end = self.write(other.train[-1])
            text += f". {name} ends at {end} at step {other.steps[-1]:.0f}"
        if self._marked is not None:
            text += f". Step {self._marked:.0f} is marked"
        return f"{text}."


class LossCurves(RunCurves):
    """The loss, on a logarithmic scale."""

    noun = "loss"

    def _clip(self, numbers: np.ndarray) -> np.ndarray:
        return np.clip(numbers, LOWEST_LOSS, HIGHEST_LOSS)

    def _fit(self, numbers: np.ndarray) -> tuple[float, float]:
        if not len(numbers):
            return loss_limits(0.1, 1.0)
        return loss_limits(float(numbers.min()), float(numbers.max()))

    def _set_limits(self) -> None:
        set_loss_limits(self._axes, round(self._reach), self._limits)

    def write(self, number: float) -> str:
        return f"{number:.3g}"


class AccuracyCurves(RunCurves):
    """The accuracy, from 0 to 100%; the numbers are from 0 to 1."""

    noun = "accuracy"

    def _prepare_scale(self) -> None:
        axes = self._axes
        axes.set_yscale("linear")
        axes.set_ylabel("accuracy", color=self._theme.text, labelpad=1)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
        axes.set_ylim(0, 1.03)

    def _fit(self, numbers: np.ndarray) -> tuple[float, float]:
        return self._axes.get_ylim()

    def _set_limits(self) -> None:
        self._axes.set_xlim(-0.02 * self._reach, 1.02 * self._reach - 1)

    def write(self, number: float) -> str:
        return f"{number:.1%}"


def write_count(n: float, position: int | None = None) -> str:
    """Return a number of steps as short as a tick has room for: 500, 4,000, 15k, 2M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if n >= 10 * size or n >= 1e6:
            return f"{n / size:.3g}{unit}"
    return f"{n:,.0f}"


def find_reach(n_steps: float) -> float:
    """Return how many steps there is to be room for, so that it seldom changes."""
    n_steps = max(n_steps, SHORTEST)
    unit = 10.0 ** np.floor(np.log10(n_steps))
    return float(min(f * unit for f in REACHES if f * unit >= n_steps))
