"""What a page shows, as one value: the answer to every request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# (x, y) of points, (x, y, half of a side) of squares, (x, y, x, y) of lines
Handles = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Problem:
    """
    What went wrong, in words.

    `option` is the control that it is about, `column`, from 1, where in its text;
    `needs_reload` is whether only loading the page again helps.
    """

    message: str
    option: str = ""
    column: int = 0
    needs_reload: bool = False


@dataclass(frozen=True)
class View:
    """
    All that is to be seen of a demo, but for the pixels and the rows of records.

    * `state`: ready, running, paused, done or error. `status`: a sentence about it.
    * `is_busy`: whether something that is to be seen is still being worked on.
    * `outputs`, `tables`: texts, by name. `texts`: those of the options.
    * `diagrams`: SVG by name; `marks`: how each looks now, as `Demo.marks` has it.
    * `labels`: figures in words; `handles`: their parts that can be held, in CSS
      pixels.
    * `places`: where the page may put something above a figure, in CSS pixels.
    * `run` counts the runs, `n_records` the steps of the present one.
    * `timeline`: which moment of the run is on show and how many there are; None where
      a run remembers none.
    """

    state: str
    status: str
    is_busy: bool
    problem: Problem | None
    notices: Sequence[str]
    texts: Mapping[str, str]
    outputs: Mapping[str, str]
    tables: Mapping[str, Sequence[Sequence[str]]]
    diagrams: Mapping[str, str]
    marks: Mapping[str, Mapping[str, object]]
    labels: Mapping[str, str]
    handles: Mapping[str, Handles]
    places: Mapping[str, Handles]
    run: int
    n_records: int
    timeline: tuple[int, int] | None
