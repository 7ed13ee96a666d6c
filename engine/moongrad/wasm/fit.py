"""
Emits `fit`: whole training steps, which never leave WebAssembly.

`fit` does a `Job`, which lies in memory. It returns how many steps it made. These are
fewer than asked for if a row fails, whose status is then in memory, or if a loss is
above `max_loss`. That step does not update the parameters.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from moongrad.optim import Rule
from moongrad.wasm.encode import (
    F64,
    I32,
    V128,
    call,
    f64_const,
    function_body,
    i32_const,
    if_,
    local_get,
    local_set,
    local_tee,
    memory_op,
    op,
    while_,
)
from moongrad.wasm.lanes import Pair
from moongrad.wasm.layout import IS_TEST, JOB, SEED, STATUS, Layout
from moongrad.wasm.loops import address_of_row
from moongrad.wasm.primitives import compute
from moongrad.wasm.program import Program
from moongrad.wasm.trace import trace_rule


class Training(NamedTuple):
    """The kind of training that `fit` is emitted for."""

    rule: Rule  # the optimiser's
    n_coefficients: int
    # (output, input): a row counts as correct if both have the same sign; without an
    # input, if the output is above 0.
    sign_match: tuple[int, int | None] | None = None

    @property
    def program(self) -> Program:
        """What the rule does with p, g, s, t and its coefficients."""
        program = trace_rule(self.rule, 4 + self.n_coefficients)
        if len(program.outputs) != 3:
            raise ValueError(
                f"the rule of an optimizer must return p, s and t, got "
                f"{len(program.outputs)} numbers"
            )
        return program

    @property
    def states(self) -> list[tuple[str, str]]:
        """The arrays of the state that the rule changes, with fields of a `State`."""
        return [("PGST"[k], "pgst"[k]) for _, k in changes(self.program) if k > 1]


class Job(NamedTuple):
    """
    What `fit` does, as it lies in memory: addresses, numbers, strengths.

    `coefficients`: the optimiser's for each step. `losses`, `correct`: room for one f64
    per step. `batches`: n_batch row numbers (i32) per step, or 0 for all rows in order.
    `gathered`: room for the rows of a batch. `n_tests` rows at `tests` are measured
    before each step, too.
    """

    rows: int
    outputs: int
    n_batch: int
    n_steps: int
    coefficients: int
    losses: int
    correct: int
    batches: int
    gathered: int
    tests: int
    test_outputs: int
    n_tests: int
    test_losses: int
    test_correct: int
    l2: float
    l1: float
    max_loss: float

    def pack(self) -> bytes:
        return struct.pack("<14i3d", *self)


_INTEGERS, _FLOATS = Job._fields[:14], Job._fields[14:]
_ZERO = i32_const(0)
#: Where the numbers of P, S and T are kept before an update.
BEFORE = {"P": "B", "S": "U", "T": "V"}


def fit(
    program: Program, layout: Layout, training: Training, forward: int, backward: int
) -> bytes:
    """Return the body of `fit`; `forward` and `backward` are functions over rows."""
    return _Fit(program, layout, training, forward, backward).body()


class _Fit:
    """The code of `fit`. Names are locals; those of the job are read first."""

    def __init__(
        self,
        program: Program,
        layout: Layout,
        training: Training,
        forward: int,
        backward: int,
    ) -> None:
        self._layout = layout
        self._training = training
        self._forward, self._backward = forward, backward
        self._n_inputs = program.n_inputs
        self._output_size = 16 * len(program.outputs)
        self._parameters_end = i32_const(8 * layout.n_parameters)
        self._padded_end = i32_const(8 * layout.n_padded)
        self._names: dict[str, int] = {}
        self._valtypes: list[bytes] = []
        for name in (*_INTEGERS, "step", "i", "status", "source", "used", "target"):
            self._declare(name, I32)
        for name in (*_FLOATS, "loss", "penalty", "seed", "n_right", "p", "g"):
            self._declare(name, F64)
        for name in ("test_loss", "l2_term", "l1_term"):
            self._declare(name, F64)
        for name in ("pair", "total", "pull"):
            self._declare(name, V128)

    def body(self) -> bytes:
        code = self._read_job()
        share = op("f64.convert_i32_s", self._get("n_batch"))
        seed = op("f64.div", f64_const(1.0), share)
        code += memory_op("f64.store", SEED, _ZERO, seed)
        code += self._put("used", self._get("rows"))
        step = if_(self._get("batches"), self._gather())
        step += self._start_gradients()
        step += self._run(self._backward, "used", "outputs", "n_batch", is_test=False)
        step += self._sum_losses("loss", "used", "outputs", "n_batch")
        square = op("f64.mul", self._get("p"), self._get("p"))
        step += self._add_penalty("l2", square)
        step += self._add_penalty("l1", op("f64.abs", self._get("p")))
        step += self._store("losses", "loss") + self._store("correct", "n_right")
        step += self._stop_above_limit()
        step += if_(self._get("n_tests"), self._test())
        step += self._update()
        code += self._count("step", self._get("n_steps"), step)
        return function_body(self._valtypes, code + self._get("n_steps"))

    # --- locals and loops ---

    def _declare(self, name: str, valtype: bytes) -> None:
        self._names[name] = len(self._valtypes)
        self._valtypes.append(valtype)

    def _declare_pair(self, name: str) -> int:
        if name not in self._names:
            self._declare(name, V128)
        return self._names[name]

    def _get(self, name: str) -> bytes:
        return local_get(self._names[name])

    def _put(self, name: str, code: bytes) -> bytes:
        return local_set(self._names[name], code)

    def _add(self, name: str, code: bytes) -> bytes:
        return self._put(name, op("f64.add", self._get(name), code))

    def _count(self, name: str, n: bytes, body: bytes, by: int = 1) -> bytes:
        """Repeat `body` with name = 0, by, 2 * by... while it is below n."""
        increment = self._put(name, op("i32.add", self._get(name), i32_const(by)))
        condition = op("i32.lt_s", self._get(name), n)
        return self._put(name, _ZERO) + while_(condition, body + increment)

    def _element(self, base: str, index: bytes, shift: int = 3) -> bytes:
        """Return code for the address of an element of 2 ** shift bytes."""
        offset = op("i32.shl", index, i32_const(shift))
        return op("i32.add", self._get(base), offset)

    def _of_parameter(self, array: str) -> bytes:
        """Return code that loads parameter i's number in one of the arrays."""
        return memory_op("f64.load", self._layout.address(array), self._get("i"))

    # --- what a step does ---

    def _read_job(self) -> bytes:
        code, address = b"", JOB
        for names, kind, size in ((_INTEGERS, "i32", 4), (_FLOATS, "f64", 8)):
            for name in names:
                code += self._put(name, memory_op(f"{kind}.load", address, _ZERO))
                address += size
        return code

    def _gather(self) -> bytes:
        """Copy the rows of this step's batch to `gathered`, and use these."""
        size = 16 * self._n_inputs
        first = op("i32.mul", self._get("step"), self._get("n_batch"))
        index = self._element("batches", op("i32.add", first, self._get("i")), 2)
        row = memory_op("i32.load", 0, index)
        copy = self._put("source", address_of_row(self._get("rows"), row, size))
        target = address_of_row(self._get("gathered"), self._get("i"), size)
        copy += self._put("target", target)
        for k in range(self._n_inputs):
            number = memory_op("f64.load", 16 * k, self._get("source"))
            copy += memory_op("f64.store", 16 * k, self._get("target"), number)
        use = self._put("used", self._get("gathered"))
        return use + self._count("i", self._get("n_batch"), copy)

    def _start_gradients(self) -> bytes:
        """Set G to the gradients of the penalties, in the order of the engine."""
        lanes, pair, total = Pair(), self._get("pair"), self._get("total")
        below = op("v128.and", op("f64x2.lt", pair, lanes.const(0.0)), lanes.const(1.0))
        sign = lanes.op("sub", lanes.step(pair), below)
        l1, l2 = (op("f64x2.splat", self._get(name)) for name in ("l1", "l2"))
        add_l1 = self._put("total", lanes.op("mul", l1, sign))
        # p * p has p twice, so its gradient comes in two parts.
        add_l2 = self._put("pull", lanes.op("mul", pair, l2))
        twice = lanes.op(
            "add", lanes.op("add", total, self._get("pull")), self._get("pull")
        )
        add_l2 += self._put("total", twice)
        i = self._get("i")
        body = self._put("pair", lanes.load(self._layout.address("P"), i))
        body += self._put("total", lanes.const(0.0))
        body += self._if_used("l1", add_l1) + self._if_used("l2", add_l2)
        body += lanes.store(self._layout.address("G"), i, total)
        return self._count("i", self._padded_end, body, by=16)

    def _if_used(self, strength: str, code: bytes) -> bytes:
        return if_(op("f64.ne", self._get(strength), f64_const(0.0)), code)

    def _run(
        self, function: int, rows: str, outputs: str, n: str, *, is_test: bool
    ) -> bytes:
        """Run the program over rows; stop where one of them fails."""
        failed = memory_op("i32.store", STATUS, _ZERO, self._get("status"))
        failed += memory_op("i32.store", IS_TEST, _ZERO, i32_const(is_test))
        status = call(function, *map(self._get, (rows, outputs, n)))
        return if_(local_tee(self._names["status"], status), failed + self._stop())

    def _stop(self) -> bytes:
        return op("return", self._get("step"))

    def _sum_losses(self, loss: str, rows: str, outputs: str, n: str) -> bytes:
        """Set a loss to the mean over `n` rows, and count the right ones."""
        i = self._get("i")
        body = self._put(
            "source", address_of_row(self._get(outputs), i, self._output_size)
        )
        body += self._add(loss, memory_op("f64.load", 0, self._get("source")))
        if self._training.sign_match is not None:
            output, label_input = self._training.sign_match
            zero = f64_const(0.0)
            score = memory_op("f64.load", 16 * output, self._get("source"))
            is_right = op("f64.gt", score, zero)
            if label_input is not None:
                row = address_of_row(self._get(rows), i, 16 * self._n_inputs)
                label = memory_op("f64.load", 16 * label_input, row)
                is_right = op("i32.eq", is_right, op("f64.gt", label, zero))
            body += self._add("n_right", op("f64.convert_i32_s", is_right))
        # -0.0 + x is x, whatever its sign.
        start = self._put(loss, f64_const(-0.0)) + self._put("n_right", f64_const(0.0))
        share = op("f64.div", f64_const(1.0), op("f64.convert_i32_s", self._get(n)))
        mean = self._put(loss, op("f64.mul", self._get(loss), share))
        return start + self._count("i", self._get(n), body) + mean

    def _add_penalty(self, strength: str, term: bytes) -> bytes:
        """Add strength times the sum of a term of p to the loss."""
        body = self._put("p", self._of_parameter("P")) + self._add("penalty", term)
        code = self._put("penalty", f64_const(0.0))
        code += self._count("i", self._parameters_end, body, by=8)
        scaled = op("f64.mul", self._get(strength), self._get("penalty"))
        code += self._put(f"{strength}_term", scaled)
        code += self._add("loss", self._get(f"{strength}_term"))
        return self._if_used(strength, code)

    def _store(self, array: str, number: str) -> bytes:
        """Store a number of this step."""
        address = self._element(array, self._get("step"))
        return memory_op("f64.store", 0, address, self._get(number))

    def _stop_above_limit(self) -> bytes:
        # A limit of NaN means no limit. With a limit, a loss of NaN stops training,
        # because every comparison with NaN is false.
        limit = self._get("max_loss")
        is_within = op("f64.le", self._get("loss"), limit)
        stop = if_(op("i32.eqz", is_within), self._stop())
        return if_(op("f64.eq", limit, limit), stop)

    def _test(self) -> bytes:
        """Measure the test rows, which have the penalties of the training rows."""
        rows = ("tests", "test_outputs", "n_tests")
        code = self._run(self._forward, *rows, is_test=True)
        code += self._sum_losses("test_loss", *rows)
        code += self._add("test_loss", self._get("l2_term"))
        code += self._add("test_loss", self._get("l1_term"))
        code += self._store("test_losses", "test_loss")
        return code + self._store("test_correct", "n_right")

    def _update(self) -> bytes:
        """Apply the optimiser's rule to two parameters at a time."""
        rule, lanes = self._training.program, Pair()
        n_bytes = 8 * self._training.n_coefficients
        size = op("i32.mul", self._get("step"), i32_const(n_bytes))
        start = self._put("source", op("i32.add", self._get("coefficients"), size))
        codes: dict[int, bytes] = {}
        body = b""
        for k in range(rule.n_inputs):
            self._declare(f"input {k}", V128)
            codes[k] = self._get(f"input {k}")
            if k < 4:
                load = lanes.load(self._layout.address("PGST"[k]), self._get("i"))
                body += self._put(f"input {k}", load)
            else:
                load = lanes.load_same(8 * (k - 4), self._get("source"))
                start += self._put(f"input {k}", load)
        for k, number in enumerate(rule.constants):
            codes[-1 - k] = lanes.const(number)
        for register, (operation, operands, *_) in rule.results():
            inner = [codes[operand] for operand in operands]
            name = f"result {register}"
            result = compute(lanes, self._declare_pair, operation, inner, b"", name)
            body += local_set(self._declare_pair(name), result)
            codes[register] = self._get(name)
        for output, k in changes(rule):
            for array, number in ((BEFORE["PGST"[k]], k), ("PGST"[k], output)):
                address = self._layout.address(array)
                body += lanes.store(address, self._get("i"), codes[number])
        return start + self._count("i", self._padded_end, body, by=16)


def changes(rule: Program) -> list[tuple[int, int]]:
    """Return what an optimiser's rule changes: each output with its input."""
    return [(o, k) for o, k in zip(rule.outputs, (0, 2, 3), strict=True) if o != k]
