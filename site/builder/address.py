"""Where the site will be: previews of links, oEmbed and notebooks need its address."""

from __future__ import annotations

import os
import re

from builder.report import BuildError

VARIABLE = "MOONGRAD_SITE"


def read_address() -> str:
    """Return the address, with a slash at its end; "" where nobody has given one."""
    address = os.environ.get(VARIABLE, "").strip()
    if not address:
        return ""
    if not re.fullmatch(r"https?://[^\s\"'<>?#]+", address):
        raise BuildError(
            f"{VARIABLE} needs an address such as https://example.org/moongrad/, "
            f"got {address!r}"
        )
    return address.rstrip("/") + "/"
