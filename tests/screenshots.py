"""Takes screenshots of every page: light and dark, wide and narrow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from browser import install_chromium, launching
from builder.catalog import PAGES
from builder.report import stage
from builder.server import serving
from moving import MOVING, record

WIDTHS = (1280, 360)
THEMES = ("light", "dark")
LOAD = 120_000  # ms
MOMENTS = ("loading", "poster", "whole", "paused", "running", "done", "error")


def take_screenshots(dist: Path, target: Path, pattern: str = "") -> int:
    """
    Save full pages of `dist` as PNGs in `target`; return how many.

    Every page is shown after its demo has run. The landing page is also shown while it
    loads, Graph paused, Moons while it trains, Slope and Moons with an error.
    `pattern`, a regular expression, selects some of the names. README's moving picture
    is among them; it goes to its place in the repository.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    n = 0
    executable = str(install_chromium())
    with (
        serving(dist) as site,
        sync_playwright() as playwright,
        launching(playwright, executable) as browser,
    ):
        for page_ in PAGES:
            stem = page_.file.removesuffix(".html")
            with stage(page_.name) as current:
                for theme in THEMES:
                    for width in WIDTHS:
                        names = {m: f"{stem}-{m}-{theme}-{width}.png" for m in MOMENTS}
                        if not any(re.search(pattern, n) for n in names.values()):
                            continue
                        context = browser.new_context(
                            viewport={"width": width, "height": 900},
                            color_scheme=theme,
                        )
                        context.set_default_timeout(LOAD)
                        page = context.new_page()
                        for moment in _moments(page, site, page_.file):
                            name = names[moment]
                            if re.search(pattern, name):
                                page.screenshot(path=target / name, full_page=True)
                                n += 1
                        context.close()
                current.result = f"{n} pictures"
        if re.search(pattern, MOVING.name):
            with stage("The moving picture") as current:
                current.result = f"{record(browser, site, MOVING)} frames"
    return n


def _moments(page: Page, site: str, file: str) -> Iterator[str]:
    """Bring a page to one state after the other, and yield the name of each."""
    page.goto(site + file)
    if file == "embed.html":
        page.locator(".preview moongrad-demo img").wait_for()
        yield "poster"
        page.locator(".preview button").click()
        page.locator('.preview [data-state="done"]').wait_for()
        yield "done"
        return
    if not page.query_selector("main[data-demo]"):
        yield "whole"
        return
    if file == "index.html":
        yield "loading"
    page.wait_for_selector('main[data-state="ready"]')
    page.wait_for_selector(".loader", state="hidden")
    page.click('button[name="play"]')
    if file == "graph.html":
        _wait(page, 'output[name="step"]', "5 / 7")
        page.click('button[name="play"]')
        yield "paused"
        page.click('button[name="play"]')
    if file == "moons.html":
        _wait(page, 'output[name="step"]', "40 / 100")
        yield "running"
    page.wait_for_selector('main[data-state="done"]')
    for details in page.query_selector_all("details.listing >> nth=0"):
        details.evaluate("element => element.open = true")
    yield "done"
    if file == "slope.html":
        page.fill('input[name="formula"]', "3*x**2 + log(x - 3)")
        page.press('input[name="formula"]', "Enter")
        page.wait_for_selector('main[data-state="error"]')
        yield "error"
    if file == "moons.html":
        page.click("button.try:has-text('A rate of 50')")
        page.wait_for_selector('main[data-state="error"]')
        yield "error"


def _wait(page: Page, selector: str, text: str) -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector).textContent === text",
        arg=[selector, text],
    )
