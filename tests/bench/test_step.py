"""
The speed of one training step, as ratios from one run, for `python build.py bench`.

What is asserted are ratios, with the engines measured in turns; absolute times say
nothing on a machine that others use too.
"""

from __future__ import annotations

import os
import random
import statistics
import time

import pytest
from peers import Compiled, Interpreted, Micrograd, NumPy, PyTorch, measure
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

import shipped
from browser import install_chromium, launching
from builder.paths import ROOT
from builder.server import serving
from moongrad import MLP, SGD
from moongrad.loss import hinge
from moongrad.wasm import compile

pytestmark = pytest.mark.alone


def show(title, seconds):
    """Print a table of medians and of how many times as fast the compiled one is."""
    best = seconds[Compiled.name]
    table = Table(title=title, title_justify="left")
    for heading in ("engine", "one step", "compiled is"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for name, time_ in sorted(seconds.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{time_ * 1e3:.4g} ms", f"{time_ / best:,.1f} x as fast")
    console = Console(width=72)
    console.print()
    console.print(table)


# Who is to be how many times as fast as whom: that is what `build.py bench` insists on.
# Among the tests, where others use the cores and caches of the machine too, it is less.
IS_BENCH = "MOONGRAD_BENCH" in os.environ
GOALS = [
    (Interpreted, 2.5, 1.4, Micrograd),
    (Compiled, 1, 0.6, NumPy),
    (Compiled, 4, 2, PyTorch),
]


def test_natively():
    contenders = [Micrograd(), Interpreted(), NumPy(), Compiled()]
    try:
        contenders.append(PyTorch())
    except ImportError:
        print("\nPyTorch is not installed (pip install moongrad[oracle]): left out")
    seconds = measure(contenders, rounds=7 if IS_BENCH else 3)
    show("One training step of the standard moons, natively", seconds)
    missed = []
    for fast, goal, limit, slow in GOALS:
        if slow.name in seconds:
            times = seconds[slow.name] / seconds[fast.name]
            verdict = "reached" if times >= goal else "not reached"
            print(f"{fast.name}: {times:.2f} times {slow.name}; {goal} is {verdict}")
            if times < (goal if IS_BENCH else limit):
                missed.append((fast.name, times, slow.name))
    assert not missed


def test_peers_do_the_same_work():
    contenders = [Micrograd(), Interpreted(), NumPy(), Compiled()]
    try:
        contenders.append(PyTorch())
    except ImportError:
        print("PyTorch is not installed: left out")
    for contender in contenders:
        contender.run(3)
    expected = contenders[0].parameters()
    for contender in contenders[1:]:
        assert contender.parameters() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_in_chromium():
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
        first, compile_time = page.evaluate(
            "prepare", shipped.python(f"{address}dist/", ["moongrad", "micrograd"])
        )
        results = page.evaluate("measure(5)")
    seconds = {name: result["ms"] / 1e3 for name, result in results.items()}
    show("The same step in Chromium", seconds)
    print(
        f"To trace, emit, instantiate and step once: {compile_time * 1e3:.0f} ms"
        f", the first time {first * 1e3:.0f} ms"
    )
    for name in ("tfjs 4.22, cpu", "ConvNetJS"):  # they learn, they do not just run
        losses = results[name]["losses"]
        assert losses[-1] < 0.9 * losses[0] or losses[-1] < 0.3, (name, losses)
    compiled = seconds[Compiled.name]
    assert seconds[Micrograd.name] / compiled >= 4000
    assert seconds["ConvNetJS"] / compiled >= 10
    assert seconds["tfjs 4.22, cpu"] / compiled >= 20


def test_time_is_linear_in_rows():
    model = MLP(2, [16, 16, 1], rng=random.Random(1))

    def fn(x, y, label):
        return hinge(model([x, y]), label)

    kernel = compile(fn, model.parameters(), 3, backend="wasm")
    per_row = {}
    for n in (100, 10_000, 100_000):
        rows = [(k / n, 1 - k / n, 1.0 if k % 2 else -1.0) for k in range(n)]
        steps = 200_000 // n
        kernel.fit(rows, steps, SGD(0.01))
        times = []
        for _ in range(3):
            start = time.perf_counter()
            kernel.fit(rows, steps, SGD(0.01))
            times.append((time.perf_counter() - start) / (n * steps))
        per_row[n] = statistics.median(times)
    print()
    for n, seconds in per_row.items():
        print(f"{n:>7} rows: {seconds * 1e9:.0f} ns a row, packing of rows included")
    print(f"WebAssembly memory at 100,000 rows: {kernel.memory_size / 1e6:.1f} MB")
    assert per_row[100_000] < 10 * per_row[100]
    assert kernel.memory_size < 64e6


def test_compile_time_is_linear_in_parameters():
    per_parameter = {}
    for width in (16, 48, 140):
        model = MLP(2, [width, width, 1], rng=random.Random(1))
        parameters = model.parameters()
        times = []
        for _ in range(3 if IS_BENCH else 1):
            start = time.perf_counter()
            kernel = compile(
                lambda x, y, label, model=model: hinge(model([x, y]), label),
                parameters,
                3,
                backend="wasm",
            )
            kernel.fit([[0.1, 0.2, 1.0]], 1, SGD(0.1))
            times.append(time.perf_counter() - start)
        n = len(parameters)
        per_parameter[n] = statistics.median(times) / n
        print(f"\n{n:>6} parameters: {per_parameter[n] * n * 1e3:.0f} ms", end="")
    print()
    smallest, *_, largest = per_parameter.values()
    assert largest < 4 * smallest
