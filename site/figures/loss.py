"""The loss of a run that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from figures.history import History
from moongrad.plot import (
    LIGHT,
    LOWEST_LOSS,
    Theme,
    draw_loss,
    loss_limits,
    set_loss_limits,
)


class Step(Protocol):
    """What a loss curve needs of a record."""

    @property
    def step(self) -> int: ...

    @property
    def loss(self) -> float: ...


class LossCurve:
    """
    Loss against step, on a logarithmic scale whose limits are 1, 2 or 5 times a power
    of ten.

    * `steps`: the length of the run that the horizontal axis has room for.
    * `other`: the field of the records with the loss of another run to compare this one
      with; it is drawn as a dashed line.
    """

    def __init__(
        self, axes: Axes, *, steps: int, other: str = "", theme: Theme = LIGHT
    ) -> None:
        self._axes = axes
        self._line, self._end = draw_loss(axes, [], theme=theme)
        (self._other,) = axes.plot(  # below the curve
            [], [], "--", color=theme.negative, linewidth=1.4, zorder=1.9
        )
        self._history = History("step", "loss", *([other] if other else []))
        self._has_other = bool(other)
        self._steps = steps
        self._limits = loss_limits(0.1, 1.0)
        self._set_limits()
        self._text = self._write([], [])

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._other, self._line, self._end)

    def update(self, records: Sequence[Step]) -> None:
        """Show these records; it costs little where only their end is new."""
        self._history.update(records)
        steps, *losses = self._history.columns
        drawn = [np.maximum(numbers, LOWEST_LOSS) for numbers in losses]
        self._line.set_data(steps, drawn[0])
        self._end.set_data(steps[-1:], drawn[0][-1:])
        if self._has_other:
            self._other.set_data(steps, drawn[1])
        longest, limits = self._steps, loss_limits(0.1, 1.0)
        if records:
            longest = max(longest, records[-1].step + 1)
            limits = loss_limits(
                float(min(numbers.min() for numbers in drawn)),
                float(max(numbers.max() for numbers in drawn)),
            )
        if (limits, longest) != (self._limits, self._steps):
            self._limits, self._steps = limits, longest
            self._set_limits()
        self._text = self._write(records, losses)

    def _set_limits(self) -> None:
        set_loss_limits(self._axes, self._steps, self._limits)
        self.is_stale = True

    def _write(self, records: Sequence[Step], losses: Sequence[np.ndarray]) -> str:
        if not records:
            return "Loss curve: no step has been made yet."
        first, last = records[0], records[-1]
        text = (
            f"Loss curve: the loss goes from {first.loss:.3g} at step {first.step} "
            f"to {last.loss:.3g} at step {last.step}."
        )
        if self._has_other:
            text += f" The dashed line, another run, is at {losses[1][-1]:.3g}."
        return text

    def describe(self) -> str:
        return self._text
