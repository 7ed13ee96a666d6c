"""
Plans the code of a Program: which loops it has, and which numbers are in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from moongrad.wasm.layout import Layout
from moongrad.wasm.program import Instruction, Program


class Member(NamedTuple):
    """An instruction, the register of its first result, and its number."""

    register: int
    instruction: Instruction
    number: int


#: Instructions that one loop does; without a loop it is a single one.
Nest = list[Member]


class Plan:
    """
    The loop nests of both passes, and the registers that have a slot in the frame.

    All other results stay in locals.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.layout = Layout.of(program)
        nests = list(_find_nests(program))
        n = len(program.instructions)
        n_forward = n if program.n_forward is None else program.n_forward
        self.forward = [nest for nest in nests if nest[0].number < n_forward]
        self.backward = nests[len(self.forward) :]
        self.in_frame = self._find_frame()

    def _find_frame(self) -> set[int]:
        program = self.program
        first = program.first_result
        if self.layout.is_long:
            return set(range(first, program.n_registers))
        first_backward = self.backward[0][0].register if self.backward else first
        of_loops: set[int] = set()
        for register, instruction in program.results():
            if instruction.n > 1:
                of_loops.update(range(register, register + instruction.n))
        far = of_loops.union(range(first, first_backward))
        found = of_loops.intersection(program.outputs)
        for nest in self.forward:
            found.update(_reads(nest, of_loops, first))
        # The backward pass is another function, so it cannot see the forward's locals.
        for nest in self.backward:
            found.update(_reads(nest, far, first))
        for addition in program.additions:
            found.update(_reads([Member(-1, addition, -1)], far, first))
        for register, instruction in program.results():  # a loop is stored as a whole
            results = range(register, register + instruction.n)
            if not found.isdisjoint(results):
                found.update(results)
        return found


def _reads(nest: Nest, far: set[int], first_result: int) -> set[int]:
    """Return the results that a nest reads from memory."""
    found: set[int] = set()
    inside = {register for register, _, _ in nest}
    for _, instruction, _ in nest:
        for k, operand in enumerate(instruction.operands):
            step = instruction.steps[k]
            if not (step or instruction.term_steps[k]):
                found.update({operand} & far)
            elif operand >= first_result and not (step == 1 and operand in inside):
                found.update(instruction.registers(k))
    return found


def _find_nests(program: Program) -> Iterator[Nest]:
    """
    Return what one loop can do for all its instructions.

    These follow each other, have as many repetitions, and read each other's results
    only from the same repetition.
    """
    nest: Nest = []
    for k, (register, instruction) in enumerate(program.results()):
        if nest and not (k != program.n_forward and _fits(nest, instruction)):
            yield nest
            nest = []
        nest.append(Member(register, instruction, k))
    if nest:
        yield nest


def _fits(nest: Nest, instruction: Instruction) -> bool:
    n = instruction.n
    if n == 1 or n != nest[0].instruction.n or instruction.n_terms:
        return False
    results = range(nest[0].register, nest[-1].register + n)
    return not any(
        any(register in results for register in instruction.registers(k))
        and not (instruction.steps[k] == 1 and (operand - results.start) % n == 0)
        for k, operand in enumerate(instruction.operands)
    )
