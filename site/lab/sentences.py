"""
A plain sentence about an error: what it means here, and what to do.

Each kind of error has a function, listed at the end. They are handed a `Mishap` and
return a sentence, or nothing where Python's own message says it all.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from lab.mishap import Mishap, SentenceError, read_kind, read_message
from lab.output import NO_KEYBOARD
from lab.tracebacks import walk_traceback
from lab.unreadable import explain_indentation, explain_syntax, explain_tabs

THERE = "Python’s standard library, numpy, matplotlib, moongrad and lab"
#: What people write without importing it, and the line that is missing.
USUAL_IMPORTS = {
    "math": "import math",
    "random": "import random",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "numpy": "import numpy",
    "moons": "from lab import moons",
    "moongrad": "import moongrad",
}
METHODS = {
    "+": ("__add__", "__radd__"),
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "** or pow()": ("__pow__", "__rpow__"),
}


def explain(
    error: BaseException,
    line: int | None,
    source: str,
    namespace: Mapping[str, Any],
    cells: Collection[str],
) -> str:
    """Return a sentence about an error that ended the run of a cell."""
    mishap = Mishap(
        error, read_message(error), line, source, _find_names(error, namespace, cells)
    )
    for kind, write in EXPLAINED:
        if issubclass(type(error), kind):
            try:
                return write(mishap) or _say(mishap)
            except Exception:  # it looks at what the visitor made
                break
    return _say(mishap)


def _say(mishap: Mishap) -> str:
    """Return what can be said of any error."""
    place = "The run" if mishap.line is None else f"Line {mishap.line}"
    kind = read_kind(mishap.error)
    message = f": {mishap.text[:300]}" if mishap.text else ""
    return f"{place} ended with {kind}{message}"


def _find_names(
    error: BaseException, namespace: Mapping[str, Any], cells: Collection[str]
) -> dict[str, Any]:
    names = {**vars(builtins), **namespace}
    inner: Mapping[str, Any] = {}
    for trace in walk_traceback(error):
        if trace.tb_frame.f_code.co_filename in cells:
            inner = trace.tb_frame.f_locals
    return {**names, **inner}


def find_near(name: str, names: Collection[str]) -> str | None:
    """Return the name that is nearest to one that isn't there."""
    known = [n for n in names if isinstance(n, str) and not n.startswith("__")]
    import difflib  # takes long, and few errors need it

    folded = {n.lower(): n for n in known}
    if name.lower() in folded:
        return folded[name.lower()]
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return found[0] if found else None


# --- names ----------------------------------------------------------------------------


def _explain_name(mishap: Mishap) -> str:
    name = getattr(mishap.error, "name", None) or ""
    if issubclass(type(mishap.error), UnboundLocalError):
        return (
            f"This function assigns {name}, so in all of it {name} is a name of the "
            f"function’s own, and here it has no value yet."
        )
    if not name:
        return ""
    if name in USUAL_IMPORTS:
        return f"{name} isn’t imported yet. Write {USUAL_IMPORTS[name]} first."
    owner = mishap.names.get("self")
    if owner is not None and name in {*dir(type(owner)), *_read_fields(owner)}:
        return f"There’s no name {name} here. Did you mean self.{name}?"
    near = find_near(name, mishap.names)
    if near:
        return f"There’s no name {name} here. Did you mean {near}?"
    return (
        f"Nothing is called {name} yet. Run the cell that defines it first, or define "
        f"it above this line."
    )


def _read_fields(owner: Any) -> Collection[str]:
    try:
        return list(object.__getattribute__(owner, "__dict__"))
    except Exception:
        return ()


def _explain_attribute(mishap: Mishap) -> str:
    name, owner = mishap.error.name, mishap.error.obj  # type: ignore[attr-defined]
    if not name:
        return ""
    if owner is None:
        return (
            f"What stands before .{name} is None. Often that’s a function that ends "
            f"without return."
        )
    kind = type(owner).__name__
    near = find_near(name, {*dir(owner), *_read_fields(owner)})
    also = f" Did you mean {near}?" if near else ""
    if isinstance(owner, float | int):
        return (
            f"{owner!r} is a plain number, so it has no {name}. Should it be wrapped, "
            f"as in Value(…), before it’s used?"
        )
    if isinstance(owner, type(sys)):
        return f"The module {owner.__name__} has no {name}.{also}"
    if isinstance(owner, type):
        return f"The class {owner.__name__} has no {name}.{also}"
    return f"This {kind} has no {name}.{also or ' Is it assigned in __init__?'}"


def _explain_import(mishap: Mishap) -> str:
    name = getattr(mishap.error, "name", None) or ""
    top = name.partition(".")[0]
    if top == "micrograd":
        return (
            "micrograd isn’t here, but moongrad has the same names: write from "
            "moongrad import Value, MLP."
        )
    if name.startswith("numpy.random"):
        return "This page’s numpy comes without random. Use Python’s module random."
    if isinstance(mishap.error, ModuleNotFoundError):
        if top in ("numpy", "matplotlib", "moongrad", "lab") and name != top:
            return f"This page’s {top} has no {name}."
        if top in sys.stdlib_module_names:
            return (
                f"{top} belongs to the standard library, but this page leaves it out: "
                f"it’s for what browsers don’t have, or for tools of programmers."
            )
        return f"There’s no {top} here. What there is: {THERE}."
    near = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", mishap.text)
    if near:
        module = sys.modules.get(near[2])
        other = find_near(near[1], dir(module)) if module else None
        also = f" Did you mean {other}?" if other else ""
        return f"{near[2]} has no {near[1]}.{also}"
    return ""


# --- values of the wrong kind ---------------------------------------------------------


def _explain_type(mishap: Mishap) -> str:
    text = mishap.text
    pair = re.search(
        r"unsupported operand type\(s\) for (.+?)=?: '(\w+)' and '(\w+)'", text
    )
    if pair and pair[1] in METHODS:
        return _explain_operator(mishap, *pair.groups())
    joined = re.search(r"can only concatenate (\w+) \(not \"(\w+)\"\)", text)
    if joined:
        return f"+ joins a {joined[1]} only to another; on its right is a {joined[2]}."
    negated = re.search(r"bad operand type for unary -: '(\w+)'", text)
    if negated:
        return f"-x needs a method __neg__ in {negated[1]}."
    if "'NoneType' object is not callable" in text:
        return (
            "What is called here is None. Was a function called where it should only "
            "have been assigned: f() instead of f?"
        )
    called = re.search(r"'(\w+)' object is not callable", text)
    if called:
        return (
            f"A {called[1]} stands before the parentheses, and only functions can be "
            f"called. Is a * missing, or has a name been used twice?"
        )
    if re.search(r"takes (no|\d+) positional arguments? but", text):
        return (
            "This function got one argument more than it takes. In a class, the first "
            "parameter of every method is self: is it there?"
            if "1 was given" in text or "but 2 were" in text
            else "This function got more arguments than it takes."
        )
    missing = re.search(r"missing \d+ required positional arguments?: (.+)$", text)
    if missing:
        return f"This function wasn’t given {missing[1]}."
    fixed = re.search(r"'(\w+)' object is not (iterable|subscriptable)", text)
    if fixed:
        what = "gone through one by one" if fixed[2] == "iterable" else "indexed by [ ]"
        return f"A {fixed[1]} can’t be {what}: it isn’t a list."
    if "unhashable type" in text:
        return (
            "A set or a dict can only hold what has a hash. A class that defines "
            "__eq__ loses its own: define __hash__, too, or leave __eq__ out."
        )
    return ""


def _explain_operator(mishap: Mishap, symbol: str, left: str, right: str) -> str:
    own, reflected = METHODS[symbol]
    sign = symbol.partition(" ")[0]
    made = {
        kind.__name__: kind
        for kind in mishap.names.values()
        if isinstance(kind, type) and kind.__module__ == "__main__"
    }
    if "NoneType" in (left, right):
        return (
            f"One side of {sign} is None. Often that’s a method that ends without "
            f"return."
        )
    if left in made and own not in vars(made[left]):
        return f"{left} {sign} {right} needs a method {own} in {left}."
    if left not in made and right in made:
        return (
            f"The {left} is on the left of {sign}, so Python asks {right} for "
            f"{reflected}, which it doesn’t have."
        )
    if left in made:
        return f"{left}.{own} doesn’t take a {right}."
    return f"Python can’t use {sign} between {left} and {right}."


def _explain_value(mishap: Mishap) -> str:
    text = mishap.text
    if "unpack" in text:
        return "There are more names on the left than values on the right, or fewer."
    if "math domain error" in text or "expected a positive" in text:
        return "The function has no result for this number, as log has none for −1."
    if "zip()" in text:
        return "The lists that zip goes through aren’t of the same length."
    return ""


def _explain_division(mishap: Mishap) -> str:
    return "Something is divided by 0, or 0 is raised to a negative power."


def _explain_overflow(mishap: Mishap) -> str:
    if "index-sized" in mishap.text:  # a list that is longer than memory
        return _explain_memory(mishap)
    return (
        "The result is larger than any float. exp(710) already is: has the training "
        "diverged? Try a lower learning rate."
    )


def _explain_index(mishap: Mishap) -> str:
    return "There’s no item at this place. The first one has the number 0."


def _explain_key(mishap: Mishap) -> str:
    return "The dict has no such key."


def _explain_assertion(mishap: Mishap) -> str:
    return "An assert found that what it states isn’t so."


# --- what a browser limits ------------------------------------------------------------


def _explain_recursion(mishap: Mishap) -> str:
    return (
        "A function calls itself too often, each call waiting for the next. Does it "
        "have an end? For a deep graph, use a loop with a list instead."
    )


def _explain_memory(mishap: Mishap) -> str:
    return (
        "There’s no memory left for this. Make it smaller; Stop and Run again give the "
        "memory back."
    )


def _explain_keyboard(mishap: Mishap) -> str:
    return (
        NO_KEYBOARD if mishap.text == NO_KEYBOARD else "There’s nothing left to read."
    )


def _explain_file(mishap: Mishap) -> str:
    return (
        "Files of your computer can’t be reached from here. A cell has an empty disk "
        "of its own, which is gone when the page is closed."
    )


def _explain_interrupt(mishap: Mishap) -> str:
    return "The run was stopped."


#: In this order: the first that fits is used.
EXPLAINED: tuple[tuple[type[BaseException], Callable[[Mishap], str]], ...] = (
    (TabError, explain_tabs),
    (IndentationError, explain_indentation),
    (SyntaxError, explain_syntax),
    (NameError, _explain_name),
    (AttributeError, _explain_attribute),
    (ImportError, _explain_import),
    (SentenceError, lambda mishap: mishap.text),
    (TypeError, _explain_type),
    (ZeroDivisionError, _explain_division),
    (OverflowError, _explain_overflow),
    (IndexError, _explain_index),
    (KeyError, _explain_key),
    (AssertionError, _explain_assertion),
    (RecursionError, _explain_recursion),
    (MemoryError, _explain_memory),
    (EOFError, _explain_keyboard),
    (OSError, _explain_file),
    (KeyboardInterrupt, _explain_interrupt),
    (ValueError, _explain_value),
)
