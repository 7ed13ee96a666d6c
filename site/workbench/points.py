"""The points on show, which of them are for testing, and what can be undone."""

from __future__ import annotations

from types import SimpleNamespace

from stage.option import OptionError
from workbench import own_points
from workbench.dataset import Dataset, choose_tests, make

Place = tuple[float, float]

UNDO = 50  # changes that can be undone
EMPTY = Dataset([(-1.0, 0.0), (1.0, 0.0)], [-1, 1], ("blue", "orange"))


class Points:
    """
    A data set, of which some points are trained on and the others tested with.

    * `texts`: the options that it comes from, to which undoing leads back.

    In figures the points to train on come first, so that is how they are numbered here.
    """

    def __init__(
        self, dataset: Dataset, share: float, seed: int, texts: dict[str, str]
    ) -> None:
        self.dataset = dataset
        tests = choose_tests(dataset, share, seed)
        trained = sorted(set(range(len(dataset.points))) - set(tests))
        self._order = [*trained, *tests]
        self.training, self.testing = self._pick(trained), self._pick(tests)
        self.texts = texts
        self.history: list[dict[str, str]] = []
        self._selected: int | None = None  # by its place in the data set
        self._is_moving = False

    @classmethod
    def of(cls, options: SimpleNamespace) -> Points:
        """Return the points of a run's options."""
        if options.data == "own":
            dataset = options.own
            if len(set(dataset.classes)) < 2 and dataset.class_names:
                raise OptionError(
                    "data",
                    "My own needs points of two classes. Add some to a data set.",
                )
            texts = {"data": "own", "own": own_points.write(dataset)}
        else:
            dataset = make(
                options.data,
                options.points,
                options.noise,
                options.data_seed,
                options.classes,
                options.formula,
            )
            texts = {"data": options.data, "own": ""}
        return cls(dataset, options.test_share, options.data_seed, texts)

    def _pick(self, numbers: list[int]) -> Dataset:
        points, labels = self.dataset.points, self.dataset.labels
        return Dataset(
            [points[k] for k in numbers],
            [labels[k] for k in numbers],
            self.dataset.class_names,
        )

    @property
    def corners(self) -> tuple[float, ...]:
        """The least and the largest x and y."""
        xs, ys = zip(*self.dataset.points, strict=True)
        return min(xs), max(xs), min(ys), max(ys)

    def suit(self, other: Points) -> bool:
        """Return whether a network for other points can go on with these."""
        return len(self.dataset.class_names) == len(other.dataset.class_names)

    def write(self) -> str:
        """Return the points as text for an address."""
        return own_points.write(self.dataset)

    # --- changes ---

    def follow(self, previous: Points) -> None:
        """Take over what can be undone, and which point is selected."""
        self.history, self._selected = previous.history, previous._selected

    def note(self) -> None:
        """Remember the points as they are, to be able to come back."""
        self.history = [*self.history, self.texts][-UNDO:]

    def undo(self) -> dict[str, str]:
        """Return the options of the points before the last change; none for none."""
        if not self.history:
            return {}
        *self.history, texts = self.history
        return texts

    def adopt(self, options: SimpleNamespace) -> Points:
        """Return the same points as the visitor's own, whose numbers are rounded."""
        self.note()
        own = own_points.adopt(self.dataset)
        adopted = Points(own, options.test_share, options.data_seed, self.texts)
        adopted.history, adopted._is_moving = self.history, True
        adopted._selected = self._selected
        return adopted

    def move(self, index: int, place: Place) -> Place:
        """Put a point elsewhere; return where it is then."""
        if not self._is_moving:
            self.note()
            self._is_moving = True
        k = self._order[index]
        self.dataset = own_points.move_point(self.dataset, k, *place)
        return self.dataset.points[k]

    def end_move(self) -> bool:
        """Leave the point that was moved where it is; return whether there is one."""
        was_moving, self._is_moving = self._is_moving, False
        if was_moving:
            self.texts = {"data": "own", "own": self.write()}
        return was_moving

    def add(self, place: Place, kind: int) -> Dataset:
        """Return the data set with a point of class `kind`, counted from 0, more."""
        return own_points.add_point(self.dataset, *place, kind)

    def delete(self) -> Dataset:
        """Return the data set without the point that is selected."""
        k = self._find_selected()
        self._selected = None
        return _check(own_points.delete_point(self.dataset, k))

    def recolour(self, kind: int) -> Dataset:
        """Return the data set with the selected point in another class."""
        k = self._find_selected()
        return _check(own_points.change_class(self.dataset, k, kind))

    def empty(self) -> Dataset:
        """Return the fewest points that there can be: one of each of two classes."""
        return EMPTY

    def select(self, index: int) -> None:
        """Note which point is meant by what comes next."""
        if index < len(self._order):
            self._selected = self._order[index]

    def _find_selected(self) -> int:
        if self._selected is None or self._selected >= len(self._order):
            raise ValueError("No point is selected. Click one in the figure first.")
        return self._selected


def _check(dataset: Dataset) -> Dataset:
    """Return a data set that a network can learn; raises `ValueError` for another."""
    if dataset.class_names and len(set(dataset.classes)) < 2:
        raise ValueError(
            "There must be points of at least two classes. Add one of another class "
            "first."
        )
    return dataset
