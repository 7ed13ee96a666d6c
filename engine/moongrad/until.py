"""When to stop training before all steps are made."""

from __future__ import annotations

import math
from numbers import Real

from moongrad.record import Record


class Until:
    """
    A condition for `Trainer.fit` and `Trainer.run`: stops once all limits are met.

    * `loss`, `test_loss`: stop once it is at most this, at least 0.
    * `accuracy`, `test_accuracy`: stop once it is at least this, above 0, at most 1.

    Raises `ValueError` for a limit that no loss or accuracy can meet, or that all do,
    and `TypeError` for one that is no number. Any other function of a `Record` will do
    instead.

    >>> Until(accuracy=1.0, loss=0.1)
    Until(loss=0.1, accuracy=1.0)
    >>> Until(accuracy=100)
    Traceback (most recent call last):
    ValueError: Until needs accuracy above 0 and at most 1, got accuracy=100
    """

    def __init__(
        self,
        *,
        loss: float | None = None,
        accuracy: float | None = None,
        test_loss: float | None = None,
        test_accuracy: float | None = None,
    ) -> None:
        given = {
            "loss": loss,
            "accuracy": accuracy,
            "test_loss": test_loss,
            "test_accuracy": test_accuracy,
        }
        limits = {name: limit for name, limit in given.items() if limit is not None}
        if not limits:
            raise ValueError("Until needs at least one condition, such as loss=0.1")
        for name, limit in limits.items():
            if not isinstance(limit, Real):
                raise TypeError(f"Until needs a number as {name}, got {limit!r}")
            if name.endswith("loss") and not 0 <= limit < math.inf:
                raise ValueError(
                    f"Until needs a finite {name} of at least 0, got {name}={limit!r}"
                )
            if name.endswith("accuracy") and not 0 < limit <= 1:
                raise ValueError(
                    f"Until needs {name} above 0 and at most 1, got {name}={limit!r}"
                )
        self._limits = limits

    def __repr__(self) -> str:
        return f"Until({', '.join(f'{k}={v!r}' for k, v in self._limits.items())})"

    @property
    def needs_tests(self) -> bool:
        """Whether a limit is on test rows."""
        return any(name.startswith("test_") for name in self._limits)

    @property
    def needs_classes(self) -> bool:
        """Whether a limit is on an accuracy."""
        return any(name.endswith("accuracy") for name in self._limits)

    def __call__(self, record: Record) -> bool:
        """Return whether a record meets every limit."""
        return all(
            _is_met(name, getattr(record, name), limit)
            for name, limit in self._limits.items()
        )


def _is_met(name: str, number: float | None, limit: float) -> bool:
    if number is None:
        return False
    return number <= limit if name.endswith("loss") else number >= limit
