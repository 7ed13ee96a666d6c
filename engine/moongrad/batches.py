"""Which rows each step of training uses, where it does not use all of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from moongrad.rng import RandomState

#: `draws`: each step draws rows of its own. `epochs`: all rows are shuffled, and the
#: steps take one slice after the other until fewer than a batch are left.
ORDERS = ("draws", "epochs")

#: From a stream, a number of rows, how many of each permutation are kept and how many
#: permutations there are, to the row numbers, one permutation after the other.
Permute = Callable[[RandomState, int, int, int], "array[int]"]


def permute(random: RandomState, n: int, kept: int, times: int) -> array[int]:
    """
    Return the first `kept` numbers of each of `times` permutations of `n` rows.

    >>> permute(RandomState(1337), 5, 2, 3).tolist()
    [3, 2, 1, 0, 3, 4]
    """
    numbers = array("i")
    for _ in range(times):
        numbers.extend(random.permutation(n)[:kept])
    return numbers


class Batches:
    """
    Lists the rows of steps: `size` of `n` in each.

    What is drawn depends on the stream and on the number of the step alone. With
    `epochs` the stream stands where the epoch of that step begins.

    >>> epochs, random = Batches(5, 2, "epochs"), RandomState(1337)
    >>> epochs.draw(random, 0, 1).tolist(), epochs.draw(random, 1, 2).tolist()
    ([3, 2], [1, 0, 1, 0])
    """

    def __init__(self, n: int, size: int, order: str) -> None:
        self.size, self.order = size, order
        self.permute: Permute = permute  # a compiled one does the same
        self._n = n
        # The epoch that was last begun and not ended: its stream, and its rows.
        self._state: tuple[int, ...] = ()
        self._epoch = array("i")

    def draw(self, random: RandomState, step: int, steps: int) -> array[int]:
        """
        Return the row numbers of `steps` steps, of which the first one is `step`.

        Moves the stream to where the step after them goes on.
        """
        if self.order == "draws":
            return self.permute(random, self._n, self.size, steps)
        n_slices = self._n // self.size  # of an epoch
        kept = n_slices * self.size
        place = step % n_slices
        n_ended, rest = divmod(place + steps, n_slices)
        numbers = array("i")
        if n_ended:
            numbers += self.permute(random, self._n, kept, n_ended)
        if rest:
            numbers += self._begin_epoch(random, kept)[: rest * self.size]
        return numbers[place * self.size :]

    def _begin_epoch(self, random: RandomState, kept: int) -> array[int]:
        """Return the rows of the epoch that begins here, and leave the stream here."""
        state = random.get_state()
        if state != self._state:  # single steps would shuffle each time
            self._epoch = self.permute(random.copy(), self._n, kept, 1)
            self._state = state
        return self._epoch
