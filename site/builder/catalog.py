"""
What pages there are, and what others show of their demos: presets and pictures.

Imports nothing of ours, so that every module may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: A picture that stands for a demo on other people's pages, in CSS pixels.
CARD_WIDTH, CARD_HEIGHT = 720, 400
CARD_RATIO = 1.5  # image pixels in each
#: In columns narrower than this, figures are below each other: the width of such a
#: picture, the heights of its figures by their number, image pixels in each CSS pixel.
NARROW_LIMIT = 480
NARROW_WIDTH = 360
NARROW_HEIGHTS = {1: (300,), 2: (300, 180)}
NARROW_RATIO = 2.0
BAR_HEIGHT = 48  # CSS pixels of the bar below the picture, and below the live figures
FRAME_HEIGHT = CARD_HEIGHT + BAR_HEIGHT  # of a frame as wide as the picture


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
    that of the demo where it is embedded, and `first` names the options that the page
    Embed offers first. What is not in the menu is linked from other pages.
    `has_cells` allows the frame in which visitors' Python runs.
    """

    file: str
    name: str
    demo: str = ""
    chapter: int = 0
    about: str = ""
    title: str = ""
    presets: tuple[Preset, ...] = ()
    first: tuple[str, ...] = ()
    is_in_menu: bool = True
    has_cells: bool = False


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
        ("formula",),
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
        ("formula", "numbers"),
    ),
    Page(
        "neuron.html",
        "Neuron",
        "neuron",
        3,
        "Weights, a bias and an activation.",
        "A neuron and its gradients",
        (Preset("relu", "ReLU", {"activation": "relu"}),),
        ("activation",),
    ),
    Page(
        "examples.html",
        "Four examples",
        "examples",
        4,
        "A network of 41 parameters, and the loop that trains it.",
        "A network learns four examples",
        (Preset("forgotten", "No zero_grad", {"zero_grad": "off", "steps": "100"}),),
        ("steps", "rate"),
    ),
    Page(
        "regression.html",
        "Regression",
        "regression",
        5,
        "Not which class, but how much.",
        "A network learns a formula",
        (Preset("long", "1000 epochs at 0.02", {"epochs": "1000", "rate": "0.02"}),),
        ("noise",),
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
        ("noise", "hidden"),
    ),
    Page(
        "playground.html",
        "Playground",
        "playground",
        about="A workbench: your own points, features and networks.",
        title="A playground for neural networks",
        first=("data", "noise", "hidden"),
    ),
    Page("lab.html", "Lab", has_cells=True),
    Page("speed.html", "Speed", "speed", title="The speed of three engines"),
    Page("embed.html", "Embed"),
    Page("engine.html", "The engine", is_in_menu=False),
    Page("hood.html", "Under the hood", is_in_menu=False),
]
CHAPTERS = [page for page in PAGES if page.chapter]
EMBEDDED = [page for page in PAGES if page.title]
DEMOS = sorted({page.demo for page in PAGES if page.demo})
