"""A session whose messages can be read."""

from __future__ import annotations

from lab.session import Session


class Desk:
    """Runs cells and keeps what they tell."""

    def __init__(self):
        self.messages = []
        self.session = Session(self.messages.append)
        self._n = 0

    def run(self, source, name=None):
        """Run the next cell and return what it told."""
        self._n += 1
        self.messages.clear()
        self.is_good = self.session.run(name or f"cell {self._n}", source)
        return list(self.messages)

    def printed(self, source, stream="out"):
        told = self.run(source)
        texts = [m for m in told if m["kind"] == "text" and m["stream"] == stream]
        return "".join(m["text"] for m in texts)

    def error(self, source):
        """Run a cell that fails and return its only error."""
        (error,) = [m for m in self.run(source) if m["kind"] == "error"]
        assert not self.is_good
        assert error["sentence"]
        return error

    def sentence(self, source):
        return self.error(source)["sentence"]

    def only(self, source, kind):
        """Run a cell and return its only message of a kind."""
        (message,) = [m for m in self.run(source) if m["kind"] == kind]
        return message
