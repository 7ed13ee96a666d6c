"""Which colours an output has: of two classes, of several, or of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Colormap, to_rgb, to_rgba, to_rgba_array

from figures.colors import blend, diverge
from moongrad.plot import Theme, confidence_map

CERTAIN = 1e-9  # a score that is taken for certain where colours do not fade
FAR = 1e9  # beyond it scores are as good as infinite


class Palette:
    """
    The colours of places and points, and how high the output is.

    Scores have the outputs of a place along their last axis.
    """

    colors: Colormap | None = None  # of `measure`, from -limit to limit
    limit = 1.0
    z_limits = (-1.0, 1.0)
    z_name = "output"

    def measure(self, scores: np.ndarray) -> np.ndarray:
        """Return one number for each place: what the colour shows, and a surface."""
        raise NotImplementedError

    def shade(self, scores: np.ndarray) -> np.ndarray:
        """Return each output from -1 to 1, as strong as it is in the plane."""
        shades = self.measure(scores) / (self.limit or 1.0)
        return np.clip(shades, -1.0, 1.0)[..., None]

    def paint(self, scores: np.ndarray) -> np.ndarray:
        """Return the RGBA colour of each place."""
        assert self.colors
        share = 0.5 + self.measure(scores) / (2 * self.limit)
        return self.colors(np.ma.masked_invalid(share))

    def color(self, labels: Sequence[float]) -> np.ndarray:
        """Return the RGBA colours of points with these labels."""
        raise NotImplementedError

    def aim(self, labels: Sequence[float]) -> np.ndarray:
        """Return what `measure` is for points that the network is right about."""
        return np.asarray(labels, dtype=float)

    def find_leads(self, scores: np.ndarray) -> list[np.ndarray]:
        """Return numbers for each place that are 0 where another class takes over."""
        return []

    def fit(self, labels: Sequence[float]) -> bool:
        """Suit the scale to labels; return whether it has changed."""
        return False


class TwoClasses(Palette):
    """By one score: stronger where it is farther from 0."""

    z_name = "tanh of the score"

    def __init__(self, theme: Theme, *, is_hard: bool) -> None:
        self._theme = theme
        self.colors = confidence_map(theme).with_extremes(bad=theme.grid)
        self.limit = CERTAIN if is_hard else 1.0

    def measure(self, scores: np.ndarray) -> np.ndarray:
        return np.tanh(scores[..., 0])

    def color(self, labels: Sequence[float]) -> np.ndarray:
        signs = (np.asarray(labels) > 0).astype(int)
        return to_rgba_array(self._theme.classes)[signs]

    def find_leads(self, scores: np.ndarray) -> list[np.ndarray]:
        return [scores[..., 0]]


class SeveralClasses(Palette):
    """By the class that is most probable, by softmax, stronger where it is certain."""

    z_name = "probability"
    z_limits = (0.0, 1.0)

    def __init__(self, theme: Theme, *, is_hard: bool) -> None:
        self._theme, self._is_hard = theme, is_hard
        self._fills = np.array([to_rgba(color) for color in theme.class_fills])

    def measure(self, scores: np.ndarray) -> np.ndarray:
        return _softmax(scores).max(axis=-1)

    def shade(self, scores: np.ndarray) -> np.ndarray:
        return 2 * _softmax(scores) - 1

    def paint(self, scores: np.ndarray) -> np.ndarray:
        chance, least = self.measure(scores), 1 / scores.shape[-1]
        is_known = np.isfinite(chance)
        strength = np.ones(chance.shape)
        if not self._is_hard:
            strength = 0.3 + 0.7 * (chance - least) / (1 - least)
        winners = np.where(is_known, np.nan_to_num(scores).argmax(axis=-1), 0)
        fills = self._fills[winners]
        fills[..., :3] = blend(fills[..., :3], strength[..., None], self._theme)
        fills[~is_known, :3] = to_rgb(self._theme.grid)
        return fills

    def color(self, labels: Sequence[float]) -> np.ndarray:
        return to_rgba_array(self._theme.classes)[np.asarray(labels, dtype=int)]

    def aim(self, labels: Sequence[float]) -> np.ndarray:
        return np.ones(len(labels))

    def find_leads(self, scores: np.ndarray) -> list[np.ndarray]:
        scores = np.clip(scores, -FAR, FAR)
        # The last class meets the others where they meet it.
        return [
            scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1)
            for k in range(scores.shape[-1] - 1)
        ]


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Return the probability of each class."""
    scores = np.clip(scores, -FAR, FAR)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


class Numbers(Palette):
    """Blue below 0, the background at 0, orange above."""

    def __init__(self, theme: Theme) -> None:
        self.colors: Colormap = diverge(theme)
        self.limit = 0.0

    def measure(self, scores: np.ndarray) -> np.ndarray:
        return scores[..., 0]

    def color(self, labels: Sequence[float]) -> np.ndarray:
        return self.colors(0.5 + np.asarray(labels, dtype=float) / (2 * self.limit))

    def fit(self, labels: Sequence[float]) -> bool:
        numbers = np.asarray(labels, dtype=float)
        low, high = numbers.min(initial=0.0), numbers.max(initial=0.0)
        before, self.limit = self.limit, float(max(-low, high)) or 1.0
        margin = 0.15 * (high - low) or 1.0
        self.z_limits = (float(low - margin), float(high + margin))
        return self.limit != before


def choose_palette(n_classes: int, theme: Theme, *, is_hard: bool = False) -> Palette:
    """Return the colours of so many classes, 0 for numbers."""
    if not n_classes:
        return Numbers(theme)
    if n_classes == 2:
        return TwoClasses(theme, is_hard=is_hard)
    return SeveralClasses(theme, is_hard=is_hard)
