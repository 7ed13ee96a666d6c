"""Makes data sets of CSV files: classes or numbers, and of the plane's size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.csv_rows import Row, note_skipped, read_rows, shorten
from workbench.dataset import MAX_CLASSES, MAX_POINTS, Dataset, to_label
from workbench.own_points import MAX_NAME, adopt, clean_name
from workbench.words import show_number

FAR = 10.0  # coordinates beyond are too large to learn from as they are
NARROW = 0.1  # and coordinates within such a span are too close together


def read_csv(content: bytes) -> tuple[Dataset, list[str]]:
    """
    Return the points of a file, ready to be own points, and notices for the visitor.

    The first three columns are x, y and a label: two to four classes, or more numbers,
    which makes it regression. Commas, semicolons, tabs or blanks separate columns.
    Notices are sentences on what was skipped, guessed or changed.

    Raises `ValueError` whose message says what is wrong, where, and what to do.
    """
    rows, notices = read_rows(content)
    is_regression, rows = _find_kind(rows, notices)
    n_rows = len(rows)
    rows = _thin(rows, is_regression)
    if len(rows) < n_rows:
        notices.append(
            f"Only {len(rows):,} of the {n_rows:,} rows are used, evenly chosen."
        )
    points = _standardise_points(rows, notices)
    if is_regression:
        numbers = [float(row.key) for row in rows]
        labels = _standardise_labels(numbers, notices)
        return adopt(Dataset(points, labels)), notices
    keys = _sort_labels(rows)
    order = {key: k for k, key in enumerate(keys)}
    classes = [to_label(order[row.key], len(keys)) for row in rows]
    return adopt(Dataset(points, [*classes], _name_classes(rows, keys))), notices


# --- classes or numbers ---------------------------------------------------------------


def _find_kind(rows: list[Row], notices: list[str]) -> tuple[bool, list[Row]]:
    """Return whether the labels are numbers, not classes, and the rows that fit."""
    keys = {row.key: row for row in rows}
    if len(keys) == 1:
        raise ValueError(
            f"Every row has the label “{shorten(rows[0].label)}”. Two to four classes "
            f"are needed, so add rows with another label."
        )
    if len(keys) <= MAX_CLASSES:
        return False, rows
    others = [row for row in rows if isinstance(row.key, str)]
    n = sum(not isinstance(key, str) for key in keys)
    if len(others) * 10 <= len(rows) and n > MAX_CLASSES:  # a few words are mistakes
        if others:
            bad = [
                (r.line, f"the label is “{shorten(r.label)}”, which is not a number")
                for r in others
            ]
            note_skipped(bad, notices)
        notices.append(
            f"The labels are {n:,} different numbers, so this is regression. For "
            f"classes use at most {MAX_CLASSES} different labels."
        )
        return True, [row for row in rows if not isinstance(row.key, str)]
    first = others[0]
    raise ValueError(
        f"The third column has {len(keys):,} different labels, such as "
        f"“{shorten(first.label)}” in line {first.line}. Use at most {MAX_CLASSES} "
        f"classes, or only numbers."
    )


def _sort_labels(rows: Sequence[Row]) -> list[float | str]:
    """Return what tells the classes apart: numbers first, then words."""
    return sorted(
        {row.key for row in rows}, key=lambda key: (isinstance(key, str), key)
    )


def _name_classes(rows: Sequence[Row], keys: Sequence[float | str]) -> tuple[str, ...]:
    """Return a name for each class, all different."""
    labels = {row.key: row.label for row in reversed(rows)}  # of each the first
    names: list[str] = []
    for k, key in enumerate(keys):
        name = clean_name(labels[key]) or f"class {k + 1}"
        if name in names:
            name = f"{name[: MAX_NAME - 2]} {k + 1}"
        names.append(name)
    return tuple(names)


def _thin(rows: list[Row], is_regression: bool) -> list[Row]:
    """Return at most `MAX_POINTS` rows, evenly chosen from each class, in order."""
    if len(rows) <= MAX_POINTS:
        return rows
    groups: dict[float | str, list[Row]] = {}
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
    rows: Sequence[Row], notices: list[str]
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
