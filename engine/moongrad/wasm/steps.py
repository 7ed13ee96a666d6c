"""The steps that a kernel makes by itself, without a trainer."""

from __future__ import annotations

from typing import SupportsIndex

from moongrad.optim import Optimizer, State
from moongrad.rng import as_int


class OwnSteps:
    """How far a kernel's own `fit` has come with an optimiser."""

    def __init__(self, n_parameters: int) -> None:
        self._n_parameters = n_parameters
        self._optimizer: Optimizer | None = None
        self.n_done, self.state = 0, State(n_parameters)

    def resume(self, optimizer: Optimizer) -> OwnSteps:
        """Start anew, unless the optimiser is that of the steps before."""
        if optimizer is not self._optimizer:
            self._optimizer = optimizer
            self.n_done, self.state = 0, State(self._n_parameters)
        return self


def check_steps(steps: SupportsIndex, owner: str = "fit") -> int:
    """Return a number of steps as an int; raises `TypeError` or `ValueError`."""
    number = as_int(steps, f"{owner} needs a whole number of steps")
    if number < 0:
        raise ValueError(f"{owner} needs steps >= 0, got steps={number}")
    return number
