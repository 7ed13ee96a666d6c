"""Linters and type checkers, pinned packages, and what the engine may import."""

from __future__ import annotations

import ast
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


# Modules that need an extra, or the browser.
EXTRAS = {
    "plot.py": {"matplotlib", "numpy"},
    "graph.py": {"graphviz"},
    "wasm/runtime.py": {"wasmtime", "js", "pyodide"},
}


def imported_modules(path):
    """Return the names of all modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module


def test_engine_imports_only_the_standard_library_and_itself():
    engine = ROOT / "engine" / "moongrad"
    paths = {str(path.relative_to(engine)): path for path in engine.rglob("*.py")}
    assert EXTRAS.keys() < paths.keys()
    for name, path in paths.items():
        allowed = {"moongrad"} | sys.stdlib_module_names | EXTRAS.get(name, set())
        imported = {module.split(".")[0] for module in imported_modules(path)}
        assert imported <= allowed, name


def test_value_and_networks_import_no_other_part_of_the_engine():
    for name, allowed in {
        "engine.py": {"moongrad.graph"},  # draws a Value in a notebook
        "nn.py": {"moongrad.engine"},
    }.items():
        modules = set(imported_modules(ROOT / "engine" / "moongrad" / name))
        assert {m for m in modules if m.startswith("moongrad")} == allowed, name
