"""
The few messages of ONNX that an MLP needs, as bytes.

Functions carry the names of onnx.proto3, whose fields are cited by number. The encoding
is that of https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

_VARINT, _LENGTH_DELIMITED = 0, 2  # wire types
_DOUBLE = 11  # TensorProto.DataType
_INT = 2  # AttributeProto.AttributeType


def varint(number: int) -> bytes:
    """Return a number of at least 0 in groups of 7 bits, the lowest first."""
    if number < 0:
        raise ValueError(f"varint needs a number >= 0, got {number}")
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)  # more follow
        number >>= 7
    return bytes([*groups, number])


def field(number: int, content: int | str | bytes) -> bytes:
    """Return a field: its number, its wire type and its content."""
    if isinstance(content, int):
        return varint(number << 3 | _VARINT) + varint(content)
    payload = content.encode() if isinstance(content, str) else content
    key = varint(number << 3 | _LENGTH_DELIMITED)
    return key + varint(len(payload)) + payload


def repeated(number: int, contents: Iterable[int | str | bytes]) -> bytes:
    """Return a field once for each content."""
    return b"".join(field(number, content) for content in contents)


def model_proto(
    ir_version: int, producer: str, version: str, graph: bytes, opset: int
) -> bytes:
    """Return a ModelProto; the opset is that of the standard operators."""
    return (
        field(1, ir_version)
        + field(2, producer)
        + field(3, version)
        + field(7, graph)
        + field(8, field(1, "") + field(2, opset))  # OperatorSetIdProto
    )


def graph_proto(
    nodes: Iterable[bytes],
    name: str,
    initializers: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    """Return a GraphProto."""
    return (
        repeated(1, nodes)
        + field(2, name)
        + repeated(5, initializers)
        + repeated(11, inputs)
        + repeated(12, outputs)
    )


def node_proto(
    inputs: Iterable[str],
    outputs: Iterable[str],
    op_type: str,
    attributes: Iterable[tuple[str, int]],
) -> bytes:
    """Return a NodeProto, whose attributes are ints."""
    protos = (  # AttributeProto
        field(1, name) + field(3, number) + field(20, _INT)
        for name, number in attributes
    )
    return (
        repeated(1, inputs)
        + repeated(2, outputs)
        + field(4, op_type)
        + repeated(5, protos)
    )


def tensor_proto(dims: Sequence[int], name: str, numbers: Sequence[float]) -> bytes:
    """Return a TensorProto of doubles."""
    return (
        repeated(1, dims)
        + field(2, _DOUBLE)
        + field(8, name)
        + field(9, doubles(numbers))
    )


def doubles(numbers: Sequence[float]) -> bytes:
    """Return the raw data of a tensor: 8 bytes for each number, little-endian."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def value_info_proto(name: str, dims: Iterable[int | str]) -> bytes:
    """Return a ValueInfoProto of doubles; a dimension with a name is free."""
    shape = repeated(  # TensorShapeProto of Dimensions
        1, (field(1 if isinstance(dim, int) else 2, dim) for dim in dims)
    )
    tensor = field(1, _DOUBLE) + field(2, shape)  # TypeProto.Tensor
    return field(1, name) + field(2, field(1, tensor))
