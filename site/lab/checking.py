"""
Runs the checks of a lesson on what a visitor wrote, and answers in a sentence.

The checks are Python from a lesson's file. They run small pieces of code in a copy of
the visitor's namespace and say what they expect:

    trial = trying("a = Value(3.0)", "b = a + a", "b.backward()")
    trial.expect("a.grad", 2.0, (1.0, "the second use of a overwrites the first."))

If `a.grad` is 1.0, the sentence names the code, both numbers and that cause. Without a
cause that fits it still names the code and both numbers. Code in a sentence stands
between backticks.
"""

from __future__ import annotations

import contextlib
import io
import math
import random
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType, TracebackType
from typing import Any, NoReturn

#: A wrong result (or a predicate, an exception's class, a part of its text), and why.
Cause = tuple[Any, str]

_LONGEST = 80  # characters of a value in a sentence
_FILE = "<check>"


@dataclass(frozen=True)
class Verdict:
    """Whether a step is done, and the sentence that says so, or says what is wrong."""

    passed: bool
    sentence: str


class Wrong(Exception):
    """Raised by a check; its text is what the visitor reads."""


def check(checks: str, namespace: dict[str, Any], source: str) -> Verdict:
    """
    Return what a lesson's checks say of a namespace in which `source` has run.

    Nothing is assigned in the namespace, what the visitor's code prints meanwhile is
    dropped, and the module `random` continues where it was.
    """
    checker = Checker(namespace, source)
    state = random.getstate()
    try:
        with (
            contextlib.redirect_stdout(_Nowhere()),
            contextlib.redirect_stderr(_Nowhere()),
        ):
            exec(compile(checks, "<checks>", "exec"), checker.names())
    except KeyboardInterrupt:
        raise
    except Wrong as wrong:
        return Verdict(False, str(wrong))
    except BaseException as error:  # also what a visitor's own exit() raises
        return Verdict(False, checker.explain("Your code", error, ()))
    finally:
        random.setstate(state)
    notes = "".join(f" {note}" for note in checker.notes)
    return Verdict(True, f"{checker.praise}{notes}")


class Checker:
    """What the checks of a lesson are given."""

    def __init__(self, namespace: dict[str, Any], source: str) -> None:
        self.namespace = namespace
        self.source = source
        self.code = _without_comments(source)
        self.notes: list[str] = []
        self.praise = "That works."

    def names(self) -> dict[str, Any]:
        """Return the globals of the checks."""
        return {
            "Wrong": Wrong,
            "inputs": inputs,
            "is_near": is_near,
            "math": math,
            "need": self.need,
            "need_class": self.need_class,
            "note": self.notes.append,
            "plain": plain,
            "praise": self.set_praise,
            "random": random,
            "show": show,
            "trying": self.trying,
            "writes": self.writes,
            "wrong": wrong,
        }

    def set_praise(self, sentence: str) -> None:
        """Set the sentence of a step that passes."""
        self.praise = sentence

    def writes(self, pattern: str) -> bool:
        """Return whether a pattern is in the visitor's code, comments left out."""
        return re.search(pattern, self.code) is not None

    def need(self, name: str, what: str) -> Any:
        """Return what a name stands for, or say that it is missing."""
        if name not in self.namespace:
            wrong(f"There's no `{name}` yet: {what}")
        return self.namespace[name]

    def need_class(self, name: str, what: str) -> Any:
        """Return a class of the visitor's."""
        found = self.need(name, what)
        if not isinstance(found, type):
            wrong(
                f"`{name}` is {_with_kind(found)}, and should be a class: {what} "
                f"Does another line use the name `{name}` for something else?"
            )
        return found

    def trying(self, *statements: str, causes: Sequence[Cause] = ()) -> Trial:
        """Run statements in a copy of the namespace; `causes` explain exceptions."""
        return Trial(self, statements, causes)

    def explain(self, what: str, error: BaseException, causes: Sequence[Cause]) -> str:
        """Return the sentence for an exception that the visitor's code raised."""
        sentence = f"{what} raises {_name_error(error)}"
        line = self._find_line(error.__traceback__)
        if line is not None:
            sentence += f", in your line {line}"
            lines = self.source.splitlines()
            if 0 < line <= len(lines) and lines[line - 1].strip():
                sentence += f" (`{_cut(lines[line - 1].strip())}`)"
        cause = _find_cause(error, causes) or _explain_error(error)
        return _join(sentence, cause)

    def _find_line(self, traceback: TracebackType | None) -> int | None:
        """Return the last line of the visitor's own that an exception passed."""
        line = None
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_globals is self.namespace:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line


class Trial:
    """Statements that ran, and the names that they left."""

    def __init__(
        self, checker: Checker, statements: Sequence[str], causes: Sequence[Cause]
    ) -> None:
        self._checker = checker
        self._done: list[str] = []
        self.names = dict(checker.namespace)
        self.run(*statements, causes=causes)

    def run(self, *statements: str, causes: Sequence[Cause] = ()) -> Trial:
        """Run more statements."""
        for statement in statements:
            code = compile(statement, _FILE, "exec")
            self._attempt(partial(exec, code, self.names), statement, causes)
            self._done.append(statement)
        return self

    def get(self, expression: str, *causes: Cause) -> Any:
        """Return the value of an expression, which may not raise."""
        return self._attempt(lambda: self._look(expression), expression, causes)

    def expect(self, expression: str, wanted: Any, *causes: Cause) -> None:
        """
        Compare an expression's value with a number, a text or any other value.

        The first of the causes that fits the value is part of the sentence. A cause for
        `...` fits any value.
        """
        got = self.get(expression, *causes)
        if _is_same(got, wanted):
            return
        sentence = (
            f"{self._after()}`{expression}` is {_describe(got, wanted)} and should be "
            f"{show(wanted)}"
        )
        cause = _find_cause(got, causes, wanted) or _explain_value(got, wanted)
        wrong(_join(sentence, cause))

    def refuse(self, expression: str, sentence: str) -> None:
        """Expect that an expression raises; the sentence says what it does instead."""
        try:
            got = self._look(expression)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return
        wrong(f"{self._after()}`{expression}` is {show(got)}: {sentence}")

    def wrong(self, sentence: str) -> NoReturn:
        """Fail with a sentence that begins with what ran."""
        wrong(f"{self._after()}{sentence}")

    def _look(self, expression: str) -> Any:
        return eval(compile(expression, _FILE, "eval"), self.names)

    def _attempt(
        self, act: Callable[[], Any], code: str, causes: Sequence[Cause]
    ) -> Any:
        try:
            return act()
        except (KeyboardInterrupt, Wrong):
            raise
        except BaseException as error:
            missing = self._explain_missing(code, error)
            if missing and not _find_cause(error, causes):
                wrong(f"{self._after()}{missing}")
            what = f"{self._after()}`{code}`"
            wrong(self._checker.explain(what, error, causes))

    def _explain_missing(self, code: str, error: BaseException) -> str:
        """Return what to say of `x.name` where x has no such name."""
        match = re.fullmatch(r"(.+)\.(\w+)", code)
        if not isinstance(error, AttributeError) or match is None:
            return ""
        owner, name = match.groups()
        try:
            found = self._look(owner)
        except Exception:
            return ""
        if getattr(error, "obj", None) is not found:
            return ""  # it was raised deeper, in the visitor's code
        if found is None:
            return f"`{owner}` is None. Does the method end without `return`?"
        if _to_number(found) is not None and name in ("data", "grad"):
            return (
                f"`{owner}` is {_with_kind(found)}, a plain number without `{name}`. "
                f"Wrap the result: `Value(...)`."
            )
        return f"`{owner}` is {_with_kind(found)}, and has no `{name}`."

    def _after(self) -> str:
        """Return what ran, or the end of it where that is long."""
        told: list[str] = []
        for statement in reversed(self._done):
            if told and len("; ".join([statement, *told])) > _LONGEST:
                told.insert(0, "…")
                break
            told.insert(0, statement)
        return f"After `{'; '.join(told)}`: " if told else ""


# --- for the checks -------------------------------------------------------------------


def wrong(sentence: str) -> NoReturn:
    """Fail a check with a sentence."""
    raise Wrong(sentence[:1].upper() + sentence[1:])


def inputs(value: Any) -> list[Any]:
    """Return what `_prev` holds: a tuple, a list, a set, or one thing alone."""
    held = value._prev
    return list(held) if isinstance(held, Iterable) else [held]


def is_near(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    """Return whether two numbers, or two lists of them, are equal up to rounding."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(
            is_near(x, y, tolerance) for x, y in zip(a, b, strict=True)
        )
    x, y = _to_number(a), _to_number(b)
    if x is None or y is None:
        return False
    return math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance)


def plain(thing: Any) -> Any:
    """Return a value's number; a number stays as it is."""
    return thing if _to_number(thing) is not None else getattr(thing, "data", thing)


def show(thing: Any) -> str:
    """Return a value as a sentence shows it, even if its `__repr__` raises."""
    if type(thing) is float and len(repr(thing)) > 12:
        return f"{thing:.10g}"  # rounding errors tell a visitor nothing
    try:
        text = repr(thing)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"a {type(thing).__name__} whose __repr__ raises {type(error).__name__}"
    return _cut(" ".join(text.split()))


# --- comparing ------------------------------------------------------------------------


def _to_number(thing: Any) -> float | None:
    """Return a plain or a NumPy number as a float, and None for anything else."""
    is_numpy = type(thing).__module__ == "numpy" and hasattr(thing, "__float__")
    if not isinstance(thing, (int, float)) and not is_numpy:
        return None
    try:
        return float(thing)
    except (TypeError, ValueError, OverflowError):
        return None


def _is_same(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, (list, tuple)):
        return is_near(got, wanted)
    if isinstance(wanted, bool) or wanted is None:
        return got is wanted
    if isinstance(wanted, (int, float)):
        return is_near(got, wanted)
    return type(got) is type(wanted) and bool(got == wanted)


def _find_cause(got: Any, causes: Sequence[Cause], wanted: Any = None) -> str:
    """Return the sentence of the first cause that fits a result or an exception."""
    is_error = isinstance(got, BaseException) and not isinstance(wanted, BaseException)
    for key, sentence in causes:
        if isinstance(key, type) and issubclass(key, BaseException):
            fits = is_error and isinstance(got, key)
        elif is_error:
            fits = isinstance(key, str) and key in str(got)
        elif key is ...:
            fits = True
        elif callable(key):
            fits = _holds(key, got)
        else:
            fits = _is_same(got, key)
        if fits:
            return sentence
    return ""


def _holds(predicate: Callable[[Any], object], got: Any) -> bool:
    try:
        return bool(predicate(got))
    except Exception:
        return False


# --- words ----------------------------------------------------------------------------


def _explain_value(got: Any, wanted: Any) -> str:
    """Return a cause that fits whatever the lesson is about."""
    if got is None:
        return "a function without `return` gives None."
    if isinstance(wanted, (int, float)) and _to_number(got) is None:
        if isinstance(got, (FunctionType, MethodType)):
            return "that is a function. Are its parentheses missing?"
        if hasattr(got, "data"):
            return "it should be a plain number. Is there a `.data` missing?"
    return ""


_ERRORS: list[tuple[type[BaseException], str, str]] = [
    (
        RecursionError,
        "",
        "the function calls itself again and again. What should end that?",
    ),
    (
        NameError,
        r"'(math|random)'",
        "`import {0}` is missing at the top.",
    ),
    (
        NameError,
        r"'(\w+)'",
        "nothing is called `{0}` there. Is the name spelled alike in both places?",
    ),
    (
        AttributeError,
        r"'(?:int|float)' object has no attribute '(\w+)'",
        "a plain number has no `{0}`. Should it be wrapped in `Value(...)` first?",
    ),
    (
        AttributeError,
        r"'NoneType' object has no attribute",
        "something is None there. Does a method end without `return`?",
    ),
    (
        TypeError,
        r"'NoneType' object is not callable",
        "something that should be a function is None.",
    ),
    (
        TypeError,
        r"'NoneType'",
        "something is None there. Does a method end without `return`?",
    ),
    (
        TypeError,
        r"takes (\d+) positional arguments? but",
        "does the `def` list all its arguments, with `self` first?",
    ),
    (
        SystemExit,
        "",
        "leave `exit()` out, because it ends the program.",
    ),
]


def _explain_error(error: BaseException) -> str:
    for kind, pattern, sentence in _ERRORS:
        match = re.search(pattern, _text_of(error))
        if isinstance(error, kind) and match:
            return sentence.format(*match.groups())
    return ""


def _name_error(error: BaseException) -> str:
    text = _cut(_text_of(error), 2 * _LONGEST)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text_of(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:
        return ""


def _describe(got: Any, wanted: Any) -> str:
    is_other_kind = _to_number(got) is None and isinstance(wanted, (int, float))
    return _with_kind(got) if is_other_kind else show(got)


def _with_kind(thing: Any) -> str:
    """Return a value and its type, such as `3 (an int)`."""
    if thing is None:
        return "None"
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    kind = type(thing).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    return f"{show(thing)} ({article} {kind})"


def _join(sentence: str, cause: str) -> str:
    if not cause:
        return f"{sentence}."
    return f"{sentence}: {cause}"


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _without_comments(source: str) -> str:
    """Return code without its comments; code that can't be read stays as it is."""
    try:
        return " ".join(_words_of(source))
    except (SyntaxError, tokenize.TokenError):
        return source


def _words_of(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            yield token.string


class _Nowhere(io.TextIOBase):
    """A stream that keeps nothing: what is printed while checks run."""

    def write(self, text: str) -> int:
        return len(text)
