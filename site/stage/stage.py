"""
The worker's half of the bridge: messages in, training and drawing, messages out.

`stage.js` is the page's half. It sends what the visitor does (`start`, `play`,
`options`...) and shows what comes back (`state`, `step`, `error`...). Which page is on
the stage is named in the first message; a page module offers `OPTIONS` and a class
`Demo`, as pages/moons.py.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import time
import traceback
from collections.abc import Iterable

import js
import pyodide_js
from polyscript import xworker
from pyodide.ffi import JsException, create_proxy, to_js

from stage.options import OptionError

FRAMES = 100  # drawn in a run: so many can be followed, and no step waits long
CALM_PAUSE = 2.0  # seconds between frames where motion is to be reduced
REMEMBERED = 1000  # frames whose times the browser is asked to keep
SELDOM = 0.25  # seconds between frames of a figure that the page calls slow
SMALLEST = 100  # CSS pixels that a figure needs to have room for its axes


def post(kind: str, **fields: object) -> None:
    """Send one message to the page."""
    message = {"kind": kind, **fields}
    xworker.postMessage(to_js(message, dict_converter=js.Object.fromEntries))


async def load(group: str, package: str) -> None:
    """Install a package when the downloads of its group (manifest.js) have arrived."""
    await js.moongrad.arrive(group)
    if group == "drawing":
        post("progress", text="Starting the drawing library")
    await pyodide_js.loadPackage(package, messageCallback=lambda message: None)


def describe(error: Exception) -> str:
    """Return what an error says, without what JavaScript puts in front of it."""
    return str(error).removeprefix("Error: ")


class Surface:
    """One canvas of the page, and the picture of the current demo on it."""

    def __init__(self, name: str, canvas, width: float, height: float) -> None:
        self.name = name
        self.canvas = canvas
        self.context = canvas.getContext("2d")
        self.width, self.height = width, height
        self.picture = None
        self.drawn_at = math.inf  # not yet

    def draw(self, demo, ratio: float, theme) -> None:
        """Draw the demo as it is now."""
        if self.picture is None:
            from figures.picture import Picture

            self.picture = Picture(
                lambda axes: demo.make_plot(self.name, axes, theme),
                width=self.width,
                height=self.height,
                ratio=ratio,
                theme=theme,
            )
        demo.update_plot(self.name, self.picture.plot)
        width, height, pixels = self.picture.render()
        if (self.canvas.width, self.canvas.height) != (width, height):
            self.canvas.width, self.canvas.height = width, height
        proxy = create_proxy(pixels.cast("B"))
        buffer = proxy.getBuffer("u8clamped")
        try:
            self.context.putImageData(
                js.ImageData.new(buffer.data, width, height), 0, 0
            )
        finally:
            buffer.release()
            proxy.destroy()
        post("figure", name=self.name, label=self.picture.plot.describe())
        self.drawn_at = time.perf_counter()


class Stage:
    """The demo on show, its state, and the canvases it is drawn on."""

    def __init__(self) -> None:
        self.state = "loading"
        self.demo = None
        self.surfaces: dict[str, Surface] = {}
        self.can_draw = False
        self.ratio, self.theme, self.is_calm = 1.0, "light", False
        self._training: asyncio.Task | None = None
        self._n_drags = 0
        self._drawn_at = 0.0
        self._dots: dict[str, str] = {}  # by diagram: what is on the page
        self._n_frames = 0

    # --- messages from the page, one method each ---

    def on_start(self, message) -> None:
        self._starting = asyncio.ensure_future(self._start(message))

    async def _start(self, message) -> None:
        """Set up the page's demo; load what draws while it may already train."""
        with reporting():
            if message.packages:
                try:
                    await load(message.packages, message.packages)
                except JsException as error:
                    post("failure", reason=describe(error))
                    return
            self._set_up(message)

    def _set_up(self, message) -> None:
        self.page = importlib.import_module(f"pages.{message.demo}")
        self.ratio, self.theme = message.ratio, message.theme
        self.is_calm = message.isCalm
        for figure in message.figures:
            self.surfaces[figure.name] = Surface(
                figure.name, figure.canvas, figure.width, figure.height
            )
        self.diagrams = message.diagrams.to_py()
        self._loading = asyncio.ensure_future(self._load_drawing())
        options = self.page.OPTIONS
        texts, notices = options.mend(message.options.to_py())
        demo = None
        while demo is None:
            try:
                demo = self.page.Demo(options.read(texts))
            except OptionError as error:  # each is allowed, but not with the others
                default = options.write_default(error.name)
                if texts[error.name] != default:
                    texts[error.name] = default
                    notices.append(f"{error} It is now {default}.")
                    continue
                # It has its default already, which does not suit one of the others.
                defaults, _ = options.mend({})
                if texts == defaults:
                    raise
                texts = defaults
                notices.append(f"{error} Every option has its default now.")
        if message.weights:
            try:
                demo.take_weights(message.weights)
                notices.append(
                    "The network has the weights of the link. Training goes on from "
                    "them, Reset begins anew."
                )
            except ValueError as error:
                notices.append(f"The weights of the link were left out: {error}.")
        post("options", texts=texts, notices=notices)
        self._show(demo)
        post("mark", name="engine-ready")

    def on_options(self, message) -> None:
        """Start over with other options; go on training if it was."""
        options = self.page.OPTIONS.read(message.texts.to_py())
        if self.demo is not None and self.demo.adapt(options):
            if self.state == "error":
                is_begun = "paused" if self.demo.records else "ready"
                self._set_state("done" if self.demo.is_done else is_begun)
            post("adapted", **self._values())
            return
        was_running = self.state == "running"
        self._set_state("paused" if was_running else self.state)
        self._renew(message.texts.to_py())
        if was_running:
            self.on_play(message)

    def on_play(self, message) -> None:
        if self.state in ("done", "error"):
            self._renew(message.texts.to_py())
        if self.state in ("ready", "paused"):
            self._set_state("running")
            if self._training is None or self._training.done():
                self._training = asyncio.ensure_future(self._train())

    def on_pause(self, message) -> None:
        if self.state == "running":
            self._set_state("paused")
            self._draw()

    def on_step(self, message) -> None:
        if self.state in ("ready", "paused"):
            self._advance()
            if self.state != "done":
                self._set_state("paused")
            self._draw()

    def on_back(self, message) -> None:
        if not self.demo.records or self.state == "error":
            return
        self.demo.back()
        self._set_state("paused" if self.demo.records else "ready")
        post("back", **self._values())
        self._draw()

    def on_reset(self, message) -> None:
        self._renew(message.texts.to_py())

    def on_resize(self, message) -> None:
        self.ratio = message.ratio
        for figure in message.figures:
            surface = self.surfaces[figure.name]
            surface.width, surface.height = figure.width, figure.height
            surface.picture = None
        self._draw()
        self._post_places()

    def on_theme(self, message) -> None:
        self.theme = message.theme
        for surface in self.surfaces.values():
            surface.picture = None
        self._draw()

    def on_drag(self, message) -> None:
        """Move one of a figure's points to a place on its canvas."""
        surface = self.surfaces[message.figure]
        plot = surface.picture and surface.picture.plot
        try:
            # After the options have changed there may be no such point any more.
            if plot and message.index < len(plot.handles()):
                self._drag(surface, plot, message)
        finally:
            texts = self.demo.texts()
            post("dragged", **self._values(), texts=texts)

    def _drag(self, surface: Surface, plot, message) -> None:
        if self.state == "running":
            self._set_state("paused")
        place = (message.x * self.ratio, (surface.height - message.y) * self.ratio)
        plot.select(message.index)
        self.demo.move(message.index, plot.locate(*place))
        self._draw(is_full=False)
        self._n_drags += 1

    def on_drop(self, message) -> None:
        """Show in full what the last drag led to."""
        n_drags, self._n_drags = self._n_drags, 0
        post("dropped")
        if n_drags == 0 or self.state == "error":
            self._post_places()
            return
        self._draw()
        post("renew", **self._values())
        self._set_state("ready")
        for record in self.demo.records:
            post("step", record=record._asdict(), **self._values())
        if self.demo.is_done:
            self._set_state("done", self.demo.summary())
        self._post_places()

    def on_select(self, message) -> None:
        """Mark one of a figure's points or other parts, or none."""
        surface = self.surfaces[message.figure]
        if surface.picture is not None:
            self.demo.select(message.figure, message.index)
            surface.picture.plot.select(message.index)
            self._draw(surface)
        post("selected", **self._values())

    def on_edit(self, message) -> None:
        """Give the part that is chosen another value."""
        try:
            self.demo.edit(message.text)
        except OptionError as error:
            post("error", message=str(error), option=error.name, column=0)
        else:
            self._draw()
        post("edited", **self._values())

    def on_artifact(self, message) -> None:
        """Send what the page's demo can show or save under a name."""
        content = self.demo.artifact(message.name)
        post("artifact", name=message.name, content=content)

    def on_weights(self, message) -> None:
        """Send the weights as they are, for an address."""
        post("weights", text=self.demo.write_weights() if self.demo else "")

    def on_calm(self, message) -> None:
        self.is_calm = message.isCalm

    # --- what they do ---

    def _renew(self, texts: dict[str, str]) -> None:
        """Put a new demo on the stage, before its first step."""
        self._show(self.page.Demo(self.page.OPTIONS.read(texts)))

    def _show(self, demo) -> None:
        if self.demo is not None:
            demo.follow(self.demo)
        self.demo = demo
        for surface in self.surfaces.values():
            surface.picture = None
        post("renew", **self._values())
        self._draw()
        self._post_places()
        self._set_state("ready")
        if self.diagrams:
            self._laying_out = asyncio.ensure_future(self._lay_out())

    async def _lay_out(self) -> None:
        """Have the diagrams of the demo on show laid out, where they are new."""
        with reporting():
            demo = self.demo
            for name in self.diagrams:
                dot = demo.diagram(name)
                if self._dots.get(name) == dot:
                    continue
                try:
                    svg = await js.moongrad.layout(dot)
                except JsException as error:
                    reason = f"The graph cannot be drawn: {describe(error)}"
                    post("undrawable", reason=reason)
                    return
                if demo is not self.demo:
                    return  # what took its place is under way
                self._dots[name] = dot
                post("diagram", name=name, svg=svg)
            post("values", **self._values())

    def _values(self) -> dict[str, object]:
        """Return the numbers that the page shows, and how its diagrams look."""
        return {
            "outputs": self.demo.outputs(),
            "tables": self.demo.tables(),
            "marks": {
                name: self.demo.marks(name)
                for name in self.diagrams
                if self._dots.get(name) == self.demo.diagram(name)
            },
        }

    def _advance(self) -> None:
        record = self.demo.step()
        if record.step == 0:
            post("mark", name="first-step")
        post("step", record=record._asdict(), **self._values())
        if self.demo.is_done:
            self._draw()
            self._set_state("done", self.demo.summary())
            post("mark", name="done")

    async def _train(self) -> None:
        """Train while the state is `running`; messages get in after each step."""
        with reporting():
            n_steps = 0
            while self.state == "running":
                self._advance()
                n_steps += 1
                is_due = n_steps % max(1, self.demo.length // FRAMES) == 0
                waited = time.perf_counter() - self._drawn_at
                if self.state == "running" and is_due and waited >= self._pause():
                    self._draw(is_full=False)
                await asyncio.sleep(self.demo.pace)

    async def _load_drawing(self) -> None:
        with reporting():
            post("progress", text="Downloading the drawing library")
            try:
                await load("drawing", "matplotlib")
                import figures.picture  # noqa: F401  slow: now, and not in a frame
            except (ImportError, JsException) as error:
                reason = f"There are no figures: {describe(error)}"
                post("undrawable", reason=reason)
                return
            self.can_draw = True
            self._draw(is_full=False)
            self._post_places()
            post("mark", name="first-figure")
            post("loaded")
            await asyncio.sleep(0)
            self._draw()  # the slow ones, too
            self._post_places()

    def _pause(self) -> float:
        """The least time between frames, longer for who prefers reduced motion."""
        return CALM_PAUSE if self.is_calm else 0.0

    def _draw(self, *only: Surface, is_full: bool = True) -> None:
        """Draw some figures, or all; of those in motion, slow ones seldom."""
        if not self.can_draw or self.demo is None:
            return
        from moongrad.plot import THEMES

        started = js.performance.now()
        slow = getattr(self.page, "SLOW_FIGURES", ())
        for surface in only or self.surfaces.values():
            if min(surface.width, surface.height) < SMALLEST:
                continue  # hidden, or about to be laid out: a resize will follow
            is_seldom = surface.name in slow and not is_full
            if is_seldom and time.perf_counter() - surface.drawn_at < SELDOM:
                continue
            surface.draw(self.demo, self.ratio, THEMES[self.theme])
        self._drawn_at = time.perf_counter()
        self._n_frames += 1
        if self._n_frames % REMEMBERED == 0:
            js.performance.clearMeasures("moongrad:frame")
        js.performance.measure("moongrad:frame", to_js({"start": started}))

    def _post_places(self) -> None:
        """Say where on the canvases there are points to be dragged."""
        for surface in self.surfaces.values():
            plot = surface.picture and surface.picture.plot
            if hasattr(plot, "handles"):
                places = [self._to_page(surface, numbers) for numbers in plot.handles()]
                post("places", name=surface.name, places=places)

    def _to_page(self, surface: Surface, numbers: Iterable[float]) -> list[float]:
        """Turn pixels from the lower left, x and y by turns, into CSS pixels."""
        return [
            surface.height - number / self.ratio if k % 2 else number / self.ratio
            for k, number in enumerate(numbers)
        ]

    def _set_state(self, state: str, text: str = "") -> None:
        self.state = state
        post("state", state=state, text=text)

    def fail(self, error: Exception) -> None:
        """Stop, say what happened; what has been learned and drawn so far stays."""
        self.state = "error"
        if isinstance(error, OptionError):
            self._draw()
        self._set_state("error")
        if isinstance(error, OptionError):
            column = error.column
            post("error", message=str(error), option=error.name, column=column)
        else:
            traceback.print_exception(error)
            message = f"{type(error).__name__}: {error}"
            post("error", message=message, option="", needs_reload=True)


class reporting:
    """A context in which an exception is shown on the page instead of being lost."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> bool:
        if isinstance(error, Exception):
            stage.fail(error)
            return True
        return False


def receive(event) -> None:
    """Give a message from the page to the method named after its kind, and say so."""
    with reporting():
        getattr(stage, f"on_{event.data.kind}")(event.data)
    post("heard")  # without which the page takes Python for dead after a while


stage = Stage()
xworker.onmessage = receive
post("hello")
