"""
A long run on the moons page; `python build.py bench run`.

What counts is how much longer 2,000 steps take than to draw what is seen of them.
"""

from __future__ import annotations

import os
import statistics

import pytest
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from browser import install_chromium, launching
from builder import budgets
from builder.paths import DIST
from builder.server import serving

pytestmark = pytest.mark.alone

IS_BENCH = "MOONGRAD_BENCH" in os.environ
ROUNDS = 5 if IS_BENCH else 2
STEPS = budgets.RUN_STEPS

# Presses Train, and notes when the page says so that the run is over.
RUN = """() => new Promise((resolve) => {
  const main = document.querySelector("main");
  const started = performance.now();
  new MutationObserver((_, observer) => {
    if (main.dataset.state !== "done") return;
    observer.disconnect();
    const rate = document.querySelector("output[name=speed]").textContent;
    resolve({
      seconds: (performance.now() - started) / 1000,
      rate: Number(rate.replaceAll(",", "")),
      rows: document.querySelectorAll("table[data-records] tbody tr").length,
    });
  }).observe(main, { attributeFilter: ["data-state"] });
  document.querySelector("button[name=play]").click();
})"""
# Presses Pause in the middle of a run; resolves with the seconds until it rests.
PAUSE = """() => new Promise((resolve) => {
  const main = document.querySelector("main");
  const play = document.querySelector("button[name=play]");
  let [isPlanned, asked] = [false, 0];
  new MutationObserver((_, observer) => {
    const { state } = main.dataset;
    if (state === "running" && !isPlanned) {
      isPlanned = true;
      setTimeout(() => {
        asked = performance.now();
        play.click();
      }, 200);
    }
    if (state !== "paused") return;
    observer.disconnect();
    resolve((performance.now() - asked) / 1000);
  }).observe(main, { attributeFilter: ["data-state"] });
  play.click();
})"""
FRAMES = """() => performance.getEntriesByName("moongrad:frame")
  .map(({ duration }) => duration / 1000)"""


@pytest.fixture(scope="module")
def runs():
    """What several runs of the page showed, each with the seconds of its frames."""
    executable = str(install_chromium())  # before Playwright's loop: it uses one, too
    with (
        serving(DIST) as site,
        sync_playwright() as playwright,
        launching(playwright, executable) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{site}moons.html?steps={STEPS}")
        page.wait_for_selector(".loader", state="hidden")
        page.wait_for_selector("main:not([data-pending])")
        runs = []
        for _ in range(ROUNDS):
            page.workers[0].evaluate("performance.clearMeasures('moongrad:frame')")
            run = page.evaluate(RUN)
            runs.append(run | {"frames": page.workers[0].evaluate(FRAMES)})
            reset(page)
            page.workers[0].evaluate("performance.clearMeasures('moongrad:frame')")
            pause = page.evaluate(PAUSE)
            runs[-1] |= {"pause": pause, "paused": page.workers[0].evaluate(FRAMES)}
            reset(page)
        page.close()
    show(runs)
    return runs


def reset(page):
    page.click("button[name=reset]")
    page.wait_for_selector('main[data-state="ready"]:not([data-pending])')


def show(runs):
    table = Table(title=f"{STEPS:,} steps of the standard moons, from Train to done")
    for heading in ("seconds", "steps a second", "as shown", "frames", "pause after"):
        table.add_column(heading, justify="right")
    for run in runs:
        table.add_row(
            f"{run['seconds']:.2f}",
            f"{STEPS / run['seconds']:,.0f}",
            f"{run['rate']:,.0f}",
            f"{len(run['frames'])} of {statistics.median(run['frames']) * 1e3:.0f} ms",
            f"{run['pause'] * 1e3:.0f} ms",
        )
    console = Console(width=80)
    console.print()
    console.print(table)


def test_all_steps_are_listed_and_enough_of_them_are_seen(runs):
    for run in runs:
        assert run["rows"] == STEPS
        assert len(run["frames"]) >= budgets.RUN_FRAMES


def test_a_run_takes_little_longer_than_to_draw_it(runs):
    shares = [run["seconds"] / sum(run["frames"]) for run in runs]
    assert statistics.median(shares) <= budgets.RUN


def test_the_rate_is_that_of_the_clock(runs):
    shares = [run["rate"] * run["seconds"] / STEPS for run in runs]
    assert 0.8 <= statistics.median(shares) <= 1.25


def test_pause_is_answered_within_a_few_frames(runs):
    # The slowest frame of the same run: it draws the network, too, as pausing does.
    frames = [run["pause"] / max(run["paused"]) for run in runs]
    assert statistics.median(frames) <= 4
