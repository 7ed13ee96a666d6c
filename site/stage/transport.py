"""How views and records travel to the page: as JSON, of a view what has changed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from stage.view import View


class Changes:
    """Remembers the view that the page has, to send of the next what differs."""

    def __init__(self) -> None:
        self._sent: dict[str, object] = {}

    def take(self, view: View) -> dict[str, object]:
        """Return the parts of a view that the page does not have yet, by name."""
        parts = {field.name: getattr(view, field.name) for field in fields(view)}
        new = {
            name: value
            for name, value in parts.items()
            if name not in self._sent or self._sent[name] != value
        }
        self._sent = parts
        return new


class Ledger:
    """Knows which records of a run the page has."""

    def __init__(self) -> None:
        self._n_sent = 0
        self.is_held = False  # in a drag there would be thousands a second

    def restart(self) -> None:
        """There is another run: the page has nothing of it."""
        self._n_sent = 0

    def take(self, records: Sequence[Any]) -> tuple[int, Sequence[Any]]:
        """Return the number of the first record that the page lacks, and them all."""
        first = min(self._n_sent, len(records))  # some may have been taken back
        if self.is_held:
            return first, []
        self._n_sent = len(records)
        return first, records[first:]


def pack_records(first: int, records: Sequence[Any]) -> dict[str, object]:
    """Return named tuples as rows, the names of their fields once."""
    if not records:
        return {"first": first, "fields": (), "rows": records}
    # What the first one has not measured, such as the loss of test rows, none has.
    pairs = zip(records[0]._fields, records[0], strict=True)
    names = [name for name, number in pairs if number is not None]
    n = len(names)  # what may be missing comes last
    return {"first": first, "fields": names, "rows": [row[:n] for row in records]}


def encode(message: Mapping[str, object]) -> str:
    """Return a message as JSON; what is not a finite number becomes null."""
    try:
        return json.dumps(message, default=_as_dict, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(message), default=_as_dict)


def _as_dict(value: object) -> dict[str, object]:
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"a {type(value).__name__} cannot be sent to the page")
    return asdict(value)


def _without_nan(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value
