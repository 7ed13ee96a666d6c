"""What a run hands out: as code, as a model, as data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from moongrad import export
from workbench.dataset import Dataset
from workbench.run import Run
from workbench.words import describe_network

WRITERS: dict[str, Callable[[Run], str | bytes]] = {
    "python": lambda run: export.to_python(run.trainer),
    "pytorch": lambda run: export.to_pytorch(run.trainer),
    "notebook": lambda run: export.to_notebook(run.trainer),
    "onnx": lambda run: export.to_onnx(run.model),
}


def write_artifact(
    name: str, run: Run, inputs: Sequence[str], dataset: Dataset
) -> str | bytes:
    """Return one of the things that a run hands out, by name."""
    if name == "formula":
        return describe_network(run.model, inputs)
    if name == "csv":
        return write_csv(dataset)
    content = WRITERS[name](run)
    if name in ("python", "pytorch"):
        content = f"{describe_start(run)}{content}"
    return content


def describe_start(run: Run) -> str:
    """Return comments on where a script starts, and how far it goes."""
    lines = []
    if run.steps_before:
        lines.append(
            f"# It starts with the weights of step {run.steps_before:,}, after which "
            f"data, settings or weights were changed."
        )
    if not run.trainer.steps_done:
        lines.append("# No step has been made from there yet, so this makes 100.")
    return "".join(f"{line}\n" for line in lines)


def write_csv(dataset: Dataset) -> str:
    """Return the points as CSV: x, y and the name of the class, or the number."""
    names = dataset.class_names
    labels = [names[k] for k in dataset.classes] if names else dataset.labels
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("x", "y", "label"))
    writer.writerows(
        (*point, label) for point, label in zip(dataset.points, labels, strict=True)
    )
    return file.getvalue()
