"""Times as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from moongrad.plot import LIGHT, Theme, style

_SHORTEST = 0.005  # milliseconds at which a bar begins


class TimeBars:
    """Times as horizontal bars on a logarithmic scale, which ratios can be read off."""

    def __init__(
        self, axes: Axes, names: Sequence[str], *, theme: Theme = LIGHT
    ) -> None:
        self._axes = axes
        self._names = names
        self._times: dict[str, float] = {}
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, axis="x", color=theme.grid, linewidth=0.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:g}"))
        axes.set_xlabel("milliseconds", color=theme.text)
        axes.set_yticks([])
        axes.set_axisbelow(True)
        colors = [theme.negative, theme.curve, theme.positive]
        self._bars = axes.barh(
            range(len(names)),
            [_SHORTEST] * len(names),
            height=0.34,
            color=[colors[k % len(colors)] for k in range(len(names))],
        )
        self._texts = [
            axes.text(_SHORTEST * 1.15, k - 0.21, "", color=theme.text, fontsize=9)
            for k in range(len(names))
        ]
        axes.set_ylim(len(names) - 0.6, -0.7)
        axes.set_xlim(_SHORTEST, 3000)
        self.update({})

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._bars, *self._texts)

    def update(self, times: Mapping[str, float]) -> None:
        """Show these times, in milliseconds, by name; the others have no bar."""
        self._times = dict(times)
        for name, bar, text in zip(self._names, self._bars, self._texts, strict=True):
            time = self._times.get(name)
            bar.set_width(time or _SHORTEST)
            text.set_text(f"{name}: {'–' if time is None else f'{time:.3g} ms'}")

    def describe(self) -> str:
        if not self._times:
            return "Bars of time: nothing has been measured yet."
        parts = [f"{name} {time:.3g}" for name, time in self._times.items()]
        return f"Milliseconds for one training step: {', '.join(parts)}."
