"""A model as an ONNX file, which other runtimes execute."""

from __future__ import annotations

from typing import Any

from moongrad import __version__
from moongrad.export import protobuf
from moongrad.export.description import describe_model
from moongrad.export.layer_graph import INPUT, OPSET, OUTPUT, Graph, build_graph
from moongrad.nn import MLP

_IR_VERSION = 8  # of the file format: the one that belongs to the opset
_PRODUCER = "moongrad"
_BATCH = "batch"


def to_onnx(model: MLP) -> bytes:
    """
    Return an MLP as the bytes of an ONNX file, in double precision.

    The input `points` has a row of numbers for each point, the output `scores` one for
    each of them; the number of rows is free. It is written, and checked, by the package
    `onnx` where that is installed; the result is the same without. Raises `TypeError`
    for another model, `ValueError` for weights that are not finite.

    >>> from moongrad import MLP
    >>> b"scores" in to_onnx(MLP(2, [16, 1]))
    True
    """
    graph = build_graph(describe_model(model))
    try:
        import onnx  # noqa: F401
    except ImportError:
        return write_bytes(graph)
    return write_with_library(graph)


def write_with_library(graph: Graph) -> bytes:
    """Return the file as the package `onnx` writes it, having checked it."""
    import onnx
    from onnx import helper

    double = onnx.TensorProto.DOUBLE
    tensors = [
        helper.make_tensor(
            t.name, double, t.shape, protobuf.doubles(t.numbers), raw=True
        )
        for t in graph.tensors
    ]
    proto = helper.make_graph(
        [
            helper.make_node(n.op, n.inputs, [n.output], **dict(n.attributes))
            for n in graph.nodes
        ],
        _PRODUCER,
        [helper.make_tensor_value_info(INPUT, double, [_BATCH, graph.n_inputs])],
        [helper.make_tensor_value_info(OUTPUT, double, [_BATCH, graph.n_outputs])],
        tensors,
    )
    model: Any = helper.make_model(
        proto,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR_VERSION,
        producer_name=_PRODUCER,
        producer_version=__version__,
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def write_bytes(graph: Graph) -> bytes:
    """Return the same file without a library."""
    proto = protobuf.graph_proto(
        [
            protobuf.node_proto(n.inputs, [n.output], n.op, n.attributes)
            for n in graph.nodes
        ],
        _PRODUCER,
        [protobuf.tensor_proto(t.shape, t.name, t.numbers) for t in graph.tensors],
        [protobuf.value_info_proto(INPUT, [_BATCH, graph.n_inputs])],
        [protobuf.value_info_proto(OUTPUT, [_BATCH, graph.n_outputs])],
    )
    return protobuf.model_proto(_IR_VERSION, _PRODUCER, __version__, proto, OPSET)
