"""What the tools say of the code, and what must never be committed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builder.paths import NODE_MODULES, ROOT


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]],
    ids=" ".join,
)
def test_tool_has_nothing_to_say(arguments):
    code, output = run(sys.executable, "-m", *arguments)
    assert code == 0, output


def test_javascript_has_the_types_it_says(find_node):
    tsc = NODE_MODULES / "typescript" / "bin" / "tsc"
    code, output = run(find_node, str(tsc), "--project", "site/jsconfig.json")
    assert code == 0, output


@pytest.fixture
def find_node():
    import shutil

    beside = Path(sys.executable).parent
    return shutil.which("node") or shutil.which("node", path=beside)


def test_lock_file_has_no_addresses_and_exact_pins():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [n for n, p in lock["packages"].items() if "resolved" in p]
    wanted = json.loads((ROOT / "package.json").read_text())
    pins = wanted["dependencies"] | wanted["devDependencies"]
    assert all(pin[0].isdigit() for pin in pins.values())
