"""Losses and accuracies of training and test rows, and reading them."""

from __future__ import annotations

import numpy as np
import pytest
from looking import is_near, mean_place, pixels

from figures.losses import AccuracyCurves, LossCurves, find_reach, write_count
from figures.picture import Picture
from moongrad.plot import LIGHT

STEPS = np.array([0, 1, 2, 5, 10, 20, 50, 100, 150])
TRAIN = 0.9 * 0.99**STEPS
TEST = TRAIN + 0.1


def make_picture(kind=LossCurves, **keywords):
    return Picture(lambda axes: kind(axes, **keywords))


def find_place(picture, step, number):
    return picture.figure.axes[0].transData.transform((step, number))


def count_blue(picture):
    return is_near(pixels(picture), LIGHT.negative).sum()


def test_dot_is_at_the_last_training_loss():
    picture = make_picture()
    picture.plot.update(STEPS, TRAIN, TEST)
    place = find_place(picture, STEPS[-1], TRAIN[-1])
    assert mean_place(pixels(picture), LIGHT.positive) == pytest.approx(place, abs=1)


def test_test_losses_are_dashed_and_named_where_there_are_some():
    alone, both = make_picture(), make_picture()
    alone.plot.update(STEPS, TRAIN)
    both.plot.update(STEPS, TRAIN, TEST)
    assert alone.figure.axes[0].get_legend() is None
    texts = both.figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["training", "test"]
    lines = both.figure.axes[0].get_lines()
    dashed = {
        line.is_dashed(): line.get_ydata()
        for line in lines
        if len(line.get_xdata()) > 1
    }
    assert np.array_equal(dashed[False], TRAIN)
    assert np.array_equal(dashed[True], TEST)
    assert (pixels(alone) != pixels(both)).any()
    both.plot.update(STEPS, TRAIN)
    assert np.array_equal(pixels(alone), pixels(both))


def test_another_run_is_blue_and_leaves_again():
    picture = make_picture()
    picture.plot.update(STEPS, TRAIN, TEST)
    assert count_blue(picture) == 0
    picture.plot.compare(STEPS * 3, TRAIN / 50, TEST / 50, "rate 0.1")
    assert count_blue(picture) > 100
    low, _ = picture.figure.axes[0].get_ylim()
    assert low < TRAIN.min() / 50
    assert picture.figure.axes[0].get_xlim()[1] > 450
    texts = picture.figure.axes[0].get_legend().get_texts()
    assert texts[-1].get_text() == "rate 0.1"
    assert "Rate 0.1 ends at 0.00399 at step 450" in picture.plot.describe()
    picture.plot.compare()
    assert count_blue(picture) == 0


def test_limits_change_seldom_while_a_run_goes_on():
    picture, n_stale = make_picture(), 0
    for n in range(1, 1000):
        picture.plot.update(np.arange(n), np.full(n, 0.5))
        n_stale += picture.plot.is_stale
        picture.render()
        assert picture.figure.axes[0].get_xlim()[1] >= n - 1
    assert n_stale < 20


def test_losses_without_a_place_on_the_scale_are_drawn():
    picture = make_picture()
    picture.plot.update([0, 1, 2, 3, 4], [0.0, np.nan, np.inf, 1e300, 1.0])
    pixels(picture)
    assert np.isfinite(picture.figure.axes[0].get_ylim()).all()


def test_mark_is_at_its_step_until_it_is_taken_away():
    picture = make_picture()
    picture.plot.update(STEPS, TRAIN)
    before = pixels(picture)
    picture.plot.mark(50)
    rows, columns = np.nonzero((pixels(picture) != before).any(axis=-1))
    assert np.median(columns) == pytest.approx(find_place(picture, 50, 1)[0], abs=1)
    assert np.ptp(rows) > 250
    assert "Step 50 is marked" in picture.plot.describe()
    picture.plot.mark(None)
    assert np.array_equal(pixels(picture), before)


@pytest.mark.parametrize("step", [0, 20, 150])
def test_nearest_moment_is_read_in_the_figure_and_in_words(step):
    picture = make_picture()
    picture.plot.update(STEPS, TRAIN, TEST)
    before = pixels(picture)
    k = list(STEPS).index(step)
    x, y = find_place(picture, step, 0.5)
    words = picture.plot.read(x, y)
    loss, test = (f"{losses[k]:.3g}" for losses in (TRAIN, TEST))
    assert words == f"Step {step}: loss {loss}, test loss {test}."
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == [f"step {step}\nloss {loss}\ntest loss {test}"]
    changed = (pixels(picture) != before).any(axis=-1)
    assert np.argmax(changed.sum(axis=0)) == pytest.approx(x, abs=2)
    box = picture.figure.axes[0].get_window_extent()
    columns = np.nonzero(changed.any(axis=0))[0]
    assert box.x0 - 6 < columns.min() and columns.max() < box.x1 + 6
    assert picture.plot.read(None) is None
    assert np.array_equal(pixels(picture), before)


def test_reading_stays_while_the_run_goes_on():
    picture = make_picture(epoch=10)
    picture.plot.update(STEPS, TRAIN)
    picture.plot.read(*find_place(picture, 20, 0.5))
    picture.plot.update([*STEPS, 400], [*TRAIN, 0.01])
    (text,) = picture.figure.axes[0].texts
    assert text.get_text().startswith("step 20, epoch 2\n") and text.get_visible()
    picture.plot.update([], [])
    assert not text.get_visible()


def test_other_run_is_read_where_it_has_been():
    picture = make_picture()
    picture.plot.update(STEPS, TRAIN)
    picture.plot.compare([0, 60], [0.5, 0.25], name="before")
    assert "before 0.25." in picture.plot.read(*find_place(picture, 50, 0.5))
    assert "before" not in picture.plot.read(*find_place(picture, 150, 0.5))


def test_nothing_can_be_read_before_the_first_step():
    picture = make_picture()
    assert picture.plot.read(200, 200) is None
    assert picture.plot.describe() == "Loss curves: no step has been made yet."


def test_accuracies_are_percentages_of_a_fixed_scale():
    picture = make_picture(AccuracyCurves)
    picture.plot.update(STEPS, 1 - TRAIN / 2, 1 - TEST / 2)
    axes = picture.figure.axes[0]
    assert axes.get_ylim()[0] == 0 and 1 <= axes.get_ylim()[1] < 1.1
    pixels(picture)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["0%", "25%", "50%", "75%", "100%"]
    words = picture.plot.read(*find_place(picture, 0, 0.5))
    assert words == "Step 0: accuracy 55.0%, test accuracy 50.0%."


def test_words_tell_of_both_ends():
    plot = make_picture().plot
    plot.update(STEPS, TRAIN, TEST)
    assert plot.describe() == (
        "Loss curves: on training rows the loss goes from 0.9 at step 0 to 0.199 at "
        "step 150; on test rows it ends at 0.299."
    )


def test_axis_says_how_many_steps_an_epoch_has():
    axes = make_picture(epoch=12.5).figure.axes[0]
    assert axes.get_xlabel() == "step (12.5 per epoch)"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"),
        (500, "500"),
        (4000, "4,000"),
        (15_000, "15k"),
        (200_000, "200k"),
        (1_500_000, "1.5M"),
    ],
)
def test_counts_are_short(n, text):
    assert write_count(n) == text


def test_there_is_room_for_any_number_of_steps():
    for n in range(1, 3000, 7):
        assert n <= find_reach(n) <= max(10, 1.63 * n)
