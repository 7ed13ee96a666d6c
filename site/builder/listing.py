"""The code that pages show: cut out of the source that runs, never typed again."""

from __future__ import annotations

import ast
import textwrap

from markupsafe import Markup
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonConsoleLexer, PythonLexer

from builder.paths import ENGINE, SITE
from builder.report import BuildError

FOLDERS = {"pages": SITE, "stage": SITE, "moongrad": ENGINE.parent}


def show_code(module: str, *names: str) -> Markup:
    """
    Return functions, classes or methods of a module as coloured HTML.

    A name is as in Python, such as `slope` or `Value.backward`.
    """
    source = _read(module)
    parts = [_cut(source, name, module) for name in names]
    return colour("\n\n\n".join(parts) if len(parts) > 1 else parts[0])


def show_module(module: str) -> Markup:
    """Return a whole module as coloured HTML."""
    return colour(_read(module))


def _read(module: str) -> str:
    path = FOLDERS[module.split(".")[0]] / f"{module.replace('.', '/')}.py"
    return path.read_text(encoding="utf-8")


def colour(code: str) -> Markup:
    """Return Python code as HTML whose classes style.css gives colours."""
    return Markup(highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip())


def colour_session(text: str) -> Markup:
    """Return a Python session, with its prompts and results, as coloured HTML."""
    formatter = HtmlFormatter(nowrap=True)
    return Markup(highlight(text.strip(), PythonConsoleLexer(), formatter).rstrip())


def _cut(source: str, name: str, module: str) -> str:
    """Return one definition, with its decorators and what is said about it."""
    body = ast.parse(source).body
    node: ast.stmt | None = None
    for part in name.split("."):
        node = next((n for n in body if part in _names(n)), None)
        if node is None:
            raise BuildError(f"There is no {name} in {module} to be shown on a page")
        body = getattr(node, "body", [])
    assert node is not None
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    return []
