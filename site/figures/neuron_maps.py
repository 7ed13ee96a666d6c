"""What the neurons of a network put out across a plane, as small coloured maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb

from figures.colors import diverge
from figures.pixels import interpolate
from moongrad import MLP
from moongrad.engine import Operation
from moongrad.plot import Theme

CORNER = 6.0  # CSS pixels of the radius of a map's corners
# With NumPy's own functions, maps of the usual networks take a millisecond.
QUICK = {
    "ReLU": lambda x: np.maximum(x, 0.0),
    "LeakyReLU": lambda x: np.where(x > 0, x, 0.01 * x),
    "tanh": np.tanh,
    "sigmoid": lambda x: 0.5 + 0.5 * np.tanh(0.5 * x),
    "softplus": lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))),
    "sin": np.sin,
}


def evaluate(model: MLP, rows: np.ndarray) -> list[np.ndarray]:
    """
    Return what each layer puts out for each row, a column for each neuron.

    The inputs come first. By NumPy, which is there where there are figures: compiling
    all neurons for it would take longer than the training.
    """
    signals = [rows]
    for layer in model.layers:
        weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
        biases = np.array([neuron.b.data for neuron in layer.neurons])
        with np.errstate(all="ignore"):  # of a run that went wrong
            totals = signals[-1] @ weights.T + biases
            signals.append(_activate(layer.neurons[0].activation, totals))
    return signals


def _activate(activation: Operation | None, totals: np.ndarray) -> np.ndarray:
    return totals if activation is None else QUICK[activation.symbol](totals)


def scale(answers: np.ndarray) -> np.ndarray:
    """Return answers, a column for each neuron, such that its largest is 1 or -1."""
    answers = np.nan_to_num(answers, posinf=0.0, neginf=0.0)
    largest = np.abs(answers).max(axis=0)
    return answers / np.where(largest == 0, 1.0, largest)


class MapArtist(Artist):
    """
    Maps of numbers from -1 to 1 at places of a figure.

    `centers` and `sides` are in CSS pixels; `resolution` are the numbers across each.
    Drawn pixel by pixel: for dozens of maps Matplotlib's own images take too long.
    """

    def __init__(
        self,
        centers: Sequence[tuple[float, float]],
        sides: Sequence[float],
        resolution: int,
        theme: Theme,
        zorder: float = 3.5,
    ) -> None:
        super().__init__()
        self.set_zorder(zorder)
        self._centers, self._sides, self._n = centers, sides, resolution
        self._shades = _pack(diverge(theme).colors)
        self._weights: dict[int, np.ndarray] = {}
        self._masks: dict[int, np.ndarray] = {}
        self._edges: dict[int, np.ndarray] = {}
        mix = 0.35 * np.array(to_rgb(theme.text)) + 0.65 * np.array(to_rgb(theme.grid))
        self._edge = _pack(mix[None])[0]
        self.set_answers(np.zeros((len(centers), resolution, resolution)))

    def set_answers(self, answers: np.ndarray) -> None:
        """Show these, one square for each map, its lowest row first."""
        self._answers = answers.astype(np.float32)

    def draw(self, renderer: RendererBase) -> None:
        self._ratio = ratio = self.get_figure(root=True).dpi / 100
        by_side: dict[int, list[int]] = {}
        for k, side in enumerate(self._sides):
            by_side.setdefault(max(2, round(side * ratio)), []).append(k)
        gc = renderer.new_gc()
        for n_pixels, group in by_side.items():
            for k, image in zip(group, self._paint(n_pixels, group), strict=True):
                x, y = self._centers[k]
                left, low = x * ratio - n_pixels / 2, y * ratio - n_pixels / 2
                renderer.draw_image(gc, round(left), round(low), image)
        gc.restore()

    def _paint(self, n_pixels: int, group: list[int]) -> np.ndarray:
        """Return the RGBA pixels of the maps of a group, all of one size."""
        if n_pixels not in self._weights:
            self._weights[n_pixels] = interpolate(self._n, n_pixels)
            distance = _round_corners(n_pixels, CORNER * self._ratio)
            self._masks[n_pixels] = _cut(distance)
            self._edges[n_pixels] = (-self._ratio <= distance) & (distance < 1)
        weights = self._weights[n_pixels]
        fine = weights @ self._answers[group] @ weights.T
        fine *= 127.5
        fine += 128
        images = self._shades[fine.astype(np.uint8)]
        images[:, self._edges[n_pixels]] = self._edge
        images &= self._masks[n_pixels]
        return images.view(np.uint8).reshape(len(group), n_pixels, n_pixels, 4)


def _pack(colors: np.ndarray) -> np.ndarray:
    """Return opaque pixels, each as one number: quick to look up and to copy."""
    opaque = np.column_stack([colors, np.ones(len(colors))])
    return (opaque * 255).round().astype(np.uint8).view(np.uint32)[:, 0]


def _round_corners(n_pixels: int, radius: float) -> np.ndarray:
    """Return how far each pixel of a square with round corners is outside of it."""
    across = np.abs(np.arange(n_pixels) - (n_pixels - 1) / 2)
    beyond = across + 0.5 - (n_pixels / 2 - radius)
    corner = np.hypot(*np.maximum(np.broadcast_arrays(beyond, beyond[:, None]), 0.0))
    side = np.maximum(beyond, beyond[:, None])
    return np.where(side < 0, side, corner) - radius


def _cut(distance: np.ndarray) -> np.ndarray:
    """Return what leaves, combined with pixels, those that are not outside."""
    mask = np.full((*distance.shape, 4), 255, dtype=np.uint8)
    mask[..., 3] = np.clip(0.5 - distance, 0, 1) * 255
    return mask.view(np.uint32)[..., 0]
