"""What the pages' prose says of many runs, which no single page shows."""

from __future__ import annotations

import copy
import inspect
import random
from statistics import median

import pytest

from pages import examples, graph, moons, neuron, regression
from pages.layers import MLP as SmallMLP
from pages.value import Value as SmallValue
from stage.option import OptionError


def test_18_of_20_seeds_of_the_four_examples_end_with_a_small_loss():
    losses = [examples.final_loss(seed, 0.1, 100) for seed in range(20)]
    assert sum(loss < 0.05 for loss in losses) >= 18, losses


def test_without_zero_grad_20_steps_end_well_from_20_seeds():
    losses = [
        examples.final_loss(seed, 0.05, 20, zero_grad=False) for seed in range(20)
    ]
    assert max(losses) < 0.02


def test_without_zero_grad_the_run_of_the_page_looks_better_and_then_breaks():
    """As the two presets show, and the table beside them."""
    good = [examples.final_loss(1337, 0.05, 20, zero_grad=z) for z in (True, False)]
    assert good[1] < good[0] < 0.1
    long = [examples.final_loss(1337, 0.1, 100, zero_grad=z) for z in (True, False)]
    assert long[0] < 0.01 and long[1] == pytest.approx(8, abs=0.1)


def test_runs_that_are_lost_end_at_4_or_8():
    losses = [
        examples.final_loss(seed, 0.1, 100, zero_grad=False) for seed in range(20)
    ]
    lost = [loss for loss in losses if loss > 1]
    assert len(lost) == examples.count_lost()
    assert {round(loss) for loss in lost} == {4, 8}


def test_untrained_four_examples_start_at_6():
    assert examples.Demo(examples.OPTIONS.read({})).outputs()["loss"].startswith("6.0")


def test_value_of_thirty_lines_gives_the_numbers_of_the_graph():
    a, b, c, f = map(SmallValue, (2.0, -3.0, 10.0, -2.0))
    result = (a * b + c) * f
    result.backward()
    assert result.data == -8.0
    assert [value.grad for value in (a, b, c, f)] == [6.0, -4.0, -2.0, 4.0]


def test_value_of_thirty_lines_gives_the_numbers_of_the_neuron():
    x1, x2, w1, w2 = map(SmallValue, (2.0, 0.0, -3.0, 1.0))
    output = (x1 * w1 + x2 * w2 + SmallValue(neuron.BIAS)).tanh()
    output.backward()
    assert output.data == pytest.approx(0.5**0.5)
    gradients = [value.grad for value in (x1, w1, x2, w2)]
    assert gradients == pytest.approx([-1.5, 1.0, 0.5, 0.0])


def test_value_of_thirty_lines_waits_for_all_uses():
    a = SmallValue(2.0)
    h = a * SmallValue(3.0)
    (h + h * h).backward()
    assert a.grad == 39.0


def test_value_has_about_thirty_lines():
    lines = inspect.getsource(SmallValue).splitlines()
    assert len([line for line in lines if line.strip()]) <= 32


def test_small_network_is_that_of_the_engine():
    random.seed(1)
    small = SmallMLP(3, [4, 4, 1])
    big = examples.make_model(0)
    assert len(small.parameters()) == len(big.parameters()) == 41
    for ours, theirs in zip(small.parameters(), big.parameters(), strict=True):
        theirs.data = ours.data
    point = (2.0, 3.0, -1.0)
    (output,) = small(point)
    output.backward()
    expected = big(point)
    expected.backward()
    assert output.data == pytest.approx(expected.data)
    gradients = [p.grad for p in small.parameters()]
    assert gradients == pytest.approx([p.grad for p in big.parameters()])


def test_step_that_moons_shows_is_the_trainer_s():
    demo = moons.Demo(moons.OPTIONS.read({"points": "20", "schedule": "constant"}))
    model = copy.deepcopy(demo.model)
    shown = [
        moons.train_step(model, demo.points, demo.labels, rate=1.0, penalty=1e-4)
        for _ in range(5)
    ]
    demo.advance(5)
    assert shown == pytest.approx([record.loss for record in demo.records], rel=1e-9)


def test_linear_moons_are_a_straight_line():
    demo = moons.Demo(moons.OPTIONS.read({"activation": "linear", "rate": "0.1"}))
    demo.advance(demo.length)
    scores = [demo.model.predict(place)[0] for place in ((0, 0), (1, 1), (2, 2))]
    assert scores[2] - scores[1] == pytest.approx(scores[1] - scores[0])


def test_squared_error_diverges_at_a_rate_of_1_where_hinge_does_not():
    with pytest.raises(OptionError, match="diverged"):
        moons.percent_right("loss=squared_error&rate=1")
    assert moons.percent_right("rate=1") == "100%"


def test_rate_of_50_diverges():
    with pytest.raises(OptionError, match="diverged"):
        moons.percent_right("rate=50")


def test_sum_at_a_rate_100_times_smaller_does_what_the_mean_does():
    runs = [
        regression._run(reduction=reduction, rate=rate)
        for reduction, rate in (("mean", "0.01"), ("sum", "0.0001"))
    ]
    mean, total = ([record.loss for record in run.records] for run in runs)
    assert total == pytest.approx([100 * loss for loss in mean])


def test_variance_of_the_noise_is_what_the_page_says():
    assert regression.OPTIONS["noise"].default ** 2 == pytest.approx(0.04)


def test_wrong_order_gives_3_and_2_instead_of_39_and_26():
    texts = {"formula": "h = a*b; L = h + h*h", "numbers": "a=2, b=3"}
    found = []
    for order in ("eager", "topological"):
        demo = graph.Demo(graph.OPTIONS.read({**texts, "order": order}))
        while not demo.is_done:
            demo.step()
        grads = {value.label: grad for value, grad in demo.gradients().items()}
        found.append((grads["a"], grads["b"]))
    assert found == [(3.0, 2.0), (39.0, 26.0)]


def test_dead_relu_gets_no_gradient():
    demo = neuron.Demo(neuron.OPTIONS.read({"activation": "relu", "b": "0"}))
    while not demo.is_done:
        demo.step()
    grads = {value.label: grad for value, grad in demo.gradients().items()}
    assert grads.pop("o") == 1.0
    assert set(grads.values()) == {0.0}


def run_regression(seed):
    texts = {"data_seed": str(seed), "weight_seed": str(seed)}
    demo = regression.Demo(regression.OPTIONS.read(texts))
    demo.advance(demo.length)
    return demo.records[0].loss, demo.records[-1].loss


def test_regression_ends_with_a_small_loss_for_20_seeds():
    runs = [run_regression(seed) for seed in range(20)]
    finals = [final for _, final in runs]
    assert median(finals) < 1.3
    assert max(finals) < 2.5
    assert all(final < first / 3 for first, final in runs)
