"""
Runs WebAssembly modules: in the browser, or in wasmtime (extra `native`).

A `Machine` is one instance of a module: it reads and writes the memory as arrays, and
calls the functions with numbers.
"""

from __future__ import annotations

import sys
from array import array
from typing import Any, Protocol

from moongrad.wasm.encode import PAGE

# Views of a browser's memory that are kept; calls of ever other sizes need others.
_MAX_VIEWS = 256


class UnavailableError(RuntimeError):
    """Nothing here can run WebAssembly."""


class Machine(Protocol):
    """One instance of a module."""

    def reserve(self, n_bytes: int) -> None:
        """Grow the memory to at least this size."""

    def write(self, address: int, numbers: array[Any]) -> None:
        """Copy an array of doubles (`d`) or 32-bit integers (`i`) to an address."""

    def read(self, address: int, n: int) -> array[float]:
        """Return `n` doubles from an address on."""

    def read_ints(self, address: int, n: int) -> array[int]:
        """Return `n` 32-bit integers from an address on."""

    def call(self, name: str, *arguments: float) -> int:
        """Call an exported function and return its result."""

    @property
    def memory_size(self) -> int:
        """The size of the memory in bytes."""


def start(module: bytes) -> Machine:
    """Instantiate a module; raises `UnavailableError` if nothing here can run it."""
    if sys.platform == "emscripten":
        return _BrowserMachine(module)
    return _WasmtimeMachine(module)


class _WasmtimeMachine:
    def __init__(self, module: bytes) -> None:
        try:
            import wasmtime
        except ImportError:
            raise UnavailableError(
                "backend='wasm' needs wasmtime: pip install moongrad[native]"
            ) from None
        engine = wasmtime.Engine()
        self._store = wasmtime.Store(engine)
        code = wasmtime.Module(engine, module)
        exports = wasmtime.Instance(self._store, code, []).exports(self._store)
        self._memory: Any = exports["memory"]
        self._functions: dict[str, Any] = {
            export.name: exports[export.name] for export in code.exports
        }
        self._view = self._find_memory()

    def _find_memory(self) -> memoryview:
        return memoryview(self._memory.get_buffer_ptr(self._store)).cast("B")

    def reserve(self, n_bytes: int) -> None:
        missing = n_bytes - self.memory_size
        if missing > 0:
            self._memory.grow(self._store, -(-missing // PAGE))
            self._view = self._find_memory()  # it may have moved

    def write(self, address: int, numbers: array[Any]) -> None:
        source = memoryview(numbers).cast("B")
        self._view[address : address + len(source)] = source

    def read(self, address: int, n: int) -> array[float]:
        return array("d", self._view[address : address + 8 * n].tobytes())

    def read_ints(self, address: int, n: int) -> array[int]:
        return array("i", self._view[address : address + 4 * n].tobytes())

    def call(self, name: str, *arguments: float) -> int:
        return int(self._functions[name](self._store, *arguments))

    @property
    def memory_size(self) -> int:
        return int(self._memory.data_len(self._store))


class _BrowserMachine:
    """The WebAssembly of the browser or of Node, through Pyodide's `js`."""

    def __init__(self, module: bytes) -> None:
        import js
        from pyodide.ffi import JsException, to_js

        if not hasattr(js, "WebAssembly"):
            raise UnavailableError(
                "backend='wasm' needs WebAssembly, which is off here"
            )
        self._js = js
        try:
            code = js.WebAssembly.Module.new(to_js(module))
        except JsException as error:
            raise UnavailableError(
                f"backend='wasm' needs a browser that compiles it: {error}"
            ) from None
        self._exports = js.WebAssembly.Instance.new(code).exports
        self._memory = self._exports.memory
        self._functions: dict[str, Any] = {}
        self._views: dict[tuple[str, int, int], Any] = {}

    def reserve(self, n_bytes: int) -> None:
        missing = n_bytes - self.memory_size
        if missing > 0:
            self._memory.grow(-(-missing // PAGE))
            self._views.clear()  # growing detaches the old buffer

    def write(self, address: int, numbers: array[Any]) -> None:
        self._view(numbers.typecode, address, len(numbers)).assign(numbers)

    def read(self, address: int, n: int) -> array[float]:
        numbers = array("d", bytes(8 * n))
        self._view("d", address, n).assign_to(numbers)
        return numbers

    def read_ints(self, address: int, n: int) -> array[int]:
        numbers = array("i", bytes(4 * n))
        self._view("i", address, n).assign_to(numbers)
        return numbers

    def _view(self, typecode: str, address: int, n: int) -> Any:
        key = (typecode, address, n)
        if key not in self._views:
            if len(self._views) >= _MAX_VIEWS:
                self._views.clear()
            kind = self._js.Float64Array if typecode == "d" else self._js.Int32Array
            self._views[key] = kind.new(self._memory.buffer, address, n)
        return self._views[key]

    def call(self, name: str, *arguments: float) -> int:
        if name not in self._functions:
            self._functions[name] = getattr(self._exports, name)
        return int(self._functions[name](*arguments))

    @property
    def memory_size(self) -> int:
        return int(self._memory.buffer.byteLength)
