"""Reading a JSON document part by part; errors name the place in it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

_T = TypeVar("_T")


class Place:
    """A part of a document, and where it stands: `layers[1].weights[3][0]`."""

    def __init__(self, content: Any, path: str = "") -> None:
        self.content = content
        self.path = path

    def refuse(self, requirement: str) -> NoReturn:
        """Raise `ValueError`: what the place needs, and what it has."""
        found = repr(self.content)
        if len(found) > 60:
            found = f"{found[:60]}..."
        where = f" at {self.path}" if self.path else ""
        raise ValueError(f"from_json needs {requirement}{where}, got {found}")

    def fields(
        self, names: Collection[str], defaults: Mapping[str, Any] | None = None
    ) -> dict[str, Place]:
        """Return the fields of an object, which has these (or defaults), no others."""
        if not isinstance(self.content, dict):
            self.refuse("an object")
        content = {**(defaults or {}), **self.content}
        where = f" at {self.path}" if self.path else ""
        for name in names:
            if name not in content:
                raise ValueError(f"from_json needs the field {name!r}{where}")
        for name in content:
            if name not in names:
                raise ValueError(f"from_json knows no field {name!r}{where}")
        prefix = f"{self.path}." if self.path else ""
        return {name: Place(content[name], prefix + name) for name in names}

    def items(self, length: int | None = None) -> Iterator[Place]:
        """Yield the items of a list, of this length if one is given."""
        if not isinstance(self.content, list):
            self.refuse("a list")
        if length is not None and len(self.content) != length:
            raise ValueError(
                f"from_json needs {length} items at {self.path}, got "
                f"{len(self.content)}"
            )
        for k, item in enumerate(self.content):
            yield Place(item, f"{self.path}[{k}]")

    def numbers(self, length: int) -> list[float]:
        """Return a list of finite numbers."""
        return [item.number() for item in self.items(length)]

    def number(self, *, least: float = -math.inf) -> float:
        """Return a finite number, an int or a float as it is written."""
        number = self.content
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        # Not isfinite, which an int larger than any float makes raise.
        if not is_number or not abs(number) <= sys.float_info.max:
            self.refuse("a finite number")
        if number < least:
            self.refuse(f"a number >= {least}")
        return float(number) if isinstance(number, float) else int(number)

    def whole(self, least: int, most: int | None = None) -> int:
        """Return an int from `least` to `most`."""
        number = self.content
        is_whole = isinstance(number, int) and not isinstance(number, bool)
        if not is_whole or number < least or (most is not None and number > most):
            limit = f">= {least}" if most is None else f"from {least} to {most}"
            self.refuse(f"a whole number {limit}")
        return int(number)

    def choice(self, names: Collection[str]) -> str:
        """Return one of these texts."""
        if not isinstance(self.content, str) or self.content not in names:
            self.refuse(f"one of {', '.join(names)}")
        return self.content

    def optional(self, read: Callable[[Place], _T]) -> _T | None:
        """Return what `read` makes of it, or None where it is null."""
        return None if self.content is None else read(self)
