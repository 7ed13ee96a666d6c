"""
What is measured once and stored in site/: tests compare it with what they measure, and
`python build.py update` stores it anew. What the benchmarks measure is stored by
`python build.py bench --store`, for the page Under the hood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from builder.measured import MEASURED
from builder.report import BuildError

STORE = "MOONGRAD_STORE"  # set where the benchmarks store what they measure


def ask_pytorch() -> dict[str, dict[str, float]]:
    """Return what PyTorch computes for the neurons that the page Neuron compares."""
    import torch

    from pages.neuron import COMPARED

    theirs = {}
    for title, options in COMPARED.items():
        x1, x2, w1, w2, b = (
            torch.tensor(number, dtype=torch.float64, requires_grad=True)
            for number in (2.0, 0.0, -3.0, 1.0, options["b"])
        )
        n = x1 * w1 + x2 * w2 + b
        n.retain_grad()
        o = torch.tanh(n)
        o.backward()
        tensors = {"n": n, "x1": x1, "w1": w1, "x2": x2, "w2": w2}
        theirs[title] = {"n": n.item(), "o": o.item()} | {
            f"gradient of {name}": tensor.grad.item()
            for name, tensor in tensors.items()
        }
    return theirs


def update_pytorch() -> None:
    """Store PyTorch's numbers, which the page Neuron shows."""
    from pages.neuron import PYTORCH

    try:
        theirs = ask_pytorch()
    except ImportError:
        raise BuildError("PyTorch is not installed, so it cannot be asked") from None
    PYTORCH.write_text(json.dumps(theirs, indent=1) + "\n")


def store_measured(measured: Mapping[str, Any], path: Path = MEASURED) -> None:
    """Store what was measured by name; what was not keeps its place."""
    before = json.loads(path.read_text()) if path.exists() else {}
    text = json.dumps(before | round_numbers(measured), indent=1)
    path.write_text(text + "\n")


def round_numbers(value: Any) -> Any:
    """Return the same with four digits of each number that is not whole."""
    if isinstance(value, Mapping):
        return {name: round_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [round_numbers(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


UPDATES: dict[str, Callable[[], None]] = {
    "pytorch": update_pytorch,
}
