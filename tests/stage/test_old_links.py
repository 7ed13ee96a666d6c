"""Links of earlier versions open what they opened then, in the pages' Python."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from old_links import LINKS, is_same_table

PAGES = Path(__file__).parents[2] / "site" / "pages"


def all_options():
    """Return every option of every page, each with the name of its page's Python."""
    return [
        (path.stem, option)
        for path in PAGES.glob("*.py")
        if "\nOPTIONS = " in path.read_text("utf-8")
        for option in importlib.import_module(f"pages.{path.stem}").OPTIONS
    ]


@pytest.mark.parametrize("old", LINKS, ids=lambda old: old.link[:60])
def test_old_link_opens_what_it_opened(old):
    options = old.page.OPTIONS
    texts, notices = options.replace_invalid(old.query)
    defaults, _ = options.replace_invalid({})
    assert texts == defaults | old.options
    assert notices == old.notices
    demo = old.page.Demo(options.read(texts))
    if old.weights:
        demo.take_weights(old.weights)
    while not demo.is_done:
        demo.step()
    assert demo.outputs().items() >= old.outputs.items()
    tables = demo.tables()
    for name, rows in old.tables.items():
        assert is_same_table(tables[name], rows), name


def test_stored_links_cover_every_page_and_every_old_word():
    chapters = {"slope", "graph", "neuron", "examples", "regression", "moons"}
    assert {old.demo for old in LINKS} >= chapters | {"speed", "playground"}
    assert {"index.html", "moons.html"} <= {old.file for old in LINKS}
    used = {(old.demo, name, text) for old in LINKS for name, text in old.query.items()}
    for demo, option in all_options():
        name = option.old_name or option.name
        for word in option.old_values:
            assert (demo, name, word) in used
        if option.old_name:
            assert (demo, name) in {(demo, name) for demo, name, _ in used}


def test_old_words_cannot_be_mistaken_for_those_of_today():
    names = {(demo, option.name) for demo, option in all_options()}
    for demo, option in all_options():
        assert (demo, option.old_name) not in names
        values = [value for value, _ in option.choices]
        assert not option.old_values.keys() & set(values)
        assert set(option.old_values.values()) <= set(values)
        # An `<option data-was>` has room for one.
        assert len(set(option.old_values.values())) == len(option.old_values)


def test_values_can_be_written_in_an_address_as_they_are():
    for _, option in all_options():
        for value, _ in option.choices:
            assert value.isidentifier() and value.isascii() and value == value.lower()
