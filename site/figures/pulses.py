"""What runs through a network: signals forwards, then gradients back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb

from moongrad.plot import Theme

PERIOD = 1.8  # seconds for one way there and back
MOST = 40  # dots between two layers: more would be a fog, and take longer to draw
HIDDEN = 0.1  # of a line, at each end: there are the neurons
TAIL = (0.0, 0.09, 0.18)  # how far behind a dot those come that fade after it


class Pulses:
    """
    Dots on the lines between neurons.

    First they run to the right, from layer to layer, on the weights that are largest;
    then to the left, as large as the gradients that come back, in the colours of their
    signs. `lines` are (x, y, x, y), `gaps` says between which layers each is; `size` is
    that of the dots.
    """

    def __init__(
        self,
        axes: Axes,
        lines: Sequence[Sequence[float]],
        gaps: Sequence[int],
        theme: Theme,
        *,
        size: float = 1.0,
    ) -> None:
        self._size = size
        self._starts = np.reshape(lines, (-1, 4))[:, :2]
        self._ways = np.reshape(lines, (-1, 4))[:, 2:] - self._starts
        self._gaps, self._n_gaps = np.array(gaps), max(gaps) + 1
        self._signs = np.array([to_rgb(theme.negative), to_rgb(theme.positive)])
        self._plain = np.array(to_rgb(theme.curve))
        self.dots: PathCollection = axes.scatter(
            [], [], zorder=2.5, linewidths=0.6, edgecolors=theme.background
        )

    def hide(self) -> None:
        self._show(np.zeros((0, 2)), np.zeros(0), np.zeros((0, 4)))

    def show(
        self, seconds: float, weights: np.ndarray, gradients: np.ndarray | None
    ) -> None:
        """Show where the dots are some seconds after the start."""
        phase = seconds / PERIOD % 1 * 2
        is_back = phase >= 1 and gradients is not None
        numbers = gradients if is_back else weights
        assert numbers is not None
        gap, along = divmod(phase % 1 * self._n_gaps, 1)
        if is_back:
            gap, along = self._n_gaps - 1 - gap, 1 - along
        here = np.flatnonzero(self._gaps == gap)
        sizes = np.nan_to_num(np.abs(numbers[here]), posinf=0.0)
        chosen = np.argsort(sizes)[-MOST:]
        here, sizes = here[chosen], sizes[chosen]
        strength = np.sqrt(sizes / (sizes.max() or 1.0))
        here, strength = here[strength > 0.12], strength[strength > 0.12]
        colors = np.broadcast_to(self._plain, (len(here), 3))
        if is_back:
            colors = self._signs[(numbers[here] > 0).astype(int)]
        dots = []
        for k, behind in enumerate(TAIL):
            at = along + behind if is_back else along - behind
            if not 0 <= at <= 1:
                continue
            at = HIDDEN + (1 - 2 * HIDDEN) * at
            fade = 1 - k / len(TAIL)
            places = self._starts[here] + at * self._ways[here]
            areas = (3 + 40 * strength) * fade * self._size**2
            dots.append(np.column_stack([places, areas, colors, 0 * areas + fade]))
        places, areas, colors = np.hsplit(np.concatenate(dots), [2, 3])
        self._show(places, areas[:, 0], colors)

    def _show(self, places: np.ndarray, areas: np.ndarray, colors: np.ndarray) -> None:
        self.dots.set_offsets(places)
        self.dots.set_sizes(areas)
        self.dots.set_facecolors(colors)
