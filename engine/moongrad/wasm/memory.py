"""The memory of a module that runs: it remembers what lies there."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from moongrad.wasm.fit import Job
from moongrad.wasm.layout import JOB, SEED, STATUS, Layout
from moongrad.wasm.runtime import start


class Memory:
    """
    An instance of a module, and its numbers.

    What is written a second time is not copied, so rows and parameters stay where they
    are from one call to the next.
    """

    def __init__(
        self, module: bytes, layout: Layout, states: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.module = module
        self.states = states  # what its training changes; see `Training`
        self._layout = layout
        self._machine = start(module)
        self._arrays = {name: layout.address(name) for name in "PGSTBUV"}
        self._known: dict[int, array[Any]] = {}  # address -> what lies there
        self._job: Job | None = None
        self._sizes: dict[str, int] = {}
        self._addresses: dict[str, int] = {}

    @property
    def size(self) -> int:
        """The bytes of WebAssembly memory."""
        return self._machine.memory_size

    def allocate(self, sizes: dict[str, int]) -> dict[str, int]:
        """Return an address for each size in bytes, the same for the same sizes."""
        if sizes != self._sizes:
            end = self._layout.end
            self._known = {k: known for k, known in self._known.items() if k < end}
            self._addresses = {}
            for name, size in sizes.items():
                self._addresses[name] = end
                end += -(-size // 16) * 16
            self._machine.reserve(end)
            self._sizes = sizes
        return self._addresses

    def write(self, address: int, numbers: array[Any]) -> None:
        """Copy an array to an address, unless it lies there."""
        known = self._known.get(address)
        if known is numbers or not numbers:
            return
        if known is None or known.tobytes() != numbers.tobytes():
            self._machine.write(address, numbers)
        self._known[address] = numbers

    def write_array(self, name: str, numbers: Sequence[float]) -> None:
        """Write one of the arrays of the layout."""
        if len(numbers) != self._layout.n_parameters:  # or it overwrites what follows
            raise ValueError(
                f"a kernel of {self._layout.n_parameters} parameters got "
                f"{len(numbers)} numbers for them"
            )
        self.write(self._arrays[name], array("d", numbers))

    def write_job(self, job: Job) -> None:
        """Write what `fit` has to do."""
        if job != self._job:
            self._machine.write(JOB, array("i", job.pack()))
            self._job = job

    def write_seed(self, seed: float) -> None:
        """Write the gradient that the backward pass starts with."""
        self._machine.write(SEED, array("d", [seed]))

    def read(self, address: int, n: int) -> array[float]:
        """Return `n` numbers from an address on."""
        return self._machine.read(address, n)

    def read_array(self, name: str) -> list[float]:
        """Return one of the arrays of the layout."""
        address = self._arrays[name]
        numbers = self._machine.read(address, self._layout.n_parameters)
        self._known[address] = numbers
        return numbers.tolist()

    def take_status(self) -> tuple[int, bool]:
        """Return what failed in `fit` (see `layout`), and set it back."""
        status, is_test = self._machine.read_ints(STATUS, 2)
        if status:
            self._machine.write(STATUS, array("i", [0, 0]))
        return status, bool(is_test)

    def call(self, name: str, *arguments: int) -> int:
        """Call an exported function, which may change every array of the layout."""
        for array_name in "PGST":
            self._known.pop(self._arrays[array_name], None)
        return self._machine.call(name, *arguments)
