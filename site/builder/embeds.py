"""Writes what other people's pages load: the element's script, oEmbed's answers."""

from __future__ import annotations

import gzip
import importlib
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builder.catalog import (
    CARD_HEIGHT,
    CARD_RATIO,
    CARD_WIDTH,
    EMBEDDED,
    HEIGHTS,
    Page,
    find_height,
)
from builder.paths import SITE
from builder.report import BuildError
from moongrad.embed import widget

SOURCE = SITE / "embed"
SCRIPT = "v1.js"  # of the first protocol: snippets that refer to it are never broken
IMPORT = re.compile(r'^import \{ \w+ \} from "\./(\w+\.js)";\n', re.MULTILINE)


def add_embeds(
    target: Path, labels: Mapping[str, str], home: str, node: Path, node_modules: Path
) -> int:
    """
    Write embed/; return the bytes of its script.

    `labels` say what is in the cards; `home` is the address of the site, "" where
    nobody knows: then oEmbed, which needs it, has no answers.
    """
    folder = target / "embed"
    text = _minify(make_script(labels, home), node, node_modules)
    (folder / SCRIPT).write_text(text, encoding="utf-8")
    for name, about in describe_oembeds(home).items() if home else ():
        (folder / f"{name}.json").write_text(json.dumps(about), encoding="utf-8")
    return (folder / SCRIPT).stat().st_size


def make_script(labels: Mapping[str, str], home: str) -> str:
    """Return the element's script with what it imports and what it needs to know."""
    source = (SOURCE / "embed.js").read_text(encoding="utf-8")
    imported = [
        (SOURCE / name).read_text(encoding="utf-8").replace("export const", "const")
        for name in IMPORT.findall(source)
    ]
    known = {
        "DEMOS": {page.demo: describe(page, labels) for page in EMBEDDED},
        "HOME": home,
        "SIZE": [CARD_WIDTH, CARD_HEIGHT],
    }
    constants = [f"const {name} = {json.dumps(it)};" for name, it in known.items()]
    # In braces, so that a page may have the script twice.
    parts = ["{", *constants, *imported, IMPORT.sub("", source), "}"]
    return "\n".join(parts) + "\n"


def describe(page: Page, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what the element needs to know of a demo before it is loaded."""
    options = importlib.import_module(f"pages.{page.demo}").OPTIONS
    return {
        "file": page.file,
        "title": page.title,
        "alt": labels[page.demo],
        "options": [option.name for option in options],
        "presets": [(preset.name, preset.texts) for preset in page.presets],
        "heights": HEIGHTS.get(page.demo, []),
    }


def write_facts(
    app: Path, target: Path, labels: Mapping[str, str], runtime: int
) -> None:
    """Write facts.js, for the panel that hands out snippets; `runtime` is in bytes."""
    facts = {}
    for page in EMBEDDED:
        options = importlib.import_module(f"pages.{page.demo}").OPTIONS
        posters = (target / "embed" / "posters").glob(f"{page.demo}-*.webp")
        facts[page.demo] = {
            "file": page.file,
            "title": page.title,
            "alt": labels[page.demo],
            "options": {o.name: options.write_default(o.name) for o in options},
            "presets": {preset.name: preset.texts for preset in page.presets},
            "labels": {preset.name: preset.label for preset in page.presets},
            "height": find_height(page.demo, CARD_WIDTH),
            "heightWithoutOptions": find_height(
                page.demo, CARD_WIDTH, has_options=False
            ),
            "poster": max(file.stat().st_size for file in posters),
        }
    script = len(gzip.compress((target / "embed" / SCRIPT).read_bytes()))
    text = "".join(
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in {
            "facts": facts,
            "size": [CARD_WIDTH, CARD_HEIGHT],
            "script": script,
            "runtime": runtime,
        }.items()
    )
    (app / "embed" / "facts.js").write_text(text, encoding="utf-8")


def list_shown() -> list[str]:
    """Return what the page Embed loads besides its own files, as paths in dist/."""
    pictures = [
        f"embed/posters/{page.demo}-{theme}.webp"
        for page in EMBEDDED
        for theme in ("light", "dark")
    ]
    return [f"embed/{SCRIPT}", *pictures]


def describe_oembeds(home: str) -> dict[str, dict[str, Any]]:
    """Return the answer of oEmbed for each demo, by its name."""
    answers = {}
    for page in EMBEDDED:
        height = find_height(page.demo, CARD_WIDTH)
        answers[page.demo] = {
            "version": "1.0",
            "type": "rich",
            "provider_name": "moongrad",
            "provider_url": home,
            "title": page.title,
            "html": widget(page.demo, site=home, height=height)._repr_html_(),
            "width": CARD_WIDTH,
            "height": height,
            "thumbnail_url": f"{home}embed/posters/{page.demo}.png",
            "thumbnail_width": round(CARD_WIDTH * CARD_RATIO),
            "thumbnail_height": round(CARD_HEIGHT * CARD_RATIO),
            "cache_age": 86400,
        }
    return answers


def _minify(text: str, node: Path, node_modules: Path) -> str:
    terser = node_modules / "terser" / "bin" / "terser"
    command = [str(node), str(terser), "--compress", "--mangle", "--ecma", "2022"]
    command += ["--format", "ascii_only=true"]  # pages may be in any encoding
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"embed.js could not be packed:\n{done.stderr}")
    return done.stdout
