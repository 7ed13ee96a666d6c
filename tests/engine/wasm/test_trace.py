"""Tracing: programs, constant folding, errors."""

from __future__ import annotations

import math
import random

import pytest

from moongrad import MLP, TraceError, Value, hinge
from moongrad.engine import COSINE, SQRT, TANH, Operation
from moongrad.wasm import compile, trace
from moongrad.wasm.derivative import differentiate
from moongrad.wasm.program import NoCodeError


def test_listing_has_one_instruction_per_line():
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


def test_program_gives_the_results_of_the_engine():
    rng = random.Random(3)
    model = MLP(2, [5, 4, 1], rng=rng, activation="tanh")
    parameters = model.parameters()
    traced = trace(lambda x, y, t: hinge(model([x, y]), t), parameters, 3)
    program = differentiate(traced)
    row = [0.3, -0.8, -1.0]
    loss = hinge(model(row[:2]), row[2])
    loss.backward()
    numbers = [p.data for p in parameters]
    assert program.run(row, numbers) == [loss.data]
    assert program.gradient(row, numbers) == [p.grad for p in parameters]


def test_gradient_needs_a_backward_pass():
    w = Value(3.0)
    with pytest.raises(ValueError, match="has no backward pass: differentiate it"):
        trace(lambda x: w * x, [w], 1).gradient([1.0], [3.0])


@pytest.mark.parametrize("fn", [lambda x: x + "1", lambda x: "1" * x])
def test_symbols_are_not_computed_with_texts(fn):
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        trace(fn, [], 1)


def test_standard_network_has_one_instruction_per_operation():
    model = MLP(2, [16, 16, 1])
    program = trace(lambda x, y: model([x, y]), model.parameters(), 2)
    assert len(program.instructions) == 2 * (32 + 256 + 16) + 32


def test_parameters_are_values_again_after_tracing_and_after_an_error():
    w = Value(3.0)
    trace(lambda x: w * x, [w], 1)
    assert type(w) is Value
    assert w.data == 3.0
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: w * x * (1 / 0), [w], 1)
    assert type(w) is Value


def _branch(x):
    if x > 0:
        return x
    return -x


def _loop(x):
    total = x
    while x:
        total = total + x
    return total


@pytest.mark.parametrize(
    ("fn", "advice"),
    [
        (_branch, "< and > cannot compare it. Use relu for a choice"),
        (_loop, "if and while cannot test it. Use relu"),
        (lambda x: Value(float(x)), r"float\(\) cannot read it"),
        (lambda x: x * x.data, "no data. Use Value operations"),
        (lambda x: x * int(x), r"int\(\) cannot read it"),
        (lambda x: max(x, 0), "< and > cannot compare it"),
        (
            lambda x: x if x == 1 else -x,
            "== and in cannot compare it. Use relu for a choice",
        ),
        (lambda x: x if x in (1, 2) else -x, "== and in cannot compare it"),
        (abs, r"abs\(\) cannot read its sign"),
        (lambda x: x > 0 if x in (x,) else x, "< and > cannot compare it"),
        (lambda x: (x * 2).data, "no data"),
    ],
)
def test_error_for_reading_the_number_says_what_to_use(fn, advice):
    with pytest.raises(TraceError, match=advice):
        trace(fn, [], 1)


def test_parameters_cannot_be_read_or_assigned_while_tracing():
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
def test_function_that_makes_no_program_raises_an_error(fn, params, kind, message):
    with pytest.raises(kind, match=message):
        trace(fn, params, 1)


def test_value_computed_from_a_parameter_before_tracing_raises_an_error():
    w = Value(3.0)
    doubled = w * 2
    with pytest.raises(ValueError, match="before compile called the function, so its"):
        trace(lambda x: doubled * x + w, [w], 1)


def test_repeated_parameter_raises_an_error():
    w = Value(1.0)
    with pytest.raises(ValueError, match="same parameter twice, at 0 and 1"):
        trace(lambda x: w * x, [w, w], 1)


def test_new_operation_is_compiled_from_its_rules():
    cube = Operation("cube", lambda a: a * a * a, lambda y, a: (3 * a * a,))
    results = []
    for backend in ("python", "wasm"):
        w = Value(2.0)
        kernel = compile(lambda x, w=w: cube(w * x), [w], 1, backend=backend)
        results.append((kernel.forward([[1.5]]), kernel.backward([[1.5]]), w.grad))
    assert results[0] == results[1] == ([27.0], 27.0, 3 * 9.0 * 1.5)


def test_rule_may_compare_with_0_and_use_other_operations():
    def forward(a):
        return (a > 0) * TANH.at(a) + 0.5 * a**2

    def derivatives(y, a):
        return ((a > 0) * (1 - TANH.at(a) ** 2) + a,)

    mixed = Operation("mixed", forward, derivatives)
    results = []
    for backend in ("python", "wasm"):
        w = Value(1.5)
        kernel = compile(lambda x, w=w: mixed(w * x), [w], 1, backend=backend)
        rows = [[0.7], [-0.4], [0.0]]
        results.append([*kernel.forward(rows), kernel.backward(rows), w.grad])
    assert results[0] == pytest.approx(results[1], rel=1e-13)


def test_new_operation_whose_rule_cannot_be_compiled_runs_in_python_only():
    erf = Operation("erf", math.erf, lambda y, a: (math.exp(-a * a),))
    with pytest.raises(NoCodeError, match="operation 'erf' has no WebAssembly code"):
        compile(erf, [], 1, backend="wasm")
    assert compile(erf, [], 1, backend="python").forward([[0.0]]) == [0.0]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("cosh", "unknown WebAssembly code 'cosh'"),
        ("pow", "unknown WebAssembly code 'pow'"),
        ("power", "unknown WebAssembly code 'power'"),
        ("slope x", "unknown WebAssembly code 'slope x'"),
        ("relu 7", "unknown WebAssembly code 'relu 7'"),
        ("add", "takes 2 numbers, not 1"),
    ],
)
def test_operation_with_unknown_or_unfitting_code_is_refused(code, message):
    operation = Operation("cosh", math.cosh, lambda y, a: (math.sinh(a),), code)
    with pytest.raises(NoCodeError, match=message):
        compile(operation, [], 1, backend="wasm")


def test_operations_of_the_same_name_do_not_disturb_each_other():
    inner = Operation("f", lambda a: a * a + 1.0, lambda y, a: (2.0 * a,))

    def forward(a):
        t = a * a
        return t + inner.at(a) * t

    outer = Operation("f", forward, lambda y, a: (inner.at(a) * inner.at(2.0 * a),))
    value = Operation("value", lambda a: a * 3.0 + a * a, lambda y, a: (a + 3.0,))
    results = []
    for backend in ("python", "wasm"):
        ws = [Value(0.25 * k) for k in range(-3, 5)]

        def fn(x, ws=ws):
            hs = [value(outer((w + x * w).relu())) for w in ws]
            return sum(hs, Value(0.0))

        kernel = compile(fn, ws, 1, backend=backend)
        rows = [[0.5], [-2.0], [1.5], [3.0], [0.1]]
        results.append([*kernel.forward(rows), kernel.backward(rows)])
        results[-1] += [w.grad for w in ws]
    assert results[0] == results[1]


def test_rules_fail_where_the_engine_does():
    inverse = Operation("1/a", lambda a: 1 / a, lambda y, a: (-y / a,))
    for operation, x, kind in (
        (SQRT, -1.0, ValueError),
        (COSINE, math.inf, ValueError),
        (inverse, 0.0, ZeroDivisionError),
    ):
        for backend in ("python", "wasm"):
            kernel = compile(operation, [], 1, backend=backend)
            with pytest.raises(kind):
                kernel.forward([[1.0], [x]])


def test_operation_of_four_values_is_compiled_in_a_layer():
    blend = Operation(
        "blend",
        lambda a, b, c, d: a * b + c * d,
        lambda y, a, b, c, d: (b, a, d, c),
    )
    results = []
    for backend in ("python", "wasm"):
        ws = [[Value(0.1 * k + j) for k in range(6)] for j in range(4)]
        parameters = [w for row in ws for w in row]

        def fn(x, y, ws=ws):
            hs = [b + a * x for a, b in zip(ws[0], ws[1], strict=True)]
            triples = zip(hs, ws[2], ws[3], strict=True)
            return sum([blend(h, c, d, y) for h, c, d in triples], Value(0.0))

        kernel = compile(fn, parameters, 2, backend=backend)
        rows = [[0.5, 1.0], [-2.0, 0.3], [1.5, -1.0], [3.0, 2.0], [0.1, 0.2]]
        results.append([*kernel.forward(rows), kernel.backward(rows)])
        results[-1] += [w.grad for w in parameters]
    assert results[0] == results[1]


def test_operation_of_any_number_of_values_is_compiled():
    total = Operation("total", lambda *a: sum(a), lambda y, *a: (1.0,) * len(a))
    w = Value(3.0)
    kernel = compile(lambda x, y: total(w, x * w, y), [w], 2, backend="wasm")
    assert kernel.forward([[2.0, 5.0]]) == [14.0]
    kernel.backward([[2.0, 5.0]])
    assert w.grad == 3.0


def test_operation_of_three_values_is_compiled():
    fma = Operation("fma", lambda a, b, c: a * b + c, lambda y, a, b, c: (b, a, 1.0))
    w = Value(3.0)
    kernel = compile(lambda x, y: fma(w, x, y), [w], 2, backend="wasm")
    assert kernel.forward([[2.0, 5.0]]) == [11.0]
    kernel.backward([[2.0, 5.0]])
    assert w.grad == 2.0


def test_operation_of_three_values_is_listed_with_all_of_them():
    blend = Operation("blend", lambda a, b, t: a + t * (b - a), lambda y, a, b, t: ())
    listing = str(trace(lambda x, y: blend(x, y, x), [], 2))
    assert "t0 = blend(x0, x1, x0)" in listing


def test_number_to_the_power_of_a_value_is_listed_as_written():
    assert "t0 = 2** x0" in str(trace(lambda x: 2**x, [], 1))


def test_symbol_equals_itself():
    program = trace(lambda x: 2 * x if x == x else x, [], 1)
    assert len(program.instructions) == 1


def test_symbol_is_shown_by_its_name_or_its_operation():
    shown = []
    trace(lambda x: shown.extend([repr(x), repr(x * 2)]) or x, [], 1)
    assert shown == ["Symbol('x0')", "Symbol('*')"]
