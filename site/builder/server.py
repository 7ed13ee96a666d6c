"""A static server for dist/: right types, packed as by good hosts, only from here."""

from __future__ import annotations

import errno
import gzip
import http.server
import io
import os
import re
import socket
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from builder.report import BuildError, agrees

FIRST_PORT = 8000

# Browsers refuse module scripts, and streaming compilation of WebAssembly, with other
# types; the systems' own tables know some of these wrongly or not at all.
MIME_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".whl": "application/octet-stream",
    ".zip": "application/zip",
}
PACKED = {
    ".css",
    ".html",
    ".js",
    ".json",
    ".mjs",
    ".py",
    ".svg",
    ".wasm",
    ".webmanifest",
}
# Folders named after their contents (assemble.py) never change.
IMMUTABLE = re.compile(r"/(app|runtime)/[0-9a-f]{12}/")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves `folder` under `prefix`, a path such as "/" or "/some/sub/path/"."""

    protocol_version = "HTTP/1.1"
    extensions_map = MIME_TYPES
    disable_nagle_algorithm = True  # headers and body are sent apart
    folder = ""
    prefix = "/"

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, directory=self.folder, **keywords)

    def send_head(self):
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return None
        self.path = "/" + self.path.removeprefix(self.prefix)
        file = Path(self.translate_path(self.path))
        if self.path.split("?")[0].endswith("/"):
            file /= "index.html"
        is_accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (is_accepted and file.suffix in PACKED and file.is_file()):
            return super().send_head()
        body = pack(file, file.stat().st_mtime_ns)
        tag = f'"{zlib.crc32(body):08x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return None
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return io.BytesIO(body)

    def list_directory(self, path):
        self.send_error(404)
        return None

    def send_response(self, code: int, message: str | None = None) -> None:
        self._code = code
        super().send_response(code, message)

    def end_headers(self) -> None:
        is_fixed = self._code == HTTPStatus.OK and IMMUTABLE.search(self.path)
        caching = "max-age=31536000, immutable" if is_fixed else "no-cache"
        self.send_header("Cache-Control", caching)
        super().end_headers()

    def log_message(self, format: str, *arguments) -> None:
        pass


@lru_cache(maxsize=256)
def pack(file: Path, changed: int) -> bytes:
    """Return a file's contents packed; `changed` tells its versions apart."""
    return gzip.compress(file.read_bytes(), mtime=0)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would share a port in use

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(folder: Path, port: int, prefix: str = "/") -> Server:
    """Return a server on 127.0.0.1; port 0 is any free one."""
    handler = type("Handler", (Handler,), {"folder": str(folder), "prefix": prefix})
    return Server(("127.0.0.1", port), handler)


@contextmanager
def serving(folder: Path, prefix: str = "/", port: int = 0) -> Iterator[str]:
    """Serve a folder in the background; gives the address, which ends with `prefix`."""
    with answering(make_server(folder, port, prefix)) as port:
        yield f"http://127.0.0.1:{port}{prefix}"


@contextmanager
def answering(server: http.server.HTTPServer) -> Iterator[int]:
    """Let a server answer in the background; gives its port."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def serve_forever(folder: Path, port: int | None) -> int:
    """Serve until Ctrl+C; a port in use is said, and the next free one offered."""
    try:
        server = make_server(folder, FIRST_PORT if port is None else port)
    except OverflowError:
        raise BuildError(f"--port needs a number from 0 to 65535, got {port}") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise BuildError(f"Port {port}: {error.strerror}. Try another.") from None
        wanted = FIRST_PORT if port is None else port
        other = _next_free(wanted + 1)
        if port is not None and not agrees(f"Port {wanted} is in use. Use {other}?"):
            print(f"Port {wanted} is in use. Free is: build.py serve --port {other}")
            return 1
        print(f"Port {wanted} is in use, so this is on {other}.")
        server = make_server(folder, other)
    print(
        f"http://127.0.0.1:{server.server_address[1]}/   (Ctrl+C ends it)", flush=True
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return 0


def _next_free(port: int) -> int:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
        port += 1
