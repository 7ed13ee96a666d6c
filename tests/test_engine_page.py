"""The page that shows the engine's source: all of it, as it is."""

from __future__ import annotations

import re
from html import unescape

import pytest

from builder.paths import DIST, ENGINE


@pytest.mark.parametrize("name", ["engine", "nn"])
def test_page_shows_the_whole_source(name):
    page = (DIST / "engine.html").read_text(encoding="utf-8")
    label = f'aria-label="Source of moongrad/{name}.py"'
    (block,) = re.findall(rf"<pre[^>]*{label}><code>(.*?)</code>", page, re.DOTALL)
    shown = unescape(re.sub(r"<[^>]*>", "", block))
    assert shown == (ENGINE / f"{name}.py").read_text(encoding="utf-8").rstrip()


def test_pages_that_praise_the_engine_link_to_it():
    for path in DIST.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"ten\s+minutes", text):
            assert re.search(r'<a href="engine.html"[^>]*>', text), path.name
