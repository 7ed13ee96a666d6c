"""What lets the site work without a network: a service worker, and a zip of it all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from builder.paths import SITE

SHELL = SITE / "shell"
SCRIPTS = ["kept.js", "service-worker.js"]
ZIP = "dist.zip"
MADE = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is packed


def add_service_worker(
    target: Path, places: Mapping[str, str], others: Iterable[str]
) -> None:
    """
    Write the service worker, which begins with a list of what it is to keep.

    `places` are the folders that are named after their contents, from `target`;
    `others` are what pages load besides, from addresses that stay, as theirs do.
    """
    folders = {
        place: [_describe(file, target / place) for file in _files(target / place)]
        for place in places.values()
    }
    pages = sorted(file for file in target.iterdir() if file.is_file())
    pages += [target / name for name in others]
    contents = hashlib.sha256(b"".join(page.read_bytes() for page in pages))
    build = {
        "app": places["app"],
        "folders": folders,
        "pages": [page.relative_to(target).as_posix() for page in pages],
        "pages_hash": contents.hexdigest()[:12],
    }
    scripts = [(SHELL / name).read_text(encoding="utf-8") for name in SCRIPTS]
    # One script, because not every browser runs service workers made of modules.
    joined = re.sub(r"^import .*\n|^export ", "", "".join(scripts), flags=re.MULTILINE)
    text = f"const BUILD = {json.dumps(build)};\n{joined}"
    (target / "service-worker.js").write_text(text, encoding="utf-8")


def pack(target: Path) -> int:
    """Put the whole site into one zip file within it; return its size in bytes."""
    path = target / ZIP
    files = [file for file in _files(target) if file != path]
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            info = ZipInfo(f"moongrad/{file.relative_to(target).as_posix()}", MADE)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes())
    return path.stat().st_size


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _describe(file: Path, folder: Path) -> dict[str, str | int]:
    data = file.read_bytes()
    return {
        "path": file.relative_to(folder).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
