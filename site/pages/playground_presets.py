"""Setups of the playground that show something, each with a sentence and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Setup(NamedTuple):
    """Options that differ from their defaults, as texts, and what they show."""

    name: str
    label: str
    sentence: str
    texts: Mapping[str, str]
    steps: int = 2000  # after which its picture is drawn
    figure: str = "boundary"  # on its picture

    @property
    def query(self) -> str:
        """The options as buttons that set options have them."""
        return "&".join(f"{name}={text}" for name, text in self.texts.items())


PRESETS = (
    Setup(
        "line",
        "One neuron",
        "Without a hidden layer there’s only a straight line. Moons need a bend.",
        {"hidden": ""},
    ),
    Setup(
        "xor",
        "XOR",
        "No line splits opposite corners. One hidden layer of four neurons does it.",
        {"data": "xor", "hidden": "4"},
    ),
    Setup(
        "features",
        "Features, no layers",
        "With x² and y² as features, one neuron draws an ellipse around a circle.",
        {"data": "circles", "hidden": "", "features": "x**2,y**2"},
    ),
    Setup(
        "spirals",
        "Two spirals",
        "The hardest of them: it takes two wide layers, sines as features, and Adam.",
        {
            "data": "spirals",
            "noise": "0.02",
            "features": "x,y,sin(x),sin(y)",
            "hidden": "16,16",
            "optimizer": "adam",
            "rate": "0.01",
        },
        8000,
    ),
    Setup(
        "overfitting",
        "Overfitting",
        "A few noisy points and a large network: the training loss falls, and the test "
        "loss rises. Set the penalty to L2 to cure it.",
        {
            "points": "60",
            "noise": "0.4",
            "test_share": "0.5",
            "hidden": "16,16",
            "activation": "relu",
            "optimizer": "adam",
            "rate": "0.01",
            "strength": "0.01",
        },
        6000,
    ),
    Setup(
        "dead",
        "Dead ReLUs",
        "A first step that was too long pushed most ReLUs below 0 for every point. "
        "Their gradients are 0, so they never come back.",
        {"data": "circles", "hidden": "8", "activation": "relu", "rate": "4"},
        figure="network",
    ),
    Setup(
        "fast",
        "A rate too high",
        "At a rate of 3 with momentum, the loss jumps up and down and never settles.",
        {"rate": "3", "optimizer": "momentum"},
        figure="loss",
    ),
    Setup(
        "classes",
        "Four classes",
        "One output for each class, and the largest one wins.",
        {"data": "blobs", "classes": "4", "noise": "0.35", "hidden": "8"},
    ),
)
