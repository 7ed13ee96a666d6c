"""Cells as they are run: values, prints, errors and figures, good and bad."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from types import ModuleType

import pytest
from tests.lab.cells import Desk

from lab.output import MAX_CHARACTERS, MAX_LINES
from lab.session import Session
from lab.telling import MAX_PICTURES, find_desk

VALUE = """
class Value:
    def __init__(self, data, _children=(), _op='', label=''):
        self.data = data
        self._prev = set(_children)
        self._op = _op
        self.label = label
    def __repr__(self):
        return f"Value(data={self.data})"
    def __add__(self, other):
        return Value(self.data + other.data, (self, other), '+')
    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), '*')
"""


@pytest.fixture
def desk():
    return Desk()


# --- what a cell shows ----------------------------------------------------------------


def test_the_value_of_the_last_line_is_told(desk):
    assert desk.run("a = 2\na * 21") == [{"kind": "value", "text": "42"}]
    assert desk.run("'text'") == [{"kind": "value", "text": "'text'"}]
    assert desk.run("None") == desk.run("a = 3") == desk.run("") == []
    assert desk.is_good


def test_cells_share_one_namespace_and_are_main(desk):
    desk.run("def f():\n    return __name__")
    assert desk.run("f()") == [{"kind": "value", "text": "'__main__'"}]
    desk.run("import sys\nmine = sys.modules['__main__'].f is f")
    assert desk.session.namespace["mine"] is True


def test_a_run_leaves_the_streams_and_modules_as_they_were(desk):
    before = sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"]
    desk.run("import io, sys\nsys.stdout = io.StringIO()\nprint('lost')\n1 / 0")
    assert (sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"]) == before
    assert desk.printed("print('here')") == "here\n"


def test_prints_and_values_come_in_order(desk):
    told = desk.run("import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\n4")
    assert [(m["kind"], m.get("stream"), m["text"]) for m in told] == [
        ("text", "out", "1\n"),
        ("text", "err", "2\n"),
        ("text", "out", "3\n"),
        ("value", None, "4"),
    ]


def test_a_line_is_told_before_a_long_computation(desk):
    seen = []
    session = Session(lambda message: seen.append(message["text"]))
    session.namespace["look"] = lambda: list(seen)
    session.run("cell 1", "for k in range(3):\n    print(k)\nlooked = look()")
    assert "".join(session.namespace["looked"]) == "0\n1\n2\n"


def test_a_million_prints_are_cut_with_one_notice(desk):
    told = desk.run("for k in range(1_000_000):\n    print(k)\nk")
    out = "".join(m["text"] for m in told if m.get("stream") == "out")
    (notice,) = [m["text"] for m in told if m.get("stream") == "err"]
    assert out.count("\n") == MAX_LINES
    assert out.startswith("0\n1\n2\n")
    assert "the rest isn’t shown" in notice
    assert told[-1] == {"kind": "value", "text": "999999"}
    assert len(told) < 600


def test_what_is_printed_takes_bounded_memory(desk):
    tracemalloc.start()
    try:
        desk.run("for k in range(50_000):\n    print('x' * 1000)")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3e6


def test_one_print_of_millions_of_characters_is_cut(desk):
    told = desk.run("print('x' * 10_000_000)")
    assert len(told[0]["text"]) == MAX_CHARACTERS
    assert told[1]["text"].startswith("\nMore than")
    assert desk.printed("print('again')") == "again\n"  # each run has its own limit


def test_printing_is_not_much_slower_than_a_list(desk):
    def measure(source):
        started = time.perf_counter()
        desk.run(source)
        return time.perf_counter() - started

    plain = measure("for k in range(200_000):\n    str(k), str(k)")
    assert measure("for k in range(200_000):\n    print(k)") < 20 * plain


def test_a_long_value_is_cut(desk):
    (told,) = desk.run("list(range(100_000))")
    assert len(told["text"]) < 21_000
    assert "688,890 characters" in told["text"]


# --- graphs ---------------------------------------------------------------------------


def test_the_graph_of_a_visitors_value_is_told(desk):
    told = desk.run(
        f"{VALUE}\na = Value(2.0, label='a')\nb = Value(-3.0, label='b')\na * b + a"
    )
    assert [m["kind"] for m in told] == ["value", "graph"]
    assert told[0]["text"] == "Value(data=-4.0)"
    dot, text = told[1]["dot"], told[1]["text"]
    assert dot.count("shape=record") == 4
    assert dot.count("shape=circle") == 2
    assert "a | data 2.0000" in dot
    assert "grad" not in dot
    assert text == (
        "The graph of this value has 4 values: 2 given (a, b), 2 computed (1 × +, "
        "1 × *)."
    )


def test_values_of_moongrad_look_as_moongrad_draws_them(desk):
    from moongrad import Value
    from moongrad.graph import to_dot

    a, b = Value(2.0, label="a{b}"), Value(-3.0)
    root = (a * b + a).tanh() ** 2 + a + a
    root.backward()
    desk.session.namespace["root"] = root
    assert desk.only("root", "graph")["dot"] == to_dot(root)


def test_a_graph_of_thousands_is_drawn_in_part(desk):
    source = f"{VALUE}\nt = Value(0.0)\nfor k in range(5000):\n    t = t + Value(k)\nt"
    graph = desk.only(source, "graph")
    assert "10,001 values, too many to draw" in graph["text"]
    assert 100 < graph["dot"].count("shape=record") <= 150
    assert "…" in graph["dot"]


def test_a_graph_with_a_circle_is_drawn_and_said(desk):
    graph = desk.only(f"{VALUE}\na = Value(1.0)\na._prev = {{a}}\na", "graph")
    assert "a value is among its own inputs" in graph["text"]
    both = f"{VALUE}\na, b = Value(1), Value(2)\na._prev = {{b}}\nb._prev = {{a}}\na"
    assert "circle" in desk.only(both, "graph")["text"]
    fine = f"{VALUE}\na = Value(1)\nb = a + a\nb + a + b"
    assert "circle" not in desk.only(fine, "graph")["text"]


@pytest.mark.parametrize(
    "change",
    [
        "a._prev = (1, 'x', None)",
        "a.data = 'seven'",
        "a.data = [1, 2]",
        "a.label = 7",
        "a._op = None; a._prev = [a2]",
        "a.data = float('nan'); a.grad = 10**400",
        "a.label = 'q\\n\"{|}<>\\\\'",
        "a.grad = 'none'",
    ],
)
def test_odd_values_have_a_graph_all_the_same(desk, change):
    source = f"{VALUE}\na, a2 = Value(1.0), Value(2.0)\n{change}\na"
    dot = desk.only(source, "graph")["dot"]
    assert desk.is_good
    assert dot.count("{") - dot.count("\\{") == 1


@pytest.mark.parametrize(
    "source",
    [
        f"{VALUE}\nValue",
        f"{VALUE}\na = Value(1)\na._prev = None\na",
        "class Odd:\n    def __getattr__(self, name):\n        raise KeyError\nOdd()",
        "class Odd:\n    data = _prev = 1\nOdd()",
    ],
)
def test_what_has_no_graph_has_a_value_only(desk, source):
    assert [m["kind"] for m in desk.run(source)] == ["value"]


def test_values_that_are_equal_or_cannot_be_hashed_are_drawn_apart(desk):
    odd = f"{VALUE}\nValue.__eq__ = lambda a, b: True\nValue.__hash__ = None\n"
    odd += "Value.__init__.__defaults__\nclass List(list): pass\n"
    odd += "a, b = Value(1.0), Value(1.0)\nc = Value(2.0)\nc._prev = [a, b]\nc"
    assert desk.only(odd, "graph")["dot"].count("shape=record") == 3


# --- errors ---------------------------------------------------------------------------


def test_an_error_has_the_visitors_lines_only(desk):
    desk.run("def f(x):\n    return 1 / x", name="cell 1")
    told = desk.run("a = 1\n\nf(a - a)", name="cell 2")
    (error,) = told
    assert error["line"] == 3
    assert 'File "cell 1", line 2, in f\n    return 1 / x' in error["text"]
    assert 'File "cell 2", line 3, in <module>\n    f(a - a)' in error["text"]
    assert "session.py" not in error["text"]
    assert error["text"].endswith("ZeroDivisionError: division by zero\n")


def test_lines_of_libraries_are_cut(desk):
    error = desk.error("import json\nx = 1\njson.loads('{')")
    assert error["line"] == 3
    assert "json/decoder" not in error["text"]
    assert "JSONDecodeError" in error["text"]
    error = desk.error("from moongrad import Value\nValue(1.0) ** Value(2.0)")
    assert "engine.py" not in error["text"]
    assert "Use exp and log" in error["sentence"]


def test_the_line_is_the_innermost_one_of_the_cell(desk):
    assert desk.error("def f():\n    return 1 / 0\n\nf()")["line"] == 2


def test_what_caused_an_error_is_cut_too(desk):
    error = desk.error(
        "import json\ntry:\n    json.loads('{')\nexcept ValueError as e:\n"
        "    raise RuntimeError('no data') from e"
    )
    assert "decoder" not in error["text"].replace("json.decoder.JSONDecodeError", "")
    assert "direct cause" in error["text"]
    assert error["line"] == 5


SENTENCES = [
    ("if True:\n\tx = 1\n        y = 2", "mixes tabs and spaces"),
    ("if True:\n        x = 1\n\ty = 2", "Line 3 mixes tabs and spaces"),
    ("def f():\nreturn 1", "should be indented"),
    ("x = 1\n    y = 2", "Line 2 is indented more"),
    ("if 1:\n        a = 1\n    b = 2", "no block begins"),
    ("f(1, (2, 3)", "opens a ( that is never closed"),
    ("x = 1)", "closes a ) that was never opened"),
    ("def f(x)\n    return x", "needs a colon"),
    ("x = 'a", "closing quotation mark"),
    ("if x = 1:\n    pass", "Write == to compare"),
    ("return 1", "belongs into a function"),
    ("x = 1\0", "a character that Python doesn’t know"),
    ("%timeit 1", "command of Jupyter"),
    ("!pip install torch", "command of Jupyter"),
    ("x = = 1", "can’t read line 1"),
    ("(" * 300 + ")" * 300, "nested too deeply"),
    ("value = 1\nvaleu", "Did you mean value?"),
    ("Math = 1\nnonsense", "Nothing is called nonsense yet"),
    ("math.exp(1)", "Write import math first"),
    ("np.zeros(2)", "import numpy as np"),
    ("x = 1\ndef f():\n    x += 1\nf()", "a name of the function’s own"),
    (
        "class V:\n    def __init__(self):\n        self.data = 1\n"
        "    def f(self):\n        return data\nV().f()",
        "Did you mean self.data?",
    ),
    ("None.data", "is None"),
    ("(2.0).data", "is a plain number"),
    ("class V:\n    weight = 1\nV().wieght", "Did you mean weight?"),
    ("import math\nmath.expp", "Did you mean exp?"),
    ("import nothing", "There’s no nothing here. What there is: Python’s standard lib"),
    ("from moongrad.nn.none import f", "This page’s moongrad has no"),
    ("from math import tan_h", "Did you mean tanh?"),
    ("import moongrad.torch", "This page’s moongrad has no"),
    (f"{VALUE}\nValue(1) - Value(2)", "needs a method __sub__ in Value"),
    (f"{VALUE}\n2 * Value(2)", "asks Value for __rmul__"),
    (f"{VALUE}\n-Value(2)", "needs a method __neg__ in Value"),
    ("[1] + None", "only to another"),
    ("1.0 + None", "is None"),
    ("f = None\nf()", "f() instead of f"),
    ("a = 2\na(3)", "Is a * missing"),
    (
        "class V:\n    def f():\n        pass\nV().f()",
        "first parameter of every method",
    ),
    ("def f(a, b):\n    pass\nf(1)", "wasn’t given 'b'"),
    ("for k in 7:\n    pass", "isn’t a list"),
    ("class V:\n    def __eq__(self, o):\n        return 1\n{V()}", "define __hash__"),
    ("1 / 0", "divided by 0"),
    ("import math\nmath.exp(1000)", "larger than any float"),
    ("import math\nmath.log(-1)", "no result for this number"),
    ("a, b = 1, 2, 3", "more names on the left"),
    ("[1][3]", "first one has the number 0"),
    ("{}[1]", "no such key"),
    ("assert 1 == 2", "states isn’t so"),
    ("def f(n):\n    return f(n + 1)\nf(0)", "calls itself too often"),
    ("[0] * 10**15", "no memory left"),
    ("[0] * 10**30", "no memory left"),
    ("input('name? ')", "there’s no keyboard"),
    ("import sys\nsys.stdin.read()", "there’s no keyboard"),
    ("for line in open(0, closefd=False) if 0 else input():\n    pass", "no keyboard"),
    ("open('points.csv')", "can’t be reached"),
    ("raise KeyboardInterrupt", "was stopped"),
    ("raise RuntimeError('so it is')", "RuntimeError: so it is"),
    ("raise GeneratorExit", "ended with GeneratorExit"),
    ("print(10**5000)", "Exceeds the limit"),
]


@pytest.mark.parametrize(("source", "part"), SENTENCES)
def test_an_error_has_a_sentence(desk, source, part):
    assert part in desk.sentence(source)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("sqlite3", "sqlite3 belongs to the standard library, but this page leaves it"),
        ("micrograd", "write from moongrad import Value, MLP"),
        ("numpy.random", "Use Python’s module random"),
    ],
)
def test_an_import_of_what_pages_lack_is_explained(desk, monkeypatch, name, part):
    monkeypatch.setitem(sys.modules, name, None)
    assert part in desk.sentence(f"import {name}")


@pytest.mark.parametrize(
    "source",
    [
        "class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E",
        "class E(Exception):\n    def __repr__(self):\n        1 / 0\nraise E(1)",
        "class M(type):\n    @property\n    def __name__(self):\n        1 / 0\n"
        "class E(Exception, metaclass=M):\n    pass\nraise E",
        "class E(Exception):\n    def __getattribute__(self, name):\n        1 / 0\n"
        "raise E",
        "class E(NameError):\n    name = property(lambda self: 1 / 0)\nraise E",
        "class E(BaseException):\n    pass\nraise E('x' * 10**6)",
        "def f():\n    try:\n        f()\n    finally:\n        f\nf()",
        "def a():\n    b()\ndef b():\n    a()\na()",
        "e = ValueError()\ne.__cause__ = e\nraise e",
        "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])",
        "raise SyntaxError",
        "raise SyntaxError('x', ('cell 1', None, None, None))",
        "raise SyntaxError('x', ('other', 10**9, 10**9, 'x' * 10**5))",
        "'\\ud800' + open",
        "x = 1\n# \ud800",
        "exec('x = = 1')",
        "eval('1 / 0')",
        "import warnings\nwarnings.warn_explicit(1, 2, 3, 4)",
    ],
)
def test_no_error_is_too_odd_to_be_told(desk, source):
    error = desk.error(source)
    assert len(error["text"]) < 8000
    assert desk.run("1 + 1") == [{"kind": "value", "text": "2"}]


def test_values_whose_repr_raises_are_an_error_of_their_line(desk):
    source = "class V:\n    def __repr__(self):\n        return 1 / 0\nV()"
    assert desk.error(source)["line"] == 3
    assert desk.error("print(V())")["line"] is not None
    assert (
        "returned non-string"
        in desk.error("class W:\n    def __repr__(self):\n        return 1\nW()")[
            "sentence"
        ]
    )


def test_names_that_shadow_builtins_break_nothing(desk):
    names = "list dict str repr len print Exception BaseException isinstance type set"
    shadow = "\n".join(f"class {name}: pass" for name in names.split())
    desk.run(shadow)
    assert desk.is_good
    assert desk.run("1 + 1") == [{"kind": "value", "text": "2"}]
    assert "divided by 0" in desk.sentence("1 / 0")
    assert "list" in desk.session.names()
    assert "a method __add__ in list" in desk.sentence("list() + list()")


def test_recursion_shows_a_few_lines(desk):
    error = desk.error("def a(n):\n    return b(n)\ndef b(n):\n    return a(n)\na(1)")
    assert error["text"].count("\n") < 60
    assert error["line"] in (2, 4)


def test_exits_are_quiet(desk):
    assert desk.run("import sys\nsys.exit()") == desk.run("raise SystemExit(0)") == []
    assert desk.is_good
    assert desk.printed("import sys\nsys.exit('enough')", "err") == "enough\n"
    assert not desk.is_good


def test_code_of_100_kB_runs(desk):
    source = "x = 0\n" + "x = x + 1  # and so on\n" * 4500 + "x"
    assert len(source) > 100_000
    assert desk.run(source) == [{"kind": "value", "text": "4500"}]


def test_a_line_that_notebooks_begin_with_means_what_it_says(desk):
    assert desk.run("import math\n%matplotlib inline\nmath.floor(2.5)") == [
        {"kind": "value", "text": "2"}
    ]
    assert desk.run("text = '''\n%matplotlib\n'''\ntext") == [
        {"kind": "value", "text": "'\\n%matplotlib\\n'"}
    ]


def test_nothing_runs_of_a_cell_that_can_not_be_read(desk):
    desk.run("kept = 1")
    desk.error("kept = 2\nreturn kept")
    assert desk.session.namespace["kept"] == 1


def test_dataclasses_and_strings_of_types_work(desk):
    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n    x: list[int]\nP([1])"
    )
    assert desk.run(source) == [{"kind": "value", "text": "P(x=[1])"}]


# --- completion -----------------------------------------------------------------------


def test_names_are_those_that_are_there(desk):
    desk.run("import math\nmine = _hidden = 1\nglobals()[3] = 4")
    names = desk.session.names()
    assert {"mine", "math", "print", "lambda"} <= set(names)
    assert not [name for name in names if name.startswith("_")]
    assert names == sorted(names)


def test_names_after_a_dot_are_attributes(desk):
    desk.run(f"{VALUE}\nimport math\na = Value(1.0)\nb = [a]\nc = a\nc.inner = a")
    assert "tanh" in desk.session.names("math")
    assert {"data", "label"} <= set(desk.session.names("a"))
    assert "data" in desk.session.names("c.inner")
    assert "append" in desk.session.names("b")
    assert desk.session.names("nothing") == desk.session.names("f()") == []


# --- figures --------------------------------------------------------------------------

PLOT = """
import matplotlib.pyplot as plt
plt.plot([1, 2, 4], label='mine')
plt.title('Losses')
plt.xlabel('step')
plt.ylabel('loss')
"""


def test_figures_left_open_are_shown_once(desk):
    (picture,) = desk.run(PLOT)
    assert picture["kind"] == "picture"
    assert picture["name"] is None
    assert picture["text"] == "Figure: “Losses” loss against step with mine."
    pixels, size = picture["pixels"], (picture["width"], picture["height"])
    assert len(pixels) == 4 * size[0] * size[1]
    assert len(set(bytes(pixels[: 4 * size[0] * 100]))) > 2
    assert desk.run("1") == [{"kind": "value", "text": "1"}]


def test_show_shows_at_once_and_forgets(desk):
    told = desk.run(f"{PLOT}\nplt.show()\nprint('after')\nplt.show()")
    assert [m["kind"] for m in told] == ["picture", "text"]


def test_a_figure_as_last_line_is_shown_once(desk):
    made = "from matplotlib.figure import Figure\nf = Figure()\nf.suptitle('Mine')\n"
    (told,) = desk.run(f"{made}f.add_subplot().plot([1, 2])\nf")
    assert (told["kind"], told["text"]) == ("picture", "Figure “Mine”.")
    (told,) = desk.run(f"{PLOT}\nplt.gcf()")
    assert told["kind"] == "picture"
    (told,) = desk.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])")
    assert told["kind"] == "picture"  # and no list of lines


def test_an_empty_figure_is_none(desk):
    assert desk.run("import matplotlib.pyplot as plt\nplt.figure()") == []


def test_large_and_many_figures_are_bounded(desk):
    (told,) = desk.run(
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(200, 100), dpi=300)\n"
        "plt.plot([1, 2])"
    )
    assert max(told["width"], told["height"]) <= 1600
    told = desk.run(
        "import matplotlib.pyplot as plt\n"
        f"for k in range({MAX_PICTURES + 5}):\n"
        "    plt.figure(figsize=(0.5, 0.5))\n    plt.axes([0, 0, 1, 1])\n    plt.show()"
    )
    assert sum(m["kind"] == "picture" for m in told) == MAX_PICTURES
    assert [m["text"] for m in told if m["kind"] == "text"] == [
        f"Only the first {MAX_PICTURES} figures are shown.\n"
    ]


def test_a_figure_that_can_not_be_drawn_is_an_error(desk):
    error = desk.error(f"{PLOT}\nplt.title('$x_{{$')")
    assert "Parse" in error["text"]
    assert desk.run("1") == [{"kind": "value", "text": "1"}]


def test_figures_are_shown_after_an_error_too(desk):
    assert [m["kind"] for m in desk.run(f"{PLOT}\n1 / 0")] == ["error", "picture"]


def test_only_a_session_has_a_desk(desk):
    with pytest.raises(RuntimeError, match="in a cell of the lab"):
        find_desk()


def test_a_session_starts_without_what_only_some_cells_need():
    program = """
import sys
from lab.session import Session
told = []
assert Session(told.append).run("cell 1", "1 + 1")
assert told == [{"kind": "value", "text": "2"}]
print(sorted({"moongrad", "numpy", "matplotlib", "difflib"} & set(sys.modules)))
"""
    site = Path(__file__).parents[2] / "site"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


# --- checks ---------------------------------------------------------------------------


def test_checks_see_what_cells_defined_and_print_nothing(desk, monkeypatch):
    checking = ModuleType("lab.checking")

    def check(checks, namespace, source):
        exec(checks, namespace)
        return namespace["a"], source

    checking.check = check
    monkeypatch.setitem(sys.modules, "lab.checking", checking)
    desk.run("a = 7")
    verdict = desk.session.check("cell 1", "a = 7", "print(a)\na += 1")
    assert verdict == (8, "a = 7")
    assert not [m for m in desk.messages if m["kind"] == "text"]


def test_checks_leave_no_figures_behind(desk, monkeypatch):
    checking = ModuleType("lab.checking")
    checking.check = lambda checks, namespace, source: exec(checks, namespace)
    monkeypatch.setitem(sys.modules, "lab.checking", checking)
    desk.session.check("cell 1", "", PLOT)
    assert desk.run("1") == [{"kind": "value", "text": "1"}]
