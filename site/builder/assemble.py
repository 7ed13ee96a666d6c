"""
Makes dist/ from the repository: what is done, in which order, and when.

    dist/*.html, service-worker.js...   at addresses that stay
    dist/embed/                         what other people's pages load, likewise
    dist/runtime/HASH/                  Pyodide, PyScript and others' wheels
    dist/app/HASH/                      our own wheels, scripts, style, pictures

A folder's HASH is that of its contents, so that files of two builds never meet.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyodide_lock import PyodideLockSpec

from builder import cells, packages
from builder.address import VARIABLE, read_address
from builder.diagrams import Graphviz
from builder.fonts import FIGURES, MATH, TEXT, make_fonts, read_licences
from builder.inputs import STAMP, hash_inputs
from builder.npm import find_node, install_npm_packages
from builder.paths import CACHE, DIST, NODE_MODULES, WORK
from builder.report import console, folder_size, size, stage
from builder.slim import STDLIB, Archive, collect_licences, is_left_out, slim
from builder.wheels import build_wheels

CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"]
PYSCRIPT = [
    "core.js",
    "core-*.js",
    "error-*.js",
]  # the rest are editors, terminals and games
PURE = [  # name, version, sha256: the rival on the page Speed
    (
        "micrograd",
        "0.1.0",
        "47d756d92043c7d7ef55372640dc1549780a8c22806b3a11cb3d4efc5937a4ae",
    )
]
NOTICE = """\
Pyodide {version}: Mozilla Public License 2.0, https://www.mozilla.org/MPL/2.0/;
its source is at https://github.com/pyodide/pyodide. It contains CPython: Python
Software Foundation License, https://docs.python.org/3/license.html.
Parts of its library, and of the packages below, have been left out and the rest
compiled to bytecode; nothing else about them is changed but what slim.toml in
moongrad's source lists.

Graphviz {graphviz}, by the package @viz-js/viz (MIT licence, Michael Daines): Eclipse
Public License 2.0, https://www.eclipse.org/legal/epl-2.0/; its source is at
https://gitlab.com/graphviz/graphviz. It contains Expat (MIT licence).

PyScript and polyscript: the first licence below. The fonts Source Sans 3 and STIX Two
Math, cut down to the characters that the site uses: the next two.
"""
ENGINE = ["moongrad", "moongrad-pages"]  # what every page needs to train
DRAWING = ["matplotlib"]  # what it needs to draw, which is loaded next


def assemble(npm: Path) -> None:
    """Make dist/; it is replaced as a whole, and only when everything went well."""
    new = WORK / "dist"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    inputs, home = hash_inputs(), read_address()
    install_npm_packages(npm)
    node = find_node(npm)
    with stage("Fonts") as current:
        fonts = make_fonts()
        current.result = size(folder_size(fonts))
    wheels = build_wheels(home, fonts / FIGURES)
    runtime = _add_runtime(new, wheels, node)
    _add_site(new, runtime, node, home, fonts)
    shutil.rmtree(DIST, ignore_errors=True)
    new.rename(DIST)
    STAMP.write_text(inputs)
    console.print(f"dist/ is ready: {size(folder_size(DIST))}")
    if not home:
        console.print(
            f"{VARIABLE} is not set, so it has no previews of links and no oEmbed."
        )


@dataclass(frozen=True)
class Runtime:
    """What the pages' Python consists of, and where it lies in dist/."""

    folder: Path
    lock: PyodideLockSpec
    wheels: dict[str, Path]  # by package; ours are not in `folder`


def _add_runtime(target: Path, wheels: dict[str, Path], node: Path) -> Runtime:
    source = NODE_MODULES / "pyodide"
    lock = read_lock(DRAWING)
    with stage("Pyodide packages") as current:
        fetched, n_downloaded = packages.fetch(lock, CACHE / "wheels")
        total = sum(wheel.stat().st_size for wheel in fetched)
        current.result = (
            f"{len(fetched)} wheels, {size(total)}, {size(n_downloaded)} new"
        )
        theirs = dict(zip(lock.packages, fetched, strict=True))
        for name, *pin in PURE:
            theirs[name] = packages.fetch_pure(name, *pin, CACHE / "wheels")
    for wheel in [*(theirs[name] for name, *_ in PURE), *wheels.values()]:
        lock = packages.add_wheel(lock, wheel)
    with stage("Slimming, compiling") as current:
        archives = [Archive(name, path) for name, path in {**theirs, **wheels}.items()]
        archives.append(Archive(STDLIB, source / "python_stdlib.zip"))
        slimmed, n_made = slim(archives, source, node, CACHE / "slim")
        before = sum(archive.path.stat().st_size for archive in archives)
        after = sum(path.stat().st_size for path in slimmed.values())
        current.result = f"{size(before)} to {size(after)}, {n_made} made"
    with stage("Runtime") as current:
        folder = target / "runtime" / "new"
        files = [*(source / name for name in CORE), slimmed[STDLIB]]
        _copy(files, folder / "pyodide")
        _copy([slimmed[name] for name in theirs], folder / "pyodide")
        pyscript = NODE_MODULES / "@pyscript" / "core" / "dist"
        _copy(
            [f for pattern in PYSCRIPT for f in pyscript.glob(pattern)],
            folder / "pyscript",
        )
        graphviz = Graphviz(node)
        _copy([graphviz.script], folder / "graphviz")
        _copy(cells.find_chunks().values(), folder / cells.FOLDER)
        licences = [
            NOTICE.format(version=lock.info.version, graphviz=graphviz.version),
            (pyscript.parent / "LICENSE").read_text(encoding="utf-8"),
            read_licences(),
            collect_licences(Archive(*item) for item in theirs.items()),
        ]
        text = "\n\n".join(licences)
        (folder / "licences.txt").write_text(text, encoding="utf-8")
        folder = name_by_contents(folder)
        current.result = f"Pyodide {lock.info.version}, {size(folder_size(folder))}"
    return Runtime(folder, lock, slimmed)


def read_lock(names: Iterable[str]) -> PyodideLockSpec:
    """Return Pyodide's lock of these packages, without what slim.toml leaves out."""
    source = NODE_MODULES / "pyodide"
    version = json.loads((source / "package.json").read_text())["version"]
    lock = packages.read_lock(source / "pyodide-lock.json", version)
    return packages.prune(lock, names, is_left_out)


def _add_site(
    target: Path, runtime: Runtime, node: Path, home: str, fonts: Path
) -> None:
    # These import matplotlib, which is slow.
    from builder import cards, charts, embeds, hood, lessons, offline, pages, pictures
    from figures.font import use_font
    from moongrad import __version__

    use_font(fonts / FIGURES)
    app = target / "app" / "new"
    graphviz = Graphviz(node)
    with stage("Posters") as current:
        cache = CACHE / "posters"
        n, n_drawn = pictures.draw_posters(app / "posters", cache, current.note)
        chart_labels = charts.draw_charts(app / "posters", CACHE / "charts")
        current.result = f"{n} pictures, {n_drawn} drawn"
    with stage("Embeds") as current:
        labels = cards.draw_cards(
            *(target / "embed" / "posters", CACHE / "cards", current.note, graphviz)
        )
        n_bytes = embeds.add_embeds(target, labels, home, node, NODE_MODULES)
        current.result = f"{len(labels)} cards, {embeds.SCRIPT} {size(n_bytes)}"
    with stage("Pages") as current:
        pages.copy_files(app)
        _copy([fonts / TEXT, fonts / MATH], app / "shell")
        pictures.draw_icons(app / "shell")
        _copy([runtime.wheels[name] for name in ENGINE], app / "python")
        manifest = _make_manifest(app, runtime)
        text = f"export const manifest = {json.dumps(manifest, indent=1)};\n"
        (app / "stage" / "manifest.js").write_text(text)
        cells.write_frame(app / "lab" / "frame.html")
        lessons.write_lessons(app / "lab" / "lessons.js")
        cells.write_chunks(app / "lab" / "chunks.js", f"../{manifest['runtime']}")
        sent = sum(
            file["sent"]
            for group in ("engine", "drawing")
            for file in manifest["groups"][group]
        )
        embeds.write_facts(app, target, labels, sent)
        app = name_by_contents(app)
        first = [
            packages.address(app / file["address"], target)
            for file in manifest["groups"]["engine"]
        ]
        folders = {"app": app, "runtime": runtime.folder}
        places = {
            name: f"{folder.relative_to(target).as_posix()}/"
            for name, folder in folders.items()
        }
        facts = {
            hood.FILE: hood.gather(chart_labels),
            lessons.FILE: lessons.gather(),
        }
        n = pages.render(target, __version__, places, first, graphviz, home, facts)
        offline.add_service_worker(target, places, embeds.list_shown())
        current.result = f"{n} pages, {size(folder_size(app))}"
    with stage("Zip file") as current:
        current.result = f"{offline.ZIP}, {size(offline.pack(target))}"


def _make_manifest(app: Path, runtime: Runtime) -> dict[str, Any]:
    """Return what pages need to know of what there is to download."""
    wheels = {
        name: (app / "python" if name in ENGINE else runtime.folder / "pyodide")
        / runtime.wheels[name].name
        for name in runtime.lock.packages
    }
    lock = packages.replace_wheels(runtime.lock, wheels, app)
    drawing = packages.prune(lock, DRAWING).packages
    core = [
        runtime.folder / "pyodide" / name
        for name in ("pyodide.asm.wasm", "python_stdlib.zip")
    ]
    groups = {
        "engine": [*core, *(wheels[name] for name in ENGINE)],
        "drawing": [wheels[name] for name in drawing],
    }
    grouped = {*ENGINE, *drawing}
    groups |= {name: [wheels[name]] for name in wheels if name not in grouped}
    return {
        "runtime": packages.address(runtime.folder, app) + "/",
        "packages": ENGINE,
        "groups": {
            name: [
                {
                    "address": packages.address(file, app),
                    "bytes": file.stat().st_size,
                    "sent": _count_sent(file),
                    "sha256": packages.sha256(file),
                }
                for file in files
            ]
            for name, files in groups.items()
        },
        "lock": json.loads(lock.model_dump_json(exclude_none=True)),
    }


def _count_sent(file: Path) -> int:
    """Return how many bytes a browser receives for a file: good hosts pack them."""
    if file.suffix != ".wasm":  # the others are zip files
        return file.stat().st_size
    return len(gzip.compress(file.read_bytes(), 6))


def _copy(files: Iterable[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)


def name_by_contents(folder: Path) -> Path:
    """Rename a folder after what is in it; return where it is now."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return folder.rename(folder.with_name(digest.hexdigest()[:12]))
