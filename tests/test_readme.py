"""What the README promises: examples, commands, sizes, addresses."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys

import pytest

from builder.pages import count_lines
from builder.paths import ROOT
from builder.wheels import find_wheel

README = (ROOT / "README.md").read_text()


def test_examples_print_what_they_say():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 12
    assert result.failed == 0


@pytest.mark.parametrize("command", ["serve", "test", "build", "bench", "clean"])
def test_commands_exist(command):
    assert f"{command}" in README
    done = subprocess.run(
        [sys.executable, ROOT / "build.py", command, "--help"], capture_output=True
    )
    assert done.returncode == 0


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
