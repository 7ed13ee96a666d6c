"""The records of a run without end, of which only the last ones are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

ROOM = 20


class Recent:
    """
    A list that only ever grows, as far as one can see from outside.

    Its length counts everything; of its items the last few are still there.

    >>> recent = Recent()
    >>> for number in range(1000):
    ...     recent.append(number)
    >>> len(recent), recent[-1], recent[998:], len(recent[0:])
    (1000, 999, [998, 999], 20)
    """

    def __init__(self) -> None:
        self._items: deque[Any] = deque(maxlen=ROOM)
        self._n = 0

    def append(self, item: Any) -> None:
        self._items.append(item)
        self._n += 1

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, place: Any) -> Any:
        first = self._n - len(self._items)
        if isinstance(place, slice):
            start, stop, _ = place.indices(self._n)
            return list(self._items)[max(start - first, 0) : max(stop - first, 0)]
        return self._items[place if place < 0 else place - first]
