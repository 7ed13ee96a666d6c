"""Histories: only new records are read, and never the wrong ones."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from figures.history import History


class Step(NamedTuple):
    step: int
    loss: float


class Counted:
    """A record that counts how often its loss is read."""

    n_reads = 0

    def __init__(self, loss):
        self._loss = loss

    @property
    def loss(self):
        type(self).n_reads += 1
        return self._loss


def make_steps(n, loss=1.0):
    return [Step(k, loss + k) for k in range(n)]


def read(history):
    return [column.tolist() for column in history.columns]


def test_fields_are_columns():
    history = History("step", "loss")
    assert read(history) == [[], []]
    history.update(make_steps(3))
    assert read(history) == [[0, 1, 2], [1, 2, 3]]


def test_only_new_records_are_read(monkeypatch):
    monkeypatch.setattr(Counted, "n_reads", 0)
    history, records = History("loss"), []
    for _ in range(20):
        records += [Counted(len(records) + k) for k in range(100)]
        history.update(records)
    history.update(records)
    assert Counted.n_reads == 2000
    assert read(history) == [list(range(2000))]


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 512, 513, 5000])
def test_there_is_room_for_any_number(n):
    history, records = History("step", "loss"), make_steps(n)
    history.update(records[: n // 2])
    history.update(records)
    assert read(history) == [[s.step for s in records], [s.loss for s in records]]


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 9])
def test_another_run_takes_the_place_of_the_one_before(n):
    history = History("step", "loss")
    history.update(make_steps(4))
    other = make_steps(n, loss=100.0)
    history.update(other)
    assert read(history) == [[s.step for s in other], [s.loss for s in other]]


def test_another_run_that_is_as_long_and_ends_alike_is_read():
    history = History("loss")
    history.update([Step(0, 3.0), Step(1, 0.0)])
    history.update([Step(0, 7.0), Step(1, 0.0)])
    assert read(history) == [[7.0, 0.0]]


def test_steps_that_were_taken_back_are_forgotten():
    history, records = History("loss"), make_steps(4)
    history.update(records)
    records.pop()
    history.update(records)
    assert read(history) == [[1, 2, 3]]
    records.append(Step(3, 50.0))
    history.update(records)
    assert read(history) == [[1, 2, 3, 50]]


def test_taken_back_and_made_again_between_two_updates():
    history, records = History("loss"), make_steps(4)
    history.update(records)
    records[2:] = [Step(2, 70.0), Step(3, 80.0), Step(4, 90.0)]
    history.update(records)
    assert read(history) == [[1, 2, 70, 80, 90]]
