"""
Emits the WebAssembly module of a Program.

The code of one row is straight-line. It is emitted twice: on `f64x2` for two rows at a
time, and on `f64` for a last odd row. A loop runs it over the rows, and a second loop
runs whole training steps with the optimiser. This file knows programs and bytes, not
`Value`s; it reads an operation as postfix code, such as `a b mul`.

Every sum is made in the order of the `Value` engine, so the bits are the same: rows
from the last to the first, with their gradients added to those of the penalties; within
a row, the gradients of the instructions in reverse order.

Memory, in bytes from 0:

    0     status of `fit`: the number of the instruction that failed, + 1
    4     1 if it failed on one of the test rows
    64    P, the parameters; G, their gradients; S and T, the optimiser's state;
          B, U and V, what P, S and T were before the last update; each padded to an
          even number
    then  the frame of a long program: slots for numbers that do not fit into locals
    then  free for the caller

Each number that is read again has a slot. In a short program, which is one function, a
slot is a local. Compilers take more than linear time for long functions, so a long
program is split into several functions, and its slots are in the frame.

Rows are stored in pairs: input 0 of both rows, input 1 of both rows, and so on. Outputs
are stored in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moongrad.wasm import mathematics
from moongrad.wasm.encode import (
    F64,
    I32,
    MAX_LOCALS,
    MAX_MEMORY,
    MAX_MODULE,
    PAGE,
    V128,
    call,
    f64_const,
    f64x2_extract_lane,
    f64x2_replace_lane,
    f64x2_shuffle,
    function_body,
    functype,
    i32_const,
    if_,
    local_get,
    local_set,
    local_tee,
    memory_op,
    module,
    op,
    v128_const,
    while_,
)
from moongrad.wasm.program import NoCodeError, Program

PARAMETERS = 64  # address of P
_ARRAYS = "PGSTBUV"

MAX_UNSPLIT = 2500  # instructions; a longer program is split into several functions
MAX_EXPRESSION = 400  # instructions in one expression
PART_SIZE = 30_000  # bytes of code after which the next function begins


class Layout(NamedTuple):
    """The addresses of the parameters, of the arrays beside them, and of the frame."""

    n_parameters: int
    n_instructions: int

    @property
    def is_long(self) -> bool:
        """Whether the program is split into several functions."""
        return self.n_instructions > MAX_UNSPLIT

    @property
    def n_slots(self) -> int:
        """The number of slots in the frame; each holds a number of two rows."""
        return 6 * (self.n_instructions + self.n_parameters) if self.is_long else 0

    @property
    def n_padded(self) -> int:
        return self.n_parameters + self.n_parameters % 2

    def address(self, array: str) -> int:
        """Return the address of one of the arrays P G S T B U V."""
        return PARAMETERS + _ARRAYS.index(array) * self.n_padded * 8

    @property
    def frame(self) -> int:
        """The address of the frame, a multiple of 16."""
        return PARAMETERS + len(_ARRAYS) * self.n_padded * 8

    @property
    def end(self) -> int:
        """The first free address, a multiple of 16."""
        return self.frame + 16 * self.n_slots


class Training(NamedTuple):
    """The kind of training that `fit` is emitted for."""

    rule: tuple[tuple[str, str], ...]  # the optimiser's
    n_coefficients: int
    # (output, input): a row counts as correct if both have the same sign; without an
    # input, if the output is above 0.
    sign_match: tuple[int, int | None] | None = None


class TooLargeError(ValueError):
    """The program is larger than what WebAssembly engines accept."""


def emit_forward(program: Program) -> bytes:
    """
    Return a module that exports `forward(rows, outputs, n) -> status`.

    The arguments are addresses and a number of rows; the status is 0, or the number of
    the instruction that failed + 1.
    """
    return _Emitter(program).module([("forward", False)], None)


def emit_training(program: Program, training: Training) -> bytes:
    """
    Return a module that exports `forward`, `backward` and `fit`.

    * `backward(rows, outputs, n, seed) -> status`: adds `seed` times the gradient of
      the first output, row by row, to G.
    * `fit(...) -> n_done`: whole training steps; see `_fit` for its arguments.
    """
    return _Emitter(program).module([("forward", False), ("backward", True)], training)


# --- lanes: one row as f64, or two rows as f64x2 -------------------------------------


class _Scalar:
    """One row: every number is an f64."""

    valtype = F64
    n_rows = 1

    def op(self, mnemonic: str, *operands: bytes) -> bytes:
        return op(f"f64.{mnemonic}", *operands)

    def const(self, x: float) -> bytes:
        return f64_const(x)

    def load(self, offset: int, address: bytes) -> bytes:
        return memory_op("f64.load", offset, address)

    def load_same(self, offset: int, address: bytes) -> bytes:
        """Load one number for all rows."""
        return memory_op("f64.load", offset, address)

    def store(self, offset: int, address: bytes, x: bytes) -> bytes:
        return memory_op("f64.store", offset, address, x)

    def splat(self, x: bytes) -> bytes:
        return x

    def relu(self, scratch: int) -> bytes:
        zero, x = f64_const(0.0), local_get(scratch)
        return local_set(scratch) + op("select", zero, x, op("f64.lt", x, zero))

    def step(self) -> bytes:
        return op("f64.convert_i32_s", op("f64.gt", f64_const(0.0)))

    def is_any(self, comparison: str, x: bytes, limit: float) -> bytes:
        return op(f"f64.{comparison}", x, f64_const(limit))

    def apply(self, function: int, scratch: int, constant: bytes = b"") -> bytes:
        """Call a function of one f64 (and perhaps a constant)."""
        return call(function, constant)


class _Pair:
    """Two rows: every number is an f64x2, the lower row in lane 0."""

    valtype = V128
    n_rows = 2

    def op(self, mnemonic: str, *operands: bytes) -> bytes:
        return op(f"f64x2.{mnemonic}", *operands)

    def const(self, x: float) -> bytes:
        return v128_const(x)

    def load(self, offset: int, address: bytes) -> bytes:
        return memory_op("v128.load", offset, address)

    def load_same(self, offset: int, address: bytes) -> bytes:
        return memory_op("v128.load64_splat", offset, address)

    def store(self, offset: int, address: bytes, x: bytes) -> bytes:
        return memory_op("v128.store", offset, address, x)

    def splat(self, x: bytes) -> bytes:
        return op("f64x2.splat", x)

    def relu(self, scratch: int) -> bytes:
        return op("f64x2.pmax", v128_const(0.0))  # x < 0 ? 0 : x; keeps NaN

    def step(self) -> bytes:
        return op("v128.and", op("f64x2.gt", v128_const(0.0)), v128_const(1.0))

    def is_any(self, comparison: str, x: bytes, limit: float) -> bytes:
        return op("v128.any_true", op(f"f64x2.{comparison}", x, v128_const(limit)))

    def apply(self, function: int, scratch: int, constant: bytes = b"") -> bytes:
        x = local_get(scratch)
        low, high = (
            call(function, f64x2_extract_lane(lane, x), constant) for lane in (0, 1)
        )
        return local_set(scratch) + f64x2_replace_lane(1, op("f64x2.splat", low), high)


_Lanes = _Scalar | _Pair

_CHECKS = {"nonzero": "eq", "positive": "le", "nonnegative": "lt", "finite": "eq"}
_DIRECT = {"add", "sub", "mul", "div", "neg", "sqrt", "max"}
STATUS_ADDRESS = i32_const(0)


def has_check(code: str) -> bool:
    """Whether postfix code can fail."""
    return any(token in _CHECKS for token in code.split())


# --- the code of one row, or of two --------------------------------------------------


class _Row:
    """Emits the straight-line code of one row (or pair) into a function body."""

    # The function's parameters: address of the row, address of its outputs, seed.
    _ROW, _OUTPUTS, _SEED = 0, 1, 2

    def __init__(self, program: Program, lanes: _Lanes, *, is_backward: bool) -> None:
        self._program = program
        self._lanes = lanes
        self._layout = Layout(len(program.parameters), len(program.instructions))
        self._is_backward = is_backward
        self._n_arguments = 3 if is_backward else 2
        self._code: list[bytes] = []
        self._parts: list[list[bytes]] = [self._code]
        self._scratch = self._n_arguments  # the first local; the slots follow it
        self._n_slots = 0
        self._n_bytes = 0  # of the current part
        self.slots: dict[int, int] = {}  # register -> slot
        self.trainable = self._find_trainable()
        self._stored = self._registers_to_store()

    def bodies(self) -> list[bytes]:
        """Return the bodies of the functions; a short program has one."""
        self._forward()
        if self._is_backward and self.trainable[self._program.outputs[0]]:
            _Backward(self).emit()
        n_locals = 1 + (0 if self._layout.is_long else self._n_slots)
        codes = [b"".join(part) + i32_const(0) for part in self._parts]
        size = sum(map(len, codes))
        frame_end = self._layout.frame + 16 * self._n_slots
        if n_locals > MAX_LOCALS or size > MAX_MODULE or frame_end > MAX_MEMORY:
            raise TooLargeError(
                f"a program of {len(self._program.instructions)} instructions needs "
                f"{size} bytes of code; WebAssembly engines take modules of "
                f"{MAX_MODULE} bytes. Use a smaller network, or backend='python'."
            )
        valtypes = [self._lanes.valtype] * n_locals
        return [function_body(valtypes, code) for code in codes]

    def split(self) -> None:
        """Begin a new function if this one is long; the stack must be empty."""
        if self._layout.is_long and self._n_bytes > PART_SIZE:
            self._code = []
            self._parts.append(self._code)
            self._n_bytes = 0

    def push(self, code: bytes) -> None:
        """Append code."""
        self._code.append(code)
        self._n_bytes += len(code)

    # --- analysis before the first instruction ---

    def _find_trainable(self) -> list[bool]:
        """Return for each register whether it depends on a parameter."""
        program = self._program
        n = program.n_inputs
        trainable = [
            n <= k < n + len(program.parameters) for k in range(program.first_result)
        ]
        for _, operands in program.instructions:
            trainable.append(any(trainable[operand] for operand in operands))
        return trainable

    def _registers_to_store(self) -> set[int]:
        """Return the registers that need a slot, because they are read again."""
        program = self._program
        uses = [0] * len(self.trainable)
        stored = set(program.outputs)
        for k, (operation, operands) in enumerate(program.instructions):
            result = program.first_result + k
            for operand in operands:
                uses[operand] += 1
            # Without a slot, an operand that the code names twice is computed twice.
            names = operation.code.split()
            for name, operand in zip("ab", operands, strict=False):
                if names.count(name) > 1:
                    stored.add(operand)
            if not (self._is_backward and k < program.n_differentiated):
                continue
            registers = {"a": operands[0], "b": operands[-1], "y": result}
            for code, operand in zip(operation.derivative_codes, operands, strict=True):
                if self.trainable[operand] or has_check(code):
                    stored |= {registers[t] for t in code.split() if t in registers}
        stored |= {register for register, n in enumerate(uses) if n > 1}
        # Compilers limit the depth of an expression, so a deep one is split.
        sizes = [1] * program.first_result
        for k, (_, operands) in enumerate(program.instructions):
            result = program.first_result + k
            size = 1 + sum(0 if o in stored else sizes[o] for o in operands)
            if size > MAX_EXPRESSION:
                stored.add(result)
            sizes.append(size)
        return stored

    # --- emission ---

    def _forward(self) -> None:
        program, lanes = self._program, self._lanes
        for k in range(program.n_inputs):
            if k in self._stored:
                load = lanes.load(16 * k, local_get(self._ROW))
                self.slots[k] = self.save(load)
        first = program.first_result
        for k in range(len(program.instructions)):
            if first + k in self._stored:
                self._push_result(first + k)
                self.slots[first + k] = self.save()
                self.split()
        for j, register in enumerate(program.outputs):
            self.push(local_get(self._OUTPUTS))
            self.push_register(register)
            self.push(lanes.store(16 * j, b"", b""))
            self.split()

    def push_register(self, register: int) -> None:
        """Append code that pushes the number in a register."""
        stack: list[int | bytes] = [register]
        while stack:
            item = stack.pop()
            if isinstance(item, bytes):
                self.push(item)
            elif item in self.slots:
                self.push(self.get(self.slots[item]))
            elif item >= self._program.first_result:
                stack += reversed(list(self._expand(item)))
            else:
                self.push(self._leaf(item))

    def _push_result(self, register: int) -> None:
        """Append code that computes an instruction and pushes its result."""
        for item in self._expand(register):
            if isinstance(item, bytes):
                self.push(item)
            else:
                self.push_register(item)

    def _expand(self, register: int) -> Iterator[int | bytes]:
        """Return an instruction's code, with registers in place of the operands."""
        k = register - self._program.first_result
        operation, operands = self._program.instructions[k]
        names = {"a": operands[0], "b": operands[-1], "y": register}
        return self.translate(operation.code, names, k)

    def translate(
        self, code: str, names: dict[str, int], instruction: int
    ) -> Iterator[int | bytes]:
        """Translate postfix code, token by token."""
        lanes = self._lanes
        tokens = code.split()
        for position, token in enumerate(tokens):
            if tokens[position + 1 : position + 2] == ["pow"]:
                continue  # the exponent; pow reads it below
            if token in names:
                yield names[token]
            elif token in _DIRECT:
                yield lanes.op(token)
            elif token == "relu":
                yield lanes.relu(self._scratch)
            elif token == "step":
                yield lanes.step()
            elif token in _CHECKS:
                fail = op("return", i32_const(instruction + 1))
                x, limit = local_tee(self._scratch), 0.0
                if token == "finite":  # fails for both infinities
                    x, limit = lanes.op("abs", x), math.inf
                fails = lanes.is_any(_CHECKS[token], x, limit)
                yield if_(fails, fail) + local_get(self._scratch)
            elif token == "pow":
                exponent = f64_const(float(tokens[position - 1]))
                function = mathematics.NAMES.index("pow")
                yield lanes.apply(function, self._scratch, exponent)
            elif token in mathematics.NAMES:
                yield lanes.apply(mathematics.NAMES.index(token), self._scratch)
            else:
                yield lanes.const(float(token))

    def _leaf(self, register: int) -> bytes:
        """Return the code that pushes an input, a parameter or a constant."""
        program, lanes = self._program, self._lanes
        if register < program.n_inputs:
            return lanes.load(16 * register, local_get(self._ROW))
        k = register - program.n_inputs
        if k < len(program.parameters):
            return lanes.load_same(self._layout.address("P") + 8 * k, i32_const(0))
        return lanes.const(program.constants[k - len(program.parameters)])

    def get(self, slot: int) -> bytes:
        """Return code that pushes the number in a slot."""
        if self._layout.is_long:
            return self._lanes.load(self._layout.frame + 16 * slot, i32_const(0))
        return local_get(self._scratch + 1 + slot)

    def put(self, slot: int) -> bytes:
        """Return code that pops the top of the stack into a slot."""
        if self._layout.is_long:
            address, x = self._layout.frame + 16 * slot, local_get(self._scratch)
            store = self._lanes.store(address, i32_const(0), x)
            return local_set(self._scratch) + store
        return local_set(self._scratch + 1 + slot)

    def save(self, code: bytes = b"") -> int:
        """Append `code`, pop the top of the stack into a new slot, return the slot."""
        self._n_slots += 1
        self.push(code + self.put(self._n_slots - 1))
        return self._n_slots - 1


class _Backward:
    """Emits the second half of a row's code: the chain rule, and sums into G."""

    def __init__(self, row: _Row) -> None:
        self._row = row
        self._lanes = row._lanes
        program = self._program = row._program
        self._first_parameter = program.n_inputs
        self._gradient_address = row._layout.address("G")
        self._gradients: dict[int, int] = {}  # register -> slot of d output / d it
        self._owned: set[int] = set()  # registers whose slot holds nothing else
        n_uses = [0] * len(program.parameters)
        for _, operands in program.instructions[: program.n_differentiated]:
            for operand in operands:
                if self._is_parameter(operand):
                    n_uses[operand - self._first_parameter] += 1
        self._n_uses = n_uses
        # Parameter -> slots of its terms, if it is used several times. They are summed
        # at the end, in the engine's order.
        self._terms: dict[int, list[int]] = {}
        # (parameter, slot of its factor): products with the same gradient, which
        # are emitted together.
        self._pending: list[tuple[int, int]] = []
        self._pending_gradient = -1
        self._transposed: dict[tuple[int, int], tuple[int, int]] = {}

    def _is_parameter(self, register: int) -> bool:
        k = register - self._first_parameter
        return 0 <= k < len(self._program.parameters)

    def emit(self) -> None:
        program, row = self._program, self._row
        seed = row.save(self._lanes.splat(local_get(row._SEED)))
        self._add_gradient(program.outputs[0], seed)
        for k in reversed(range(program.n_differentiated)):
            result = program.first_result + k
            gradient = self._gradients.get(result)
            operation, operands = program.instructions[k]
            names = {"a": operands[0], "b": operands[-1], "y": result}
            for operand, code in zip(operands, operation.derivative_codes, strict=True):
                if gradient is not None and row.trainable[operand]:
                    self._propagate(operand, code, names, gradient, k)
                elif has_check(code):  # unused, but the engine would raise here
                    self._push_derivative(code, names, k)
                    row.push(op("drop"))
            row.split()
        self._emit_pending()
        for k, terms in self._terms.items():
            self._accumulate(k, terms)

    def _propagate(
        self, operand: int, code: str, names: dict[str, int], gradient: int, k: int
    ) -> None:
        """Add the local derivative `code` times a gradient to that of an operand."""
        if code == "1":
            self._add_gradient(operand, gradient)
            return
        factor = self._row.slots.get(names.get(code, -1))
        is_single = self._is_parameter(operand) and (
            self._n_uses[operand - self._first_parameter] == 1
        )
        if is_single and factor is not None:
            if self._pending_gradient != gradient:
                self._emit_pending()
                self._pending_gradient = gradient
            self._pending.append((operand - self._first_parameter, factor))
            return
        if code == "-1":
            self._row.push(self._lanes.op("neg", self._row.get(gradient)))
        else:
            self._push_derivative(code, names, k)
            self._row.push(self._lanes.op("mul", self._row.get(gradient)))
        self._add_gradient(operand, None)

    def _push_derivative(self, code: str, names: dict[str, int], k: int) -> None:
        """Append code that pushes a local derivative."""
        for item in self._row.translate(code, names, k):
            if isinstance(item, bytes):
                self._row.push(item)
            else:
                self._row.push_register(item)

    def _add_gradient(self, register: int, source: int | None) -> None:
        """Add a slot, or the top of the stack if None, to a register's gradient."""
        if self._is_parameter(register):
            k = register - self._first_parameter
            term = self._row.save() if source is None else source
            if self._n_uses[k] <= 1:
                self._accumulate(k, [term])
            else:
                self._terms.setdefault(k, []).append(term)
        elif register not in self._gradients:
            if source is None:
                self._gradients[register] = self._row.save()
                self._owned.add(register)
            else:
                self._gradients[register] = source
        else:
            if source is not None:
                self._row.push(self._row.get(source))
            sum_ = self._lanes.op("add", self._row.get(self._gradients[register]))
            if register in self._owned:
                self._row.push(sum_ + self._row.put(self._gradients[register]))
            else:
                self._gradients[register] = self._row.save(sum_)
                self._owned.add(register)

    def _accumulate(self, k: int, terms: Sequence[int]) -> None:
        """Add to a parameter's gradient: the upper row's terms, then the lower's."""
        address = self._gradient_address + 8 * k
        self._row.push(i32_const(0) + memory_op("f64.load", address, i32_const(0)))
        for lane in reversed(range(self._lanes.n_rows)):
            for term in terms:
                x = self._row.get(term)
                if self._lanes.n_rows == 2:
                    x = f64x2_extract_lane(lane, x)
                self._row.push(op("f64.add", x))
        self._row.push(memory_op("f64.store", address))

    def _emit_pending(self) -> None:
        """
        Add the pending products to G, two neighbouring parameters at once.

        For that, the factors of two parameters on two rows are transposed: from one
        vector per parameter to one per row. All neurons of a layer share their factors,
        so these are transposed only once.
        """
        gradient = self._pending_gradient
        pending = sorted(self._pending, reverse=True)
        self._pending, self._pending_gradient = [], -1
        while pending:
            k, factor = pending.pop()
            has_neighbour = bool(pending) and pending[-1][0] == k + 1
            if self._lanes.n_rows == 2 and has_neighbour:
                self._accumulate_two(k, factor, pending.pop()[1], gradient)
            else:
                product = self._lanes.op(
                    "mul", self._row.get(factor), self._row.get(gradient)
                )
                self._accumulate(k, [self._row.save(product)])

    def _accumulate_two(self, k: int, factor: int, other: int, gradient: int) -> None:
        """Add factor * gradient to parameter k, and other * gradient to k + 1."""
        address = self._gradient_address + 8 * k
        total = memory_op("v128.load", address, i32_const(0))
        low, high = self._transpose(factor, other)
        low_gradient, high_gradient = self._transpose(gradient, gradient)
        for x, g in ((high, high_gradient), (low, low_gradient)):
            product = op("f64x2.mul", self._row.get(x), self._row.get(g))
            total = op("f64x2.add", total, product)
        self._row.push(memory_op("v128.store", address, i32_const(0), total))

    def _transpose(self, first: int, second: int) -> tuple[int, int]:
        """Return a slot with lane 0 of both slots, and one with lane 1 of both."""
        key = (first, second)
        if key not in self._transposed:
            a, b = self._row.get(first), self._row.get(second)
            low = self._row.save(f64x2_shuffle(0, 2, a, b))
            high = self._row.save(f64x2_shuffle(1, 3, a, b))
            self._transposed[key] = (low, high)
        return self._transposed[key]


# --- the module: loops over rows and over training steps -----------------------------


class _Emitter:
    """Collects the functions of a module."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._layout = Layout(len(program.parameters), len(program.instructions))
        self._types: list[bytes] = []
        self._functions: list[int] = []
        self._bodies: list[bytes] = []
        self._row_size = 16 * program.n_inputs  # bytes of a pair of rows
        self._output_size = 16 * len(program.outputs)

    def module(
        self, functions: Sequence[tuple[str, bool]], training: Training | None
    ) -> bytes:
        """
        Return a module that exports these functions, and `fit` for a training.

        Each function is its name and whether it also runs backwards.
        """
        codes = {i.operation.code for i in self._program.instructions}
        if any(not code for code in codes):
            missing = next(
                i.operation.symbol
                for i in self._program.instructions
                if not i.operation.code
            )
            raise NoCodeError(
                f"operation {missing!r} has no WebAssembly code: give it code and "
                f"derivative_codes, or use backend='python'"
            )
        for instruction in self._program.instructions:
            codes.update(instruction.operation.derivative_codes)
        used = {token for code in codes for token in code.split()}
        if used & set(mathematics.NAMES):
            for name, body in zip(mathematics.NAMES, mathematics.bodies(), strict=True):
                n = mathematics.N_PARAMETERS[name]
                self._add([F64] * n, [F64], body)
        exports: list[tuple[str, int]] = []
        for name, is_backward in functions:
            seed = [F64] if is_backward else []
            scalar, pair = (
                self._add_row(
                    [I32, I32, *seed],
                    _Row(self._program, lanes, is_backward=is_backward).bodies(),
                )
                for lanes in (_Scalar(), _Pair())
            )
            loop = self._loop_down if is_backward else self._loop_up
            index = self._add([I32, I32, I32, *seed], [I32], loop(scalar, pair))
            exports.append((name, index))
        if training is not None:
            forward, backward = (index for _, index in exports)
            body = _fit(self._program, self._layout, training, forward, backward)
            exports.append(("fit", self._add(*_FIT_TYPE, body)))
        pages = -(-self._layout.end // PAGE)
        return module(self._types, self._functions, pages, exports, self._bodies)

    def _add(
        self, parameters: Sequence[bytes], results: Sequence[bytes], body: bytes
    ) -> int:
        """Add a function and return its index."""
        kind = functype(parameters, results)
        if kind not in self._types:
            self._types.append(kind)
        self._functions.append(self._types.index(kind))
        self._bodies.append(body)
        return len(self._bodies) - 1

    def _add_row(self, parameters: Sequence[bytes], bodies: Sequence[bytes]) -> int:
        """Add the code of a row and return its index; one function calls all parts."""
        parts = [self._add(parameters, [I32], body) for body in bodies]
        if len(parts) == 1:
            return parts[0]
        arguments = [local_get(k) for k in range(len(parameters))]
        code = b"".join(
            _return_failure(len(parameters), call(part, *arguments)) for part in parts
        )
        return self._add(parameters, [I32], function_body([I32], code + i32_const(0)))

    def _loop_up(self, scalar: int, pair: int) -> bytes:
        """Call `pair` for all pairs in order, then `scalar` for an odd last row."""
        rows, outputs, n, k, status = 0, 1, 2, 3, 4
        arguments = (
            self._at(rows, k, self._row_size),
            self._at(outputs, k, self._output_size),
        )
        pairs = op("i32.shr_u", local_get(n), i32_const(1))
        code = while_(
            op("i32.lt_s", local_get(k), pairs),
            _return_failure(status, call(pair, *arguments))
            + local_set(k, op("i32.add", local_get(k), i32_const(1))),
        )
        code += if_(
            op("i32.and", local_get(n), i32_const(1)),
            _return_failure(status, call(scalar, *arguments)),
        )
        return function_body([I32, I32], code + i32_const(0))

    def _loop_down(self, scalar: int, pair: int) -> bytes:
        """Call `scalar` for an odd last row, then `pair` for all pairs down to 0."""
        rows, outputs, n, seed, k, status = 0, 1, 2, 3, 4, 5
        arguments = (
            self._at(rows, k, self._row_size),
            self._at(outputs, k, self._output_size),
            local_get(seed),
        )
        code = local_set(k, op("i32.shr_u", local_get(n), i32_const(1)))
        code += if_(
            op("i32.and", local_get(n), i32_const(1)),
            _return_failure(status, call(scalar, *arguments)),
        )
        code += while_(
            local_get(k),
            local_set(k, op("i32.sub", local_get(k), i32_const(1)))
            + _return_failure(status, call(pair, *arguments)),
        )
        return function_body([I32, I32], code + i32_const(0))

    @staticmethod
    def _at(base: int, k: int, size: int) -> bytes:
        """Return code for the address of the k-th pair."""
        return op(
            "i32.add", local_get(base), op("i32.mul", local_get(k), i32_const(size))
        )


def _return_failure(status: int, code: bytes) -> bytes:
    """Return code that returns what `code` pushes, unless it is 0."""
    return if_(local_tee(status, code), op("return", local_get(status)))


# The arguments of `fit`. Its addresses are those of `coefficients`: the optimiser's
# coefficients for each step; `losses`, `correct`: room for one f64 per step; `batches`:
# n_batch row numbers (i32) per step, or 0 for all rows in order; `gathered`: room for
# the rows of a batch. `n_tests` rows at `tests` are measured before each step, too.
FIT_ARGUMENTS = (
    "rows outputs n_rows n_batch n_steps coefficients losses correct batches gathered "
    "tests test_outputs n_tests test_losses test_correct"
).split()
_FIT_NUMBERS = ("l2", "l1", "max_loss")
_FIT_TYPE = (
    [I32] * len(FIT_ARGUMENTS) + [F64] * len(_FIT_NUMBERS),
    [I32],
)


def _fit(
    program: Program, layout: Layout, training: Training, forward: int, backward: int
) -> bytes:
    """
    Return the body of `fit`, which makes training steps and returns how many.

    These are fewer than n_steps if a row fails, whose status is then at address 0, or
    if a loss is above `max_loss`. That step does not update the parameters.
    """
    names = {name: k for k, name in enumerate(FIT_ARGUMENTS + list(_FIT_NUMBERS))}
    valtypes: list[bytes] = []

    def new(name: str, valtype: bytes) -> None:
        names[name] = len(FIT_ARGUMENTS) + len(_FIT_NUMBERS) + len(valtypes)
        valtypes.append(valtype)

    def get(name: str) -> bytes:
        return local_get(names[name])

    def put(name: str, code: bytes) -> bytes:
        return local_set(names[name], code)

    def count(name: str, n: bytes, body: bytes, by: int = 1) -> bytes:
        """Repeat `body` with name = 0, by, 2 * by... while it is below n."""
        increment = put(name, op("i32.add", get(name), i32_const(by)))
        start = put(name, i32_const(0))
        return start + while_(op("i32.lt_s", get(name), n), body + increment)

    def element(base: bytes, index: bytes, shift: int = 3) -> bytes:
        """Return code for the address of an element of 2 ** shift bytes."""
        return op("i32.add", base, op("i32.shl", index, i32_const(shift)))

    for name in ("step", "i", "status", "source", "used", "target"):
        new(name, I32)
    for name in ("loss", "penalty", "seed", "n_correct", "p", "g"):
        new(name, F64)
    for name in ("test_loss", "l2_term", "l1_term"):
        new(name, F64)
    for k in range(training.n_coefficients):
        new(f"c{k}", V128)

    n_padded = layout.n_padded
    all_parameters = i32_const(8 * len(program.parameters))

    def row_address(base: bytes, row: bytes, pair_size: int) -> bytes:
        """Return code for the address of a row's first number, in lane 0 or 1."""
        pair = op("i32.mul", op("i32.shr_u", row, i32_const(1)), i32_const(pair_size))
        lane = op("i32.shl", op("i32.and", row, i32_const(1)), i32_const(3))
        return op("i32.add", op("i32.add", base, pair), lane)

    def gather() -> bytes:
        """Copy the rows of this step's batch to `gathered`, and use these."""
        size = 16 * program.n_inputs
        batch = op("i32.mul", get("step"), get("n_batch"))
        index = element(get("batches"), op("i32.add", batch, get("i")), 2)
        row = memory_op("i32.load", 0, index)
        copy = put("source", row_address(get("rows"), row, size))
        copy += put("target", row_address(get("gathered"), get("i"), size))
        for k in range(program.n_inputs):
            number = memory_op("f64.load", 16 * k, get("source"))
            copy += memory_op("f64.store", 16 * k, get("target"), number)
        return put("used", get("gathered")) + count("i", get("n_batch"), copy)

    def start_gradients() -> bytes:
        """Set G to the gradients of the penalties, in the order of the engine."""
        zero = f64_const(0.0)
        sign = op(
            "f64.sub",
            op("f64.convert_i32_s", op("f64.gt", get("p"), zero)),
            op("f64.convert_i32_s", op("f64.lt", get("p"), zero)),
        )
        pull = op("f64.mul", get("p"), get("l2"))
        add_l2 = put("g", op("f64.add", op("f64.add", get("g"), pull), pull))
        body = put("p", memory_op("f64.load", layout.address("P"), get("i")))
        body += put("g", zero)
        body += if_(
            op("f64.ne", get("l1"), zero), put("g", op("f64.mul", get("l1"), sign))
        )
        body += if_(op("f64.ne", get("l2"), zero), add_l2)
        body += memory_op("f64.store", layout.address("G"), get("i"), get("g"))
        return count("i", all_parameters, body, by=8)

    def add_penalty(loss: str, strength: str) -> bytes:
        return put(loss, op("f64.add", get(loss), get(f"{strength}_term")))

    def penalty(strength: str, term: bytes) -> bytes:
        """Add strength times the sum over the parameters to the loss."""
        p = put("p", memory_op("f64.load", layout.address("P"), get("i")))
        add = put("penalty", op("f64.add", get("penalty"), term))
        total = put("penalty", f64_const(0.0)) + count(
            "i", all_parameters, p + add, by=8
        )
        scaled = op("f64.mul", get(strength), get("penalty"))
        total += put(f"{strength}_term", scaled)
        total += add_penalty("loss", strength)
        return if_(op("f64.ne", get(strength), f64_const(0.0)), total)

    def sum_losses(loss: str, rows: str, outputs: str, n: str) -> bytes:
        """Set a loss to the mean over `n` rows, and count the correct ones."""
        size = 16 * len(program.outputs)
        source = put("source", row_address(get(outputs), get("i"), size))
        row_loss = memory_op("f64.load", 0, get("source"))
        body = source + put(loss, op("f64.add", get(loss), row_loss))
        if training.sign_match is not None:
            output, label_input = training.sign_match
            zero = f64_const(0.0)
            score = memory_op("f64.load", 16 * output, get("source"))
            is_correct = op("f64.gt", score, zero)
            if label_input is not None:
                row = row_address(get(rows), get("i"), 16 * program.n_inputs)
                label = memory_op("f64.load", 16 * label_input, row)
                is_correct = op("i32.eq", is_correct, op("f64.gt", label, zero))
            add = op("f64.add", get("n_correct"), op("f64.convert_i32_s", is_correct))
            body += put("n_correct", add)
        start = put(loss, f64_const(0.0)) + put("n_correct", f64_const(0.0))
        share = op("f64.div", f64_const(1.0), op("f64.convert_i32_s", get(n)))
        mean = put(loss, op("f64.mul", get(loss), share))
        return start + count("i", get(n), body) + mean

    def store(array: str, number: str) -> bytes:
        """Store a number of this step."""
        address = element(get(array), get("step"))
        return memory_op("f64.store", 0, address, get(number))

    def run(function: int, arguments: Sequence[bytes], *, is_test: bool) -> bytes:
        """Run the program over rows; stop where one of them fails."""
        failed = memory_op("i32.store", 0, STATUS_ADDRESS, get("status"))
        failed += memory_op("i32.store", 4, STATUS_ADDRESS, i32_const(is_test))
        outcome = call(function, *arguments)
        return if_(local_tee(names["status"], outcome), failed + stop())

    def update() -> bytes:
        """Apply the optimiser's rule to two parameters at a time."""
        arrays = {"p": "P", "g": "G", "s": "S", "t": "T"}
        before = {"p": "B", "s": "U", "t": "V"}

        def load(name: str) -> bytes:
            return memory_op("v128.load", layout.address(arrays[name]), get("i"))

        body = b""
        for target in sorted({"p", *(target for target, _ in training.rule)}):
            address = layout.address(before[target])
            body += memory_op("v128.store", address, get("i"), load(target))
        for target, code in training.rule:
            value = b"".join(
                load(token)
                if token in arrays
                else get(token)
                if token in names
                else op(f"f64x2.{token}")
                for token in code.split()
            )
            address = layout.address(arrays[target])
            body += memory_op("v128.store", address, get("i"), value)
        return count("i", i32_const(8 * n_padded), body, by=16)

    def read_coefficients() -> bytes:
        size = 8 * training.n_coefficients
        row = op("i32.mul", get("step"), i32_const(size))
        code = put("source", op("i32.add", get("coefficients"), row))
        for k in range(training.n_coefficients):
            number = memory_op("v128.load64_splat", 8 * k, get("source"))
            code += put(f"c{k}", number)
        return code

    def stop() -> bytes:
        return op("return", get("step"))

    one = op("f64.convert_i32_s", get("n_batch"))
    code = put("seed", op("f64.div", f64_const(1.0), one))
    code += put("used", get("rows"))
    body = if_(get("batches"), gather())
    body += start_gradients()
    training_rows = [get(name) for name in ("used", "outputs", "n_batch", "seed")]
    body += run(backward, training_rows, is_test=False)
    body += sum_losses("loss", "used", "outputs", "n_batch")
    body += penalty("l2", op("f64.mul", get("p"), get("p")))
    body += penalty("l1", op("f64.abs", get("p")))
    body += store("losses", "loss") + store("correct", "n_correct")
    # A limit of NaN means no limit. With a limit, a loss of NaN stops training, because
    # every comparison with NaN is false.
    has_limit = op("f64.eq", get("max_loss"), get("max_loss"))
    is_within_limit = op("f64.le", get("loss"), get("max_loss"))
    body += if_(has_limit, if_(op("i32.eqz", is_within_limit), stop()))
    test_rows = [get(name) for name in ("tests", "test_outputs", "n_tests")]
    measure = run(forward, test_rows, is_test=True)
    measure += sum_losses("test_loss", "tests", "test_outputs", "n_tests")
    measure += add_penalty("test_loss", "l2") + add_penalty("test_loss", "l1")
    measure += store("test_losses", "test_loss") + store("test_correct", "n_correct")
    body += if_(get("n_tests"), measure)
    body += read_coefficients() + update()
    code += count("step", get("n_steps"), body)
    return function_body(valtypes, code + get("n_steps"))
