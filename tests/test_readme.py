"""What the README promises: examples, commands, sizes, addresses."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from functools import cache

from builder.pages import count_lines
from builder.paths import ROOT
from builder.wheels import find_wheel

README = (ROOT / "README.md").read_text()


def test_examples_print_what_they_say():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 12
    assert result.failed == 0


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


def test_readme_lists_the_commands_that_there_are():
    listed = re.findall(r"^python3 build\.py (\w+)", README, re.MULTILINE)
    assert sorted(set(listed)) == list_commands()
    (brackets,) = re.findall(r"python build\.py \[([a-z|]+)\]", README)
    assert sorted(brackets.split("|")) == list_commands()


def test_every_command_has_help():
    for command in list_commands():
        assert f"usage: python build.py {command}" in ask_for_help(command)


def test_ci_runs_the_readmes_test_command():
    assert "python3 build.py test" in README
    assert (ROOT / ".ci" / "run").read_text().endswith("exec python3 build.py test\n")


def test_engine_is_as_short_as_promised():
    promised = int(re.search(r"`engine.py` is at most (\d+) lines", README)[1])
    assert count_lines(ROOT / "engine" / "moongrad" / "engine.py") <= promised


def test_wheel_is_as_small_as_promised():
    promised = int(re.search(r"the wheel is below (\d+) kB", README)[1])
    assert find_wheel().stat().st_size < promised * 1000


def test_pictures_and_rooms_are_there():
    for path in re.findall(r"\]\((site/[^)]+)\)", README):
        assert (ROOT / path).exists(), path
    house = README.split("```")[-2]
    for path in re.findall(r"(?:^|  )((?:site|tests|engine)/\S+|build\.py)", house):
        assert (ROOT / path).exists(), path


def test_every_exported_name_is_there():
    import moongrad

    for name in moongrad.__all__:
        assert getattr(moongrad, name)
