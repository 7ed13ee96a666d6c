"""Records the README's moving picture: the Moons page trains, a point is dragged."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from demo import find_point, press, settle, wait_for_figures, wait_for_state
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from builder.paths import SITE

MOVING = SITE / "moving.webp"
MOVING_BYTES = 1_500_000  # at most; README is opened on phones, too
WIDTH = 720  # pixels
N_DRAGS = 48  # frames of the drag, there and back
FAR = (-0.12, 0.42)  # how far the point is dragged, in widths and heights of the figure
MILLISECONDS = 70  # that each frame stays
FIRST, LAST = 900, 1500  # the same for the first and the last frame of a part
POINTER = [(0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12)]
LOAD = 120_000  # ms
HIDE = "output => { output.closest('div').hidden = true; }"


class Frame(NamedTuple):
    """A screenshot, how long it stays, and where the pointer is drawn, if it is."""

    image: Image.Image
    milliseconds: int = MILLISECONDS
    pointer: tuple[float, float] | None = None


def record(browser: Browser, site: str, path: Path) -> int:
    """Save the moving picture of the site at an address; return how many frames."""
    context = browser.new_context(
        viewport={"width": 1080, "height": 900},
        color_scheme="light",
        service_workers="block",
    )
    context.set_default_timeout(LOAD)
    page = context.new_page()
    page.goto(f"{site}moons.html")
    wait_for_figures(page)
    # Screenshots slow the training down, so how fast it is would be wrong.
    page.locator("output[name=speed]").evaluate(HIDE)
    images = [_finish(frame) for frame in _film(page)]
    durations = [frame_duration for _, frame_duration in images]
    first, *others = [image for image, _ in images]
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        quality=72,
        method=4,
    )
    context.close()
    return len(images)


def _film(page: Page) -> Iterator[Frame]:
    """Train, then drag a point into the other moon and back."""
    clip = _find_stage(page)

    def look(milliseconds: int = MILLISECONDS, x: float = -1, y: float = -1) -> Frame:
        png = page.screenshot(clip=clip)
        pointer = (x - clip["x"], y - clip["y"]) if x >= 0 else None
        image = Image.open(io.BytesIO(png)).convert("RGB")
        return Frame(image, milliseconds, pointer)

    yield look(FIRST)
    press(page, "play")
    wait_for_state(page, "running", "done")
    while page.get_attribute("main", "data-state") == "running":
        yield look()
    settle(page)
    yield look(LAST)
    x, y = find_point(page)
    box = page.locator('canvas[data-figure="boundary"]').bounding_box()
    yield look(FIRST, x, y)
    page.mouse.down()
    for k in range(1, N_DRAGS + 1):
        share = (1 - math.cos(2 * math.pi * k / N_DRAGS)) / 2
        at = x + share * FAR[0] * box["width"], y + share * FAR[1] * box["height"]
        page.mouse.move(*at)
        settle(page)
        yield look(LAST if k == N_DRAGS // 2 else MILLISECONDS, *at)
    page.mouse.up()
    settle(page)
    wait_for_state(page, "done")
    yield look(FIRST, x, y)


def _find_stage(page: Page) -> dict[str, float]:
    """Return the part of the page from the buttons to the end of the first pictures."""
    bar = page.locator(".demo .bar").first
    bar.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, document.querySelector('.demo .bar').offsetTop - 8)")
    pictures = page.locator(".demo .figures").first.locator(".canvas").all()
    boxes = [part.bounding_box() for part in (bar, *pictures)]
    top = min(box["y"] for box in boxes)
    left = min(box["x"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    return {
        "x": left - 8,
        "y": top - 4,
        "width": right - left + 16,
        "height": bottom - top + 8,
    }


def _finish(frame: Frame) -> tuple[Image.Image, int]:
    """Return a frame at its final size, with the pointer, and how long it stays."""
    image = frame.image.copy()
    if frame.pointer:
        x, y = frame.pointer
        corners = [(x + 1.4 * dx, y + 1.4 * dy) for dx, dy in POINTER]
        ImageDraw.Draw(image).polygon(corners, fill="black", outline="white", width=2)
    height = round(image.height * WIDTH / image.width)
    small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    return small, frame.milliseconds
