"""Reads the CSV files that people have: x, y and a label in each row."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from workbench.dataset import MAX_CLASSES, MAX_POINTS, Dataset, to_label
from workbench.own_points import MAX_NAME, adopt, clean_name
from workbench.words import show_number

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000  # more would keep the visitor waiting
LARGEST = 1e12  # what is above counts as a mistake, as infinity does
FAR = 10.0  # coordinates beyond are too large to learn from as they are
NARROW = 0.1  # and coordinates within such a span are too close together

_EXAMPLE = "Write rows such as 0.5,-1.2,A."


def read_csv(content: bytes) -> tuple[Dataset, list[str]]:
    """
    Return the points of a file, ready to be own points, and notices for the visitor.

    The first three columns are x, y and a label: two to four classes, or more numbers,
    which makes it regression. Commas, semicolons, tabs or blanks separate columns.
    Notices are sentences on what was skipped, guessed or changed.

    Raises `ValueError` whose message says what is wrong, where, and what to do.
    """
    text, notices = _decode(content)
    rows = _read_rows(text, notices)
    is_regression, rows = _find_kind(rows, notices)
    n_rows = len(rows)
    rows = _thin(rows, is_regression)
    if len(rows) < n_rows:
        notices.append(
            f"Only {len(rows):,} of the {n_rows:,} rows are used, evenly chosen."
        )
    points = _standardise_points(rows, notices)
    if is_regression:
        labels = _standardise_labels([row.number for row in rows], notices)
        return adopt(Dataset(points, labels)), notices
    keys = _sort_labels(rows)
    numbers = {key: k for k, key in enumerate(keys)}
    classes = [to_label(numbers[row.key], len(keys)) for row in rows]
    return adopt(Dataset(points, [*classes], _name_classes(rows, keys))), notices


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
        good = [r for r in rows if isinstance(_parse_row(0, r, separator), _Row)]
        sizes = [len(row) for row in rows]
        return len(good), sum(n > 2 for n in sizes), sum(n > 1 for n in sizes)

    return max(";\t, ", key=count_good)  # the first one of equals


# --- from cells to rows ---------------------------------------------------------------


class _Row(NamedTuple):
    line: int
    x: float
    y: float
    label: str
    number: float  # that the label is; NaN if none

    @property
    def key(self) -> float | str:
        """What labels are compared by: 1 and 1.0 are the same class."""
        return self.label if math.isnan(self.number) else self.number


_MISSING = {"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL"}


def _parse_number(cell: str, separator: str) -> float | None:
    """Return the number in a cell, None if there is none; it may be infinite."""
    try:
        number = float(cell)
    except ValueError:  # perhaps a decimal comma, or a real minus sign
        plain = cell.replace("−", "-")
        if separator != "," and "." not in cell:
            plain = plain.replace(",", ".", 1)
        return None if plain == cell else _parse_number(plain, separator)
    if number != number or "_" in cell or not cell.isascii():  # float takes too much
        return None
    return number


def _parse_row(line: int, cells: Sequence[str], separator: str) -> _Row | str:
    """Return a row, or what is wrong with it."""
    if len(cells) < 3:
        plural = "" if len(cells) == 1 else "s"
        return f"it has {len(cells)} column{plural}, not x, y and a label"
    numbers = []
    for name, cell in zip("xy", cells, strict=False):
        number = _parse_number(cell, separator)
        if not cell:
            return f"{name} is missing"
        if number is None:
            return f"{name} is “{_cut(cell)}”, which is not a number"
        if abs(number) > LARGEST:
            return f"{name} is too large or infinite"
        numbers.append(number)
    label = cells[2]
    if label in _MISSING:
        return "the label is missing"
    number = _parse_number(label, separator)
    if number is not None and abs(number) > LARGEST:
        return "the label is too large or infinite"
    return _Row(line, *numbers, label, math.nan if number is None else number)


def _read_rows(text: str, notices: list[str]) -> list[_Row]:
    """Return the good rows, and add notices on the others."""
    separator = _guess_separator(text)
    rows: list[_Row] = []
    skipped: list[tuple[int, str]] = []
    header = 0
    longest = 0
    every = _split(text, separator)
    for k, (line, cells) in enumerate(islice(every, MAX_ROWS)):
        row = _parse_row(line, cells, separator)
        if isinstance(row, _Row):
            rows.append(row)
            longest = max(longest, len(cells))
        elif k == 0 and _is_header(cells, separator):
            header = line
            names = _cut(", ".join(cells), 60)
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
        _note_skipped(skipped, notices)
    if longest > 3:
        notices.append(f"Only the first three of {longest} columns are used.")
    if next(every, None) is not None:
        notices.append(f"Only the first {MAX_ROWS:,} rows were read.")
    return rows


def _is_header(cells: Sequence[str], separator: str) -> bool:
    return all(_parse_number(cell, separator) is None for cell in cells[:2])


def _note_skipped(skipped: Sequence[tuple[int, str]], notices: list[str]) -> None:
    line, problem = skipped[0]
    if len(skipped) == 1:
        notices.append(f"Line {line} was skipped: {problem}.")
    else:
        notices.append(
            f"{len(skipped):,} rows were skipped. The first is line {line}: {problem}."
        )


# --- classes or numbers ---------------------------------------------------------------


def _find_kind(rows: list[_Row], notices: list[str]) -> tuple[bool, list[_Row]]:
    """Return whether the labels are numbers, not classes, and the rows that fit."""
    keys = {row.key: row for row in rows}
    if len(keys) == 1:
        raise ValueError(
            f"Every row has the label “{_cut(rows[0].label)}”. Two to four classes are "
            f"needed, so add rows with another label."
        )
    if len(keys) <= MAX_CLASSES:
        return False, rows
    others = [row for row in rows if math.isnan(row.number)]
    n = sum(not isinstance(key, str) for key in keys)
    if len(others) * 10 <= len(rows) and n > MAX_CLASSES:  # a few words are mistakes
        if others:
            bad = [
                (r.line, f"the label is “{_cut(r.label)}”, which is not a number")
                for r in others
            ]
            _note_skipped(bad, notices)
        notices.append(
            f"The labels are {n:,} different numbers, so this is regression. For "
            f"classes use at most {MAX_CLASSES} different labels."
        )
        return True, [row for row in rows if not math.isnan(row.number)]
    first = others[0]
    raise ValueError(
        f"The third column has {len(keys):,} different labels, such as "
        f"“{_cut(first.label)}” in line {first.line}. Use at most {MAX_CLASSES} "
        f"classes, or only numbers."
    )


def _sort_labels(rows: Sequence[_Row]) -> list[float | str]:
    """Return what tells the classes apart: numbers first, then words."""
    return sorted(
        {row.key for row in rows}, key=lambda key: (isinstance(key, str), key)
    )


def _name_classes(rows: Sequence[_Row], keys: Sequence[float | str]) -> tuple[str, ...]:
    """Return a name for each class, all different."""
    labels = {row.key: row.label for row in reversed(rows)}  # of each the first
    names: list[str] = []
    for k, key in enumerate(keys):
        name = clean_name(labels[key]) or f"class {k + 1}"
        if name in names:
            name = f"{name[: MAX_NAME - 2]} {k + 1}"
        names.append(name)
    return tuple(names)


def _thin(rows: list[_Row], is_regression: bool) -> list[_Row]:
    """Return at most `MAX_POINTS` rows, evenly chosen from each class, in order."""
    if len(rows) <= MAX_POINTS:
        return rows
    groups: dict[float | str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(0.0 if is_regression else row.key, []).append(row)
    room = MAX_POINTS - len(groups)
    sizes = [max(1, len(group) * room // len(rows)) for group in groups.values()]
    left = [
        len(group) - size for group, size in zip(groups.values(), sizes, strict=True)
    ]
    for _ in range(MAX_POINTS - sum(sizes)):  # what rounding down has left over
        k = max(range(len(left)), key=left.__getitem__)
        sizes[k] += 1
        left[k] -= 1
    chosen = [
        group[len(group) * k // size]
        for group, size in zip(groups.values(), sizes, strict=True)
        for k in range(size)
    ]
    return sorted(chosen, key=lambda row: row.line)


# --- the size of the plane ------------------------------------------------------------


def _standardise_points(
    rows: Sequence[_Row], notices: list[str]
) -> list[tuple[float, float]]:
    columns = [row.x for row in rows], [row.y for row in rows]
    if any(map(_is_off_scale, columns)):
        (xs, x_was), (ys, y_was) = map(_standardise, columns)
        notices.append(
            f"The coordinates were too large or too close together, so both were "
            f"standardised to mean 0 and deviation 1. Before, x had {x_was}, and y had "
            f"{y_was}."
        )
        columns = xs, ys
    return list(zip(*columns, strict=True))


def _standardise_labels(labels: list[float], notices: list[str]) -> list[float]:
    if not _is_off_scale(labels):
        return labels
    labels, was = _standardise(labels)
    notices.append(
        f"The labels were too large or too close together, so they were standardised "
        f"to mean 0 and deviation 1. Before, they had {was}."
    )
    return labels


def _is_off_scale(numbers: Sequence[float]) -> bool:
    low, high = min(numbers), max(numbers)
    return max(-low, high) > FAR or 0 < high - low < NARROW


def _standardise(numbers: Sequence[float]) -> tuple[list[float], str]:
    """Return numbers with mean 0 and deviation 1, and what they had before."""
    low, span = min(numbers), max(numbers) - min(numbers)
    shares = [(number - low) / span if span else 0.0 for number in numbers]
    mean = math.fsum(shares) / len(shares)
    deviation = math.sqrt(math.fsum((s - mean) ** 2 for s in shares) / len(shares))
    was = (
        f"mean {show_number(low + span * mean)} and deviation "
        f"{show_number(span * deviation)}"
    )
    return [(share - mean) / (deviation or 1.0) for share in shares], was


def _cut(text: str, n: int = 30) -> str:
    return text if len(text) <= n else f"{text[:n]}…"
