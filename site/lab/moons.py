"""
The moons for a visitor's own engine: `from lab import moons`.

`load` returns the data, `show` draws a run while it goes on, `compare` says how far its
losses are from ours, and `race` how fast the visitor's engine would be if compiled.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import lab.fast as fast
from lab.board import (
    FIRST_RATE,
    LAST_RATE,
    N_STEPS,
    PENALTY,
    Board,
    find_losses,
    load_moons,
)
from lab.operations import TranslationError
from lab.telling import find_desk
from moongrad import SGD, linear_decay

SAME = 1e-9  # a difference of losses that is none
N_RACED = 3  # steps by the visitor's engine
ENOUGH = 1.0  # seconds, after which no further one is measured


def load() -> tuple[list[tuple[float, float]], list[int]]:
    """
    Return 100 points in two half moons, as (x, y), and their labels, -1 and +1.

    They are those of `moongrad.make_moons(100, noise=0.1, seed=1337)`.
    """
    points, labels = load_moons()
    return list(points), list(labels)


def show(step: int, loss: float, accuracy: float, model: Any) -> None:
    """
    Show how far a run has come: its boundary, and its losses beside ours.

    * `step`: from 0. `loss`: a number. `accuracy`: from 0 to 1.
    * `model`: called with a point, it returns a score, a value with `data`;
      `model.parameters()` are values as well.

    Draws at most 15 times a second, and the last step in any case.
    """
    numbers = [("step", step), ("loss", loss), ("accuracy", accuracy)]
    for name, number in numbers:
        _require_number("show", name, number)
    if not callable(model) or not hasattr(model, "parameters"):
        raise TypeError(
            f"show needs a model that can be called and has parameters(), got "
            f"{type(model).__name__}"
        )
    _find_board().show(int(step), float(loss), float(accuracy), model)


def compare(losses: Sequence[float]) -> float:
    """
    Print how far losses are from ours, step by step, and draw both.

    Returns the largest difference.
    """
    for loss in losses:
        _require_number("compare", "losses", loss)
    ours = find_losses()
    n = min(len(losses), len(ours))
    if not n:
        raise ValueError("compare needs the losses of at least one step, got none")
    gaps = [abs(a - b) for a, b in zip(losses, ours, strict=False)]
    gaps = [math.inf if math.isnan(gap) else gap for gap in gaps]
    largest = max(gaps)
    if largest == 0:
        print(f"Your {n} losses are ours, to the last bit.")
    elif largest <= SAME:
        print(
            f"Your {n} losses are ours: they differ by {largest:.1g} at most, which "
            f"is rounding."
        )
    else:
        first = next(k for k, gap in enumerate(gaps) if gap > SAME)
        print(
            f"Your losses and ours part at step {first}: yours is "
            f"{losses[first]:.6g}, ours {ours[first]:.6g}. The largest difference is "
            f"{largest:.3g}, at step {gaps.index(largest)}."
        )
    _find_board().show_losses([float(loss) for loss in losses])
    return largest


def race(model: Any) -> None:
    """
    Measure a training step by the visitor's engine and by the same one compiled.

    The model's numbers stay as they are. Prints a sentence; where the engine can't be
    compiled, what it lacks.
    """
    parameters = list(model.parameters())

    def find_loss(x: Any, y: Any, label: Any) -> Any:
        score = model([x, y])
        if isinstance(score, list | tuple):
            (score,) = score
        return (label * score * -1.0 + 1.0).relu()

    points, labels = load()
    rows = [(x, y, float(label)) for (x, y), label in zip(points, labels, strict=True)]
    slow, loss = _time_steps(find_loss, rows, parameters)
    kept = [(p.data, p.grad) for p in parameters]
    try:
        kernel = fast.compile(find_loss, parameters, 3)
        optimizer = SGD(linear_decay(FIRST_RATE, LAST_RATE, N_STEPS))
        started = time.perf_counter()
        losses = kernel.fit(rows, N_STEPS, optimizer, l2=PENALTY)
        quick = (time.perf_counter() - started) / N_STEPS
    except TranslationError as error:
        print(
            f"A step takes your engine {_write_time(slow)}. It can’t be compiled: "
            f"{error}"
        )
        return
    finally:
        for p, (data, grad) in zip(parameters, kept, strict=True):
            p.data, p.grad = data, grad
    text = (
        f"A step takes your engine {_write_time(slow)}, and {_write_time(quick)} "
        f"once moongrad has compiled it"
    )
    if kernel.backend == "wasm":
        text += f": {_round(slow / quick):,} times as fast."
    else:
        text += f". Nothing here runs WebAssembly: {kernel.reason}"
    gap = abs(losses[0] - loss)
    if gap > SAME * max(1.0, abs(loss)):
        text += f" But the losses aren’t the same: {loss:.6g} and {losses[0]:.6g}."
    else:
        text += " Both give the same loss."
    print(text)


def _time_steps(
    find_loss: Any, rows: Sequence[Sequence[float]], parameters: Sequence[Any]
) -> tuple[float, float]:
    """Return the seconds of the quickest of some steps, and the loss."""
    kind = type(parameters[0])
    kept = [(p.data, p.grad) for p in parameters]
    times: list[float] = []
    try:
        while len(times) < N_RACED and sum(times) < ENOUGH:
            started = time.perf_counter()
            total = None
            for x, y, label in rows:
                loss = find_loss(x, y, kind(label))
                total = loss if total is None else total + loss
            penalty = parameters[0] * parameters[0]
            for p in parameters[1:]:
                penalty = penalty + p * p
            total = total * (1 / len(rows)) + penalty * PENALTY
            for p in parameters:
                p.grad = 0.0
            total.backward()
            times.append(time.perf_counter() - started)
    finally:
        for p, (data, grad) in zip(parameters, kept, strict=True):
            p.data, p.grad = data, grad
    return min(times), float(total.data)


def _write_time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _round(number: float) -> int:
    """Return a ratio with the two digits that a measurement of it is good for."""
    digits = 1 - math.floor(math.log10(number)) if number > 0 else 0
    return int(round(number, min(digits, 0)))


def _find_board() -> Board:
    desk = find_desk()
    return desk.keep("moons", lambda: Board(desk))


def _require_number(owner: str, name: str, number: Any) -> None:
    is_number = hasattr(number, "__float__") and not isinstance(number, str)
    if not is_number:
        kind = type(number).__name__
        hint = " Hand over its data." if hasattr(number, "data") else ""
        raise TypeError(f"{owner} needs numbers as {name}, got {kind}.{hint}")
