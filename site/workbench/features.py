"""What a network gets of each point: formulas of x and y, chosen or typed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stage.formulas import FormulaText
from stage.option import Option, OptionError
from workbench.evaluate import Place, evaluate
from workbench.words import label_formula, show_number

#: The features that have a button of their own, each with its label for people.
STANDARD = tuple(
    (text, label_formula(text))
    for text in ("x", "y", "x**2", "y**2", "x*y", "sin(x)", "sin(y)")
)
_FORMULA = FormulaText("", "", "x", names=("x", "y"))


@dataclass(frozen=True)
class FeatureList(Option):
    """
    Formulas of x and y, written `x,y,x**2`, all different, from 1 to `longest`.

    Its values are tuples of texts without blanks, such as `("x", "x**2")`.
    """

    default: tuple[str, ...] = ("x", "y")
    longest: int = 12

    is_long = True

    @property
    def requirement(self) -> str:
        return (
            f"1 to {self.longest} formulas of x and y, with commas between, such as "
            f"x,y,x**2"
        )

    def read(self, text: str) -> tuple[str, ...]:
        if not text.strip() or text.count(",") >= self.longest:
            raise self._refuse(_shorten(text))
        formulas: list[str] = []
        column = 1
        for part in text.split(","):
            formulas.append(self._read_part(part, column, formulas))
            column += len(part) + 1
        return tuple(formulas)

    def _read_part(self, part: str, column: int, others: Sequence[str]) -> str:
        """Return one formula, which begins at a column of the whole text."""
        try:
            formula = _FORMULA.read(part)
        except OptionError as error:
            problem = str(error).partition(f"column {error.column}: ")[2]
            at = column + error.column - 1
            message = f"{self.label}, column {at}: {problem}"
            raise OptionError(self.name, message, at) from None
        at = column + len(part) - len(part.lstrip())
        short = part.replace(" ", "")  # no formula needs its blanks
        problem = ""
        if not formula.names:
            problem = f"{short} is the same everywhere, it needs x or y"
        elif short in others:
            problem = f"{short} is there twice"
        if problem:
            message = f"{self.label}, column {at}: {problem}."
            raise OptionError(self.name, message, at)
        return short

    def nearest(self, text: str) -> tuple[str, ...]:
        good: list[str] = []
        for part in text.split(","):
            try:
                good.append(self._read_part(part, 1, good))
            except OptionError:
                continue
        return tuple(good[: self.longest]) or self.default

    def write(self, value: object) -> str:
        assert isinstance(value, tuple)
        return ",".join(value)

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "spellcheck": "false", "autocapitalize": "off"}


def compute(
    formulas: Sequence[str], points: Sequence[Place], name: str = "features"
) -> list[tuple[float, ...]]:
    """
    Return a row for each point: the numbers of its features.

    Raises `OptionError` for the option `name` where a formula has no finite value, with
    the formula's column in the text of that option.
    """
    rows = evaluate(formulas, points)
    for point, row in zip(points, rows, strict=True):
        for k, number in enumerate(row):
            if math.isnan(number):
                column = sum(len(formula) + 1 for formula in formulas[:k]) + 1
                x, y = map(show_number, point)
                message = (
                    f"{formulas[k]} isn’t finite at ({x}, {y}), where there is a "
                    f"point. Change or remove this feature."
                )
                raise OptionError(name, message, column)
    return rows


def compute_plane(
    formulas: Sequence[str], places: Sequence[Place]
) -> list[tuple[float, ...]]:
    """Return a row for each place of a picture: NaN where a formula isn’t finite."""
    return evaluate(formulas, places)


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
