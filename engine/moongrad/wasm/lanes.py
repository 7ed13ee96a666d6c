"""Lanes: the code of one number of one row as f64, or of two rows as f64x2."""

from __future__ import annotations

import sys

from moongrad.wasm.encode import (
    F64,
    V128,
    call,
    f64_const,
    f64x2_extract_lane,
    f64x2_replace_lane,
    memory_op,
    op,
    v128_const,
)

# A browser loads one number into both lanes by one instruction of the processor;
# wasmtime takes three for it, and two for a load and a splat.
HAS_FAST_SPLAT = sys.platform == "emscripten"


class _Lanes:
    """What both kinds have in common; their operations begin with `prefix`."""

    prefix = ""
    memory_prefix = ""

    def op(self, mnemonic: str, *operands: bytes) -> bytes:
        return op(f"{self.prefix}.{mnemonic}", *operands)

    def load(self, offset: int, address: bytes) -> bytes:
        return memory_op(f"{self.memory_prefix}.load", offset, address)

    def store(self, offset: int, address: bytes, x: bytes) -> bytes:
        return memory_op(f"{self.memory_prefix}.store", offset, address, x)


class Scalar(_Lanes):
    """One row: every number is an f64."""

    prefix = memory_prefix = "f64"
    valtype = F64
    n_rows = 1

    def const(self, x: float) -> bytes:
        return f64_const(x)

    def load_same(self, offset: int, address: bytes) -> bytes:
        """Load one number for all rows."""
        return self.load(offset, address)

    def relu(self, x: bytes) -> bytes:
        zero = f64_const(0.0)
        return op("select", zero, x, op("f64.lt", x, zero))

    def step(self, x: bytes) -> bytes:
        return op("f64.convert_i32_s", op("f64.gt", x, f64_const(0.0)))

    def is_any(self, comparison: str, x: bytes, limit: float) -> bytes:
        return self.op(comparison, x, self.const(limit))

    def apply(self, function: int, x: bytes, constant: bytes = b"") -> bytes:
        """Call a function of one f64 (and perhaps a constant)."""
        return call(function, x, constant)

    def rows(self, x: bytes) -> list[bytes]:
        """Return the number of each row, the last row first."""
        return [x]


class Pair(_Lanes):
    """Two rows: every number is an f64x2, the lower row in lane 0."""

    prefix, memory_prefix = "f64x2", "v128"
    valtype = V128
    n_rows = 2

    def const(self, x: float) -> bytes:
        return v128_const(x)

    def load_same(self, offset: int, address: bytes) -> bytes:
        if HAS_FAST_SPLAT:
            return memory_op("v128.load64_splat", offset, address)
        return op("f64x2.splat", memory_op("f64.load", offset, address))

    def relu(self, x: bytes) -> bytes:
        return op("f64x2.pmax", x, v128_const(0.0))  # x < 0 ? 0 : x; keeps NaN

    def step(self, x: bytes) -> bytes:
        return op("v128.and", op("f64x2.gt", x, v128_const(0.0)), v128_const(1.0))

    def is_any(self, comparison: str, x: bytes, limit: float) -> bytes:
        return op("v128.any_true", self.op(comparison, x, self.const(limit)))

    def apply(self, function: int, x: bytes, constant: bytes = b"") -> bytes:
        low, high = (
            call(function, f64x2_extract_lane(lane, x), constant) for lane in (0, 1)
        )
        return f64x2_replace_lane(1, op("f64x2.splat", low), high)

    def rows(self, x: bytes) -> list[bytes]:
        return [f64x2_extract_lane(lane, x) for lane in (1, 0)]


Lanes = Scalar | Pair
