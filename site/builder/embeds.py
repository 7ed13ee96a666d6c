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
    BAR_HEIGHT,
    CARD_HEIGHT,
    CARD_RATIO,
    CARD_WIDTH,
    EMBEDDED,
    FRAME_HEIGHT,
    NARROW_HEIGHTS,
    NARROW_LIMIT,
    NARROW_WIDTH,
    Page,
)
from builder.paths import SITE
from builder.report import BuildError
from moongrad.embed import widget

SOURCE = SITE / "embed"
SCRIPT = "v1.js"  # of the first protocol: snippets that refer to it are never broken
IMPORT = re.compile(r'^import \{ [\w, ]+ \} from "\./(\w+\.js)";\n', re.MULTILINE)


def add_embeds(
    target: Path, labels: Mapping[str, str], home: str, node: Path, node_modules: Path
) -> int:
    """
    Write embed/; return the bytes of its script.

    `labels` say what is in each card, by its name; `home` is the address of the site,
    "" where nobody knows: then oEmbed, which needs it, has no answers.
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
        "SIZES": describe_sizes(),
    }
    constants = [f"const {name} = {json.dumps(it)};" for name, it in known.items()]
    # In braces, so that a page may have the script twice.
    parts = ["{", *constants, *imported, IMPORT.sub("", source), "}"]
    return "\n".join(parts) + "\n"


def describe_sizes() -> dict[str, Any]:
    """Return the sizes of pictures and frames, in CSS pixels."""
    return {
        "wide": [CARD_WIDTH, CARD_HEIGHT],
        "narrow": {n: [NARROW_WIDTH, sum(h)] for n, h in NARROW_HEIGHTS.items()},
        "limit": NARROW_LIMIT,
        "bar": BAR_HEIGHT,
    }


def describe(page: Page, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what the element needs to know of a demo before it is loaded."""
    module = importlib.import_module(f"pages.{page.demo}")
    options = module.OPTIONS
    return {
        "file": page.file,
        "title": page.title,
        "alts": _list_alts(page, labels),
        "card": module.CARD,
        "figures": _list_figures(module),
        "options": _list_options(options),
        "renamed": [option.old_name for option in options if option.old_name],
        "presets": [
            (preset.name, texts)
            for preset in page.presets
            for texts in options.list_spellings(preset.texts)
        ],
    }


def _list_alts(page: Page, labels: Mapping[str, str]) -> dict[str, str]:
    """Return what each picture of a demo shows, by the preset's name, "" for none."""
    names = [preset.name for preset in page.presets]
    alts = {name: labels[f"{page.demo}-{name}"] for name in names}
    return {"": labels[page.demo], **alts}


def _list_figures(module: Any) -> list[str]:
    """Return the names of everything that a demo can show, first what its card has."""
    others = [*module.FIGURES, *getattr(module, "DIAGRAMS", ())]
    return list(dict.fromkeys([*module.CARD, *others]))


def _list_options(options: Any) -> dict[str, tuple[str, str]]:
    """Return default and label of each option, by its name."""
    return {o.name: (options.write_default(o.name), o.label) for o in options}


def write_facts(
    app: Path, target: Path, labels: Mapping[str, str], runtime: int
) -> None:
    """Write facts.js, for the panel that hands out snippets; `runtime` is in bytes."""
    facts = {}
    for page in EMBEDDED:
        module = importlib.import_module(f"pages.{page.demo}")
        posters = (target / "embed" / "posters").glob(f"{page.demo}-*.webp")
        facts[page.demo] = {
            "file": page.file,
            "title": page.title,
            "alts": _list_alts(page, labels),
            "card": module.CARD,
            "figures": _list_figures(module),
            "version": module.OPTIONS.version,
            "options": _list_options(module.OPTIONS),
            "presets": {preset.name: preset.texts for preset in page.presets},
            "labels": {preset.name: preset.label for preset in page.presets},
            "fields": [_describe_field(module.OPTIONS[name]) for name in page.first],
            "poster": max(file.stat().st_size for file in posters),
        }
    script = len(gzip.compress((target / "embed" / SCRIPT).read_bytes()))
    text = "".join(
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in {
            "facts": facts,
            **describe_sizes(),
            "height": FRAME_HEIGHT,
            "script": script,
            "runtime": runtime,
        }.items()
    )
    (app / "embed" / "facts.js").write_text(text, encoding="utf-8")


def _describe_field(option: Any) -> dict[str, Any]:
    """Return what the page Embed needs for a control of this option."""
    return {
        "name": option.name,
        "label": option.label,
        "choices": option.choices,
        "attributes": {name: str(text) for name, text in option.attributes.items()},
    }


def list_shown() -> list[str]:
    """Return what the page Embed loads besides its own files, as paths in dist/."""
    names = [page.demo for page in EMBEDDED]
    forms = [f"{name}{form}" for name in names for form in ("", "-narrow")]
    pictures = [
        f"embed/posters/{name}-{theme}.webp"
        for name in [*forms, "moons-small"]  # the last is that of the page's story
        for theme in ("light", "dark")
    ]
    return [f"embed/{SCRIPT}", *pictures]


def describe_oembeds(home: str) -> dict[str, dict[str, Any]]:
    """Return the answer of oEmbed for each demo, by its name."""
    answers = {}
    for page in EMBEDDED:
        answers[page.demo] = {
            "version": "1.0",
            "type": "rich",
            "provider_name": "moongrad",
            "provider_url": home,
            "title": page.title,
            "html": widget(page.demo, site=home, height=FRAME_HEIGHT)._repr_html_(),
            "width": CARD_WIDTH,
            "height": FRAME_HEIGHT,
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
