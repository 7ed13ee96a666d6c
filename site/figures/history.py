"""The numbers of a run's records as arrays, of which only the new ones are read."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

_ROOM = 256  # records that there is room for at first


class History:
    """
    Some fields of a list of records, one array each.

    A list that goes on where it ended at the last `update` costs as much as there is
    new in it; any other list is read from its beginning.
    """

    def __init__(self, *fields: str) -> None:
        self._fields = fields
        self._numbers = np.empty((len(fields), _ROOM))
        self._n = 0
        self._last: Any = None

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        """The numbers of each field, in the order of the fields."""
        return tuple(self._numbers[:, : self._n])

    def update(self, records: Sequence[Any]) -> None:
        """Read the records that are new."""
        if not self._is_continued(records):
            self._n = 0
        new = records[self._n :]
        n = self._n + len(new)
        room = self._numbers.shape[1]
        if n > room:
            larger = np.empty((len(self._fields), max(n, 2 * room)))
            larger[:, : self._n] = self._numbers[:, : self._n]
            self._numbers = larger
        for column, field in zip(self._numbers, self._fields, strict=True):
            column[self._n : n] = list(map(attrgetter(field), new))
        self._n = n
        self._last = records[-1] if n else None

    def _is_continued(self, records: Sequence[Any]) -> bool:
        # Records of another run may be equal, but they are not the same objects.
        n = self._n
        return n == 0 or (n <= len(records) and records[n - 1] is self._last)
