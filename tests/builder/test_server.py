"""The server of `build.py serve`: types, folders, ports in use."""

from __future__ import annotations

import http.client
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from builder.paths import ROOT
from builder.server import make_server, serving


@pytest.fixture
def folder(tmp_path):
    for name in ("index.html", "a.wasm", "a.mjs", "a.js", "a.whl", "a.css", "a.py"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sub").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("index.html?noise=1", "text/html"),
        ("a.wasm", "application/wasm"),
        ("a.mjs", "text/javascript"),
        ("a.js", "text/javascript"),
        ("a.css", "text/css"),
        ("a.whl", "application/octet-stream"),
    ],
)
@pytest.mark.parametrize("prefix", ["/", "/some/sub/path/"])
def test_mime_types(folder, path, kind, prefix):
    with (
        serving(folder, prefix) as address,
        urllib.request.urlopen(address + path) as response,
    ):
        assert response.headers["Content-Type"] == kind
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/other/", "/some/sub/path/sub/", "/../x"])
def test_outside_there_is_nothing(folder, path):
    with serving(folder, "/some/sub/path/") as address:
        port = int(address.split(":")[2].split("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        assert response.status == 404


def test_port_in_use_is_said_and_another_offered(tmp_path):
    taken = make_server(tmp_path, 0)
    port = taken.server_address[1]
    try:
        result = subprocess.run(
            [sys.executable, ROOT / "build.py", "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    finally:
        taken.server_close()
    assert result.returncode == 1
    assert f"Port {port} is in use" in result.stdout
    offered = int(result.stdout.rsplit("--port", 1)[1])
    assert offered > port
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_impossible_port_is_said(port):
    result = subprocess.run(
        [sys.executable, ROOT / "build.py", "serve", f"--port={port}"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert f"--port needs a number from 0 to 65535, got {port}" in result.stdout


def test_serve_prints_an_address_that_works():
    with make_server(ROOT, 0) as free:
        port = free.server_address[1]
    process = subprocess.Popen(
        [sys.executable, ROOT / "build.py", "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = next(line for line in process.stdout if "http://" in line)
        address = line.split()[0]
        with urllib.request.urlopen(address + "moons.html") as response:
            assert b"Two moons" in response.read()
    except urllib.error.URLError as error:
        pytest.fail(f"{address}: {error}")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
