"""A run's past: its parameters at some steps, fewer and fewer of them as it goes on."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from moongrad import Record
from moongrad.train import Progress

_Item = TypeVar("_Item")


class Thinned(Generic[_Item]):
    """
    A list that stays short: when it is full, every second item is dropped.

    The first and the newest item are always there; between them the others are evenly
    spaced. `capacity`: at most so many, at least 3. `keep` is called with an item that
    is to stay for longer than until the next one comes, and returns what is kept.
    """

    def __init__(
        self, capacity: int, keep: Callable[[_Item], _Item] = lambda item: item
    ) -> None:
        if capacity < 3:
            raise ValueError(f"Thinned needs capacity >= 3, got capacity={capacity}")
        self._capacity = capacity
        self._keep = keep
        self._numbered: list[tuple[int, _Item]] = []  # by how many came before
        self._n_added = 0
        self.stride = 1  # every so many items one is kept

    def __len__(self) -> int:
        return len(self._numbered)

    @property
    def items(self) -> list[_Item]:
        """What is there, from the first to the newest."""
        return [item for _, item in self._numbered]

    def __getitem__(self, index: int) -> _Item:
        return self._numbered[index][1]

    def add(self, item: _Item) -> None:
        """Add the newest item, which takes the place of the one before if it can."""
        number = self._n_added
        self._n_added += 1
        if number % self.stride == 0:
            item = self._keep(item)
        if self._numbered and self._numbered[-1][0] % self.stride:
            self._numbered[-1] = (number, item)
            return
        self._numbered.append((number, item))
        while len(self._numbered) > self._capacity:
            self._drop_some()

    def truncate_after(self, index: int) -> None:
        """Drop what came after an item; the next to be added follows it."""
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} items, got index={index}")
        del self._numbered[index + 1 :]
        number, item = self._numbered[-1]
        if number % self.stride:
            self._numbered[-1] = (number, self._keep(item))
        self._n_added = number + 1
        self.stride = 1  # all that are left stay, and there is room for more

    def _drop_some(self) -> None:
        self.stride *= 2
        *others, newest = self._numbered
        self._numbered = [pair for pair in others if pair[0] % self.stride == 0]
        self._numbered.append(newest)


class Moment:
    """
    A run after some steps.

    * `record`: what is measured then. `parameters`: as an array of doubles.
    * `progress`: what `Trainer.resume` takes. `leg`: a number of the trainer's.
    """

    __slots__ = ("_packed", "_progress", "leg", "parameters", "record")

    def __init__(
        self,
        record: Record,
        parameters: Sequence[float],
        progress: Progress,
        leg: int = 0,
    ) -> None:
        self.record, self.leg = record, leg
        self.parameters = array("d", parameters)
        self._progress: Progress | None = progress
        self._packed = b""

    @property
    def step(self) -> int:
        """How many steps it had made."""
        return self.record.step

    @property
    def progress(self) -> Progress:
        if self._progress is not None:
            return self._progress
        progress: Progress = pickle.loads(self._packed)  # made below
        return progress

    @property
    def size(self) -> int:
        """The bytes that it takes, roughly."""
        return 8 * len(self.parameters) + len(self._packed) + 400

    def pack(self) -> Moment:
        """Take little memory from now on: a fifth of what the progress took."""
        if self._progress is not None:
            self._packed = pickle.dumps(self._progress, pickle.HIGHEST_PROTOCOL)
            self._progress = None
        return self


class History:
    """
    Moments of one run, at most `capacity`: the first, the newest, and some between.

    However long the run is, they are spread over all of it.
    """

    def __init__(self, capacity: int = 200) -> None:
        self._moments = Thinned[Moment](capacity, Moment.pack)

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def moments(self) -> list[Moment]:
        """All that are kept, by rising step."""
        return self._moments.items

    @property
    def stride(self) -> int:
        """How many additions lie between two moments that are kept."""
        return self._moments.stride

    def add(
        self,
        record: Record,
        parameters: Sequence[float],
        progress: Progress,
        leg: int = 0,
    ) -> None:
        """
        Add the newest moment.

        `progress` is `Trainer.progress`, a copy that nobody changes. Raises
        `ValueError` for a step before the newest.
        """
        if len(self) and record.step < self._moments[-1].step:
            raise ValueError(
                f"History needs a step from {self._moments[-1].step} on, got "
                f"{record.step}. Use truncate_after to go back."
            )
        self._moments.add(Moment(record, parameters, progress, leg))

    def truncate_after(self, index: int) -> None:
        """Forget the moments after one of them, from which the run goes on."""
        self._moments.truncate_after(index)

    @property
    def size(self) -> int:
        """The bytes that all moments take, roughly."""
        return sum(moment.size for moment in self.moments)
