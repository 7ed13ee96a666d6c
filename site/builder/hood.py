"""What the page Under the hood shows: its tables, and what formats its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from builder import budgets, measured
from builder.listing import colour_session

FILE = "hood.html"


def gather(charts: Mapping[str, str]) -> dict[str, Any]:
    """Return the variables of the page; `charts` says what each figure shows."""
    figures = measured.read_measured()
    ours = figures["boot"]["unthrottled"][measured.COLD]
    large = figures["large"].items()
    return {
        "budgets": budgets,
        "charts": charts,
        "colour_session": lambda text: colour_session(str(text)),
        "shorten": measured.shorten,
        "compare": partial(measured.compare, figures),
        "frame": measured.write_milliseconds(float(f"{ours['frame']:.2g}")),
        "large": [
            (measured.shorten(name), measured.write(times, 2))
            for name, times in large
            if name != measured.OURS
        ],
        "large_task": figures["large task"],
        "paint": measured.write_bytes(ours["bytes to paint"]),
        "same_digits": round(-math.log10(budgets.SAME)),
        "sent": measured.list_sent(figures),
        "sizes": {
            place: measured.list_sizes(figures, place) for place in measured.PLACES
        },
        "starts": {
            line: measured.list_starts(figures, line) for line in measured.LINES
        },
        "steps": {
            place: measured.list_steps(figures, place) for place in measured.PLACES
        },
        "task": figures["task"],
        "write": measured.write,
        "write_bytes": measured.write_bytes,
    }
