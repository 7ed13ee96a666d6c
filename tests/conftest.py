"""Marks tests by what they need, for `python build.py test --quick`."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

BROWSER = {"executable", "playwright_"}  # every fixture with a browser has one of these
BENCH = Path(__file__).parent / "bench"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if item.path.is_relative_to(BENCH):
            item.add_marker("bench")


def pytest_collection_finish() -> None:
    gc.freeze()  # training in Python makes garbage, and pytest's own objects are none
