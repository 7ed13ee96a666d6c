"""Makes matplotlib's SVG files small: what is written many times is written once."""

from __future__ import annotations

import base64
import re
from collections import Counter
from io import BytesIO
from zlib import crc32

import numpy as np
from PIL import Image

IMAGE = re.compile(r'(xlink:href="data:image/png;base64,)([^"]+)"')
SPACE = re.compile(r">\s+<")
STYLE = re.compile(r' style="([^"]*)"')
# Marks that follow each other, each in a group of its own.
MARKS = re.compile(
    r'(<g clip-path="[^"]*">)(<use [^>]*/>)</g>((?:\1<use [^>]*/></g>)+)'
)
MOST_COLORS = 256  # of an image with a palette
SEVERAL = 3  # elements of one style that are worth a class


def pack_svg(text: str) -> str:
    """Return the same drawing in fewer bytes; its images have the same pixels."""
    text = IMAGE.sub(lambda match: f'{match[1]}{_pack_image(match[2])}"', text)
    text = SPACE.sub("><", text)
    return _name_styles(MARKS.sub(_join, text))


def _pack_image(encoded: str) -> str:
    """Return an image with a palette, where it has few colours and no holes."""
    image = Image.open(BytesIO(base64.b64decode(encoded))).convert("RGBA")
    pixels = np.asarray(image)
    colors, places = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colors) > MOST_COLORS or colors[:, 3].min() < 255:
        return encoded
    few = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8))
    few.putpalette(colors[:, :3].tobytes())
    file = BytesIO()
    few.save(file, format="PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _join(match: re.Match[str]) -> str:
    group, first, others = match.groups()
    return f"{group}{first}{others.replace(group, '').replace('</g>', '')}</g>"


def _name_styles(text: str) -> str:
    """Give elements of the same style a class."""
    counts = Counter(STYLE.findall(text))
    styles = sorted(style for style, n in counts.items() if n >= SEVERAL)
    # Styles hold for a whole page, in which there may be several drawings.
    prefix = f"m{crc32('|'.join(styles).encode()):08x}-"
    names = {style: f"{prefix}{k}" for k, style in enumerate(styles)}
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    text = STYLE.sub(
        lambda match: f' class="{names[match[1]]}"' if match[1] in names else match[0],
        text,
    )
    return text.replace("</style>", f"{rules}</style>", 1)
