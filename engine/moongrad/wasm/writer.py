"""Writes new Programs: what rolling and differentiating have in common."""

from __future__ import annotations

from collections.abc import Sequence

from moongrad.engine import Operation
from moongrad.wasm.program import Instruction, Program

#: Registers, one for each repetition: the first, and the step to the next.
Access = tuple[int, int]


class Writer:
    """Appends instructions and constants to those of a program."""

    def __init__(self, program: Program, instructions: Sequence[Instruction]) -> None:
        self.program = program
        self.instructions = list(instructions)
        self._next = program.first_result + sum([i.n for i in instructions])
        self._constants = {x.hex(): -1 - k for k, x in enumerate(program.constants)}

    def add(self, instruction: Instruction) -> int:
        """Append an instruction and return the register of its first result."""
        self.instructions.append(instruction)
        register = self._next
        self._next += instruction.n
        return register

    def constant(self, number: float) -> int:
        """Return the register of a constant."""
        return self._constants.setdefault(number.hex(), -1 - len(self._constants))

    def insert(
        self, rule: Program, arguments: Sequence[Access], n: int
    ) -> list[Access]:
        """Append a rule, with `n` repetitions of everything, and return its outputs."""
        places: dict[int, Access] = dict(enumerate(arguments))
        for k, number in enumerate(rule.constants):
            places[-1 - k] = (self.constant(number), 0)
        for register, (operation, operands, *_) in rule.results():
            inner = [places[k] for k in operands]
            places[register] = (self.add(repeated(operation, inner, n)), step_of(n))
        return [places[output] for output in rule.outputs]

    def write(self, **changes: object) -> Program:
        """Return the new program."""
        return self.program._replace(
            constants=tuple(map(float.fromhex, self._constants)),
            instructions=tuple(self.instructions),
            **changes,  # type: ignore[arg-type]
        )


def repeated(operation: Operation, operands: Sequence[Access], n: int) -> Instruction:
    """Return an operation on `n` registers of each operand."""
    registers = tuple([register for register, _ in operands])
    padding = (0,) * (3 - len(operands))
    steps = tuple([step for _, step in operands]) + padding
    return Instruction(operation, registers, n, steps, 0, (0,) * len(steps))


def step_of(n: int) -> int:
    """Return the step between the results of `n` repetitions."""
    return 1 if n > 1 else 0


def find_runs(registers: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """
    Split a sequence where the step from one register to the next changes.

    Returns of each run its position, its length, its first register and its step.
    """
    n, runs, position = len(registers), [], 0
    while position < n:
        first = registers[position]
        step = registers[position + 1] - first if position + 1 < n else 0
        end = position + 1
        while end < n and registers[end] - registers[end - 1] == step:
            end += 1
        runs.append((position, end - position, first, step))
        position = end
    return runs
