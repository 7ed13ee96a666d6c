"""The demos of the site inside a notebook: a frame with the same page."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

#: What a build of the site writes into the wheel, if it is told where the site will be:
#: {"address": "https://...", "demos": ["moons", ...]}.
_SITE = Path(__file__).with_name("site.json")
_NAME = re.compile(r"[a-z]+")


class Widget:
    """
    A demo of the site, which a notebook shows by itself; made by `widget`.

    `address` is that of the demo's page, `source` that of the frame.
    """

    def __init__(self, demo: str, site: str, height: int, query: str) -> None:
        page = f"{site}{demo}.html"
        self.demo, self.height = demo, height
        self.address = f"{page}?{query}" if query else page
        self.source = f"{page}?embed=1&{query}" if query else f"{page}?embed=1"

    def __repr__(self) -> str:
        return f"<moongrad demo {self.address}>"

    def _repr_html_(self) -> str:
        """Return the frame, and a link for where frames are not shown."""
        source, address = html.escape(self.source), html.escape(self.address)
        return (
            f'<iframe src="{source}" title="moongrad: {self.demo}" width="100%" '
            f'height="{self.height}" loading="lazy" referrerpolicy="no-referrer" '
            'sandbox="allow-scripts allow-same-origin allow-popups '
            'allow-popups-to-escape-sandbox"></iframe>'
            f'<p><a href="{address}">Open the demo on its own page</a></p>'
        )


def widget(
    demo: str = "moons",
    *,
    site: str | None = None,
    height: int = 600,
    **options: object,
) -> Widget:
    """
    Return a demo of the site for a notebook, which displays it.

    * `demo`: the name of its page: moons, slope, graph, neuron, examples, regression,
      speed.
    * `site`: the address of the site; one that you serve yourself will do. A wheel that
      was built with an address (MOONGRAD_SITE) knows it already.
    * `height`: of the frame, in CSS pixels. From about 200 more than the figures need,
      the options are always open, below them.
    * `options`: those of the page, by the names in its address. Sequences are written
      with commas. What the page cannot use it says itself.

    Raises `ValueError` for what cannot be part of an address or of a frame, and where
    nobody has said where the site is.

    >>> site = "https://example.org/moongrad/"
    >>> widget("moons", site=site, hidden=[16, 16], noise=0.2)
    <moongrad demo https://example.org/moongrad/moons.html?hidden=16%2C16&noise=0.2>
    >>> widget("moons!", site=site)
    Traceback (most recent call last):
        ...
    ValueError: a demo's name is lower-case letters, such as moons; got 'moons!'
    """
    if not _NAME.fullmatch(demo):
        raise ValueError(
            f"a demo's name is lower-case letters, such as moons; got {demo!r}"
        )
    if site is None:
        site = _find_site(demo)
    if not re.match(r"https?://", site):
        raise ValueError(f"a site's address begins with https://, got {site!r}")
    if not (isinstance(height, int) and 0 < height <= 20_000):
        raise ValueError(f"the height is from 1 to 20000 pixels, got {height!r}")
    query = urlencode([(name, _write(name, value)) for name, value in options.items()])
    return Widget(demo, site if site.endswith("/") else f"{site}/", height, query)


def _find_site(demo: str) -> str:
    """Return the address of the site that this package was built with."""
    if not _SITE.exists():
        raise ValueError(
            "widget needs the address of a site with the demos: pass "
            'site="https://...", or "http://127.0.0.1:8000/" while '
            "`python build.py serve` runs. This moongrad was built without one "
            "(MOONGRAD_SITE)."
        )
    known = json.loads(_SITE.read_text(encoding="utf-8"))
    if demo not in known["demos"]:
        raise ValueError(
            f"{known['address']} has no demo {demo!r}; it has "
            f"{', '.join(known['demos'])}"
        )
    return str(known["address"])


def _write(name: str, value: object) -> str:
    """Return an option as the page's control shows it."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} needs a finite number, got {value}")
    if isinstance(value, str) or not isinstance(value, Iterable):
        return str(value)
    return ",".join(str(item) for item in value)
