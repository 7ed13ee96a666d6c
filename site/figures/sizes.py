"""Times against the size of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from figures.legend import add_legend
from moongrad.plot import LIGHT, Theme, style

#: Milliseconds by the number of parameters.
Times = Mapping[int, float]


class SizePlot:
    """
    Times as lines over the number of parameters, both on logarithmic scales.

    * `names`: of the lines, each with its colour (`negative`, `positive` or `curve`)
      and its style, such as "-" or "--".
    * `sizes`: the numbers of parameters that are measured.
    """

    def __init__(
        self,
        axes: Axes,
        names: Mapping[str, tuple[str, str]],
        sizes: Sequence[int],
        *,
        theme: Theme = LIGHT,
    ) -> None:
        self._axes = axes
        self._times: dict[str, Times] = {}
        self.is_stale = True
        style(axes, theme)
        axes.grid(True, color=theme.grid, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(sizes[0] / 1.4, sizes[-1] * 1.4)
        axes.set_ylim(0.01, 100_000)
        axes.set_xticks(sizes)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:,g}"))
        axes.set_xlabel("parameters", color=theme.text)
        self._lines = {
            name: axes.plot(
                [],
                [],
                line,
                color=getattr(theme, color),
                marker="o",
                markersize=4,
                linewidth=1.6,
                label=name,
            )[0]
            for name, (color, line) in names.items()
        }
        # Without markers, dashes can be seen in the legend, too.
        samples = [
            Line2D([], [], color=line.get_color(), ls=line.get_linestyle(), label=name)
            for name, line in self._lines.items()
        ]
        add_legend(axes, theme, samples, columns=2)

    @property
    def moving(self) -> Sequence[Artist]:
        return tuple(self._lines.values())

    def update(self, times: Mapping[str, Times]) -> None:
        """Show these times, by the name of the line."""
        self._times = {name: dict(sizes) for name, sizes in times.items()}
        for name, line in self._lines.items():
            sizes = self._times.get(name, {})
            line.set_data(list(sizes), list(sizes.values()))

    def describe(self) -> str:
        parts = []
        for name, sizes in self._times.items():
            if sizes:
                largest = max(sizes)
                parts.append(f"{name} {sizes[largest]:.3g} for {largest:,}")
        if not parts:
            return "Lines of time by size: nothing has been measured yet."
        return f"Milliseconds by the number of parameters: {', '.join(parts)}."
