"""Checks survive whatever a namespace holds, and leave it as it was."""

from __future__ import annotations

import random

import pytest

from lab.checking import check
from lab.lesson import list_lessons

STEPS = list_lessons()
VALUE = """
class Value:
    def __init__(self, data):
        self.data = data
"""


def answer(checks, code="", **names):
    namespace = {"__name__": "__main__"} | names
    exec(compile(code, "cell", "exec"), namespace)
    return check(checks, namespace, code)


# --- what a sentence says -------------------------------------------------------------


def test_wrong_number_is_said_with_the_code_the_truth_and_the_cause():
    checks = """
t = trying("a = 3.0", "b = a + 1")
t.expect("b", 5.0, (4.0, "one is missing."), (..., "no idea."))
"""
    sentence = (
        "After `a = 3.0; b = a + 1`: `b` is 4.0 and should be 5.0: one is missing."
    )
    assert answer(checks).sentence == sentence


def test_number_without_a_known_cause_is_said_all_the_same():
    checks = 't = trying("a = 3.0")\nt.expect("a", 5.0, (4.0, "one is missing."))'
    assert answer(checks).sentence == "After `a = 3.0`: `a` is 3.0 and should be 5.0."


def test_exception_is_said_with_the_visitors_own_line():
    code = "def f(x):\n    y = x + 1\n    return y / 0\n"
    verdict = answer('trying("f(2)")', code)
    assert not verdict.passed
    assert verdict.sentence == (
        "`f(2)` raises ZeroDivisionError: division by zero, in your line 3 "
        "(`return y / 0`)."
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(): return g()", "nothing is called `g` there"),
        ("def f(): return math.pi", "`import math` is missing at the top"),
        ("def f(): return (2).data", "a plain number has no `data`"),
        ("def f(): return None + 1", "Does a method end without `return`?"),
        ("def f(g=None): return g()", "something that should be a function is None"),
        ("def f(): return f()", "calls itself again and again"),
        ("def f(): exit()", "leave `exit()` out"),
        ("def f(x): pass", "raises TypeError: f() missing 1 required"),
        ("def f(): raise ValueError", "`f()` raises ValueError, in your line 1"),
        ("def f(): raise BaseException('all')", "`f()` raises BaseException: all"),
    ],
)
def test_exception_has_a_cause_in_words(code, said):
    verdict = answer('trying("f()")', code)
    assert not verdict.passed
    assert said in verdict.sentence


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        ("None", "`x` is None and should be 2.0: a function without `return`"),
        ("print", "`x` is <built-in function print>"),
        ("(lambda: 2)", "that is a function. Are its parentheses missing?"),
        ("Value(2.0)", "(a Value) and should be 2.0: it should be a plain number"),
        ("'2'", "`x` is '2' (a str) and should be 2.0"),
        ("[2.0]", "`x` is [2.0] (a list) and should be 2.0"),
        ("1e400", "`x` is inf and should be 2.0"),
        ("float('nan')", "`x` is nan and should be 2.0"),
        ("10**400", "(an int) and should be 2.0"),
    ],
)
def test_thing_of_another_kind_is_named(thing, said):
    verdict = answer(f'trying("x = {thing}").expect("x", 2.0)', VALUE)
    assert not verdict.passed
    assert said in verdict.sentence


def test_numbers_of_other_types_are_numbers():
    numpy = pytest.importorskip("numpy")
    checks = 'for x in ("n", "i", "t"): trying().expect(x, 1.0)'
    assert answer(checks, n=numpy.float64(1), i=1, t=True).passed


def test_long_values_and_long_setups_are_cut():
    checks = """
long = "d = [k for k in range(1000) if k % 2]"
t = trying("a = 'x' * 1000", long, "b = 1", long, "c = 2")
t.expect("a", 1.0)
"""
    sentence = answer(checks).sentence
    assert sentence.startswith("After `…; b = 1; d = ") and "…" in sentence[20:]
    assert len(sentence) < 300


# --- nothing changes ------------------------------------------------------------------


def test_nothing_is_assigned_and_random_goes_on_where_it_was():
    checks = 'random.seed(1)\nt = trying("a = 5", "b = 6")\nt.expect("a + b", 11)'
    random.seed(99)
    wanted = random.random()
    random.seed(99)
    namespace = {"a": 1}
    assert check(checks, namespace, "").passed
    assert namespace == {"a": 1}
    assert random.random() == wanted


def test_what_the_code_prints_while_it_is_checked_is_dropped(capsys):
    code = "def f():\n    for _ in range(1000): print('loud')\n    return 1"
    assert answer('trying().expect("f()", 1)', code).passed
    assert capsys.readouterr().out == ""


def test_stop_is_not_caught():
    with pytest.raises(KeyboardInterrupt):
        answer('trying("f()")', "def f(): raise KeyboardInterrupt")


def test_comments_are_not_taken_for_code():
    checks = 'wrong("+=") if writes(r"grad \\+=") else wrong("none")'
    code = "x = 1  # self.grad += 1"
    assert answer(checks, code).sentence == "None"
    assert check(checks, {}, "self.grad += 1").sentence == "+="
    assert check(checks, {}, "self.grad += (").sentence == "+="  # can't be read


# --- odd namespaces, every lesson -----------------------------------------------------

ODD = {
    "empty": "",
    "names that are numbers": """
Value = f = slope = Neuron = Layer = MLP = long_tanh = train = hinge = 3
squared_loss = objective = learning_rate = accuracy = losses = labels = L = a = 3
""",
    "a repr that raises": """
class Value:
    def __init__(self, *arguments):
        self.data = self.grad = self._op = self
        self._prev = [self]
    def __repr__(self):
        raise ZeroDivisionError
    def __add__(self, other):
        return Value()
    __mul__ = __radd__ = __rmul__ = __add__
f = slope = Neuron = Layer = MLP = lambda *arguments: Value()
long_tanh = squared_loss = train = hinge = objective = f
""",
    "everything is None": """
class Value:
    def __init__(self, *arguments): pass
    def __getattr__(self, name): return lambda *arguments: None
    def __call__(self, *arguments): pass
    def __add__(self, other): pass
    __mul__ = __sub__ = __pow__ = __truediv__ = __add__
    __radd__ = __rmul__ = __rsub__ = __rtruediv__ = __add__
Neuron = Layer = MLP = Value
f = slope = long_tanh = train = hinge = objective = lambda *arguments: None
""",
    "attributes raise": """
class Value:
    def __getattribute__(self, name): raise KeyError(name)
    def __init__(self, *arguments): pass
f = slope = Neuron = Layer = MLP = long_tanh = train = hinge = Value
""",
    "a comparison that raises": """
class Value:
    def __init__(self, *arguments): self.data = self.grad = self
    def __eq__(self, other): raise TypeError("never compare")
    def __bool__(self): raise TypeError("never true")
    def __float__(self): raise TypeError("no number")
    def __add__(self, other): return self
    __mul__ = __radd__ = __rmul__ = __add__
f = slope = Neuron = Layer = MLP = long_tanh = train = hinge = lambda *_: Value()
""",
    "endless recursion": """
class Value:
    def __init__(self, *arguments): Value()
def f(*arguments): return f()
slope = Neuron = Layer = MLP = long_tanh = train = hinge = f
""",
    "the end of the program": """
class Value:
    def __init__(self, *arguments): raise SystemExit
Neuron = Layer = MLP = Value
def f(*arguments): exit()
slope = f
""",
    "builtins shadowed": """
class list: pass
class len: pass
isinstance = range = zip = sum = repr = print = type = None
""",
    "another class": "class Value(int): pass",
}


@pytest.mark.parametrize("lesson", STEPS, ids=lambda lesson: lesson.name)
@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_namespace_gets_a_sentence(code, lesson):
    verdict = answer(lesson.checks, code)
    assert not verdict.passed
    assert len(verdict.sentence) > 20
    assert verdict.sentence.isprintable()


@pytest.mark.parametrize("lesson", STEPS[:-1], ids=lambda lesson: lesson.name)
def test_names_that_the_checks_use_may_mean_something_else(lesson, run_cell):
    names = ["id", "any", "max", "abs", "next", "getattr", "check", "moongrad", "Wrong"]
    code = f"{lesson.solution}\n{' = '.join(names)} = 3\n"
    verdict = check(lesson.checks, run_cell(code, must_work=True), code)
    assert verdict.passed, verdict.sentence


def test_slotted_values_can_be_checked(run_cell):
    lesson = STEPS[1]
    code = lesson.solution.replace(
        "    def __init__", '    __slots__ = ("data",)\n\n    def __init__'
    )
    assert check(lesson.checks, run_cell(code, must_work=True), code).passed


@pytest.mark.parametrize("lesson", STEPS[1:-1], ids=lambda lesson: lesson.name)
def test_values_may_hold_numpy_numbers(lesson, run_cell):
    pytest.importorskip("numpy")
    code = "from numpy import float64\n\n" + lesson.solution
    code = code.replace("self.data = data", "self.data = float64(data)")
    verdict = check(lesson.checks, run_cell(code, must_work=True), code)
    assert verdict.passed, verdict.sentence
