"""
WebAssembly's binary format, in the words of its specification.

Comments cite sections of https://webassembly.github.io/spec/core/binary/index.html. An
instruction is written `op("f64.add", x, y)`: the bytes of its operands, then its own,
so that code reads like the folded text format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import groupby

MAGIC_AND_VERSION = b"\0asm\x01\0\0\0"  # 5.5.16 Modules

# 5.3.1 Number types, 5.3.2 Vector types, 5.4.1 (the empty block type)
I32, I64, F64, V128 = b"\x7f", b"\x7e", b"\x7c", b"\x7b"
EMPTY = b"\x40"

# 5.5.2 Sections
TYPE, FUNCTION, MEMORY, EXPORT, CODE = 1, 3, 5, 7, 10

PAGE = 65536  # bytes; 4.2.8 Memory instances

# Limits of engines: https://webassembly.github.io/spec/js-api/index.html#limits
MAX_LOCALS = 50_000
MAX_MODULE = 64 << 20  # bytes; engines accept 1 GiB, but compile it too slowly
MAX_MEMORY = 1 << 30  # bytes of parameters and frame

_OPCODES = {  # 5.4 Instructions
    "return": b"\x0f",
    "drop": b"\x1a",
    "select": b"\x1b",
    "i32.eqz": b"\x45",
    "i32.eq": b"\x46",
    "i32.lt_s": b"\x48",
    "i32.lt_u": b"\x49",
    "i32.le_s": b"\x4c",
    "i64.eqz": b"\x50",
    "f64.eq": b"\x61",
    "f64.ne": b"\x62",
    "f64.lt": b"\x63",
    "f64.gt": b"\x64",
    "f64.le": b"\x65",
    "f64.ge": b"\x66",
    "i32.clz": b"\x67",
    "i32.add": b"\x6a",
    "i32.sub": b"\x6b",
    "i32.mul": b"\x6c",
    "i32.and": b"\x71",
    "i32.or": b"\x72",
    "i32.xor": b"\x73",
    "i32.shl": b"\x74",
    "i32.shr_u": b"\x76",
    "i64.add": b"\x7c",
    "i64.sub": b"\x7d",
    "i64.and": b"\x83",
    "i64.or": b"\x84",
    "i64.shl": b"\x86",
    "i64.shr_s": b"\x87",
    "f64.abs": b"\x99",
    "f64.neg": b"\x9a",
    "f64.nearest": b"\x9e",
    "f64.sqrt": b"\x9f",
    "f64.add": b"\xa0",
    "f64.sub": b"\xa1",
    "f64.mul": b"\xa2",
    "f64.div": b"\xa3",
    "f64.min": b"\xa4",
    "f64.max": b"\xa5",
    "f64.copysign": b"\xa6",
    "i64.trunc_f64_s": b"\xb0",
    "f64.convert_i32_s": b"\xb7",
    "f64.convert_i64_s": b"\xb9",
    "i64.reinterpret_f64": b"\xbd",
    "f64.reinterpret_i64": b"\xbf",
    # 5.4.9 Vector instructions
    "f64x2.splat": b"\xfd\x14",
    "f64x2.eq": b"\xfd\x47",
    "f64x2.lt": b"\xfd\x49",
    "f64x2.gt": b"\xfd\x4a",
    "f64x2.le": b"\xfd\x4b",
    "v128.and": b"\xfd\x4e",
    "v128.any_true": b"\xfd\x53",
    "f64x2.abs": b"\xfd\xec\x01",
    "f64x2.sqrt": b"\xfd\xef\x01",
    "f64x2.add": b"\xfd\xf0\x01",
    "f64x2.sub": b"\xfd\xf1\x01",
    "f64x2.mul": b"\xfd\xf2\x01",
    "f64x2.div": b"\xfd\xf3\x01",
    "f64x2.min": b"\xfd\xf4\x01",
    "f64x2.pmax": b"\xfd\xf7\x01",
}

_MEMORY_OPCODES = {  # 5.4.7 Memory instructions: the opcode, and log2 of the alignment
    "i32.load": (b"\x28", 2),
    "f64.load": (b"\x2b", 3),
    "i32.store": (b"\x36", 2),
    "f64.store": (b"\x39", 3),
    "v128.load": (b"\xfd\x00", 3),
    "v128.load64_splat": (b"\xfd\x0a", 3),
    "v128.store": (b"\xfd\x0b", 3),
}


# --- 5.2 Values ----------------------------------------------------------------------


def u32(n: int) -> bytes:
    """5.2.2 Integers: an unsigned LEB128 of at most 32 bits."""
    if not 0 <= n < 1 << 32:
        raise ValueError(f"u32 needs a number from 0 to 2**32 - 1, got {n}")
    encoded = bytearray()
    while n >= 0x80:
        encoded.append(n & 0x7F | 0x80)
        n >>= 7
    encoded.append(n)
    return bytes(encoded)


def s32(n: int) -> bytes:
    """5.2.2 Integers: a signed LEB128 of at most 32 bits."""
    return _signed(n, 32)


def s64(n: int) -> bytes:
    """5.2.2 Integers: a signed LEB128 of at most 64 bits."""
    return _signed(n, 64)


def _signed(n: int, bits: int) -> bytes:
    if not -(1 << bits - 1) <= n < 1 << bits - 1:
        raise ValueError(f"s{bits} needs a number of {bits} bits, got {n}")
    encoded = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        if n == (-1 if byte & 0x40 else 0):  # the remaining bits only repeat the sign
            encoded.append(byte)
            return bytes(encoded)
        encoded.append(byte | 0x80)


def f64(x: float) -> bytes:
    """5.2.3 Floating-point: IEEE 754, little endian."""
    return struct.pack("<d", x)


def name(text: str) -> bytes:
    """5.2.4 Names: UTF-8 with its length."""
    encoded = text.encode()
    return u32(len(encoded)) + encoded


def vec(items: Iterable[bytes]) -> bytes:
    """5.1.3 Vectors: the count, then the elements."""
    encoded = list(items)
    return u32(len(encoded)) + b"".join(encoded)


# --- 5.4 Instructions ----------------------------------------------------------------


def op(mnemonic: str, *operands: bytes) -> bytes:
    """An instruction without immediates, preceded by its operands."""
    return b"".join(operands) + _OPCODES[mnemonic]


def memory_op(mnemonic: str, offset: int, *operands: bytes) -> bytes:
    """A load or store at `offset` from an address, which is the first operand."""
    opcode, alignment = _MEMORY_OPCODES[mnemonic]
    return b"".join(operands) + opcode + u32(alignment) + u32(offset)


def local_get(index: int) -> bytes:
    return b"\x20" + u32(index)


def local_set(index: int, operand: bytes = b"") -> bytes:
    return operand + b"\x21" + u32(index)


def local_tee(index: int, operand: bytes = b"") -> bytes:
    return operand + b"\x22" + u32(index)


def i32_const(n: int) -> bytes:
    return b"\x41" + s32(n)


def i64_const(n: int) -> bytes:
    return b"\x42" + s64(n)


def f64_const(x: float) -> bytes:
    return b"\x44" + f64(x)


def v128_const(x: float) -> bytes:
    """The vector of two equal f64."""
    return b"\xfd\x0c" + f64(x) * 2


def i8x16_shuffle(lanes: Sequence[int], a: bytes, b: bytes) -> bytes:
    """Select 16 bytes by `lanes` from the 32 bytes of `a` and `b`."""
    return a + b + b"\xfd\x0d" + bytes(lanes)


def f64x2_shuffle(first: int, second: int, a: bytes, b: bytes) -> bytes:
    """Select two f64 by lane from the four of `a` and `b`."""
    lanes = [8 * lane + byte for lane in (first, second) for byte in range(8)]
    return i8x16_shuffle(lanes, a, b)


def f64x2_extract_lane(lane: int, vector: bytes) -> bytes:
    return vector + b"\xfd\x21" + bytes([lane])


def f64x2_replace_lane(lane: int, vector: bytes, x: bytes) -> bytes:
    return vector + x + b"\xfd\x22" + bytes([lane])


def call(function: int, *operands: bytes) -> bytes:
    return b"".join(operands) + b"\x10" + u32(function)


def if_(condition: bytes, then: bytes, otherwise: bytes = b"") -> bytes:
    alternative = b"\x05" + otherwise if otherwise else b""
    return condition + b"\x04" + EMPTY + then + alternative + b"\x0b"


def while_(condition: bytes, body: bytes) -> bytes:
    """Repeat `body` while `condition`, tested before each iteration, is not 0."""
    branch_to_loop = b"\x0c" + u32(1)
    return b"\x03" + EMPTY + if_(condition, body + branch_to_loop) + b"\x0b"


def repeat(body: bytes, condition: bytes) -> bytes:
    """Do `body`, and repeat it while `condition`, tested after it, is not 0."""
    return b"\x03" + EMPTY + body + condition + b"\x0d" + u32(0) + b"\x0b"


# --- 5.5 Modules ---------------------------------------------------------------------


def functype(parameters: Iterable[bytes], results: Iterable[bytes]) -> bytes:
    """5.3.6 Function Types."""
    return b"\x60" + vec(parameters) + vec(results)


def section(number: int, content: bytes) -> bytes:
    """5.5.2 Sections: number, length, content."""
    return bytes([number]) + u32(len(content)) + content


def function_body(local_types: Sequence[bytes], code: bytes) -> bytes:
    """5.5.13 Code Section: the locals that are not parameters, and the code."""
    runs = [(valtype, len(list(run))) for valtype, run in groupby(local_types)]
    declared = vec(u32(n) + valtype for valtype, n in runs)
    body = declared + code + b"\x0b"
    return u32(len(body)) + body


def module(
    types: Sequence[bytes],
    functions: Sequence[int],
    pages: int,
    exports: Sequence[tuple[str, int]],
    bodies: Sequence[bytes],
) -> bytes:
    """
    5.5.16 Modules: functions, and a memory that is exported as `memory`.

    `functions` is the type index of each function; `exports` pairs names with function
    indices; `pages` is the initial size of the memory, in units of 64 KiB.
    """
    exported = [name(text) + b"\x00" + u32(index) for text, index in exports]
    exported.append(name("memory") + b"\x02" + u32(0))
    return b"".join(
        [
            MAGIC_AND_VERSION,
            section(TYPE, vec(types)),
            section(FUNCTION, vec(u32(index) for index in functions)),
            section(MEMORY, vec([b"\x00" + u32(pages)])),
            section(EXPORT, vec(exported)),
            section(CODE, vec(bodies)),
        ]
    )
