"""Reads the rows of CSV files, in any form that people have them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000  # more would keep the visitor waiting
LARGEST = 1e12  # what is above counts as a mistake, as infinity does

_EXAMPLE = "Write rows such as 0.5,-1.2,A."


class Row(NamedTuple):
    """A row with numbers as x and y, and a label that is there."""

    line: int
    x: float
    y: float
    label: str
    key: float | str  # what labels are compared by: 1 and 1.0 are the same class


def read_rows(content: bytes) -> tuple[list[Row], list[str]]:
    """
    Return the good rows of a file, at least one, and notices on everything else.

    Raises `ValueError` whose message says what is wrong, where, and what to do.
    """
    text, notices = _decode(content)
    return _collect(text, notices), notices


# --- from bytes to cells --------------------------------------------------------------


def _decode(content: bytes) -> tuple[str, list[str]]:
    """Return the text of a file, and a notice unless it's in UTF-8."""
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"The file has {len(content) / 1e6:.0f} MB, and at most "
            f"{MAX_BYTES / 1e6:.0f} MB are read. Use a part of it."
        )
    if content.startswith(b"PK\x03\x04"):
        raise ValueError(
            "The file is a zip archive, as spreadsheets are. Save the table as CSV."
        )
    text, notice = _guess_text(content)
    sample = text[:10_000]
    n_controls = sum(
        character < " " and not character.isspace() for character in sample
    )
    if "\0" in text or n_controls > len(sample) / 100:
        raise ValueError(
            "The file isn’t text, so there are no rows in it. Save the table as CSV."
        )
    if not text.strip():
        raise ValueError(f"The file is empty. {_EXAMPLE}")
    return text, [notice] if notice else []


def _guess_text(content: bytes) -> tuple[str, str]:
    """Return the text in the likeliest encoding, and a notice if that isn’t UTF-8."""
    start = content[:1000]
    n = len(start) // 2
    low, high = start[1::2].count(0), start[0::2].count(0)
    for code, mark, n_zeros in (
        ("utf-16-le", b"\xff\xfe", low),
        ("utf-16-be", b"\xfe\xff", high),
    ):
        if start.startswith(mark) or (n > 3 and n_zeros > 0.8 * n and low != high):
            try:
                text = content.removeprefix(mark).decode(code)
            except UnicodeDecodeError:
                continue
            return text, "The file is in UTF-16."
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode(), ""
    except UnicodeDecodeError:
        notice = "The file isn’t in UTF-8, so it was read as Latin-1."
        return content.decode("latin-1"), notice


def _split(
    text: str, separator: str, *, is_strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that isn’t blank, with the line where it ends."""
    lines: Iterable[str] = io.StringIO(text, newline="")
    if separator == " ":
        lines = (line.strip() + "\n" for line in lines)
    reader = csv.reader(
        lines, delimiter=separator, skipinitialspace=True, strict=is_strict
    )
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error:
        raise ValueError(
            f"Line {reader.line_num} can’t be read: a quote isn’t closed, or something "
            f"stands behind it. Correct or delete the quote."
        ) from None


def _guess_separator(text: str) -> str:
    """Return the separator that gives the most good rows among the first ones."""
    sample = text[:20_000]

    def count_good(separator: str) -> tuple[int, int, int]:
        rows = [cells for _, cells in _split(sample, separator, is_strict=False)]
        parser = _Parser(separator)
        good = [row for row in rows if isinstance(parser.parse(0, row), Row)]
        sizes = [len(row) for row in rows]
        return len(good), sum(n > 2 for n in sizes), sum(n > 1 for n in sizes)

    return max(";\t, ", key=count_good)  # the first one of equals


# --- from cells to rows ---------------------------------------------------------------


_MISSING = {"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL"}


class _Parser:
    """Turns the cells of rows into numbers and labels."""

    def __init__(self, separator: str) -> None:
        self._has_decimal_commas = separator != ","
        self._keys: dict[str, float | str] = {}  # of the labels so far

    def parse(self, line: int, cells: Sequence[str]) -> Row | str:
        """Return a row, or what is wrong with it."""
        if len(cells) < 3:
            plural = "" if len(cells) == 1 else "s"
            return f"it has {len(cells)} column{plural}, not x, y and a label"
        x, y = self.read_number(cells[0]), self.read_number(cells[1])
        if x is None or y is None or abs(x) > LARGEST or abs(y) > LARGEST:
            return self._describe_problem(cells)
        label = cells[2]
        if label in _MISSING:
            return "the label is missing"
        key = self._keys.get(label)
        if key is None:
            number = self.read_number(label)
            key = self._keys[label] = label if number is None else number
        if not isinstance(key, str) and abs(key) > LARGEST:
            return "the label is too large or infinite"
        return Row(line, x, y, label, key)

    def read_number(self, cell: str) -> float | None:
        """Return the number in a cell, None if there is none; it may be infinite."""
        try:
            number = float(cell)
        except ValueError:  # perhaps a decimal comma, or a real minus sign
            plain = cell.replace("−", "-")
            if self._has_decimal_commas and "." not in cell:
                plain = plain.replace(",", ".", 1)
            return None if plain == cell else self.read_number(plain)
        # float takes more than people write.
        if number != number or "_" in cell or not cell.isascii():
            return None
        return number

    def _describe_problem(self, cells: Sequence[str]) -> str:
        """Return which coordinate is wrong, and how; the first one of both."""
        for name, cell in zip("xy", cells, strict=False):
            number = self.read_number(cell)
            if not cell:
                return f"{name} is missing"
            if number is None:
                return f"{name} is “{shorten(cell)}”, which is not a number"
            if abs(number) > LARGEST:
                return f"{name} is too large or infinite"
        raise AssertionError("both coordinates are numbers")


def _collect(text: str, notices: list[str]) -> list[Row]:
    """Return the good rows, and add notices on the others."""
    separator = _guess_separator(text)
    rows: list[Row] = []
    skipped: list[tuple[int, str]] = []
    header = 0
    longest = 0
    parser = _Parser(separator)
    every = _split(text, separator)
    for k, (line, cells) in enumerate(islice(every, MAX_ROWS)):
        row = parser.parse(line, cells)
        if isinstance(row, Row):
            rows.append(row)
            longest = max(longest, len(cells))
        elif k == 0 and _is_header(cells, parser):
            header = line
            names = shorten(", ".join(cells), 60)
            notices.append(f"Line {line} was taken as a header: {names}.")
        else:
            skipped.append((line, row))
    if not rows and skipped:
        line, problem = skipped[0]
        raise ValueError(
            f"No row has an x, a y and a label. In line {line}, {problem}. {_EXAMPLE}"
        )
    if not rows:
        raise ValueError(f"There are no rows below line {header}. {_EXAMPLE}")
    if skipped:
        note_skipped(skipped, notices)
    if longest > 3:
        notices.append(f"Only the first three of {longest} columns are used.")
    if next(every, None) is not None:
        notices.append(f"Only the first {MAX_ROWS:,} rows were read.")
    return rows


def _is_header(cells: Sequence[str], parser: _Parser) -> bool:
    return all(parser.read_number(cell) is None for cell in cells[:2])


def note_skipped(skipped: Sequence[tuple[int, str]], notices: list[str]) -> None:
    """Add a notice on rows that were skipped, each with its line and the problem."""
    line, problem = skipped[0]
    if len(skipped) == 1:
        notices.append(f"Line {line} was skipped: {problem}.")
    else:
        notices.append(
            f"{len(skipped):,} rows were skipped. The first is line {line}: {problem}."
        )


def shorten(text: str, n: int = 30) -> str:
    """Return a text for a message, cut if it is long."""
    return text if len(text) <= n else f"{text[:n]}…"
