"""How large the gradients of each layer are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from figures.bars import LogBars
from figures.error import write_power
from moongrad.plot import LIGHT, Theme

SMALLEST, LARGEST = -12, 12  # powers of ten that bars reach from and to
AT_FIRST = (-3, 1)
MARGIN = 0.16  # inches


class GradientNorms(LogBars):
    """
    The length of the gradient of each layer's parameters, as bars.

    `names` are of the layers, from the first one to the output.
    """

    def __init__(
        self, axes: Axes, names: Sequence[str], *, theme: Theme = LIGHT
    ) -> None:
        self._powers = AT_FIRST
        limits = (10.0 ** AT_FIRST[0], 10.0 ** AT_FIRST[1])
        what = "length of the gradient"
        super().__init__(axes, names, [theme.negative], limits, what, theme, lift=0.27)
        box = axes.get_position()  # nothing is written at the left
        inset = MARGIN / axes.figure.get_size_inches()[0]  # type: ignore[union-attr]
        axes.set_position((inset, box.y0, box.x1 - inset, box.height))
        axes.xaxis.set_major_locator(LogLocator(numticks=7))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(write_power))
        self._norms: Sequence[float] = ()
        self._show([0.0] * len(names), ["–"] * len(names))

    def update(self, norms: Sequence[float]) -> None:
        """Show these norms, one for each layer; an empty list where none is known."""
        self._norms = list(norms)
        if not self._norms:
            self._show([0.0] * len(self._names), ["–"] * len(self._names))
            return
        lengths = [norm if math.isfinite(norm) else 0.0 for norm in self._norms]
        lengths = [min(length, 10.0**LARGEST) for length in lengths]
        # The scale grows with what it has to show, and does not jump back.
        powers = [math.log10(length) for length in lengths if length]
        low = min([self._powers[0], *(math.ceil(power) - 1 for power in powers)])
        high = max([self._powers[1], *(math.floor(power) + 1 for power in powers)])
        low = max(low, SMALLEST)
        if (low, high) != self._powers:
            self._powers = (low, high)
            self._set_limits((10.0**low, 10.0**high))
            self.is_stale = True
        self._show(lengths, [write_norm(norm) for norm in self._norms])

    def describe(self) -> str:
        if not self._norms:
            return "Gradients by layer: no step has been made yet."
        pairs = zip(self._names, self._norms, strict=True)
        parts = ", ".join(f"{name} {write_norm(norm)}" for name, norm in pairs)
        return f"Length of the gradient by layer: {parts}."


def write_norm(norm: float) -> str:
    """Return a norm to three digits."""
    if not math.isfinite(norm):
        return "not a number"
    return f"{norm:.3g}".replace("e-0", "e-").replace("e+0", "e")
