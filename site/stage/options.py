"""
The table of a page's options: one row gives a control's name, label, default and range.

The build makes the controls from it, the worker reads addresses and controls with it,
so a bad value is found, and named, in one place. Plain Python: it knows neither DOM nor
JavaScript.

Names and values are promises: they are in the links and the embedded demos of other
people. Whoever changes one lists the old word as `old_name` or in `old_values`, and old
links go on working. Labels are for reading only and may change at any time.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Any

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


@dataclass(frozen=True)
class Option(ABC):
    """
    What all kinds of options have in common.

    * `name`: of the control, in addresses and in Python.
    * `label`, `hint`: beside the control.
    * `old_name`: the name in addresses before the option was renamed.
    """

    name: str
    label: str
    _: KW_ONLY
    hint: str = ""
    old_name: str = ""

    #: Values to choose from, each with its label; none where anything may be typed.
    choices = ()
    #: The value of today for each word that stood for it in addresses before.
    old_values = MappingProxyType({})
    #: The step of a slider beside the field; None for no slider.
    step = None
    is_long = False  # whether the control takes a whole line

    # Each kind also has a `default`, which `write` takes.

    @property
    @abstractmethod
    def requirement(self) -> str:
        """What the option needs, in words, such as "a number from 0 to 1"."""

    @abstractmethod
    def read(self, text: str) -> Any:
        """Return the value that `text` stands for; raises `OptionError`."""

    @abstractmethod
    def nearest(self, text: str) -> Any:
        """Return the allowed value closest to `text`, or the default if none is."""

    @abstractmethod
    def write(self, value: Any) -> str:
        """Return `value` as the control shows it and as `read` takes it."""

    @property
    @abstractmethod
    def attributes(self) -> dict[str, object]:
        """The attributes of the `<input>` that edits this option."""

    def find_old_word(self, value: str) -> str:
        """Return what stood for a value in addresses before; nothing for most."""
        words = [word for word, new in self.old_values.items() if new == value]
        return words[0] if words else ""

    def _refuse(self, text: str) -> OptionError:
        got = f"“{text}”" if text.strip() else "nothing"
        message = f"{self.label} needs {self.requirement}, got {got}."
        return OptionError(self.name, message)


@dataclass(frozen=True)
class Number(Option):
    """A number from `low` to `high`; a whole one where `default` is an `int`."""

    default: float
    low: float
    high: float
    step: float | None = None

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
            raise self._refuse(text)
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
class Sizes(Option):
    """A list of 1 to `longest` whole numbers from 1 to `high`, written `16,16`."""

    default: tuple[int, ...]
    longest: int
    high: int

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
            raise self._refuse(text)
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
class Choice(Option):
    """One of a few values, the first one by default; visitors choose by its label."""

    choices: tuple[tuple[str, str], ...]
    _: KW_ONLY
    old_values: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        return [value for value, _ in self.choices]

    @property
    def default(self) -> str:
        return self.values[0]

    @property
    def requirement(self) -> str:
        return f"one of {', '.join(self.values)}"

    def read(self, text: str) -> str:
        if text not in self.values:
            raise self._refuse(text)
        return text

    def nearest(self, text: str) -> str:
        return self.default

    def write(self, value: object) -> str:
        return str(value)

    @property
    def attributes(self) -> dict[str, object]:
        return {}


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

    def translate(self, texts: Mapping[str, str]) -> dict[str, str]:
        """
        Return the options among `texts`, by the names and values of today.

        `texts` may be those of an old link. stage/addresses.js does the same before
        Python has started.
        """
        translated = {}
        for option in self:
            name = option.name if option.name in texts else option.old_name
            if name and name in texts:
                text = texts[name]
                translated[option.name] = option.old_values.get(text, text)
        return translated

    def list_spellings(self, texts: Mapping[str, str]) -> list[dict[str, str]]:
        """Return texts as links have them and, if they differ, as old links do."""
        old = {}
        for name, text in texts.items():
            option = self[name]
            old[option.old_name or name] = option.find_old_word(text) or text
        return [dict(texts), old] if old != texts else [dict(texts)]

    def replace_invalid(
        self, texts: Mapping[str, str]
    ) -> tuple[dict[str, str], list[str]]:
        """
        Return texts that `read` takes, and a notice for each invalid one.

        For addresses, which people type and shorten: a number out of range becomes the
        nearest allowed one, nonsense becomes the default. Old names and values are
        translated without a notice.
        """
        texts = self.translate(texts)
        valid, notices = {}, []
        for option in self:
            text = texts.get(option.name, option.write(option.default))
            try:
                valid[option.name] = option.write(option.read(text))
            except OptionError as error:
                valid[option.name] = option.write(option.nearest(text))
                notices.append(f"{error} It is now {valid[option.name]}.")
        return valid, notices

    def __getitem__(self, name: str) -> Option:
        return self._options[name]

    def write_default(self, name: str) -> str:
        """Return the default of one option, as its control shows it."""
        option = self._options[name]
        return option.write(option.default)
