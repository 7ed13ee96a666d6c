"""Value: operators, gradients, the graph, bad input."""

from __future__ import annotations

import inspect
import math
import os
import subprocess
import sys
import tracemalloc
from fractions import Fraction

import micrograd.engine
import numpy as np
import pytest
from graphs import EVERYTHING, FLOATS, FUNCTIONS, MICROGRAD, Graph, by_method, graphs
from hypothesis import example, given

import moongrad
from builder import budgets
from moongrad import MLP, Value, make_moons
from moongrad.engine import RELU, Operation, topological_order
from moongrad.loss import hinge, l2_penalty, sum_values

OURS = by_method(Value)


def gradients(graph: Graph) -> tuple[float, list[float]]:
    leaves, result = OURS.run(graph)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


def assert_close(ours: list[float], theirs: list[float], tolerance: float) -> None:
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance), (
            f"gradient of leaf {k}: {a!r} and {b!r} differ"
        )


def test_tests_import_the_installed_wheel():
    assert "site-packages" in inspect.getsourcefile(moongrad)


# --- gradients -----------------------------------------------------------------------


@given(graphs(MICROGRAD))
@example(Graph((1.5,), (("+", 0, 0), ("*", 1, 1), ("/", 2, 0))))
def test_random_graphs_agree_with_micrograd(graph):
    leaves, result = by_method(micrograd.engine.Value).run(graph)
    result.backward()
    data, grads = gradients(graph)
    assert_close([data], [result.data], 1e-9)
    assert_close(grads, [leaf.grad for leaf in leaves], 1e-9)


@given(graphs(EVERYTHING))
def test_random_graphs_agree_with_pytorch(graph):
    torch = pytest.importorskip("torch", reason="pip install moongrad[oracle]")
    functional = torch.nn.functional
    leaves, result = by_method(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        leaky_relu=functional.leaky_relu,
        softplus=lambda a: functional.softplus(a, threshold=50),
    ).run(graph)
    result.backward()
    data, grads = gradients(graph)
    assert_close([data], [result.item()], 1e-9)
    # A leaf that the result does not depend on has the gradient None in PyTorch.
    theirs = [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]
    assert_close(grads, theirs, 1e-9)


@given(graphs(EVERYTHING))
def test_random_graphs_agree_with_central_differences(graph):
    _, grads = gradients(graph)
    h = 1e-6
    for k, grad in enumerate(grads):
        values = []
        for sign in (1, -1):
            leaves = list(graph.leaves)
            leaves[k] += sign * h
            values.append(FLOATS.run(Graph(tuple(leaves), graph.instructions))[1])
        difference = (values[0] - values[1]) / (2 * h)
        scale = max(1.0, abs(grad), max(map(abs, values)))
        assert abs(grad - difference) < 1e-4 * scale, (
            f"leaf {k}: backward gives {grad}, central differences {difference}"
        )


def test_shared_node_accumulates_gradient():
    a = Value(3.0)
    b = a + a
    (b * b).backward()
    assert a.grad == 24.0


def test_repeated_backward_adds_to_leaves_only():
    a = Value(2.0)
    b = a * 3
    c = b * b
    c.backward()
    c.backward()
    assert b.grad == 12.0
    assert a.grad == 72.0


@pytest.mark.parametrize(
    ("function", "x", "y", "derivative"),
    [
        (Value.exp, 1.0, math.e, math.e),
        (Value.log, 2.0, math.log(2), 0.5),
        (Value.tanh, 0.5, math.tanh(0.5), 1 - math.tanh(0.5) ** 2),
        (Value.sigmoid, 0.0, 0.5, 0.25),
        (Value.sigmoid, -800.0, 0.0, 0.0),
        (Value.relu, 2.0, 2.0, 1.0),
        (Value.relu, -2.0, 0.0, 0.0),
        (Value.relu, 0.0, 0.0, 0.0),
        (Value.leaky_relu, 2.0, 2.0, 1.0),
        (Value.leaky_relu, -2.0, -0.02, 0.01),
        (Value.leaky_relu, 0.0, 0.0, 0.01),
        (Value.softplus, 0.0, math.log(2), 0.5),
        (Value.softplus, 1000.0, 1000.0, 1.0),
        (Value.softplus, -40.0, math.exp(-40), math.exp(-40)),
        (Value.softplus, -1000.0, 0.0, 0.0),
        (Value.softplus, math.inf, math.inf, 1.0),
        (Value.sin, 0.5, math.sin(0.5), math.cos(0.5)),
        (Value.sin, math.pi, math.sin(math.pi), -1.0),
        (lambda v: v**3, -2.0, -8.0, 12.0),
        (lambda v: v**0, 0.0, 1.0, 0.0),
        (lambda v: v**1, 0.0, 0.0, 1.0),
        (lambda v: 2**v, 3.0, 8.0, 8 * math.log(2)),
        (lambda v: 1 - v, 3.0, -2.0, -1.0),
        (lambda v: 1 / v, 2.0, 0.5, -0.25),
        (lambda v: -v, 2.0, -2.0, -1.0),
    ],
)
def test_function_and_its_derivative(function, x, y, derivative):
    v = Value(x)
    result = function(v)
    result.backward()
    assert result.data == pytest.approx(y, rel=1e-15)
    assert v.grad == pytest.approx(derivative, rel=1e-15)


def test_numbers_may_be_on_both_sides_of_an_operator():
    a = Value(4.0)
    results = [a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / a, a**2, 2**a]
    expected = [5, 5, 3, -3, 8, 8, 2, 0.5, 16, 16]
    assert [result.data for result in results] == expected


def test_new_operation_needs_no_subclass():
    cube = Operation("cube", lambda a: a * a * a, lambda y, a: (3 * a * a,))
    x = Value(2.0)
    cube(x).backward()
    assert x.grad == 12.0


def test_operation_of_three_values_passes_back_to_each():
    blend = Operation(
        "blend",
        lambda a, b, t: a + t * (b - a),
        lambda y, a, b, t: (1 - t, t, b - a),
    )
    a, b, t = Value(1.0), Value(5.0), Value(0.25)
    y = blend(a, b, t)
    y.backward()
    assert (y.data, a.grad, b.grad, t.grad) == (2.0, 0.75, 0.25, 4.0)


def test_operation_with_too_many_values_raises_an_error():
    with pytest.raises(TypeError, match=r"(?s)1 positional.*ReLU got Value.*, Value"):
        RELU(Value(1.0), Value(2.0), Value(3.0))


# --- made by hand, as in micrograd ----------------------------------------------------


def double(x, *, is_passing=True):
    """Return twice a value, made by hand."""
    out = Value(x.data * 2, (x,), "double")

    def _backward():
        x.grad += 2 * out.grad

    if is_passing:
        out._backward = _backward
    return out


def test_value_made_by_hand_takes_part_in_backward():
    x = Value(3.0)
    y = double(x) * x
    y.backward()
    assert (y.data, x.grad) == (18.0, 12.0)


def test_backward_of_one_value_passes_back_to_its_inputs_alone():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    d = c + a
    d.grad = 1.0
    d._backward()
    assert (c.grad, a.grad, b.grad) == (1.0, 1.0, 0.0)
    c._backward()
    a._backward()  # a leaf has nothing to pass back
    assert (a.grad, b.grad) == (-2.0, 2.0)


def test_value_by_hand_without_backward_passes_nothing_back():
    x = Value(3.0)
    double(x, is_passing=False).backward()
    assert x.grad == 0.0


def test_backward_can_be_replaced_and_the_symbol_stays():
    x = Value(3.0)
    y = x * 2
    y._backward = lambda: setattr(x, "grad", 7.0)
    y.backward()
    assert (x.grad, y._op, y._prev[0]) == (7.0, "*", x)


def test_children_may_be_a_set_and_an_operation_may_have_three():
    values = [Value(1.0), Value(2.0), Value(3.0)]
    total = Value(6.0, set(values), "sum")
    total._backward = lambda: [setattr(v, "grad", total.grad) for v in values]
    total.backward()
    assert set(total._prev) == set(values)
    assert [v.grad for v in values] == [1.0, 1.0, 1.0]


def test_labels_of_values_by_hand_are_shown():
    value = Value(2.0, (), "", "x")
    assert repr(value) == "Value(data=2.0, grad=0.0, label='x')"
    assert (value._op, value._prev) == ("", ())


def test_results_of_a_subclass_are_values():
    class Named(Value):
        def __init__(self, data, name):
            super().__init__(data)
            self.name = name

    x = Named(3.0, "x")
    y = 2 * x + x
    y.backward()
    assert (type(y), y.data, x.grad, x.name) == (Value, 9.0, 3.0, "x")


@pytest.mark.parametrize("number", [np.float64(3), np.float32(3), np.int64(3)])
def test_numbers_of_numpy_are_numbers_on_both_sides(number):
    v = Value(2.0)
    results = [v + number, number + v, v * number, number * v, number - v, v**number]
    assert [(type(r), r.data) for r in results] == [
        (Value, x) for x in (5, 5, 6, 6, 1, 8)
    ]


def test_arrays_of_numpy_are_taken_one_number_at_a_time_on_both_sides():
    v, array = Value(2.0), np.array([1.0, 3.0])
    for results in (v * array, array * v):
        assert [(type(r), r.data) for r in results] == [(Value, 2.0), (Value, 6.0)]
    assert [r.data for r in array - v] == [-1.0, 1.0]
    assert [r.data for r in v**array] == [2.0, 8.0]


@pytest.mark.parametrize("other", ["2", None, [1.0], 1j])
def test_what_no_side_knows_is_an_unsupported_operand(other):
    for compute in (
        lambda: Value(1.0) + other,
        lambda: other - Value(1.0),
        lambda: Value(1.0) ** other,
        lambda: other ** Value(1.0),
    ):
        with pytest.raises(TypeError, match="unsupported operand"):
            compute()


# --- the graph -----------------------------------------------------------------------


def test_values_know_their_inputs_and_operation():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    assert c._prev == (a, b)
    assert (c._op, a._op, (a**2)._op, (a**0.5)._op) == ("*", "", "**2", "**0.5")
    assert repr(c) == "Value(data=-6.0, grad=0.0, label='c')"


def test_topological_order_puts_inputs_first():
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    assert topological_order(d) == [a, b, c, d]


def test_deep_graph_needs_no_recursion():
    leaf = total = Value(1.0)
    for _ in range(200_000):
        total = total + 1.0
    total.backward()
    assert total.data == 200_001.0
    assert leaf.grad == 1.0


def test_value_costs_few_bytes_in_a_training_graph():
    points, labels = make_moons(20, noise=0.1, seed=1)
    tracemalloc.start()
    try:
        model = MLP(2, [16, 16, 1])
        losses = [hinge(model(p), y) for p, y in zip(points, labels, strict=True)]
        total = sum_values(losses) * (1.0 / 20) + l2_penalty(model.parameters(), 1e-4)
        total.backward()
        n_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    n_values = len(topological_order(total))
    assert n_values > 10_000
    assert n_bytes / n_values <= budgets.VALUE, (
        f"{n_bytes / n_values:.1f} bytes a value"
    )


def test_same_seed_gives_same_bits_in_every_process():
    code = (
        "import random; from moongrad import *\n"
        "points, labels = make_moons(12, noise=0.2, seed=5)\n"
        "model = MLP(2, [6, 5, 1], rng=random.Random(5))\n"
        "trainer = Trainer(model, points, labels, optimizer=SGD(0.5), batch_size=7)\n"
        "print([r.loss.hex() for r in trainer.run(5)])\n"
        "print([p.data.hex() for p in model.parameters()])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},  # other orders of sets
        ).stdout
        for seed in range(4)
    }
    (output,) = outputs
    assert output.count("0x") > 50


# --- bad input -----------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["2", None, [1.0], 1j, Value(1.0)])
def test_value_of_anything_but_a_number_is_a_type_error(bad):
    with pytest.raises(TypeError, match="Value needs an int or float, got"):
        Value(bad)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, "a"), "Values as _children, got 'a'. A name is a label="),
        ((1.0, (2.0,)), r"Values as _children, got \(2.0,\)"),
        ((1.0, (), 3), "str as _op and label, got 3, "),
        ((1.0, (), "", 3), "str as _op and label, got .*, 3"),
    ],
)
def test_value_refuses_what_are_no_children_and_no_names(arguments, message):
    with pytest.raises(TypeError, match=message):
        Value(*arguments)


@pytest.mark.parametrize("good", [2, True, Fraction(1, 2)])
def test_data_of_any_real_number_is_a_float(good):
    value = Value(good)
    assert type(value.data) is float
    assert value.data == good


def test_error_for_variable_power_names_exp_and_log():
    with pytest.raises(
        TypeError,
        match=r"Value \*\* needs an int or float exponent, got Value\. Use exp and log",
    ):
        Value(2.0) ** Value(3.0)


@pytest.mark.parametrize(
    ("compute", "kind", "message"),
    [
        (lambda x: x.log(), ValueError, "log needs a number above 0"),
        (lambda x: (x * 0).log(), ValueError, "log needs a number above 0"),
        (lambda x: (x * math.inf).sin(), ValueError, "sin needs a finite number"),
        (lambda x: 1 / (x + 1), ZeroDivisionError, "/ needs a divisor other than 0"),
        (lambda x: x**0.5, ValueError, r"\*\* 0.5 needs a base of at least 0"),
        (lambda x: (x + 1) ** -1, ZeroDivisionError, "needs a base other than 0"),
    ],
)
def test_operation_without_result_names_the_value(compute, kind, message):
    x = Value(-1.0, label="x")
    with pytest.raises(kind, match=r"(?s)" + message + r".* got .*Value\(data="):
        compute(x)


def test_error_names_the_label():
    with pytest.raises(ValueError, match="label='x'"):
        Value(-1.0, label="x").log()


def test_infinite_derivative_is_an_error_of_backward():
    root = Value(0.0, label="area") ** 0.5
    with pytest.raises(
        ZeroDivisionError, match=r"(?s)no finite slope at 0.* got .*area"
    ):
        root.backward()


def test_power_of_a_negative_number_raises_an_error():
    with pytest.raises(ValueError, match="base above 0, got -2"):
        (-2) ** Value(1.0)


@pytest.mark.parametrize(
    ("compute", "result"),
    [
        (lambda: Value(1000.0).exp(), math.inf),
        (lambda: Value(1e200) ** 2, math.inf),
        (lambda: Value(-1e200) ** 3, -math.inf),
        (lambda: 2 ** Value(5000.0), math.inf),
    ],
)
def test_overflow_is_infinite(compute, result):
    assert compute().data == result


def test_nan_passes_through():
    nan = Value(math.nan)
    functions = (getattr(nan, name)() for name in FUNCTIONS)
    for result in (nan + 1, nan * 0, *functions):
        assert math.isnan(result.data)
