"""When a run stops by itself, and what it then says."""

from __future__ import annotations

from types import SimpleNamespace

from moongrad import Record


def limit_steps(options: SimpleNamespace, n_done: int, n_steps: float) -> int:
    """Return how many of these steps the limit on steps leaves."""
    if options.stop_steps > n_done:
        n_steps = min(n_steps, options.stop_steps - n_done)
    return int(n_steps)


def find_reason(options: SimpleNamespace, record: Record, *, has_classes: bool) -> str:
    """
    Return why a run stops after a record, as a sentence; nothing if it goes on.

    Without classes there is no accuracy to stop at.
    """
    has_tests = record.test_loss is not None
    of_what = "test" if has_tests else "training"
    loss = record.test_loss if has_tests else record.loss
    accuracy = record.test_accuracy if has_tests else record.accuracy
    at = f"at step {record.step:,}. Play goes on."
    if options.stop_loss and loss <= options.stop_loss:
        return f"Stopped: the {of_what} loss reached {options.stop_loss:g} {at}"
    if has_classes and options.stop_accuracy and accuracy >= options.stop_accuracy:
        return (
            f"Stopped: the {of_what} accuracy reached {options.stop_accuracy:.1%} {at}"
        )
    if options.stop_steps and record.step == options.stop_steps:
        return f"Stopped {at}"
    return ""
