"""What a run prints: batched, and no more of it than a page can show."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import NoReturn

from lab.telling import Message, Tell

MAX_LINES, MAX_CHARACTERS = 10_000, 200_000  # in one run
LINES_AT_ONCE = 200  # each of the first lines is told when it is complete
PAUSE = 0.05  # seconds between what is told of the others, at most
NO_KEYBOARD = (
    "input() can’t ask here: there’s no keyboard for a running cell. Assign a value "
    'instead, such as answer = "7".'
)


class Output:
    """
    The two streams of a session, which share one limit.

    `reset` begins a run. `flush` tells what is still waiting; so does every message
    that is passed on by `tell`, so that all arrive in order.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.out, self.err = Stream(self, "out"), Stream(self, "err")
        self.reset()

    def reset(self) -> None:
        self._lines, self._characters = MAX_LINES, MAX_CHARACTERS
        self._waiting: list[str] = []
        self._stream = "out"
        self._told = time.perf_counter()
        for stream in (self.out, self.err):
            stream.write = self._take(stream.name)

    def tell(self, message: Message) -> None:
        """Pass a message on, after what was printed before it."""
        self.flush()
        self._tell(message)

    def flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            self._tell({"kind": "text", "stream": self._stream, "text": text})
        self._told = time.perf_counter()

    def flush_if_due(self) -> None:
        if time.perf_counter() - self._told > PAUSE:
            self.flush()

    def _take(self, stream: str) -> Callable[[str], int]:
        """Return what writes to a stream."""

        def write(text: str) -> int:
            if not isinstance(text, str):
                kind = type(text).__name__
                raise TypeError(f"write() argument must be str, not {kind}")
            n = len(text)
            n_lines = text.count("\n")
            if self._stream != stream:
                self.flush()
                self._stream = stream
            if n > self._characters or n_lines > self._lines:
                self._end(text)
                return n
            self._characters -= n
            self._lines -= n_lines
            self._waiting.append(text)
            is_first = self._lines >= MAX_LINES - LINES_AT_ONCE
            if is_first and n_lines and text.endswith("\n"):
                self.flush()
            else:
                self.flush_if_due()
            return n

        return write

    def _end(self, text: str) -> None:
        """Tell what there is room for, say that it is all, and drop the rest."""
        shown = text[: self._characters].splitlines(keepends=True)[: self._lines]
        self._waiting += shown
        self.flush()
        notice = (
            f"More than {MAX_LINES:,} lines or {MAX_CHARACTERS:,} characters were "
            f"printed, so the rest isn’t shown.\n"
        )
        if shown and not shown[-1].endswith("\n"):
            notice = f"\n{notice}"
        self._tell({"kind": "text", "stream": "err", "text": notice})
        for stream in (self.out, self.err):
            stream.write = len  # the quickest that returns what `write` has to


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a session; `write` is set by its Output."""

    encoding, errors = "utf-8", "strict"  # type: ignore[assignment]
    write: Callable[[str], int]  # type: ignore[assignment]

    def __init__(self, output: Output, name: str) -> None:
        super().__init__()
        self._output, self.name = output, name

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._output.flush_if_due()

    def close(self) -> None:
        """Stay open: there are more runs."""


class NoKeyboard(io.TextIOBase):
    """`sys.stdin`: nobody can type into a run."""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> NoReturn:
        raise EOFError(NO_KEYBOARD)

    def readline(self, size: int | None = -1) -> NoReturn:  # type: ignore[override]
        raise EOFError(NO_KEYBOARD)
