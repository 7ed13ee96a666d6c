"""
The Python of all cells of a page: one namespace, in which they run in order.

What a run shows is told, message by message: what it prints, the value of its last
line, the graph of a visitor's own value, figures, and errors with a sentence.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import linecache
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

import lab.drawing as drawing
from lab.output import NoKeyboard, Output
from lab.sentences import explain
from lab.telling import Desk, Tell, reset_desk, set_desk
from lab.tracebacks import find_line, format_error

if TYPE_CHECKING:
    from lab.checking import Verdict

BACKEND = "module://lab.canvas"  # of matplotlib
MAX_REPR = 20_000  # characters of a value that are shown
MAX_NAMES = 2000


class Session:
    """
    Runs cells, and tells what they show.

    * `tell`: takes messages, dicts with a `kind`. `theme`: of figures, "light" or
      "dark"; `ratio`: screen pixels in a CSS pixel.

    Names that a cell defines stay for the cells after it.
    """

    def __init__(self, tell: Tell, *, theme: str = "light", ratio: float = 1.0) -> None:
        self._output = Output(tell)
        self.desk = Desk(self._output.tell, theme=theme, ratio=ratio)
        self._main = ModuleType("__main__")
        self.namespace: dict[str, object] = vars(self._main)
        self.namespace["__builtins__"] = builtins
        self._cells: set[str] = set()

    def run(self, name: str, source: str) -> bool:
        """Run a cell; return whether it ended without an error."""
        self._cells.add(name)
        lines = source.splitlines(keepends=True)
        linecache.cache[name] = (len(source), None, lines, name)
        self._output.reset()
        self.desk.begin()
        with self._as_main(source):
            is_good = self._guard(name, source, self._execute)
            # What is still to be drawn is drawn after an error, too.
            return self._guard(name, source, self._finish) and is_good

    def check(self, name: str, source: str, checks: str) -> Verdict:
        """Return what a lesson's checks say about what the cells have defined."""
        from lab.checking import check

        self._output.reset()
        self.desk.begin()
        with self._as_main(source + checks):
            for stream in (self._output.out, self._output.err):
                stream.write = len  # they call the visitor's code many times
            verdict = check(checks, self.namespace, source)
            self._close_figures()
            return verdict

    def names(self, owner: str = "") -> list[str]:
        """Return the names to complete, or those after `owner.`; no private ones."""
        if owner:
            found = self._find_attributes(owner)
        else:
            found = [*self.namespace, *dir(builtins), *keyword.kwlist]
        names = {n for n in found if isinstance(n, str) and not n.startswith("_")}
        return sorted(names)[:MAX_NAMES]

    def _find_attributes(self, owner: str) -> list[str]:
        """Return the attributes of what a dotted name stands for; nothing is called."""
        first, *others = owner.split(".")
        try:
            thing = {**vars(builtins), **self.namespace}[first]
            for name in others:
                thing = inspect.getattr_static(thing, name)
            return dir(thing)
        except Exception:  # it looks at what the visitor made
            return []

    # --- running ---

    @contextmanager
    def _as_main(self, source: str) -> Iterator[None]:
        """Let the session be what `sys` and the modules of the lab refer to."""
        stack = ExitStack()
        streams = {
            "stdin": NoKeyboard(),
            "stdout": self._output.out,
            "stderr": self._output.err,
        }
        before = {name: getattr(sys, name) for name in streams}
        main = sys.modules.get("__main__")
        token = set_desk(self.desk)
        backend = os.environ.get("MPLBACKEND")
        try:
            use_backend()
            if "moongrad" in source:  # its import takes a tenth of a second
                stack.enter_context(_compiling_all())
            sys.modules["__main__"] = self._main
            for name, stream in streams.items():
                setattr(sys, name, stream)
            yield
        finally:
            stack.close()
            for name, stream in before.items():
                setattr(sys, name, stream)
            if main is not None:
                sys.modules["__main__"] = main
            if backend is None:
                del os.environ["MPLBACKEND"]
            else:
                os.environ["MPLBACKEND"] = backend
            self._output.flush()
            reset_desk(token)

    def _guard(self, name: str, source: str, work: Any) -> bool:
        """Do work, and tell of the error that it ends with, if any."""
        try:
            work(name, source)
        except SystemExit as error:
            if error.code is None or error.code == 0:
                return True
            if isinstance(error.code, str):  # as Python does
                self._output.err.write(f"{error.code}\n")
            return False
        except BaseException as error:
            self._tell_error(error, name, source)
            return False
        return True

    def _execute(self, name: str, source: str) -> None:
        body, last = compile_cell(source, name)
        exec(body, self.namespace)
        if last is not None:
            self._show(eval(last, self.namespace))

    def _finish(self, name: str, source: str) -> None:
        while self.desk.at_end:
            self.desk.at_end.pop(0)()
        if "matplotlib._pylab_helpers" in sys.modules:
            from lab.canvas import show_open_figures

            show_open_figures()

    def _close_figures(self) -> None:
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        if helpers is not None:
            helpers.Gcf.destroy_all()

    def _show(self, value: object) -> None:
        """Tell of the value of the last line."""
        if value is None:
            return
        if "matplotlib" in sys.modules:
            from matplotlib.artist import Artist
            from matplotlib.figure import Figure

            from lab.canvas import show_figure

            if isinstance(value, Figure):
                show_figure(value)
                return
            items = value if isinstance(value, list) and value else [value]
            if all(isinstance(item, Artist) for item in items):  # of plt.plot()
                return
        text = repr(value)
        if len(text) > MAX_REPR:
            text = f"{text[:MAX_REPR]}… ({len(text):,} characters)"
        self.desk.tell({"kind": "value", "text": text})
        if drawing.is_value(value):
            graph = drawing.draw(value)
            self.desk.tell({"kind": "graph", "dot": graph.dot, "text": graph.text})

    def _tell_error(self, error: BaseException, name: str, source: str) -> None:
        line = find_line(error, name)
        text = format_error(error, self._cells)
        sentence = explain(error, line, source, self.namespace, self._cells)
        BaseException.with_traceback(error, None)  # it holds what the run has made
        self.desk.tell(
            {"kind": "error", "text": text, "line": line, "sentence": sentence}
        )


def compile_cell(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """Return the code of a cell, and that of its last line if it has a value."""
    try:
        tree = ast.parse(source, name)
    except SyntaxError:
        # Notebooks begin with this line, which means here what it says anyway.
        plain = re.sub(r"(?m)^%(?=matplotlib\b)", "#", source)
        if plain == source:
            raise
        tree = ast.parse(plain, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        last = compile(expression, name, "eval", dont_inherit=True)
    return compile(tree, name, "exec", dont_inherit=True), last


@contextmanager
def _compiling_all() -> Iterator[None]:
    """Let `moongrad.compile` take the visitor's own values, too."""
    import lab.fast as fast
    import moongrad

    moongrad.compile = fast.compile
    try:
        yield
    finally:
        moongrad.compile = fast.compile_ours


def use_backend() -> None:
    """Have pyplot's figures shown here, whether matplotlib is imported yet or not."""
    os.environ["MPLBACKEND"] = BACKEND
    pyplot, matplotlib = map(sys.modules.get, ("matplotlib.pyplot", "matplotlib"))
    if pyplot is None:
        if matplotlib is not None:
            matplotlib.rcParams["backend"] = BACKEND
    elif pyplot.get_backend() != BACKEND:
        pyplot.switch_backend(BACKEND)
