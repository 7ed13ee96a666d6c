"""Writes what other people's pages load: the element's script, oEmbed's answers."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builder.cards import HEIGHT, RATIO, WIDTH
from builder.pages import EMBEDDED, SITE
from builder.report import BuildError
from moongrad.embed import SITE as ADDRESS
from moongrad.embed import widget

SOURCE = SITE / "embed"
#: By demo: widths of the frame, and how high it is there, with its options and without.
HEIGHTS = json.loads((SOURCE / "heights.json").read_text())
SCRIPT = "v1.js"  # of the first protocol: snippets that refer to it are never broken
#: Where the site will be: previews of links and oEmbed need whole addresses.
HOME = os.environ.get("MOONGRAD_SITE", ADDRESS).rstrip("/") + "/"


def add_embeds(
    target: Path, labels: Mapping[str, str], node: Path, node_modules: Path
) -> int:
    """Write embed/; `labels` say what is in the cards. Returns the script's bytes."""
    folder = target / "embed"
    facts = list_facts(labels)
    source = (SOURCE / "embed.js").read_text(encoding="utf-8")
    # In braces, so that a page may have the script twice.
    known = (
        f"const DEMOS = {json.dumps(facts)}, HOME = {json.dumps(HOME)}, "
        f"SIZE = {json.dumps([WIDTH, HEIGHT])};"
    )
    text = f"{{{known}\n{source}}}\n"
    (folder / SCRIPT).write_text(_minify(text, node, node_modules), encoding="utf-8")
    for name, about in describe_oembeds().items():
        (folder / f"{name}.json").write_text(json.dumps(about), encoding="utf-8")
    return (folder / SCRIPT).stat().st_size


def write_facts(
    app: Path, target: Path, labels: Mapping[str, str], runtime: int
) -> None:
    """Write facts.js, for the panel that hands out snippets; `runtime` is in bytes."""
    facts = list_facts(labels)
    for page in EMBEDDED:
        module = importlib.import_module(f"pages.{page.demo}")
        options = module.OPTIONS
        facts[page.demo] |= {
            "options": {o.name: options.write_default(o.name) for o in options},
            "presets": {
                preset.name: {"label": preset.label, "texts": preset.texts}
                for preset in module.PRESETS
            },
            "poster": max(
                file.stat().st_size
                for file in (target / "embed" / "posters").glob(f"{page.demo}-*.webp")
            ),
        }
    script = len(gzip.compress((target / "embed" / SCRIPT).read_bytes()))
    text = "".join(
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in {
            "facts": facts,
            "size": [WIDTH, HEIGHT],
            "script": script,
            "runtime": runtime,
        }.items()
    )
    (app / "embed" / "facts.js").write_text(text, encoding="utf-8")


def list_shown() -> list[str]:
    """Return what the page Embed loads besides its own files, as paths in dist/."""
    themes = ("light", "dark")
    pictures = [
        f"embed/posters/{page.demo}-{theme}.webp"
        for page in EMBEDDED
        for theme in themes
    ]
    return [f"embed/{SCRIPT}", *pictures]


def list_facts(labels: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return what the element needs to know of each demo before it is loaded."""
    facts = {}
    for page in EMBEDDED:
        module = importlib.import_module(f"pages.{page.demo}")
        facts[page.demo] = {
            "file": page.file,
            "title": page.title,
            "alt": labels[page.demo],
            "options": [option.name for option in module.OPTIONS],
            "renamed": [o.old_name for o in module.OPTIONS if o.old_name],
            "presets": [
                (preset.name, texts)
                for preset in module.PRESETS
                for texts in module.OPTIONS.list_spellings(preset.texts)
            ],
            "heights": HEIGHTS.get(page.demo, []),
        }
    return facts


def describe_oembeds() -> dict[str, dict[str, Any]]:
    """Return the answer of oEmbed for each demo, by its name."""
    answers = {}
    for page in EMBEDDED:
        height = find_height(page.demo, WIDTH)
        answers[page.demo] = {
            "version": "1.0",
            "type": "rich",
            "provider_name": "moongrad",
            "provider_url": HOME,
            "title": page.title,
            "html": widget(page.demo, site=HOME, height=height)._repr_html_(),
            "width": WIDTH,
            "height": height,
            "thumbnail_url": f"{HOME}embed/posters/{page.demo}.png",
            "thumbnail_width": int(WIDTH * RATIO),
            "thumbnail_height": int(HEIGHT * RATIO),
            "cache_age": 86400,
        }
    return answers


def find_height(demo: str, width: int) -> int:
    """Return how high the frame of a demo is at a width, in CSS pixels."""
    near = [height for w, height, _ in HEIGHTS.get(demo, []) if w >= width]
    return near[0] if near else 900


def _minify(text: str, node: Path, node_modules: Path) -> str:
    terser = node_modules / "terser" / "bin" / "terser"
    command = [str(node), str(terser), "--compress", "--mangle", "--ecma", "2022"]
    command += ["--format", "ascii_only=true"]  # pages may be in any encoding
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"embed.js could not be packed:\n{done.stderr}")
    return done.stdout
