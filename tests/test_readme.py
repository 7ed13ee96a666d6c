"""What the READMEs promise: examples, commands, links, numbers."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from builder.catalog import CHAPTERS, PAGES
from builder.measured import compare, read_measured
from builder.pages import count_lines
from builder.paths import ENGINE, ROOT
from moving import MOVING, MOVING_BYTES

README = (ROOT / "README.md").read_text()
HOME = "https://example.org/moongrad/"
ROOMS = ("engine", "site", "tests")


def read_room(room):
    return (ROOT / room / "README.md").read_text()


@pytest.mark.parametrize("file", ["README.md", "engine/README.md"])
def test_examples_print_what_they_say(file):
    result = doctest.testfile(str(ROOT / file), module_relative=False)
    assert result.attempted >= 9
    assert result.failed == 0


def test_readme_is_short():
    assert 600 <= len(README.split()) <= 800


@pytest.mark.parametrize("room", ROOMS)
def test_door_plates_are_short(room):
    text = re.sub(r"```.*?```", "", read_room(room), flags=re.DOTALL)
    assert 5 <= len([line for line in text.splitlines() if line.strip()]) <= 18


# --- commands -------------------------------------------------------------------------


@cache
def ask_for_help(*command):
    done = subprocess.run(
        [sys.executable, ROOT / "build.py", *command, "--help"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def list_commands():
    """Return the commands that build.py has, as it says itself."""
    usage = ask_for_help()
    listed = usage[usage.index("COMMAND\n") :]
    return sorted(re.findall(r"^    (\w+)(?: |$)", listed, re.MULTILINE))


def test_help_describes_the_commands_that_there_are():
    described = re.findall(r"^    python build\.py (\w+)", ask_for_help(), re.MULTILINE)
    assert sorted(set(described)) == list_commands()


@pytest.mark.parametrize("text", [README, *map(read_room, ROOMS)], ids=["", *ROOMS])
def test_commands_and_their_flags_exist(text):
    found = re.findall(r"python3? build\.py (\w+)(?: (--\w+))?", text)
    assert found or text == read_room("engine")
    for command, flag in found:
        assert command in list_commands()
        assert flag in ask_for_help(command)


def test_readme_starts_with_two_commands():
    commands = re.findall(r"^python3 build\.py (\w+)$", README, re.MULTILINE)
    assert commands == ["serve", "test"]


def test_every_command_has_help():
    for command in list_commands():
        assert f"usage: python build.py {command}" in ask_for_help(command)


def test_ci_runs_the_readmes_test_command():
    assert "python3 build.py test" in README
    assert (ROOT / ".ci" / "run").read_text().endswith("exec python3 build.py test\n")


# --- links and pictures ---------------------------------------------------------------


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_links_lead_to_files_that_are_there(room):
    text = (ROOT / room / "README.md").read_text()
    for address in re.findall(r"\]\(([^)]+)\)", text):
        if not address.startswith("https://"):
            assert (ROOT / room / address).exists(), address


def test_readme_links_every_chapter_and_no_page_that_is_missing():
    linked = re.findall(rf"{HOME}([\w-]+\.html)", README)
    assert set(linked) <= {page.file for page in PAGES}
    assert {page.file for page in CHAPTERS} <= set(linked)
    assert "hood.html" in linked


@pytest.mark.parametrize("room", ROOMS)
def test_door_plates_name_what_is_there(room):
    text = re.sub(r"```.*?```", "", read_room(room), flags=re.DOTALL)
    for path in re.findall(r"`([\w./-]+(?:/|\.\w+))`", text):
        if path in ("dist/", "NAME.html", "NAME.py", "build.py"):
            continue
        places = [ROOT, ROOT / room, *(ROOT / room).iterdir()]
        assert any((place / path).exists() for place in places), path


def test_moving_picture_moves_and_is_small():
    assert f"]({MOVING.relative_to(ROOT)})" in README
    assert MOVING.stat().st_size <= MOVING_BYTES
    with Image.open(MOVING) as picture:
        assert picture.n_frames > 30
        assert picture.width >= 640


# --- the table ------------------------------------------------------------------------


def read_row(title):
    """Return the cells of a row of the table, by the heading of their column."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in README.splitlines()
        if line.startswith("|")
    ]
    (row,) = [row for row in rows if row[0].startswith(title)]
    return dict(zip(rows[0][1:], row[1:], strict=True))


def test_table_has_the_lines_of_both_python_engines():
    row = read_row("Engine")
    theirs = Path(find_spec("micrograd.engine").origin)
    assert row["moongrad"] == f"{count_lines(ENGINE / 'engine.py')}, Python"
    assert row["micrograd"] == f"{count_lines(theirs)}, Python"


def test_table_has_the_measured_ratios():
    row = read_row("One training step")
    measured = read_measured()
    for peer in ("micrograd", "ConvNetJS"):
        times = compare(measured, "in Chromium", peer)
        assert row[peer] == f"{times} times as long"
    task = measured["task"]
    assert f"{task['points']} points and {task['parameters']} parameters" in README


def test_every_exported_name_is_there():
    import moongrad

    for name in moongrad.__all__:
        assert getattr(moongrad, name)
