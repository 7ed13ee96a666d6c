"""The Trainer: micrograd's numbers, mini-batches, divergence, bad input."""

from __future__ import annotations

import math
import random

import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

from moongrad import (
    MLP,
    SGD,
    Adam,
    DivergenceError,
    Layer,
    Neuron,
    Trainer,
    Until,
    Value,
    accuracy,
    linear_decay,
    make_blobs,
    make_moons,
)
from moongrad.engine import Operation


def make_trainer(n=20, hidden=(6,), seed=3, **keywords):
    points, labels = make_moons(n, noise=0.1, seed=seed)
    model = MLP(2, [*hidden, 1], rng=random.Random(seed))
    return Trainer(model, points, labels, **keywords)


def test_records_equal_those_of_the_loop_of_micrograd():
    points, labels = make_moons(30, noise=0.1, seed=1337)
    random.seed(1337)
    model = micrograd.nn.MLP(2, [8, 1])
    theirs = []
    for k in range(10):
        scores = [model(list(map(micrograd.engine.Value, p))) for p in points]
        pairs = list(zip(labels, scores, strict=True))
        losses = [(1 + -y * s).relu() for y, s in pairs]
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = sum(losses) * (1.0 / len(losses)) + penalty
        accuracy = sum((y > 0) == (s.data > 0) for y, s in pairs) / len(pairs)
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        theirs.append((k, total.data, accuracy))

    ours = MLP(2, [8, 1], rng=random.Random(1337))
    optimizer = SGD(linear_decay(1.0, 0.1, 100))
    trainer = Trainer(ours, points, labels, l2=1e-4, optimizer=optimizer)
    for record, (step, loss, accuracy) in zip(trainer.run(10), theirs, strict=True):
        assert record.step == step
        assert record.loss == pytest.approx(loss, rel=1e-9)
        assert record.accuracy == accuracy
        assert record.learning_rate == 1.0 - 0.9 * step / 100


def test_run_continues_where_it_stopped():
    once = list(make_trainer().run(6))
    trainer = make_trainer()
    twice = [*trainer.run(2), *trainer.run(4)]
    assert once == twice


def test_restart_gives_the_same_run():
    trainer = make_trainer(batch_size=7, optimizer=SGD(0.2, momentum=0.5))
    first = trainer.fit(5)
    trainer.restart()
    assert trainer.steps_done == 0
    assert list(trainer.run(5)) == first


class Noting(MLP):
    """Notes the rows it is called with."""

    def __call__(self, x):
        self.noted.append(x)
        return super().__call__(x)


def note_batches(n_steps, **keywords):
    """Return the numbers of the rows of each step on 12 points."""
    points, labels = make_moons(12, noise=0.1, seed=3)
    model = Noting(2, [1], rng=random.Random(3))
    model.noted = []
    trainer = Trainer(model, points, labels, backend="python", **keywords)
    batches = []
    for _ in range(n_steps):
        model.noted = []
        trainer.step()
        batches.append([points.index(point) for point in model.noted])
    return batches


def test_batches_are_the_permutations_of_numpy():
    theirs = np.random.RandomState(9)
    expected = [theirs.permutation(12)[:5].tolist() for _ in range(4)]
    assert note_batches(4, batch_size=5, batch_seed=9) == expected


def test_epochs_are_the_permutations_of_numpy_in_slices():
    theirs = np.random.RandomState(9)
    epochs = [theirs.permutation(12).tolist() for _ in range(3)]
    expected = [epoch[k : k + 5] for epoch in epochs for k in (0, 5)]
    options = {"batch_size": 5, "batch_seed": 9, "batch_order": "epochs"}
    assert note_batches(6, **options) == expected


def test_without_batch_size_every_epoch_is_all_rows_in_order():
    assert note_batches(2, batch_order="epochs") == [list(range(12))] * 2


def test_mini_batches_reduce_the_loss():
    records = list(make_trainer(n=40, batch_size=8, optimizer=SGD(0.3)).run(60))
    assert records[-1].loss < 0.5 * records[0].loss
    assert {round(record.accuracy * 8, 9) % 1 for record in records} == {0.0}


def test_squared_error_and_custom_losses_are_reduced():
    for loss in ("squared_error", lambda score, label: (score - label) ** 4):
        records = list(make_trainer(loss=loss, optimizer=SGD(0.02)).run(30))
        assert records[-1].loss < records[0].loss


def test_without_penalty_the_loss_is_the_mean():
    trainer = make_trainer(l2=0.0)
    scores = [trainer.model.predict(p)[0] for p in trainer.points]
    pairs = zip(trainer.labels, scores, strict=True)
    losses = [max(0.0, 1 - y * s) for y, s in pairs]
    assert trainer.step().loss == pytest.approx(math.fsum(losses) / 20, rel=1e-12)


def test_divergence_raises_and_restores_the_parameters_before_the_last_update():
    trainer = make_trainer(loss="squared_error", optimizer=SGD(50.0))
    records = []
    with pytest.raises(
        FloatingPointError,
        match=r"diverged: the loss became (NaN|infinite|\d\.\de\+\d+) at step \d+\. "
        r"Lower the learning rate \(now 50\)\.",
    ):
        for record in trainer.run(100):
            records.append(record)
    assert records
    assert all(math.isfinite(record.loss) for record in records)
    parameters = [p.data for p in trainer.model.parameters()]
    assert all(map(math.isfinite, parameters))
    assert trainer.steps_done == len(records)
    scores = [trainer.model.predict(p)[0] for p in trainer.points]
    pairs = zip(trainer.labels, scores, strict=True)
    mean = sum((s - y) ** 2 for y, s in pairs) / 20
    penalty = 1e-4 * sum(p * p for p in parameters)
    assert mean + penalty == pytest.approx(records[-1].loss, rel=1e-9)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"loss": "huber"}, "unknown loss 'huber': use one of hinge, bin"),
        ({"batch_size": 0}, "batch_size from 1 to the number of points, 20, got"),
        ({"batch_size": 21}, "got batch_size=21. None uses every point"),
        ({"l2": -1.0}, "finite l2 >= 0, got l2=-1.0"),
        ({"batch_seed": -1}, "a seed must be a whole number"),
        ({"batch_order": "rows"}, "batch_order must be one of draws, epochs, got 'row"),
        ({"batch_order": None}, "batch_order must be one of draws, epochs, got None"),
    ],
)
def test_bad_argument_is_named_in_the_error(keywords, message):
    with pytest.raises(ValueError, match=message):
        make_trainer(**keywords)


def test_different_numbers_of_points_and_labels_raise_an_error():
    with pytest.raises(ValueError, match="got 2 points and 1 labels"):
        Trainer(MLP(1, [1]), [[1.0], [2.0]], [1])
    with pytest.raises(ValueError, match="at least 1, got 0 points"):
        Trainer(MLP(1, [1]), [], [])


def test_model_with_several_outputs_raises_an_error():
    with pytest.raises(
        ValueError, match="a model with one output for hinge, got 2 outputs"
    ):
        Trainer(MLP(1, [2]), [[1.0]], [1]).step()


def test_row_of_wrong_length_raises_an_error():
    with pytest.raises(ValueError, match="MLP expects 2 inputs, got 3"):
        Trainer(MLP(2, [1]), [[1.0, 2.0, 3.0]], [1]).step()


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_evaluate_gives_the_next_loss_and_changes_nothing(backend):
    points, labels = make_moons(20, noise=0.1, seed=1)
    model = MLP(2, [4, 1], rng=random.Random(1))
    trainer = Trainer(model, points, labels, l2=0.01, l1=0.02, backend=backend)
    for _ in range(3):
        before = [(p.data, p.grad) for p in model.parameters()]
        loss = trainer.evaluate()
        assert [(p.data, p.grad) for p in model.parameters()] == before
        assert trainer.step().loss == pytest.approx(loss, rel=1e-12)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_divergence_keeps_the_records_of_the_steps_before(backend):
    keywords = {"loss": "squared_error", "optimizer": SGD(50.0), "backend": backend}
    records = []
    with pytest.raises(DivergenceError):
        for record in make_trainer(**keywords).run(100):
            records.append(record)
    with pytest.raises(DivergenceError) as caught:
        make_trainer(**keywords).fit(100)
    assert caught.value.records == records
    assert len(records) > 1


# --- what belongs to a trainer --------------------------------------------------------


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("make", [lambda: SGD(0.1, momentum=0.9), lambda: Adam(0.05)])
def test_trainers_that_share_an_optimizer_do_not_disturb_each_other(backend, make):
    """A long state was once written over the arrays of a small network."""
    points, labels = make_moons(20, noise=0.1, seed=3)
    shared = make()
    sizes = ([32, 32, 1], [1])
    models = [MLP(2, nouts, rng=random.Random(3)) for nouts in sizes]
    big, small = (
        Trainer(model, points, labels, optimizer=shared, backend=backend)
        for model in models
    )
    big.fit(1)
    alone = Trainer(
        MLP(2, [1], rng=random.Random(3)),
        points,
        labels,
        optimizer=make(),
        backend="python",
    )
    assert [r.loss for r in small.fit(4)] == [r.loss for r in alone.fit(4)]


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_divergence_takes_back_what_the_optimizer_remembers(backend):
    states = []
    for n_steps in (3, 4):
        optimizer = Adam(lambda step: 0.01 if step < 3 else 1e200)
        trainer = make_trainer(backend=backend, optimizer=optimizer)
        trainer.fit(3)
        if n_steps == 4:
            trainer.fit(1)
            with pytest.raises(DivergenceError):
                trainer.fit(1)
        state = trainer._progress.state
        states.append((state.s, state.t, [p.data for p in trainer.model.parameters()]))
    assert states[0] == states[1]


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_training_goes_on_after_a_divergence(backend):
    trainer = make_trainer(backend=backend, optimizer=SGD(1e3, momentum=0.9))
    with pytest.raises(DivergenceError):
        trainer.fit(50)
    trainer.optimizer = SGD(0.05, momentum=0.9)
    losses = [record.loss for record in trainer.fit(100)]
    assert losses[-1] < losses[0]


# --- several outputs ------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_accuracy_of_classes_is_that_of_the_measure(backend):
    points, labels = make_blobs(30, seed=2)
    model = MLP(2, [5, 3], rng=random.Random(2))
    trainer = Trainer(
        model,
        points,
        labels,
        loss="cross_entropy",
        optimizer=Adam(0.05),
        test_points=points[:7],
        test_labels=labels[:7],
        backend=backend,
    )
    for _ in range(8):
        expected = accuracy(model, points, labels)
        tested = accuracy(model, points[:7], labels[:7])
        record = trainer.step()
        assert (record.accuracy, record.test_accuracy) == (expected, tested)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_all_outputs_alike_are_no_class_yet(backend):
    model = MLP(1, [3], rng=random.Random(1))
    for parameter in model.parameters():
        parameter.data = 0.0
    trainer = Trainer(
        model, [[1.0], [2.0]], [0, 1], loss="cross_entropy", backend=backend
    )
    assert trainer.step().accuracy == 0.0


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_rows_with_several_numbers_have_no_accuracy(backend):
    trainer = Trainer(
        MLP(1, [4, 2], rng=random.Random(1)),
        [[0.0], [1.0]],
        [[0.0, 1.0], [1.0, 0.0]],
        loss="squared_error",
        test_points=[[0.5]],
        test_labels=[[0.5, 0.5]],
        backend=backend,
    )
    records = trainer.fit(50)
    assert records[-1].loss < records[0].loss
    assert math.isnan(records[0].accuracy)
    assert math.isnan(records[0].test_accuracy)


def test_loss_of_ones_own_gets_a_one_among_zeros():
    def brier(scores, target):
        return sum((s.sigmoid() - t) ** 2 for s, t in zip(scores, target, strict=True))

    points, labels = make_blobs(30, seed=2)
    results = []
    for backend in ("python", "wasm"):
        model = MLP(2, [3], rng=random.Random(2))
        trainer = Trainer(model, points, labels, loss=brier, backend=backend)
        results.append([record.loss for record in trainer.fit(5)])
    assert results[0] == pytest.approx(results[1], rel=1e-12)


@pytest.mark.parametrize("kind", [Neuron, lambda n: Layer(n, 1), lambda n: MLP(n, [1])])
@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_neurons_and_layers_can_be_trained_like_networks(kind, backend):
    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(kind(2), points, labels, backend=backend)
    records = trainer.fit(5)
    assert trainer.evaluate() < records[0].loss
    assert type(trainer.model.predict(points[0])) is list


# --- test rows ------------------------------------------------------------------------


def make_tested(n_tests, backend, l2):
    points, labels = make_moons(31, noise=0.1, seed=3)
    end = 20 + n_tests
    return Trainer(
        MLP(2, [6, 1], rng=random.Random(3)),
        points[:20],
        labels[:20],
        l2=l2,
        batch_size=7,
        test_points=points[20:end],
        test_labels=labels[20:end],
        backend=backend,
    )


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_test_rows_are_measured_and_not_trained_on(backend, l2):
    plain, tested = (make_tested(n, backend, l2) for n in (0, 11))
    alone = Trainer(tested.model, tested.test_points, tested.test_labels, l2=l2)
    for _ in range(5):
        expected = alone.evaluate()
        record = tested.step()
        assert record.test_loss == pytest.approx(expected, rel=1e-12)
        assert 0 <= record.test_accuracy <= 1
        assert record[:4] == plain.step()[:4]


# --- conditions to stop ---------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize(
    ("backend", "stop"),
    [("python", 5), *(("wasm", stop) for stop in (0, 1, 5, 99, 100, 101, 149))],
)
def test_fit_stops_after_the_step_that_meets_the_condition(backend, batch_size, stop):
    def make():
        optimizer = Adam(0.01)
        return make_trainer(backend=backend, batch_size=batch_size, optimizer=optimizer)

    plain, stopped = make(), make()
    records = stopped.fit(150, until=lambda record: record.step == stop)
    assert records == plain.fit(stop + 1)
    assert stopped.steps_done == stop + 1
    assert stopped.fit(3) == plain.fit(3)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_run_stops_as_fit_does(backend):
    condition = Until(accuracy=0.8)
    runs = [
        list(make_trainer(backend=backend).run(30, condition)),
        make_trainer(backend=backend).fit(30, condition),
    ]
    assert runs[0] == runs[1]
    assert runs[0][-1].accuracy >= 0.8 > runs[0][-2].accuracy


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_condition_that_is_met_before_a_divergence_ends_training_in_time(backend):
    trainer = make_trainer(backend=backend, optimizer=SGD(1e4))
    assert len(trainer.fit(100, until=lambda record: record.step == 0)) == 1
    with pytest.raises(DivergenceError):
        trainer.fit(100, until=lambda record: False)
    assert trainer.steps_done == 1


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((-1,), ValueError, "fit needs steps >= 0, got steps=-1"),
        ((1, 0.5), TypeError, "fit needs an Until or a function as until, got 0.5"),
        ((1, Until(test_loss=1)), ValueError, "Trainer has no test_points to measure"),
    ],
)
@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_request_that_cannot_be_fulfilled_raises_an_error(
    arguments, kind, message, backend
):
    trainer = make_trainer(backend=backend)
    for method in (trainer.fit, trainer.run):
        with pytest.raises(kind, match=message):
            method(*arguments)


# --- labels that do not suit the loss -------------------------------------------------


@pytest.mark.parametrize(
    ("n_outputs", "labels", "keywords", "message"),
    [
        (1, [0, 1], {}, "labels -1 and \\+1 for hinge, got 0. 2 \\* label - 1 makes"),
        (
            1,
            [0, 1],
            {"loss": "binary_cross_entropy"},
            "for binary_cross_entropy, got 0",
        ),
        (1, [1, 0], {"loss": "cross_entropy"}, "an output for each class .*got 1 out"),
        (3, [1, -1], {}, "one output for hinge, got 3 outputs. Use cross_entropy"),
        (3, [0, 3], {"loss": "cross_entropy"}, "a class from 0 to 2, got 3"),
        (3, [0, 1.5], {"loss": "cross_entropy"}, "a class from 0 to 2, got 1.5"),
        (3, [2, 2], {"loss": "cross_entropy"}, "at least two classes, got 2 alone"),
        (2, [[1.0], [2.0]], {"loss": "squared_error"}, "a number for each output"),
        (2, [[1.0, math.nan], [0, 0]], {"loss": "squared_error"}, "finite .* got nan"),
        (1, [math.inf, 1], {"loss": "squared_error"}, "finite numbers as labels"),
        (1, [1, -1], {"test_points": [[1.0]]}, "got 1 points and 0 labels"),
        (
            1,
            [1, -1],
            {"test_points": [[1.0]], "test_labels": [3]},
            "labels -1 and \\+1 for hinge, got 3",
        ),
    ],
)
def test_labels_that_the_loss_cannot_use_are_named(
    n_outputs, labels, keywords, message
):
    with pytest.raises(ValueError, match=message):
        Trainer(MLP(1, [n_outputs]), [[1.0], [2.0]], labels, **keywords)


def test_step_without_code_trains_in_python_and_says_why():
    erf = Operation("erf", math.erf, lambda y, a: (math.exp(-a * a),))
    trainer = make_trainer(loss=lambda score, label: erf(score - label))
    assert trainer.backend == "python"
    assert "operation 'erf' has no WebAssembly code" in trainer.reason
    by_hand = make_trainer(loss=lambda score, label: Value(1.0, (score,), "by hand"))
    assert "'by hand' was made by hand" in by_hand.reason
    with pytest.raises(ValueError, match="'by hand' was made by hand"):
        make_trainer(
            loss=lambda score, label: Value(1.0, (score,), "by hand"), backend="wasm"
        )


def test_error_in_a_test_row_names_it():
    points, labels = [[1.0], [2.0]], [1.0, 2.0]

    def log_error(score, label):
        return (score.log() - label) ** 2

    for backend in ("python", "wasm"):
        model = MLP(1, [1])
        model.layers[0].neurons[0].w[0].data = 1.0
        trainer = Trainer(
            model,
            points,
            labels,
            loss=log_error,
            test_points=[[3.0], [-1.0]],
            test_labels=[1.0, 1.0],
            backend=backend,
        )
        before = [p.data for p in model.parameters()]
        with pytest.raises(ValueError, match="log needs a number above 0") as caught:
            trainer.fit(3)
        if backend == "wasm":
            assert "in row 1: [-1.0, 1.0]" in caught.value.__notes__[-1]
        assert [p.data for p in model.parameters()] == before
        assert trainer.steps_done == 0


def test_fit_of_0_steps_changes_nothing():
    for backend in ("python", "wasm"):
        trainer = make_trainer(backend=backend)
        assert trainer.fit(0) == trainer.fit(0, until=Until(loss=1)) == []
        assert trainer.steps_done == 0


def test_condition_that_is_never_met_lets_all_steps_be_made():
    for backend in ("python", "wasm"):
        trainer = make_trainer(backend=backend)
        assert len(trainer.fit(3, until=lambda record: False)) == 3


def test_parameter_that_is_not_used_trains_in_python_and_says_why():
    class Odd(Neuron):
        def parameters(self):
            return [*super().parameters(), self.unused]

        unused = Value(1.0, label="spare")

    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(Odd(2), points, labels)
    assert trainer.backend == "python"
    assert "(spare) is used by no operation" in trainer.reason
    with pytest.raises(ValueError, match="is used by no operation"):
        Trainer(Odd(2), points, labels, backend="wasm")


def test_data_and_sizes_may_be_those_of_numpy():
    points, labels = make_moons(20, noise=0.1, seed=3)
    results = []
    for convert, number in ((lambda x: x, int), (np.array, np.int64)):
        trainer = Trainer(
            MLP(number(2), [number(6), number(1)], rng=random.Random(3)),
            convert(points),
            convert(labels),
            batch_size=number(7),
            batch_seed=number(1),
            test_points=convert(points[:4]),
            test_labels=convert(labels[:4]),
        )
        results.append([*trainer.fit(4), trainer.evaluate()])
    assert results[0] == results[1]
    with pytest.raises(TypeError, match=r"a whole number as batch_size, got 2.5"):
        make_trainer(batch_size=2.5)


def test_strengths_may_be_ints():
    records = make_trainer(l2=0, l1=0, backend="python").fit(3)
    assert make_trainer(l2=0, l1=0, backend="wasm").fit(3) == records


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_trainer_resumes_where_another_one_has_stopped(backend):
    options = {"optimizer": Adam(0.05), "batch_size": 7, "backend": backend}
    first, second = make_trainer(**options), make_trainer(**options)
    first.fit(3)
    progress = first.progress
    second.resume([p.data for p in first.model.parameters()], progress)
    expected = first.fit(3)
    assert second.fit(3) == expected
    assert progress.steps_done == 3, "a copy"
    assert second.start == first.start != [p.data for p in first.model.parameters()]


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("n_before", [1, 2, 3, 4])
def test_trainer_resumes_inside_an_epoch_and_restarts_at_the_first(backend, n_before):
    options = {"batch_size": 6, "batch_order": "epochs", "backend": backend}
    whole, first, second = (make_trainer(**options) for _ in range(3))
    expected = whole.fit(10)
    records = first.fit(n_before)
    progress = first.progress
    second.fit(5)  # it is somewhere else
    second.resume([p.data for p in first.model.parameters()], progress)
    assert first.batch_order == "epochs"
    for each in (first, second):
        assert records + each.fit(2) + each.fit(8 - n_before) == expected
    second.restart()
    assert second.fit(10) == expected


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_divergence_keeps_the_place_in_the_epoch(backend):
    """Of three steps of an epoch the second one diverges."""

    def make(rate):
        optimizer = SGD(lambda step: rate if step == 3 else 0.01)
        options = {"optimizer": optimizer, "batch_size": 6, "batch_order": "epochs"}
        return make_trainer(backend=backend, loss="squared_error", **options)

    plain, broken = make(0.01), make(1e200)
    plain.fit(4)
    broken.fit(3)
    broken.step()  # its update is too large
    with pytest.raises(DivergenceError):
        broken.fit(2)
    progress = plain.progress
    assert broken.progress.random.get_state() == progress.random.get_state()
    assert broken.steps_done == 4
    # From the same parameters the next step is the same one.
    broken.resume([p.data for p in plain.model.parameters()], broken.progress)
    assert broken.fit(3) == plain.fit(3)


@pytest.mark.parametrize("order", ["draws", "epochs"])
def test_both_backends_use_the_same_batches(order):
    runs = []
    for backend in ("python", "wasm"):
        options = {"batch_size": 6, "batch_order": order, "backend": backend}
        trainer = make_trainer(**options)
        runs.append([*trainer.fit(4), *trainer.run(3), trainer.advance(5)])
        runs[-1].append(trainer.progress.random.get_state())
    assert runs[0] == runs[1]


# --- many steps of which the last one counts ------------------------------------------


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("order", ["draws", "epochs"])
@pytest.mark.parametrize("n_tests", [0, 4])
def test_advance_returns_the_last_record_of_fit(backend, order, n_tests):
    points, labels = make_moons(24, noise=0.1, seed=3)

    def make():
        return Trainer(
            MLP(2, [4, 1], rng=random.Random(3)),
            points[:20],
            labels[:20],
            optimizer=Adam(0.01),
            batch_size=6,
            batch_order=order,
            test_points=points[20 : 20 + n_tests],
            test_labels=labels[20 : 20 + n_tests],
            backend=backend,
        )

    fitted, advanced = make(), make()
    for steps in (1, 2, 7, np.int64(3)):
        assert advanced.advance(steps) == fitted.fit(steps)[-1]
        assert advanced.advance(0) is None
    assert advanced.fit(2) == fitted.fit(2)
    assert advanced.steps_done == 15


@pytest.mark.parametrize("limits", [(5000, 1_000_000), (7, 1_000_000), (5000, 20)])
@pytest.mark.parametrize("batch_size", [None, 6])
def test_steps_in_small_calls_are_the_same(monkeypatch, limits, batch_size):
    options = {"batch_size": batch_size, "batch_order": "epochs", "backend": "wasm"}
    expected = make_trainer(**options).fit(40)
    monkeypatch.setattr("moongrad.train._MAX_BLOCK", limits[0])
    monkeypatch.setattr("moongrad.train._MAX_NUMBERS", limits[1])
    assert make_trainer(**options).fit(40) == expected
    assert make_trainer(**options).advance(40) == expected[-1]


def test_memory_of_advance_does_not_grow_with_the_steps():
    trainer = make_trainer(batch_size=5, batch_order="epochs", backend="wasm")
    trainer.advance(5001)
    size = trainer.kernel.memory_size
    assert trainer.advance(20_000).step == 25_000
    assert trainer.kernel.memory_size == size


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("block", [2, 5000])
def test_divergence_of_advance_has_the_last_record(monkeypatch, backend, block):
    monkeypatch.setattr("moongrad.train._MAX_BLOCK", block)
    keywords = {"loss": "squared_error", "optimizer": SGD(50.0), "backend": backend}
    fitted, advanced = make_trainer(**keywords), make_trainer(**keywords)
    with pytest.raises(DivergenceError) as expected:
        fitted.fit(100)
    with pytest.raises(DivergenceError) as caught:
        advanced.advance(100)
    assert len(expected.value.records) > 1
    assert caught.value.records == expected.value.records[-1:]
    assert str(caught.value) == str(expected.value)
    assert advanced.steps_done == fitted.steps_done
    for error in (expected, caught):  # at once: there is no record
        trainer = fitted if error is expected else advanced
        trainer.model.parameters()[0].data = math.nan
        with pytest.raises(DivergenceError) as again:
            trainer.fit(3) if error is expected else trainer.advance(3)
        assert again.value.records == []


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_advance_refuses_what_is_no_number_of_steps(backend):
    trainer = make_trainer(backend=backend)
    with pytest.raises(ValueError, match="advance needs steps >= 0, got steps=-1"):
        trainer.advance(-1)
    with pytest.raises(TypeError, match="advance needs a whole number of steps"):
        trainer.advance(2.5)


# --- the model as it is now -----------------------------------------------------------


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize(
    ("penalties", "n_steps"), [({"l2": 0}, 3), ({"l2": 0.01, "l1": 0.02}, 4)]
)
def test_measure_is_of_all_rows_and_changes_nothing(backend, penalties, n_steps):
    points, labels = make_moons(27, noise=0.3, seed=3)
    options = {
        "optimizer": SGD(linear_decay(0.5, 0.1, 9)),
        "test_points": points[20:],
        "test_labels": labels[20:],
        "backend": backend,
        **penalties,
    }
    model = MLP(2, [4, 1], rng=random.Random(3))
    data = (points[:20], labels[:20])
    trainer = Trainer(model, *data, batch_size=6, batch_order="epochs", **options)
    trainer.fit(n_steps)

    def read():
        parameters = [(p.data, p.grad) for p in model.parameters()]
        progress = trainer.progress
        state = (progress.state.s, progress.previous_parameters, progress.loss_limit)
        return parameters, state, progress.random.get_state(), progress.steps_done

    before = read()
    record = trainer.measure()
    assert read() == before
    assert trainer.evaluate() == record.loss
    assert (record.step, record.learning_rate) == (n_steps, 0.5 - 0.4 * n_steps / 9)
    assert record.accuracy == accuracy(model, *data)
    # A step of all rows measures the same, with the same bits, before its update.
    step = Trainer(model, *data, **options).step()
    assert (step[1:3], step[4:]) == (record[1:3], record[4:])


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_measure_without_test_rows_has_none_of_them(backend):
    record = make_trainer(backend=backend).measure()
    assert (record.step, record.test_loss, record.test_accuracy) == (0, None, None)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_measure_of_classes_and_of_numbers(backend):
    points, labels = make_blobs(30, spread=2.0, seed=2)
    model = MLP(2, [3], rng=random.Random(2))
    trainer = Trainer(model, points, labels, loss="cross_entropy", backend=backend)
    assert 0 < trainer.measure().accuracy == accuracy(model, points, labels) < 1
    assert trainer.measure() == trainer.step()
    pairs = [[x, y] for x, y in points]
    trainer = Trainer(
        MLP(2, [2], rng=random.Random(2)),
        points,
        pairs,
        loss="squared_error",
        backend=backend,
    )
    record = trainer.measure()
    assert math.isnan(record.accuracy) and record.loss == trainer.step().loss


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_measure_of_a_model_that_has_diverged_is_infinite(backend):
    trainer = make_trainer(backend=backend, loss="squared_error")
    trainer.model.parameters()[0].data = 1e300
    assert trainer.measure().loss == math.inf


def test_measure_needs_no_module_of_its_own():
    trainer = make_trainer(backend="wasm", batch_size=6)
    trainer.fit(2)
    module = trainer.kernel.memory_size
    trainer.measure()
    trainer.fit(2)
    assert trainer.kernel.memory_size == module


def test_resume_refuses_another_number_of_parameters():
    trainer = make_trainer()
    small = make_trainer(hidden=(2,))
    numbers = [p.data for p in trainer.model.parameters()]
    for parameters, progress in (([], trainer.progress), (numbers, small.progress)):
        with pytest.raises(ValueError, match="resume needs 25 parameters, as the mod"):
            trainer.resume(parameters, progress)
    assert [p.data for p in trainer.model.parameters()] == numbers


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_another_optimizer_begins_with_nothing_remembered(backend):
    losses = []
    for momentum in (0.0, 0.9):
        trainer = make_trainer(backend=backend, optimizer=SGD(0.1, momentum=momentum))
        trainer.fit(5)
        start = [p.data for p in trainer.model.parameters()]
        trainer.optimizer = Adam(0.01)
        state = trainer.progress.state
        assert state.s == state.t == [0.0] * len(start)
        losses.append([record.loss for record in trainer.fit(20)])
        assert losses[-1][-1] < losses[-1][0]


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_condition_may_look_at_the_model_and_may_fail(backend):
    trainer = make_trainer(backend=backend)
    limit = 0.9 * trainer.evaluate()
    records = trainer.fit(300, until=lambda record: trainer.evaluate() < limit)
    assert trainer.evaluate() < limit <= records[-1].loss

    def fail(record):
        raise KeyError("of the condition")

    done = trainer.steps_done
    with pytest.raises(KeyError):
        trainer.fit(300, until=fail)
    assert trainer.steps_done == done + 1


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_error_behind_the_step_to_stop_at_does_not_matter(backend):
    model = Neuron(1, nonlin=False)
    model.w[0].data, model.b.data = 1.0, 0.0
    trainer = Trainer(
        model,
        [[1.0]],
        [1.0],
        loss=lambda score, label: score.log() + label,  # drives the score below 0
        l2=0.0,
        optimizer=SGD(0.2),
        backend=backend,
    )
    assert len(trainer.fit(50, until=Until(loss=0.8))) == 2
    with pytest.raises(ValueError, match="log needs a number above 0"):
        trainer.fit(50, until=Until(loss=0.0))


def test_what_a_trainer_was_made_for_cannot_be_replaced():
    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(MLP(2, [1]), points, labels)
    for name in ("points", "labels", "test_points", "test_labels", "loss"):
        getattr(trainer, name)
        with pytest.raises(AttributeError):
            setattr(trainer, name, [])
    for name, other in (("batch_size", 3), ("batch_order", "epochs")):
        with pytest.raises(AttributeError):
            setattr(trainer, name, other)
    points.append((0.0, 0.0))
    with pytest.raises(ValueError, match="was made for 20 points, got 21 now"):
        trainer.fit(1)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_row_may_be_replaced_by_another(backend):
    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(
        MLP(2, [1], rng=random.Random(1)), points, labels, backend=backend
    )
    before = trainer.evaluate()
    points[3] = (9.0, 9.0)
    assert trainer.step().loss == pytest.approx(trainer_loss(points, labels), rel=1e-12)
    assert trainer.evaluate() != before


def trainer_loss(points, labels):
    return Trainer(MLP(2, [1], rng=random.Random(1)), points, labels).step().loss


def test_accuracy_of_many_alike_classes_is_exact():
    """A product of a hundred small leads was 0."""
    model = MLP(2, [100], rng=random.Random(0))
    for parameter in model.parameters():
        parameter.data *= 1e-4
    rng = random.Random(1)
    points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(30)]
    outputs = [model.predict(point) for point in points]
    labels = [scores.index(max(scores)) for scores in outputs]
    trainer = Trainer(model, points, labels, loss="cross_entropy", backend="wasm")
    assert trainer.step().accuracy == 1.0


class Doubling(Layer):
    def __call__(self, x):
        return super().__call__(x) * 2


class Sine(Neuron):
    def __call__(self, x):
        return super().__call__(x).sin()


class Halving:
    """A layer without parameters, and without `predict`."""

    def __call__(self, x):
        return [value * 0.5 for value in x]

    def parameters(self):
        return []


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_layers_and_neurons_of_ones_own_are_called_and_predict(backend):
    model = MLP(2, [3, 1], rng=random.Random(2))
    model.layers[0].neurons[1] = Sine(2, rng=random.Random(3))
    model.layers[1] = Doubling(3, 1, False, rng=random.Random(4))
    model.layers.insert(1, Halving())
    point = [0.3, -0.7]
    hidden = [neuron(point).data * 0.5 for neuron in model.layers[0].neurons]
    expected = 2 * sum(
        (w.data * x for w, x in zip(model.layers[2].neurons[0].w, hidden, strict=True)),
        model.layers[2].neurons[0].b.data,
    )
    assert model(point).data == pytest.approx(expected, rel=1e-15)
    assert model.predict(point) == [model(point).data]
    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(model, points, labels, backend=backend)
    assert trainer.evaluate() == pytest.approx(trainer.step().loss, rel=1e-12)


def test_rows_of_float32_are_computed_in_double_precision():
    points, labels = make_moons(20, noise=0.1, seed=3)
    rows = np.array(points, dtype=np.float32)
    model = MLP(2, [4, 1], rng=random.Random(1))
    assert model.predict(rows[0]) == [model(rows[0]).data]
    assert type(model.predict(rows[0])[0]) is float
    for backend in ("python", "wasm"):
        trainer = Trainer(
            model, rows, labels, test_points=rows, test_labels=labels, backend=backend
        )
        record = trainer.step()
        assert record.test_loss == record.loss


def test_model_without_predict_can_be_tested_and_evaluated():
    class Line:
        def __init__(self):
            self.w = Value(1.0)

        def __call__(self, x):
            return self.w * x[0]

        def parameters(self):
            return [self.w]

    for backend in ("python", "wasm"):
        trainer = Trainer(
            Line(),
            [[1.0], [-2.0]],
            [1, -1],
            test_points=[[3.0]],
            test_labels=[1],
            backend=backend,
        )
        assert trainer.evaluate() > 0
        assert trainer.step().test_accuracy == 1.0


def test_model_that_symbols_cannot_run_trains_in_python():
    class Odd(Neuron):
        def __call__(self, x):
            return super().__call__(x.tolist())

    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(Odd(2), np.array(points), labels)
    assert (trainer.backend, trainer.fit(1)[0].step) == ("python", 0)
    assert "tolist" in trainer.reason


@pytest.mark.parametrize(
    ("keywords", "kind", "message"),
    [
        ({"backend": "gpu"}, ValueError, "backend must be one of .* got 'gpu'"),
        ({"optimizer": SGD}, TypeError, r"an optimizer such as SGD\(0.1\), got <class"),
        ({"optimizer": "adam"}, TypeError, r"such as SGD\(0.1\), got 'adam'"),
        (
            {"loss": lambda s, y: s.data - y, "backend": "python"},
            TypeError,
            "a loss that returns a Value, got .* Compute it with Values",
        ),
        (
            {"test_points": [[1.0, 2.0]], "test_labels": [[1.0]]},
            ValueError,
            "finite numbers as labels",
        ),
        (
            {"test_points": [[1.0]], "test_labels": [1]},
            ValueError,
            "rows of 2 numbers in test_points, got 1 in row 0",
        ),
        (
            {"test_points": [[1.0, math.nan]], "test_labels": [1]},
            ValueError,
            "finite numbers in test_points, got nan in row 0",
        ),
    ],
)
def test_argument_that_cannot_be_used_is_named(keywords, kind, message):
    with pytest.raises(kind, match=message):
        make_trainer(**keywords).step()


def test_points_that_cannot_be_trained_on_are_named():
    with pytest.raises(ValueError, match="finite numbers in points, got inf in row 1"):
        Trainer(MLP(2, [1]), [[1.0, 2.0], [math.inf, 1.0]], [1, -1])
    with pytest.raises(ValueError, match="2 numbers in points, got 3 in row 1"):
        Trainer(MLP(2, [1]), [[1.0, 2.0], [1.0, 2.0, 3.0]], [1, -1])


def test_test_labels_are_of_the_same_kind():
    with pytest.raises(ValueError, match="needs test_labels like labels, got"):
        Trainer(
            MLP(1, [2]),
            [[1.0], [2.0]],
            [0, 1],
            loss="cross_entropy",
            test_points=[[1.0]],
            test_labels=[[0.5, 0.5]],
        )


def test_accuracy_that_is_never_measured_is_no_condition():
    trainer = Trainer(
        MLP(1, [2]), [[1.0], [2.0]], [[0.0, 1.0], [1.0, 0.0]], loss="squared_error"
    )
    with pytest.raises(ValueError, match="labels of several numbers have no accuracy"):
        trainer.fit(3, Until(accuracy=0.5))


def test_steps_may_be_numbers_of_numpy_and_nothing_else():
    for backend in ("python", "wasm"):
        trainer = make_trainer(backend=backend)
        assert len(trainer.fit(np.int64(2))) == 2
        for steps in (2.5, "5", None, True):
            with pytest.raises(TypeError, match="fit needs a whole number of steps"):
                trainer.fit(steps)


def test_classes_may_be_whole_floats():
    points, labels = make_blobs(12, seed=2)
    losses = [
        Trainer(
            MLP(2, [3], rng=random.Random(1)), points, list(map(kind, labels)),
            loss="cross_entropy",
        ).step().loss
        for kind in (int, float, np.float64)
    ]  # fmt: skip
    assert len(set(losses)) == 1


def test_model_without_parameters_has_no_penalty():
    class Fixed:
        def __call__(self, x):
            return Value(2.0) * x[0]

        def parameters(self):
            return []

    for backend in ("python", "wasm"):
        trainer = Trainer(Fixed(), [[1.0]], [1], backend=backend, l1=0.1)
        assert trainer.step().loss == 0.0


def test_limit_that_is_met_late_or_never_or_at_the_end_of_the_steps():
    assert len(make_trainer(backend="wasm").fit(250, Until(loss=0.0))) == 250
    assert len(make_trainer(backend="wasm").fit(1, Until(loss=100.0))) == 1
    losses = [record.loss for record in make_trainer(backend="wasm").fit(150)]
    limited = make_trainer(backend="wasm").fit(150, Until(loss=losses[120]))
    assert [record.loss for record in limited] == losses[: len(limited)]
    assert limited[-1].loss <= losses[120] < limited[-2].loss


def test_same_optimizer_again_keeps_what_it_remembers():
    trainer, other = (make_trainer(optimizer=Adam(0.01)) for _ in range(2))
    for each in (trainer, other):
        each.fit(3)
    trainer.optimizer = trainer.optimizer
    assert trainer.fit(3) == other.fit(3)


def test_computed_parameter_trains_in_python_and_says_why():
    class Odd(Neuron):
        def parameters(self):
            return [*super().parameters(), self.computed]

        computed = Value(2.0) * 3.0

    points, labels = make_moons(20, noise=0.1, seed=3)
    trainer = Trainer(Odd(2), points, labels)
    assert trainer.backend == "python"
    assert "given, not computed" in trainer.reason
