"""Runs other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from builder.paths import ROOT
from builder.report import BuildError


def run(command: list[str], cwd: Path = ROOT, **keywords) -> None:
    """Run a command quietly; where it fails, raise with what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **keywords)
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
