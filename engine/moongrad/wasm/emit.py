"""
From a Program to the bytes of a WebAssembly module.

The code of one row is straight-line. It is emitted twice: on `f64x2`, which does two
rows at a time, and on `f64` for a last odd row. Loops around it run over the rows, and
around those over whole training steps with the optimiser. This file knows programs and
bytes, not `Value`s; an operation is known by its postfix code, such as `a b mul`.

The order of every sum is the `Value` engine's, so that bits stay the same: rows count
downwards, and their gradients are added to the penalty's; within a row, slopes are
added in the reverse of the order of the instructions.

Memory, in bytes from 0:

    0     errors: the number of the failing instruction + 1
    64    P, the parameters; G, their gradients; S and T, what the optimiser keeps;
          B, the parameters before the last update; each padded to an even number
    then  of a long program, the frame: what does not fit into locals
    then  whatever the caller puts there

A short program is one function, with its numbers in locals. Compilers take more than
linear time for long functions, so a long program is cut into several, which hand over
their numbers in the frame.

Rows lie in pairs: input 0 of both rows, input 1 of both rows..., and so do outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
from moongrad.wasm.program import Program

PARAMETERS = 64  # address of P


LONG = 2500  # instructions beyond which a program is cut
DEEP = 400  # instructions that may be one expression
PIECE = 30_000  # bytes of code after which a new function begins


@dataclass(frozen=True)
class Layout:
    """Where in memory the parameters of a program and what belongs to them lie."""

    n_parameters: int
    n_instructions: int

    @property
    def is_long(self) -> bool:
        """Whether the program is cut into several functions."""
        return self.n_instructions > LONG

    @property
    def n_places(self) -> int:
        """How many numbers (of two rows) the frame has room for."""
        return 6 * (self.n_instructions + self.n_parameters) if self.is_long else 0

    @property
    def n_padded(self) -> int:
        return self.n_parameters + self.n_parameters % 2

    def address(self, array: str) -> int:
        """Return the address of one of the arrays P G S T B."""
        return PARAMETERS + "PGSTB".index(array) * self.n_padded * 8

    @property
    def frame(self) -> int:
        """The address of the frame, a multiple of 16."""
        return PARAMETERS + 5 * self.n_padded * 8

    @property
    def end(self) -> int:
        """The first address, a multiple of 16, behind arrays and frame."""
        return self.frame + 16 * self.n_places


@dataclass(frozen=True)
class Training:
    """What `fit` needs to know when it is emitted."""

    rule: tuple[tuple[str, str], ...]  # of the optimiser
    n_coefficients: int
    agreement: tuple[int, int] | None = None  # count rows: output > 0 as input > 0


class NoCodeError(ValueError):
    """An operation of the program has no WebAssembly code."""


class TooLargeError(ValueError):
    """The program does not fit into one function of what engines accept."""


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
    * `fit(...) -> steps done`: whole training steps; see `_fit` for its arguments.
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
        """Load a number that is the same for all rows."""
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

    def is_any(self, comparison: str, x: bytes) -> bytes:
        return op(f"f64.{comparison}", x, f64_const(0.0))

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
        return op("f64x2.pmax", v128_const(0.0))  # x < 0 ? 0 : x, NaN stays

    def step(self) -> bytes:
        return op("v128.and", op("f64x2.gt", v128_const(0.0)), v128_const(1.0))

    def is_any(self, comparison: str, x: bytes) -> bytes:
        return op("v128.any_true", op(f"f64x2.{comparison}", x, v128_const(0.0)))

    def apply(self, function: int, scratch: int, constant: bytes = b"") -> bytes:
        x = local_get(scratch)
        low, high = (
            call(function, f64x2_extract_lane(lane, x), constant) for lane in (0, 1)
        )
        return local_set(scratch) + f64x2_replace_lane(1, op("f64x2.splat", low), high)


_Lanes = _Scalar | _Pair

_CHECKS = {"nonzero": "eq", "positive": "le", "nonnegative": "lt"}
_DIRECT = {"add", "sub", "mul", "div", "neg", "sqrt"}
ERROR = i32_const(0)  # where the number of the failing instruction goes


def has_check(code: str) -> bool:
    """Whether postfix code can fail."""
    return any(token in _CHECKS for token in code.split())


# --- the code of one row, or of two --------------------------------------------------


class _Row:
    """Emits the straight-line code of one row (or pair) into a function body."""

    # The function's parameters: address of the row, of its outputs, and the seed.
    _ROW, _OUTPUTS, _SEED = 0, 1, 2

    def __init__(self, program: Program, lanes: _Lanes, *, is_backward: bool) -> None:
        self._program = program
        self._lanes = lanes
        self._layout = Layout(len(program.parameters), len(program.instructions))
        self._is_backward = is_backward
        self._n_given = 3 if is_backward else 2
        self._code: list[bytes] = []
        self._pieces: list[list[bytes]] = [self._code]
        self._scratch = self._n_given  # the first local; the places follow it
        self._n_places = 0
        self._n_bytes = 0  # of the piece under way
        self.places: dict[int, int] = {}  # register -> place
        self.trainable = self._find_trainable()
        self._kept = self._find_kept()

    def bodies(self) -> list[bytes]:
        """Return the bodies of the function, or of those that it was cut into."""
        self._forward()
        if self._is_backward and self.trainable[self._program.outputs[0]]:
            _Backward(self).emit()
        n_locals = 1 + (0 if self._layout.is_long else self._n_places)
        codes = [b"".join(piece) + i32_const(0) for piece in self._pieces]
        size = sum(map(len, codes))
        last_place = self._layout.frame + 16 * self._n_places
        if n_locals > MAX_LOCALS or size > MAX_MODULE or last_place > MAX_MEMORY:
            raise TooLargeError(
                f"a program of {len(self._program.instructions)} instructions needs "
                f"{size} bytes of code; WebAssembly engines take modules of "
                f"{MAX_MODULE} bytes. Use a smaller network, or backend='python'."
            )
        valtypes = [self._lanes.valtype] * n_locals
        return [function_body(valtypes, code) for code in codes]

    def cut(self) -> None:
        """Begin a new function, if this one is long; nothing may be on the stack."""
        if self._layout.is_long and self._n_bytes > PIECE:
            self._code = []
            self._pieces.append(self._code)
            self._n_bytes = 0

    def push(self, code: bytes) -> None:
        """Append code."""
        self._code.append(code)
        self._n_bytes += len(code)

    # --- what is known before the first instruction ---

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

    def _find_kept(self) -> set[int]:
        """Return the registers that need a local, because they are read again."""
        program = self._program
        uses = [0] * len(self.trainable)
        kept = set(program.outputs)
        for k, (operation, operands) in enumerate(program.instructions):
            result = program.first_result + k
            for operand in operands:
                uses[operand] += 1
            # An operand that its own code names twice would be computed twice.
            names = operation.code.split()
            for name, operand in zip("ab", operands, strict=False):
                if names.count(name) > 1:
                    kept.add(operand)
            if not (self._is_backward and k < program.n_differentiated):
                continue
            registers = {"a": operands[0], "b": operands[-1], "y": result}
            for slope, operand in zip(operation.slopes, operands, strict=True):
                if self.trainable[operand] or has_check(slope):
                    kept |= {registers[t] for t in slope.split() if t in registers}
        kept |= {register for register, n in enumerate(uses) if n > 1}
        # An expression that would become too deep for a compiler is cut, too.
        sizes = [1] * program.first_result
        for k, (_, operands) in enumerate(program.instructions):
            result = program.first_result + k
            size = 1 + sum(0 if o in kept else sizes[o] for o in operands)
            if size > DEEP:
                kept.add(result)
            sizes.append(size)
        return kept

    # --- emission ---

    def _forward(self) -> None:
        program, lanes = self._program, self._lanes
        for k in range(program.n_inputs):
            if k in self._kept:
                load = lanes.load(16 * k, local_get(self._ROW))
                self.places[k] = self.save(load)
        first = program.first_result
        for k in range(len(program.instructions)):
            if first + k in self._kept:
                self._compute(first + k)
                self.places[first + k] = self.save()
                self.cut()
        for j, register in enumerate(program.outputs):
            self.push(local_get(self._OUTPUTS))
            self.read(register)
            self.push(lanes.store(16 * j, b"", b""))
            self.cut()

    def read(self, register: int) -> None:
        """Push the number in a register."""
        waiting: list[int | bytes] = [register]
        while waiting:
            item = waiting.pop()
            if isinstance(item, bytes):
                self.push(item)
            elif item in self.places:
                self.push(self.get(self.places[item]))
            elif item >= self._program.first_result:
                waiting += reversed(list(self._expand(item)))
            else:
                self.push(self._leaf(item))

    def _compute(self, register: int) -> None:
        """Push the result of an instruction, whatever it takes."""
        for item in self._expand(register):
            if isinstance(item, bytes):
                self.push(item)
            else:
                self.read(item)

    def _expand(self, register: int) -> Iterator[int | bytes]:
        """Return an instruction's code, with registers where operands go."""
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
        for place, token in enumerate(tokens):
            if tokens[place + 1 : place + 2] == ["pow"]:
                continue  # the exponent, which pow takes itself
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
                x = local_tee(self._scratch)
                yield if_(lanes.is_any(_CHECKS[token], x), fail) + local_get(
                    self._scratch
                )
            elif token == "pow":
                exponent = f64_const(float(tokens[place - 1]))
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

    def get(self, place: int) -> bytes:
        """Return the code that pushes what was saved in a place."""
        if self._layout.is_long:
            return self._lanes.load(self._layout.frame + 16 * place, i32_const(0))
        return local_get(self._scratch + 1 + place)

    def put(self, place: int) -> bytes:
        """Return the code that pops what is on top into a place."""
        if self._layout.is_long:
            address, x = self._layout.frame + 16 * place, local_get(self._scratch)
            store = self._lanes.store(address, i32_const(0), x)
            return local_set(self._scratch) + store
        return local_set(self._scratch + 1 + place)

    def save(self, code: bytes = b"") -> int:
        """Pop what is on top (or what `code` pushes) into a new place."""
        self._n_places += 1
        self.push(code + self.put(self._n_places - 1))
        return self._n_places - 1


class _Backward:
    """The second half of a row's code: the chain rule, and sums into G."""

    def __init__(self, row: _Row) -> None:
        self._row = row
        self._lanes = row._lanes
        program = self._program = row._program
        self._first_parameter = program.n_inputs
        self._gradients = row._layout.address("G")
        self._slopes: dict[int, int] = {}  # register -> place of d output / d it
        self._owned: set[int] = set()  # those whose place may be written again
        n_uses = [0] * len(program.parameters)
        for _, operands in program.instructions[: program.n_differentiated]:
            for operand in operands:
                if self._is_parameter(operand):
                    n_uses[operand - self._first_parameter] += 1
        self._n_uses = n_uses
        # Of parameters used several times, whose order of sums must be kept.
        self._shares: dict[int, list[int]] = {}
        # (parameter, place of its factor) that wait for the same slope.
        self._products: list[tuple[int, int]] = []
        self._products_slope = -1
        self._turned: dict[tuple[int, int], tuple[int, int]] = {}

    def _is_parameter(self, register: int) -> bool:
        k = register - self._first_parameter
        return 0 <= k < len(self._program.parameters)

    def emit(self) -> None:
        program, row = self._program, self._row
        seed = row.save(self._lanes.splat(local_get(row._SEED)))
        self._add_slope(program.outputs[0], seed)
        for k in reversed(range(program.n_differentiated)):
            result = program.first_result + k
            slope = self._slopes.get(result)
            operation, operands = program.instructions[k]
            names = {"a": operands[0], "b": operands[-1], "y": result}
            for operand, code in zip(operands, operation.slopes, strict=True):
                if slope is not None and row.trainable[operand]:
                    self._contribute(operand, code, names, slope, k)
                elif has_check(code):  # nobody needs it, but the engine would raise
                    self._evaluate(code, names, k)
                    row.push(op("drop"))
            row.cut()
        self._flush_products()
        for k, shares in self._shares.items():
            self._accumulate(k, shares)

    def _contribute(
        self, operand: int, code: str, names: dict[str, int], slope: int, k: int
    ) -> None:
        """Add `code` times `slope` to the slope of an operand."""
        if code == "1":
            self._add_slope(operand, slope)
            return
        factor = self._row.places.get(names.get(code, -1))
        is_single = self._is_parameter(operand) and (
            self._n_uses[operand - self._first_parameter] == 1
        )
        if is_single and factor is not None:
            if self._products_slope != slope:
                self._flush_products()
                self._products_slope = slope
            self._products.append((operand - self._first_parameter, factor))
            return
        if code == "-1":
            self._row.push(self._lanes.op("neg", self._row.get(slope)))
        else:
            self._evaluate(code, names, k)
            self._row.push(self._lanes.op("mul", self._row.get(slope)))
        self._add_slope(operand, None)

    def _evaluate(self, code: str, names: dict[str, int], k: int) -> None:
        """Push what the postfix code of a slope gives."""
        for item in self._row.translate(code, names, k):
            if isinstance(item, bytes):
                self._row.push(item)
            else:
                self._row.read(item)

    def _add_slope(self, register: int, source: int | None) -> None:
        """Add a place, or what is on the stack, to the slope of a register."""
        if self._is_parameter(register):
            k = register - self._first_parameter
            share = self._row.save() if source is None else source
            if self._n_uses[k] <= 1:
                self._accumulate(k, [share])
            else:
                self._shares.setdefault(k, []).append(share)
        elif register not in self._slopes:
            if source is None:
                self._slopes[register] = self._row.save()
                self._owned.add(register)
            else:
                self._slopes[register] = source
        else:
            # The engine adds the newcomer to what is there; so does this.
            if source is not None:
                self._row.push(self._row.get(source))
            sum_ = self._lanes.op("add", self._row.get(self._slopes[register]))
            if register in self._owned:
                self._row.push(sum_ + self._row.put(self._slopes[register]))
            else:
                self._slopes[register] = self._row.save(sum_)
                self._owned.add(register)

    def _accumulate(self, k: int, shares: Sequence[int]) -> None:
        """Add to a parameter's gradient: the upper row's shares, then the lower's."""
        address = self._gradients + 8 * k
        self._row.push(i32_const(0) + memory_op("f64.load", address, i32_const(0)))
        for lane in reversed(range(self._lanes.n_rows)):
            for share in shares:
                x = self._row.get(share)
                if self._lanes.n_rows == 2:
                    x = f64x2_extract_lane(lane, x)
                self._row.push(op("f64.add", x))
        self._row.push(memory_op("f64.store", address))

    def _flush_products(self) -> None:
        """
        Add slope * factor to the gradients that wait for it, two neighbours at once.

        For that, the factors of two parameters on two rows are turned: from one vector
        for each parameter to one for each row. The factors of a layer are shared by all
        its neurons, so they are turned once.
        """
        slope = self._products_slope
        waiting = sorted(self._products, reverse=True)
        self._products, self._products_slope = [], -1
        while waiting:
            k, factor = waiting.pop()
            has_neighbour = bool(waiting) and waiting[-1][0] == k + 1
            if self._lanes.n_rows == 2 and has_neighbour:
                self._accumulate_two(k, factor, waiting.pop()[1], slope)
            else:
                product = self._lanes.op(
                    "mul", self._row.get(factor), self._row.get(slope)
                )
                self._accumulate(k, [self._row.save(product)])

    def _accumulate_two(self, k: int, factor: int, other: int, slope: int) -> None:
        address = self._gradients + 8 * k
        total = memory_op("v128.load", address, i32_const(0))
        low, high = self._turn(factor, other)
        low_slope, high_slope = self._turn(slope, slope)
        for x, g in ((high, high_slope), (low, low_slope)):
            product = op("f64x2.mul", self._row.get(x), self._row.get(g))
            total = op("f64x2.add", total, product)
        self._row.push(memory_op("v128.store", address, i32_const(0), total))

    def _turn(self, first: int, second: int) -> tuple[int, int]:
        """Return places with lane 0 of both, and with lane 1 of both."""
        key = (first, second)
        if key not in self._turned:
            a, b = self._row.get(first), self._row.get(second)
            low = self._row.save(f64x2_shuffle(0, 2, a, b))
            high = self._row.save(f64x2_shuffle(1, 3, a, b))
            self._turned[key] = (low, high)
        return self._turned[key]


# --- the module: loops over rows and over training steps -----------------------------


class _Emitter:
    """Puts the functions of a module together."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._layout = Layout(len(program.parameters), len(program.instructions))
        self._types: list[bytes] = []
        self._functions: list[int] = []
        self._bodies: list[bytes] = []
        self._row_size = 16 * program.n_inputs  # of a pair, in bytes
        self._output_size = 16 * len(program.outputs)

    def module(
        self, wanted: Sequence[tuple[str, bool]], training: Training | None
    ) -> bytes:
        """Return the module with the functions that are wanted."""
        codes = {i.operation.code for i in self._program.instructions}
        if any(not code for code in codes):
            missing = next(
                i.operation.symbol
                for i in self._program.instructions
                if not i.operation.code
            )
            raise NoCodeError(
                f"operation {missing!r} has no WebAssembly code: give it code and "
                f"slopes, or use backend='python'"
            )
        for instruction in self._program.instructions:
            codes.update(instruction.operation.slopes)
        used = {token for code in codes for token in code.split()}
        if used & set(mathematics.NAMES):
            for name, body in zip(mathematics.NAMES, mathematics.bodies(), strict=True):
                n = mathematics.N_PARAMETERS[name]
                self._add([F64] * n, [F64], body)
        exports: list[tuple[str, int]] = []
        for name, is_backward in wanted:
            seed = [F64] if is_backward else []
            one, two = (
                self._add_row(
                    [I32, I32, *seed],
                    _Row(self._program, lanes, is_backward=is_backward).bodies(),
                )
                for lanes in (_Scalar(), _Pair())
            )
            loop = self._downwards if is_backward else self._upwards
            index = self._add([I32, I32, I32, *seed], [I32], loop(one, two))
            exports.append((name, index))
        if training is not None:
            backward = exports[-1][1]
            body = _fit(self._program, self._layout, training, backward)
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
        """Add the code of a row; of several functions, one that calls them in turn."""
        pieces = [self._add(parameters, [I32], body) for body in bodies]
        if len(pieces) == 1:
            return pieces[0]
        arguments = [local_get(k) for k in range(len(parameters))]
        code = b"".join(
            _return_failure(len(parameters), call(piece, *arguments))
            for piece in pieces
        )
        return self._add(parameters, [I32], function_body([I32], code + i32_const(0)))

    def _upwards(self, one: int, two: int) -> bytes:
        """All pairs from the first on, then the odd row."""
        rows, outputs, n, k, status = 0, 1, 2, 3, 4
        place = (
            self._at(rows, k, self._row_size),
            self._at(outputs, k, self._output_size),
        )
        pairs = op("i32.shr_u", local_get(n), i32_const(1))
        code = while_(
            op("i32.lt_s", local_get(k), pairs),
            _return_failure(status, call(two, *place))
            + local_set(k, op("i32.add", local_get(k), i32_const(1))),
        )
        code += if_(
            op("i32.and", local_get(n), i32_const(1)),
            _return_failure(status, call(one, *place)),
        )
        return function_body([I32, I32], code + i32_const(0))

    def _downwards(self, one: int, two: int) -> bytes:
        """The odd row, which is the last, then all pairs down to the first."""
        rows, outputs, n, seed, k, status = 0, 1, 2, 3, 4, 5
        place = (
            self._at(rows, k, self._row_size),
            self._at(outputs, k, self._output_size),
            local_get(seed),
        )
        code = local_set(k, op("i32.shr_u", local_get(n), i32_const(1)))
        code += if_(
            op("i32.and", local_get(n), i32_const(1)),
            _return_failure(status, call(one, *place)),
        )
        code += while_(
            local_get(k),
            local_set(k, op("i32.sub", local_get(k), i32_const(1)))
            + _return_failure(status, call(two, *place)),
        )
        return function_body([I32, I32], code + i32_const(0))

    @staticmethod
    def _at(base: int, k: int, size: int) -> bytes:
        """The address of the k-th pair."""
        return op(
            "i32.add", local_get(base), op("i32.mul", local_get(k), i32_const(size))
        )


def _return_failure(status: int, outcome: bytes) -> bytes:
    """Return from the function where the outcome is not 0."""
    return if_(local_tee(status, outcome), op("return", local_get(status)))


# What `fit` is called with. `coefficients`: a row of numbers for each step. `losses`,
# `right`: one f64 for each step goes there. `batches`: row numbers, i32, n_batch for
# each step, or 0 for all rows in order; `gathered`: room for the rows of a batch.
_FIT_ARGUMENTS = (
    "rows outputs n_rows n_batch n_steps coefficients losses right batches gathered"
).split()
_FIT_NUMBERS = ("l2", "l1", "bearable")
_FIT_TYPE = (
    [I32] * len(_FIT_ARGUMENTS) + [F64] * len(_FIT_NUMBERS),
    [I32],
)


def _fit(program: Program, layout: Layout, training: Training, backward: int) -> bytes:
    """
    Training steps: returns how many were made.

    Fewer than n_steps where a row fails (its status is then at address 0) or where a
    loss is not at most `bearable`; the parameters are then as that step found them.
    """
    names = {name: k for k, name in enumerate(_FIT_ARGUMENTS + list(_FIT_NUMBERS))}
    valtypes: list[bytes] = []

    def new(name: str, valtype: bytes) -> None:
        names[name] = len(_FIT_ARGUMENTS) + len(_FIT_NUMBERS) + len(valtypes)
        valtypes.append(valtype)

    def get(name: str) -> bytes:
        return local_get(names[name])

    def put(name: str, code: bytes) -> bytes:
        return local_set(names[name], code)

    def count(name: str, n: bytes, body: bytes, by: int = 1) -> bytes:
        """Repeat with name = 0, by, 2 by... below n."""
        following = put(name, op("i32.add", get(name), i32_const(by)))
        start = put(name, i32_const(0))
        return start + while_(op("i32.lt_s", get(name), n), body + following)

    def element(base: bytes, index: bytes, shift: int = 3) -> bytes:
        """The address of an element of 2 ** shift bytes."""
        return op("i32.add", base, op("i32.shl", index, i32_const(shift)))

    for name in ("step", "i", "status", "source", "used", "target"):
        new(name, I32)
    for name in ("loss", "penalty", "seed", "n_right", "p", "g"):
        new(name, F64)
    for k in range(training.n_coefficients):
        new(f"c{k}", V128)

    n_padded = layout.n_padded
    all_parameters = i32_const(8 * len(program.parameters))

    def row_address(base: bytes, row: bytes, pair_size: int) -> bytes:
        """The address of lane 0 or 1 of a row's first number."""
        pair = op("i32.mul", op("i32.shr_u", row, i32_const(1)), i32_const(pair_size))
        lane = op("i32.shl", op("i32.and", row, i32_const(1)), i32_const(3))
        return op("i32.add", op("i32.add", base, pair), lane)

    def gather() -> bytes:
        """Copy the rows of this step's batch to where `used` points."""
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
        """G = what the penalties contribute, in the order of the engine's sums."""
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

    def penalty(strength: str, term: bytes) -> bytes:
        """Add strength times the sum over the parameters to the loss."""
        p = put("p", memory_op("f64.load", layout.address("P"), get("i")))
        add = put("penalty", op("f64.add", get("penalty"), term))
        total = put("penalty", f64_const(0.0)) + count(
            "i", all_parameters, p + add, by=8
        )
        scaled = op("f64.mul", get(strength), get("penalty"))
        total += put("loss", op("f64.add", get("loss"), scaled))
        return if_(op("f64.ne", get(strength), f64_const(0.0)), total)

    def sum_losses() -> bytes:
        size = 16 * len(program.outputs)
        place = put("source", row_address(get("outputs"), get("i"), size))
        loss = memory_op("f64.load", 0, get("source"))
        body = place + put("loss", op("f64.add", get("loss"), loss))
        if training.agreement is not None:
            output, label = training.agreement
            zero = f64_const(0.0)
            score = memory_op("f64.load", 16 * output, get("source"))
            row = row_address(get("used"), get("i"), 16 * program.n_inputs)
            truth = memory_op("f64.load", 16 * label, row)
            agrees = op("i32.eq", op("f64.gt", score, zero), op("f64.gt", truth, zero))
            add = op("f64.add", get("n_right"), op("f64.convert_i32_s", agrees))
            body += put("n_right", add)
        start = put("loss", f64_const(0.0)) + put("n_right", f64_const(0.0))
        mean = put("loss", op("f64.mul", get("loss"), get("seed")))
        return start + count("i", get("n_batch"), body) + mean

    def update() -> bytes:
        """Two parameters at a time: the rule knows nothing of order."""
        arrays = {"p": "P", "g": "G", "s": "S", "t": "T"}

        def load(name: str) -> bytes:
            return memory_op("v128.load", layout.address(arrays[name]), get("i"))

        body = memory_op("v128.store", layout.address("B"), get("i"), load("p"))
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

    def leave() -> bytes:
        return op("return", get("step"))

    one = op("f64.convert_i32_s", get("n_batch"))
    code = put("seed", op("f64.div", f64_const(1.0), one))
    code += put("used", get("rows"))
    body = if_(get("batches"), gather())
    body += start_gradients()
    outcome = call(backward, get("used"), get("outputs"), get("n_batch"), get("seed"))
    failed = memory_op("i32.store", 0, ERROR, get("status")) + leave()
    body += if_(local_tee(names["status"], outcome), failed)
    body += sum_losses()
    body += penalty("l2", op("f64.mul", get("p"), get("p")))
    body += penalty("l1", op("f64.abs", get("p")))
    loss_place = element(get("losses"), get("step"))
    body += memory_op("f64.store", 0, loss_place, get("loss"))
    right_place = element(get("right"), get("step"))
    body += memory_op("f64.store", 0, right_place, get("n_right"))
    # NaN as the measure bears everything, as a loss NaN is borne by no measure.
    is_measured = op("f64.eq", get("bearable"), get("bearable"))
    is_bearable = op("f64.le", get("loss"), get("bearable"))
    body += if_(is_measured, if_(op("i32.eqz", is_bearable), leave()))
    body += read_coefficients() + update()
    code += count("step", get("n_steps"), body)
    return function_body(valtypes, code + get("n_steps"))
