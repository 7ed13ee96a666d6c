"""What takes long to draw is drawn once, and anew when what it is made from changes."""

from __future__ import annotations

import json

import pytest

from builder import cards
from builder.cache import find_or_make, read_drawing_code
from builder.diagrams import Graphviz
from builder.paths import ENGINE, SITE


def note(text):
    pass


@pytest.fixture
def graphviz(tmp_path):
    """A Graphviz of any version, which lays nothing out."""

    def graphviz_(version):
        package = tmp_path / "viz"
        package.mkdir(exist_ok=True)
        (package / "package.json").write_text(json.dumps({"version": version}))
        return Graphviz(tmp_path / "node", package)

    return graphviz_


@pytest.fixture
def drawn(tmp_path, monkeypatch, graphviz):
    """Ask for all cards; gives how many had to be drawn."""
    names = []

    def draw(path, *_):
        names.append(path.name)
        return "a picture"

    monkeypatch.setattr(cards, "_draw_card", draw)

    def drawn_(version="1"):
        names.clear()
        target = tmp_path / f"target-{len(list(tmp_path.iterdir()))}"
        labels = cards.draw_cards(target, tmp_path / "cache", note, graphviz(version))
        assert len(labels) == len(list(cards.list_cards()))
        return len(names)

    return drawn_


def test_cards_are_drawn_once(drawn):
    assert drawn() > 10
    assert drawn() == 0


def test_cards_are_drawn_again_with_another_graphviz(drawn):
    assert drawn("3.31.0") > 10
    assert drawn("3.32.0") > 10
    assert drawn("3.31.0") == 0


def test_pictures_are_drawn_again_when_the_code_that_they_show_changes():
    code = read_drawing_code("cards.py")
    for name in ("pages/moons.py", "stage/demo.py", "builder/cards.py"):
        assert (SITE / name).read_bytes() in code
    for name in ("nn.py", "wasm/block.py"):
        assert (ENGINE / name).read_bytes() in code
    assert (SITE / "builder" / "pictures.py").read_bytes() not in code


def test_what_was_not_finished_is_made_anew(tmp_path):
    def fail(folder):
        (folder / "half").write_text("half")
        raise RuntimeError("interrupted")

    def make(folder):
        (folder / "whole").write_text("whole")

    with pytest.raises(RuntimeError):
        find_or_make(tmp_path, [b"a"], fail)
    assert list(tmp_path.iterdir()) == []
    folder, is_new = find_or_make(tmp_path, [b"a"], make)
    assert is_new and [path.name for path in folder.iterdir()] == ["whole"]
    assert find_or_make(tmp_path, [b"a"], fail) == (folder, False)
    assert find_or_make(tmp_path, [b"b"], make)[0] != folder


def test_two_builds_at_once_do_not_meet(tmp_path):
    def make(folder):
        (folder / "made").write_text("by the first")
        # Another one begins later and is ready earlier.
        find_or_make(tmp_path, [b"a"], lambda f: (f / "made").write_text("by another"))

    folder, _ = find_or_make(tmp_path, [b"a"], make)
    assert (folder / "made").read_text() == "by another"
    assert list(tmp_path.iterdir()) == [folder]
