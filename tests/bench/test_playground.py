"""
Epochs a second in small batches; `python build.py bench playground`.

TensorFlow Playground makes one epoch for each frame of the screen: 60 a second.
"""

from __future__ import annotations

import os

import pytest
from epochs import BATCH, N_POINTS, measure_epochs
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

import shipped
from browser import install_chromium, launching
from builder import budgets
from builder.paths import ROOT
from builder.server import serving

pytestmark = pytest.mark.alone

IS_BENCH = "MOONGRAD_BENCH" in os.environ


def check(title, seconds):
    """Print epochs a second, and hold what drawing batches may cost."""
    table = Table(title=title, title_justify="left")
    for heading in ("rows of a step", "steps a second", "epochs a second", "times 60"):
        table.add_column(heading, justify="right")
    n_steps, epochs = N_POINTS // BATCH, {}
    for kind in ("epochs", "draws", "the same rows"):
        steps = 1 / seconds[kind]
        epochs[kind] = steps / n_steps
        times = epochs[kind] / budgets.PLAYGROUND_EPOCHS
        row = (f"{steps:,.0f}", f"{epochs[kind]:,.0f}", f"{times:,.1f}")
        table.add_row(kind, *row)
    console = Console(width=72)
    console.print()
    console.print(table)
    print(f"measure() of {N_POINTS} rows: {seconds['measure'] * 1e3:.2f} ms")
    # Drawing the rows of a step must not cost more than the step.
    assert seconds["epochs"] <= (2 if IS_BENCH else 3) * seconds["the same rows"]
    if IS_BENCH:
        goal = budgets.PLAYGROUND_TIMES * budgets.PLAYGROUND_EPOCHS
        assert epochs["epochs"] >= goal


def test_epochs_in_batches_natively(keep):
    seconds = measure_epochs(rounds=5 if IS_BENCH else 3)
    keep("epochs natively", seconds)
    check("Epochs of 500 moons in batches of 10, natively", seconds)


def test_epochs_in_batches_in_chromium(keep):
    executable = str(install_chromium())
    with (
        sync_playwright() as playwright,
        serving(ROOT) as address,
        launching(playwright, executable) as browser,
    ):
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(address + "tests/bench/page.html")
        page.wait_for_function("window.isReady")
        packages = ["moongrad", "moongrad-pages", "micrograd"]
        page.evaluate("prepare", shipped.python(f"{address}dist/", packages))
        seconds = page.evaluate("measureEpochs(5)")
    keep("epochs in Chromium", seconds)
    check("The same in Chromium", seconds)
