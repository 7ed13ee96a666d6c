"""
A Program: what a function of values does to one row, as a flat list of instructions.

It can be printed, run in plain Python as the reference for compiled code, and compiled
to WebAssembly by `moongrad.wasm.emit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from moongrad.engine import Operation


class Instruction(NamedTuple):
    """One operation and the registers of its operands."""

    operation: Operation
    operands: tuple[int, ...]


class NoCodeError(ValueError):
    """An operation of a function has no WebAssembly code."""


class Program(NamedTuple):
    """
    Straight-line code over numbered registers.

    Registers hold, in this order: the `n_inputs` inputs of the row, the parameters, the
    constants, and the result of each instruction. Only the first output is
    differentiated; it depends on the first `n_differentiated` instructions alone.
    """

    n_inputs: int
    parameters: tuple[str, ...]
    constants: tuple[float, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    n_differentiated: int

    @property
    def first_result(self) -> int:
        """The register of the first instruction's result."""
        return self.n_inputs + len(self.parameters) + len(self.constants)

    def run(self, row: Sequence[float], parameters: Sequence[float]) -> list[float]:
        """Return the outputs for one row; raises the errors of the engine."""
        registers = self._forward(row, parameters)
        return [registers[output] for output in self.outputs]

    def gradient(
        self, row: Sequence[float], parameters: Sequence[float], seed: float = 1.0
    ) -> list[float]:
        """Return `seed` times d first output / d parameter, for each parameter."""
        registers = self._forward(row, parameters)
        gradients = [0.0] * len(registers)
        gradients[self.outputs[0]] = seed
        for k in reversed(range(self.n_differentiated)):
            operation, operands = self.instructions[k]
            result = self.first_result + k
            local_derivatives = operation.derivatives(
                registers[result], *[registers[operand] for operand in operands]
            )
            for operand, derivative in zip(operands, local_derivatives, strict=True):
                gradients[operand] += derivative * gradients[result]
        return gradients[self.n_inputs : self.n_inputs + len(self.parameters)]

    def _forward(
        self, row: Sequence[float], parameters: Sequence[float]
    ) -> list[float]:
        registers = [*row, *parameters, *self.constants]
        for operation, operands in self.instructions:
            registers.append(operation.forward(*[registers[k] for k in operands]))
        return registers

    def __str__(self) -> str:
        """Return a listing with one instruction per line."""
        names = [f"x{k}" for k in range(self.n_inputs)]
        names += self.parameters
        names += map(repr, self.constants)
        names += (f"t{k}" for k in range(len(self.instructions)))
        lines = [
            f"program of {_count(self.n_inputs, 'input')}, "
            f"{_count(len(self.parameters), 'parameter')}, "
            f"{_count(len(self.instructions), 'instruction')}"
        ]
        for k, (operation, operands) in enumerate(self.instructions):
            text = _format(operation.symbol, [names[operand] for operand in operands])
            lines.append(f"  t{k} = {text}")
        lines.append(f"  return {', '.join(names[output] for output in self.outputs)}")
        return "\n".join(lines)


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
