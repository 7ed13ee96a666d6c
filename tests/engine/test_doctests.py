"""The examples in docstrings of the wheel print what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import moongrad

MODULES = [
    module.name
    for module in pkgutil.walk_packages(moongrad.__path__, "moongrad.")
    if not module.name.endswith("__main__")  # importing it runs the command line
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    find = doctest.DocTestFinder().find
    tests = [test for name in MODULES for test in find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in tests) >= 50
