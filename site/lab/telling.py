"""Who is told what a run shows: the session that runs now."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

Message = dict[str, object]
Tell = Callable[[Message], None]
_Kept = TypeVar("_Kept")

MAX_PICTURES = 30  # without a name, in one run


class Desk:
    """
    What a session lends to the modules that its code imports.

    * `tell`: takes messages. `theme`: "light" or "dark"; `ratio`: screen pixels in a
      CSS pixel.
    * `at_end`: called when a run ends.
    """

    def __init__(self, tell: Tell, *, theme: str = "light", ratio: float = 1.0) -> None:
        self.tell, self.theme, self.ratio = tell, theme, ratio
        self.at_end: list[Callable[[], None]] = []
        self._kept: dict[str, Any] = {}
        self._n_pictures = 0

    def begin(self) -> None:
        """Note that a run begins."""
        self.at_end.clear()
        self._n_pictures = 0

    def keep(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        """Return what a module keeps in this session; it is made at first."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: _Kept = self._kept[name]
        return kept

    def show_picture(
        self,
        size: tuple[int, int],
        pixels: memoryview,
        text: str,
        name: str | None = None,
    ) -> None:
        """Tell of RGBA pixels; `text` says what they show. They may change later."""
        if name is None:
            self._n_pictures += 1
            if self._n_pictures > MAX_PICTURES:
                if self._n_pictures == MAX_PICTURES + 1:
                    notice = f"Only the first {MAX_PICTURES} figures are shown.\n"
                    self.tell({"kind": "text", "stream": "err", "text": notice})
                return
        width, height = size
        self.tell(
            {
                "kind": "picture",
                "width": width,
                "height": height,
                "pixels": memoryview(bytes(pixels)),
                "text": text,
                "name": name,
            }
        )


_current: ContextVar[Desk] = ContextVar("desk")
set_desk, reset_desk = _current.set, _current.reset


def find_desk() -> Desk:
    """Return the desk of the session that runs; raises `RuntimeError` without any."""
    try:
        return _current.get()
    except LookupError:
        raise RuntimeError(
            "The module lab draws on its page, so it works in a cell of the lab only."
        ) from None
