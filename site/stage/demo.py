"""What every page's demo has in common. Plain Python: neither DOM nor JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

ALL_SEEN = 100  # steps of a run that is drawn at each of them
FRAMES = 30  # drawn in a longer one: drawing is what takes the time


class Demo:
    """
    One run with one set of options: steps, and what is to be seen after each.

    A page's own class says what its steps, numbers and figures are. A step is a named
    tuple with a field `step`, counted from 0; it becomes a row of the page's table.
    What raises `NotImplementedError` here, each page does itself that has the button,
    the field or the figure for it; tests/site/test_pages.py sees to that.
    """

    length: float = 1  # steps of a whole run; infinite for one that others end
    pace = 0.0  # seconds between steps, where they are to be followed by eye
    block = 0.04  # seconds of training between two frames, at most
    look: object = None  # what figures are made for: they are made again for another
    goes_on = False  # whether Play goes on after an end or an error
    retrains = False  # whether a run is made again when a part has been moved
    seconds = (
        0.0  # by the clock, that this run has taken so far; kept by the controller
    )

    #: That the steps of the last `advance` took, without what was measured after them;
    #: None where that is all of it.
    seconds_of_steps: float | None = None

    def __init__(self) -> None:
        self.records: list[Any] = []  # of the steps made so far

    @property
    def n_steps(self) -> int:
        """How many steps have been made."""
        return len(self.records)

    @property
    def is_done(self) -> bool:
        """Whether every step has been made."""
        return self.n_steps >= self.length

    @property
    def steps_between_frames(self) -> float:
        """How many steps are made between two frames, at most."""
        if self.length <= ALL_SEEN or self.pace:
            return 1
        return math.ceil(self.length / FRAMES)

    def start(self) -> None:
        """Note that the visitor lets it run."""

    def step(self) -> Any:
        """Make one step and return its record."""
        raise NotImplementedError

    def advance(self, n_steps: int) -> None:
        """Make up to so many steps, at once where that is faster."""
        for _ in range(int(min(n_steps, self.length - self.n_steps))):
            self.step()

    def prepare(self) -> None:
        """Do what the first step would otherwise have to wait for."""

    def finish(self) -> None:
        """Make the run that the pictures of the demo show."""
        while not self.is_done:
            self.step()

    def back(self) -> None:
        """Take the last step back, on pages that have the button."""
        raise NotImplementedError

    def outputs(self) -> dict[str, str]:
        """Return the text of each `<output>`, by name."""
        return {"step": f"{len(self.records)} / {self.length}"}

    def tables(self) -> dict[str, list[list[str]]]:
        """Return the rows of each `<table data-rows>`, by name."""
        return {}

    def summary(self) -> str:
        """Return one sentence on how far it has come."""
        return ""

    # --- what the visitor takes hold of ---

    def adapt(self, options: SimpleNamespace) -> bool:
        """Take over options that need no new start; False where they do need one."""
        return False

    def texts(self) -> dict[str, str]:
        """Return the options that dragging has changed, as their controls show them."""
        return {}

    def move(self, index: int, place: tuple[float, float]) -> None:
        """Put one of a figure's points elsewhere."""
        raise NotImplementedError

    def drop(self) -> None:
        """Note that the part that was moved has arrived."""

    def add(self, figure: str, place: tuple[float, float], kind: int) -> dict[str, str]:
        """Add a part to a figure; return the texts of options to change."""
        raise NotImplementedError

    def complete(self, texts: dict[str, str]) -> dict[str, str]:
        """Return the texts of options, with what they need besides each other."""
        return texts

    def follow(self, previous: Demo) -> None:
        """Take over what the visitor has chosen in the demo before this one."""

    def list_kept(self, previous: Demo) -> Collection[str]:
        """Return the figures whose plots go on from those of the demo before."""
        return ()

    def select(self, figure: str, index: int | None) -> None:
        """Choose one of a figure's parts, to be read and edited."""

    def edit(self, text: str) -> None:
        """Give the chosen part the value that was typed; raises `OptionError`."""
        raise NotImplementedError

    # --- what only some pages have ---

    def act(self, name: str, **details: Any) -> dict[str, str]:
        """
        Do what the visitor asks for by name; return the texts of options to change.

        Raises `OptionError` for what can't be done; the run is then as it was.
        """
        raise NotImplementedError

    def notices(self) -> list[str]:
        """Return what the visitor should know of this run."""
        return []

    def timeline(self) -> tuple[int, int] | None:
        """Return which moment of the run is on show, and how many there are."""
        return None

    def seek(self, moment: int) -> None:
        """Show the run as it was at a moment, counted from 0."""
        raise NotImplementedError

    # --- what an address can carry besides the options ---

    def write_weights(self) -> str:
        """Return the parameters as text for an address; none where there are none."""
        return ""

    def take_weights(self, text: str) -> None:
        """Take over parameters that `write_weights` wrote; raises `ValueError`."""
        raise ValueError("there is no network here")

    # --- what is drawn ---

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        """Return the plot of one of the page's `FIGURES`."""
        raise NotImplementedError

    def update_plot(self, figure: str, plot: Plot) -> None:
        """Bring a plot that `make_plot` returned up to date."""
        raise NotImplementedError

    def diagram(self, name: str) -> str:
        """Return the DOT source of one of the page's `DIAGRAMS`."""
        raise NotImplementedError

    def marks(self, name: str) -> Mapping[str, object]:
        """
        Return how a diagram looks now.

        * `texts`: by node, the lines of text in it.
        * `active`: nodes to be highlighted. `known`: nodes whose gradient is there.
        * `edge`: the active one as (from, to, which of several), or None.
        * `label`: all this in words.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Exercise:
    """
    A question with a number for an answer, which the page checks.

    `answer` computes it, when the site is built; `tolerance` is how far off is still
    right; `because` is said after a right answer, `hint` after a wrong one.
    """

    question: str
    answer: Callable[[], float]
    hint: str
    because: str
    tolerance: float = 1e-6


def show(number: float, digits: int = 10) -> str:
    """Return a number to some digits, with a real minus sign for the eye."""
    text = f"{number:.{digits}g}"
    return "0" if text == "-0" else text.replace("-", "−")


def show_twice(number: float, digits: int = 6) -> str:
    """Return a number to some digits and, after a tab, with all that it has."""
    short, long = show(number, digits), repr(number).removesuffix(".0")
    long = long.replace("-", "−")
    return short if long == short else f"{short}\t{long}"


def show_rows(rows: Sequence[Sequence[float | str]]) -> list[list[str]]:
    """Return the cells of a table as texts, with all digits after a tab."""
    return [
        [cell if isinstance(cell, str) else show_twice(cell) for cell in row]
        for row in rows
    ]
