"""Our own wheels: the engine, as people install it, and the Python of the pages."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from builder.catalog import EMBEDDED
from builder.paths import ROOT, SITE, WORK
from builder.process import run
from builder.report import size, stage

WHEELS = WORK / "wheels"
SOURCE = WORK / "engine"
PAGES = WORK / "pages"


def build_wheels(address: str, font: Path) -> dict[str, Path]:
    """
    Return the wheels of the engine and of the pages, by package.

    The engine's has `address`, that of the site, for `moongrad.widget`; the pages' has
    `font`, in which their figures are drawn.
    """
    with stage("Our own wheels") as current:
        shutil.rmtree(WHEELS, ignore_errors=True)
        _copy_engine(address)
        _copy_pages(font)
        for project in (SOURCE, PAGES):
            build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
            run([*build, "--directory", str(WHEELS)], cwd=project)
        (pages,) = WHEELS.glob("moongrad_pages-*.whl")
        wheels = {"moongrad": find_wheel(), "moongrad-pages": pages}
        current.result = ", ".join(
            f"{name} {size(wheel.stat().st_size)}" for name, wheel in wheels.items()
        )
    return wheels


def find_wheel() -> Path:
    """Return the engine's wheel as people install it; the one in dist/ is compiled."""
    (wheel,) = WHEELS.glob("moongrad-*.whl")
    return wheel


def _copy_engine(address: str) -> None:
    """Copy what the engine's wheel is made from, and add what it knows of the site."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(
        ROOT / "engine",
        SOURCE / "engine",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, SOURCE / name)
    if address:
        facts = {"address": address, "demos": [page.demo for page in EMBEDDED]}
        path = SOURCE / "engine" / "moongrad" / "site.json"
        path.write_text(json.dumps(facts) + "\n", encoding="utf-8")


def _copy_pages(font: Path) -> None:
    """Copy the Python of the pages, and add the font of their figures."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for name in ("pages", "stage", "figures", "workbench", "lab"):
        shutil.copytree(
            SITE / name, PAGES / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copyfile(SITE / "pyproject.toml", PAGES / "pyproject.toml")
    shutil.copyfile(font, PAGES / "figures" / font.name)
