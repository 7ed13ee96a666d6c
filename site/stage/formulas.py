"""Options that are typed as formulas, or as numbers with names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from moongrad.formula import Formula, FormulaError, parse
from stage.option import Option, OptionError


@dataclass(frozen=True)
class FormulaText(Option):
    """A formula; where `names` are given, it may use no others."""

    default: str
    names: tuple[str, ...] = ()

    requirement = "a formula"
    is_long = True

    def read(self, text: str) -> Formula:
        try:
            formula = parse(text)
        except FormulaError as error:
            raise self.refuse(error) from None
        for name in formula.made:
            if name in self.names:
                message = f"{name} has a field of its own"
                raise self.refuse(FormulaError(message, find_name(text, name)))
        for name in formula.names:
            if self.names and name not in self.names:
                allowed = " and ".join(self.names)
                column = find_name(text, name)
                message = f"there is no {name} here, only {allowed}"
                raise self.refuse(FormulaError(message, column))
        return formula

    def refuse(self, error: FormulaError) -> OptionError:
        """Return the error as one of this option."""
        return OptionError(self.name, f"{self.label}, {error}.", error.column)

    def nearest(self, text: str) -> Formula:
        return self.read(self.default)

    def write(self, value: object) -> str:
        return value if isinstance(value, str) else value.text  # type: ignore[attr-defined]

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "spellcheck": "false", "autocapitalize": "off"}


@dataclass(frozen=True)
class NamedNumbers(Option):
    """Numbers with names, written `a=2, b=-3`."""

    default: str

    requirement = "names with a number each, such as a=2, b=-3"
    is_long = True

    def read(self, text: str) -> dict[str, float]:
        numbers: dict[str, float] = {}
        column = 1
        for part in text.split(","):
            match = _NAMED.fullmatch(part)
            number = float(match[2]) if match else math.nan
            if match is None or match[1] in numbers or not abs(number) <= 1e6:
                if match is None:
                    problem = f"“{part.strip()}” is not a name, =, and a number"
                elif match[1] in numbers:
                    problem = f"{match[1]} has a number already"
                else:
                    problem = "a number goes from −1000000 to 1000000 here"
                n_blank = len(part) - len(part.lstrip())
                column += min(n_blank, max(len(part) - 1, 0))
                message = f"{self.label}, column {column}: {problem}."
                raise OptionError(self.name, message, column)
            numbers[match[1]] = number
            column += len(part) + 1
        return numbers

    def nearest(self, text: str) -> dict[str, float]:
        return self.read(self.default)

    def write(self, value: object) -> str:
        if isinstance(value, str):
            return value
        assert isinstance(value, dict)
        return ", ".join(
            f"{name}={str(number).removesuffix('.0')}" for name, number in value.items()
        )

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "spellcheck": "false", "autocapitalize": "off"}


_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_NAMED = re.compile(rf"\s*([A-Za-z]\w{{0,19}})\s*=\s*({_NUMBER})\s*", re.ASCII)


def find_name(text: str, name: str) -> int:
    """Return the column of the first use of a name in a formula."""
    match = re.search(rf"\b{re.escape(name)}\b", text)
    return match.start() + 1 if match else 1
