"""
Emits and runs `shuffle`: NumPy's permutations, of which the first rows are kept.

It is the Mersenne Twister and the shuffle of `moongrad.rng`, whose state is copied in
and out, so that Python and WebAssembly can take turns. What follows the twister's
paper (Matsumoto and Nishimura, 1998) has the names of its reference code, mt19937ar.c.
"""

from __future__ import annotations

from array import array

from moongrad.rng import STATE_WORDS, RandomState
from moongrad.wasm.encode import (
    I32,
    PAGE,
    call,
    function_body,
    functype,
    i32_const,
    if_,
    local_get,
    local_set,
    local_tee,
    memory_op,
    module,
    op,
    repeat,
    while_,
)
from moongrad.wasm.loops import count_up
from moongrad.wasm.runtime import Machine, start

# The memory: the state's words, the position in them, and the row numbers.
_WORDS, _POSITION, _ROWS = 0, 4 * STATE_WORDS, 2512
# Constants of mt19937ar.c.
_M, _MATRIX_A, _UPPER_MASK, _LOWER_MASK = 397, 0x9908B0DF, 0x80000000, 0x7FFFFFFF
_ZERO, _ONE = i32_const(0), i32_const(1)


class Shuffler:
    """Draws permutations in WebAssembly."""

    def __init__(self) -> None:
        self._machine: Machine = start(emit_shuffle())

    def permutations(
        self, random: RandomState, n: int, kept: int, times: int
    ) -> array[int]:
        """
        Return the first `kept` numbers of each of `times` permutations of `n` rows.

        The numbers, and the state that is left, are those of `random.permutation(n)`.
        """
        machine, n_kept = self._machine, kept * times
        machine.reserve(_ROWS + 4 * (n_kept + n))
        state = array("I", random.get_state())
        machine.write(_WORDS, array("i", state.tobytes()))
        machine.call("shuffle", n, 4 * kept, times)
        random.set_state(array("I", machine.read_ints(_WORDS, len(state)).tobytes()))
        return machine.read_ints(_ROWS, n_kept)


def emit_shuffle() -> bytes:
    """
    Return a module that exports `shuffle(n, kept, times) -> 0`; `kept` is in bytes.

    Each permutation begins where the rows end that are kept of the one before.
    """
    types = [functype([], []), functype([], [I32]), functype([I32] * 3, [I32])]
    bodies = [_generate(), _draw(), _shuffle()]
    return module(types, [0, 1, 2], -(-_ROWS // PAGE), [("shuffle", 2)], bodies)


_GENERATE, _DRAW = 0, 1  # the numbers of the functions that another one calls


def _generate() -> bytes:
    """Return the body of a function that replaces all words by the next ones."""
    k, y = range(2)

    def word(distance: int) -> bytes:
        """Return code for the address of a word after word k, where 0 follows 623."""
        number = op("i32.add", local_get(k), i32_const(distance))
        start = op("i32.sub", number, i32_const(STATE_WORDS))
        is_inside = op("i32.lt_u", number, i32_const(STATE_WORDS))
        return _word(op("select", number, start, is_inside))

    high = op("i32.and", memory_op("i32.load", _WORDS, word(0)), _int(_UPPER_MASK))
    low = op("i32.and", memory_op("i32.load", _WORDS, word(1)), _int(_LOWER_MASK))
    odd = op("i32.and", local_get(y), _ONE)
    new = _xor(
        memory_op("i32.load", _WORDS, word(_M)),
        op("i32.shr_u", local_get(y), _ONE),
        op("i32.mul", odd, _int(_MATRIX_A)),
    )
    step = local_set(y, op("i32.or", high, low))
    step += memory_op("i32.store", _WORDS, word(0), new)
    code = count_up(k, STATE_WORDS, step)
    code += memory_op("i32.store", _POSITION, _ZERO, _ZERO)
    return function_body([I32] * 2, code)


def _draw() -> bytes:
    """Return the body of a function that returns the next 32 bits."""
    y = 0
    position = memory_op("i32.load", _POSITION, _ZERO)
    is_inside = op("i32.lt_u", position, i32_const(STATE_WORDS))
    code = if_(op("i32.eqz", is_inside), call(_GENERATE))
    code += local_set(y, memory_op("i32.load", _WORDS, _word(position)))
    next_one = op("i32.add", position, _ONE)
    code += memory_op("i32.store", _POSITION, _ZERO, next_one)
    for shift, n_bits, mask in (
        ("i32.shr_u", 11, 0xFFFFFFFF),
        ("i32.shl", 7, 0x9D2C5680),
        ("i32.shl", 15, 0xEFC60000),
        ("i32.shr_u", 18, 0xFFFFFFFF),
    ):
        shifted = op("i32.and", op(shift, local_get(y), i32_const(n_bits)), _int(mask))
        code += local_set(y, _xor(local_get(y), shifted))
    return function_body([I32], code + local_get(y))


def _shuffle() -> bytes:
    """Return the body of `shuffle`, which Fisher and Yates describe."""
    n, kept, times, target, i, j, number = range(7)

    def row(k: int) -> bytes:
        """Return code for the address of row k of this permutation."""
        return op("i32.add", local_get(target), _word(local_get(k)))

    in_order = memory_op("i32.store", 0, row(i), local_get(i))
    in_order += local_set(i, op("i32.add", local_get(i), _ONE))
    # As many bits as i has: at least every second draw is then no larger than i.
    mask = op("i32.shr_u", i32_const(-1), op("i32.clz", local_get(i)))
    draw = local_tee(j, op("i32.and", call(_DRAW), mask))
    swap = local_set(number, memory_op("i32.load", 0, row(i)))
    swap += memory_op("i32.store", 0, row(i), memory_op("i32.load", 0, row(j)))
    swap += memory_op("i32.store", 0, row(j), local_get(number))
    exchange = repeat(b"", op("i32.lt_u", local_get(i), draw)) + swap
    exchange += local_set(i, op("i32.sub", local_get(i), _ONE))
    permute = local_set(i, _ZERO)
    permute += while_(op("i32.lt_u", local_get(i), local_get(n)), in_order)
    permute += local_set(i, op("i32.sub", local_get(n), _ONE))
    permute += while_(local_get(i), exchange)
    permute += local_set(target, op("i32.add", local_get(target), local_get(kept)))
    permute += local_set(times, op("i32.sub", local_get(times), _ONE))
    code = local_set(target, i32_const(_ROWS)) + while_(local_get(times), permute)
    return function_body([I32] * 4, code + _ZERO)


def _word(number: bytes) -> bytes:
    """Return code for the address of a number of 4 bytes, counted from 0."""
    return op("i32.shl", number, i32_const(2))


def _xor(first: bytes, *others: bytes) -> bytes:
    for other in others:
        first = op("i32.xor", first, other)
    return first


def _int(word: int) -> bytes:
    """Return the constant of 32 bits that are given as an unsigned number."""
    return i32_const(word - (1 << 32) if word >> 31 else word)
