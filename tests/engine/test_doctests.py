"""Every example in a docstring of the wheel runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import moongrad

MODULES = [m.name for m in pkgutil.walk_packages(moongrad.__path__, "moongrad.")]


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("__main__")])
def test_examples_run(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
