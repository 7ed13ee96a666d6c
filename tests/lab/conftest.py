"""Runs cells as the worker of the lab does, and drops what they print."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
import types

import pytest

import lab
from moongrad import make_moons


@pytest.fixture(autouse=True)
def collect_rarely():
    """A graph of 70,000 values is walked by every collection: 5 times the time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(1_000_000, *thresholds[1:])
    yield
    gc.set_threshold(*thresholds)


@pytest.fixture
def run_cell(monkeypatch):
    """Return a function that runs code and returns its namespace, also if it fails."""
    moons = types.ModuleType("lab.moons")  # the real one draws figures
    moons.load = lambda: make_moons(100, noise=0.1, seed=1337)
    moons.show = lambda step, loss, accuracy, model: None
    monkeypatch.setitem(sys.modules, "lab.moons", moons)
    monkeypatch.setattr(lab, "moons", moons, raising=False)

    def run_cell_(code, *, must_work=False):
        namespace = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(compile(code, "cell", "exec"), namespace)
            except Exception:
                if must_work:
                    raise
        return namespace

    return run_cell_
