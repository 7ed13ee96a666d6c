"""Networks: the weights and outputs of micrograd, shapes, bad input."""

from __future__ import annotations

import random

import micrograd.nn
import pytest

from moongrad import MLP, Layer, Neuron, Value
from moongrad.nn import ACTIVATIONS


def test_weights_equal_those_of_micrograd():
    random.seed(1337)
    theirs = micrograd.nn.MLP(2, [16, 16, 1])
    random.seed(1337)
    ours = MLP(2, [16, 16, 1])
    assert len(ours.parameters()) == 337
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]
    assert repr(ours) == repr(theirs)


def test_output_equals_that_of_micrograd():
    random.seed(7)
    theirs = micrograd.nn.MLP(3, [5, 4, 2])
    ours = MLP(3, [5, 4, 2], rng=random.Random(7))
    row = [0.3, -1.2, 0.8]
    assert [v.data for v in ours(row)] == pytest.approx(
        [v.data for v in theirs(row)], rel=1e-12
    )


def test_uniform_bias_is_drawn_after_the_weights():
    model = MLP(3, [4, 4, 1], activation="tanh", output="tanh", bias="uniform")
    assert len(model.parameters()) == 41
    assert "TanhNeuron(4)" in repr(model)
    rng = random.Random(1)
    neuron = Neuron(3, bias="uniform", rng=random.Random(1))
    assert [p.data for p in neuron.parameters()] == [
        rng.uniform(-1, 1) for _ in range(4)
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_predict_gives_the_same_bits_as_a_call(activation):
    model = MLP(2, [7, 5, 3], activation=activation, bias="uniform")
    row = (0.1, -0.7)
    assert model.predict(row) == [value.data for value in model(row)]


def test_single_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [1])([1.0, 2.0]), Value)
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(Layer(2, 3)([1.0, 2.0])) == 3


def test_nonlin_false_omits_the_activation():
    assert Neuron(2, nonlin=False)([1.0, 2.0])._op == "+"
    assert Neuron(2)([1.0, 2.0])._op == "ReLU"


def test_zero_grad_clears_every_parameter():
    model = MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_row_may_contain_values_which_receive_gradients():
    x = Value(2.0)
    model = MLP(1, [1])
    model([x]).backward()
    assert x.grad == model.layers[0].neurons[0].w[0].data


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(2, []), r"MLP needs at least one layer, got nouts=\[\]"),
        (lambda: MLP(2, [0, 1]), "Layer needs a whole number nout >= 1, got nout=0"),
        (lambda: MLP(0, [1]), "MLP needs a whole number nin >= 1, got nin=0"),
        (lambda: MLP(2, [1.5]), "whole number nout >= 1, got nout=1.5"),
        (lambda: MLP(2, [1], output="softmax"), "one of relu, tanh, sigmoid, linear"),
        (lambda: Neuron(2, bias="one"), "bias must be 'zero' or 'uniform', got 'one'"),
        (lambda: MLP(2, [1])([1.0, 2.0, 3.0]), "MLP expects 2 inputs, got 3"),
        (lambda: MLP(2, [1]).predict([1.0]), "MLP expects 2 inputs, got 1"),
        (lambda: Neuron(1)([]), "Neuron expects 1 input, got 0"),
        (lambda: Layer(2, 2)([1.0]), "Layer expects 2 inputs, got 1"),
    ],
)
def test_bad_shape_is_named_in_the_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()
