"""Errors as a visitor should see them: the lines of their own cells, and no others."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from types import TracebackType

LONGEST = 12  # frames that are shown: the first ones and the last ones
MAX_TEXT = 5000  # characters of a traceback


def format_error(error: BaseException, cells: Collection[str]) -> str:
    """Return the traceback of an error, cut to the lines of cells."""
    try:
        told = traceback.TracebackException.from_exception(error, compact=True)
        for part in _walk(told):
            # Without lines of a cell there is nothing to trace, and no head line.
            part.stack = _cut(part.stack, cells) or None  # type: ignore[assignment]
        text = "".join(told.format())
    except Exception:  # visitors can make errors that can't be read
        text = "An error that can’t be shown\n"
    if len(text) > MAX_TEXT:
        half = MAX_TEXT // 2
        text = f"{text[:half]}\n  …\n{text[-half:]}"
    return text


def _walk(
    told: traceback.TracebackException,
) -> list[traceback.TracebackException]:
    """Return an error and those that caused it, or were handled when it came."""
    found, waiting = [], [told]
    while waiting:
        part = waiting.pop()
        found.append(part)
        waiting += [p for p in (part.__cause__, part.__context__) if p is not None]
        waiting += part.exceptions or []
    return found


def _cut(
    stack: traceback.StackSummary, cells: Collection[str]
) -> traceback.StackSummary:
    frames = [frame for frame in stack if frame.filename in cells]
    if len(frames) > LONGEST:
        half = LONGEST // 2
        frames = [*frames[:half], *frames[-half:]]
    return traceback.StackSummary.from_list(frames)


def find_line(error: BaseException, name: str) -> int | None:
    """Return the line of a cell, from 1, that an error came from, if it has one."""
    if issubclass(type(error), SyntaxError):
        place = getattr(error, "filename", None), getattr(error, "lineno", None)
        if place[0] == name and isinstance(place[1], int):
            return place[1]
    line = None
    for trace in walk_traceback(error):
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
    return line


def walk_traceback(error: BaseException) -> list[TracebackType]:
    """Return the parts of a traceback, the innermost one last."""
    found = []
    # The class of the error may be the visitor's, and so may be how it is read.
    trace = BaseException.__traceback__.__get__(error)  # type: ignore[attr-defined]
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found
