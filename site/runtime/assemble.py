"""Makes dist/ from the repository: what is done, in which order, and when."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from runtime import packages
from runtime.report import BuildError, console, size, stage

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
WORK = ROOT / "build"
CACHE = Path(os.environ.get("MOONGRAD_CACHE", ROOT / ".cache"))
NODE_MODULES = ROOT / "node_modules"
STAMP = WORK / "inputs"
SOURCES = ["build.py", "engine", "site", "package-lock.json", "pyproject.toml"]
SOURCES += ["README.md", "LICENSE"]
CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
PURE = [  # name, version, sha256: the rival on the page Speed
    (
        "micrograd",
        "0.1.0",
        "47d756d92043c7d7ef55372640dc1549780a8c22806b3a11cb3d4efc5937a4ae",
    )
]
DRAWING = ["matplotlib"]  # what the pages load besides the engine


def assemble(npm: Path) -> None:
    """Make dist/; it is replaced as a whole, and only when everything went well."""
    new = WORK / "dist"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    inputs = _hash_inputs()
    wheel = _build_wheel()
    install_npm_packages(npm)
    _add_runtime(new / "runtime", wheel)
    _add_pages(new)
    shutil.rmtree(DIST, ignore_errors=True)
    new.rename(DIST)
    STAMP.write_text(inputs)
    console.print(f"dist/ is ready: {size(_folder_size(DIST))}")


def is_up_to_date() -> bool:
    """Whether dist/ was made from the repository as it is now."""
    is_made = DIST.exists() and STAMP.exists()
    return is_made and STAMP.read_text() == _hash_inputs()


def find_wheel() -> Path:
    """Return the engine wheel that is in dist/."""
    (wheel,) = (DIST / "runtime" / "pyodide").glob("moongrad-*.whl")
    return wheel


def _hash_inputs() -> str:
    digest = hashlib.sha256()
    for name in SOURCES:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _build_wheel() -> Path:
    with stage("Engine wheel") as current:
        folder = WORK / "wheel"
        shutil.rmtree(folder, ignore_errors=True)
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        _run([*build, "--directory", str(folder)])
        (wheel,) = folder.glob("*.whl")
        current.result = f"{wheel.name}, {size(wheel.stat().st_size)}"
    return wheel


def install_npm_packages(npm: Path, *, for_tests: bool = False) -> None:
    """Install what the pages are made of and, for tests, the peers and the checker."""
    lock = (ROOT / "package-lock.json").read_bytes()
    stamp = NODE_MODULES / ".moongrad"
    digest = hashlib.sha256(lock).hexdigest()
    enough = [f"{digest} with peers"] + ([] if for_tests else [digest])
    with stage("npm packages") as current:
        if stamp.exists() and stamp.read_text() in enough:
            current.result = "up to date"
            return
        path = f"{npm.parent}{os.pathsep}{os.environ['PATH']}"
        _run(
            [
                *(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                *([] if for_tests else ["--omit=dev"]),
            ],
            env={**os.environ, "PATH": path},
        )
        stamp.write_text(enough[0] if for_tests else digest)
        current.result = size(_folder_size(NODE_MODULES))


def _add_runtime(target: Path, engine: Path) -> None:
    source = NODE_MODULES / "pyodide"
    version = json.loads((source / "package.json").read_text())["version"]
    lock = packages.read_lock(source / "pyodide-lock.json", version)
    lock = packages.prune(lock, DRAWING)
    with stage("Pyodide packages") as current:
        wheels, n_downloaded = packages.fetch(lock, CACHE / "wheels")
        total = sum(wheel.stat().st_size for wheel in wheels)
        current.result = (
            f"{len(wheels)} wheels, {size(total)}, {size(n_downloaded)} new"
        )
        extra = [packages.fetch_pure(*pin, CACHE / "wheels") for pin in PURE]
    with stage("Runtime") as current:
        pyodide = target / "pyodide"
        pyodide.mkdir(parents=True)
        interpreter = Path(__file__).with_name("interpreter.mjs")
        core = [source / name for name in CORE]
        for file in [*core, interpreter, *wheels, *extra, engine]:
            shutil.copyfile(file, pyodide / file.name)
        for wheel in [*extra, engine]:
            lock = packages.add_wheel(lock, pyodide / wheel.name)
        lock.to_json(pyodide / "pyodide-lock.json")
        pyscript = NODE_MODULES / "@pyscript" / "core" / "dist"
        ignore = shutil.ignore_patterns("*.map", "service-worker.js")
        shutil.copytree(pyscript, target / "pyscript", ignore=ignore)
        current.result = f"Pyodide {version}, {size(_folder_size(target))}"


def _add_pages(target: Path) -> None:
    from moongrad import __version__
    from runtime import pages

    with stage("Posters") as current:
        cache = CACHE / "posters"
        n, n_drawn = pages.draw_posters(target / "posters", cache, current.note)
        current.result = f"{n} pictures, {n_drawn} drawn"
    with stage("Pages") as current:
        current.result = f"{pages.render(target, __version__)} pages"


def _run(command: list[str], **keywords) -> None:
    """Run a command quietly; where it fails, raise with what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **keywords)
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _folder_size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
