"""
What pages there are, and what others show of their demos: presets, pictures, heights.

Imports nothing of ours, so that every module may import it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: A picture that stands for a demo on other people's pages, in CSS pixels.
CARD_WIDTH, CARD_HEIGHT = 720, 400
CARD_RATIO = 1.5  # image pixels in each

#: By demo: widths of a frame, and how high it is there, with its options and without.
HEIGHTS: Mapping[str, list[tuple[int, int, int]]] = json.loads(
    (Path(__file__).parents[1] / "embed" / "heights.json").read_text(encoding="utf-8")
)
UNKNOWN_HEIGHT = 900


@dataclass(frozen=True)
class Preset:
    """Options of a demo that have a picture of their own, as texts by name."""

    name: str
    label: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """
    One HTML page.

    `demo` is the module in pages/ that it runs, `chapter` counts from 1, `title` is
    that of the demo where it is embedded. What is not in the menu is linked from other
    pages.
    """

    file: str
    name: str
    demo: str = ""
    chapter: int = 0
    about: str = ""
    title: str = ""
    presets: tuple[Preset, ...] = ()
    is_in_menu: bool = True


PAGES = [
    Page("index.html", "Start", "moons"),
    Page(
        "slope.html",
        "Slope",
        "slope",
        1,
        "What a derivative is: nudge a number and look.",
        "The slope of a function",
        (
            Preset("tanh", "tanh(x)", {"formula": "tanh(x)", "x": "0.5"}),
            Preset(
                "bell", "A bell", {"formula": "exp(0 - x**2)", "x": "-1", "h": "0.5"}
            ),
        ),
    ),
    Page(
        "graph.html",
        "Graph",
        "graph",
        2,
        "The chain rule, one edge at a time.",
        "A backward pass, step by step",
        (
            Preset(
                "neuron",
                "A neuron",
                {
                    "formula": "n = w*x + b; y = tanh(n)",
                    "numbers": "w=-0.5, x=2, b=1.4",
                },
            ),
            Preset(
                "softmax",
                "Softmax",
                {"formula": "s = exp(a) / (exp(a) + exp(b))", "numbers": "a=1, b=2"},
            ),
        ),
    ),
    Page(
        "neuron.html",
        "Neuron",
        "neuron",
        3,
        "Weights, a bias and an activation.",
        "A neuron and its gradients",
        (Preset("relu", "ReLU", {"activation": "relu"}),),
    ),
    Page(
        "examples.html",
        "Four examples",
        "examples",
        4,
        "A network of 41 parameters, and the loop that trains it.",
        "A network learns four examples",
        (Preset("forgotten", "No zero_grad", {"zero_grad": "off", "steps": "100"}),),
    ),
    Page(
        "regression.html",
        "Regression",
        "regression",
        5,
        "Not which class, but how much.",
        "A network learns a formula",
        (Preset("long", "1000 epochs at 0.02", {"epochs": "1000", "rate": "0.02"}),),
    ),
    Page(
        "moons.html",
        "Moons",
        "moons",
        6,
        "A decision boundary that bends as you watch.",
        "A network learns two moons",
        (
            Preset("noisy", "Noisy points", {"noise": "0.3"}),
            Preset("small", "Four neurons", {"hidden": "4"}),
            Preset("batches", "Batches of ten", {"batch": "10"}),
        ),
    ),
    Page("speed.html", "Speed", "speed", title="The speed of three engines"),
    Page("embed.html", "Embed"),
    Page("engine.html", "The engine", is_in_menu=False),
    Page("hood.html", "Under the hood", is_in_menu=False),
]
CHAPTERS = [page for page in PAGES if page.chapter]
EMBEDDED = [page for page in PAGES if page.title]
DEMOS = sorted({page.demo for page in PAGES if page.demo})


def find_height(demo: str, width: int, *, has_options: bool = True) -> int:
    """Return how high the frame of a demo is at a width, in CSS pixels."""
    for known, with_options, without in HEIGHTS.get(demo, []):
        if known >= width:
            return with_options if has_options else without
    return UNKNOWN_HEIGHT
