"""The functions of compiled code against the C library's, to 1e-13."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from moongrad import Value
from moongrad.wasm import compile, mathematics
from moongrad.wasm.encode import (
    F64,
    I32,
    call,
    function_body,
    functype,
    i32_const,
    memory_op,
    module,
)
from moongrad.wasm.runtime import start

FUNCTIONS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sigmoid": lambda x: Value(x).sigmoid().data,
    "softplus": lambda x: Value(x).softplus().data,
    "sin": math.sin,
    "cos": math.cos,
}
LARGEST_ANGLE = 2.0**20 * math.pi / 2
EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.0**-1022, math.nan]


def start_module():
    """Start a module that exports each function as one of a number in memory."""
    types = [functype([F64] * n, [F64]) for n in (1, 2)] + [functype([], [I32])]
    names = mathematics.NAMES
    kinds = [mathematics.N_PARAMETERS[name] - 1 for name in names]
    bodies, exports = mathematics.bodies(), []
    for k, name in enumerate(names):
        if kinds[k] == 0:
            result = call(k, memory_op("f64.load", 0, i32_const(0)))
            store = memory_op("f64.store", 0, i32_const(0), result)
            exports.append((name, len(bodies)))
            bodies.append(function_body([], store + i32_const(0)))
    kinds += [2] * len(exports)
    return start(module(types, kinds, 1, exports, bodies))


def compute(name, xs):
    """Return a function of each number, by compiled code."""
    machine, results = start_module(), []
    for x in xs:
        machine.write(0, array("d", [x]))
        machine.call(name)
        results.append(machine.read(0, 1)[0])
    return results


def assert_close(name, xs):
    for x, ours in zip(xs, compute(name, xs), strict=True):
        theirs = FUNCTIONS[name](x)
        # Results below 2**-1022 have fewer digits.
        is_close = math.isclose(ours, theirs, rel_tol=1e-13, abs_tol=2e-323)
        is_nan = math.isnan(ours) and math.isnan(theirs)
        assert is_close or is_nan, f"{name}({x!r}) is {theirs!r}, compiled {ours!r}"


def test_every_function_of_one_number_is_compared():
    assert {n for n in mathematics.NAMES if mathematics.N_PARAMETERS[n] == 1} == set(
        FUNCTIONS
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_agree_to_1e_13(name):
    rng = random.Random(name)
    if name in ("sin", "cos"):
        largest = LARGEST_ANGLE
    else:
        largest = 700.0 if name == "exp" else 1e300
    exponents = [rng.uniform(-310, math.log10(largest)) for _ in range(2000)]
    xs = [10**exponent for exponent in exponents]
    xs += [rng.uniform(0, 50) for _ in range(2000)]
    xs += [*EXTREMES, largest]
    if name == "log":
        xs = [x for x in xs if x > 0]
    else:
        xs += [-x for x in xs]
    assert_close(name, xs)


def test_sin_and_cos_agree_near_multiples_of_half_pi():
    rng = random.Random(2)
    multiples = [*range(1, 300), *rng.sample(range(300, 2**20), 2000), 2**20]
    # The floats up to 2**20 pi / 2 that are closest to a multiple of pi / 2
    xs = [692410.162443844, 922511.403967048]
    for k in multiples:
        x = k * math.pi / 2
        xs += [x, math.nextafter(x, 0), math.nextafter(x, math.inf)]
        xs += [x + math.pi / 4, x * (1 + 1e-9)]
    xs = [x for x in xs if x <= LARGEST_ANGLE]
    assert_close("sin", [*xs, *(-x for x in xs)])
    assert_close("cos", [*xs, *(-x for x in xs)])


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sin_and_cos_of_large_angles_have_the_documented_error(name):
    rng = random.Random(name)
    xs = [2 ** rng.uniform(20, 49) for _ in range(2000)]
    for x, ours in zip(xs, compute(name, xs), strict=True):
        assert abs(ours) <= 1
        error = abs(ours - FUNCTIONS[name](x))
        assert error <= x * 2**-53 + 1e-15, f"{name}({x!r}) is off by {error}"
    at_0 = FUNCTIONS[name](0.0)
    assert compute(name, [2.0**49, -1e300, 1.7e308]) == [at_0] * 3


def test_softplus_of_very_negative_numbers_is_exp():
    xs = [-40.0, -100.5, -700.0, -708.3]
    assert compute("softplus", xs) == pytest.approx([*map(math.exp, xs)], rel=1e-13)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("exp", math.inf, math.inf),
        ("exp", -math.inf, 0.0),
        ("log", math.inf, math.inf),
        ("log", 0.0, -math.inf),
        ("log", -1.0, math.nan),
        ("tanh", -math.inf, -1.0),
        ("sigmoid", -math.inf, 0.0),
        ("softplus", math.inf, math.inf),
        ("softplus", -math.inf, 0.0),
        ("sin", math.inf, math.nan),
        ("sin", -0.0, -0.0),
        ("cos", -math.inf, math.nan),
    ],
)
def test_infinities_and_zeros(name, x, y):
    assert compute(name, [x])[0].hex() == y.hex()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_lanes_and_single_rows_give_the_same_bits(name):
    xs = [0.1, 3.0, 22.5]
    singles = [compute(name, [x])[0] for x in xs]
    assert compute(name, xs) == singles
    assert compute(name, xs[::-1]) == singles[::-1]


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("infinity", [math.inf, -math.inf])
def test_check_for_finite_numbers_finds_either_infinity_in_every_lane(row, infinity):
    kernel = compile(Value.sin, [], 1, backend="wasm")
    rows = [[1.0], [math.nan], [-1e308]]
    assert math.isnan(kernel.forward(rows)[1])
    rows[row] = [infinity]
    message = f"(?s)sin needs a finite number.* in row {row}: "
    with pytest.raises(ValueError, match=message):
        kernel.forward(rows)
