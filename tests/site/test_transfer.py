"""How many bytes a chapter adds after the first page."""

from __future__ import annotations

from demo import open_ready, wait_for_figures

from builder.budgets import CHAPTER
from builder.catalog import CHAPTERS


def test_chapter_adds_few_bytes_and_no_runtime(open_page, network):
    page = open_ready(
        open_page,
        "index.html",
        home=network.address,
        service_workers="allow",
        reduced_motion="reduce",  # else it trains by itself
    )
    page.wait_for_selector('[data-offline="saved"]', state="attached")
    for chapter in CHAPTERS:
        before = network.n_bytes
        network.requests.clear()
        page.click(f"header a:has-text('{chapter.name}')")
        wait_for_figures(page)
        if page.locator("figure.diagram").count():
            page.wait_for_selector("figure.diagram[data-live]")
        added = network.n_bytes - before
        print(f"{chapter.name}: {added} bytes, {network.requests}")
        assert not [path for path in network.requests if "/runtime/" in path]
        assert added <= CHAPTER
