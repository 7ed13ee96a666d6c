"""Sentences about code that Python can't read."""

from __future__ import annotations

import re

from lab.mishap import Mishap


def explain_tabs(mishap: Mishap) -> str:
    """Of tabs among spaces."""
    return (
        f"Line {mishap.line} mixes tabs and spaces, which look alike but don’t count "
        f"alike. Indent with four spaces everywhere."
    )


def explain_indentation(mishap: Mishap) -> str:
    """Of a line that is indented too far, or not far enough."""
    lines = mishap.source.splitlines()
    indents = "".join(text[: len(text) - len(text.lstrip())] for text in lines)
    if "\t" in indents and " " in indents:
        return explain_tabs(mishap)
    if "expected an indented block" in mishap.text:
        return (
            f"Line {mishap.line} should be indented: the line above it ends with a "
            f"colon, so something has to be inside. Write pass if there’s nothing yet."
        )
    if "unindent" in mishap.text:
        return (
            f"Line {mishap.line} is indented less than the lines above it, but to a "
            f"place where no block begins."
        )
    return (
        f"Line {mishap.line} is indented more than the line above it, which doesn’t "
        f"end with a colon."
    )


def explain_syntax(mishap: Mishap) -> str:
    """Of any other code that is no Python."""
    text, code = mishap.text, mishap.code
    place = "The code" if mishap.line is None else f"Line {mishap.line}"
    if code.startswith(("%", "!")):
        return (
            f"{place} is a command of Jupyter, not Python. Delete it: what this page "
            f"has needs no installing, and figures are shown anyway."
        )
    opened = re.search(r"'(.)' was never closed", text)
    if opened:
        return f"{place} opens a {opened[1]} that is never closed."
    closed = re.search(r"unmatched '(.)'", text)
    if closed:
        return f"{place} closes a {closed[1]} that was never opened."
    if "expected ':'" in text:
        return f"{place} needs a colon at its end."
    if "unterminated" in text:
        return f"{place} begins a text whose closing quotation mark is missing."
    if "Maybe you meant '=='" in text:
        return f"{place} compares with =, which assigns. Write == to compare."
    if "outside function" in text:
        return f"{place} belongs into a function: is it indented far enough?"
    if "null bytes" in text or "non-printable" in text or "invalid character" in text:
        return f"{place} has a character that Python doesn’t know. Type it again."
    if "too many" in text or "too complex" in text:
        return f"{place} is nested too deeply for Python. Make it several lines."
    return (
        f"Python can’t read {place[0].lower()}{place[1:]}. Look at what is marked, and "
        f"at the end of the line above."
    )
