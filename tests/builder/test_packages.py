"""Wheels are taken only with the sha256 of Pyodide's lock, from wherever they come."""

from __future__ import annotations

import shutil

import pytest

from builder import packages
from builder.assemble import DRAWING, read_lock
from builder.paths import CACHE, NODE_MODULES
from builder.report import BuildError
from builder.server import serving

NAMES = ["cycler"]  # and six, on which it depends
WHEELS = CACHE / "wheels"


@pytest.fixture
def lock():
    whole = packages.read_lock(NODE_MODULES / "pyodide" / "pyodide-lock.json", "1.2.3")
    return packages.prune(whole, NAMES)


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder that plays the CDN; PyPI cannot be reached."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for wheel in WHEELS.glob("*.whl"):
        shutil.copyfile(wheel, folder / wheel.name)

    def unreachable():
        raise ConnectionError("no network in this test")

    monkeypatch.setattr(packages, "_carrier_address", unreachable)
    with serving(folder) as address:
        monkeypatch.setattr(packages, "CDN", address)
        yield folder


def test_prune_keeps_what_is_depended_on(lock):
    assert set(lock.packages) == {"cycler", "six"}


def test_downloads_once(lock, mirror, tmp_path):
    cache = tmp_path / "cache"
    paths, n_bytes = packages.fetch(lock, cache)
    assert n_bytes == sum(path.stat().st_size for path in paths) > 0
    shutil.rmtree(mirror)
    assert packages.fetch(lock, cache) == (paths, 0)


@pytest.mark.parametrize("damage", ["half", "altered", "empty"])
def test_damaged_wheel_in_the_cache_is_downloaded_again(lock, mirror, tmp_path, damage):
    cache = tmp_path / "cache"
    paths, _ = packages.fetch(lock, cache)
    good = paths[0].read_bytes()
    bad = {
        "half": good[: len(good) // 2],
        "altered": good[:-1] + bytes([good[-1] ^ 1]),
        "empty": b"",
    }[damage]
    paths[0].write_bytes(bad)
    _, n_bytes = packages.fetch(lock, cache)
    assert n_bytes == len(good)
    assert paths[0].read_bytes() == good


def test_wrong_bytes_from_the_source_are_refused(lock, mirror, tmp_path):
    (wheel,) = mirror.glob("six-*.whl")
    wheel.write_bytes(wheel.read_bytes()[:-5])
    cache = tmp_path / "cache"
    with pytest.raises(BuildError) as caught:
        packages.fetch(lock, cache)
    message = str(caught.value)
    assert "Could not get six-" in message
    assert "sha256" in message
    assert "PyPI: no network in this test" in message
    assert not (cache / wheel.name).exists()
    assert list(cache.glob("cycler-*.whl")), "what has arrived is kept"


def test_nothing_reachable_says_what_was_tried(lock, tmp_path, monkeypatch, mirror):
    monkeypatch.setattr(packages, "CDN", "http://127.0.0.1:9/")
    with pytest.raises(BuildError, match=r"Pyodide's CDN: .*refused") as caught:
        packages.fetch(lock, tmp_path / "cache")
    assert "Check the network" in str(caught.value)


def test_wheels_are_those_of_pyodides_own_lock():
    lock = packages.read_lock(NODE_MODULES / "pyodide" / "pyodide-lock.json", "1.2.3")
    for name, spec in read_lock(DRAWING).packages.items():
        assert spec.sha256 == lock.packages[name].sha256
        assert packages.is_intact(WHEELS / spec.file_name, spec)
