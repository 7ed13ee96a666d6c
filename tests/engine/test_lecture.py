"""What notebooks on micrograd do runs here, too, and prints the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LECTURE = (Path(__file__).parent / "lecture.py").read_text(encoding="utf-8")


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_lecture_prints_the_same_with_the_import_of_micrograd():
    pytest.importorskip("graphviz")
    assert LECTURE.count("from moongrad.") == 2
    ours = run(LECTURE)
    theirs = run(LECTURE.replace("from moongrad.", "from micrograd."))
    assert len(ours) > 50
    assert ours == theirs
