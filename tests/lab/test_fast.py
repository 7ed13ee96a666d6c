"""Visitors' own engines, compiled; and what is said where they can't be."""

from __future__ import annotations

import math
import random

import micrograd.engine
import micrograd.nn
import pytest
from tests.lab.cells import Desk
from tests.lab.visitor import ENGINE

import moongrad
from lab import fast
from lab.operations import TranslationError
from moongrad import SGD

SUBTRACT = """
    def __sub__(self, other):
        return self._make(self.data - other.data, '-', (self, 1.0), (other, -1.0))
    def __truediv__(self, other):
        return self._make(
            self.data / other.data, '/',
            (self, 1 / other.data), (other, -self.data / other.data**2),
        )
    def __neg__(self):
        return self._make(-self.data, 'neg', (self, -1.0))
"""
OWN_OPERATORS = ENGINE.replace("    def relu", f"{SUBTRACT}\n    def relu", 1)
TUPLES = OWN_OPERATORS.replace("set(_children)", "tuple(_children)")


def make(source):
    namespace = {}
    exec(source, namespace)
    return namespace["Value"]


def rows(n, width):
    chance = random.Random(n)
    return [[chance.uniform(-2, 2) for _ in range(width)] for _ in range(n)]


FUNCTIONS = [
    lambda a, b, x: a * x + b,
    lambda a, b, x: a + a + x * x + b * b,
    lambda a, b, x: (a * x + b).tanh() + (b + 3 * x).relu(),
    lambda a, b, x: (a * x).exp() / (b + (x * x) + 4) - 2 * x,
    lambda a, b, x: 1 - (a * x + b) ** 3 + (x**2 + a + 2) ** -0.5 - b,
    lambda a, b, x: ((a * x).exp() - (b * -x).exp()) / ((a * x).exp() + (b * x).exp()),
    lambda a, b, x: -(a - b) + (x - a) / (b + 9 - x) + a / 2 - a / (x - x + 4),
    lambda a, b, x: ((a * a + b * b + 1).log() * x).tanh(),
]


@pytest.mark.parametrize("fn", FUNCTIONS, ids=range(len(FUNCTIONS)))
@pytest.mark.parametrize("source", [ENGINE, OWN_OPERATORS, TUPLES], ids=range(3))
def test_a_visitors_function_is_compiled(source, fn):
    value = make(source)
    if source != ENGINE:  # there every operand is a value
        wrap = value.__sub__, value.__truediv__

        def widen(method):
            return lambda s, o: method(s, o if isinstance(o, value) else value(o))

        value.__sub__, value.__truediv__ = map(widen, wrap)
        value.__rsub__ = lambda s, o: value(o) - s
    a, b = value(0.75), value(-0.5)
    kernel = fast.compile(lambda x: fn(a, b, x), [a, b], 1)
    assert kernel.backend == "wasm"
    data = rows(20, 1)
    expected = []
    for (x,) in data:
        out = fn(a, b, value(x))
        out.backward()
        expected.append(out.data)
    grads = [p.grad / len(data) for p in (a, b)]
    assert kernel.forward(data) == pytest.approx(expected, rel=1e-9)
    a.grad = b.grad = 0.0
    assert kernel.backward(data) == pytest.approx(sum(expected) / 20, rel=1e-9)
    assert [a.grad, b.grad] == pytest.approx(grads, rel=1e-9)


def test_micrograds_own_values_are_compiled():
    random.seed(3)
    model = micrograd.nn.MLP(2, [4, 1])

    def loss(x, y, label):
        return (1 + -label * model([x, y])).relu()

    data = [[x, y, math.copysign(1, x)] for x, y in rows(30, 2)]
    kernel = fast.compile(loss, model.parameters(), 3)
    losses = [loss(*map(micrograd.engine.Value, row)).data for row in data]
    assert kernel.forward(data) == pytest.approx(losses, rel=1e-9)
    history = kernel.fit(data, 20, SGD(0.5))
    assert history[0] == pytest.approx(sum(losses) / 30)
    assert history[-1] < history[0]
    after = [loss(*map(micrograd.engine.Value, row)).data for row in data]
    assert sum(after) / 30 == pytest.approx(kernel.backward(data))
    assert after != losses


def test_values_of_ours_are_compiled_as_ever():
    w = moongrad.Value(3.0)
    assert fast.compile(lambda x: w * x, [w], 1).forward([[2.0]]) == [6.0]


def test_gradients_stay_as_they_were():
    value = make(ENGINE)
    a = value(2.0)
    a.grad = 7.0
    fast.compile(lambda x: a * x, [a], 1)
    assert (a.data, a.grad) == (2.0, 7.0)


def test_a_long_sum_is_no_matter_of_depth():
    value = make(TUPLES.replace("def build(v)", "def build_(v)"))
    a = value(1.0)

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            v, is_done = stack.pop()
            if is_done:
                order.append(v)
            elif v not in seen:
                seen.add(v)
                stack += [(v, True), *((c, False) for c in v._prev)]
        self.grad = 1.0
        for v in reversed(order):
            v._backward()

    value.backward = backward

    def add_often(x):
        total = x
        for _ in range(3000):
            total = total + a
        return total

    assert fast.compile(add_often, [a], 1).forward([[0.5]]) == [3000.5]


# --- what is lacking ------------------------------------------------------------------


def say(source, fn=lambda a, x: (a * x).relu() + a, change=None):
    value = make(source)
    if change:
        change(value)
    a = value(0.75)
    with pytest.raises(TranslationError) as raised:
        fast.compile(lambda x: fn(a, x), [a], 1)
    return str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("self._op = _op", "pass", "Value has no _op: without it nothing can know"),
        ("self._op = _op", "self._op = ''", "has an empty _op"),
        ("self._prev = set(_children)", "pass", "Value has no _prev"),
        ("self.data = data", "self.x = data", "Value has no data"),
        ("'*'", "'+'", "says that '+' made it"),
        ("'ReLU'", "'bend'", "The operation 'bend' of 1 value isn’t one"),
        ("value.grad += slope", "value.grad = slope", "gives parameter 0 the gradient"),
        ("def backward", "def back", "has no backward()"),
        ("set(_children)", "set(list(_children)[:1])", "says that '*' made it"),
        ("set(_children)", "set()", "Parameter 0 of 1 isn’t used by the function"),
    ],
)
def test_what_an_engine_lacks_is_said(old, new, part):
    assert part in say(ENGINE.replace(old, new))


def test_a_power_without_its_exponent_is_said():
    source = ENGINE.replace("f'**{k}'", "'**'")
    said = say(source, lambda a, x: a * (x * x) ** 2)
    assert said == (
        "The _op of a power is '**' alone, so the exponent isn’t known. "
        "Write f'**{exponent}'."
    )


def test_an_order_that_a_set_lost_is_said():
    said = say(OWN_OPERATORS, lambda a, x: (a + x) - (x + a))
    assert "a set, which has no order" in said
    assert "Keep _prev as a tuple" in said


def test_a_choice_by_a_number_is_noticed():
    def choose(a, x):
        return a * x if x.data > 0 else a + x

    assert "may not choose by a number" in say(ENGINE, choose)

    def read(a, x):
        return a * x + x.data

    assert "your engine gives" in say(ENGINE, read)


def test_circles_and_other_things_are_said():
    def turn(a, x):
        out = a * x
        x._prev = {out}
        out._prev = {a, x, out}
        return out

    assert "circle" in say(ENGINE, turn)
    assert "returns a float" in say(ENGINE, lambda a, x: 1.5)
    assert "isn’t used" in say(ENGINE, lambda a, x: x)
    with pytest.raises(TranslationError, match="no parameters"):
        fast.FastKernel(lambda x: x, [], 1)


# --- in a cell ------------------------------------------------------------------------


def test_a_cell_compiles_its_own_values_by_moongrad():
    desk = Desk()
    before = moongrad.compile
    desk.run(ENGINE)
    told = desk.run(
        "import moongrad\nw = Value(3.0)\n"
        "kernel = moongrad.compile(lambda x: w * x, [w], 1)\nkernel.forward([[2.0]])"
    )
    assert told == [{"kind": "value", "text": "[6.0]"}]
    sentence = desk.sentence("moongrad.compile(lambda x: x * 2, [w], 1)")
    assert "Parameter 0 of 1 isn’t used by the function" in sentence
    assert moongrad.compile is before
