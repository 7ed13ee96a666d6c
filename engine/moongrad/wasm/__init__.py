"""Compiles functions of `Value`s to WebAssembly, in pure Python."""

from moongrad.wasm.kernel import Kernel, compile
from moongrad.wasm.trace import trace

__all__ = ["Kernel", "compile", "trace"]
