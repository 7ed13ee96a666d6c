"""Scales of colours that several figures share."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

from moongrad.plot import Theme

STEPS = 256


def blend(ends: np.ndarray, strength: np.ndarray, theme: Theme) -> np.ndarray:
    """Return colours mixed with the background: at strength 0 there is nothing else."""
    return strength * ends + (1 - strength) * np.array(to_rgb(theme.background))


def diverge(theme: Theme) -> ListedColormap:
    """Return colours for -1 to 1, the background at 0; neutral where there is none."""
    number = np.linspace(-1, 1, STEPS)[:, None]
    ends = np.where(number < 0, [to_rgb(theme.negative)], [to_rgb(theme.positive)])
    colors = ListedColormap(blend(ends, 0.95 * np.abs(number), theme))
    return colors.with_extremes(bad=theme.grid)


def ascend(theme: Theme, n_steps: int) -> ListedColormap:
    """Return colours from low to high in steps, none of a class."""
    high = (np.array(to_rgb(theme.negative)) + np.array(to_rgb(theme.text))) / 2
    share = np.linspace(0.0, 0.9, n_steps)[:, None]
    return ListedColormap(blend(high, share, theme)).with_extremes(bad=theme.grid)
