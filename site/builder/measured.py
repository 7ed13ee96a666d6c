"""
What `python build.py bench --store` has measured, and how pages print it.

The file has, by name: `task`, what a step of the standard moons consists of;
`natively` and `in Chromium`, the seconds of such a step by engine; `large`, how many
times the time of each engine the compiled step takes for a large network; `sizes
natively` and `sizes in Chromium`, networks of several sizes with loops and without;
`boot`, how pages start, by line and visit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from builder.paths import SITE

MEASURED = SITE / "pages" / "measured.json"
OURS = "moongrad, compiled"
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit
PLACES = ("natively", "in Chromium")

Measured = Mapping[str, Any]


class Visit(NamedTuple):
    """How long one visit takes from the click to the first figure, in seconds."""

    name: str
    to_step: float
    to_figure: float


def read_measured() -> Measured:
    return json.loads(MEASURED.read_text(encoding="utf-8"))


# --- how numbers are written ----------------------------------------------------------


def write(number: float, digits: int = 3) -> str:
    """
    Return a number with so many digits, and commas between thousands.

    >>> write(51802.1), write(0.0149), write(24.0)
    ('51,800', '0.0149', '24')
    """
    return f"{float(f'{number:.{digits}g}'):,.10g}"


def write_milliseconds(seconds: float) -> str:
    return f"{write(seconds * 1000)}{SPACE}ms"


def write_seconds(seconds: float) -> str:
    return f"{seconds:.{1 if seconds >= 1 else 2}f}{SPACE}s"


def write_bytes(n_bytes: float) -> str:
    """
    >>> [write_bytes(n).replace(SPACE, " ") for n in (19_900_000, 145_000, 8_420)]
    ['19.9 MB', '145 kB', '8.4 kB']
    """
    if n_bytes >= 1e6:
        return f"{write(n_bytes / 1e6)}{SPACE}MB"
    return f"{write(n_bytes / 1000, 3 if n_bytes >= 1e5 else 2)}{SPACE}kB"


# --- one training step ----------------------------------------------------------------


def list_steps(measured: Measured, place: str) -> list[tuple[str, str, str]]:
    """Return each engine, its time, and ours compared with it; the slowest first."""
    seconds = measured[place]
    return [
        (name, write_milliseconds(time), f"{write(time / seconds[OURS])}{SPACE}×")
        for name, time in sort_slowest_first(seconds)
    ]


def sort_slowest_first(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda item: -item[1])


def shorten(engine: str) -> str:
    """Return the name of an engine as it is in a sentence, without what kind it is."""
    return engine.split(",")[0]


def compare(measured: Measured, place: str, peer: str, engine: str = OURS) -> str:
    """Return how many times as fast as a peer an engine is, in two digits."""
    return write(measured[place][peer] / measured[place][engine], 2)


# --- networks of several sizes --------------------------------------------------------


def list_sizes(measured: Measured, place: str) -> list[tuple[str, str, str, str]]:
    """Return what loops save, two rows for each network."""
    return [
        (
            f"{result['parameters']:,.0f},{SPACE}{kind}",
            write_milliseconds(result["compile"]),
            write_milliseconds(result["step"]),
            write_bytes(result["size"]),
        )
        for pair in measured[f"sizes {place}"]
        for kind, result in pair.items()
    ]


def pick_sizes(
    measured: Measured, place: str, kind: str, field: str
) -> dict[int, float]:
    """Return milliseconds by the number of parameters."""
    results = [pair[kind] for pair in measured[f"sizes {place}"]]
    return {int(r["parameters"]): r[field] * 1000 for r in results}


# --- how pages start ------------------------------------------------------------------

STOCK, COLD, AGAIN = "stock, cold", "ours, cold", "ours, repeat, no network"
STARTS = {
    STOCK: "a stock page",
    COLD: "moongrad, first visit",
    AGAIN: "moongrad, second visit, offline",
}
LINES = ("at 20 Mbit/s", "unthrottled")


def list_visits(measured: Measured, line: str) -> list[Visit]:
    boot = measured["boot"][line]
    return [
        Visit(name, boot[visit]["first-step"], boot[visit]["first-figure"])
        for visit, name in STARTS.items()
    ]


def list_sent(measured: Measured) -> list[tuple[str, str, str, str]]:
    """Return what is sent: to a stock page, to ours, and ours as a share of that."""
    boot = measured["boot"]["unthrottled"]
    # A stock page loads everything before its Python starts.
    stock, ours = boot[STOCK]["bytes"], boot[COLD]
    return [
        (title, write_bytes(stock), write_bytes(n), f"{n / stock:.2f}")
        for title, n in (
            ("to the first step", ours["bytes to step"]),
            ("to the first figure", ours["bytes"]),
        )
    ]


def list_starts(measured: Measured, line: str) -> list[tuple[str, str, str, str]]:
    """Return how long starting takes: a stock page, ours, and ours as a share."""
    stock, ours, again = (measured["boot"][line][visit] for visit in STARTS)
    return [
        (
            title,
            write_seconds(stock[name]),
            write_seconds(visit[name]),
            f"{visit[name] / stock[name]:.2f}",
        )
        for title, name, visit in (
            ("First step", "first-step", ours),
            ("First figure", "first-figure", ours),
            ("First figure, second visit", "first-figure", again),
            ("Longest block of the page", "longest task", ours),
        )
    ]
