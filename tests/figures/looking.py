"""What tests look at: the pixels of a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb


def pixels(picture):
    """Return the picture as it is now, as floats from 0 to 1."""
    width, height, rgba = picture.render()
    return np.frombuffer(rgba, np.uint8).reshape(height, width, 4)[..., :3] / 255


def redraw(picture):
    """Return the same drawn by matplotlib as a whole."""
    for artist in picture.plot.moving:
        artist.set_animated(False)
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def is_near(image, color, tolerance=0.06):
    """Return where the image has a color, about."""
    return np.abs(image - np.array(to_rgb(color))).max(axis=-1) < tolerance


def mean_place(image, color):
    """Return where a color is on average, in pixels from the lower left."""
    rows, columns = np.nonzero(is_near(image, color))
    return columns.mean() + 0.5, len(image) - rows.mean() - 0.5
