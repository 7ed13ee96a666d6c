"""What a training step measured, and the error of one that went wrong."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """
    The measurements of one step, taken before it changed the parameters.

    * `step`: counted from 0. `loss`: the mean over the rows, plus the penalties.
    * `accuracy`: the fraction, from 0 to 1, of rows that are right: whose score has the
      sign of their label, or the score of whose class is above all others. NaN
      where labels are several numbers.
    * `learning_rate`: of the update that followed.
    * `test_loss`, `test_accuracy`: the same of the test rows; None without any.
    """

    step: int
    loss: float
    accuracy: float
    learning_rate: float
    test_loss: float | None = None
    test_accuracy: float | None = None


class DivergenceError(FloatingPointError):
    """
    Training that can't go on: the loss is not finite, or has grown beyond hope.

    `records` are those of the steps that the same call of `fit` made before.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.records: list[Record] = []
