"""The output of a network across a plane, among points that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from figures.backdrop import Backdrop
from figures.legend import SHAPES, add_class_legend, add_test_legend
from figures.palette import choose_palette
from figures.pixels import clip, from_pixels, place_dots, to_pixels
from figures.stamp import Stamp
from moongrad.plot import LIGHT, Limits, Theme, boundary_grid, draw_points, find_limits

Points = Sequence[Sequence[float]]

# Where there are more points, they are smaller: (points, square points of area).
AREAS = ((500, 22.0), (1500, 12.0), (5000, 7.0))
TEST_NUMBER = "s"  # the shape of test points whose labels are numbers
COUNTS = {2: "two", 3: "three", 4: "four"}


class OutputPlane:
    """
    The points, and behind them what the network puts out for each place.

    * `labels`: -1 and +1 for two `classes`, 0 to 3 for three or four; without classes
      they are numbers. `classes` are their names, for a legend.
    * `test_points`: drawn hollow; numbers as squares.
    * `resolution`: places to score in each direction; `limits`: of the plane, where
      they do not follow from the points.
    * `is_hard`: whether colours do not fade where the network is less certain.

    `rows` are the places to score, row by row from the lower left; `update` takes their
    scores.
    """

    def __init__(
        self,
        axes: Axes,
        points: Points,
        labels: Sequence[float],
        *,
        test_points: Points = (),
        test_labels: Sequence[float] = (),
        classes: Sequence[str] = ("−1", "+1"),
        resolution: int = 40,
        limits: Limits | None = None,
        is_hard: bool = False,
        theme: Theme = LIGHT,
    ) -> None:
        self.is_stale = True
        self._axes, self._theme, self._classes = axes, theme, classes
        limits = limits or find_limits([*points, *test_points])
        self.rows = boundary_grid((), resolution, limits=limits)
        n_classes = len(classes)
        self._palette = choose_palette(n_classes, theme, is_hard=is_hard)
        self._backdrop = Backdrop(axes, self._palette, limits, resolution, theme)
        self._test_dots = draw_points(axes, (), theme.text, theme=theme)
        self._dots = draw_points(axes, (), theme.text, theme=theme)
        self._legend: list[Artist] = []
        if n_classes:
            legend = add_class_legend(
                axes,
                theme,
                classes,
                has_test=len(test_points) > 0,
                is_above=n_classes > 2,
            )
            if n_classes == 2:  # it is among the points, and would be below them
                self._legend.append(legend)
        elif len(test_points):
            add_test_legend(axes, theme, TEST_NUMBER)
        dots = (self._test_dots, self._dots)
        self._stamp = Stamp(axes, [*dots, *self._legend])
        self._handles: list[tuple[float, float]] | None = None
        self._output = np.zeros((len(self.rows), max(n_classes, 1)))
        self._n_right: int | None = None
        self._n_test_right: int | None = None
        self.set_points(points, labels, test_points, test_labels)

    @property
    def moving(self) -> Sequence[Artist]:
        return (*self._backdrop.artists, self._stamp)

    # --- what changes ---

    def update(
        self,
        scores: Sequence[float] | np.ndarray,
        n_right: int | None = None,
        n_test_right: int | None = None,
    ) -> None:
        """
        Show the scores of `rows`: a row of numbers, or one number, for each.

        `n_right` and `n_test_right` count the points that are classified correctly.
        """
        output = np.asarray(scores, dtype=float).reshape(len(self.rows), -1)
        self._backdrop.show(output)
        self._output, self._n_right, self._n_test_right = output, n_right, n_test_right

    def show_points(
        self,
        points: Points,
        labels: Sequence[float],
        test_points: Points,
        test_labels: Sequence[float],
    ) -> None:
        """Show points that may be others: moved ones cost less than `set_points`."""
        if (self._labels, self._test_labels) == (list(labels), list(test_labels)):
            self.move(points, test_points)
        else:
            self.set_points(points, labels, test_points, test_labels)

    def set_points(
        self,
        points: Points,
        labels: Sequence[float],
        test_points: Points = (),
        test_labels: Sequence[float] = (),
    ) -> None:
        """Show other points, more or fewer; the plane stays."""
        self._labels, self._test_labels = list(labels), list(test_labels)
        if self._backdrop.fit([*labels, *test_labels]):
            self.is_stale = True
        n = len(labels) + len(test_labels)
        self._area = next((area for most, area in AREAS if n <= most), AREAS[-1][1])
        for dots, its in ((self._dots, labels), (self._test_dots, test_labels)):
            self._dress(dots, its, is_test=dots is self._test_dots)
        self.move(points, test_points)
        self._handles = None
        self._mark(None)

    def _dress(
        self, dots: PathCollection, labels: Sequence[float], *, is_test: bool
    ) -> None:
        """Give points the colours and shapes of their labels."""
        if not len(labels):
            return
        theme, colors = self._theme, self._palette.color(labels)
        shapes = [TEST_NUMBER if is_test else "o"]
        # On a scale, a point that is right has the colour of what is behind it.
        faces, edges, width = colors, np.array([to_rgba(theme.text)]), 0.7
        if self._classes:
            shapes = ["o"]
            if len(self._classes) > 2:
                shapes = [SHAPES[int(label)] for label in labels]
            edges, width = np.array([to_rgba(theme.background)]), 0.8
            if is_test:
                faces, edges, width = edges, colors, 1.3
        paths = {shape: make_shape(shape) for shape in set(shapes)}
        dots.set_paths([paths[shape] for shape in shapes])
        dots.set(facecolors=faces, edgecolors=edges, linewidths=width)

    def move(self, points: Points, test_points: Points | None = None) -> None:
        """Show the same points elsewhere; the axes stay."""
        for dots, places in ((self._dots, points), (self._test_dots, test_points)):
            known = dots.get_offsets()
            if places is None or np.array_equal(known, np.reshape(places, (-1, 2))):
                continue
            place_dots(dots, places)
            self._handles = None
            self._stamp.renew()

    # --- what can be held ---

    def handles(self) -> list[tuple[float, float]]:
        """
        Return where the points are on the figure, in pixels from the lower left.

        The training points come first, then the test points.
        """
        if self._handles is None:  # there may be thousands
            places = [dots.get_offsets() for dots in (self._dots, self._test_dots)]
            self._handles = to_pixels(self._axes, np.concatenate(places))
        return self._handles

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates at a place on the figure, inside of the axes."""
        x, y = from_pixels(self._axes, x, y)
        return clip(x, self._axes.get_xlim()), clip(y, self._axes.get_ylim())

    def select(self, index: int | None) -> None:
        """Mark one of the points, by its place among the handles, or none."""
        if index != self._selected:
            self._mark(index)

    def _mark(self, index: int | None) -> None:
        self._selected = index
        n = len(self._labels)
        for dots, first, n_dots in (
            (self._dots, 0, n),
            (self._test_dots, n, len(self._test_labels)),
        ):
            sizes = [self._area]  # of them all: a file then has their outline once
            if index is not None and 0 <= index - first < n_dots:
                sizes *= n_dots
                sizes[index - first] *= 4
            dots.set_sizes(sizes)
        self._stamp.renew()

    # --- words ---

    def describe(self) -> str:
        text = self._describe_classes() if self._classes else self._describe_numbers()
        is_defined = np.isfinite(self._output).all(axis=1)
        if not is_defined.all():
            share = 1 - is_defined.mean()
            text += f" In {share:.0%} of the plane the output is not a number."
        return text

    def _describe_classes(self) -> str:
        n, n_classes = len(self._labels), len(self._classes)
        what = "Decision boundary" if n_classes == 2 else "Decision regions"
        text = f"{what} among {n} points of {COUNTS[n_classes]} classes"
        if self._n_right is not None:
            text += f": {self._n_right} of {n} are classified correctly"
        if self._n_test_right is not None and self._test_labels:
            text += (
                f", and {self._n_test_right} of {len(self._test_labels)} test points"
            )
        return f"{text}."

    def _describe_numbers(self) -> str:
        output = self._output[np.isfinite(self._output)]
        low, high = (output.min(), output.max()) if len(output) else (np.nan, np.nan)
        text = f"Output across the plane, from {low:.3g} to {high:.3g}"
        if self._labels:
            text += (
                f", among {len(self._labels)} points of numbers from "
                f"{min(self._labels):.3g} to {max(self._labels):.3g}"
            )
        if self._test_labels:
            plural = "" if len(self._test_labels) == 1 else "s"
            text += f", and {len(self._test_labels)} test point{plural}"
        return f"{text}.".replace("-", "−")


def make_shape(shape: str) -> Path:
    """Return the outline of a marker; a triangle is as large as the others look."""
    style = MarkerStyle(shape)
    size = 1.3 if shape == "^" else 1.0
    return style.get_path().transformed(style.get_transform() + Affine2D().scale(size))
