"""Keeps what takes long to make, under a hash of all that it is made from."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from builder.paths import ENGINE, SITE


def find_or_make(
    cache: Path, ingredients: Iterable[bytes], make: Callable[[Path], None]
) -> tuple[Path, bool]:
    """
    Return the folder in `cache` that was made from these ingredients, and whether it
    had to be made.

    `make` fills an empty folder, which gets its name only when it is complete.
    """
    digest = hashlib.sha256()
    for ingredient in ingredients:
        digest.update(hashlib.sha256(ingredient).digest())
    folder = cache / digest.hexdigest()[:16]
    if folder.exists():
        return folder, False
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        new = Path(work) / "new"
        new.mkdir()
        make(new)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # made by another build in the meantime
                raise
    return folder, True


def read_drawing_code(*modules: str) -> list[bytes]:
    """
    Return what pictures of demos are made from: matplotlib, the engine, the pages.

    `modules` are the files of this folder that draw them.
    """
    code = [*ENGINE.rglob("*.py"), *(Path(__file__).with_name(m) for m in modules)]
    for name in ("pages", "stage", "figures", "workbench"):
        code += (SITE / name).rglob("*.py")
    return [
        version("matplotlib").encode(),
        *(path.read_bytes() for path in sorted(code)),
    ]
