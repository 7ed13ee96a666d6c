"""How far to train between two frames, and how long it has taken by the clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage.demo import Demo

SHARE = 0.5  # of the time for drawing that a run without end is trained, at least
LONGEST = 0.1  # seconds of training between its frames
CALM_PAUSE = 2.0  # seconds between frames where motion is to be reduced


class Training:
    """The pace at which one demo is trained: in blocks that visitors can follow."""

    def __init__(self, demo: Demo, clock: Callable[[], float]) -> None:
        self._demo, self._clock = demo, clock
        self._seconds_per_step = math.inf
        self._started_at = self._counted_to = self._drawn_at = self._due_at = -math.inf

    def start(self) -> None:
        """The demo runs from now on."""
        self._counted_to = self._due_at = self._clock()

    def seconds_to_wait(self) -> float:
        """Return in how many seconds the next block is due."""
        return max(0.0, self._due_at - self._clock())

    def train_block(self) -> None:
        """Make the steps until the next frame."""
        self._started_at = self._clock()
        try:
            self._advance(self._count_steps())
        finally:
            self._due_at = self._clock() + self._demo.pace

    def train_for(self, seconds: float) -> None:
        """Make as many steps as fit into some time, or all that there are."""
        started = self._clock()
        while not self._demo.is_done:
            left = seconds - (self._clock() - started)
            if left <= 0:
                break
            self._advance(self._limit(self._demo.length, left))

    def is_frame_due(self, *, is_calm: bool) -> bool:
        """Whether to draw, which is noted as done; seldom for who wants it calm."""
        now = self._clock()
        if is_calm and now - self._drawn_at < CALM_PAUSE:
            return False
        self._drawn_at = now
        return True

    def _count_steps(self) -> int:
        """Return how many steps to make before the next frame."""
        return self._limit(self._demo.steps_between_frames, self._find_budget())

    def _find_budget(self) -> float:
        """Return how many seconds to train until the next frame, at most."""
        if math.isfinite(self._demo.length):
            return self._demo.block
        # Where drawing takes long, training must not stand still.
        between = self._started_at - self._counted_to
        return min(max(self._demo.block, SHARE * between), LONGEST)

    def _limit(self, n_steps: float, seconds: float) -> int:
        """Return how many of these steps can be made in some time, at least one."""
        return max(1, int(min(n_steps, seconds / self._seconds_per_step)))

    def _advance(self, n_steps: int) -> None:
        started, before = self._clock(), self._demo.n_steps
        self._demo.seconds_of_steps = None
        try:
            self._demo.advance(n_steps)
        finally:
            now = self._clock()
            n_made = self._demo.n_steps - before
            seconds = self._demo.seconds_of_steps
            seconds = now - started if seconds is None else seconds
            self._seconds_per_step = max(seconds / max(n_made, 1), 1e-9)
            # With all that was drawn since the steps before.
            self._demo.seconds += now - self._counted_to
            self._counted_to = now
