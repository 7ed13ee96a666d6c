"""A scalar autograd engine and neural networks small enough to read."""

from moongrad.data import make_moons
from moongrad.engine import Value
from moongrad.loss import hinge, squared_error
from moongrad.nn import MLP, Layer, Module, Neuron
from moongrad.optim import SGD, linear_decay
from moongrad.train import Record, Trainer

__version__ = "0.1.0"

__all__ = [
    "MLP",
    "SGD",
    "Layer",
    "Module",
    "Neuron",
    "Record",
    "Trainer",
    "Value",
    "hinge",
    "linear_decay",
    "make_moons",
    "squared_error",
]
