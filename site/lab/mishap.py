"""An error that ended the run of a cell, as the sentences about it need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class SentenceError(TypeError):
    """An error of the lab's own, whose message is the sentence for the visitor."""


@dataclass(frozen=True)
class Mishap:
    """
    An error that a run ended with.

    * `text`: its message. `line`: the line of the cell it came from, from 1.
    * `source`: of the cell. `names`: what is defined where it happened.
    """

    error: BaseException
    text: str
    line: int | None
    source: str
    names: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The line of the cell that it came from."""
        lines = self.source.splitlines()
        is_there = self.line is not None and 0 < self.line <= len(lines)
        return lines[(self.line or 1) - 1].strip() if is_there else ""


def read_message(error: BaseException) -> str:
    """Return the text of an error, whose `__str__` may be the visitor's."""
    try:
        return str(error)
    except Exception:
        return ""


def read_kind(error: BaseException) -> str:
    """Return the name of an error's class, whose own class may be the visitor's."""
    return str(type.__dict__["__name__"].__get__(type(error)))
