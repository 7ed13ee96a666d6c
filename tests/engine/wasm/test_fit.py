"""Compiled training against the engine: the same bits, step by step or at once."""

from __future__ import annotations

import math
import random
import struct
import sys
from array import array

import pytest

from moongrad import MLP, SGD, Adam, Trainer, Value, hinge, linear_decay, make_moons
from moongrad.engine import LEAKY_RELU, RELU
from moongrad.optim import State
from moongrad.wasm import compile
from moongrad.wasm.rows import PackedBatches


def make_trainer(backend, n_points=100, hidden=(16, 16), **keywords):
    points, labels = make_moons(n_points, noise=0.1, seed=1337)
    model = MLP(2, [*hidden, 1], rng=random.Random(1337))
    options = {"optimizer": SGD(linear_decay(1.0, 0.1, 100)), "l2": 1e-4} | keywords
    return Trainer(model, points, labels, backend=backend, **options)


def make_small_trainer(backend, **keywords):
    """Return a trainer that is fast in Python; its last row is one without a pair."""
    return make_trainer(backend, n_points=21, hidden=(7, 5), **keywords)


def read_bits(trainer):
    """Return the bits of all parameters and gradients."""
    parameters = trainer.model.parameters()
    return [struct.pack("<dd", p.data, p.grad) for p in parameters]


def test_standard_moons_have_the_same_bits_in_every_tenth_of_100_steps():
    wasm, python = make_trainer("wasm"), make_trainer("python")
    assert (wasm.backend, python.backend) == ("wasm", "python")
    for step in range(0, 100, 10):
        pairs = zip(wasm.model.parameters(), python.model.parameters(), strict=True)
        for ours, theirs in pairs:
            theirs.data = ours.data
        python._progress.steps_done = step
        assert wasm.step() == python.step()
        assert read_bits(wasm) == read_bits(python)
        wasm.fit(9)


def test_small_network_has_the_same_bits_after_100_steps():
    wasm, python = make_small_trainer("wasm"), make_small_trainer("python")
    assert wasm.fit(100) == python.fit(100)
    assert read_bits(wasm) == read_bits(python)


@pytest.mark.parametrize(
    "options",
    [
        lambda: {"optimizer": SGD(0.3, momentum=0.9)},
        lambda: {"optimizer": Adam(0.01)},
        lambda: {"l2": 0.0},
        lambda: {"l1": 1e-3},
        lambda: {"l1": 1e-3, "l2": 0.0},
        lambda: {"batch_size": 7, "batch_seed": 4},
        lambda: {"batch_size": 10, "optimizer": Adam(linear_decay(0.02, 0.01, 20))},
        lambda: {"batch_size": 4, "batch_order": "epochs", "batch_seed": 4},
        lambda: {"batch_size": 21, "batch_order": "epochs", "optimizer": Adam(0.01)},
        lambda: {"batch_order": "epochs"},
    ],
    ids=[
        *("momentum", "Adam", "no penalty", "L1", "L1 alone"),
        *("batches", "batches and Adam", "epochs", "a step an epoch", "all rows"),
    ],
)
def test_training_with_other_options_has_the_same_bits(options):
    python, wasm = (make_small_trainer(b, **options()) for b in ("python", "wasm"))
    assert wasm.backend == "wasm"
    assert wasm.fit(12) == python.fit(12)
    assert read_bits(wasm) == read_bits(python)


def test_training_with_squared_error_agrees_to_1e_12():
    options = {"loss": "squared_error", "optimizer": SGD(0.05)}
    python, wasm = (make_small_trainer(b, **options) for b in ("python", "wasm"))
    expected = [record.loss for record in python.fit(12)]
    assert [record.loss for record in wasm.fit(12)] == pytest.approx(
        expected, rel=1e-12
    )


def test_single_steps_equal_those_of_one_call():
    single, together = make_trainer("wasm"), make_trainer("wasm")
    assert list(single.run(10)) == together.fit(10)
    assert single.fit(5) == list(together.run(5))


@pytest.mark.parametrize(
    ("batch_size", "order"), [(None, "draws"), (7, "draws"), (5, "epochs")]
)
@pytest.mark.parametrize("rate", [50.0, 1e300])
@pytest.mark.parametrize("is_stepwise", [False, True])
def test_divergence_gives_the_same_error_and_state(
    batch_size, order, rate, is_stepwise
):
    states = []
    for backend in ("python", "wasm"):
        trainer = make_small_trainer(
            backend, optimizer=SGD(rate), batch_size=batch_size, batch_order=order
        )
        with pytest.raises(FloatingPointError, match="The network diverged") as caught:
            if is_stepwise:
                list(trainer.run(100))
            else:
                trainer.fit(100)
        parameters = [p.data for p in trainer.model.parameters()]
        stream = trainer.progress.random.get_state()
        states.append((str(caught.value), trainer.steps_done, parameters, stream))
    assert states[0] == states[1]


def test_divergence_with_a_new_optimizer_restores_the_parameters():
    states = []
    for backend in ("python", "wasm"):
        trainer = make_small_trainer(backend)
        trainer.fit(3)
        trainer.optimizer = SGD(1e200, momentum=0.5)
        before = [p.data for p in trainer.model.parameters()]
        trainer.fit(1)
        with pytest.raises(FloatingPointError, match="diverged"):
            trainer.fit(1)
        parameters = [p.data for p in trainer.model.parameters()]
        assert parameters == before
        states.append(parameters)
    assert states[0] == states[1]


def test_error_names_the_row_of_a_batch_and_earlier_steps_count():
    def loss(score, label):
        return (label - score * 0).log()

    states = []
    for backend in ("python", "wasm"):
        points = [(0.1 * k, 0.2) for k in range(12)]
        labels = [1.0] * 11 + [-1.0]  # log of the last one is an error
        model = MLP(2, [3, 1], rng=random.Random(2))
        trainer = Trainer(
            model, points, labels, loss=loss, batch_size=3, backend=backend
        )
        with pytest.raises(ValueError, match="log needs a number above 0") as caught:
            trainer.fit(50)
        if backend == "wasm":
            assert "in row 11: " in caught.value.__notes__[-1]
        parameters = [p.data for p in model.parameters()]
        stream = trainer.progress.random.get_state()
        states.append((trainer.steps_done, parameters, stream))
    assert states[0] == states[1]


def test_loss_that_cannot_be_compiled_is_trained_in_python_for_a_reason():
    def loss(score, label):
        return (1 - score).relu() if label == 1 else (1 + score).relu()

    trainer = make_small_trainer("auto", loss=loss)
    assert trainer.backend == "python"
    assert "Use relu for a choice" in trainer.reason
    losses = [record.loss for record in trainer.fit(3)]
    hinge_losses = [record.loss for record in make_small_trainer("wasm").fit(3)]
    assert losses == pytest.approx(hinge_losses, rel=1e-9)


def test_kernel_fit_continues_with_nan_and_does_nothing_for_0_steps():
    results = []
    for backend in ("python", "wasm"):
        w = Value(1.0)
        kernel = compile(lambda x, w=w: w * x, [w], 1, backend=backend)
        assert kernel.fit([[1.0]], 0, SGD(0.1)) == []
        losses = kernel.fit([[1.0], [math.nan]], 3, SGD(0.1))
        results.append((len(losses), math.isnan(w.data)))
    assert results == [(3, True), (3, True)]


def test_kernel_fit_gives_the_same_bits_in_both_kernels():
    results = []
    for backend in ("python", "wasm"):
        w, b = Value(0.1), Value(0.2)

        def fn(x, y, w=w, b=b):
            return hinge(w * x + b, y)

        kernel = compile(fn, [w, b], 2, backend=backend)
        losses = kernel.fit(
            [[1.0, 1.0], [-1.0, -1.0], [0.5, 1.0]], 7, SGD(0.1), l2=0.01
        )
        results.append((losses, w.data, b.data))
    assert results[0] == results[1]


@pytest.mark.parametrize("is_rolled", [True, False])
def test_program_split_into_functions_has_the_same_bits(monkeypatch, is_rolled):
    if not is_rolled:
        monkeypatch.setattr("moongrad.wasm.wasm_kernel.roll", lambda program: program)
    whole = make_trainer("wasm", batch_size=9)
    monkeypatch.setattr("moongrad.wasm.layout.MAX_UNSPLIT", 1)
    monkeypatch.setattr("moongrad.wasm.block.PART_SIZE", 200)
    split = make_trainer("wasm", batch_size=9)
    assert len(split.kernel.module) > 1.1 * len(whole.kernel.module)
    assert split.fit(8) == whole.fit(8)
    assert read_bits(split) == read_bits(whole)


def abs_of(g):
    return RELU.at(g) + RELU.at(-g)


class Clipped:
    """An optimiser of one's own, with a constant and a function in its rule."""

    def rule(self, p, g, s, t, rate):
        sign = (g > 0) * 2.0 - 1.0
        return p - rate * sign * LEAKY_RELU.at(abs_of(g) + 1.0), s, t

    def learning_rate(self, step):
        return 0.5 / (1 + step)

    def coefficients(self, step):
        return (self.learning_rate(step),)

    def update(self, parameters, step, state=None):
        for p in parameters:
            p.data, *_ = self.rule(p.data, p.grad, 0.0, 0.0, *self.coefficients(step))


def test_optimizer_of_ones_own_is_compiled_with_the_same_bits():
    python, wasm = (
        make_small_trainer(b, optimizer=Clipped()) for b in ("python", "wasm")
    )
    assert (wasm.backend, wasm.fit(5)) == ("wasm", python.fit(5))
    assert read_bits(wasm) == read_bits(python)


def test_changes_between_single_steps_count_at_the_next():
    trainers = [make_small_trainer(b, optimizer=Adam(0.01)) for b in ("python", "wasm")]
    for trainer in trainers:
        trainer.step()
        trainer.points[3] = (0.5, -0.25)
        trainer.step()
        trainer.points[4] = [0.1, 0.2]  # a list, which may change in its place
        trainer.step()
        trainer.points[4][0] = -0.0
        trainer.model.parameters()[5].data = -0.0
        trainer.step()
        trainer.step()
        trainer.optimizer = SGD(0.1, momentum=0.5)
        trainer.step()
        trainer.kernel and trainer.kernel.forward([[1.0, 2.0, 1.0]] * 300)
        trainer.step()
    assert read_bits(trainers[0]) == read_bits(trainers[1])


@pytest.mark.parametrize("change", [lambda p: p.append(9.0), lambda p: p.pop()])
@pytest.mark.parametrize("which", ["points", "test_points"])
def test_points_that_all_change_their_length_are_refused(change, which):
    points, tests = [[1.0, 2.0], [3.0, -1.0]], [[0.5, 0.5], [0.0, 1.0]]
    model = MLP(2, [3, 1], rng=random.Random(1))
    trainer = Trainer(
        model, points, [1, -1], test_points=tests, test_labels=[1, -1], backend="wasm"
    )
    trainer.step()
    for point in getattr(trainer, which):
        change(point)
    with pytest.raises(ValueError, match=r"a kernel of 3 inputs got [24] in row 0"):
        trainer.step()


class Delayed(SGD):
    """Moves by the gradient of the step before, which it remembers."""

    @property
    def rule(self):
        return lambda p, g, s, t, rate: (p - rate * s, g, s)


def test_rule_of_a_subclass_keeps_its_state():
    results = []
    for backend in ("python", "wasm"):
        w = Value(2.0)
        kernel = compile(lambda x, w=w: w * x * w, [w], 1, backend=backend)
        losses = kernel.fit([[1.0], [2.0]], 5, Delayed(0.1))
        results.append((losses, w.data))
    assert results[0] == results[1]


def test_rule_that_does_not_return_three_numbers_is_named():
    class Short(SGD):
        rule = property(lambda self: lambda p, g, s, t, rate: (p - rate * g, s))

    w = Value(2.0)
    kernel = compile(lambda x: w * x, [w], 1, backend="wasm")
    with pytest.raises(ValueError, match="must return p, s and t, got 2 numbers"):
        kernel.fit([[1.0]], 1, Short(0.1))


def test_coefficients_that_change_their_number_are_refused():
    class Growing(SGD):
        def coefficients(self, step):
            return (0.1,) * (1 + step)

    w = Value(2.0)
    kernel = compile(lambda x: w * x, [w], 1, backend="wasm")
    with pytest.raises(ValueError, match="as many coefficients in every step"):
        kernel.fit([[1.0]], 3, Growing(0.1))


def test_bad_points_between_steps_are_named():
    trainer = make_small_trainer("wasm")
    trainer.step()
    good = trainer.points[2]
    for bad, kind, message in (
        ((1.0, 2.0, 3.0), ValueError, "a kernel of 3 inputs got 4 in row 2"),
        ((1.0, "2"), TypeError, "a kernel needs numbers, got '2' in row 2"),
    ):
        trainer.points[2] = bad
        with pytest.raises(kind, match=message):
            trainer.step()
    trainer.points[2] = good
    assert trainer.step().step == 1


def test_error_while_training_keeps_the_parameters():
    w = Value(1.0)
    kernel = compile(lambda x: (w * x).log(), [w], 1, backend="wasm")
    with pytest.raises(ValueError, match="in row 1"):
        kernel.fit([[1.0], [-1.0]], 5, SGD(0.1))
    assert w.data == 1.0


def test_trainer_that_nobody_asked_for_speed_does_not_warn(monkeypatch):
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    trainer = make_small_trainer("auto")  # a warning would be an error
    assert trainer.backend == "python"
    assert "needs wasmtime" in trainer.reason


def test_memory_grows_with_rows_only():
    model = MLP(2, [16, 16, 1], rng=random.Random(1))

    def fn(x, y, label):
        score = model([x, y])
        return hinge(score, label), score

    kernel = compile(fn, model.parameters(), 3, backend="wasm")
    rows = [(k / 1e5, 1 - k / 1e5, 1.0 if k % 2 else -1.0) for k in range(100_000)]
    kernel.fit(rows, 1, SGD(0.01), l2=1e-4)
    assert kernel.memory_size < 64e6
    assert kernel.memory_size < 3 * 8 * 7 * 100_000


@pytest.mark.parametrize("backend", ["python", "wasm"])
@pytest.mark.parametrize("make", [lambda: Adam(0.05), lambda: SGD(0.1, momentum=0.9)])
def test_fit_goes_on_where_it_stopped(backend, make):
    results = []
    for calls in ([10], [5, 5], [1, 2, 7]):
        w, optimizer = Value(1.0), make()
        kernel = compile(lambda x, w=w: (w * x - 2) ** 2, [w], 1, backend=backend)
        rows = [[1.0], [3.0]]
        losses = [loss for n in calls for loss in kernel.fit(rows, n, optimizer)]
        results.append((losses, w.data))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_another_optimizer_starts_anew(backend):
    results = []
    for n_before in (0, 3):
        w = Value(1.0)
        kernel = compile(lambda x, w=w: (w * x - 2) ** 2, [w], 1, backend=backend)
        kernel.fit([[1.0]], n_before, Adam(0.1))
        w.data = 1.0
        results.append(kernel.fit([[1.0]], 4, Adam(0.1)))
    assert results[0] == results[1]


def test_batches_may_be_lists_of_row_numbers():
    rows = [[float(k), 1.0] for k in range(5)]
    results = []
    for batches in (
        [[3, 0], [1, 4], [2, 2]],
        PackedBatches(array("i", [3, 0, 1, 4, 2, 2]), 2),
    ):
        w = Value(0.3)
        kernel = compile(lambda x, y, w=w: (w * x - y) ** 2, [w], 2, backend="wasm")
        done = kernel.fit_steps(rows, 3, SGD(0.1), State(1), batches=batches)
        results.append((done.losses.tolist(), w.data))
    assert results[0] == results[1]
    assert results[0][0][0] == ((0.3 * 3 - 1) ** 2 + 1) * 0.5


def test_what_is_written_into_memory_is_checked_against_its_room():
    w = Value(1.0)
    kernel = compile(lambda x: w * x, [w], 1, backend="wasm")
    with pytest.raises(ValueError, match="a kernel of 1 parameters got 2 numbers"):
        kernel.fit_steps([[1.0]], 1, SGD(0.1, momentum=0.5), State(2))
    rows = [[1.0], [2.0]]
    for batches, message in [
        ([[0, 2]], "row numbers from 0 to 1 in its batches"),
        ([[-1]], "row numbers from 0 to 1 in its batches"),
        ([[0], [1]], "fit needs 1 batches of the same size"),
    ]:
        with pytest.raises(ValueError, match=message):
            kernel.fit_steps(rows, 1, SGD(0.1), State(1), batches=batches)
    with pytest.raises(ValueError, match="fit needs 2 batches of the same size"):
        kernel.fit_steps(rows, 2, SGD(0.1), State(1), batches=[[0, 1], [1]])


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_negative_steps_raise_an_error(backend):
    w = Value(1.0)
    kernel = compile(lambda x: w * x, [w], 1, backend=backend)
    with pytest.raises(ValueError, match="fit needs steps >= 0, got steps=-1"):
        kernel.fit([[1.0]], -1, SGD(0.1))
