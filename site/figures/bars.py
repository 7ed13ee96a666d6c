"""Numbers as bars on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from moongrad.plot import LIGHT, Theme, style

_SHORTEST = 0.005  # milliseconds at which a bar begins


class LogBars:
    """
    Horizontal bars on a logarithmic scale, which ratios can be read off.

    * `names`: what stands above the bars, from the top; `colors`: theirs, by turns.
    * `limits`: where the bars begin, and how far there is room.
    * `unit`: what is written at the axis.
    * `lift`: how far text is above the middle of its bar, in rows.
    """

    def __init__(
        self,
        axes: Axes,
        names: Sequence[str],
        colors: Sequence[str],
        limits: tuple[float, float],
        unit: str,
        theme: Theme,
        lift: float = 0.21,
    ) -> None:
        self.is_stale = True
        self._axes, self._names = axes, names
        style(axes, theme)
        axes.grid(True, axis="x", color=theme.grid, linewidth=0.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
        axes.set_xlabel(unit, color=theme.text)
        axes.set_yticks([])
        axes.set_axisbelow(True)
        self._bars = axes.barh(
            range(len(names)),
            [limits[0]] * len(names),
            height=0.34,
            color=[colors[k % len(colors)] for k in range(len(names))],
        )
        self._texts = [
            axes.text(0, k - lift, "", color=theme.text, fontsize=9)
            for k in range(len(names))
        ]
        axes.set_ylim(len(names) - 0.6, -0.7)
        self._set_limits(limits)

    def _set_limits(self, limits: tuple[float, float]) -> None:
        self._low = limits[0]
        for text in self._texts:
            text.set_x(self._low * 1.15)
        self._axes.set_xlim(*limits)

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._bars, *self._texts)

    def _show(self, numbers: Sequence[float], texts: Sequence[str]) -> None:
        """Give bars their lengths, 0 for none, and what follows their names."""
        bars = zip(self._names, self._bars, self._texts, numbers, texts, strict=True)
        for name, bar, text, number, words in bars:
            bar.set_width(number or self._low)
            text.set_text(f"{name}: {words}")


class TimeBars(LogBars):
    """Times as bars."""

    def __init__(
        self, axes: Axes, names: Sequence[str], *, theme: Theme = LIGHT
    ) -> None:
        colors = [theme.negative, theme.curve, theme.positive]
        super().__init__(axes, names, colors, (_SHORTEST, 3000), "milliseconds", theme)
        self.update({})

    def update(self, times: Mapping[str, float]) -> None:
        """Show these times, in milliseconds, by name; the others have no bar."""
        self._times = dict(times)
        numbers = [self._times.get(name) for name in self._names]
        texts = ["–" if time is None else f"{time:.3g} ms" for time in numbers]
        self._show([time or 0.0 for time in numbers], texts)

    def describe(self) -> str:
        if not self._times:
            return "Bars of time: nothing has been measured yet."
        parts = [f"{name} {time:.3g}" for name, time in self._times.items()]
        return f"Milliseconds for one training step: {', '.join(parts)}."
