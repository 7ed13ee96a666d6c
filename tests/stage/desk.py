"""A controller as tests drive it: its clock stands still, its pictures are counted."""

from __future__ import annotations

import importlib

from stage.controller import Controller
from stage.drawings import Drawings


class Clock:
    """Time that passes only when a test, or what it watches, says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Desk:
    """One page: what it asks of its controller, and what it is then told."""

    def __init__(self, name, *, texts=None, can_draw=False, **keywords):
        self.page = importlib.import_module(f"pages.{name}")
        self.clock = Clock()
        self.painted = []
        self.drawings = Drawings(
            {figure: (480, 384) for figure in self.page.FIGURES},
            lambda figure, *_: self.painted.append(figure),
            slow=getattr(self.page, "SLOW_FIGURES", ()),
            clock=self.clock,
        )
        self.drawings.can_draw = can_draw
        self.controller = Controller(
            self.page, self.drawings, texts or {}, clock=self.clock, **keywords
        )

    @property
    def demo(self):
        return self.controller.demo

    @property
    def view(self):
        return self.controller.view()

    def ask(self, kind, /, **fields):
        """Make a request, and return the view that answers it."""
        self.controller.handle(kind, **fields)
        return self.view

    def set(self, **texts):
        return self.ask("options", texts={name: str(t) for name, t in texts.items()})

    def work(self, limit=10_000):
        """Let the controller do all that is due; return the view at the end."""
        for _ in range(limit):
            wait = self.controller.seconds_to_wait()
            if wait == float("inf"):
                return self.view
            self.clock.now += wait
            self.controller.work()
        raise AssertionError("it never comes to rest")

    def run(self):
        self.ask("play")
        return self.work()

    def layouts_due(self):
        return self.controller.diagrams.take_due(self.demo)

    def losses(self):
        return [record.loss for record in self.demo.records]
