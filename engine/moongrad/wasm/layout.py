"""
The memory of a module, in bytes from 0.

    0     status of `fit`: the number of the instruction that failed, + 1
    4     1 if it failed on one of the test rows
    8     the seed of the backward pass
    16    what `fit` has to do: a `Job`
    128   P, the parameters; G, their gradients; S and T, the optimiser's state;
          B, U and V, what P, S and T were before the last update; each padded to an
          even number
    then  the frame: a slot for the result of each instruction, for each pair of rows
          that are computed at once
    then  the inputs of a layer, transposed: the numbers of one row lie side by side
    then  free for the caller

Rows are stored in pairs: input 0 of both rows, input 1 of both rows, and so on. Outputs
are stored in the same way.
"""

from __future__ import annotations

from typing import NamedTuple

from moongrad.wasm.program import Program

STATUS, IS_TEST, SEED, JOB, PARAMETERS = 0, 4, 8, 16, 128
_ARRAYS = "PGSTBUV"

# Compilers take more than linear time for long functions, so a program of more
# instructions is split into several, whose numbers are all in the frame.
MAX_UNSPLIT = 2500


class Layout(NamedTuple):
    """The addresses of the parameters, of the arrays beside them, and of the frame."""

    n_parameters: int
    n_slots: int
    n_planes: int  # pairs of rows that are computed at once
    n_transposed: int  # numbers of a row that are transposed; see `gradients`
    is_long: bool

    @classmethod
    def of(cls, program: Program) -> Layout:
        """Return the layout of a program, which may run forwards or both ways."""
        has_loops = any(i.is_loop for i in program.instructions)
        return cls(
            len(program.parameters),
            program.n_registers - program.first_result,
            2 if has_loops else 1,
            max((max(i.n, i.n_terms) for i in program.additions), default=0),
            len(program.instructions) > MAX_UNSPLIT,
        )

    @property
    def n_padded(self) -> int:
        return self.n_parameters + self.n_parameters % 2

    def address(self, array: str) -> int:
        """Return the address of one of the arrays P G S T B U V."""
        return PARAMETERS + _ARRAYS.index(array) * self.n_padded * 8

    @property
    def frame(self) -> int:
        """The address of the frame, a multiple of 16."""
        return self.address("P") + len(_ARRAYS) * self.n_padded * 8

    @property
    def plane_size(self) -> int:
        """The bytes of the frame from the slots of one pair of rows to the next."""
        return 16 * self.n_slots

    @property
    def transposed(self) -> int:
        """The address of the transposed inputs, a multiple of 16."""
        return self.frame + self.n_planes * self.plane_size

    @property
    def transposed_size(self) -> int:
        """The bytes of the transposed inputs of one row."""
        return 8 * (self.n_transposed + self.n_transposed % 2)

    @property
    def end(self) -> int:
        """The first free address, a multiple of 16."""
        return self.transposed + 2 * self.n_planes * self.transposed_size
