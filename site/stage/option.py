"""The kinds of options: numbers, sizes, choices; each reads and writes its own text."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType
from typing import Any


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
    """
    A list of `shortest` to `longest` whole numbers from 1 to `high`, written `16,16`.

    Nothing is written for an empty list, where `shortest` is 0.
    """

    default: tuple[int, ...]
    longest: int
    high: int
    shortest: int = 1

    @property
    def requirement(self) -> str:
        count = f"{self.shortest} to {self.longest}"
        example = self.write(self.default) or self.high
        return (
            f"{count} whole numbers from 1 to {self.high}, "
            f"with commas between, such as {example}"
        )

    def read(self, text: str) -> tuple[int, ...]:
        sizes = self._parse(text)
        if sizes is None or not self.shortest <= len(sizes) <= self.longest:
            raise self._refuse(text)
        if not all(1 <= size <= self.high for size in sizes):
            raise self._refuse(text)
        return sizes

    def nearest(self, text: str) -> tuple[int, ...]:
        sizes = self._parse(text)
        if sizes is None or len(sizes) < self.shortest:
            return self.default
        return tuple(min(max(size, 1), self.high) for size in sizes[: self.longest])

    def write(self, value: object) -> str:
        assert isinstance(value, tuple)
        return ",".join(map(str, value))

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "inputmode": "text", "spellcheck": "false"}

    def _parse(self, text: str) -> tuple[int, ...] | None:
        """Return the sizes, or None where one of them is not a whole number."""
        if not text.isascii() or "_" in text:
            return None
        if not text.strip():
            return ()
        try:
            return tuple(int(part) for part in text.split(","))
        except ValueError:
            return None


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
class ChoiceList(Option):
    """
    One word for all of several things, written `tanh`, or one for each: `tanh,relu`.

    * `words`: the allowed ones, each with its label. `longest`: so many at most.

    Values are tuples of words.
    """

    words: tuple[tuple[str, str], ...]
    longest: int

    @property
    def default(self) -> tuple[str, ...]:
        return (self.words[0][0],)

    @property
    def requirement(self) -> str:
        return (
            f"1 to {self.longest} of the words {', '.join(dict(self.words))}, with "
            f"commas between"
        )

    def read(self, text: str) -> tuple[str, ...]:
        words = self._parse(text)
        if len(words) > self.longest or not set(words) <= set(dict(self.words)):
            raise self._refuse(text)
        return words

    def nearest(self, text: str) -> tuple[str, ...]:
        words = self._parse(text)[: self.longest]
        return words if set(words) <= set(dict(self.words)) else self.default

    def write(self, value: object) -> str:
        assert isinstance(value, tuple)
        return ",".join(value)

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "spellcheck": "false", "autocapitalize": "off"}

    def _parse(self, text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(","))
