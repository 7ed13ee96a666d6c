"""Predictions of numbers against the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from moongrad.plot import LIGHT, Theme, style


class PredictionPlot:
    """What a network predicts for each point, against the truth."""

    def __init__(
        self, axes: Axes, targets: Sequence[float], *, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._targets = np.asarray(targets)
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        low, high = self._targets.min() - 0.7, self._targets.max() + 0.7
        axes.set(xlim=(low, high), ylim=(low, high))
        axes.set_xlabel("true", color=theme.text)
        axes.set_ylabel("predicted", color=theme.text, labelpad=1)
        axes.plot([low, high], [low, high], color=theme.text, lw=1)
        (self._points,) = axes.plot(
            [], [], "o", color=theme.negative, ms=4.5, mec=theme.background, mew=0.5
        )
        self._text = ""

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._points,)

    def update(self, predictions: Sequence[float]) -> None:
        """Show these predictions."""
        self._points.set_data(self._targets, predictions)
        errors = np.abs(np.asarray(predictions) - self._targets)
        self._text = (
            f"{len(errors)} predictions against the truth; perfect ones are on the "
            f"line. Half of them are off by less than {np.median(errors):.2g}."
        )

    def describe(self) -> str:
        return self._text
