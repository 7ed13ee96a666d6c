"""Demos in a notebook: what their HTML says, and what it refuses."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

import moongrad
import moongrad.embed

SITE = "https://example.org/moongrad/"


@pytest.fixture
def built_with(tmp_path, monkeypatch):
    """Let the package be one that was built with an address; until then, without."""
    path = tmp_path / "site.json"
    monkeypatch.setattr(moongrad.embed, "_SITE", path)

    def build(address, demos=("moons", "slope")):
        path.write_text(json.dumps({"address": address, "demos": demos}))

    return build


def read_tags(html):
    tags = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, pairs):
            tags[tag] = dict(pairs)

    Reader().feed(html)
    return tags


def test_frame_and_link_have_the_options():
    widget = moongrad.widget("moons", site=SITE, hidden=[16, 16], noise=0.2, height=700)
    tags = read_tags(widget._repr_html_())
    assert tags["iframe"]["src"] == widget.source
    assert widget.source.endswith("moons.html?embed=1&hidden=16%2C16&noise=0.2")
    assert tags["iframe"]["height"] == "700"
    assert tags["iframe"]["sandbox"].split() == [
        "allow-scripts",
        "allow-same-origin",
        "allow-popups",
        "allow-popups-to-escape-sandbox",
    ]
    assert tags["a"]["href"] == widget.address


def test_options_cannot_leave_the_address():
    nasty = '"><script>alert(1)</script>&embed=0'
    html = moongrad.widget("slope", site=SITE, formula=nasty)._repr_html_()
    assert set(read_tags(html)) == {"iframe", "p", "a"}
    assert "<script" not in html


def test_site_may_be_ones_own_and_need_not_end_with_a_slash():
    widget = moongrad.widget(site="http://127.0.0.1:8000/some/path")
    assert widget.address == "http://127.0.0.1:8000/some/path/moons.html"


def test_without_an_address_the_widget_asks_for_one(built_with):
    with pytest.raises(ValueError, match=r'needs the address .*site="https://'):
        moongrad.widget("moons")


def test_address_of_the_build_is_used_where_none_is_given(built_with):
    built_with(SITE)
    assert moongrad.widget("slope", x=2).address == f"{SITE}slope.html?x=2"
    other = moongrad.widget(site="http://127.0.0.1:8000/")
    assert other.address == "http://127.0.0.1:8000/moons.html"


def test_demo_that_the_site_lacks_is_named_with_those_that_it_has(built_with):
    built_with(SITE)
    with pytest.raises(ValueError, match="has no demo 'sun'; it has moons, slope"):
        moongrad.widget("sun")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"demo": "../moons"}, "lower-case letters"),
        ({"demo": "Moons"}, "lower-case letters"),
        ({"site": "javascript:alert(1)//"}, "begins with https://"),
        ({"height": 0}, "from 1 to 20000"),
        ({"height": "900"}, "from 1 to 20000"),
        ({"noise": float("nan")}, "noise needs a finite number"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        moongrad.widget(**{"site": SITE} | arguments)


def test_package_has_no_other_late_names():
    with pytest.raises(AttributeError, match="no attribute 'gadget'"):
        moongrad.gadget  # noqa: B018
