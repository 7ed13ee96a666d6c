"""The site's fonts have the characters that its pages show."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fontTools.ttLib import TTFont

from builder.catalog import PAGES
from builder.fonts import FIGURES, MATH, TEXT, collect_math, make_fonts
from builder.paths import DIST

FOLDER = make_fonts()


def read_characters(name):
    return {chr(code) for code in TTFont(FOLDER / name).getBestCmap()} | {"\n"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
def test_text_face_has_all_characters_of_the_prose(page):
    text = (DIST / page.file).read_text(encoding="utf-8")
    text = re.sub(r"<(pre|code|math|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    shown = set(unescape(re.sub(r"<[^>]*>", "", text)))
    assert shown <= read_characters(TEXT)


def test_mathematics_face_has_the_italic_letters_of_all_formulas():
    formula = "<math><mi>x</mi><mo>=</mo><mi>h</mi><mi>tanh</mi></math>"
    assert set(collect_math([formula])) == set(" 𝑥=ℎtanhx")
    pages = [(DIST / page.file).read_text(encoding="utf-8") for page in PAGES]
    assert set(collect_math(pages)) <= read_characters(MATH)


def test_figures_are_drawn_with_the_same_characters():
    assert read_characters(FIGURES) == read_characters(TEXT)
