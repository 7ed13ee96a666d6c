"""Where the parts of the repository are. Imports nothing of ours."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
ENGINE = ROOT / "engine" / "moongrad"
DIST = ROOT / "dist"
WORK = ROOT / "build"
CACHE = Path(os.environ.get("MOONGRAD_CACHE", ROOT / ".cache"))
NODE_MODULES = ROOT / "node_modules"
