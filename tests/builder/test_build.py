"""build.py as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from builder.address import read_address
from builder.inputs import is_up_to_date
from builder.paths import DIST, ROOT

pytestmark = pytest.mark.alone  # it makes dist/ anew

BLACK_HOLE = "http://127.0.0.1:9"  # a proxy that nobody runs: every request fails


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "build.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def second_build():
    """Build again without a network: what dist/ was before, and what was printed."""
    before = contents(DIST)
    result = run(
        "build",
        http_proxy=BLACK_HOLE,
        https_proxy=BLACK_HOLE,
        HTTP_PROXY=BLACK_HOLE,
        HTTPS_PROXY=BLACK_HOLE,
        no_proxy="",
        PIP_NO_INDEX="1",
        npm_config_offline="true",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return before, result.stdout


def test_second_build_needs_no_network_and_gives_the_same_bytes(second_build):
    before, _ = second_build
    assert contents(DIST) == before
    assert is_up_to_date()


def test_stages_are_reported_with_sizes_and_seconds(second_build):
    _, output = second_build
    for stage in ("Our own wheels", "npm packages", "Slimming, compiling", "Posters"):
        line = next(line for line in output.splitlines() if line.startswith(stage))
        assert line.rstrip().endswith(" s")
    assert "9 wheels, 10.5 MB, 0 kB new" in output
    assert "dist/ is ready:" in output
    assert ("MOONGRAD_SITE is not set" in output) == (read_address() == "")


def test_unknown_command_is_explained():
    result = run("deploy")
    assert result.returncode == 2
    assert "invalid choice: 'deploy'" in result.stderr


def test_quick_leaves_out_browsers_and_passes_arguments_on_to_pytest():
    wanted = "test_squared_error or test_landing_page_trains or test_peers_do_the_same"
    arguments = ["--collect-only", "-q", "-k", wanted]
    result = run("test", "--quick", *arguments, PYTEST_ADDOPTS="")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "test_loss.py::test_squared_error" in result.stdout
    assert "tests/site" not in result.stdout  # needs a browser
    assert "tests/bench" not in result.stdout
