"""Lays out the diagrams that pages show before their own Python has started."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.paths import NODE_MODULES
from builder.report import BuildError

RUNNER = Path(__file__).with_suffix(".mjs")
PACKAGE = NODE_MODULES / "@viz-js" / "viz"


@dataclass(frozen=True)
class Graphviz:
    """Graphviz as WebAssembly (the npm package @viz-js/viz), and the Node to run it."""

    node: Path
    package: Path = PACKAGE

    @property
    def script(self) -> Path:
        return self.package / "dist" / "viz.js"

    @property
    def version(self) -> str:
        text = (self.package / "package.json").read_text(encoding="utf-8")
        return json.loads(text)["version"]

    def lay_out(self, dots: Mapping[str, str]) -> dict[str, str]:
        """Return the `<svg>` element of each DOT source, by name."""
        done = subprocess.run(
            [str(self.node), str(RUNNER), self.script.resolve().as_uri()],
            input=json.dumps(dict(dots)),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise BuildError(f"Graphviz could not lay out the diagrams:\n{done.stderr}")
        svgs = json.loads(done.stdout)
        return {name: svg[svg.index("<svg") :].strip() for name, svg in svgs.items()}
