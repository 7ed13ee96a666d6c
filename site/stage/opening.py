"""The first demo of a page: of an address, which people type, shorten and keep."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from stage.option import OptionError


def open_demo(
    page: ModuleType, texts: Mapping[str, str], weights: str = ""
) -> tuple[Any, dict[str, str], list[str]]:
    """
    Return a demo, the texts of its options, and a notice for all that was replaced.

    What is wrong with an option becomes the nearest that is allowed; what does not go
    with the others becomes its default. Weights that do not fit are left out.
    """
    texts, notices = page.OPTIONS.replace_invalid(texts)
    demo, texts = _make_demo(page, texts, notices)
    if weights:
        notices.append(_take_weights(demo, weights))
    return demo, texts, notices


def _make_demo(
    page: ModuleType, texts: dict[str, str], notices: list[str]
) -> tuple[Any, dict[str, str]]:
    while True:
        try:
            return page.Demo(page.OPTIONS.read(texts)), texts
        except OptionError as error:  # each is allowed, but not with the others
            default = page.OPTIONS.write_default(error.name)
            if texts[error.name] != default:
                texts[error.name] = default
                notices.append(f"{error} It is now {default}.")
                continue
            # It has its default already, which does not suit one of the others.
            defaults, _ = page.OPTIONS.replace_invalid({})
            if texts == defaults:
                raise
            texts = defaults
            notices.append(f"{error} Every option has its default now.")


def _take_weights(demo: Any, weights: str) -> str:
    try:
        demo.take_weights(weights)
    except ValueError as error:
        return f"The weights in the link were ignored: {error}."
    return (
        "The network has the weights from the link. Training continues from them. "
        "Reset starts over."
    )
