"""A scalar autograd engine and neural networks small enough to read."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from moongrad.data import (
    make_blobs,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
)
from moongrad.engine import TraceError, Value
from moongrad.loss import binary_cross_entropy, cross_entropy, hinge, squared_error
from moongrad.nn import MLP, Layer, Module, Neuron
from moongrad.optim import SGD, Adam, linear_decay
from moongrad.record import DivergenceError, Record
from moongrad.train import Trainer
from moongrad.until import Until
from moongrad.wasm import compile

__version__ = "0.1.0"

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "DivergenceError",
    "Layer",
    "Module",
    "Neuron",
    "Record",
    "TraceError",
    "Trainer",
    "Until",
    "Value",
    "accuracy",
    "binary_cross_entropy",
    "compile",
    "confusion",
    "cross_entropy",
    "hinge",
    "linear_decay",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_spirals",
    "make_xor",
    "squared_error",
    "widget",
]

if TYPE_CHECKING:
    from moongrad.embed import widget
    from moongrad.measure import accuracy, confusion

#: What is imported when it is first used, so that a page starts without it.
_LATER = {
    "accuracy": "moongrad.measure",
    "confusion": "moongrad.measure",
    "widget": "moongrad.embed",
}


def _draw(value: Value) -> str | None:
    """Draw the graph of a value in notebooks that have the package `graphviz`."""
    from moongrad.graph import to_svg

    return to_svg(value)


# Here, because `moongrad.graph` imports the engine, which knows of no drawing.
Value._repr_svg_ = _draw  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
