"""The binary format: examples and limits of the specification."""

from __future__ import annotations

import pytest

from moongrad.wasm import encode


@pytest.mark.parametrize(
    ("n", "expected"),
    [  # https://en.wikipedia.org/wiki/LEB128, which the specification refers to
        (0, b"\x00"),
        (3, b"\x03"),  # an example of 5.2.2
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (624485, b"\xe5\x8e\x26"),
        (2**32 - 1, b"\xff\xff\xff\xff\x0f"),
    ],
)
def test_unsigned_leb128(n, expected):
    assert encode.u32(n) == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, b"\x00"),
        (2, b"\x02"),
        (-2, b"\x7e"),  # an example of 5.2.2
        (63, b"\x3f"),
        (64, b"\xc0\x00"),
        (-64, b"\x40"),
        (-65, b"\xbf\x7f"),
        (-123456, b"\xc0\xbb\x78"),
        (-(2**31), b"\x80\x80\x80\x80\x78"),
    ],
)
def test_signed_leb128(n, expected):
    assert encode.s32(n) == expected
    assert encode.s64(n) == expected


@pytest.mark.parametrize(
    ("function", "n"),
    [
        (encode.u32, -1),
        (encode.u32, 2**32),
        (encode.s32, 2**31),
        (encode.s32, -(2**31) - 1),
        (encode.s64, 2**63),
    ],
)
def test_range_is_checked_before_encoding(function, n):
    with pytest.raises(ValueError, match="needs a number"):
        function(n)


def test_vectors_names_and_types():
    assert encode.vec([b"a", b"bc"]) == b"\x02abc"
    assert encode.name("é") == b"\x02\xc3\xa9"
    # 5.3.6: 0x60, then the parameters, then the results
    both = encode.functype([encode.I32, encode.F64], [encode.I32])
    assert both == b"\x60\x02\x7f\x7c\x01\x7f"


def test_section_is_number_length_content():
    assert encode.section(1, b"abc") == b"\x01\x03abc"


def test_locals_are_declared_in_runs():
    body = encode.function_body([encode.F64, encode.F64, encode.I32], b"")
    assert body == b"\x06\x02\x02\x7c\x01\x7f\x0b"


def test_smallest_module_runs():
    wasmtime = pytest.importorskip("wasmtime", reason="pip install moongrad[native]")
    code = encode.function_body([], encode.i32_const(42))
    module = encode.module(
        [encode.functype([], [encode.I32])], [0], 1, [("answer", 0)], [code]
    )
    assert module[:8] == b"\0asm\x01\0\0\0"
    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, module), [])
    assert instance.exports(store)["answer"](store) == 42
