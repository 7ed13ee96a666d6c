"""Functions of values compiled to WebAssembly, from pure Python."""

from moongrad.wasm.kernel import Kernel, compile
from moongrad.wasm.trace import trace

__all__ = ["Kernel", "compile", "trace"]
