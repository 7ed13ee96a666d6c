"""The rules of the house: who may import whom, and who may know of whom."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from builder.catalog import DEMOS, PAGES
from builder.paths import ENGINE, ROOT, SITE
from imports import find_circles, find_modules, link, read_imports

FOLDERS = {"moongrad": ENGINE} | {
    name: SITE / name
    for name in ("pages", "figures", "stage", "workbench", "lab", "builder")
}
MODULES = {
    module: path
    for package, folder in FOLDERS.items()
    for module, path in find_modules(folder, package).items()
} | {"build": ROOT / "build.py"}

# What a module of the engine needs besides the standard library; an extra of the wheel,
# or the browser, has it.
EXTRAS = {
    "moongrad.plot": {"contourpy", "matplotlib", "numpy"},
    "moongrad.graph": {"graphviz"},
    "moongrad.export.model_file": {"onnx"},
    "moongrad.export.notebook": {"nbformat"},
    "moongrad.wasm.runtime": {"wasmtime", "js", "pyodide"},
}
BROWSER = {"js", "pyodide", "pyodide_js", "pyscript"}


def in_package(package):
    found = [name for name in MODULES if name.split(".")[0] == package]
    assert found
    return found


def imported_packages(module):
    return {i.name.split(".")[0] for i in read_imports(MODULES[module], module)}


def test_nobody_imports_in_a_circle():
    assert len(MODULES) > 50
    assert find_circles(link(MODULES)) == []


def test_every_module_of_the_builder_can_be_imported_first():
    modules = in_package("builder")
    modules.remove("builder.bytecode")  # it runs in Pyodide
    program = f"""
import importlib, sys
for module in {modules}:
    for name in list(sys.modules):
        if name.split(".")[0] in {list(FOLDERS)}:
            del sys.modules[name]
    importlib.import_module(module)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SITE), str(ENGINE.parent)]),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["builder.catalog", "builder.paths"])
def test_what_everybody_imports_imports_nobody(module):
    assert imported_packages(module) <= sys.stdlib_module_names


@pytest.mark.parametrize("module", in_package("moongrad"))
def test_engine_imports_the_standard_library_itself_and_its_extras(module):
    extras = EXTRAS.get(module, set())
    allowed = {"moongrad", *extras, *sys.stdlib_module_names}
    assert imported_packages(module) <= allowed
    assert extras <= imported_packages(module), "an extra that nobody uses"


@pytest.mark.parametrize(
    "module",
    [
        name
        for name in MODULES
        if name.split(".")[0] in ("pages", "figures", "workbench", "lab")
    ],
)
def test_python_of_pages_knows_no_browser(module):
    assert not imported_packages(module) & BROWSER


@pytest.mark.parametrize("module", in_package("stage"))
def test_stage_imports_neither_pages_nor_what_is_for_one_of_them(module):
    assert not imported_packages(module) & {"pages", "workbench", "lab"}


@pytest.mark.parametrize("module", in_package("workbench"))
def test_workbench_imports_the_engine_and_kinds_of_options_only(module):
    own = {"moongrad", "workbench", *sys.stdlib_module_names}
    options = ("stage.option.", "stage.options.", "stage.formulas.")
    for name in (i.name for i in read_imports(MODULES[module], module)):
        assert name.split(".")[0] in own or name.startswith(options), name


@pytest.mark.parametrize("module", in_package("lab"))
def test_lab_imports_the_engine_and_figures_only(module):
    own = {"moongrad", "figures", "lab", "numpy", "matplotlib"}
    assert imported_packages(module) <= own | set(sys.stdlib_module_names)


# --- the stage names no page ----------------------------------------------------------

CODE = (".py", ".js", ".mjs")
# As identifiers these are everybody's words.
COMMON = {"examples", "graph", "slope", "speed"}
TOKEN = re.compile(
    r"""(?s) /\*.*?\*/ | //[^\n]*
    | (?P<text> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*` )
    | (?P<name> [A-Za-z_$][\w$]* )""",
    re.VERBOSE,
)


def read_javascript(source):
    """Return the identifiers and the texts of JavaScript, without its comments."""
    tokens = list(TOKEN.finditer(source))
    names = {token["name"] for token in tokens if token["name"]}
    return names, {token["text"][1:-1] for token in tokens if token["text"]}


def read_python(source):
    """Return the identifiers and the texts of Python, without its docstrings."""
    names, texts, docstrings = set(), set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(node.value)
        for field in ("id", "attr", "arg", "name"):
            names.add(getattr(node, field, None))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node not in docstrings:
                texts.add(node.value)
    return names, texts


def find_pages(names, texts):
    """Return the names of pages among identifiers and texts."""
    files = {page.file for page in PAGES}
    whole = {text for text in texts if text in {*DEMOS, *files}}
    parts = {
        text
        for text in texts
        if re.search(rf"\bpages[./]({'|'.join(DEMOS)})\b", text)
        or any(file in text for file in files)
    }
    return (names & set(DEMOS) - COMMON) | whole | parts


@pytest.mark.parametrize(
    "path",
    sorted(path for path in (SITE / "stage").rglob("*.*") if path.suffix in CODE),
    ids=lambda path: path.name,
)
def test_stage_names_no_page(path):
    read = read_python if path.suffix == ".py" else read_javascript
    assert find_pages(*read(path.read_text(encoding="utf-8"))) == set()


# --- what reads the rules can fail ----------------------------------------------------


@pytest.fixture
def write(tmp_path):
    def write_(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
        return find_modules(tmp_path, "p")

    return write_


def test_circles_are_found_in_functions_but_not_among_types(write):
    modules = write(
        a="from p import b",
        b="def f():\n  import p.c",
        c="class C:\n  def f(self):\n    from p.a import x",
        d="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import p.e",
        e="from .d import y",
    )
    assert find_circles(link(modules)) == [["p.a", "p.b", "p.c"]]
    assert [i.is_typing for i in read_imports(modules["p.d"], "p.d")] == [False, True]


def test_relative_imports_are_resolved(tmp_path):
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "__init__.py").write_text("from .m import x")
    (tmp_path / "q" / "m.py").write_text("from .. import n")
    (tmp_path / "n.py").write_text("from p.q import x")
    links = link(find_modules(tmp_path, "p"))
    assert links == {"p.n": {"p.q"}, "p.q": {"p.q.m"}, "p.q.m": {"p.n"}}


def test_pages_are_found_in_code_and_not_in_comments():
    for python in ('demo = "moons"', 'load("pages.moons")', "moons = 1"):
        assert find_pages(*read_python(python)), python
    for javascript in ('go("moons.html")', "moons()", "import('../pages/neuron.js')"):
        assert find_pages(*read_javascript(javascript)), javascript
    harmless = '// moons.html\n/* moons */ say("The graph cannot be drawn"); graph();'
    assert not find_pages(*read_javascript(harmless))
    assert not find_pages(
        *read_python('"""As in pages/moons.py."""\ngraph = 1  # moons')
    )


def test_readers_of_rules_see_real_code():
    names, texts = read_javascript(Path(SITE / "stage" / "diagram.js").read_text())
    assert "document" in names and len(texts) > 10
