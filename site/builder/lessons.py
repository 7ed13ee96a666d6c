"""The lab's lessons as pages need them: prose as HTML, the rest as a script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from builder.listing import colour, colour_session
from lab.lesson import TRY_LINE, Lesson, list_lessons

FILE = "lab.html"
PROMPT = ">>> "
# Code may be wider than a phone; then it is scrolled, by keyboard, too.
BLOCK = '<pre tabindex="0" role="group" aria-label="Python code">'


@dataclass(frozen=True)
class Section:
    """What the page says of one step before there is any script."""

    number: int
    title: str
    prose: Markup
    starter: str


def gather() -> dict[str, Any]:
    """Return the variables of the page: the sections of all lessons."""
    return {
        "lessons": [
            Section(it.number, it.title, render(it.prose), it.starter.strip())
            for it in list_lessons()
        ]
    }


def render(prose: str) -> Markup:
    """Return Markdown as HTML; code is coloured as everywhere on the site."""
    markdown = MarkdownIt("commonmark", {"highlight": _highlight}).enable("table")
    return Markup(markdown.render(prose).replace("<pre>", BLOCK))


def _highlight(code: str, language: str, _attributes: str) -> str:
    if not language.startswith("python"):
        return ""  # as it is
    return str(colour_session(code) if code.startswith(PROMPT) else colour(code))


def write_lessons(path: Path) -> None:
    """Write what the lab's script needs of each lesson: starter, solution, checks."""
    lessons = json.dumps([_describe(it) for it in list_lessons()], ensure_ascii=False)
    text = (
        f"export const lessons = {lessons};\n"
        f"export const tryLine = {json.dumps(TRY_LINE)};\n"
    )
    path.write_text(text, encoding="utf-8")


def _describe(lesson: Lesson) -> dict[str, Any]:
    names = ("name", "title", "starter", "solution", "hints", "checks")
    return {name: getattr(lesson, name) for name in names}
