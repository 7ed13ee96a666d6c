"""The lab's lessons on their way into the site."""

from __future__ import annotations

import json

from builder import lessons
from lab.lesson import list_lessons


def test_prose_becomes_html_and_code_is_coloured():
    html = lessons.render(
        "A *slope* of `f`:\n\n```python\nx = 1\n```\n\n"
        "```python before\n>>> x\n1\n```\n"
    )
    assert "<em>slope</em>" in html and "<code>f</code>" in html
    assert '<span class="mi">1</span>' in html
    assert '<span class="gp">' in html


def test_what_is_no_code_of_ours_stays_text():
    assert "&lt;b&gt;" in lessons.render("    <b>bold</b>\n")


def test_every_lesson_is_in_the_script_with_what_checks_it(tmp_path):
    path = tmp_path / "lessons.js"
    lessons.write_lessons(path)
    line = path.read_text(encoding="utf-8").splitlines()[0]
    written = json.loads(line.removeprefix("export const lessons = ").rstrip(";"))
    assert [it["name"] for it in written] == [it.name for it in list_lessons()]
    assert all(it["checks"] and it["hints"] and it["solution"] for it in written)
    assert all("mistakes" not in it for it in written)
