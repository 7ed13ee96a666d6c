"""A static server for dist/: right MIME types, this machine only."""

from __future__ import annotations

import errno
import http.server
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.report import BuildError

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
    ".whl": "application/octet-stream",
    ".zip": "application/zip",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves `folder` under `prefix`, a path such as "/" or "/some/sub/path/"."""

    protocol_version = "HTTP/1.1"
    extensions_map = MIME_TYPES
    folder = ""
    prefix = "/"

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, directory=self.folder, **keywords)

    def send_head(self):
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return None
        self.path = "/" + self.path.removeprefix(self.prefix)
        return super().send_head()

    def list_directory(self, path):
        self.send_error(404)
        return None

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments) -> None:
        pass


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
    server = make_server(folder, port, prefix)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
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
        if port is not None and not _agrees(f"Port {wanted} is in use. Use {other}?"):
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


def _agrees(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")


def _next_free(port: int) -> int:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
        port += 1
