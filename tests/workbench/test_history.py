"""The past of a run: it stays short, and every moment can be gone back to."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from moongrad import MLP, Adam, Record, Trainer, make_moons
from workbench.history import History, Thinned


class Steps:
    """Stands for a trainer's progress where only the step matters."""

    def __init__(self, steps_done):
        self.steps_done = steps_done


def make_trainer():
    points, labels = make_moons(20, noise=0.1, seed=1)
    model = MLP(2, [4, 1], rng=random.Random(1))
    return Trainer(
        model, points, labels, optimizer=Adam(0.05), batch_size=5, batch_seed=3
    )


def fill(history, steps):
    for step in steps:
        history.add(Record(step, 0.0, 0.0, 1.0), [float(step)], Steps(step))
    return history


def steps_of(history):
    return [moment.step for moment in history.moments]


# --- the thinned list -----------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 9, 10, 11, 12, 100, 1001, 12345])
def test_first_and_newest_stay_and_the_others_are_evenly_spaced(n):
    items = Thinned(10)
    for k in range(n):
        items.add(k)
        assert len(items) <= 10
        assert items[0] == 0 and items[-1] == k
    *kept, newest = items.items
    assert kept == list(range(0, newest, items.stride))
    assert len(items) >= min(n, 5)


def test_capacity_below_three_is_refused():
    with pytest.raises(ValueError, match="capacity >= 3, got capacity=2"):
        Thinned(2)


@pytest.mark.parametrize("n", [5, 50, 777])
def test_truncated_list_goes_on_after_the_item(n):
    items = Thinned(10)
    for k in range(n):
        items.add(k)
    before = items.items
    for index in (len(items) - 1, len(items) // 2, 0):
        items.truncate_after(index)
        assert items.items == before[: index + 1]
    for k in range(1000):
        items.add(f"new {k}")
        assert len(items) <= 10
        assert items[0] == 0 and items[-1] == f"new {k}"
    assert [item for item in items.items if item in before] == [0]


def test_truncating_in_the_middle_loses_nothing_before():
    items = Thinned(100)
    for k in range(60):
        items.add(k)
    items.truncate_after(29)
    for k in range(30):
        items.add(f"new {k}")
    assert items.items == [*range(30), *(f"new {k}" for k in range(30))]


@pytest.mark.parametrize("index", [-1, 3])
def test_truncating_after_what_is_not_there_raises(index):
    items = Thinned(10)
    for k in range(3):
        items.add(k)
    with pytest.raises(IndexError, match="there are 3 items"):
        items.truncate_after(index)


# --- moments of a run -----------------------------------------------------------------


def test_history_stays_small_over_a_million_additions():
    history = History(200)
    sizes = []
    for step in range(1_000_000):
        history.add(Record(step, 0.0, 0.0, 1.0), [0.0, 1.0], Steps(step))
        if step % 100_000 == 99_999:
            sizes.append((len(history), history.size))
    assert all(100 <= n <= 200 for n, _ in sizes)
    assert max(size for _, size in sizes) < 2 * min(size for _, size in sizes)
    steps = steps_of(history)
    assert steps[0] == 0 and steps[-1] == 999_999
    gaps = {b - a for a, b in pairwise(steps[:-1])}
    assert gaps == {history.stride}


@pytest.mark.parametrize("n_steps", [3, 40])
def test_run_goes_on_from_a_moment_with_the_same_bits(n_steps):
    trainer, history = make_trainer(), History(10)
    history.add(trainer.measure(), trainer.start, trainer.progress)
    records = []
    for _ in range(n_steps):
        records += trainer.fit(1)
        parameters = [p.data for p in trainer.model.parameters()]
        history.add(trainer.measure(), parameters, trainer.progress)
    assert len(history) == min(n_steps + 1, len(history)) <= 10
    for moment in history.moments[:-1]:
        other = make_trainer()
        other.resume(moment.parameters, moment.progress)
        assert other.steps_done == moment.step
        assert moment.record == other.measure()
        assert other.fit(n_steps - moment.step) == records[moment.step :]


def test_kept_moments_take_bytes_and_not_lists():
    trainer, history = make_trainer(), History(100)
    for _ in range(50):
        (record,) = trainer.fit(1)
        history.add(record, trainer.start, trainer.progress)
    n = len(trainer.start)
    per_moment = history.size / 50
    assert 6 * 8 * n < per_moment < 6 * 10 * n + 5000


def test_run_can_be_continued_from_the_past():
    history = fill(History(50), range(30))
    history.truncate_after(10)
    fill(history, range(11, 20))
    assert steps_of(history) == list(range(20))


def test_step_that_is_not_later_is_refused():
    history = fill(History(50), [0, 5])
    for step in (4, 3):
        with pytest.raises(ValueError, match=f"a step from 5 on, got {step}"):
            fill(history, [step])
    assert steps_of(history) == [0, 5]
