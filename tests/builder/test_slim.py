"""The runtime's Python: small, compiled, and enough for all that the pages do."""

from __future__ import annotations

import gzip
import re
import shutil
from fnmatch import fnmatchcase
from zipfile import ZipFile

import build
import pytest

import shipped
from builder import packages
from builder.assemble import DRAWING, name_by_contents, read_lock
from builder.npm import find_node
from builder.paths import CACHE, DIST, NODE_MODULES
from builder.report import BuildError
from builder.server import IMMUTABLE
from builder.slim import RULES, STDLIB, Archive, is_kept, list_dropped, slim
from builder.wheels import find_wheel

PYODIDE = NODE_MODULES / "pyodide"


@pytest.fixture(scope="module")
def node():
    return find_node(build.find_npm())


def originals():
    """Return the archives as they were published, by name."""
    lock = read_lock(DRAWING)
    wheels, _ = packages.fetch(lock, CACHE / "wheels")
    found = dict(zip(lock.packages, wheels, strict=True))
    return {**found, STDLIB: PYODIDE / "python_stdlib.zip"}


def shipped_archives():
    python = shipped.folder("runtime") / "pyodide"
    ours = shipped.folder("app") / "python"
    return [*python.glob("*.whl"), *python.glob("*.zip"), *ours.glob("*.whl")]


def test_every_rule_has_a_reason_and_something_to_do():
    names = {name: ZipFile(path).namelist() for name, path in originals().items()}
    names["*"] = [member for members in names.values() for member in members]
    for archive, rules in RULES.items():
        if "whole" in rules:
            assert len(rules["whole"]) > 10
            assert archive not in names, f"{archive} is shipped all the same"
            continue
        assert all(rules.get("drop", {}))
        for pattern in list_dropped(rules):
            assert any(fnmatchcase(m, pattern) for m in names[archive]), pattern
        for pattern in rules.get("keep", []):
            assert any(fnmatchcase(m, pattern) for m in names[archive]), pattern


def test_what_is_kept_is_dropped_by_a_rule_otherwise():
    for archive, rules in RULES.items():
        without = {**rules, "keep": []}
        for pattern in rules.get("keep", []):
            assert not is_kept(pattern.replace("*", "x"), without), (archive, pattern)


@pytest.mark.parametrize("path", shipped_archives(), ids=lambda path: path.name[:12])
def test_everything_is_compiled(path):
    with ZipFile(path) as archive:
        names = archive.namelist()
        assert not [name for name in names if name.endswith((".py", ".pyi"))]
        magic = {archive.read(n)[:8] for n in names if n.endswith(".pyc")}
    # Python 3.14's number, then the flag for "do not compare with a source".
    assert len(magic) == 1
    (header,) = magic
    assert header[2:4] == b"\r\n" and header[4:8] == b"\x01\x00\x00\x00"


def test_shipped_wheels_have_the_shas_and_sizes_of_the_manifest():
    manifest = shipped.manifest()
    app = shipped.folder("app")
    files = {f["address"]: f for group in manifest["groups"].values() for f in group}
    for address, file in files.items():
        path = app / address
        assert path.stat().st_size == file["bytes"]
        assert packages.sha256(path) == file["sha256"]
    for name, spec in manifest["lock"]["packages"].items():
        assert files[spec["file_name"]]["sha256"] == spec["sha256"], name
    wheels = {f for f in files if f.endswith(".whl")}
    assert {(app / wheel).resolve() for wheel in wheels} == {
        path.resolve() for path in shipped_archives() if path.suffix == ".whl"
    }


def test_licences_of_all_wheels_are_shipped():
    text = (shipped.folder("runtime") / "licences.txt").read_text()
    for name, wheel in originals().items():
        if name == STDLIB:
            continue
        with ZipFile(wheel) as archive:
            has_one = any("LICENSE" in member.upper() for member in archive.namelist())
        assert (f"{name}: " in text) == has_one
    assert "Mozilla Public License" in text and "Apache License" in text
    assert "NumPy Developers" in text and "Matplotlib Development Team" in text


def test_a_folder_gets_another_name_when_anything_in_it_changes(tmp_path):
    def name(**files):
        folder = tmp_path / "new"
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        named = name_by_contents(folder)
        assert IMMUTABLE.search(f"/app/{named.name}/")  # as the server takes it
        assert not folder.exists() and all((named / path).exists() for path in files)
        shutil.rmtree(named)
        return named.name

    first = name(a="1", b="2")
    assert name(b="2", a="1") == first
    others = [name(a="1", b="3"), name(a="1", c="2"), name(a="1"), name(a="12", b="")]
    assert len({first, *others}) == 5


def test_pages_refer_to_the_folders_that_are_there():
    html = (DIST / "moons.html").read_text()
    for kind in ("app", "runtime"):
        assert set(re.findall(rf"{kind}/(\w+)/", html)) == {shipped.folder(kind).name}


def test_the_same_bytes_whenever_they_are_compiled(node, tmp_path):
    archive = Archive("moongrad", find_wheel())
    first, n_made = slim([archive], PYODIDE, node, tmp_path / "a")
    assert n_made == 1
    again, n_made = slim([archive], PYODIDE, node, tmp_path / "a")
    assert (again, n_made) == (first, 0)
    (shipped_wheel,) = (shipped.folder("app") / "python").glob("moongrad-*.whl")
    assert first["moongrad"].read_bytes() == shipped_wheel.read_bytes()


def test_source_that_does_not_compile_is_named(node, tmp_path):
    bad = tmp_path / "bad-1-py3-none-any.whl"
    with ZipFile(bad, "w") as archive:
        archive.writestr("bad.py", "def f(:\n")
    with pytest.raises(BuildError, match=r"bad\.py"):
        slim([Archive("bad", bad)], PYODIDE, node, tmp_path / "cache")


@pytest.mark.parametrize(
    ("group", "largest"), [("engine", 6_000_000), ("drawing", 5_000_000)]
)
def test_downloads_stay_small(group, largest):
    app = shipped.folder("app")
    sizes = {}
    for file in shipped.manifest()["groups"][group]:
        data = (app / file["address"]).read_bytes()
        packed = file["address"].endswith(".wasm")
        sizes[file["address"]] = len(gzip.compress(data)) if packed else len(data)
    assert sum(sizes.values()) <= largest, sizes
