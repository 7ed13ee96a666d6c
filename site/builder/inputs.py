"""Whether dist/ was made from the repository, and for the address, as they are now."""

from __future__ import annotations

import hashlib

from builder.address import read_address
from builder.paths import DIST, ROOT, WORK

STAMP = WORK / "inputs"
SOURCES = ["build.py", "engine", "site", "package-lock.json", "pyproject.toml"]
SOURCES += ["README.md", "LICENSE"]


def hash_inputs() -> str:
    """Return a hash of all that dist/ is made from."""
    digest = hashlib.sha256(f"{read_address()}\0".encode())
    for name in SOURCES:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def is_up_to_date() -> bool:
    """Whether dist/ was made from what is there now."""
    is_made = DIST.exists() and STAMP.exists()
    return is_made and STAMP.read_text() == hash_inputs()
