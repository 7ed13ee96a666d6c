"""The text face of the site in figures, where the build has put it."""

from __future__ import annotations

from functools import cache

from figures.font import SHIPPED, use_font


@cache
def use_face() -> None:
    """Draw the text of all figures from now on as the site's own."""
    if SHIPPED.exists():
        use_font()
