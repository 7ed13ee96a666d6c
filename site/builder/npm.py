"""npm's packages: installs them, and finds the Node that they run in."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from builder.paths import NODE_MODULES, ROOT
from builder.process import run
from builder.report import BuildError, folder_size, size, stage


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
        run(
            [
                *(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                *([] if for_tests else ["--omit=dev"]),
            ],
            env=_with_node(npm),
        )
        stamp.write_text(enough[0] if for_tests else digest)
        current.result = size(folder_size(NODE_MODULES))


def find_node(npm: Path) -> Path:
    """Return the Node that npm runs with."""
    found = shutil.which("node", path=_with_node(npm)["PATH"])
    if found is None:
        raise BuildError(f"There is no node beside {npm}")
    return Path(found)


def _with_node(npm: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ['PATH']}"}
