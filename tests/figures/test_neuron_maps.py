"""What neurons put out across a plane."""

from __future__ import annotations

import random

import numpy as np
import pytest

from figures.neuron_maps import evaluate, scale
from moongrad import MLP
from moongrad.nn import ACTIVATIONS

ROWS = np.array([(x, y) for y in (-1.0, 0.5, 2.0) for x in (-2.0, 0.0, 1.5)])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_layer_is_that_of_the_engine(activation):
    rng = random.Random(1)
    model = MLP(2, [4, 3, 1], activation=activation, bias="uniform", rng=rng)
    layers = evaluate(model, ROWS)
    assert [layer.shape for layer in layers] == [(9, 2), (9, 4), (9, 3), (9, 1)]
    for k, row in enumerate(ROWS):
        signals = row.tolist()
        for depth, layer in enumerate(model.layers):
            signals = layer.predict(signals)
            assert layers[depth + 1][k] == pytest.approx(signals, rel=1e-12, abs=1e-12)
        assert signals == model.predict(row.tolist())


def test_scaled_answers_go_up_to_one_for_each_neuron():
    answers = np.array([[1.0, 0.0, -8.0], [-2.0, 0.0, float("nan")]])
    assert np.array_equal(scale(answers), [[0.5, 0.0, -1.0], [-1.0, 0.0, 0.0]])
