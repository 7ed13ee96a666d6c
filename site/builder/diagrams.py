"""Lays out the diagrams that pages show before their own Python has started."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from builder.report import BuildError

SCRIPT = Path(__file__).with_suffix(".mjs")


def lay_out(dots: Mapping[str, str], graphviz: Path, node: Path) -> dict[str, str]:
    """Return the `<svg>` element of each DOT source, by name."""
    done = subprocess.run(
        [str(node), str(SCRIPT), graphviz.resolve().as_uri()],
        input=json.dumps(dict(dots)),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BuildError(f"Graphviz could not lay out the diagrams:\n{done.stderr}")
    svgs = json.loads(done.stdout)
    return {name: svg[svg.index("<svg") :].strip() for name, svg in svgs.items()}
