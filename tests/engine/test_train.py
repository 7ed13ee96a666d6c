"""The Trainer: micrograd's numbers, mini-batches, divergence, bad input."""

from __future__ import annotations

import math
import random

import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

from moongrad import MLP, SGD, DivergenceError, Trainer, linear_decay, make_moons


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


def test_batches_are_the_permutations_of_numpy():
    trainer = make_trainer(n=12, batch_size=5, batch_seed=9)
    theirs = np.random.RandomState(9)
    for _ in range(3):
        assert trainer._draw_batch() == theirs.permutation(12)[:5].tolist()


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
