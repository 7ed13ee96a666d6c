"""The diagrams of a demo: which have to be laid out, and how they look now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage.demo import Demo


class Diagrams:
    """The diagrams of a page, by name. Graphviz lays them out, elsewhere and later."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._asked: dict[str, str] = {}  # DOT sources
        self._laid_out: dict[str, str] = {}  # SVG

    def take_due(self, demo: Demo) -> dict[str, str]:
        """Return the DOT sources that have to be laid out, each once."""
        due = {}
        for name in self._names:
            dot = demo.diagram(name)
            if self._asked.get(name) != dot:
                self._asked[name] = due[name] = dot
                self._laid_out.pop(name, None)
        return due

    def show(self, name: str, dot: str, svg: str) -> None:
        """Take what has been laid out, unless there is a newer one by now."""
        if self._asked[name] == dot:
            self._laid_out[name] = svg

    def view(self, demo: Demo) -> tuple[dict[str, str], dict[str, Mapping]]:
        """Return the SVG and the marks of those that show this demo."""
        shown = {
            name: svg
            for name, svg in self._laid_out.items()
            if self._asked[name] == demo.diagram(name)
        }
        return shown, {name: demo.marks(name) for name in shown}
