"""
The fonts of the site, cut down to the characters that it uses.

The text face is Source Sans 3 (Adobe), the mathematics face STIX Two Math (STI Pub);
both have the SIL Open Font License. Figures are drawn with the text face, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from builder.cache import find_or_make
from builder.paths import CACHE, NODE_MODULES, SITE

TEXT, MATH = "text.woff2", "math.woff2"  # for pages
FIGURES = "text.ttf"  # for matplotlib
WEIGHTS = (400, 700)

_TEXT_FACE = NODE_MODULES / "source-sans"
_MATH_FACE = NODE_MODULES / "@fontsource" / "stix-two-math"
_MATH_FILE = _MATH_FACE / "files" / "stix-two-math-latin-400-normal.woff2"

#: Beyond ASCII, what prose, controls and figures use.
TEXT_CHARACTERS = "\u00a0·×±é½°²³ˣ–—‘’“”…•−÷√∑≤≥≈→←▸▶₀₁₂₃₄₅₆₇₈₉"
#: Letters that stand for one number each are set in italics by MathML.
_ITALIC_A = 0x1D44E
_PLANCK = 0x210E  # the italic h, which has a place of its own


def make_fonts() -> Path:
    """Return the folder with the fonts; they are made where they are missing."""
    sources = [_TEXT_FACE / "package.json", _MATH_FACE / "package.json"]
    pages = sorted((SITE / "pages").glob("*.html"))
    characters = collect_math(page.read_text(encoding="utf-8") for page in pages)
    ingredients = [
        Path(__file__).read_bytes(),
        version("fonttools").encode(),
        characters.encode(),
        *(source.read_bytes() for source in sources),
    ]
    folder, _ = find_or_make(
        CACHE / "fonts", ingredients, lambda folder: _make(folder, characters)
    )
    return folder


def collect_math(pages: Iterable[str]) -> str:
    """Return the characters of all formulas in pages, as browsers show them."""
    shown = {" "}
    for page in pages:
        for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
            for name in re.findall(r"<mi>([^<]*)</mi>", formula):
                text = html.unescape(name)
                shown.update(map(italicize, text) if len(text) == 1 else text)
            shown.update(html.unescape(re.sub(r"<[^>]*>", "", formula)))
    return "".join(sorted(char for char in shown if char.isprintable()))


def italicize(letter: str) -> str:
    """Return the mathematical italic of a small Latin letter; others as they are."""
    if letter == "h":
        return chr(_PLANCK)
    if "a" <= letter <= "z":
        return chr(_ITALIC_A + ord(letter) - ord("a"))
    if "A" <= letter <= "Z":
        return chr(_ITALIC_A - 26 + ord(letter) - ord("A"))
    return letter


def read_licences() -> str:
    """Return the licences of both fonts."""
    files = [_TEXT_FACE / "LICENSE.md", _MATH_FACE / "LICENSE"]
    return "\n\n".join(file.read_text(encoding="utf-8") for file in files)


def _make(folder: Path, math_characters: str) -> None:
    ascii_ = "".join(map(chr, range(0x20, 0x7F)))
    text = ascii_ + TEXT_CHARACTERS
    # Digits of one width (tnum) keep numbers from trembling while they change.
    variable = _cut(
        TTFont(_TEXT_FACE / "VF" / "SourceSans3VF-Upright.ttf"), text, "kern", "tnum"
    )
    _write(
        instancer.instantiateVariableFont(variable, {"wght": WEIGHTS}), folder / TEXT
    )
    # matplotlib can't vary a font.
    regular = TTFont(_TEXT_FACE / "TTF" / "SourceSans3-Regular.ttf")
    _write(_cut(regular, text, "kern"), folder / FIGURES)
    _write(_cut(TTFont(_MATH_FILE), math_characters), folder / MATH)


def _cut(font: TTFont, characters: str, *features: str) -> TTFont:
    """Leave only these characters, and these features of their layout, in a font."""
    options = subset.Options(hinting=False, layout_features=list(features))
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    return font


def _write(font: TTFont, path: Path) -> None:
    font.flavor = "woff2" if path.suffix == ".woff2" else None
    font.save(path)
