"""Emits the WebAssembly module of a Program: its blocks, and the loops over rows."""

from __future__ import annotations

from collections.abc import Sequence

from moongrad.wasm import mathematics
from moongrad.wasm.block import Block
from moongrad.wasm.encode import (
    F64,
    I32,
    PAGE,
    call,
    function_body,
    functype,
    i32_const,
    if_,
    local_get,
    local_set,
    local_tee,
    module,
    op,
    while_,
)
from moongrad.wasm.fit import Training, fit
from moongrad.wasm.lanes import Pair, Scalar
from moongrad.wasm.loops import address_of_row
from moongrad.wasm.plan import Plan
from moongrad.wasm.primitives import needs_functions
from moongrad.wasm.program import Program


def emit_forward(program: Program) -> bytes:
    """
    Return a module that exports `forward(rows, outputs, n) -> status`.

    The arguments are addresses and a number of rows; the status is 0, or the number of
    the instruction that failed + 1.
    """
    emitter = _Emitter(program)
    return emitter.module([("forward", emitter.add_forward())])


def emit_training(program: Program, training: Training) -> bytes:
    """
    Return a module that exports `forward`, `backward` and `fit`.

    * `backward(rows, outputs, n) -> status`: adds the gradient of the first output,
      times the seed in memory, row by row, to G.
    * `fit() -> n_done`: does the job in memory; see `moongrad.wasm.fit`.
    """
    emitter = _Emitter(program, training.program)
    forward, backward = emitter.add_forward(), emitter.add_backward()
    body = fit(program, emitter.layout, training, forward, backward)
    return emitter.module(
        [
            ("forward", forward),
            ("backward", backward),
            ("fit", emitter.add([], [I32], body)),
        ]
    )


class _Emitter:
    """Collects the functions of a module."""

    # The arguments of the functions that run over rows, and their locals.
    _ROWS, _OUTPUTS, _N, _K, _STATUS = range(5)

    def __init__(self, program: Program, *others: Program) -> None:
        self._plan = Plan(program)
        self.layout = self._plan.layout
        self._types: list[bytes] = []
        self._functions: list[int] = []
        self._bodies: list[bytes] = []
        self._row_size = 16 * program.n_inputs  # bytes of a pair of rows
        self._output_size = 16 * len(program.outputs)
        if any(map(needs_functions, (program, *others))):
            for name, body in zip(mathematics.NAMES, mathematics.bodies(), strict=True):
                self.add([F64] * mathematics.N_PARAMETERS[name], [F64], body)

    def module(self, exports: Sequence[tuple[str, int]]) -> bytes:
        pages = -(-self.layout.end // PAGE)
        return module(self._types, self._functions, pages, exports, self._bodies)

    def add(
        self, parameters: Sequence[bytes], results: Sequence[bytes], body: bytes
    ) -> int:
        """Add a function and return its index."""
        kind = functype(parameters, results)
        if kind not in self._types:
            self._types.append(kind)
        self._functions.append(self._types.index(kind))
        self._bodies.append(body)
        return len(self._bodies) - 1

    def add_forward(self) -> int:
        """Add the function that runs blocks in order, then the rows that are left."""
        block, row = self._add_blocks(is_backward=False)
        self._forward = (block, row)
        k, n, size = local_get(self._K), local_get(self._N), self._block_size
        code = while_(
            op("i32.le_s", self._next(size), n),
            self._run(block) + local_set(self._K, self._next(size)),
        )
        code += while_(
            op("i32.lt_s", k, n), self._run(row) + local_set(self._K, self._next(1))
        )
        return self._add_loop(code)

    def add_backward(self) -> int:
        """Add the function that runs the rows that are left, then blocks down to 0."""
        (forward_block, forward_row) = self._forward
        block, row = self._add_blocks(is_backward=True)
        size = self._block_size
        left = op("i32.and", local_get(self._K), i32_const(size - 1))
        code = local_set(self._K, local_get(self._N))
        code += while_(
            left,
            local_set(self._K, self._next(-1))
            + self._run(forward_row)
            + self._run(row),
        )
        code += while_(
            local_get(self._K),
            local_set(self._K, self._next(-size))
            + self._run(forward_block)
            + self._run(block),
        )
        return self._add_loop(code)

    @property
    def _block_size(self) -> int:
        return 2 * self.layout.n_planes

    def _add_loop(self, code: bytes) -> int:
        body = function_body([I32, I32], code + i32_const(0))
        return self.add([I32, I32, I32], [I32], body)

    def _add_blocks(self, *, is_backward: bool) -> tuple[int, int]:
        """Add the code of a block of rows and of a single row."""
        block, row = (
            self._add_parts(Block(self._plan, lanes, is_backward=is_backward).bodies())
            for lanes in (Pair(), Scalar())
        )
        return block, row

    def _add_parts(self, bodies: Sequence[bytes]) -> int:
        """Add functions, and one that calls them all."""
        parts = [self.add([I32, I32], [I32], body) for body in bodies]
        if len(parts) == 1:
            return parts[0]
        calls = (call(part, local_get(0), local_get(1)) for part in parts)
        code = b"".join(_return_failure(2, part) for part in calls)
        body = function_body([I32], code + i32_const(0))
        return self.add([I32, I32], [I32], body)

    def _next(self, n: int) -> bytes:
        return op("i32.add", local_get(self._K), i32_const(n))

    def _run(self, function: int) -> bytes:
        """Return code that runs a function on row K, or on the block that it begins."""
        k = local_get(self._K)
        arguments = (
            address_of_row(local_get(base), k, size)
            for base, size in (
                (self._ROWS, self._row_size),
                (self._OUTPUTS, self._output_size),
            )
        )
        return _return_failure(self._STATUS, call(function, *arguments))


def _return_failure(status: int, code: bytes) -> bytes:
    """Return code that returns what `code` pushes, unless it is 0."""
    return if_(local_tee(status, code), op("return", local_get(status)))
