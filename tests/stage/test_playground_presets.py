"""What the playground's gallery says, and what its setups really do."""

from __future__ import annotations

import statistics

import pytest

from pages.playground import OPTIONS, PRESETS, Demo
from stage.option import OptionError

SETUPS = {setup.name: setup for setup in PRESETS}


def run(name, **texts):
    """Make the run of a setup; return its demo and a record of every 100 steps."""
    setup = SETUPS[name]
    demo = Demo(OPTIONS.read({**setup.texts, **texts}))
    records = []
    while demo.n_steps < setup.steps:
        demo.advance(100)
        records.append(demo.run.record)
    return demo, records


@pytest.mark.parametrize("setup", PRESETS, ids=SETUPS)
def test_setup_has_options_that_the_page_takes(setup):
    _, notices = OPTIONS.replace_invalid(setup.texts)
    assert notices == []
    assert "&" not in "".join(setup.texts.values())
    assert setup.sentence.endswith(".")


def test_one_neuron_cannot_do_the_moons():
    _, records = run("line")
    assert max(record.accuracy for record in records) < 0.95


@pytest.mark.parametrize("name", ["xor", "features", "spirals", "classes"])
def test_setup_solves_its_data(name):
    _, records = run(name)
    assert records[-1].test_accuracy > 0.95


def test_features_need_no_hidden_layer():
    demo, _ = run("features")
    assert len(demo.model.layers) == 1


def test_test_loss_rises_while_the_training_loss_falls_and_the_penalty_cures_it():
    _, records = run("overfitting")
    lowest = min(record.test_loss for record in records)
    assert records[-1].loss < 0.01
    assert records[-1].test_loss > 2 * lowest
    _, cured = run("overfitting", penalty="l2")
    assert cured[-1].test_loss < records[-1].test_loss / 2


def test_most_relus_are_dead_for_every_point_and_have_no_gradient():
    demo, _ = run("dead")
    hidden = demo.model.layers[0]
    rows = demo.run.trainer.points
    dead = [n for n in hidden.neurons if all(n.predict(row)[0] == 0 for row in rows)]
    assert len(dead) > len(hidden.neurons) / 2
    assert all(p.grad == 0 for neuron in dead for p in neuron.parameters())


def test_rate_too_high_never_settles():
    try:
        _, records = run("fast")
    except OptionError as error:  # it may even diverge
        pytest.fail(str(error))
    losses = [record.loss for record in records[len(records) // 2 :]]
    assert statistics.stdev(losses) > 0.3
    _, calm = run("fast", rate="0.1", optimizer="sgd")
    assert calm[-1].loss < min(losses)
