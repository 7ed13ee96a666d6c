"""
exp, log, tanh, sigmoid, softplus, sin, cos and pow as WebAssembly functions of f64.

WebAssembly has none of them. exp, log, sin and cos reduce their argument, then use the
approximations of Sun's fdlibm (https://netlib.org/fdlibm/); the others use exp and log.
All agree with the C library to 1e-13 relative, including infinities and NaN; sin and
cos do so up to 2**20 pi / 2, about 1.6 million. Beyond that they have errors of up to
|x| 2**-53, and from 2**49 on, where these are visible in a plot, the results are those
of 0. They are always between -1 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from moongrad.wasm.encode import (
    F64,
    I64,
    call,
    f64_const,
    function_body,
    i64_const,
    if_,
    local_get,
    local_set,
    local_tee,
    op,
)

NAMES = ("exp", "log", "tanh", "sigmoid", "softplus", "sin", "cos", "pow")
N_PARAMETERS = dict.fromkeys(NAMES, 1) | {"pow": 2}

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_EXP = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
_LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
# pi / 2 in three parts. The first two have 33 bits, so that their products with a whole
# number below 2**20 are exact.
_HALF_PI = (
    1.57079632673412561417e00,
    6.07710050630396597660e-11,
    2.02226624879595063154e-21,
)
_MAX_ANGLE = 2.0**49
_SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)


def bodies() -> list[bytes]:
    """Return the function bodies, in the order of `NAMES`."""
    return [
        *(_exp(), _log(), _tanh(), _sigmoid(), _softplus()),
        *(_sin(quarter_turns=0), _sin(quarter_turns=1), _pow()),
    ]


def _return(x: bytes) -> bytes:
    return op("return", x)


def _polynomial(x: bytes, coefficients: Sequence[float]) -> bytes:
    """c0 + x * (c1 + x * (c2 + ...)), by Horner's rule."""
    *rest, last = coefficients
    code = f64_const(last)
    for coefficient in reversed(rest):
        code = op("f64.add", f64_const(coefficient), op("f64.mul", x, code))
    return code


def _power_of_two(k: bytes) -> bytes:
    """2 ** k for an i64 from -1022 to 1023: the exponent bits of an f64."""
    biased = op("i64.add", k, i64_const(1023))
    return op("f64.reinterpret_i64", op("i64.shl", biased, i64_const(52)))


def _exp() -> bytes:
    x, high, low, r, t, k, half = 0, 1, 2, 3, 4, 5, 6
    get = local_get
    code = if_(op("f64.ne", get(x), get(x)), _return(get(x)))
    code += if_(op("f64.gt", get(x), f64_const(709.79)), _return(f64_const(math.inf)))
    code += if_(op("f64.lt", get(x), f64_const(-745.2)), _return(f64_const(0.0)))
    # x = k ln 2 + r, with |r| <= ln 2 / 2
    multiple = op("f64.nearest", op("f64.mul", get(x), f64_const(1 / math.log(2))))
    code += local_set(t, multiple)
    code += local_set(k, op("i64.trunc_f64_s", get(t)))
    code += local_set(
        high, op("f64.sub", get(x), op("f64.mul", get(t), f64_const(_LN2_HIGH)))
    )
    code += local_set(low, op("f64.mul", get(t), f64_const(_LN2_LOW)))
    code += local_set(r, op("f64.sub", get(high), get(low)))
    # exp(r) = 1 + r + r c / (2 - c), c = r - r**2 P(r**2)
    square = local_tee(t, op("f64.mul", get(r), get(r)))
    c = op("f64.sub", get(r), op("f64.mul", square, _polynomial(get(t), _EXP)))
    code += local_set(t, c)
    quotient = op(
        "f64.div",
        op("f64.mul", get(r), get(t)),
        op("f64.sub", f64_const(2.0), get(t)),
    )
    rest = op("f64.sub", op("f64.sub", get(low), quotient), get(high))
    code += local_set(r, op("f64.sub", f64_const(1.0), rest))
    # times 2**k, in two steps, because k alone may exceed the exponent's range
    code += local_set(half, op("i64.shr_s", get(k), i64_const(1)))
    first = op("f64.mul", get(r), _power_of_two(get(half)))
    remaining = op("i64.sub", get(k), get(half))
    code += op("f64.mul", first, _power_of_two(remaining))
    return function_body([F64] * 4 + [I64] * 2, code)


def _log() -> bytes:
    x, f, s, z, k, scale, bits = 0, 1, 2, 3, 4, 5, 6
    get = local_get
    code = if_(op("f64.ne", get(x), get(x)), _return(get(x)))
    code += if_(op("f64.lt", get(x), f64_const(0.0)), _return(f64_const(math.nan)))
    code += if_(op("f64.eq", get(x), f64_const(0.0)), _return(f64_const(-math.inf)))
    code += if_(op("f64.eq", get(x), f64_const(math.inf)), _return(get(x)))
    # A subnormal number is scaled into the normal range first.
    code += if_(
        op("f64.lt", get(x), f64_const(2.0**-1022)),
        local_set(x, op("f64.mul", get(x), f64_const(2.0**54)))
        + local_set(scale, f64_const(-54.0)),
    )
    # x = 2**k (1 + f), with 1 + f from sqrt(1/2) to sqrt(2)
    code += local_set(bits, op("i64.reinterpret_f64", get(x)))
    exponent = op("i64.sub", op("i64.shr_s", get(bits), i64_const(52)), i64_const(1023))
    code += local_set(k, op("f64.convert_i64_s", exponent))
    mantissa = op("i64.and", get(bits), i64_const((1 << 52) - 1))
    code += local_set(
        f, op("f64.reinterpret_i64", op("i64.or", mantissa, i64_const(1023 << 52)))
    )
    code += if_(
        op("f64.gt", get(f), f64_const(math.sqrt(2))),
        local_set(f, op("f64.mul", get(f), f64_const(0.5)))
        + local_set(k, op("f64.add", get(k), f64_const(1.0))),
    )
    code += local_set(f, op("f64.sub", get(f), f64_const(1.0)))
    code += local_set(k, op("f64.add", get(k), get(scale)))
    # log(1 + f) = f - (h - s (h + R)), s = f / (2 + f), h = f**2 / 2
    code += local_set(s, op("f64.div", get(f), op("f64.add", f64_const(2.0), get(f))))
    code += local_set(z, op("f64.mul", get(s), get(s)))
    r = op("f64.mul", get(z), _polynomial(get(z), _LOG))
    h = local_tee(x, op("f64.mul", op("f64.mul", f64_const(0.5), get(f)), get(f)))
    inner = op("f64.mul", get(s), op("f64.add", h, r))
    inner = op("f64.add", inner, op("f64.mul", get(k), f64_const(_LN2_LOW)))
    code += local_set(z, inner)  # evaluates h, which sets x
    rest = op("f64.sub", op("f64.sub", get(x), get(z)), get(f))
    code += op("f64.sub", op("f64.mul", get(k), f64_const(_LN2_HIGH)), rest)
    return function_body([F64] * 5 + [I64], code)


def _tanh() -> bytes:
    x, a, t = 0, 1, 2
    get = local_get
    code = local_set(a, op("f64.abs", get(x)))
    # Near 0 the difference below cancels, so use Lambert's continued fraction.
    fraction = f64_const(15.0)
    for odd in (13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0):
        fraction = op("f64.add", f64_const(odd), op("f64.div", get(t), fraction))
    code += if_(
        op("f64.lt", get(a), f64_const(0.5)),
        local_set(t, op("f64.mul", get(x), get(x)))
        + _return(op("f64.div", get(x), fraction)),
    )
    # tanh(a) = 1 - 2 / (exp(2 a) + 1); NaN falls through and stays
    power = call(NAMES.index("exp"), op("f64.add", get(a), get(a)))
    quotient = op("f64.div", f64_const(2.0), op("f64.add", power, f64_const(1.0)))
    magnitude = op("f64.sub", f64_const(1.0), quotient)
    code += op("f64.copysign", magnitude, get(x))
    return function_body([F64] * 2, code)


def _sigmoid() -> bytes:
    x, z = 0, 1
    get = local_get
    exp = NAMES.index("exp")
    one = f64_const(1.0)
    exp_of_minus_x = call(exp, op("f64.neg", get(x)))
    code = if_(
        op("f64.ge", get(x), f64_const(0.0)),
        _return(op("f64.div", one, op("f64.add", one, exp_of_minus_x))),
    )
    code += local_set(z, call(exp, get(x)))
    code += op("f64.div", get(z), op("f64.add", one, get(z)))
    return function_body([F64], code)


def _softplus() -> bytes:
    """log(1 + exp(x)) = max(x, 0) + log(1 + z), with z = exp(-|x|) from 0 to 1."""
    x, z, u, t = 0, 1, 2, 3
    get = local_get
    one = f64_const(1.0)
    exponent = op("f64.neg", op("f64.abs", get(x)))
    code = local_set(z, call(NAMES.index("exp"), exponent))
    code += local_set(u, op("f64.add", one, get(z)))
    # log(1 + z) = log(u) z / (u - 1) undoes the rounding of u; it is z if u is 1.
    correction = op("f64.div", get(z), op("f64.sub", get(u), one))
    logarithm = call(NAMES.index("log"), get(u))
    code += local_set(t, get(z))
    code += if_(
        op("f64.ne", get(u), one), local_set(t, op("f64.mul", logarithm, correction))
    )
    code += op("f64.add", op("f64.max", get(x), f64_const(0.0)), get(t))
    return function_body([F64] * 3, code)


def _sin(quarter_turns: int) -> bytes:
    """sin(x + quarter_turns pi / 2), so the cosine for 1."""
    x, n, r, low, t, z, k = 0, 1, 2, 3, 4, 5, 6
    get = local_get
    # x - x is NaN for infinities and NaN.
    code = local_set(t, op("f64.sub", get(x), get(x)))
    code += if_(op("f64.ne", get(t), get(t)), _return(get(t)))
    code += if_(
        op("f64.ge", op("f64.abs", get(x)), f64_const(_MAX_ANGLE)),
        local_set(x, f64_const(0.0)),
    )
    # x = n pi / 2 + r + low, with |r| <= pi / 4, and low is what r loses by rounding.
    # n comes from an integer and is never -0, so r has the sign of x = -0.
    multiple = op("f64.nearest", op("f64.mul", get(x), f64_const(2 / math.pi)))
    code += local_set(k, op("i64.trunc_f64_s", multiple))
    code += local_set(n, op("f64.convert_i64_s", get(k)))
    first, second, third = (op("f64.mul", get(n), f64_const(p)) for p in _HALF_PI)
    code += local_set(x, op("f64.sub", get(x), first))  # exact
    code += local_set(t, second)
    code += local_set(r, op("f64.sub", get(x), get(t)))
    lost = op("f64.sub", op("f64.sub", get(x), get(r)), get(t))
    code += local_set(t, op("f64.sub", third, lost))
    code += local_set(x, op("f64.sub", get(r), get(t)))
    code += local_set(low, op("f64.sub", op("f64.sub", get(r), get(x)), get(t)))
    code += local_set(r, get(x))
    code += local_set(z, op("f64.mul", get(r), get(r)))
    code += local_set(k, op("i64.add", get(k), i64_const(quarter_turns)))
    # sin(r + low) = r - ((z (low / 2 - r z S(z)) - low) - r z S1)
    cube = local_tee(t, op("f64.mul", get(z), get(r)))
    half_low = op("f64.mul", f64_const(0.5), get(low))
    tail = op("f64.mul", cube, _polynomial(get(z), _SIN[1:]))
    inner = op("f64.mul", get(z), op("f64.sub", half_low, tail))
    rest = op(
        "f64.sub",
        op("f64.sub", inner, get(low)),
        op("f64.mul", get(t), f64_const(_SIN[0])),
    )
    sine = op("f64.sub", get(r), rest)
    # cos(r + low) = 1 - (z / 2 - (z z C(z) - r low)); t is 1 - z / 2 rounded
    half = op("f64.mul", f64_const(0.5), get(z))
    main = local_tee(t, op("f64.sub", f64_const(1.0), half))
    lost = op("f64.sub", op("f64.sub", f64_const(1.0), get(t)), half)
    tail = op("f64.mul", op("f64.mul", get(z), get(z)), _polynomial(get(z), _COS))
    rest = op("f64.add", lost, op("f64.sub", tail, op("f64.mul", get(r), get(low))))
    cosine = op("f64.add", main, rest)
    is_even = op("i64.eqz", op("i64.and", get(k), i64_const(1)))
    code += if_(is_even, local_set(r, sine), local_set(r, cosine))
    is_positive = op("i64.eqz", op("i64.and", get(k), i64_const(2)))
    code += if_(is_positive, _return(get(r)))
    code += op("f64.neg", get(r))
    return function_body([F64] * 5 + [I64], code)


def _pow() -> bytes:
    """x ** k for a constant k: exp(k log |x|), negative for a negative x and odd k."""
    x, k, magnitude = 0, 1, 2
    get = local_get
    logarithm = call(NAMES.index("log"), op("f64.abs", get(x)))
    code = local_set(
        magnitude, call(NAMES.index("exp"), op("f64.mul", get(k), logarithm))
    )
    # k is odd if k / 2 is not whole. For a negative x, k is whole: the check
    # `nonnegative` has refused the others.
    half = op("f64.mul", get(k), f64_const(0.5))
    is_odd = op("f64.ne", op("f64.nearest", half), half)
    is_negative = op("f64.lt", get(x), f64_const(0.0))
    code += if_(is_negative, if_(is_odd, _return(op("f64.neg", get(magnitude)))))
    code += get(magnitude)
    return function_body([F64], code)
