"""Tracing: what becomes a Program, what is folded, what is refused."""

from __future__ import annotations

import math
import random

import pytest

from moongrad import MLP, TraceError, Value, hinge
from moongrad.engine import Operation
from moongrad.wasm import compile, trace


def test_listing_is_readable():
    w, b = Value(3.0, label="w"), Value(1.0, label="b")
    program = trace(lambda x, y: (w * x + b - 2 * y).relu() ** 2, [w, b], 2)
    assert str(program) == (
        "program of 2 inputs, 2 parameters, 6 instructions\n"
        "  t0 = w * x0\n"
        "  t1 = t0 + b\n"
        "  t2 = 2.0 * x1\n"
        "  t3 = t1 - t2\n"
        "  t4 = ReLU(t3)\n"
        "  t5 = t4 **2\n"
        "  return t5"
    )


def test_constants_are_folded_and_dead_code_is_dropped():
    w = Value(3.0)

    def fn(x):
        unused = (w * x).exp()  # noqa: F841
        return w * x + Value(2.0) * 5

    program = trace(fn, [w], 1)
    assert program.constants == (10.0,)
    assert [i.operation.symbol for i in program.instructions] == ["*", "+"]


def test_program_runs_as_the_engine_does():
    rng = random.Random(3)
    model = MLP(2, [5, 4, 1], rng=rng, activation="tanh")
    parameters = model.parameters()
    program = trace(lambda x, y, t: hinge(model([x, y]), t), parameters, 3)
    row = [0.3, -0.8, -1.0]
    loss = hinge(model(row[:2]), row[2])
    loss.backward()
    numbers = [p.data for p in parameters]
    assert program.run(row, numbers) == [loss.data]
    assert program.gradient(row, numbers) == [p.grad for p in parameters]


def test_standard_network_is_985_instructions_or_fewer():
    model = MLP(2, [16, 16, 1])
    program = trace(lambda x, y: model([x, y]), model.parameters(), 2)
    assert len(program.instructions) == 2 * (32 + 256 + 16) + 32


def test_parameters_keep_their_kind_and_number():
    w = Value(3.0)
    trace(lambda x: w * x, [w], 1)
    assert type(w) is Value
    assert w.data == 3.0
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: w * x * (1 / 0), [w], 1)
    assert type(w) is Value


def _choose(x):
    if x > 0:
        return x
    return -x


def _count(x):
    total = x
    while x:
        total = total + x
    return total


@pytest.mark.parametrize(
    ("fn", "advice"),
    [
        (_choose, "cannot be compared. Use relu for a choice"),
        (_count, "if and while cannot ask it. Use relu"),
        (lambda x: Value(float(x)), r"float\(\) has no number to give"),
        (lambda x: x * x.data, "no data. Use Value operations"),
        (lambda x: x * int(x), r"int\(\) has no number"),
        (lambda x: max(x, 0), "cannot be compared"),
        (lambda x: x if x == 1 else -x, "equal to nothing. Use relu for a choice"),
        (lambda x: x if x in (1, 2) else -x, "equal to nothing"),
        (abs, r"abs\(\) cannot ask it"),
        (lambda x: (x * 2).data, "no data"),
    ],
)
def test_asking_for_the_number_says_what_to_use(fn, advice):
    with pytest.raises(TraceError, match=advice):
        trace(fn, [], 1)


def test_parameters_cannot_be_read_or_assigned_either():
    w = Value(1.0)

    def assign(x):
        w.data = 2.0
        return w * x

    with pytest.raises(TraceError, match="no data"):
        trace(lambda x: x * w.data, [w], 1)
    with pytest.raises(TraceError, match="cannot be assigned"):
        trace(assign, [w], 1)
    assert w.data == 1.0


@pytest.mark.parametrize(
    ("fn", "params", "kind", "message"),
    [
        (lambda x: x, [Value(1.0)], ValueError, r"parameter 0 \(p0\) is used by no"),
        (
            lambda x: 3.0,
            [],
            TypeError,
            "returns a Value or a tuple of Values, got float",
        ),
        (lambda x: None, [], TypeError, "got NoneType"),
        (lambda x: (), [], TypeError, "got nothing"),
        (lambda x: x, [1.0], TypeError, "needs Values as parameters, got float at 0"),
    ],
)
def test_what_makes_no_program(fn, params, kind, message):
    with pytest.raises(kind, match=message):
        trace(fn, params, 1)


def test_value_made_from_a_parameter_beforehand_is_refused():
    w = Value(3.0)
    doubled = w * 2
    with pytest.raises(ValueError, match="before compile called the function, so its"):
        trace(lambda x: doubled * x + w, [w], 1)


def test_repeated_parameter():
    w = Value(1.0)
    with pytest.raises(ValueError, match="same parameter twice, at 0 and 1"):
        trace(lambda x: w * x, [w, w], 1)


def test_own_operation_without_code_needs_python():
    cube = Operation("cube", lambda a: a**3, lambda y, a: (3 * a * a,))
    with pytest.raises(ValueError, match="operation 'cube' has no WebAssembly code"):
        compile(cube, [], 1, backend="wasm")
    assert compile(cube, [], 1, backend="python").forward([[2.0]]) == [8.0]


def test_own_operation_with_code_is_compiled():
    cube = Operation(
        "cube",
        lambda a: a * a * a,
        lambda y, a: (3 * a * a,),
        "a a mul a mul",
        ("3 a mul a mul",),
    )
    w = Value(2.0)
    kernel = compile(lambda x: cube(w * x), [w], 1, backend="wasm")
    assert kernel.forward([[1.5]]) == [27.0]
    kernel.backward([[1.5]])
    assert math.isclose(w.grad, 3 * 9.0 * 1.5)
