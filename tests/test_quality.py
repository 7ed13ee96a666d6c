"""Linters and type checkers, pinned packages, and what the engine may import."""

from __future__ import annotations

import json
import shutil
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
def test_tool_reports_nothing(arguments):
    code, output = run(sys.executable, "-m", *arguments)
    assert code == 0, output


def test_javascript_has_the_declared_types(node):
    tsc = NODE_MODULES / "typescript" / "bin" / "tsc"
    code, output = run(node, str(tsc), "--project", "site/jsconfig.json")
    assert code == 0, output


@pytest.fixture
def node():
    beside = Path(sys.executable).parent
    return shutil.which("node") or shutil.which("node", path=beside)


def test_npm_packages_have_exact_versions_and_no_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [n for n, p in lock["packages"].items() if "resolved" in p]
    package = json.loads((ROOT / "package.json").read_text())
    pins = package["dependencies"] | package["devDependencies"]
    assert [name for name, pin in pins.items() if not pin[0].isdigit()] == []
