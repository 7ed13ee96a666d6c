"""The option that carries the visitor's own points in an address."""

from __future__ import annotations

from dataclasses import dataclass

from stage.option import Option, OptionError
from workbench import own_points
from workbench.dataset import Dataset


@dataclass(frozen=True)
class OwnPoints(Option):
    """Points as `own_points.write` writes them; nothing is written for none."""

    default = own_points.EMPTY

    requirement = "points as the playground writes them"

    def read(self, text: str) -> Dataset:
        if not text.strip():
            return self.default
        try:
            return own_points.read(text.strip())
        except ValueError as error:
            raise OptionError(self.name, str(error)) from None

    def nearest(self, text: str) -> Dataset:
        return self.default

    def write(self, value: object) -> str:
        assert isinstance(value, Dataset)
        return "" if value == self.default else own_points.write(value)

    @property
    def attributes(self) -> dict[str, object]:
        return {"type": "text", "spellcheck": "false", "autocapitalize": "off"}
