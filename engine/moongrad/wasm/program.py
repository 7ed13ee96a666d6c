"""
A Program: what a function of values does to one row, as a flat list of instructions.

It can be printed, differentiated into another Program, and run in plain Python as the
reference for compiled code. An instruction may stand for many: a layer of neurons is
one weighted sum with two loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moongrad.engine import Operation

# Only Programs have these operations. They are never applied to values, so they need no
# derivatives.
#: start + a[0] * b[0] + a[1] * b[1] + ..., added in this order.
WEIGHTED_SUM = Operation("sum", lambda start, a, b: start + a * b, lambda *_: ())
#: Adds a product to the gradient of a parameter, which is the first operand.
ADD_TO_GRADIENT = Operation(
    "+=", lambda gradient, a, b: gradient + a * b, lambda *_: ()
)
#: The gradient that the backward pass starts with.
SEED = Operation("seed", lambda: 1.0, lambda *_: ())
PROGRAM_OPERATIONS = (WEIGHTED_SUM, ADD_TO_GRADIENT, SEED)


class NoCodeError(ValueError):
    """An operation of a function has no WebAssembly code."""


class Instruction(NamedTuple):
    """
    An operation and the registers of its operands, repeated `n` times.

    Repetition j < n has the operands `operand + j * step`. If `n_terms` is not 0, it is
    a sum of terms i < n_terms, with `operand + j * step + i * term_step`.
    """

    operation: Operation
    operands: tuple[int, ...]
    n: int = 1
    steps: tuple[int, ...] = (0, 0, 0)
    n_terms: int = 0
    term_steps: tuple[int, ...] = (0, 0, 0)

    @property
    def is_loop(self) -> bool:
        return self.n > 1 or self.n_terms > 0

    def registers(self, operand: int) -> set[int]:
        """Return the registers that one operand stands for."""
        first, step = self.operands[operand], self.steps[operand]
        term_step = self.term_steps[operand]
        rows = range(self.n if step else 1)
        terms = range(self.n_terms if term_step else 1)
        return {first + j * step + i * term_step for j in rows for i in terms}


def scalar_instruction(operation: Operation, operands: tuple[int, ...]) -> Instruction:
    """Return an instruction without a loop, as fast as possible."""
    steps = _NO_STEPS if len(operands) < 4 else (0,) * len(operands)
    fields = (operation, operands, 1, steps, 0, steps)
    return tuple.__new__(Instruction, fields)


_NO_STEPS = (0, 0, 0)


class Program(NamedTuple):
    """
    Straight-line code and loops over numbered registers.

    Registers hold, in this order: the `n_inputs` inputs of the row, the parameters, and
    the `n` results of each instruction. Those of the constants are -1, -2 and so on.
    Only the first output is differentiated. After `differentiate`, the instructions
    from `n_forward` on are the backward pass, and `additions` add to the gradients of
    the parameters, in this order.
    """

    n_inputs: int
    parameters: tuple[str, ...]
    constants: tuple[float, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    n_forward: int | None = None
    additions: tuple[Instruction, ...] = ()

    @property
    def first_result(self) -> int:
        """The register of the first instruction's first result."""
        return self.n_inputs + len(self.parameters)

    @property
    def n_registers(self) -> int:
        """The number of registers, without constants."""
        return self.first_result + sum([i.n for i in self.instructions])

    def is_parameter(self, register: int) -> bool:
        return self.n_inputs <= register < self.first_result

    def results(self) -> Iterator[tuple[int, Instruction]]:
        """Return each instruction with the register of its first result."""
        register = self.first_result
        for instruction in self.instructions:
            yield register, instruction
            register += instruction.n

    @property
    def trainable(self) -> list[bool]:
        """For each register whether it depends on a parameter; constants are last."""
        trainable = [False] * (self.n_registers + len(self.constants))
        trainable[self.n_inputs : self.first_result] = [True] * len(self.parameters)
        for register, instruction in self.results():
            operands = range(len(instruction.operands))
            if instruction.is_loop:
                is_trainable = any(
                    self.is_parameter(instruction.operands[k])
                    or any(trainable[r] for r in instruction.registers(k))
                    for k in operands
                )
            else:
                is_trainable = any(trainable[k] for k in instruction.operands)
            if is_trainable:
                trainable[register : register + instruction.n] = [True] * instruction.n
        return trainable

    def run(self, row: Sequence[float], parameters: Sequence[float]) -> list[float]:
        """Return the outputs for one row; raises the errors of the engine."""
        registers = self._execute(row, parameters, self.n_forward)
        return [registers[output] for output in self.outputs]

    def gradient(
        self, row: Sequence[float], parameters: Sequence[float], seed: float = 1.0
    ) -> list[float]:
        """
        Return `seed` times d first output / d parameter, for each parameter.

        Only a program that `differentiate` returned can do this.
        """
        if self.n_forward is None:
            raise ValueError("this Program has no backward pass: differentiate it")
        registers = self._execute(row, parameters, None, seed)
        gradients = [0.0] * len(parameters)
        for addition in self.additions:
            for register, *factors in _unroll(addition):
                number = registers[factors[0]]
                for factor in factors[1:]:
                    number = number * registers[factor]
                gradients[register - self.n_inputs] += number
        return gradients

    def _execute(
        self,
        row: Sequence[float],
        parameters: Sequence[float],
        n_instructions: int | None,
        seed: float = 1.0,
    ) -> list[float]:
        constants = list(reversed(self.constants))
        results = [0.0] * (self.n_registers - self.first_result)
        registers = [*row, *parameters, *results, *constants]
        result = self.first_result
        for instruction in self.instructions[:n_instructions]:
            operation = instruction.operation
            if operation is WEIGHTED_SUM:
                for k, (start, a, b) in enumerate(_unroll(instruction)):
                    j, i = divmod(k, instruction.n_terms)
                    total = registers[result + j] if i else registers[start]
                    registers[result + j] = total + registers[a] * registers[b]
            elif operation is SEED:
                registers[result] = seed
            else:
                for j, operands in enumerate(_unroll(instruction)):
                    numbers = [registers[operand] for operand in operands]
                    registers[result + j] = operation.forward(*numbers)
            result += instruction.n
        return registers

    def __str__(self) -> str:
        """Return a listing with one instruction per line."""
        kinds = (
            _count(self.n_inputs, "input"),
            _count(len(self.parameters), "parameter"),
            _count(len(self.instructions) + len(self.additions), "instruction"),
        )
        lines = [f"program of {', '.join(kinds)}"]
        for k, (register, instruction) in enumerate(self.results()):
            if k == self.n_forward:
                lines.append(self._list_outputs())
                lines.append("backward")
            target = self._name(register, 1 if instruction.n > 1 else 0, 0)
            lines.append(self._list(target, "=", instruction))
        for addition in self.additions:
            target = self._name(*_access(addition, 0)) + ".grad"
            rest = addition._replace(
                operands=addition.operands[1:],
                steps=addition.steps[1:],
                term_steps=addition.term_steps[1:],
            )
            lines.append(self._list(target, "+=", rest))
        if self.n_forward in (None, len(self.instructions)):
            lines.append(self._list_outputs())
        return "\n".join(lines)

    def _list_outputs(self) -> str:
        names = [self._name(output, 0, 0) for output in self.outputs]
        return f"  return {', '.join(names)}"

    def _list(self, target: str, sign: str, instruction: Instruction) -> str:
        operation, operands, n, _, n_terms, _ = instruction
        names = [self._name(*_access(instruction, k)) for k in range(len(operands))]
        if operation is WEIGHTED_SUM:
            text = f"{names[0]} + sum of {names[1]} * {names[2]}"
        elif operation is ADD_TO_GRADIENT:
            text = " * ".join(names)
        else:
            text = _format(operation.symbol, names)
        counts = (("j", n if n > 1 else 0), ("i", n_terms))
        ranges = ", ".join(f"{index} < {end}" for index, end in counts if end)
        return f"  {target} {sign} {text}" + (f"    for {ranges}" if ranges else "")

    def _name(self, register: int, step: int, term_step: int) -> str:
        """Return how an operand is written: w, 2.0, x0, t3, or p[4 + 3j + i]."""
        if register < 0:
            return repr(self.constants[-1 - register])
        kind, k = "x", register
        if register >= self.first_result:
            kind, k = "t", register - self.first_result
        elif register >= self.n_inputs:
            kind, k = "p", register - self.n_inputs
        if not (step or term_step):
            return self.parameters[k] if kind == "p" else f"{kind}{k}"
        terms = [str(k)] if k else []
        for factor, index in ((step, "j"), (term_step, "i")):
            if factor:
                number = "" if abs(factor) == 1 else str(abs(factor))
                terms += [("-" if factor < 0 else "+"), number + index]
        return f"{kind}[{' '.join(terms).removeprefix('+ ')}]"


def _access(instruction: Instruction, operand: int) -> tuple[int, int, int]:
    return (
        instruction.operands[operand],
        instruction.steps[operand] if instruction.n > 1 else 0,
        instruction.term_steps[operand] if instruction.n_terms else 0,
    )


def _unroll(instruction: Instruction) -> Iterator[list[int]]:
    """Return the operands of each repetition, and in it of each term."""
    operands = instruction.operands
    if not instruction.is_loop:
        yield list(operands)
        return
    for j in range(instruction.n):
        for i in range(instruction.n_terms or 1):
            yield [
                first + j * step + i * term_step
                for first, step, term_step in zip(
                    operands, instruction.steps, instruction.term_steps, strict=False
                )
            ]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _format(symbol: str, operands: Sequence[str]) -> str:
    if len(operands) == 2:
        return f"{operands[0]} {symbol} {operands[1]}"
    if symbol.startswith("**"):
        return f"{operands[0]} {symbol}"
    if symbol.endswith("**"):
        return f"{symbol} {operands[0]}"
    return f"{symbol}({', '.join(operands)})"
