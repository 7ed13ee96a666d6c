"""The visitor's own points: edited one by one, and written as text for an address."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace

from workbench.dataset import MAX_CLASSES, MAX_POINTS, Dataset, to_label

LIMIT = 1000.0  # of coordinates and of labels that are numbers, in both directions
MAX_NAME = 40  # characters of the name of a class
#: Numbers are multiples of 1/3000, so that all with up to three decimals stay as typed.
_STEPS = 3000

EMPTY = Dataset([], [], ("A", "B"))


# --- rounding -------------------------------------------------------------------------


def round_number(number: float) -> float:
    """Return the nearest number that `write` can write; raises `ValueError` if none."""
    if not abs(number) <= LIMIT:
        raise ValueError(
            f"A point has coordinates from −{LIMIT:.0f} to {LIMIT:.0f}, got {number}."
        )
    return round(number * _STEPS) / _STEPS


def adopt(dataset: Dataset) -> Dataset:
    """Return any data set as own points: `read(write(...))` gives just this one."""
    labels = dataset.labels
    if dataset.is_regression:
        labels = [round_number(label) for label in labels]
    points = [(round_number(x), round_number(y)) for x, y in dataset.points]
    return Dataset(points, [*labels], dataset.class_names)


def clean_name(name: str) -> str:
    """Return the name of a class without line breaks and such, cut to `MAX_NAME`."""
    words = "".join(c if c.isprintable() else " " for c in name).split()
    return " ".join(words)[:MAX_NAME].strip()


# --- editing --------------------------------------------------------------------------
# Each function returns a new data set. `k` is the number of a class, counted from 0,
# and not its label; where the labels are numbers, `k` is the label.


def add_point(dataset: Dataset, x: float, y: float, k: float) -> Dataset:
    """
    Return the data with one more point, the last one.

    `k` may be the number of classes: then a new class begins. Raises `ValueError` for a
    point too many, a place too far away, or another class.
    """
    if len(dataset.points) >= MAX_POINTS:
        raise ValueError(
            f"There are {MAX_POINTS:,} points already, more don’t fit. Delete some."
        )
    points = [*dataset.points, (round_number(x), round_number(y))]
    return _label(dataset, points, [*_classes(dataset), k])


def move_point(dataset: Dataset, i: int, x: float, y: float) -> Dataset:
    """Return the data with point `i` elsewhere; errors as of `add_point`."""
    points = [*dataset.points]
    points[_check(dataset, i)] = round_number(x), round_number(y)
    return replace(dataset, points=points)


def delete_point(dataset: Dataset, i: int) -> Dataset:
    """
    Return the data without point `i`; raises `IndexError`.

    A third or fourth class ends with its last point, unless a later one is still there.
    """
    _check(dataset, i)
    classes = _classes(dataset)
    points = dataset.points[:i] + dataset.points[i + 1 :]
    return _label(dataset, points, classes[:i] + classes[i + 1 :])


def change_class(dataset: Dataset, i: int, k: float) -> Dataset:
    """Return the data with point `i` in another class; errors as of `add_point`."""
    classes = _classes(dataset)
    classes[_check(dataset, i)] = k
    return _label(dataset, [*dataset.points], classes)


def _classes(dataset: Dataset) -> list[float]:
    return [*(dataset.labels if dataset.is_regression else dataset.classes)]


def _check(dataset: Dataset, i: int) -> int:
    if not 0 <= i < len(dataset.points):
        raise IndexError(f"there are {len(dataset.points)} points, got point {i}")
    return i


def _label(
    dataset: Dataset, points: list[tuple[float, float]], classes: Sequence[float]
) -> Dataset:
    """Return points with their labels, which depend on how many classes there are."""
    if dataset.is_regression:
        return Dataset(points, [round_number(k) for k in classes])
    names = [*dataset.class_names]
    n_allowed = min(len(names) + 1, MAX_CLASSES)
    for k in classes:
        if not (k == int(k) and 0 <= k < n_allowed):
            raise ValueError(
                f"There are at most {MAX_CLASSES} classes, and the next one is number "
                f"{n_allowed}, got {k + 1:g}."
            )
    n = max(2, 1 + int(max(classes, default=0)))
    if n > len(names):
        names.append(_find_free_name(names))
    labels = [to_label(int(k), n) for k in classes]
    return Dataset(points, [*labels], tuple(names[:n]))


def _find_free_name(names: Sequence[str]) -> str:
    return next(
        letter
        for letter in (chr(ord("A") + (len(names) + k) % 26) for k in range(26))
        if letter not in names
    )


# --- as text --------------------------------------------------------------------------
# A letter for the version; then, compressed by zlib and in base64: how many classes,
# their names, the number of points, the classes (or the numbers that are the labels),
# all x and all y. Numbers have 3 bytes, and all first bytes come before all second
# ones, which makes them shorter when compressed.

_VERSION = "a"
_MAX_BYTES = 1 + MAX_CLASSES * (1 + 4 * MAX_NAME) + 2 + 9 * MAX_POINTS
_MAX_TEXT = 2 * _MAX_BYTES


def write(dataset: Dataset) -> str:
    """
    Return the data as text that an address can hold; `read` reads it.

    About 5 characters for each point. Numbers are rounded as `adopt` does. Raises
    `ValueError` for data that own points can’t be.
    """
    dataset = adopt(dataset)
    n = len(dataset.points)
    if n > MAX_POINTS or len(dataset.class_names) > MAX_CLASSES:
        raise ValueError(
            f"Own data has at most {MAX_POINTS:,} points and {MAX_CLASSES} classes, "
            f"got {n:,} and {len(dataset.class_names)}."
        )
    names = [name.encode() for name in dataset.class_names]
    if any(clean_name(name) != name or not name for name in dataset.class_names):
        raise ValueError(f"A class has a name of 1 to {MAX_NAME} printable characters.")
    labels = dataset.labels
    payload = b"".join(
        [
            bytes([len(names)]),
            *(bytes([len(name)]) + name for name in names),
            n.to_bytes(2, "little"),
            bytes(dataset.classes) if names else _pack(labels),
            _pack([x for x, _ in dataset.points]),
            _pack([y for _, y in dataset.points]),
        ]
    )
    packed = base64.urlsafe_b64encode(zlib.compress(payload, 9))
    return _VERSION + packed.decode().rstrip("=")


def read(text: str) -> Dataset:
    """
    Return the data that `write` wrote.

    Raises `ValueError`, whose message is a sentence for the visitor, for anything else.
    It never takes more memory than the largest data needs.
    """
    if re.fullmatch(r"[b-z]eN[\w-]+", text, re.ASCII):  # how compressed data begins
        raise ValueError(
            "These points are from a later version of this page. Reload the page, and "
            "then open the link again."
        )
    if not re.fullmatch(rf"{_VERSION}[\w-]*", text, re.ASCII):
        raise ValueError(
            "This isn’t text that the playground wrote for own points, so there are no "
            "points in it."
        )
    if len(text) > _MAX_TEXT:
        raise ValueError(_TOO_LARGE)
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    except binascii.Error:  # one letter too many for whole bytes
        raise ValueError(_CUT_OFF) from None
    unpacker = zlib.decompressobj()
    try:
        payload = unpacker.decompress(packed, _MAX_BYTES + 1)
    except zlib.error:
        raise ValueError(_DAMAGED) from None
    if len(payload) > _MAX_BYTES:
        raise ValueError(_TOO_LARGE)
    if not unpacker.eof:
        raise ValueError(_CUT_OFF)
    if unpacker.unused_data:
        raise ValueError(_DAMAGED)
    return _Reader(payload).read()


_CUT_OFF = (
    "These points are cut off: the end of their text is missing. Copy the whole link."
)
_DAMAGED = (
    "The text of these points is damaged: some letters have changed. Copy the whole "
    "link again."
)
_TOO_LARGE = f"These are more points than fit: at most {MAX_POINTS:,}."


class _Reader:
    """Reads the bytes of a data set from the first to the last."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    def read(self) -> Dataset:
        n_names = self._take(1)[0]
        if n_names > MAX_CLASSES:
            raise ValueError(
                f"These points have {n_names} classes, and there are at most "
                f"{MAX_CLASSES} here."
            )
        if n_names == 1:
            raise ValueError(_DAMAGED)
        names = tuple(self._take_name() for _ in range(n_names))
        n = int.from_bytes(self._take(2), "little")
        if n > MAX_POINTS:
            raise ValueError(f"{_TOO_LARGE[:-1]}, and here are {n:,}.")
        labels: list[float] = []
        if names:
            classes = self._take(n)
            if max(classes, default=0) >= n_names:
                raise ValueError(_DAMAGED)
            labels += (to_label(k, n_names) for k in classes)
        else:
            labels = self._take_numbers(n)
        points = [*zip(self._take_numbers(n), self._take_numbers(n), strict=True)]
        if self._at != len(self._payload):
            raise ValueError(_DAMAGED)
        return Dataset(points, labels, names)

    def _take(self, n: int) -> bytes:
        part = self._payload[self._at : self._at + n]
        if len(part) < n:
            raise ValueError(_DAMAGED)
        self._at += n
        return part

    def _take_name(self) -> str:
        try:
            name = self._take(self._take(1)[0]).decode()
        except UnicodeDecodeError:
            raise ValueError(_DAMAGED) from None
        if not name or clean_name(name) != name:
            raise ValueError(_DAMAGED)
        return name

    def _take_numbers(self, n: int) -> list[float]:
        planes = self._take(3 * n)
        low, middle, high = planes[:n], planes[n : 2 * n], planes[2 * n :]
        numbers = []
        for a, b, c in zip(low, middle, high, strict=True):
            steps = a | b << 8 | c << 16
            numbers.append((-(steps + 1 >> 1) if steps & 1 else steps >> 1) / _STEPS)
        if not all(abs(number) <= LIMIT for number in numbers):
            raise ValueError(_DAMAGED)
        return numbers


def _pack(numbers: Sequence[float]) -> bytes:
    """Return numbers as 3 bytes each; the last ones are 0 for small numbers."""
    steps = [round(number * _STEPS) for number in numbers]
    unsigned = [2 * k if k >= 0 else -2 * k - 1 for k in steps]
    return b"".join(bytes(k >> shift & 255 for k in unsigned) for shift in (0, 8, 16))
