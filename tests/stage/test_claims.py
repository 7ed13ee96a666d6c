"""What the pages' prose says of many runs, which no single page shows."""

from __future__ import annotations

from statistics import median

from pages import examples, regression


def test_18_of_20_seeds_of_the_four_examples_end_with_a_small_loss():
    losses = [examples.final_loss(seed, 0.1, 100) for seed in range(20)]
    assert sum(loss < 0.05 for loss in losses) >= 18, losses


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
