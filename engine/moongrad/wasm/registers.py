"""
Where the numbers of a function are, and the code that reads and writes them.

The result of an instruction is in a local for each plane (a pair of rows that is
computed together with others), or in a slot of the frame, as the plan says. Inputs are
in the row, parameters in P.
"""

from __future__ import annotations

from typing import NamedTuple

from moongrad.wasm.encode import I32, i32_const, local_get, local_set, op
from moongrad.wasm.lanes import Lanes
from moongrad.wasm.loops import Span, move, multiple
from moongrad.wasm.plan import Plan

ROW, OUTPUTS = 0, 1  # the function's arguments: addresses of the block's numbers
ZERO = i32_const(0)


class Place(NamedTuple):
    """Where a register is in memory."""

    address: int
    unit: int  # bytes from one register to the next
    plane_size: int  # bytes from one plane to the next; 0 if all rows share the number
    is_input: bool  # then the address is one in the row


class Registers:
    """The registers of a function for one kind of lanes."""

    def __init__(self, plan: Plan, lanes: Lanes) -> None:
        self.program, self.layout, self.lanes = plan.program, plan.layout, lanes
        self.in_frame = plan.in_frame
        self.planes = range(plan.layout.n_planes if lanes.n_rows > 1 else 1)
        self.valtypes: list[bytes] = []  # of the locals
        self._scratch: dict[str, int] = {}
        self._locals: dict[tuple[int, int], int] = {}  # (register, plane) -> local

    def scratch(self, name: str, valtype: bytes = b"") -> int:
        """Return a local for short use, of a number unless it says otherwise."""
        if name not in self._scratch:
            self._scratch[name] = self._new_local(valtype or self.lanes.valtype)
        return self._scratch[name]

    def _new_local(self, valtype: bytes) -> int:
        self.valtypes.append(valtype)
        return OUTPUTS + len(self.valtypes)

    def place(self, register: int) -> Place:
        program, layout = self.program, self.layout
        if register < program.n_inputs:
            return Place(16 * register, 16, 16 * program.n_inputs, is_input=True)
        if register < program.first_result:
            address = layout.address("P") + 8 * (register - program.n_inputs)
            return Place(address, 8, 0, is_input=False)
        address = layout.frame + 16 * (register - program.first_result)
        return Place(address, 16, layout.plane_size, is_input=False)

    def read(
        self, register: int, plane: int, step: int = 0, counter: int | None = None
    ) -> bytes:
        """Return code that pushes a number, `step * counter` registers further."""
        if register < 0:
            return self.lanes.const(self.program.constants[-1 - register])
        if (register, plane) in self._locals:
            return local_get(self._locals[register, plane])
        place = self.place(register)
        offset, base = place.address, local_get(ROW) if place.is_input else b""
        if counter is not None and step:
            further = multiple(counter, step * place.unit)
            if step < 0:  # a load's offset is unsigned, so the pointer has the address
                further = op("i32.add", i32_const(offset), further)
                offset = 0
            base = op("i32.add", base, further) if base else further
        load = self.lanes.load if place.plane_size else self.lanes.load_same
        return load(offset + plane * place.plane_size, base or ZERO)

    def write(self, register: int, plane: int, code: bytes) -> bytes:
        """Return code that keeps what `code` pushes."""
        if register in self.in_frame:
            return self.store(register, plane, code)
        local = self._locals[register, plane] = self._new_local(self.lanes.valtype)
        return local_set(local, code)

    def store(
        self, register: int, plane: int, code: bytes, counter: int | None = None
    ) -> bytes:
        """Return code that stores a number in the frame, `counter` slots further."""
        place = self.place(register)
        pointer = ZERO if counter is None else multiple(counter, place.unit)
        address = place.address + plane * place.plane_size
        return self.lanes.store(address, pointer, code)


class Cursor:
    """
    An operand of a loop nest: it has a number for each repetition and each term.

    Repetitions stand side by side (see `Span`); from term to term a pointer moves.
    """

    def __init__(
        self, registers: Registers, name: str, access: tuple[int, int, int], span: Span
    ) -> None:
        self._registers, self.name = registers, name
        register, self.step, self.term_step = access
        self._register, self._counter = (
            register + span.position * self.step,
            span.counter,
        )
        self._pointer = registers.scratch(f"pointer {name}", I32)
        is_shared = register >= 0 and not registers.place(register).plane_size
        self.planes = range(1) if is_shared else registers.planes

    def start(self) -> bytes:
        """Return code that points at the first term."""
        if not self.term_step:
            return b""
        place = self._registers.place(self._register)
        code = i32_const(place.address)
        if place.is_input:
            code = op("i32.add", code, local_get(ROW))
        if self._counter is not None and self.step:
            further = multiple(self._counter, self.step * place.unit)
            code = op("i32.add", code, further)
        return local_set(self._pointer, code)

    def load(self, plane: int, repetition: int, term: int) -> bytes:
        """Return code that pushes a number, from the pointer on."""
        registers = self._registers
        if not self.term_step:
            register = self._register + repetition * self.step
            return registers.read(register, plane, self.step, self._counter)
        place, pointer = registers.place(self._register), local_get(self._pointer)
        offset = (repetition * self.step + term * self.term_step) * place.unit
        if offset < 0:
            pointer, offset = op("i32.add", pointer, i32_const(offset)), 0
        lanes = registers.lanes
        load = lanes.load if place.plane_size else lanes.load_same
        return load(offset + plane * place.plane_size, pointer)

    def keep(self, plane: int, repetition: int, term: int) -> tuple[bytes, bytes]:
        """Return code that loads a number into a local, and code that pushes that."""
        index = f"{repetition if self.step else ''} {term if self.term_step else ''}"
        plane = min(plane, self.planes[-1])
        local = self._registers.scratch(f"{self.name} {index} {plane}")
        load = local_set(local, self.load(plane, repetition, term))
        return load, local_get(local)

    def move(self, n_terms: int) -> bytes:
        """Return code that points so many terms further."""
        unit = self._registers.place(self._register).unit if self.term_step else 0
        return move(self._pointer, n_terms * self.term_step * unit)
