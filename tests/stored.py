"""
What is measured once and stored in site/: tests compare it with what they measure, and
`python build.py update` stores it anew. What the benchmarks measure is stored by
`python build.py bench --store`, for the page Under the hood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from builder.catalog import EMBEDDED
from builder.measured import MEASURED
from builder.paths import DIST, SITE
from builder.report import BuildError
from builder.server import serving

WIDTHS = [300, 330, 360, 390, 420, 450, 480, 520, 560, 600, 640, 680, 720, 780]
WIDTHS += [840, 900, 960, 1040, 1120, 1200]
STORE = "MOONGRAD_STORE"  # set where the benchmarks store what they measure
HEIGHTS = SITE / "embed" / "heights.json"


def ask_pytorch() -> dict[str, dict[str, float]]:
    """Return what PyTorch computes for the neurons that the page Neuron compares."""
    import torch

    from pages.neuron import COMPARED

    theirs = {}
    for title, options in COMPARED.items():
        x1, x2, w1, w2, b = (
            torch.tensor(number, dtype=torch.float64, requires_grad=True)
            for number in (2.0, 0.0, -3.0, 1.0, options["b"])
        )
        n = x1 * w1 + x2 * w2 + b
        n.retain_grad()
        o = torch.tanh(n)
        o.backward()
        tensors = {"n": n, "x1": x1, "w1": w1, "x2": x2, "w2": w2}
        theirs[title] = {"n": n.item(), "o": o.item()} | {
            f"gradient of {name}": tensor.grad.item()
            for name, tensor in tensors.items()
        }
    return theirs


def measure_heights(page: Any) -> list[tuple[int, int, int]]:
    """
    Return widths of the frame of an embedded demo, and how high the demo is there, with
    its options and without.

    `page` is a Playwright page that shows it; it is run to its end.
    """
    from demo import press, wait_for_figures, wait_for_state

    wait_for_figures(page)
    page.evaluate("document.documentElement.dataset.framed = ''")
    ready = _look(page)
    press(page, "play")
    wait_for_state(page, "done")
    return [
        (width, max(first[0], last[0]), max(first[1], last[1]))
        for width, first, last in zip(WIDTHS, ready, _look(page), strict=True)
    ]


def _look(page: Any) -> list[tuple[int, int]]:
    heights = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        found = page.evaluate(
            """["on", "off"].map((controls) => {
              document.documentElement.dataset.controls = controls;
              const main = document.querySelector("main");
              return Math.ceil(main.getBoundingClientRect().height); })"""
        )
        heights.append(tuple(found))
    return heights


def update_pytorch() -> None:
    """Store PyTorch's numbers, which the page Neuron shows."""
    from pages.neuron import PYTORCH

    try:
        theirs = ask_pytorch()
    except ImportError:
        raise BuildError("PyTorch is not installed, so it cannot be asked") from None
    PYTORCH.write_text(json.dumps(theirs, indent=1) + "\n")


def update_heights() -> None:
    """Store how high each embedded demo is, for which hosts' pages reserve room."""
    from playwright.sync_api import sync_playwright

    from browser import install_chromium, launching

    heights = {}
    executable = str(install_chromium())
    with (
        serving(DIST) as site,
        sync_playwright() as playwright,
        launching(playwright, executable) as browser,
    ):
        for page_ in EMBEDDED:
            page = browser.new_page(reduced_motion="reduce")
            page.set_default_timeout(120_000)
            page.goto(f"{site}{page_.file}?embed=1")
            heights[page_.demo] = measure_heights(page)
            page.close()
            print(f"{page_.demo}: {len(WIDTHS)} widths", flush=True)
    HEIGHTS.write_text(json.dumps(heights, sort_keys=True) + "\n")


def store_measured(measured: Mapping[str, Any], path: Path = MEASURED) -> None:
    """Store what was measured by name; what was not keeps its place."""
    before = json.loads(path.read_text()) if path.exists() else {}
    text = json.dumps(before | round_numbers(measured), indent=1)
    path.write_text(text + "\n")


def round_numbers(value: Any) -> Any:
    """Return the same with four digits of each number that is not whole."""
    if isinstance(value, Mapping):
        return {name: round_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [round_numbers(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


UPDATES: dict[str, Callable[[], None]] = {
    "pytorch": update_pytorch,
    "heights": update_heights,
}
