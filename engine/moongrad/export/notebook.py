"""A run as a Jupyter notebook: cells of explanation and of code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, NamedTuple

from moongrad import __version__
from moongrad.export.description import Run, describe
from moongrad.export.literal import indent
from moongrad.export.script import (
    Section,
    name_model,
    write_advance,
    write_end,
    write_print,
    write_sections,
)
from moongrad.train import Trainer

#: nbformat's own version, 4.5: the first whose cells have ids.
_MAJOR, _MINOR = 4, 5
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Cell(NamedTuple):
    """A cell of a notebook."""

    kind: Literal["markdown", "code"]
    source: str


def to_notebook(trainer: Trainer) -> str:
    """
    Return a notebook (nbformat 4) that reproduces a run and draws its loss curve.

    It needs moongrad with the extra `plot`. It is written by the package `nbformat`
    where that is installed; the result is the same without. Raises as `to_python`.

    >>> from moongrad import MLP
    >>> text = to_notebook(Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1]))
    >>> json.loads(text)["nbformat"]
    4
    """
    cells = write_cells(describe(trainer))
    try:
        import nbformat  # noqa: F401
    except ImportError:
        return write_json(cells)
    return write_with_library(cells)


def write_cells(run: Run) -> list[Cell]:
    """Return the cells: before each of code one that says what it is for."""
    title = (
        f"# {name_model(run)}, trained with moongrad\n\n"
        f"Written by moongrad {__version__}. Data and parameters are those of a run "
        f"that was exported, so the losses are the same. It needs moongrad with what "
        f"draws: `pip install moongrad[plot]`."
    )
    training = Section(
        "Training",
        f"{run.steps} steps. A step's loss is measured before it changes the model.",
        _write_loop(run),
    )
    curve = Section(
        "The loss curve",
        "On a logarithmic scale.",
        [
            "%matplotlib inline",
            "from moongrad.plot import loss_curve",
            "",
            "loss_curve(records)",
        ],
    )
    cells = [Cell("markdown", title)]
    for section in (*write_sections(run), training, write_end(run), curve):
        if section.text:
            text = f"## {section.title}\n\n{section.text}"
            cells.append(Cell("markdown", text))
        cells.append(Cell("code", "\n".join(section.code)))
    return cells


def _write_loop(run: Run) -> list[str]:
    if run.steps_a_line == 1:
        start = [f"records = trainer.fit({run.steps})", "for record in records:"]
        return [*start, *indent([write_print(run)])]
    lines = [f"record = {write_advance(run)}", "records.append(record)"]
    start = ["records = []", f"while trainer.steps_done < {run.steps}:"]
    return [*start, *indent([*lines, write_print(run)])]


def write_with_library(cells: Sequence[Cell]) -> str:
    """Return the notebook as the package `nbformat` writes it, having checked it."""
    import nbformat
    from nbformat import v4

    notebook = v4.new_notebook(
        nbformat_minor=_MINOR,
        metadata=_METADATA,
        cells=[
            v4.new_code_cell(cell.source, id=f"cell-{k}")
            if cell.kind == "code"
            else v4.new_markdown_cell(cell.source, id=f"cell-{k}")
            for k, cell in enumerate(cells)
        ],
    )
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def write_json(cells: Sequence[Cell]) -> str:
    """Return the same notebook without a library."""
    document = {
        "cells": [_to_dict(f"cell-{k}", cell) for k, cell in enumerate(cells)],
        "metadata": _METADATA,
        "nbformat": _MAJOR,
        "nbformat_minor": _MINOR,
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _to_dict(name: str, cell: Cell) -> dict[str, object]:
    common: dict[str, object] = {
        "id": name,
        "cell_type": cell.kind,
        "metadata": {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.kind == "code":
        return {**common, "execution_count": None, "outputs": []}
    return common
