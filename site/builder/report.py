"""What a build says while it works: one line a stage, with sizes and seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.status import Status

console = Console(highlight=False)


class BuildError(Exception):
    """Something that the person who builds must know about, in a sentence for them."""


class Stage:
    """A stage under way; `result` is what its line will say in the end."""

    def __init__(self, title: str, status: Status) -> None:
        self._title, self._status = title, status
        self.result = ""

    def note(self, text: str) -> None:
        """Show how far the stage has come."""
        self._status.update(f"{self._title}: {text}")


@contextmanager
def stage(title: str) -> Iterator[Stage]:
    """Show a stage of the build, then its result and the seconds that it took."""
    started = time.monotonic()
    with console.status(title, refresh_per_second=4) as status:
        current = Stage(title, status)
        yield current
    seconds = time.monotonic() - started
    console.print(f"{title:<26} {current.result:<44} {seconds:6.1f} s")


def downloads() -> Progress:
    """Return a progress display for downloads: name, bar, bytes, speed, seconds."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def explain(error: BuildError) -> None:
    console.print(str(error), style="red", markup=False, soft_wrap=True)


def size(n_bytes: int) -> str:
    """Return a number of bytes in kB or MB."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def folder_size(folder: Path) -> int:
    """Return how many bytes the files in a folder have."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def agrees(question: str) -> bool:
    """Ask a person, whose Return means yes; where there is none to ask, it is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")
