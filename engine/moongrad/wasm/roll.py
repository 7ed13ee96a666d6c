"""
Finds what repeats in a Program, and writes it as loops.

A sum such as `b + w0 * x0 + w1 * x1`, with each weight used once, is a chain. Chains
over the same `x` are a layer: one weighted sum with two loops. What is done to each of
its results, such as an activation, is one more loop. Whatever does not repeat stays.

Bits stay, too: a sum keeps its order, and so do the gradients that come together in a
register. Where they would not, as behind connections that skip a layer, the program is
returned as it was.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import chain, groupby

from moongrad.engine import ADD, MULTIPLY, Operation
from moongrad.wasm.program import (
    WEIGHTED_SUM,
    Instruction,
    Program,
    scalar_instruction,
)
from moongrad.wasm.writer import Access, Writer, find_runs, repeated

MIN_LOOP = 4  # repetitions times terms that are worth a loop


def roll(program: Program) -> Program:
    """Return the same program with loops, or itself where nothing repeats."""
    uses = Counter(chain.from_iterable([i.operands for i in program.instructions]))
    uses.update(program.outputs)
    groups = _find_groups(program, uses)
    if not any(group.is_loop for group in groups):
        return program
    order = _sort(groups, program)
    if order is None:
        return program
    return _RollingWriter(program).write(order)


class _Chain:
    """`start + weights[0] * xs[0] + ...`: instructions that make one weighted sum."""

    __slots__ = ("first", "start", "weights", "xs")

    def __init__(self, start: int, first: int) -> None:
        self.start = start
        self.first = first  # the register of the first product
        self.weights: list[int] = []
        self.xs: list[int] = []


class _Group:
    """Instructions or chains that do the same, in the order of the program."""

    def __init__(self, operation: Operation, xs: tuple[int, ...] = ()) -> None:
        self.operation = operation
        self.xs = xs  # of chains
        self.rows: list[tuple[int, ...]] = []  # operands; of a chain its weights
        self.starts: list[int] = []  # of chains
        self.results: list[int] = []  # registers before they are rolled
        self.taken: set[int] = set()  # what instructions read that are no chains
        self.first = 0  # the first of all registers that the group replaces

    @property
    def is_loop(self) -> bool:
        return len(self.results) * max(1, len(self.xs)) >= MIN_LOOP

    def reads(self) -> set[int]:
        """Return the registers of all operands."""
        return {*self.xs, *self.starts, *chain.from_iterable(self.rows)}


# --- what repeats --------------------------------------------------------------------


def _find_groups(program: Program, uses: Counter[int]) -> list[_Group]:
    chains, inside = _find_chains(program, uses)
    groups: dict[object, _Group] = {}
    group_of: dict[int, int] = {}  # register of a result -> id of its group
    # Instructions of one group have equal depth, so none of them reads another.
    depth: dict[int, int] = {}

    trainable = set(range(program.n_inputs, program.first_result))

    def describe(register: int, reader: int) -> object:
        """Return what operands at the same place of one group have in common."""
        if register in group_of:
            return ("result", group_of[register])
        if program.is_parameter(register) and uses[register] == 1:
            return "parameter"
        # A loop over readers of one register would reorder the sum of its gradients.
        return ("ungrouped", reader) if register in trainable else register

    for register, (operation, reads, *_) in enumerate(
        program.instructions, program.first_result
    ):
        found = chains.get(register)
        if found is None and register in inside:
            continue
        key: object
        if found is not None:
            xs = tuple(found.xs)
            level = max([depth.get(k, 0) for k in (found.start, *xs)])
            key = (level, xs, describe(found.start, register))
            group = groups.get(key) or groups.setdefault(key, _Group(WEIGHTED_SUM, xs))
            group.rows.append(tuple(found.weights))
            group.starts.append(found.start)
        else:
            level = max([depth.get(k, 0) for k in reads], default=0)
            is_alone = all(k not in group_of for k in reads)
            key = (level, operation, *[describe(k, register) for k in reads])
            taken = groups[key].taken if key in groups else set()
            if is_alone or not taken.isdisjoint(trainable.intersection(reads)):
                key = register  # a group reads what has a gradient only once
            group = groups.get(key) or groups.setdefault(key, _Group(operation))
            group.rows.append(reads)
            group.taken.update(reads)
            if not is_alone:
                group_of[register] = id(group)
        if found is not None or not trainable.isdisjoint(reads):
            trainable.add(register)
        first = found.first if found else register
        group.first = min(group.first, first) if group.results else first
        group.results.append(register)
        depth[register] = level + 1
        if found is not None:
            group_of[register] = id(group)
    return list(groups.values())


def _find_chains(
    program: Program, uses: Counter[int]
) -> tuple[dict[int, _Chain], set[int]]:
    """Return the chains by their results, and the registers they make superfluous."""
    products: dict[int, tuple[int, int]] = {}
    chains: dict[int, _Chain] = {}
    inside: set[int] = set()
    parameters = range(program.n_inputs, program.first_result)
    single = {register for register in parameters if uses[register] == 1}
    for register, instruction in enumerate(program.instructions, program.first_result):
        operation = instruction.operation
        if operation is MULTIPLY:
            if uses[register] == 1:
                w, x = instruction.operands
                if w not in single:
                    w, x = x, w
                if w in single and x >= 0 and x not in parameters:
                    products[register] = (w, x)
        elif operation is ADD:
            rest, term = instruction.operands
            if term not in products:
                rest, term = term, rest
                if term not in products:
                    continue
            found = chains.pop(rest, None) if uses[rest] == 1 else None
            if found is None:
                found = _Chain(rest, term)
            else:
                inside.add(rest)
            weight, x = products.pop(term)
            inside.add(term)
            found.first = min(found.first, term)  # the last product may come first
            found.weights.append(weight)
            found.xs.append(x)
            chains[register] = found
    return chains, inside


# --- in which order ------------------------------------------------------------------


def _sort(groups: list[_Group], program: Program) -> list[_Group] | None:
    """Return the groups, each after what it reads; None if a sum would be reordered."""
    producer = {r: k for k, group in enumerate(groups) for r in group.results}
    readers: list[list[int]] = [[] for _ in groups]
    n_waits: list[int] = []
    for k, group in enumerate(groups):
        sources = {producer[r] for r in group.reads() if r in producer}
        n_waits.append(len(sources))
        for source in sources:
            readers[source].append(k)
    ready = [(group.results[-1], k) for k, group in enumerate(groups) if not n_waits[k]]
    heapify(ready)
    ordered: list[_Group] = []
    while ready:  # take the one that the program finishes first
        _, k = heappop(ready)
        ordered.append(groups[k])
        for reader in readers[k]:
            n_waits[reader] -= 1
            if not n_waits[reader]:
                heappush(ready, (groups[reader].results[-1], reader))
    return ordered if _keeps_sums(ordered, program) else None


def _keeps_sums(ordered: Sequence[_Group], program: Program) -> bool:
    """Whether gradients that come together do so in the order of the program."""
    trainable = set(range(program.n_inputs, program.first_result))
    last_read: dict[int, int] = {}
    for group in ordered:
        if len(set(group.xs)) < len(group.xs):
            return False
        # Where in the program each register is read: the first time, and the last.
        reads = dict.fromkeys(group.xs, (group.first, group.results[-1]))
        rows = [(start,) for start in group.starts] if group.xs else group.rows
        for result, row in zip(group.results, rows, strict=True):
            for register in set(row) & trainable:
                if register in reads:
                    return False  # by two repetitions
                reads[register] = (result, result)
        for register in reads.keys() & trainable:
            first, last = reads[register]
            if last_read.get(register, -1) >= first:
                return False
            last_read[register] = last
        if group.xs or trainable & group.reads():
            trainable.update(group.results)
    return True


# --- the new program -----------------------------------------------------------------


class _RollingWriter:
    """Writes groups as instructions, with new registers for their results."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._writer = Writer(program, ())
        self._new = {k: k for k in range(-len(program.constants), program.first_result)}

    def write(self, ordered: Sequence[_Group]) -> Program:
        for group in ordered:
            write = self._write_sums if group.xs else self._write_loop
            if not (group.is_loop and write(group)):
                self._write_alone(group)
        outputs = tuple([self._new[k] for k in self._program.outputs])
        return self._writer.write(outputs=outputs)

    def _find_runs(self, registers: Sequence[int]) -> list[tuple[int, int, int, int]]:
        """As `find_runs`, of new registers; those of one run are of one kind."""
        program, runs, position = self._program, [], 0
        new = [self._new[k] for k in registers]
        limits = (program.n_inputs, program.first_result)
        for _, same in groupby(new, lambda k: k if k < 0 else bisect(limits, k)):
            members = list(same)
            runs += [(position + at, *run) for at, *run in find_runs(members)]
            position += len(members)
        return runs  # type: ignore[return-value]

    def _find_step(self, registers: Sequence[int]) -> Access | None:
        """Return the first new register and the step, if there is one for all."""
        runs = self._find_runs(registers)
        return runs[0][2:] if len(runs) == 1 else None

    def _name(self, registers: Sequence[int], first: int) -> None:
        self._new.update((register, first + k) for k, register in enumerate(registers))

    def _write_loop(self, group: _Group) -> bool:
        columns = map(self._find_step, zip(*group.rows, strict=True))
        accesses = [column for column in columns if column is not None]
        if len(accesses) < len(group.rows[0]):
            return False
        loop = repeated(group.operation, accesses, len(group.results))
        self._name(group.results, self._writer.add(loop))
        return True

    def _write_sums(self, group: _Group) -> bool:
        weights = [self._find_step(row) for row in group.rows]
        firsts = self._find_step([row[0] for row in group.rows])
        start = self._find_step(group.starts)
        steps = {found[1] if found else None for found in weights}
        runs = self._find_runs(group.xs)
        is_scattered = len(runs) > 1 and 2 * len(runs) > len(group.xs)
        (weight_step, *others) = steps
        if firsts is None or start is None or weight_step is None or others:
            return False
        if is_scattered:
            return False
        (weight, row_step), (total, total_step) = firsts, start
        for position, n_terms, x, x_step in runs:
            total = self._writer.add(
                Instruction(
                    WEIGHTED_SUM,
                    (total, weight + position * weight_step, x),
                    len(group.results),
                    (total_step, row_step, 0),
                    n_terms,
                    (0, weight_step, x_step),
                )
            )
            total_step = 1
        self._name(group.results, total)
        return True

    def _write_alone(self, group: _Group) -> None:
        """Write each repetition as instructions of its own."""
        for k, result in enumerate(group.results):
            row = tuple([self._new[r] for r in group.rows[k]])
            if not group.xs:
                self._new[result] = self._add(group.operation, row)
                continue
            total = self._new[group.starts[k]]
            for weight, x in zip(row, group.xs, strict=True):
                product = self._add(MULTIPLY, (weight, self._new[x]))
                total = self._add(ADD, (total, product))
            self._new[result] = total

    def _add(self, operation: Operation, operands: tuple[int, ...]) -> int:
        return self._writer.add(scalar_instruction(operation, operands))
