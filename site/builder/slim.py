"""
The runtime's archives made smaller and faster to start: what pages never use is left
out, as slim.toml says, and the rest is compiled to bytecode by Pyodide itself.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from builder.report import BuildError

HERE = Path(__file__).parent
RULES = tomllib.loads((HERE / "slim.toml").read_text(encoding="utf-8"))
CODE = [HERE / "slim.py", HERE / "bytecode.py", HERE / "bytecode.mjs"]
STDLIB = "python_stdlib"
FONT_LIST = (
    "matplotlib/fontlist.json"  # what fonts there are, so that none is looked for
)


@dataclass(frozen=True)
class Archive:
    """A wheel, or the standard library, under the name that slim.toml has for it."""

    name: str
    path: Path

    @property
    def folder(self) -> str:
        """Where its files lie when they run."""
        if self.name == STDLIB:
            return "/lib/python314.zip/"
        return "/lib/python3.14/site-packages/"


def is_left_out(name: str) -> bool:
    """Whether a package is left out as a whole."""
    return "whole" in RULES.get(name, {})


def is_kept(member: str, rules: Mapping[str, Any]) -> bool:
    """Whether a file of an archive is kept, by the archive's rules and everybody's."""
    if _matches(member, list_dropped(RULES["*"])):
        return False
    if _matches(member, rules.get("keep", [])):
        return True
    return not _matches(member, list_dropped(rules))


def list_dropped(rules: Mapping[str, Any]) -> list[str]:
    """Return the patterns of the files that rules leave out, whatever the reason."""
    return [pattern for group in rules.get("drop", {}).values() for pattern in group]


def _matches(member: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(member, pattern) for pattern in patterns)


def slim(
    archives: Iterable[Archive], pyodide: Path, node: Path, cache: Path
) -> tuple[dict[str, Path], int]:
    """
    Return each archive's slimmed file by name, and how many of them had to be made.

    `pyodide` is the folder of the npm package, whose Python compiles. What has been
    made is kept in `cache` under a hash of all that it is made from.
    """
    files: dict[str, Path] = {}
    jobs = []
    version = (pyodide / "package.json").read_bytes()
    recipe = hashlib.sha256(b"".join([version, *(path.read_bytes() for path in CODE)]))
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:  # two builds may share a cache
        work = Path(name)
        for archive in archives:
            rules = RULES.get(archive.name, {})
            digest = recipe.copy()
            digest.update(json.dumps([rules, RULES["*"]]).encode())
            digest.update(hashlib.sha256(archive.path.read_bytes()).digest())
            made = cache / digest.hexdigest()[:16] / archive.path.name
            files[archive.name] = made
            if not made.exists():
                source, target = f"{archive.path.name}.slim", archive.path.name
                _leave_out(archive.path, work / source, rules)
                jobs.append((archive, source, target))
        if jobs:
            _compile(jobs, pyodide, node, work)
        for archive, _, target in jobs:
            made = files[archive.name]
            made.parent.mkdir(exist_ok=True)
            (work / target).replace(made)
    return files, len(jobs)


def _leave_out(source: Path, target: Path, rules: Mapping[str, Any]) -> None:
    with ZipFile(source) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        kept = [
            member
            for member in old.namelist()
            if not member.endswith("/")
            and is_kept(member, rules)
            and member not in rules.get("replace", {})
        ]
        for member in kept:
            data = old.read(member)
            if member == FONT_LIST:
                data = _without_missing_fonts(data, kept)
            new.writestr(member, data)
        for member, text in rules.get("replace", {}).items():
            new.writestr(member, text)


def _without_missing_fonts(data: bytes, kept: Iterable[str]) -> bytes:
    fonts = json.loads(data)
    present = {member.removeprefix("matplotlib/mpl-data/") for member in kept}
    for kind in ("afmlist", "ttflist"):
        fonts[kind] = [font for font in fonts[kind] if font["fname"] in present]
    return json.dumps(fonts).encode()


def _compile(
    jobs: Iterable[tuple[Archive, str, str]], pyodide: Path, node: Path, work: Path
) -> None:
    listing = work / "jobs.json"
    listing.write_text(
        json.dumps(
            [
                {"source": source, "target": target, "prefix": archive.folder}
                for archive, source, target in jobs
            ]
        )
    )
    script = HERE / "bytecode.mjs"
    done = subprocess.run(
        [str(node), str(script), str(pyodide), str(listing)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BuildError(
            f"Compiling Python files in Pyodide failed.\n{done.stdout}{done.stderr}"
        )


def collect_licences(archives: Iterable[Archive]) -> str:
    """Return the licences of all wheels as one text."""
    parts = []
    for archive in archives:
        with ZipFile(archive.path) as wheel:
            for member in sorted(wheel.namelist()):
                file = member.rpartition("/")[2].upper()
                if file.startswith(("LICENSE", "LICENCE", "COPYING")):
                    text = wheel.read(member).decode("utf-8", "replace").strip()
                    title = f"{archive.name}: {member}"
                    parts.append(f"{title}\n{'=' * len(title)}\n\n{text}\n")
    return "\n\n".join(parts)
