"""Compiled kernels against the engine: the same bits, the same errors."""

from __future__ import annotations

import gc
import math
import random
import sys

import pytest
from graphs import EVERYTHING, Executor, Graph, by_method, graphs
from hypothesis import given
from hypothesis import strategies as st

from moongrad import MLP, SGD, Value
from moongrad.engine import ADD, RELU, Operation, TraceError
from moongrad.nn import ACTIVATIONS
from moongrad.wasm import compile
from moongrad.wasm.block import TooLargeError
from moongrad.wasm.program import NoCodeError
from moongrad.wasm.runtime import UnavailableError

EXACT = ("+", "-", "*", "/", "relu", "leaky_relu", "neg", "2-", "*3", "3/")
OURS = by_method(Value)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e308, 5e-324, math.inf, -math.inf, math.nan]
ordinary = st.floats(0.1, 3) | st.floats(-3, -0.1)
numbers = st.integers(0, 30).flatmap(
    lambda k: ordinary if k else st.sampled_from(SPECIAL)
)


def is_same(a, b):
    """Whether two floats are equal, or both NaN."""
    return a == b or (math.isnan(a) and math.isnan(b))


@st.composite
def programs(draw):
    """Draw parameters, instructions and rows; some results are NaN or errors."""
    n_parameters, n_inputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    instructions = []
    for k in range(draw(st.integers(1, 15))):
        newest = n_parameters + n_inputs + k - 1
        op = draw(st.sampled_from(EXACT))
        instructions.append(
            (op, draw(st.integers(0, newest)), draw(st.integers(0, newest)))
        )
    rows = draw(
        st.lists(
            st.lists(numbers, min_size=n_inputs, max_size=n_inputs),
            min_size=1,
            max_size=5,
        )
    )
    parameters = draw(st.lists(numbers, min_size=n_parameters, max_size=n_parameters))
    return parameters, tuple(instructions), rows


def make_function(parameters, instructions):
    """Return a function that uses every node, because tracing drops unused ones."""

    def fn(*inputs):
        nodes = [*parameters, *inputs]
        for op, left, right in instructions:
            nodes.append(OURS.apply(op, nodes[left], nodes[right]))
        total = nodes[0]
        for node in nodes[1:]:
            total = total + node
        return total, nodes[-1]

    return fn


def outcome(data, instructions, rows, backend):
    """Return all results of a kernel, or the error that it raises."""
    parameters = [Value(x) for x in data]
    fn = make_function(parameters, instructions)
    kernel = compile(fn, parameters, len(rows[0]), backend=backend)
    try:
        values = [x for result in kernel.forward(rows) for x in result]
        mean = kernel.backward(rows)
    except (ArithmeticError, ValueError) as error:
        return type(error), str(error), error.__notes__
    return [*values, mean, *(p.grad for p in parameters)]


@given(programs())
def test_random_programs_have_the_same_bits_or_the_same_error(program):
    python = outcome(*program, "python")
    wasm = outcome(*program, "wasm")
    if isinstance(python, tuple):
        assert isinstance(wasm, tuple), wasm
        assert wasm[0] is python[0]
        assert wasm[1] == python[1]
        assert "in row" in wasm[2][-1]
    else:
        assert not isinstance(wasm, tuple), wasm
        assert all(map(is_same, python, wasm)), (python, wasm)


@given(graphs(EVERYTHING), st.integers(1, 5))
def test_random_programs_with_functions_agree_to_1e_12(graph, n_rows):
    data = graph.leaves
    results = []
    for backend in ("python", "wasm"):
        parameters = [Value(x) for x in data]

        def fn(scale, parameters=parameters):
            leaves = iter(parameters)
            executor = Executor(lambda x: next(leaves), OURS.functions)
            total = executor.run(Graph(data, graph.instructions))[1] * scale
            for parameter in parameters:
                total = total + parameter
            return total

        kernel = compile(fn, parameters, 1, backend=backend)
        rows = [[1.0 + k] for k in range(n_rows)]
        values = kernel.forward(rows)
        kernel.backward(rows)
        results.append(values + [p.grad for p in parameters])
    scale = max(1.0, *map(abs, results[0]))
    for python, wasm in zip(*results, strict=True):
        assert abs(python - wasm) <= 1e-12 * scale, (python, wasm)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("exp", Value.exp),
        ("log", Value.log),
        ("tanh", Value.tanh),
        ("sigmoid", Value.sigmoid),
        ("leaky_relu", Value.leaky_relu),
        ("softplus", Value.softplus),
        ("sin", Value.sin),
        ("cos", Value.cos),
        ("square", lambda v: v**2),
        ("cube", lambda v: v**3),
        ("inverse", lambda v: v**-1),
        ("root", lambda v: v**0.5),
        ("fractional", lambda v: v**1.7),
        ("no power", lambda v: v**0),
        ("large power", lambda v: v**31),
        ("negative fractional", lambda v: v**-2.3),
        ("exponential", lambda v: 2**v),
    ],
)
def test_functions_agree_to_1e_12_over_their_whole_range(name, function):
    rng = random.Random(name)
    xs = [rng.uniform(-40, 40) for _ in range(500)]
    xs += [rng.choice((-1, 1)) * 10 ** rng.uniform(-300, 300) for _ in range(300)]
    xs += [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e-310, 709.5, -745.0]
    xs += [0.5, 0.49999999999999994, 1.0, -1.0, 22.0, 710.0]
    if name in (
        "sin",
        "cos",
    ):  # larger finite ones lose digits; see test_mathematics.py
        xs = [x for x in xs if not 1e6 < abs(x) < math.inf]
    kernel = compile(function, [], 1, backend="wasm")
    n_compared = 0
    for x in xs:
        try:
            expected = function(Value(x)).data
        except (ArithmeticError, ValueError) as error:
            with pytest.raises(type(error)):
                kernel.forward([[x]])
            continue
        (value,) = kernel.forward([[x]])
        n_compared += 1
        close = math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-307)
        assert close or is_same(value, expected), (x, value, expected)
    assert n_compared > 300


def test_leaky_relu_has_the_same_bits_with_the_sign_of_zero():
    xs = [*SPECIAL, -5e-324, -1e-322, -1e308, 2.0**-1022, 0.3, -0.7]
    w = Value(1.0)
    results = []
    for backend in ("python", "wasm"):
        kernel = compile(lambda x: (w * x).leaky_relu(), [w], 1, backend=backend)
        bits = [y.hex() for y in kernel.forward([[x] for x in xs])]
        for x in xs:
            w.grad = 0.0
            kernel.backward([[x]])
            bits.append(w.grad.hex())
        results.append(bits)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "activation", [*ACTIVATIONS, [*ACTIVATIONS][::2], [*ACTIVATIONS][1::2]], ids=str
)
def test_whole_networks_agree_to_1e_12(activation):
    n_hidden = 2 if isinstance(activation, str) else len(activation)
    rows = [[math.sin(k), math.cos(3 * k), (-1.0) ** k] for k in range(9)]
    results = []
    for backend in ("python", "wasm"):
        model = MLP(
            2, [6] * n_hidden + [1], activation=activation, rng=random.Random(11)
        )

        def loss(x, y, label, model=model):
            score = model([x, y])
            return (score - label) ** 2, score

        kernel = compile(loss, model.parameters(), 3, backend=backend)
        scores = [score for _, score in kernel.forward(rows)]
        mean = kernel.backward(rows)
        results.append([*scores, mean, *(p.grad for p in model.parameters())])
    assert any(results[0])
    scale = max(map(abs, results[0]))
    for python, wasm in zip(*results, strict=True):
        assert abs(python - wasm) <= 1e-12 * scale, (python, wasm)


def test_powers_with_whole_and_half_exponents_are_exact():
    for k, x in ((9, 2.0), (10, 3.0), (1.5, 4.0), (-2, 0.5), (2.5, 9.0), (31, 2.0)):
        kernel = compile(lambda v, k=k: v**k, [], 1, backend="wasm")
        assert kernel.forward([[x]]) == [x**k]


def test_power_of_0_has_no_slope():
    for backend in ("python", "wasm"):
        w = Value(3.0)
        kernel = compile(lambda x, w=w: (w * x) ** 0, [w], 1, backend=backend)
        assert (kernel.backward([[2.0], [0.0]]), w.grad) == (1.0, 0.0)


def test_undefined_derivative_is_an_error_even_if_it_is_not_used():
    for backend in ("python", "wasm"):
        w = Value(1.0)
        kernel = compile(lambda x, w=w: w + x**0.5, [w], 1, backend=backend)
        with pytest.raises(ZeroDivisionError, match="no finite slope at 0"):
            kernel.backward([[0.0]])


@pytest.mark.parametrize("n_uses", [30, 1000])
def test_parameter_used_many_times_keeps_the_order_of_sums(n_uses):
    results = []
    for backend in ("python", "wasm"):
        w = Value(0.37)

        def fn(x, w=w):
            total = x
            for k in range(n_uses):
                total = total + w * (x * (0.1 * k))
            return total

        kernel = compile(fn, [w], 1, backend=backend)
        kernel.backward([[0.3], [-0.7], [1.9]])
        results.append(w.grad)
    assert results[0] == results[1]


def test_backward_adds_to_existing_gradients():
    results = []
    for backend in ("python", "wasm"):
        w = Value(0.7)
        kernel = compile(lambda x, w=w: w * w * x, [w], 1, backend=backend)
        kernel.backward([[1.0], [2.0], [0.1]])
        kernel.backward([[3.0], [0.3]])
        results.append(w.grad)
    assert results[0] == results[1]


def test_hidden_neurons_can_be_outputs():
    model = MLP(2, [3, 1], rng=random.Random(1))

    def fn(x, y):
        hidden = model.layers[0]([x, y])
        return (model.layers[1](hidden), *hidden)

    kernel = compile(fn, model.parameters(), 2, backend="wasm")
    rows = [[0.1 * k, 1 - 0.2 * k] for k in range(7)]
    for row, (score, *hidden) in zip(rows, kernel.forward(rows), strict=True):
        assert [score] == model.predict(row)
        assert hidden == model.layers[0].predict(row)


def skip_layers(model):
    """Return a function of two numbers that no loop can keep the bits of."""

    def fn(x, y, *_):
        first, *others, last = model.layers
        signals = first([x, y])
        for layer in others:
            pairs = zip(layer(signals), signals, strict=True)
            signals = [a + b for a, b in pairs]
        return last(signals)

    return fn


def test_compiling_leaves_the_garbage_collector_as_it_was():
    try:
        gc.disable()
        compile(lambda x: x + 1, [], 1, backend="wasm")
        assert not gc.isenabled()
    finally:
        gc.enable()
    compile(lambda x: x + 1, [], 1, backend="wasm")
    assert gc.isenabled()


def test_error_of_the_backward_pass_is_that_of_the_last_row():
    for backend in ("python", "wasm"):
        w = Value(1.0)
        kernel = compile(
            lambda a, b, w=w: w * a**0.5 + w * b**0.25, [w], 2, backend=backend
        )
        with pytest.raises(ZeroDivisionError, match=r"\*\* 0.5 has no finite slope"):
            kernel.backward([[1.0, 0.0], [0.0, 1.0]])


def test_mean_of_negative_zeros_is_one():
    for backend in ("python", "wasm"):
        w = Value(-0.0)
        kernel = compile(lambda x, w=w: w * x, [w], 1, backend=backend)
        assert kernel.backward([[1.0], [2.0]]).hex() == "-0x0.0p+0"
        assert kernel.fit([[1.0]], 1, SGD(0.1))[0].hex() == "-0x0.0p+0"


# --- errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "kind", "message"),
    [
        (
            lambda x: x.log(),
            ValueError,
            r"(?s)log needs a number above 0.* in row 2: \[0.0\]",
        ),
        (
            lambda x: 1 / x,
            ZeroDivisionError,
            "(?s)/ needs a divisor other than 0.* in row 2",
        ),
        (lambda x: x**-3, ZeroDivisionError, r"(?s)\*\* -3.0 needs a base .* in row 2"),
        (
            lambda x: (x - 1) ** 0.5,
            ValueError,
            "(?s)needs a base of at least 0.* in row 2",
        ),
        (
            lambda x: (1000 - 1000 * x).exp().sin(),
            ValueError,
            r"(?s)sin needs a finite number.* in row 2: \[0.0\]",
        ),
    ],
)
def test_errors_name_the_row(fn, kind, message):
    kernel = compile(fn, [], 1, backend="wasm")
    with pytest.raises(kind, match=message):
        kernel.forward([[1.0], [2.0], [0.0], [0.0]])


def test_infinite_derivative_is_an_error_of_backward_only():
    w = Value(1.0)
    kernel = compile(lambda x: (w * x) ** 0.5, [w], 1, backend="wasm")
    assert kernel.forward([[0.0]]) == [0.0]
    with pytest.raises(ZeroDivisionError, match=r"(?s)no finite slope at 0.* in row 1"):
        kernel.backward([[1.0], [0.0]])


@pytest.mark.parametrize("backend", ["wasm", "python"])
@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        ([], ValueError, "at least one row, got none"),
        ([[1.0, 2.0], [1.0]], ValueError, "a kernel of 2 inputs got 1 in row 1"),
        ([[1.0, 2.0], [1.0, "x"]], TypeError, "'x'|got str"),
    ],
)
def test_bad_row_is_named_in_the_error(backend, rows, kind, message):
    kernel = compile(lambda x, y: x + y, [], 2, backend=backend)
    with pytest.raises(kind, match=message):
        kernel.forward(rows)


def test_unknown_backend_raises_an_error():
    with pytest.raises(ValueError, match="one of auto, wasm, python, got 'gpu'"):
        compile(lambda x: x, [], 1, backend="gpu")


def test_without_wasmtime_auto_says_why_it_is_slow_and_wasm_raises(monkeypatch):
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    with pytest.warns(
        UserWarning, match=r"in Python: .* pip install moongrad\[native\]"
    ):
        kernel = compile(lambda x: x + 1, [], 1)
    assert kernel.backend == "python"
    assert kernel.forward([[1.0]]) == [2.0]
    with pytest.raises(UnavailableError, match=r"needs wasmtime: .*moongrad\[native\]"):
        compile(lambda x: x, [], 1, backend="wasm")


def test_error_for_a_large_network_gives_its_size_and_the_limit(monkeypatch):
    monkeypatch.setattr("moongrad.wasm.block.MAX_MODULE", 20_000)
    model = MLP(2, [40, 40, 1])
    with pytest.raises(TooLargeError, match=r"\d+ bytes of code; .* take 20000\."):
        compile(skip_layers(model), model.parameters(), 2, backend="wasm")


@pytest.mark.parametrize(
    ("name", "what"), [("MAX_LOCALS", "local variables"), ("MAX_MEMORY", "of memory")]
)
def test_error_for_a_limit_names_it(monkeypatch, name, what):
    monkeypatch.setattr(f"moongrad.wasm.block.{name}", 10)
    model = MLP(2, [4, 4, 1])
    with pytest.raises(TooLargeError, match=what):
        compile(skip_layers(model), model.parameters(), 2, backend="wasm")


# --- size ----------------------------------------------------------------------------


def test_module_without_loops_grows_linearly_with_parameters():
    sizes = {}
    for width in (40, 70):  # both are split into functions
        model = MLP(2, [width, width, 1])
        kernel = compile(skip_layers(model), model.parameters(), 2, "wasm")
        sizes[len(model.parameters())] = len(kernel.module)
    (n1, size1), (n2, size2) = sizes.items()
    assert size2 / size1 < 1.3 * n2 / n1


def test_compiling_a_deep_function_needs_no_recursion():
    def fn(x):
        for _ in range(20_000):
            x = x + 1.0
        return x

    kernel = compile(fn, [], 1, backend="wasm")
    assert kernel.forward([[0.5]]) == [20_000.5]


# --- functions that cannot be compiled ------------------------------------------------

w_ = Value(3.0)
ERF = Operation("erf", math.erf, lambda y, a: (math.exp(-a * a),))


def branching(x):
    return w_ * x if x.data > 0 else -w_ * x


def by_hand(x):
    return Value(1.0, (x,), "by hand") * w_


UNCOMPILED = [
    (branching, TraceError, "no data"),
    (lambda x: ERF(w_ * x), NoCodeError, "'erf' has no WebAssembly code"),
    (by_hand, NoCodeError, "'by hand' was made by hand"),
]


@pytest.mark.parametrize(("fn", "kind", "message"), UNCOMPILED)
def test_what_cannot_be_compiled_runs_in_python_and_says_why(fn, kind, message):
    with pytest.raises(kind, match=message):
        compile(fn, [w_], 1, backend="wasm")
    with pytest.warns(UserWarning, match=f"This runs in Python: .*{message}"):
        automatic = compile(fn, [w_], 1)
    python = compile(fn, [w_], 1, backend="python")
    assert automatic.backend == python.backend == "python"
    assert automatic.reason and not python.reason
    rows = [[1.0], [2.0]]
    assert automatic.forward(rows) == python.forward(rows)


@pytest.mark.parametrize("backend", ["auto", "wasm", "python"])
def test_bad_arguments_are_errors_in_every_backend(backend):
    w = Value(1.0)
    with pytest.raises(TypeError, match="needs Values as parameters, got float"):
        compile(lambda x: x, [1.0], 1, backend=backend)
    with pytest.raises(ValueError, match="the same parameter twice, at 0 and 1"):
        compile(lambda x: x * w, [w, w], 1, backend=backend)
    with pytest.raises(ValueError, match="needs n_inputs >= 0, got n_inputs=-1"):
        compile(lambda: w, [w], -1, backend=backend)


def test_function_that_returns_no_value_is_an_error_when_it_runs():
    with pytest.raises(TypeError, match="a Value or a tuple of Values, got int"):
        compile(lambda x: 3, [], 1, backend="python").forward([[1.0]])


def test_operation_with_code_needs_as_many_values_as_derivatives():
    with pytest.raises(TypeError, match="ReLU takes 1 value, got 2"):
        compile(lambda x: RELU(x, x), [], 1, backend="wasm")
    with pytest.raises(TypeError, match=r"\+ takes 2 values, got 3"):
        compile(lambda x: ADD(x, x, x), [], 1, backend="wasm")


def test_parameters_and_constants_may_be_ints():
    w, constant = Value(1.0), Value(1.0)
    w.data, constant.data = 3, 2
    kernel = compile(lambda x: w * x + constant, [w], 1, backend="wasm")
    assert kernel.forward([[5.0]]) == [17.0]


def test_parameters_of_a_subclass_keep_it():
    class Weight(Value):
        def __init__(self, data, unit):
            super().__init__(data)
            self.unit = unit

        def squared(self):
            return self * self

    w = Weight(3.0, "kg")
    kernel = compile(lambda x: w.squared() * x, [w], 1, backend="wasm")
    assert kernel.backward([[2.0]]) == 18.0
    assert (type(w), w.unit, w.grad) == (Weight, "kg", 12.0)


def test_failure_that_python_does_not_share_is_put_down_to_rounding():
    kernel = compile(lambda x: x.log(), [], 1, backend="wasm")
    error = kernel._find_error([[1.0]], [0], 1, is_backward=False)
    assert type(error) is ArithmeticError
    assert "log failed because of rounding" in str(error)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: (w_ * x, Value(100.0)),
        lambda x: (w_ * x + 2.0, Value(100.0), w_ * x * x),
        lambda x: (Value(100.0), w_ * x),
        lambda x: (w_ * x, x, w_),
    ],
)
def test_output_may_be_a_constant_or_an_input(fn):
    rows, results = [[2.0], [5.0], [7.0]], []
    for backend in ("python", "wasm"):
        w_.grad = 0.0
        kernel = compile(fn, [w_], 1, backend=backend)
        results.append((kernel.forward(rows), kernel.backward(rows), w_.grad))
    assert results[0] == results[1]


def test_list_of_parameters_that_grows_changes_nothing():
    parameters = [Value(2.0), Value(3.0)]
    a, b = parameters
    kernel = compile(lambda x: a * x + b * x * x, parameters, 1, backend="wasm")
    parameters.append(Value(7.0))
    kernel.backward([[1.0]])
    assert [p.grad for p in parameters] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("backend", ["auto", "wasm", "python"])
def test_parameter_that_was_computed_is_refused(backend):
    computed = Value(0.5) * 0.1
    with pytest.raises(ValueError, match=r"given, not computed, got .* at 0"):
        compile(lambda x: computed * x, [computed], 1, backend=backend)
