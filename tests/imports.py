"""Who imports whom, read from the source: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """
    One imported name, such as `moongrad.wasm.kernel.Kernel`, or one imported module.

    Those of functions count as well: they are only made later. Those for type checkers
    (`if TYPE_CHECKING:`) are never made.
    """

    name: str
    line: int
    is_typing: bool


def read_imports(path: Path, module: str) -> Iterator[Import]:
    """Yield what the file of a module imports, wherever in it."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    yield from _walk(ast.parse(path.read_text(encoding="utf-8")), package, False)


def _walk(node: ast.AST, package: str, is_typing: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, is_typing)
    elif isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            yield Import(f"{source}.{alias.name}", node.lineno, is_typing)
    for field, value in ast.iter_fields(node):
        is_guarded = isinstance(node, ast.If) and field == "body" and _is_guard(node)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, package, is_typing or is_guarded)


def _is_guard(node: ast.If) -> bool:
    return "TYPE_CHECKING" in (
        getattr(node.test, "id", ""),
        getattr(node.test, "attr", ""),
    )


def find_modules(folder: Path, package: str) -> dict[str, Path]:
    """Return the modules in a folder and below, by name."""
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        modules[".".join(parts)] = path
    return modules


def link(modules: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return which of these modules each of them imports."""
    links: dict[str, set[str]] = {}
    for module, path in modules.items():
        names = {i.name for i in read_imports(path, module) if not i.is_typing}
        found = {name if name in modules else name.rpartition(".")[0] for name in names}
        links[module] = (found & modules.keys()) - {module}
    return links


def find_circles(links: Mapping[str, set[str]]) -> list[list[str]]:
    """Return each group of modules that can be reached from one another."""
    reached = {module: _reach(links, module) for module in links}
    groups = {
        tuple(sorted(m for m in reached[module] if module in reached[m]))
        for module in links
        if module in reached[module]
    }
    return [list(group) for group in sorted(groups)]


def _reach(links: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = links[waiting.pop()] - found
        found |= new
        waiting += new
    return found
