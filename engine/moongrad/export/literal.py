"""Numbers and calls as source code that people read, at most 88 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_WIDTH = 88
_ROOM = _WIDTH - 16  # of rows and numbers, which stand indented


def write_numbers(items: Iterable[str]) -> list[str]:
    """Return lines of numbers, as many in each as there is room for."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > _ROOM:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"{item},"
    return lines


def write_rows(rows: Iterable[Iterable[Any]], brackets: str = "()") -> list[str]:
    """Return the lines of rows of numbers: one for a row where there is room."""
    opening, closing = brackets[0], brackets[1]
    lines = []
    for row in rows:
        items = [repr(x) for x in row]
        comma = "," if brackets == "()" and len(items) == 1 else ""  # (1.0,)
        line = f"{opening}{', '.join(items)}{comma}{closing},"
        if len(line) <= _ROOM:
            lines.append(line)
        else:
            lines += write_list(write_numbers(items), opening, f"{closing},")
    return lines


def write_labels(labels: Sequence[Any]) -> list[str]:
    """Return the lines of labels, which are numbers or rows of them."""
    if any(isinstance(label, list) for label in labels):
        return write_rows(labels)
    return write_numbers(map(repr, labels))


def write_list(lines: Iterable[str], start: str, end: str = "]") -> list[str]:
    """Return lines, indented, between the lines `start` and `end`."""
    return [start, *indent(lines), end]


def write_call(start: str, arguments: Sequence[str]) -> list[str]:
    """Return the lines of a call: one if it fits, else one for each argument."""
    line = f"{start}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return [line]
    return write_list([f"{argument}," for argument in arguments], f"{start}(", ")")


def indent(lines: Iterable[str]) -> list[str]:
    """Return lines that begin four columns further right."""
    return [f"    {line}" for line in lines]
