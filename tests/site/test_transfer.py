"""What it costs to go on reading: from the first page to any chapter."""

from __future__ import annotations

from demo import open_ready, wait_for_figures

from builder.catalog import CHAPTERS

MOST = 60_000  # bytes that a chapter may add to what the browser has


def test_a_chapter_asks_for_little_more_than_its_text(open_page, network):
    page = open_ready(
        open_page, "index.html", home=network.address, service_workers="allow"
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
        assert added <= MOST
