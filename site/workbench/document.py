"""A run with its settings as one JSON document, out and in again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from moongrad import Trainer, export

FORMAT = "moongrad playground"
VERSION = 1
LARGEST = 20_000_000  # characters


class Document(NamedTuple):
    """The options as texts, and the trainer with the weights."""

    texts: dict[str, str]
    trainer: Trainer
    steps_before: int
    epochs_before: float


def write_document(
    texts: Mapping[str, str],
    trainer: Trainer,
    steps_before: int = 0,
    epochs_before: float = 0.0,
) -> str:
    """Return the document of a run, part of which was made before its trainer."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "options": dict(texts),
        "steps_before": steps_before,
        "epochs_before": epochs_before,
        "run": json.loads(export.to_json(trainer)),
    }
    return json.dumps(document) + "\n"


def read_document(text: str) -> Document:
    """Return what `write_document` wrote; raises `ValueError` for anything else."""
    if len(text) > LARGEST:
        raise ValueError("This file is too large to be a run of the playground.")
    try:
        document = json.loads(text)
    except ValueError:
        raise ValueError(
            "This file isn’t JSON. Open one that was saved here as JSON."
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(
            "This JSON isn’t a run of the playground. Open one that was saved here."
        )
    if document.get("version") != VERSION:
        raise ValueError(
            f"This file has version {document.get('version')!r}, and this page reads "
            f"version {VERSION}. Reload the page: there may be a newer one."
        )
    try:
        texts = {str(k): str(v) for k, v in document["options"].items()}
        trainer, _ = export.from_json(json.dumps(document["run"]))
        steps_before = int(document["steps_before"])
        epochs_before = float(document["epochs_before"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"This file is incomplete or was changed: {error}.") from None
    return Document(texts, trainer, steps_before, epochs_before)
