"""Where the parts of a drawn network are, in CSS pixels from the lower left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[float, float]

MARGIN = 10.0
HEADING = 22.0  # above the network: what its layers are called
NAME = 18.0  # below an input or an output: its name
LETTER = 7.4  # of a name
LEAST = 60.0  # an input's height, with its name below it; else the name is beside it
KEY = 20.0  # a line of the key, at the bottom
LARGEST = 58.0  # a map in the network
CIRCLE = 15.0  # half the width of a neuron without a map
HIDDEN = 0.46  # share of the width that hidden neurons with maps may take
MOST_FILES = 6  # side by side in one layer


@dataclass(frozen=True)
class Box:
    """A rectangle: its lower left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> Place:
        return self.x + self.width / 2, self.y + self.height / 2


class NetworkLayout:
    """
    A network of layers of `sizes`, inputs first, in a figure of some size.

    * `columns`: the centre of each neuron, by layer; `halves`: by layer, half of its
      neurons' width.
    * `panel`: where a neuron is shown large, beside the network or, in a figure that is
      higher than wide, below it; None without maps, or where there is to be none.
    * `names`: of inputs and outputs; there is room for the `longest` letters of each.
    * `are_beside`: whether the names of the inputs, and of the outputs, are beside
      them, because there is no room below.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: float,
        height: float,
        *,
        has_maps: bool,
        has_panel: bool = True,
        names: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        self.width, self.height = width, height
        self.is_upright = height > width
        self.key_rows = 2 if width < 340 else 1
        bottom = MARGIN + self.key_rows * KEY
        self.panel = self._find_panel(bottom) if has_maps and has_panel else None
        right = width - MARGIN
        if self.panel and self.is_upright:
            bottom = self.panel.y + self.panel.height
        elif self.panel:
            right = self.panel.x
        top = height - MARGIN - HEADING
        self.field = Box(MARGIN, bottom, right - MARGIN, top - bottom)
        self.are_beside = [(top - bottom) / sizes[k] < LEAST for k in (0, -1)]
        self.longest = 7 if width < 400 else 10
        rooms = map(self._find_room, names, self.are_beside)
        self._place_neurons(sizes, has_maps, *rooms)

    def _find_panel(self, bottom: float) -> Box:
        if self.is_upright:
            height = min(0.34 * self.height, 0.5 * self.width)
            return Box(MARGIN, bottom, self.width - 2 * MARGIN, height)
        width = min(0.27 * self.width, 0.62 * self.height)
        return Box(
            self.width - width, bottom, width - MARGIN, self.height - bottom - MARGIN
        )

    def _find_room(self, names: Sequence[str], is_beside: bool) -> float:
        """Return the width that names need at the edge of the figure."""
        length = max((len(name) for name in names), default=0)
        width = LETTER * min(length, self.longest)
        if is_beside:
            return width + 4
        # Those below may be wider than their neurons; a single one has the room.
        return max(0.0, width / 2 - CIRCLE) if len(names) > 1 else 0.0

    def _place_neurons(
        self, sizes: Sequence[int], has_maps: bool, left: float, right: float
    ) -> None:
        """
        Put the layers side by side, and a large one into several files.

        There is to be room for names at the left and at the right.
        """
        field = self.field
        field = Box(field.x + left, field.y, field.width - left - right, field.height)
        n_hidden = max(len(sizes) - 2, 1)
        share = HIDDEN * field.width / n_hidden
        files, halves = [], []
        for k, size in enumerate(sizes):
            if has_maps and k in (0, len(sizes) - 1):
                n, side = 1, field.height / size - 4
                if not self.are_beside[0 if k == 0 else 1]:
                    side -= NAME
            elif has_maps:
                n, side = _find_files(size, field.height - 4, share)
            else:
                n, side = 1, min(2 * CIRCLE, 0.8 * field.height / size)
            files.append(n)
            halves.append(side / 2)
        if has_maps:  # not larger than the largest of the hidden ones
            ends = min(LARGEST, 0.15 * field.width) / 2
            halves[0], halves[-1] = min(halves[0], ends), min(halves[-1], ends)
        widths = [2 * h * n * 1.08 for h, n in zip(halves, files, strict=True)]
        inset = 0.0 if has_maps else 0.04 * field.width
        room = field.width - sum(widths) - 2 * inset - 8
        gap = room / max(len(sizes) - 1, 1)
        self.halves = halves
        self.columns: list[list[Place]] = []
        x = field.x + inset + 4
        for k, (size, n) in enumerate(zip(sizes, files, strict=True)):
            is_end = k in (0, len(sizes) - 1)
            has_name = is_end and not self.are_beside[0 if k == 0 else 1]
            low = field.y + (NAME if has_name else 0.0)
            tall = field.height - (NAME if has_name else 0.0)
            if has_name and size > 1:  # near each other, as what belongs together
                spare = max(0.0, tall - size * 2.2 * (2 * halves[k] + NAME))
                low, tall = low + spare / 2, tall - spare
            pitch = widths[k] / n
            # From edge to edge where neurons are wide; else with room above and below.
            edge = max(halves[k] / tall, 0.0 if n > 1 else 0.5 / size)
            shares = [
                1 - edge - (1 - 2 * edge) * j / max(size - 1, 1) for j in range(size)
            ]
            self.columns.append(
                [
                    (x + (j % n + 0.5) * pitch, low + tall * share)
                    for j, share in enumerate(shares)
                ]
            )
            x += widths[k] + gap


def _find_files(size: int, tall: float, wide: float) -> tuple[int, float]:
    """Return in how many files a layer has the largest maps, and how large they are."""
    best = (1, 0.0)
    for n in range(1, min(size, MOST_FILES) + 1):
        # In neighbouring files neurons are at different heights, so that lines pass.
        side = min(n * tall / (1.14 * (size - 1) + n), wide / n / 1.08, LARGEST)
        if side > best[1] * 1.25:
            best = (n, side)
    return best
