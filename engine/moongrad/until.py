"""When to stop training before all steps are made."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real

from moongrad.record import Record


@dataclass(frozen=True, kw_only=True)
class Until:
    """
    A condition for `Trainer.fit` and `Trainer.run`: training stops where all holds.

    * `loss`, `test_loss`: stop once it is at most this, at least 0.
    * `accuracy`, `test_accuracy`: stop once it is at least this, above 0, at most 1.

    Raises `ValueError` for a condition that is never, or always, fulfilled, `TypeError`
    for one that is no number. Any other function of a `Record` will do instead.

    >>> Until(accuracy=1.0, loss=0.1)
    Until(loss=0.1, accuracy=1.0, test_loss=None, test_accuracy=None)
    >>> Until(accuracy=100)
    Traceback (most recent call last):
    ValueError: Until needs accuracy above 0 and at most 1, got accuracy=100
    """

    loss: float | None = None
    accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {name: limit for name, limit in given.items() if limit is not None}
        if not given:
            raise ValueError("Until needs at least one condition, such as loss=0.1")
        for name, limit in given.items():
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

    @property
    def needs_tests(self) -> bool:
        """Whether it asks for what only test rows tell."""
        return self.test_loss is not None or self.test_accuracy is not None

    def __call__(self, record: Record) -> bool:
        """Return whether a step's record fulfils all that is asked for."""
        return (
            _is_at_most(record.loss, self.loss)
            and _is_at_most(record.test_loss, self.test_loss)
            and _is_at_least(record.accuracy, self.accuracy)
            and _is_at_least(record.test_accuracy, self.test_accuracy)
        )


def _is_at_most(number: float | None, limit: float | None) -> bool:
    return limit is None or (number is not None and number <= limit)


def _is_at_least(number: float | None, limit: float | None) -> bool:
    return limit is None or (number is not None and number >= limit)
