"""
Links as they were when options still had their first names and values.

They are in old_links.json: each with the options, by the names and values of today,
and the numbers at the end of the run that it opened then. None is ever removed or
changed; where a name or value of today changes, `options` follows. A table may show
more or fewer digits of a number than it did then, and `accuracy` is what a page shows
at the end of a run.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

from pages.network import show_gradient


class OldLink:
    """A stored link, and what it opens."""

    def __init__(self, row: dict) -> None:
        self.link: str = row["link"]
        self.options: dict[str, str] = row["options"]  # those not at their default
        self.outputs: dict[str, str] = row["outputs"]
        gradient = self.outputs.get("gradient", "–")
        if gradient != "–":  # stored with six places, shown with six digits
            number = float(gradient.replace("−", "-"))
            self.outputs["gradient"] = show_gradient(number)
        self.tables: dict[str, list] = row.get("tables", {})
        self.notices: list[str] = row.get("notices", [])
        parts = urlsplit(self.link)
        self.file = parts.path
        self.demo = self.file.removesuffix(".html").replace("index", "moons")
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.weights = parse_qs(parts.fragment).get("weights", [""])[0]

    @property
    def page(self):
        """The page's Python."""
        return importlib.import_module(f"pages.{self.demo}")

    @property
    def has_old_words(self) -> bool:
        """Whether options at other values than their default have to be translated."""
        return bool(self.options.keys() - self.query.keys()) or any(
            self.query[name] != text and not self.notices
            for name, text in self.options.items()
        )


def is_same_table(
    rows: Sequence[Sequence[str]], stored: Sequence[Sequence[str]]
) -> bool:
    """Whether a table has the stored numbers; it has all their digits after a tab."""
    cells = [cell.split("\t")[-1] for row in rows for cell in row]
    return len(cells) == sum(map(len, stored)) and all(
        map(_is_same, cells, (cell for row in stored for cell in row))
    )


def _is_same(cell: str, stored: str) -> bool:
    try:
        numbers = [float(text.replace("−", "-")) for text in (cell, stored)]
    except ValueError:
        return cell == stored
    return math.isclose(*numbers, rel_tol=1e-9)


LINKS = [
    OldLink(row)
    for row in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
]
