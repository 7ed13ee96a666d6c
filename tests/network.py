"""A server that imitates a network: it counts bytes, limits the rate, and fails."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.server import Handler, Server, answering

Fault = Callable[["NetworkHandler"], bool]  # returns whether it answered the request


class Network:
    """
    The network between the browser and a folder.

    `rate` is in bytes per second for all connections together; None means no limit.
    `faults` maps a part of an address to the function that answers instead.
    """

    def __init__(self, folder: Path, rate: float | None = None) -> None:
        self.folder = folder
        self.rate = rate
        self.faults: dict[str, Fault] = {}
        self.requests: list[str] = []
        self.sent: Counter[str] = Counter()  # bytes including headers, by address
        self.address = ""
        self.stopped = threading.Event()  # ends stalled answers
        self._lock = threading.Lock()
        self._free_at = 0.0

    @property
    def n_bytes(self) -> int:
        return sum(self.sent.values())

    def count(self, n_bytes: int, path: str) -> None:
        """Count bytes to be sent, and wait until the line is free."""
        with self._lock:
            self.sent[path] += n_bytes
            if self.rate is None:
                return
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + n_bytes / self.rate
            delay = self._free_at - now
        time.sleep(delay)


class _Line:
    """The stream to the browser, in pieces about as small as packets."""

    PIECE = 8192

    def __init__(self, handler: NetworkHandler) -> None:
        self._stream, self._handler = handler.wfile, handler

    def write(self, data) -> int:
        view = memoryview(data)
        for start in range(0, len(view), self.PIECE):
            piece = view[start : start + self.PIECE]
            self._handler.network.count(len(piece), self._handler.path)
            self._stream.write(piece)
        return len(view)

    def __getattr__(self, name):
        return getattr(self._stream, name)


class NetworkHandler(Handler):
    network: Network
    path = ""

    def setup(self) -> None:
        super().setup()
        self.wfile = _Line(self)

    def do_GET(self) -> None:
        self.directory = str(self.network.folder)  # tests may have changed it
        self.network.requests.append(self.path)
        for part, fault in self.network.faults.items():
            if part in self.path and fault(self):
                return
        super().do_GET()


@contextmanager
def playing(
    folder: Path, *, rate: float | None = None, port: int = 0
) -> Iterator[Network]:
    """Serve a folder over a network whose rate and faults can be changed."""
    network = Network(folder, rate)
    members = {"folder": str(folder), "network": network}
    server = Server(("127.0.0.1", port), type("Handler", (NetworkHandler,), members))
    with answering(server) as port:
        network.address = f"http://127.0.0.1:{port}/"
        try:
            yield network
        finally:
            network.stopped.set()


# --- faults ---------------------------------------------------------------------------


def send(handler: NetworkHandler, body: bytes, kind: str, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(body)


def _read(handler: NetworkHandler) -> bytes:
    return Path(handler.translate_path(handler.path)).read_bytes()


def missing(handler: NetworkHandler) -> bool:
    """Answer 404."""
    handler.send_error(404)
    return True


def refused(handler: NetworkHandler) -> bool:
    """Close the connection without an answer."""
    handler.close_connection = True
    return True


def failing(handler: NetworkHandler) -> bool:
    """The server has a fault, and says so."""
    handler.send_error(503)
    return True


def silent(handler: NetworkHandler) -> bool:
    """The server accepts the request and never answers."""
    handler.network.stopped.wait()
    handler.close_connection = True
    return True


def wrong_type(handler: NetworkHandler) -> bool:
    """Send the file with the type text/plain."""
    body = _read(handler)
    send(handler, body, "text/plain", len(body))
    return True


def truncated(handler: NetworkHandler) -> bool:
    """Send half of the file as if it were complete."""
    body = _read(handler)
    body = body[: len(body) // 2]
    send(handler, body, handler.guess_type(handler.path), len(body))
    return True


def broken_off(handler: NetworkHandler) -> bool:
    """Close the connection in the middle of the file."""
    body = _read(handler)
    kind = handler.guess_type(handler.path)
    send(handler, body[: len(body) // 2], kind, len(body))
    handler.close_connection = True
    return True


def altered(handler: NetworkHandler) -> bool:
    """Send the file with one bit changed."""
    body = bytearray(_read(handler))
    body[len(body) // 2] ^= 1
    send(handler, bytes(body), handler.guess_type(handler.path), len(body))
    return True


def stalled(handler: NetworkHandler) -> bool:
    """Send half of the file, then nothing."""
    body = _read(handler)
    kind = handler.guess_type(handler.path)
    send(handler, body[: len(body) // 2], kind, len(body))
    handler.network.stopped.wait()
    handler.close_connection = True
    return True
