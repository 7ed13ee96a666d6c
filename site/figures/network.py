"""A network, weight by weight, whose parameters can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.text import Text

from figures.legend import cut
from figures.network_layout import MARGIN, NetworkLayout
from figures.neuron_maps import MapArtist, evaluate, scale
from figures.neuron_panel import NeuronPanel
from figures.palette import choose_palette
from figures.pixels import to_pixels
from figures.pulses import Pulses
from moongrad import MLP
from moongrad.plot import LIGHT, Limits, Theme, boundary_grid, find_limits

POINTS = 0.72  # in a CSS pixel
SMALL = 8  # points, of text
ALONE = 12  # letters of a name that has no other above or below it
ACROSS = 20  # places that a map is computed at, in each direction
TIGHT = 52.0  # CSS pixels from layer to layer that have no room for "hidden 1"
LARGEST = 4.0  # a weight as wide as lines get
WEAK = 0.06  # of the largest weight of its layer: not drawn


class NetworkPlot:
    """
    A network: its neurons in columns, its weights as lines between them.

    A line is orange where the weight is positive and blue where it is negative, as wide
    as it is large, and the fainter, the less it counts in its layer. The dot at a
    neuron is its bias.

    * `inputs`, `output`: the names of the inputs and of what comes out; where there are
      several outputs, a list.
    * `points`, `labels`, of a plane: neurons become maps of what they put out across
      it, and one of them is shown large, with the points. `n_classes` is 0 where the
      labels are numbers. `limits`: of the plane, where they do not follow from the
      points.
    * `rows`: what goes into the network at each of the ACROSS x ACROSS places of the
      plane, row by row from the lower left; without them, the places themselves.
    * `has_panel`: whether a neuron is shown large; without it there is more room.
    * `is_moving`: whether `update` may show signals and gradients on their way.
    """

    def __init__(
        self,
        axes: Axes,
        model: MLP,
        *,
        inputs: Sequence[str],
        output: str | Sequence[str] = "prediction",
        points: Sequence[Sequence[float]] = (),
        labels: Sequence[float] = (),
        n_classes: int = 2,
        limits: Limits | None = None,
        rows: Sequence[Sequence[float]] | np.ndarray | None = None,
        has_panel: bool = True,
        theme: Theme = LIGHT,
    ) -> None:
        self.is_stale = True
        self.is_moving = False
        self._axes, self._model, self._theme = axes, model, theme
        self._inputs = inputs
        self._outputs = [output] if isinstance(output, str) else list(output)
        self._palette = choose_palette(n_classes, theme)
        self._parameters = model.parameters()
        self._sizes = [model.nin, *(len(layer.neurons) for layer in model.layers)]
        width, height = axes.figure.get_size_inches() * 100  # type: ignore[union-attr]
        has_maps = bool(len(points)) or rows is not None
        self._layout = NetworkLayout(
            self._sizes,
            width,
            height,
            has_maps=has_maps,
            has_panel=has_panel,
            names=(inputs, self._outputs),
        )
        axes.set_facecolor(theme.background)
        axes.set_axis_off()
        axes.set_position((0, 0, 1, 1))
        axes.set_xlim(0, width)
        axes.set_ylim(0, height)
        self._colors = np.array([to_rgb(theme.negative), to_rgb(theme.positive)])
        self._maps: MapArtist | None = None
        self._panel: NeuronPanel | None = None
        self._list_parts()
        self._add_words()
        self._add_lines()
        if has_maps:
            limits = limits or find_limits(points)
            self._rows = np.array(boundary_grid((), ACROSS, limits=limits))
            self._add_maps(limits, labels)
            self.move(points)
            if rows is not None:
                self._rows = np.asarray(rows, dtype=float)
        self._add_neurons()
        self._handles = self._find_handles()
        self._selected: int | None = None
        self._largest = ""

    # --- what there is ---

    def _list_parts(self) -> None:
        """Note where each parameter is: weights are lines, biases are neurons."""
        columns = self._layout.columns
        self._segments: list[tuple[tuple[float, float], tuple[float, float]]] = []
        self._gaps: list[int] = []  # of the lines: between which layers they are
        self._ends: list[tuple[int, int]] = []  # of the lines: neurons, inputs first
        self._weights: list[int] = []  # of the lines, among the parameters
        self._biases: list[int] = []
        k = 0
        firsts = np.cumsum([0, *self._sizes])
        for depth, layer in enumerate(self._model.layers):
            for i, neuron in enumerate(layer.neurons):
                for j in range(len(neuron.w)):
                    self._segments.append((columns[depth][j], columns[depth + 1][i]))
                    self._ends.append((firsts[depth] + j, firsts[depth + 1] + i))
                    self._gaps.append(depth)
                    self._weights.append(k)
                    k += 1
                self._biases.append(k)
                k += 1
        self._places = [place for column in columns for place in column]
        self._halves = np.repeat(self._layout.halves, self._sizes)

    def _add_words(self) -> None:
        """Write what the layers, the inputs and the output are called, and the key."""
        layout, axes, color = self._layout, self._axes, self._theme.text
        top = layout.field.y + layout.field.height
        middles = [float(np.mean([x for x, _ in column])) for column in layout.columns]
        is_tight = min(np.diff(middles)) < TIGHT
        self._heads = []
        for k, x in enumerate(middles):
            name = self._name_layer(k)
            if is_tight:  # only the number of a hidden layer
                name = name.removeprefix("hidden ")
            look = {"color": color, "size": SMALL, "ha": "center"}
            self._heads.append(axes.text(x, top + 5, name, **look))
        self._add_names(layout.columns[0], self._inputs, 0)
        # The outputs' names stand where lines arrive, and are drawn above them.
        self._last_names = self._add_names(layout.columns[-1], self._outputs, -1)
        shade = {"fc": self._theme.background, "ec": "none", "alpha": 0.8, "pad": 1}
        for text in self._last_names:
            text.set_bbox(shade)
        self._add_key()

    def _add_names(
        self, places: Sequence[tuple[float, float]], names: Sequence[str], end: int
    ) -> list[Text]:
        """Write names at the first or the last column: below its neurons, or beside."""
        layout = self._layout
        half, is_beside = layout.halves[end], layout.are_beside[end]
        size = SMALL + (1 if is_beside else 2)
        look = {"color": self._theme.curve, "size": size, "zorder": 3}
        texts = []
        for (x, y), name in zip(places, names, strict=True):
            name = cut(name, layout.longest if len(names) > 1 else ALONE)
            if is_beside:
                side = 1 if end else -1
                look["ha"] = "left" if end else "right"
                place = (x + side * (half + 4), y)
                text = self._axes.text(*place, name, va="center_baseline", **look)
            else:
                y -= half + 3
                text = self._axes.text(x, y, name, ha="center", va="top", **look)
            texts.append(text)
        return texts

    def _add_key(self) -> None:
        theme = self._theme

        def line(shade: str, width: float) -> Line2D:
            return Line2D([], [], color=shade, lw=width, solid_capstyle="butt")

        dot = Line2D([], [], ls="", marker="o", ms=5, mew=0.8, color=theme.positive)
        dot.set_markeredgecolor(theme.background)
        handles = {
            "positive": line(theme.positive, 2.2),
            "negative": line(theme.negative, 2.2),
            "larger": tuple(line(theme.text, width) for width in (0.7, 2.0, 4.0)),
            "bias": dot,
        }
        legend = self._axes.legend(
            handles.values(),
            handles,
            handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
            ncols=4 // self._layout.key_rows,
            loc="lower left",
            bbox_to_anchor=(MARGIN / self._layout.width, 2 / self._layout.height),
            borderpad=0.2,
            borderaxespad=0,
            columnspacing=1.6,
            labelspacing=0.25,
            handletextpad=0.6,
            frameon=False,
            fontsize=SMALL,
            labelcolor=theme.text,
        )
        legend.set_zorder(1)

    def _name_layer(self, k: int) -> str:
        if k == 0:
            return "inputs" if self._sizes[0] > 1 else "input"
        return self._name_last() if k == len(self._sizes) - 1 else f"hidden {k}"

    def _name_last(self) -> str:
        return "output" if self._sizes[-1] == 1 else "outputs"

    def _add_lines(self) -> None:
        theme, axes = self._theme, self._axes
        self._lines = LineCollection(self._segments, capstyle="round", zorder=2)
        axes.add_collection(self._lines, autolim=False)
        (self._mark,) = axes.plot(
            [], [], color=theme.curve, zorder=1, solid_capstyle="round"
        )
        lines = [start + end for start, end in self._segments]
        size = min(1.0, self._layout.field.width / 700)
        self._pulses = Pulses(axes, lines, self._gaps, theme, size=max(size, 0.6))

    def _add_maps(self, limits: Limits, labels: Sequence[float]) -> None:
        theme, axes = self._theme, self._axes
        sides = list(2 * self._halves)
        self._maps = MapArtist(self._places, sides, ACROSS, theme)
        axes.add_artist(self._maps)
        if self._layout.panel:
            self._panel = NeuronPanel(axes, self._layout.panel, limits, ACROSS, theme)
            self._color_points(labels)

    def _add_neurons(self) -> None:
        theme, axes = self._theme, self._axes
        if not self._maps:
            areas = (2 * self._halves * POINTS) ** 2
            self._circles = axes.scatter(
                *np.transpose(self._places),
                s=areas,
                c=theme.background,
                edgecolors=theme.text,
                zorder=4,
            )
        n = self._sizes[0]
        neurons, halves = np.array(self._places[n:]), self._halves[n:]
        corner = np.column_stack([-halves, -halves]) * 0.85 if self._maps else 0.0
        self._dots = axes.scatter(
            *(neurons + corner).T, zorder=5, linewidths=0.8, edgecolors=theme.background
        )
        shape = "s" if self._maps else "o"
        (self._ring,) = axes.plot(
            [], [], shape, mfc="none", mec=theme.curve, mew=2, zorder=6
        )

    @property
    def moving(self) -> Sequence[Artist]:
        neurons = self._maps or self._circles
        panel = self._panel.moving if self._panel else ()
        lines = (self._mark, self._lines, self._pulses.dots, *self._last_names)
        return (*lines, neurons, self._dots, self._ring, *panel)

    # --- what changes ---

    def move(self, points: Sequence[Sequence[float]]) -> None:
        """Show the points of the large map elsewhere; the planes stay."""
        if self._panel:
            self._panel.move(points)

    def set_points(
        self, points: Sequence[Sequence[float]], labels: Sequence[float]
    ) -> None:
        """Show other points in the large map, more or fewer; the planes stay."""
        self._color_points(labels)
        self.move(points)

    def _color_points(self, labels: Sequence[float]) -> None:
        self._palette.fit(labels)
        if self._panel and len(labels):
            self._panel.color(self._palette.color(labels))

    def update(
        self, gradients: Sequence[float] | None = None, seconds: float = 0.0
    ) -> None:
        """
        Show the parameters as they are now.

        `gradients` are those of the last step, where there was one, for all parameters;
        `seconds` is how long the training has taken so far.
        """
        data = np.array([p.data for p in self._parameters])
        self._data = np.nan_to_num(data, posinf=1e9, neginf=-1e9)
        if self._maps:
            signals = evaluate(self._model, self._rows)
            scaled = [scale(layer) for layer in signals[:-1]]
            scaled.append(self._palette.shade(signals[-1]))
            answers = np.nan_to_num(np.concatenate(scaled, axis=1))
            self._answers = answers.T.reshape(-1, ACROSS, ACROSS)
            self._maps.set_answers(self._answers)
        k = int(np.argmax(np.abs(self._data)))
        self._largest = f"{data[k]:.3g}".replace("-", "−")
        self._show_parameters()
        if self.is_moving:
            slopes = None if gradients is None else np.array(gradients)[self._weights]
            self._pulses.show(seconds, self._data[self._weights], slopes)
        else:
            self._pulses.hide()

    def select(self, index: int | None) -> None:
        """Mark the parameter of an index among the model's, or none."""
        self._selected = None if index is None else int(index)
        self._show_parameters()

    def _show_parameters(self) -> None:
        """Draw lines and dots, those of a chosen neuron stronger than the others."""
        k, n_inputs = self._selected, self._sizes[0]
        weights, biases = self._data[self._weights], self._data[self._biases]
        neuron: int | None = None  # that the chosen parameter belongs to
        line: tuple[Sequence[float], ...] = ([], [])
        strength = self._compare(weights)
        alpha = 0.04 + 0.86 * strength**1.8
        ends = np.array(self._ends)
        if k in self._biases:
            neuron = n_inputs + self._biases.index(k)
            is_its = (ends == neuron).any(axis=1)
            alpha = np.where(is_its, 0.3 + 0.65 * strength, 0.3 * alpha)
        elif k in self._weights:
            at = self._weights.index(k)
            neuron = int(ends[at, 1])
            line = tuple(zip(*self._segments[at], strict=True))
            alpha[at] = 1.0
        width = 0.3 + 1.2 * np.minimum(np.abs(weights), LARGEST)
        if line[0]:
            width[at] = max(width[at], 1.6)
            strength[at] = 1.0  # also where it would be too weak to be drawn
            self._mark.set_linewidth(width[at] + 2.8)
        self._mark.set_data(*line)
        colors = self._colors[(weights > 0).astype(int)]
        self._lines.set_linewidths(np.where(strength < WEAK, 0.0, width))
        self._lines.set_color(np.column_stack([colors, alpha]))
        self._dots.set_sizes(10 + 34 * np.minimum(np.abs(biases), 2.0))
        self._dots.set_facecolors(self._colors[(biases > 0).astype(int)])
        self._ring.set_data([], [])
        if neuron is None:
            if self._panel:
                neuron = len(self._places) - 1
        else:
            x, y = self._places[neuron]
            self._ring.set_data([x], [y])
            self._ring.set_markersize((2 * self._halves[neuron] + 5) * POINTS)
        if self._panel and neuron is not None:
            bias = biases[neuron - n_inputs]
            self._panel.show(self._name_neuron(neuron), bias, self._answers[neuron])

    def _compare(self, weights: np.ndarray) -> np.ndarray:
        """Return weights by their size, 1 for the largest between the same layers."""
        gaps = np.array(self._gaps)
        largest = np.zeros(gaps[-1] + 1)
        np.maximum.at(largest, gaps, np.abs(weights))
        return np.abs(weights) / np.where(largest == 0, 1.0, largest)[gaps]

    def _name_neuron(self, neuron: int) -> str:
        depth = int(np.searchsorted(np.cumsum(self._sizes), neuron, side="right"))
        layer = self._name_layer(depth)
        if self._sizes[depth] == 1 and depth == len(self._sizes) - 1:
            return f"output: {self._outputs[0]}"
        return f"{layer}, neuron {neuron - sum(self._sizes[:depth]) + 1}"

    # --- what can be chosen, and words ---

    def handles(self) -> list[tuple[float, ...]]:
        """
        Return where the parameters are on the figure, in pixels from the lower left.

        A weight is a line, a bias the square of its neuron: its centre and half its
        side.
        """
        return self._handles

    def _find_handles(self) -> list[tuple[float, ...]]:
        handles: list[tuple[float, ...]] = [()] * len(self._parameters)
        ratio = self._axes.figure.dpi / 100
        ends = to_pixels(self._axes, np.reshape(self._segments, (-1, 2)))
        for k, start, end in zip(self._weights, ends[::2], ends[1::2], strict=True):
            handles[k] = start + end
        n = self._sizes[0]
        neurons = to_pixels(self._axes, self._places[n:])
        for k, place, half in zip(self._biases, neurons, self._halves[n:], strict=True):
            handles[k] = (*place, float(half) * ratio)
        return handles

    def column_places(self) -> list[tuple[float, float]]:
        """
        Return where the layers are, the inputs first, in pixels from the lower left.

        That is the middle of each one's name, above it.
        """
        return to_pixels(self._axes, [head.get_position() for head in self._heads])

    def describe(self) -> str:
        inputs = f"input{'' if self._sizes[0] == 1 else 's'} {_join(self._inputs)}"
        hidden = _join([str(size) for size in self._sizes[1:-1]])
        middle = {
            0: "no hidden layer",
            1: f"a hidden layer of {hidden} neurons",
        }.get(len(self._sizes) - 2, f"hidden layers of {hidden} neurons")
        text = (
            f"A network: {inputs}, {middle}, and {self._describe_outputs()}. The "
            f"largest of its {len(self._parameters)} parameters is {self._largest}."
        )
        if self._panel:
            text += f" The large map shows {self._panel.name}."
        return text

    def _describe_outputs(self) -> str:
        n = len(self._outputs)
        return (
            f"one output, the {self._outputs[0]}"
            if n == 1
            else f"{n} outputs, {_join(self._outputs)}"
        )


def _join(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if words[1:] else words)
