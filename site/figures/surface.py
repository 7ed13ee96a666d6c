"""The output of a network as a surface above the plane, in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform

from figures.palette import choose_palette
from figures.pixels import place_dots
from moongrad.plot import (
    LIGHT,
    Limits,
    Theme,
    boundary_grid,
    draw_points,
    find_limits,
)

AZIMUTH, ELEVATION = -60.0, 32.0  # degrees, at first
STEEPEST = 89.0
LIGHT_FROM = np.array([-0.35, -0.5, 0.8])
NEAR = 0.12  # of the height
SHADOW = 0.32  # how much darker a side is that turns away from the light


class OutputSurface:
    """
    The output above the plane, with the colours of `OutputPlane`.

    Points are as high as the output should be there: at their label, or at 1 where
    the output is the probability of the likeliest of several classes.

    The arguments are those of `OutputPlane`. The frame is mplot3d's, behind the axes
    that are given; it is imported only here, for it takes long.
    """

    def __init__(
        self,
        axes: Axes,
        points: Sequence[Sequence[float]],
        labels: Sequence[float],
        *,
        classes: Sequence[str] = ("−1", "+1"),
        resolution: int = 30,
        limits: Limits | None = None,
        theme: Theme = LIGHT,
    ) -> None:
        from mpl_toolkits.mplot3d.axes3d import Axes3D

        self.is_stale = True
        self._theme, self._n = theme, resolution
        self._palette = choose_palette(len(classes), theme)
        limits = limits or find_limits(points)
        self.rows = boundary_grid((), resolution, limits=limits)
        figure = axes.figure
        assert isinstance(figure, Figure)
        self._frame = Axes3D(figure, (0.0, 0.0, 1.0, 1.0), computed_zorder=False)
        figure.add_axes(self._frame)
        self._frame.set_zorder(-1)
        self._style_frame(limits)
        axes.set_position((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.patch.set_visible(False)
        still = IdentityTransform()  # both are placed by pixels
        self._sheet = PolyCollection([], linewidths=0.4, transform=still)
        axes.add_collection(self._sheet, autolim=False)
        self._dots = [draw_points(axes, (), theme.text, theme=theme) for _ in range(2)]
        for dots in self._dots:
            dots.set_offset_transform(still)
            # On a scale, a point that is right has the colour of what is behind it.
            dots.set_edgecolors(theme.background if classes else theme.text)
        self._dots[1].set_zorder(0.5)  # those behind the surface
        self._scores = np.zeros((len(self.rows), max(len(classes), 1)))
        self.azimuth, self.elevation = AZIMUTH, ELEVATION
        self.set_points(points, labels)
        self.turn(AZIMUTH, ELEVATION)

    def _style_frame(self, limits: Limits) -> None:
        frame, theme = self._frame, self._theme
        frame.patch.set_visible(False)
        frame.set_box_aspect((1, 1, 0.72), zoom=0.98)
        left, right, low, high = limits
        frame.set(xlim=(left, right), ylim=(low, high))
        frame.set_xlabel("x", color=theme.text, labelpad=-8)
        frame.set_ylabel("y", color=theme.text, labelpad=-8)
        for axis in (frame.xaxis, frame.yaxis, frame.zaxis):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            axis.set_pane_color((0, 0, 0, 0))
            axis.line.set_color(theme.grid)
            axis._axinfo["grid"].update(color=theme.grid, linewidth=0.6)
            axis.set_tick_params(colors=theme.text, labelsize=8, pad=-3)
        frame.zaxis.set_tick_params(pad=0)

    @property
    def moving(self) -> Sequence[Artist]:
        return (self._dots[1], self._sheet, self._dots[0])

    # --- what changes ---

    def update(self, scores: Sequence[float] | np.ndarray) -> None:
        """Show the scores of `rows`: a row of numbers, or one number, for each."""
        self._scores = np.asarray(scores, dtype=float).reshape(len(self.rows), -1)
        self._place()

    def set_points(
        self, points: Sequence[Sequence[float]], labels: Sequence[float]
    ) -> None:
        """Show other points, more or fewer; the plane stays."""
        places = np.reshape(np.asarray(points, dtype=float), (-1, 2))
        palette = self._palette
        palette.fit(labels)
        self._colors = palette.color(labels)
        self._points = np.column_stack([places, palette.aim(labels)])
        if palette.z_limits != self._frame.get_zlim():
            self._frame.set_zlim(*palette.z_limits)
            self.is_stale = True
        self._place()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Look at it from somewhere else: degrees around it, and above the plane."""
        self.azimuth = (azimuth + 180) % 360 - 180
        self.elevation = min(max(elevation, -STEEPEST), STEEPEST)
        self._frame.view_init(elev=self.elevation, azim=self.azimuth)
        self.is_stale = True
        self._place()

    def _place(self) -> None:
        """Put surface and points where they are seen from here."""
        frame, n = self._frame, self._n
        frame.apply_aspect()
        self._matrix = frame.get_proj()
        grid = self._scores.reshape(n, n, -1)
        heights = np.clip(self._palette.measure(grid), *self._palette.z_limits)
        places = np.column_stack([self.rows, heights.ravel()]).reshape(n, n, 3)
        quads = _cut(places)
        is_known = np.isfinite(quads).all(axis=(1, 2))
        quads = quads[is_known]
        colors = _cut(self._palette.paint(grid)).mean(axis=1)[is_known]
        colors[:, :3] *= self._light(quads)[:, None]
        pixels, depth = self._project(quads.reshape(-1, 3))
        order = np.argsort(depth.reshape(-1, 4).mean(axis=1))[::-1]  # far ones first
        self._sheet.set_verts(pixels.reshape(-1, 4, 2)[order])
        self._sheet.set_facecolors(colors[order])
        edges = colors[order] * (0.86, 0.86, 0.86, 1.0)
        self._sheet.set_edgecolors(edges)
        self._place_points(heights)

    def _light(self, quads: np.ndarray) -> np.ndarray:
        """Return how bright each quad is, up to 1, in a light from above."""
        frame = self._frame
        limits = frame.get_xlim(), frame.get_ylim(), frame.get_zlim()
        scaled = quads / np.ptp(limits, axis=1)
        normals = np.cross(scaled[:, 2] - scaled[:, 0], scaled[:, 3] - scaled[:, 1])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        light = LIGHT_FROM / np.linalg.norm(LIGHT_FROM)
        return 1 - SHADOW * (1 - np.clip(normals @ light, 0, 1))

    def _place_points(self, heights: np.ndarray) -> None:
        """Put points before or behind the surface."""
        pixels, _ = self._project(self._points)
        cells = self._frame.get_xlim(), self._frame.get_ylim()
        columns, rows = (
            np.clip((numbers - low) / (high - low) * (self._n - 1), 0, self._n - 1)
            .round()
            .astype(int)
            for numbers, (low, high) in zip(self._points.T, cells, strict=False)
        )
        low, high = self._palette.z_limits
        slack = NEAR * (high - low)  # what is right lies on the surface, not below it
        is_above = ~(self._points[:, 2] < heights[rows, columns] - slack)
        is_near = is_above if self.elevation > 0 else ~is_above
        for dots, chosen in zip(self._dots, (is_near, ~is_near), strict=True):
            place_dots(dots, pixels[chosen])
            dots.set_facecolors(self._colors[chosen])

    def _project(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where places in space are on the figure, in pixels, and how deep."""
        flat = np.column_stack([places, np.ones(len(places))]) @ self._matrix.T
        flat = flat[:, :3] / flat[:, 3:]
        return self._frame.transData.transform(flat[:, :2]), flat[:, 2]

    def describe(self) -> str:
        heights = self._palette.measure(self._scores)
        known = heights[np.isfinite(heights)]
        low, high = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
        return (
            f"Surface of the {self._palette.z_name} across the plane, from {low:.3g} "
            f"to {high:.3g}, seen from {self.azimuth:.0f}° around and "
            f"{self.elevation:.0f}° above."
        ).replace("-", "−")


def _cut(grid: np.ndarray) -> np.ndarray:
    """Return the four corners of each cell of a square grid, one cell after another."""
    corners = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    return np.stack(corners, axis=2).reshape(-1, 4, grid.shape[-1])
