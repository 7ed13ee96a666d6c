"""
Differentiates a Program: the result is a Program with a backward pass.

The chain rule, from the last instruction to the first, as `Value.backward` applies it:
each operand gets the local derivative, which is traced from the operation's own rule,
times the gradient of the result. The order of every sum is that of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moongrad.engine import ADD, MULTIPLY
from moongrad.wasm.primitives import can_fail, compile_rule
from moongrad.wasm.program import (
    ADD_TO_GRADIENT,
    SEED,
    WEIGHTED_SUM,
    Instruction,
    Program,
)
from moongrad.wasm.writer import Access, Writer, find_runs, repeated, step_of


def differentiate(program: Program) -> Program:
    """
    Return the program with the gradient of its first output by each parameter.

    >>> from moongrad import Value
    >>> from moongrad.wasm import trace
    >>> w = Value(3.0)
    >>> print(differentiate(trace(lambda x: (w * x).tanh(), [w], 1)))
    program of 1 input, 1 parameter, 7 instructions
      t0 = p0 * x0
      t1 = tanh(t0)
      return t1
    backward
      t2 = seed()
      t3 = t1 * t1
      t4 = 1.0 - t3
      t5 = t4 * t2
      p0.grad += x0 * t5
    """
    return _Derivative(program).write()


class _Derivative:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._writer = Writer(program, program.instructions)
        self._trainable = program.trainable
        self._gradients: dict[int, int] = {}  # register -> register of its gradient
        self._additions: list[Instruction] = []

    def write(self) -> Program:
        program = self._program
        output = program.outputs[0]
        needed = self._find_needed()
        if self._trainable[output]:
            self._add_gradient(
                (output, 0), 1, [(self._writer.add(Instruction(SEED, ())), 0)]
            )
        for register, instruction in reversed(list(program.results())):
            lanes = range(register, register + instruction.n)
            if instruction.operation is WEIGHTED_SUM:
                gradients = reversed(list(self._find_gradients(lanes)))
                for position, n, gradient in gradients:
                    if gradient is not None:
                        self._differentiate_sum(instruction, position, n, gradient)
            elif needed.intersection(lanes):
                for position, n, gradient in self._find_gradients(lanes):
                    self._differentiate_operation(
                        instruction, register, position, n, gradient
                    )
        return self._writer.write(
            n_forward=len(program.instructions), additions=tuple(self._additions)
        )

    def _find_needed(self) -> set[int]:
        """Return the registers that the first output depends on."""
        needed = {self._program.outputs[0]}
        for register, instruction in reversed(list(self._program.results())):
            if not instruction.is_loop:
                if register in needed:
                    needed.update(instruction.operands)
            elif needed.intersection(range(register, register + instruction.n)):
                for k, operand in enumerate(instruction.operands):
                    if not self._program.is_parameter(operand):
                        needed.update(instruction.registers(k))
        return needed

    def _find_gradients(
        self, registers: Sequence[int]
    ) -> Iterator[tuple[int, int, Access | None]]:
        """Return runs of registers whose gradients can be read in one loop."""
        gradients = [self._gradients.get(register) for register in registers]
        position = 0
        while position < len(gradients):
            is_unknown = gradients[position] is None
            end = position
            while end < len(gradients) and (gradients[end] is None) == is_unknown:
                end += 1
            known = [g for g in gradients[position:end] if g is not None]
            if is_unknown:
                yield position, end - position, None
            for start, n, first, step in find_runs(known):
                yield position + start, n, (first, step)
            position = end

    def _differentiate_operation(
        self,
        instruction: Instruction,
        register: int,
        position: int,
        n: int,
        gradient: Access | None,
    ) -> None:
        """Pass gradients from the results of an operation to its operands."""
        operation, operands, _, steps, *_ = instruction
        accesses = [
            (operand + position * step, step)
            for operand, step in zip(operands, steps, strict=False)
        ]
        rule = compile_rule(operation, operation.derivatives, 1 + len(operands))
        # A rule that fails is an error in the engine, even where no one needs it.
        if gradient is None and not any(
            can_fail(i.operation) for i in rule.instructions
        ):
            return
        results = (register + position, step_of(n))
        derivatives = self._writer.insert(rule, [results, *accesses], n)
        for access, derivative in zip(accesses, derivatives, strict=True):
            # What one loop reads has gradients for all repetitions, or for none.
            if self._trainable[access[0]] and gradient is not None:
                is_one = derivative == (self._writer.constant(1.0), 0)
                factors = [gradient] if is_one else [derivative, gradient]
                self._add_gradient(access, n, factors)

    def _differentiate_sum(
        self, instruction: Instruction, position: int, n: int, gradient: Access
    ) -> None:
        """Pass gradients from weighted sums to what they start with, and to both."""
        _, (start, weight, x), _, steps, n_terms, term_steps = instruction
        start_step, row_step, _ = steps
        _, weight_step, x_step = term_steps
        start, weight = start + position * start_step, weight + position * row_step
        g, g_step = gradient
        if self._trainable[start]:
            self._add_gradient((start, start_step), n, [gradient])
        self._additions.append(
            Instruction(
                ADD_TO_GRADIENT,
                (weight, x, g),
                n,
                (row_step, 0, g_step),
                n_terms,
                (weight_step, x_step, 0),
            )
        )
        xs = [x + i * x_step for i in range(n_terms)]
        if not any(self._trainable[k] for k in xs):
            return
        last = n - 1
        for i, n_xs, known in self._find_gradients(xs):
            weights = (weight + last * row_step + i * weight_step, weight_step)
            if n == 1 and known is None:
                total = self._writer.add(repeated(MULTIPLY, [weights, (g, 0)], n_xs))
            else:
                first, step = known or (self._writer.constant(0.0), 0)
                total = self._writer.add(
                    Instruction(
                        WEIGHTED_SUM,
                        (first, weights[0], g + last * g_step),
                        n_xs,
                        (step, weight_step, 0),
                        n,
                        (0, -row_step, -g_step),
                    )
                )
            for k in range(n_xs):
                self._gradients[xs[i + k]] = total + k

    def _add_gradient(self, operand: Access, n: int, factors: Sequence[Access]) -> None:
        """Add a product to the gradients of an operand."""
        first, step = operand
        if self._program.is_parameter(first):
            self._additions.append(repeated(ADD_TO_GRADIENT, [operand, *factors], n))
            return
        term = factors[0]
        if len(factors) > 1:
            term = self._writer.add(repeated(MULTIPLY, factors, n)), step_of(n)
        registers = [first + j * step for j in range(n)]
        for position, count, known in self._find_gradients(registers):
            total = (term[0] + position * term[1], term[1])
            if known is not None:
                add = repeated(ADD, [known, total], count)
                total = (self._writer.add(add), step_of(count))
            for j in range(count):
                self._gradients[registers[position + j]] = total[0] + j * total[1]
