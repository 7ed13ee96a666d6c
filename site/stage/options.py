"""
The table of a page's options: one row gives a control's name, label, default and range.

The build makes the controls from it, the worker reads addresses and controls with it,
so a bad value is found, and named, in one place. Plain Python: it knows neither DOM nor
JavaScript.

Names and values are promises: they are in the links and the embedded demos of other
people. Whoever changes one lists the old word as `old_name` or in `old_values`, and old
links go on working. Labels are for reading only and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace

from stage.option import Option, OptionError


class Options:
    """
    The options of one page, in the order of its controls.

    `version`, where there is one, is in every address with options, as `v`.
    """

    def __init__(self, *options: Option, version: int = 0) -> None:
        self.version = version
        self._options = {option.name: option for option in options}

    def __iter__(self) -> Iterator[Option]:
        return iter(self._options.values())

    def read(self, texts: Mapping[str, str]) -> SimpleNamespace:
        """
        Return the value of every option by name; those not in `texts` have their
        default.

        Raises `OptionError` for the first one that is not allowed. Other names are
        ignored.
        """
        return SimpleNamespace(
            **{
                option.name: option.read(
                    texts.get(option.name, option.write(option.default))
                )
                for option in self
            }
        )

    def translate(self, texts: Mapping[str, str]) -> dict[str, str]:
        """
        Return the options among `texts`, by the names and values of today.

        `texts` may be those of an old link. stage/addresses.js does the same before
        Python has started.
        """
        translated = {}
        for option in self:
            name = option.name if option.name in texts else option.old_name
            if name and name in texts:
                text = texts[name]
                translated[option.name] = option.old_values.get(text, text)
        return translated

    def list_spellings(self, texts: Mapping[str, str]) -> list[dict[str, str]]:
        """Return texts as links have them and, if they differ, as old links do."""
        old = {}
        for name, text in texts.items():
            option = self[name]
            old[option.old_name or name] = option.find_old_word(text) or text
        return [dict(texts), old] if old != texts else [dict(texts)]

    def replace_invalid(
        self, texts: Mapping[str, str]
    ) -> tuple[dict[str, str], list[str]]:
        """
        Return texts that `read` takes, and a notice for each invalid one.

        For addresses, which people type and shorten: a number out of range becomes the
        nearest allowed one, nonsense becomes the default. Old names and values are
        translated without a notice.
        """
        notices = self._check_version(texts.get("v", ""))
        texts = self.translate(texts)
        valid = {}
        for option in self:
            text = texts.get(option.name, option.write(option.default))
            try:
                valid[option.name] = option.write(option.read(text))
            except OptionError as error:
                valid[option.name] = option.write(option.nearest(text))
                notices.append(f"{error} It is now {valid[option.name] or 'empty'}.")
        return valid, notices

    def _check_version(self, text: str) -> list[str]:
        """Return what there is to say of the version of an address."""
        if not self.version or text in ("", str(self.version)):
            return []
        return [
            f"This link is of version “{text[:20]}”, and this page reads version "
            f"{self.version}. What it knows of the link is used."
        ]

    def __getitem__(self, name: str) -> Option:
        return self._options[name]

    def write_defaults(self) -> str:
        """Return all defaults as buttons that set options have them."""
        pairs = [f"{name}={self.write_default(name)}" for name in self._options]
        return "&".join(pairs)

    def write_default(self, name: str) -> str:
        """Return the default of one option, as its control shows it."""
        option = self._options[name]
        return option.write(option.default)
