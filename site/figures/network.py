"""A network, weight by weight, whose parameters can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from figures.pixels import to_pixels
from moongrad import MLP
from moongrad.plot import LIGHT, Theme, confidence_map


class NetworkPlot:
    """
    A network: its neurons in columns, its weights as lines between them.

    A line is as wide as its weight is large, orange where it is positive and blue where
    it is negative. `resolution`, for two inputs, draws in each hidden neuron a small
    map of what it answers over the plane; `update` then takes those answers.
    """

    def __init__(
        self, axes: Axes, model: MLP, *, resolution: int = 0, theme: Theme = LIGHT
    ) -> None:
        self.is_stale = True
        self._axes, self._model, self._theme = axes, model, theme
        self._resolution = resolution
        axes.set_facecolor(theme.background)
        axes.set_axis_off()
        axes.set_position((0.01, 0.02, 0.98, 0.96))
        self._parameters = model.parameters()
        sizes = [model.nin, *(len(layer.neurons) for layer in model.layers)]
        axes.set_xlim(-0.35, len(sizes) - 1 + 0.35)
        axes.set_ylim(-0.02, 1.02)
        self._columns = [
            [(float(k), 1 - (j + 0.5) / size) for j in range(size)]
            for k, size in enumerate(sizes)
        ]
        self._segments: list[tuple[tuple[float, float], tuple[float, float]]] = []
        self._weights: list[int] = []  # of the lines, among the parameters
        self._biases: list[int] = []
        k = 0
        for depth, layer in enumerate(model.layers):
            for i, neuron in enumerate(layer.neurons):
                place = self._columns[depth + 1][i]
                for j in range(len(neuron.w)):
                    self._segments.append((self._columns[depth][j], place))
                    self._weights.append(k)
                    k += 1
                self._biases.append(k)
                k += 1
        self._lines = LineCollection(self._segments, capstyle="round", zorder=1)
        axes.add_collection(self._lines, autolim=False)
        (self._mark,) = axes.plot([], [], color=theme.curve, lw=1.2, zorder=4)
        (self._ring,) = axes.plot(
            [], [], "o", mfc="none", mec=theme.curve, mew=2, ms=20, zorder=4
        )
        self._colors = np.array([to_rgb(theme.negative), to_rgb(theme.positive)])
        inputs = np.array(self._columns[0])
        self._inputs = axes.scatter(
            *inputs.T, s=80, c=theme.background, edgecolors=theme.text, zorder=3
        )
        neurons = np.array(self._neuron_places())
        crowd = max(sizes)
        size = 260.0 if crowd <= 8 else max(30.0, 2600.0 / crowd)
        n_maps = sum(sizes[1:-1]) if resolution else 0  # maps stand for circles
        areas = [0.0] * n_maps + [size] * (len(neurons) - n_maps)
        self._neurons = axes.scatter(
            *neurons.T, s=areas, c=theme.background, edgecolors=theme.text, zorder=3
        )
        self._maps = self._add_maps() if resolution else []
        self._strongest = ""

    def _add_maps(self) -> list[Artist]:
        """Add one picture for each hidden neuron, as large as there is room for."""
        width, height = self._axes.figure.get_size_inches()  # type: ignore[union-attr]
        across = self._axes.get_xlim()[1] - self._axes.get_xlim()[0]
        maps: list[Artist] = []
        for column in self._columns[1:-1]:
            tall = min(0.86 / len(column), 0.2)
            wide = tall * height / width * across / 1.04
            for x, y in column:
                extent = (x - wide / 2, x + wide / 2, y - tall / 2, y + tall / 2)
                image = self._axes.imshow(
                    np.zeros((2, 2)),
                    extent=extent,
                    origin="lower",
                    aspect="auto",
                    cmap=confidence_map(self._theme),
                    vmin=-1,
                    vmax=1,
                    zorder=3.5,
                )
                maps.append(image)
        self._axes.set_xlim(-0.35, len(self._columns) - 1 + 0.35)
        self._axes.set_ylim(-0.02, 1.02)
        return maps

    @property
    def moving(self) -> Sequence[Artist]:
        artists = [self._lines, self._mark, self._inputs, self._neurons]
        return (*artists, *self._maps, self._ring)

    def update(self, answers: Sequence[Sequence[float]] = ()) -> None:
        """
        Show the parameters as they are now.

        `answers` are, for maps, those of every hidden neuron: row by row of the plane,
        from the lower left, `resolution` of them across.
        """
        data = np.array([p.data for p in self._parameters])
        weights = data[self._weights]
        strength = np.minimum(np.abs(weights), 4.0)
        self._lines.set_linewidths(0.25 + 1.3 * strength)
        colors = np.ones((len(weights), 4))
        colors[:, :3] = self._colors[(weights > 0).astype(int)]
        colors[:, 3] = 0.18 + 0.72 * np.minimum(strength, 1.5) / 1.5
        self._lines.set_color(colors)
        biases = data[self._biases]
        mix = (np.minimum(np.abs(biases), 2.0) / 2.0 * 0.8)[:, None]
        shades = self._colors[(biases > 0).astype(int)]
        background = np.array(to_rgb(self._theme.background))
        self._neurons.set_facecolors(mix * shades + (1 - mix) * background)
        n = self._resolution
        for image, answer in zip(self._maps, answers, strict=bool(answers)):
            answer = np.reshape(answer, (n, n))
            scale = np.abs(answer).max() or 1.0
            image.set_data(answer / scale)
        k = int(np.argmax(np.abs(data)))
        self._strongest = f"the largest parameter is {data[k]:.3g}"

    def handles(self) -> list[tuple[float, ...]]:
        """
        Return where the parameters are on the figure, in pixels from the lower left.

        A weight is a line, a bias the point of its neuron.
        """
        handles: list[tuple[float, ...]] = [()] * len(self._parameters)
        ends = to_pixels(self._axes, np.reshape(self._segments, (-1, 2)))
        for k, start, end in zip(self._weights, ends[::2], ends[1::2], strict=True):
            handles[k] = start + end
        neurons = to_pixels(self._axes, self._neuron_places())
        for k, place in zip(self._biases, neurons, strict=True):
            handles[k] = place
        return handles

    def _neuron_places(self) -> list[tuple[float, float]]:
        return [place for column in self._columns[1:] for place in column]

    def select(self, index: int | None) -> None:
        """Mark the parameter of an index among the model's, or none."""
        k = index if index is None else int(index)
        line: tuple[Sequence[float], Sequence[float]] = ([], [])
        ring: tuple[Sequence[float], Sequence[float]] = ([], [])
        if k in self._weights:
            line = tuple(np.transpose(self._segments[self._weights.index(k)]))
            self._mark.set_linewidth(2.5)
        elif k in self._biases:
            x, y = self._neuron_places()[self._biases.index(k)]
            ring = ([x], [y])
        self._mark.set_data(*line)
        self._ring.set_data(*ring)

    def describe(self) -> str:
        sizes = ", ".join(str(len(column)) for column in self._columns)
        return (
            f"Network with layers of {sizes} neurons and {len(self._parameters)} "
            f"parameters; {self._strongest}."
        )
