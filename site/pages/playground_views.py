"""The figures of the playground: what each of them shows of a run."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.dataset import Dataset
from workbench.features import compute_plane
from workbench.run import Run

if TYPE_CHECKING:  # matplotlib arrives in the browser after training can start
    from matplotlib.axes import Axes

    from figures.plot import Plot
    from moongrad.plot import Theme

FIGURES = (
    "boundary",
    "loss",
    "network",
    "accuracy",
    "confusion",
    "gradients",
    "surface",
    "landscape",
    "kept",
)
FINE = 15  # places of the landscape of the loss, in each direction
REACH = 1.0  # of it, in lengths of the weights
ROOM_FOR_PANEL = 560  # CSS pixels beside a network

Places = Sequence[tuple[float, float]]


class Kept(NamedTuple):
    """A run that was put aside, as it was then."""

    options: SimpleNamespace
    training: Dataset
    testing: Dataset
    moments: list[Any]  # records
    parameters: list[float]
    run: Run


class Views:
    """Makes and updates the plots of a run; `inputs` are the names of its features."""

    def __init__(self, run: Run, inputs: Sequence[str]) -> None:
        self.inputs = inputs
        self.kept: Kept | None = None
        self.gradients: list[float] | None = None
        self._run = run
        self._features: dict[int, tuple[Places, list[tuple[float, ...]]]] = {}

    def keep(self) -> None:
        """Put the run aside, to compare the next one with it."""
        run = self._run
        self.kept = Kept(
            run.options,
            run.training,
            run.testing,
            [moment.record for moment in run.history.moments],
            [p.data for p in run.model.parameters()],
            run,
        )

    def forget(self) -> None:
        self.kept = None

    # --- scores ---

    def _score(self, places: Places) -> list[Any]:
        """Return the outputs at places of the plane, whose features are remembered."""
        known = self._features.get(id(places))
        if known is None or known[0] is not places:
            if len(self._features) > len(FIGURES):
                self._features.clear()
            features = compute_plane(self._run.options.features, places)
            known = self._features[id(places)] = (places, features)
        return self._run.scorer.score(known[1])

    def _count_right(self) -> tuple[int, int]:
        """Return how many points to train on, and to test with, are right."""
        record = self._run.record
        n, n_tests = len(self._run.training.points), len(self._run.testing.points)
        return round(record.accuracy * n), round((record.test_accuracy or 0) * n_tests)

    # --- plots ---

    def make_plot(self, figure: str, axes: Axes, theme: Theme) -> Plot:
        """Return the plot of one of the figures."""
        return getattr(self, f"_make_{figure}")(axes, theme)

    def update_plot(self, figure: str, plot: Any) -> None:
        """Bring a plot up to date."""
        getattr(self, f"_update_{figure}")(plot)

    def _make_network(self, axes: Axes, theme: Theme) -> Plot:
        from figures.network import ACROSS, NetworkPlot
        from moongrad.plot import boundary_grid, find_limits

        training = self._run.training
        width, height = axes.figure.get_size_inches() * 100  # CSS pixels
        limits = find_limits([*training.points, *self._run.testing.points])
        places = boundary_grid((), ACROSS, limits=limits)
        return NetworkPlot(
            axes,
            self._run.model,
            inputs=self.inputs,
            output=training.class_names if len(training.class_names) > 2 else "output",
            n_classes=len(training.class_names),
            limits=limits,
            rows=compute_plane(self._run.options.features, places),
            points=training.points,
            labels=training.labels,
            has_panel=width >= ROOM_FOR_PANEL or height > width,
            theme=theme,
        )

    def _make_boundary(self, axes: Axes, theme: Theme) -> Plot:
        return make_plane(axes, self._run.options, *self._data(), theme)

    def _update_boundary(self, plot: Any) -> None:
        training, testing = self._data()
        plot.show_points(
            training.points, training.labels, testing.points, testing.labels
        )
        right = () if training.is_regression else self._count_right()
        plot.update(self._score(plot.rows), *right)

    def _data(self) -> tuple[Dataset, Dataset]:
        return self._run.training, self._run.testing

    def _make_loss(self, axes: Axes, theme: Theme) -> Plot:
        from figures.losses import LossCurves

        return LossCurves(axes, epoch=self._run.steps_in_epoch, theme=theme)

    def _update_loss(self, plot: Any) -> None:
        self._update_curves(plot, "loss")

    def _make_accuracy(self, axes: Axes, theme: Theme) -> Plot:
        from figures.losses import AccuracyCurves

        return AccuracyCurves(axes, epoch=self._run.steps_in_epoch, theme=theme)

    def _update_accuracy(self, plot: Any) -> None:
        self._update_curves(plot, "accuracy")

    def _update_curves(self, plot: Any, field: str) -> None:
        moments = self._run.history.moments
        if self.kept is not None:
            plot.compare(*read_columns(self.kept.moments, field), name="kept run")
        else:
            plot.compare()
        plot.update(*read_columns([moment.record for moment in moments], field))
        is_last = self._run.shown == len(moments) - 1
        plot.mark(None if is_last else moments[self._run.shown].record.step)

    def _make_confusion(self, axes: Axes, theme: Theme) -> Plot:
        from figures.confusion import ConfusionMatrix

        names = self._run.training.class_names
        return ConfusionMatrix(axes, names or ("−", "+"), theme=theme)

    def _update_confusion(self, plot: Any) -> None:
        if not self._run.training.is_regression:
            plot.update(self._run.count_confusions())

    def _make_gradients(self, axes: Axes, theme: Theme) -> Plot:
        from figures.norms import GradientNorms

        n = len(self._run.model.layers) - 1
        names = [*(f"hidden {k + 1}" for k in range(n)), "output"]
        return GradientNorms(axes, names, theme=theme)

    def _update_gradients(self, plot: Any) -> None:
        is_known = self.gradients is not None
        plot.update(self._run.model.gradient_norms() if is_known else [])

    def _make_surface(self, axes: Axes, theme: Theme) -> Plot:
        from figures.surface import OutputSurface

        training = self._run.training
        return OutputSurface(
            axes,
            training.points,
            training.labels,
            classes=training.class_names,
            theme=theme,
        )

    def _update_surface(self, plot: Any) -> None:
        training = self._run.training
        plot.set_points(training.points, training.labels)
        plot.update(self._score(plot.rows))

    def _make_landscape(self, axes: Axes, theme: Theme) -> Plot:
        from figures.landscape import LossLandscape

        return LossLandscape(axes, theme=theme)

    def _update_landscape(self, plot: Any) -> None:
        from figures.directions import list_places, make_directions, project

        model, moments = self._run.model, self._run.history.moments
        directions = make_directions(model)
        center = [p.data for p in model.parameters()]
        places = list_places(center, directions, REACH, FINE)
        losses = [self._run.measure_at(place) for place in places]
        rows = [losses[k : k + FINE] for k in range(0, len(losses), FINE)]
        path = [moment.parameters for moment in moments[: self._run.shown + 1]]
        plot.update(rows, REACH, project(path, center, directions))

    def _make_kept(self, axes: Axes, theme: Theme) -> Plot:
        kept = self.kept
        if kept is None:
            return make_plane(axes, self._run.options, *self._data(), theme)
        return make_plane(axes, kept.options, kept.training, kept.testing, theme)

    def _update_kept(self, plot: Any) -> None:
        if self.kept is not None:
            kept = self.kept
            features = compute_plane(kept.options.features, plot.rows)
            with kept.run.scorer.having(kept.parameters):
                plot.update(kept.run.scorer.score(features))


def make_plane(
    axes: Axes,
    options: SimpleNamespace,
    training: Dataset,
    testing: Dataset,
    theme: Theme,
) -> Plot:
    """Return a plot of points and of the output behind them."""
    from figures.plane import OutputPlane

    return OutputPlane(
        axes,
        training.points,
        training.labels,
        test_points=testing.points,
        test_labels=testing.labels,
        classes=training.class_names,
        is_hard=options.output == "hard",
        theme=theme,
    )


def read_columns(records: Sequence[Any], field: str) -> tuple[list[float], ...]:
    """Return the steps of records, and a number of both kinds of points."""
    steps = [record.step for record in records]
    train = [getattr(record, field) for record in records]
    test = [getattr(record, f"test_{field}") for record in records]
    return steps, train, [] if None in test else test
