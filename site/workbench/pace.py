"""How fast a run goes at present."""

from __future__ import annotations

from collections import deque

RECENT = 1.0  # seconds that are looked back


class Pace:
    """
    Steps per second over about the last second.

    >>> pace = Pace()
    >>> for second in (0.0, 1.0, 2.0):
    ...     pace.note(50, second)
    >>> pace.steps_per_second
    50.0
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()  # seconds, steps until then
        self._n_steps = 0

    def note(self, n_steps: int, seconds: float) -> None:
        """Note that some steps were made, after so many seconds of running."""
        if self._marks and seconds < self._marks[-1][0]:
            self._marks.clear()  # the clock was set back
        self._n_steps += n_steps
        self._marks.append((seconds, self._n_steps))
        while len(self._marks) > 2 and seconds - self._marks[1][0] >= RECENT:
            self._marks.popleft()

    @property
    def steps_per_second(self) -> float:
        """0 where nothing is known yet."""
        if len(self._marks) < 2:
            return 0.0
        (first, n_first), (last, n_last) = self._marks[0], self._marks[-1]
        return (n_last - n_first) / (last - first) if last > first else 0.0
