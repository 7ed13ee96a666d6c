"""
The table of a page's options: one row gives a control's name, label, default and range.

The build makes the controls from it, the worker reads URLs and controls with it, so a
bad value is judged, and named, in one place. Plain Python: it knows neither DOM nor
JavaScript.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Protocol

from moongrad.formula import Formula, FormulaError, parse


class OptionError(ValueError):
    """
    A value that an option cannot take; `name` is that option's.

    `column`, counted from 1, is where in its text; 0 is nowhere in particular.
    """

    def __init__(self, name: str, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.name = name
        self.column = column


class Option(Protocol):
    """What every kind of option has; `name` is also the control's and the URL's."""

    name: str
    label: str
    hint: str

    @property
    def is_long(self) -> bool:
        """Whether the control takes a whole line."""

    @property
    def step(self) -> float | None:
        """The step of a slider beside the field; None for no slider."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The words to choose from; none where anything may be typed."""

    @property
    def default(self) -> object: ...

    @property
    def requirement(self) -> str:
        """What the option needs, in words, such as "a number from 0 to 1"."""

    def read(self, text: str) -> object:
        """Return the value that `text` stands for; raises `OptionError`."""

    def nearest(self, text: str) -> object:
        """Return the allowed value closest to `text`, or the default where none is."""

    def write(self, value: object) -> str:
        """Return `value` as the control shows it and as `read` takes it."""

    @property
    def attributes(self) -> dict[str, object]:
        """The attributes of the `<input>` that edits this option."""


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; a whole one where `default` is an `int`."""

    name: str
    label: str
    default: float
    low: float
    high: float
    hint: str = ""
    step: float | None = None

    choices = ()
    is_long = False

    @property
    def is_whole(self) -> bool:
        return isinstance(self.default, int)

    @property
    def requirement(self) -> str:
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} from {self.low} to {self.high}"

    def read(self, text: str) -> float:
        number = self._parse(text)
        if number is None or not self.low <= number <= self.high:
            raise _refusal(self, text)
        return number

    def nearest(self, text: str) -> float:
        number = self._parse(text)
        return self.default if number is None else min(max(number, self.low), self.high)

    def write(self, value: object) -> str:
        return str(value).removesuffix(".0")

    @property
    def attributes(self) -> dict[str, object]:
        return {
            "type": "number",
            "inputmode": "numeric" if self.is_whole else "decimal",
            "min": self.low,
            "max": self.high,
            "step": 1 if self.is_whole else "any",
        }

    def _parse(self, text: str) -> float | None:
        if not text.isascii() or "_" in text:  # int() takes more than people write
            return None
        try:
            if self.is_whole:
                return int(text)
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Sizes:
    """A list of 1 to `longest` whole numbers from 1 to `high`, written `16,16`."""

    name: str
    label: str
    default: tuple[int, ...]
    longest: int
    high: int
    hint: str = ""

    step = None  # a list has no slider
    choices = ()
    is_long = False

    @property
    def requirement(self) -> str:
        return (
            f"1 to {self.longest} whole numbers from 1 to {self.high}, "
            f"with commas between, such as {self.write(self.default)}"
        )

    def read(self, text: str) -> tuple[int, ...]:
        sizes = self._parse(text)
        fits = 1 <= len(sizes) <= self.longest
        if not fits or not all(1 <= size <= self.high for size in sizes):
            raise _refusal(self, text)
        return sizes

    def nearest(self, text: str) -> tuple[int, ...]:
        sizes = self._parse(text)[: self.longest]
        return tuple(min(max(size, 1), self.high) for size in sizes) or self.default

    def write(self, value: object) -> str:
        assert isinstance(value, tuple)
        return ",".join(map(str, value))

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "inputmode": "text", "spellcheck": "false"}

    def _parse(self, text: str) -> tuple[int, ...]:
        """Return the sizes, or none at all where one of them is not a whole number."""
        if not text.isascii() or "_" in text:
            return ()
        try:
            return tuple(int(part) for part in text.split(","))
        except ValueError:
            return ()


@dataclass(frozen=True)
class Choice:
    """One of a few words, the first one by default."""

    name: str
    label: str
    choices: tuple[str, ...]
    hint: str = ""

    step = None  # a choice has no slider
    is_long = False

    @property
    def default(self) -> str:
        return self.choices[0]

    @property
    def requirement(self) -> str:
        return f"one of {', '.join(self.choices)}"

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise _refusal(self, text)
        return text

    def nearest(self, text: str) -> str:
        return self.default

    def write(self, value: object) -> str:
        return str(value)

    @property
    def attributes(self) -> dict[str, object]:
        return {}


@dataclass(frozen=True)
class Typed:
    """A formula; where `names` are given, it may use no others."""

    name: str
    label: str
    default: str
    names: tuple[str, ...] = ()
    hint: str = ""

    step = None
    choices = ()
    requirement = "a formula"
    is_long = True  # the control takes a whole line

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
class Named:
    """Numbers with names, written `a=2, b=-3`."""

    name: str
    label: str
    default: str
    hint: str = ""

    step = None
    choices = ()
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


class Options:
    """The options of one page, in the order of its controls."""

    def __init__(self, *options: Option) -> None:
        self._options = {option.name: option for option in options}

    def __iter__(self) -> Iterator[Option]:
        return iter(self._options.values())

    def read(self, texts: Mapping[str, str]) -> SimpleNamespace:
        """
        Return the value of every option by name; those not in `texts` have their
        default.

        Raises `OptionError` for the first one that is not allowed. Other names are
        ignored.
        """
        return SimpleNamespace(
            **{
                option.name: option.read(
                    texts.get(option.name, option.write(option.default))
                )
                for option in self
            }
        )

    def mend(self, texts: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """
        Return texts that `read` takes, and a notice for every one that had to change.

        For addresses, which people type and shorten: a number out of range becomes the
        nearest allowed one, nonsense becomes the default.
        """
        mended, notices = {}, []
        for option in self:
            text = texts.get(option.name, option.write(option.default))
            try:
                mended[option.name] = option.write(option.read(text))
            except OptionError as error:
                mended[option.name] = option.write(option.nearest(text))
                notices.append(f"{error} It is now {mended[option.name]}.")
        return mended, notices

    def __getitem__(self, name: str) -> Option:
        return self._options[name]

    def write_default(self, name: str) -> str:
        """Return the default of one option, as its control shows it."""
        option = self._options[name]
        return option.write(option.default)


def _refusal(option: Option, text: str) -> OptionError:
    got = f"“{text}”" if text.strip() else "nothing"
    return OptionError(
        option.name, f"{option.label} needs {option.requirement}, got {got}."
    )
