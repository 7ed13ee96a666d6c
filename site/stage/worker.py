"""
The worker's end of the bridge: takes the page's requests, and sends views.

A request of the page is `{id, kind, fields}`. Every answer has its id and what has
changed of the view; what comes without an id comes by itself, while something is worked
on. What there is to decide is decided in `controller.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import math
import traceback
from collections import deque
from collections.abc import Coroutine

import js
import pyodide_js
from polyscript import xworker
from pyodide.ffi import JsException, create_proxy, to_js

from stage.controller import Controller
from stage.drawings import Drawings
from stage.transport import Changes, encode, pack_records

TICK = 0.002  # seconds, below which waiting is not worth its while
REMEMBERED = 1000  # frames whose times the browser is asked to keep


class Line:
    """The line to the page."""

    def __init__(self) -> None:
        self.inbox: deque = deque()
        self._is_awaited = asyncio.Event()
        xworker.onmessage = self._receive

    def _receive(self, event) -> None:
        self.inbox.append(event.data)
        self.wake()

    def send(self, content: bytes | None = None, **message: object) -> None:
        """Send a message as JSON, which is fast, and bytes beside it."""
        text = encode(message)
        xworker.postMessage(text if content is None else to_js([text, content]))

    def wake(self) -> None:
        """End the present wait."""
        self._is_awaited.set()

    async def wait(self, seconds: float) -> None:
        """Wait for a request or for `wake`, but no longer than this; let others run."""
        # With less time than a clock's tick asyncio fails: that would be in the past.
        if self.inbox or seconds < TICK:
            await asyncio.sleep(0)
            return
        self._is_awaited.clear()
        timeout = None if math.isinf(seconds) else seconds
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_awaited.wait(), timeout)


class Screen:
    """The canvases of the page, on which pictures are shown."""

    def __init__(self, figures) -> None:
        # Firefox gives the context of a canvas only once.
        self._canvases = {
            figure.name: (figure.canvas, figure.canvas.getContext("2d"))
            for figure in figures
        }
        self._n_frames = 0

    def paint(self, name: str, width: int, height: int, pixels: memoryview) -> None:
        """Show RGBA pixels on one of the canvases."""
        canvas, context = self._canvases[name]
        if (canvas.width, canvas.height) != (width, height):
            canvas.width, canvas.height = width, height
        proxy = create_proxy(pixels.cast("B"))
        buffer = proxy.getBuffer("u8clamped")
        try:
            image = js.ImageData.new(buffer.data, width, height)
            context.putImageData(image, 0, 0)
        finally:
            buffer.release()
            proxy.destroy()

    def note_frame(self, seconds: float) -> None:
        """Put a frame on the browser's timeline, for whoever measures."""
        self._n_frames += 1
        if self._n_frames % REMEMBERED == 0:
            js.performance.clearMeasures("moongrad:frame")
        started = js.performance.now() - seconds * 1000
        js.performance.measure("moongrad:frame", to_js({"start": started}))


class Worker:
    """Serves one page, from its first request on."""

    def __init__(self) -> None:
        self._line = Line()
        self._changes = Changes()
        self._is_loading = True  # what draws
        self._tasks: set[asyncio.Task] = set()  # asyncio itself holds on to none
        self._line.send(hello=True)

    async def serve(self) -> None:
        """Answer requests; between them, work on what is due."""
        try:
            await self._set_up()
            while True:
                self._lay_out()
                await self._line.wait(self._controller.seconds_to_wait())
                self._turn()
        except Exception as error:
            traceback.print_exception(error)
            self._line.send(failure=_describe(error))

    async def _set_up(self) -> None:
        """Take the first request, which says what page this is, and put up its demo."""
        while not self._line.inbox:
            await self._line.wait(math.inf)
        request = self._line.inbox.popleft()
        start = request.fields
        if start.packages:
            await _load(start.packages, start.packages)
        page = importlib.import_module(f"pages.{start.demo}")
        screen = Screen(start.figures)
        self._drawings = Drawings(
            {figure.name: (figure.width, figure.height) for figure in start.figures},
            screen.paint,
            screen.note_frame,
            ratio=start.ratio,
            theme=start.theme,
            is_transparent=start.is_transparent,
            slow=getattr(page, "SLOW_FIGURES", ()),
        )
        self._controller = Controller(
            page,
            self._drawings,
            start.texts.to_py(),
            weights=start.weights,
            is_calm=start.is_calm,
        )
        self._post(request.id)
        self._begin(self._load_drawing())

    def _turn(self) -> None:
        """Answer one request and do one piece of work: neither holds up the other."""
        if self._line.inbox:
            request = self._line.inbox.popleft()
            fields = request.fields.to_py()
            answer = self._controller.handle(request.kind, **fields)
            self._post(request.id, answer)
        if self._controller.work():
            self._post()
        if self._is_loading and self._drawings.can_draw and not self._drawings.is_due:
            self._end_loading()

    def _post(self, answered: int | None = None, answer: object = None) -> None:
        """Send what has changed; with the answer to a request where there is one."""
        message = {
            "id": answered,
            "view": self._changes.take(self._controller.view()),
            "records": pack_records(*self._controller.take_records()),
        }
        if isinstance(answer, bytes):
            self._line.send(answer, **message)
        else:
            self._line.send(answer=answer, **message)

    def _end_loading(self) -> None:
        self._is_loading = False
        self._line.send(progress="", loaded=True)

    async def _load_drawing(self) -> None:
        """Load what draws, while the demo may already train."""
        self._line.send(progress="Downloading the drawing library")
        try:
            await _load("drawing", "matplotlib")
            starting = "Starting the drawing library"
            self._line.send(progress=starting, is_importing=True)
            # Slow: so now, and not in a frame; and in parts, between which requests are
            # answered.
            for module in ("numpy", "matplotlib.figure", "figures.picture"):
                await asyncio.sleep(0)
                importlib.import_module(module)
            importlib.import_module("figures.font").use_font()
        except (ImportError, JsException) as error:
            self._controller.give_up(f"Figures aren’t available: {_describe(error)}")
            self._post()
            self._end_loading()
        else:
            self._drawings.can_draw = True
            self._line.wake()

    def _lay_out(self) -> None:
        """Have the diagrams that are new laid out, by Graphviz."""
        due = self._controller.diagrams.take_due(self._controller.demo)
        for name, dot in due.items():
            self._begin(self._lay_out_one(name, dot))

    async def _lay_out_one(self, name: str, dot: str) -> None:
        try:
            self._controller.diagrams.show(name, dot, await js.moongrad.layout(dot))
        except JsException as error:
            reason = f"The graph can’t be drawn: {_describe(error)}"
            self._controller.give_up(reason)
        self._post()

    def _begin(self, work: Coroutine) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task) -> None:
        """Say what went wrong in a task: nobody waits for it."""
        self._tasks.discard(task)
        if error := task.exception():
            traceback.print_exception(error)
            self._line.send(failure=_describe(error))


async def _load(group: str, package: str) -> None:
    """Install a package when the downloads of its group (manifest.js) have arrived."""
    await js.moongrad.arrive(group)
    await pyodide_js.loadPackage(package, messageCallback=lambda message: None)


def _describe(error: Exception) -> str:
    """Return what an error says, without what JavaScript puts in front of it."""
    return str(error).removeprefix("Error: ")


serving = asyncio.ensure_future(Worker().serve())  # noqa: RUF006  held by the module
