"""The live loss curve."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from looking import is_near, mean_place, pixels

from figures.loss import LossCurve
from figures.picture import Picture
from moongrad import Record
from moongrad.plot import LIGHT, loss_curve

RECORDS = [Record(k, 0.9 * 0.9**k, 0.5, 1.0) for k in range(40)]


class Two(NamedTuple):
    step: int
    loss: float
    other: float


TWO = [Two(k, 0.9 * 0.9**k, 0.9 * 0.7**k) for k in range(40)]


def make_picture(steps=40, **keywords):
    return Picture(lambda axes: LossCurve(axes, steps=steps, **keywords))


def test_finished_run_has_the_limits_of_the_figure_in_the_engine():
    picture = make_picture(len(RECORDS))
    picture.plot.update(RECORDS)
    (live,), (finished,) = picture.figure.axes, loss_curve(RECORDS).axes
    assert live.get_xlim() == finished.get_xlim()
    assert live.get_ylim() == finished.get_ylim()
    lines = [axes.get_lines()[0].get_xydata().tolist() for axes in (live, finished)]
    assert lines[0] == lines[1]


def test_dot_is_at_the_last_record():
    picture = make_picture()
    picture.plot.update(RECORDS[:20])
    (axes,) = picture.figure.axes
    place = axes.transData.transform((19, RECORDS[19].loss))
    assert mean_place(pixels(picture), LIGHT.positive) == pytest.approx(place, abs=1)


def test_limits_follow_the_losses_and_are_stale_only_then():
    picture = make_picture(steps=10)
    (axes,) = picture.figure.axes
    limits = None
    for n in range(1, len(RECORDS) + 1):
        picture.plot.update(RECORDS[:n])
        low, high = axes.get_ylim()
        assert low < RECORDS[n - 1].loss <= RECORDS[0].loss < high
        assert axes.get_xlim()[1] >= RECORDS[n - 1].step
        assert picture.plot.is_stale == (limits != (*axes.get_xlim(), low, high))
        limits = (*axes.get_xlim(), low, high)
        picture.render()


def test_nothing_is_left_of_a_run_that_starts_over():
    picture, fresh = make_picture(), make_picture()
    picture.plot.update(RECORDS)
    pixels(picture)
    picture.plot.update([])
    fresh.plot.update([])
    assert (pixels(picture) == pixels(fresh)).all()
    assert "no step" in picture.plot.describe()


def test_list_that_grows_is_drawn_as_one_that_is_complete():
    grown, fresh = make_picture(), make_picture()
    records = []
    for record in RECORDS:
        records.append(record)
        grown.plot.update(records)
        grown.render()
    fresh.plot.update(RECORDS)
    assert (pixels(grown) == pixels(fresh)).all()


def test_zero_loss_has_a_place():
    picture = make_picture(steps=2)
    picture.plot.update([Record(0, 0.0, 1.0, 1.0)])
    assert is_near(pixels(picture), LIGHT.positive).any()
    assert "from 0 at step 0" in picture.plot.describe()


def test_another_run_is_a_broken_line():
    alone, both = make_picture(), make_picture(other="other")
    alone.plot.update(TWO)
    both.plot.update(TWO)
    assert not is_near(pixels(alone), LIGHT.negative).any()
    assert is_near(pixels(both), LIGHT.negative).sum() > 100
    low, _ = both.figure.axes[0].get_ylim()
    assert low < TWO[-1].other
    assert f"another run, is at {TWO[-1].other:.3g}." in both.plot.describe()


def test_words_tell_of_the_first_and_the_last_step():
    plot = make_picture().plot
    assert plot.describe() == "Loss curve: no step has been made yet."
    plot.update(RECORDS)
    assert plot.describe() == (
        "Loss curve: the loss goes from 0.9 at step 0 to 0.0148 at step 39."
    )
