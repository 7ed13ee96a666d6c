"""Where the benchmarks put what they measure."""

from __future__ import annotations

import os

import pytest

from stored import STORE, store_measured


@pytest.fixture(scope="session")
def keep(request):
    """
    Return a function that keeps what was measured under a name.

    At the end it is stored for the page Under the hood, if that was asked for and no
    test has failed: numbers that miss a goal are not published.
    """
    measured = {}
    yield measured.__setitem__
    if STORE in os.environ and not request.session.testsfailed:
        store_measured(measured)
