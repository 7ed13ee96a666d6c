"""Networks: the weights and outputs of micrograd, shapes, bad input."""

from __future__ import annotations

import math
import random

import micrograd.nn
import numpy as np
import pytest

from moongrad import MLP, Layer, Module, Neuron, Value
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


def test_network_with_a_call_of_its_own_predicts_by_it():
    class Squashed(MLP):
        def __call__(self, x):
            return super().__call__(x).tanh()

    model = Squashed(2, [3, 1], rng=random.Random(1))
    assert model.predict([1.0, 2.0]) == [model([1.0, 2.0]).data]


def test_list_of_activations_gives_one_to_each_hidden_layer():
    for names in (["relu", "sine"], ("relu", "sine"), iter(["relu", "sine"])):
        model = MLP(1, [1, 2, 1], activation=names, output="softplus")
        assert repr(model) == (
            "MLP of [Layer of [ReLUNeuron(1)], Layer of [SinNeuron(1), SinNeuron(1)], "
            "Layer of [SoftplusNeuron(2)]]"
        )
    assert repr(MLP(1, [1], activation=[])) == "MLP of [Layer of [LinearNeuron(1)]]"


def test_list_of_the_same_activation_draws_the_same_weights_as_its_name():
    one, several = (
        MLP(2, [4, 3, 2], activation=activation, rng=random.Random(3))
        for activation in ("leaky_relu", ["leaky_relu", "leaky_relu"])
    )
    assert repr(one) == repr(several)
    assert one.predict([0.3, -0.7]) == several.predict([0.3, -0.7])


@pytest.mark.parametrize(
    ("nin", "nouts"),
    [
        (np.int64(2), np.array([16, 16, 1])),
        (np.uint8(2), [np.int32(16), 16, np.int16(1)]),
        (2, range(3, 0, -1)),
        (2, (n for n in (4, 1))),
    ],
)
def test_sizes_may_be_numpy_integers_and_any_iterable(nin, nouts):
    sizes = [int(n) for n in nouts] if not hasattr(nouts, "send") else [4, 1]
    model = MLP(nin, nouts, rng=random.Random(7))
    same = MLP(2, sizes, rng=random.Random(7))
    assert repr(model) == repr(same)
    assert [p.data for p in model.parameters()] == [p.data for p in same.parameters()]
    assert type(model.nin) is int


def test_neuron_and_layer_take_numpy_integers():
    assert repr(Neuron(np.int64(2))) == "ReLUNeuron(2)"
    assert repr(Layer(np.int64(2), np.int64(1))) == "Layer of [ReLUNeuron(2)]"


def test_gradient_norms_are_those_of_each_layer():
    model = MLP(2, [4, 3, 1], activation="tanh", rng=random.Random(5))
    assert model.gradient_norms() == [0.0, 0.0, 0.0]
    model([0.5, -0.3]).backward()
    norms = [
        math.sqrt(sum(p.grad**2 for p in layer.parameters())) for layer in model.layers
    ]
    assert all(norms)
    assert model.gradient_norms() == pytest.approx(norms, rel=1e-12)


def test_gradient_norms_neither_overflow_nor_hide_nan():
    model = MLP(1, [1, 1])
    first, last = (layer.parameters() for layer in model.layers)
    first[0].grad, first[1].grad = 3e200, 4e200
    last[0].grad = math.nan
    norms = model.gradient_norms()
    assert norms[0] == pytest.approx(5e200)
    assert math.isnan(norms[1])


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
        (lambda: MLP(2, [True, 1]), "whole number nout >= 1, got nout=True"),
        (lambda: MLP(np.True_, [1]), "whole number nin >= 1, got nin=np.True_"),
        (lambda: Neuron(np.float64(2)), r"nin >= 1, got nin=np.float64\(2.0\)"),
        (lambda: Neuron(np.int64(0)), r"nin >= 1, got nin=np.int64\(0\)"),
        (
            lambda: MLP(2, [8, 8, 1], activation=["relu"]),
            r"one activation for each of its 2 hidden layers, got 1: \['relu'\]",
        ),
        (
            lambda: MLP(2, [8, 1], activation=["relu", "tanh"]),
            r"each of its 1 hidden layer, got 2: \['relu', 'tanh'\]",
        ),
        (
            lambda: MLP(2, [8, 1], activation=["selu"]),
            "one of relu, .*, leaky_relu, softplus, sine, got 'selu'",
        ),
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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(2, "16"), r"MLP needs a list of layer sizes .*, got '16'"),
        (lambda: MLP(2, b"16"), "MLP needs a list of layer sizes"),
        (lambda: MLP(2, 16), r"layer sizes such as \[16, 16, 1\], got 16"),
        (lambda: MLP(2, np.array(16)), r"got array\(16\)"),
        (
            lambda: MLP(2, [8, 1], activation=None),
            r"list of activations such as \['relu', 'tanh'\], or one name, got None",
        ),
        (lambda: MLP(2, [8, 1], activation=[None]), "a str such as 'relu', got None"),
        (lambda: MLP(2, [8, 1], output=[]), "must be a str such as 'relu', got list"),
        (lambda: Neuron(2, activation=3), "must be a str such as 'relu', got int"),
    ],
)
def test_bad_type_is_named_in_the_error(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_module_without_parameters_has_none():
    module = Module()
    module.zero_grad()
    assert module.parameters() == []


def test_neuron_predicts_a_list_as_layers_and_networks_do():
    neuron = Neuron(2, activation="tanh")
    assert neuron.predict([0.5, -1.0]) == [neuron([0.5, -1.0]).data]


def test_nonlin_says_whether_a_neuron_has_an_activation():
    assert [Neuron(1, nonlin=x).nonlin for x in (True, False)] == [True, False]
