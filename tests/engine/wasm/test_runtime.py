"""The machine of the browser, on a stand-in for what Pyodide offers there."""

from __future__ import annotations

import random
import sys
from types import ModuleType, SimpleNamespace

import pytest

from moongrad import MLP, Adam, Trainer, make_moons
from moongrad.wasm.runtime import UnavailableError, _BrowserMachine
from moongrad.wasm.shuffle import emit_shuffle

wasmtime = pytest.importorskip("wasmtime", reason="pip install moongrad[native]")


class JsError(Exception):
    """What Pyodide raises for an error of JavaScript."""


class Buffer:
    """An ArrayBuffer: growing the memory detaches it, as in browsers."""

    def __init__(self, memory):
        self.memory, self.byteLength = memory, memory.size()


class Memory:
    def __init__(self, store, memory):
        self._store, self._memory = store, memory
        self.buffer = Buffer(self)

    def size(self):
        return self._memory.data_len(self._store)

    def grow(self, n_pages):
        self._memory.grow(self._store, n_pages)
        self.buffer = Buffer(self)

    def read(self, start, end):
        return self._memory.read(self._store, start, end)

    def write(self, numbers, start):
        self._memory.write(self._store, numbers, start)


class TypedArray:
    def __init__(self, size):
        self._size = size

    def new(self, buffer, address, n):
        memory, n_bytes = buffer.memory, self._size * n

        def check():
            assert memory.buffer is buffer, "the buffer is detached"

        def assign(numbers):
            check()
            memory.write(numbers.tobytes(), address)

        def assign_to(numbers):
            check()
            memoryview(numbers).cast("B")[:] = memory.read(address, address + n_bytes)

        return SimpleNamespace(assign=assign, assign_to=assign_to)


class Module:
    def new(self, module):
        if not module:
            raise JsError("CompileError: expected magic word")
        return module


class Instance:
    def new(self, module):
        engine = wasmtime.Engine()
        store = wasmtime.Store(engine)
        instance = wasmtime.Instance(store, wasmtime.Module(engine, module), [])
        exports = instance.exports(store)

        class Exports:
            memory = Memory(store, exports["memory"])

            def __getattr__(self, name):
                return lambda *arguments: exports[name](store, *arguments)

        return SimpleNamespace(exports=Exports())


@pytest.fixture
def browser(monkeypatch):
    """Modules `js` and `pyodide.ffi` like those of Pyodide."""
    js, ffi = ModuleType("js"), ModuleType("pyodide.ffi")
    js.WebAssembly = SimpleNamespace(Module=Module(), Instance=Instance())
    js.Float64Array, js.Int32Array = TypedArray(8), TypedArray(4)
    ffi.JsException, ffi.to_js = JsError, bytes
    monkeypatch.setitem(sys.modules, "js", js)
    monkeypatch.setitem(sys.modules, "pyodide", ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    return js


def train(n, **options):
    points, labels = make_moons(n, noise=0.1, seed=1)
    model = MLP(2, [4, 1], rng=random.Random(1))
    options = {"optimizer": Adam(0.01), "backend": "wasm"} | options
    trainer = Trainer(model, points, labels, **options)
    records = trainer.fit(5)
    size = trainer.kernel.memory_size
    records += trainer.fit(5000)  # needs more memory
    assert trainer.kernel.memory_size > size
    return records, [p.data for p in model.parameters()]


@pytest.mark.parametrize(
    "options", [{}, {"batch_size": 4}, {"batch_size": 4, "batch_order": "epochs"}]
)
def test_browser_and_wasmtime_give_the_same_bits(browser, monkeypatch, options):
    natively = train(21, **options)
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert train(21, **options) == natively


def test_browser_keeps_few_views_of_its_memory(browser):
    machine = _BrowserMachine(emit_shuffle())
    for n in range(1000):
        assert machine.read_ints(0, n).tolist() == [0] * n
    assert len(machine._views) <= 256


def test_browser_without_webassembly_is_named_in_the_error(browser):
    del browser.WebAssembly
    with pytest.raises(UnavailableError, match="needs WebAssembly, which is off here"):
        _BrowserMachine(b"")


def test_reason_of_a_browser_that_cannot_compile_is_in_the_error(browser):
    with pytest.raises(UnavailableError, match="compiles it: CompileError: expected"):
        _BrowserMachine(b"")
