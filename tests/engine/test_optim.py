"""SGD, Adam and the learning-rate schedule."""

from __future__ import annotations

import math

import pytest

from moongrad import SGD, Adam, Value, linear_decay
from moongrad.optim import ConstantRate, LinearDecay, State


def test_linear_decay_equals_the_schedule_of_micrograd():
    rate = linear_decay(1.0, 0.1, 100)
    assert [rate(k) for k in range(100)] == [1.0 - 0.9 * k / 100 for k in range(100)]
    assert rate(1000) == 0.1


def test_sgd_moves_against_the_gradient():
    parameter = Value(1.0)
    parameter.grad = 2.0
    SGD(lambda step: 0.1 * (step + 1)).update([parameter], step=1)
    assert parameter.data == 1.0 - 0.2 * 2.0


@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [
        (SGD(0.1), "SGD", {"lr": 0.1}),
        (SGD(0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
        (Adam(0.1), "Adam", {"lr": 0.1}),
        (Adam(0.1, 0.8, 0.9, 1e-4), "Adam",
         {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-4}),
    ],
    ids=["SGD", "momentum", "Adam", "Adam with other betas"],
)  # fmt: skip
def test_parameters_move_as_with_pytorch(ours, theirs, options):
    torch = pytest.importorskip("torch", reason="pip install moongrad[oracle]")
    parameters = [Value(1.0), Value(-2.0)]
    tensor = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([tensor], **options)
    for step in range(10):
        gradients = [p.data**3 - step for p in parameters]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        tensor.grad = torch.tensor(gradients, dtype=torch.float64)
        ours.update(parameters, step)
        optimizer.step()
        assert [p.data for p in parameters] == pytest.approx(tensor.tolist(), rel=1e-12)


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_learning_rate_out_of_range_raises_an_error(rate):
    with pytest.raises(ValueError, match="learning rate must be a finite number above"):
        SGD(rate)
    with pytest.raises(ValueError, match="learning rate must be a finite number above"):
        linear_decay(rate, 1.0, 10)


def test_schedule_of_no_steps_raises_an_error():
    with pytest.raises(ValueError, match="linear_decay needs steps >= 1, got steps=0"):
        linear_decay(1.0, 0.1, 0)


def test_optimizer_called_by_hand_remembers_the_parameters_of_one_model():
    optimizer = SGD(0.1, momentum=0.5)
    p = Value(1.0)
    p.grad = 1.0
    optimizer.update([p], 0)
    optimizer.update([p], 1)
    assert p.data == pytest.approx(1 - 0.1 - 0.15)
    with pytest.raises(ValueError, match="this SGD remembers other parameters"):
        optimizer.update([Value(1.0)], 2)


def test_state_that_is_given_is_used_and_changed():
    optimizer, state, p = Adam(0.1), State(1), Value(1.0)
    p.grad = 2.0
    optimizer.update([p], 0, state)
    twin = state.copy()
    assert (twin.s, twin.t) == (state.s, state.t) != ([0.0], [0.0])
    optimizer.update([p], 1, state)
    assert twin.s != state.s
    with pytest.raises(ValueError, match="this state is one of 3 parameters, got 1"):
        optimizer.update([p], 0, State(3))


def test_schedules_know_their_numbers():
    constant, decay = SGD(0.5).learning_rate, linear_decay(1.0, 0.1, 10)
    assert isinstance(constant, ConstantRate) and constant.rate == 0.5
    assert isinstance(decay, LinearDecay)
    assert (decay.start, decay.end, decay.steps) == (1.0, 0.1, 10)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: SGD("0.1"), TypeError, "a learning rate must be a number, got '0.1'"),
        (lambda: SGD(0.1, momentum=1), ValueError, "momentum must be from 0 up to"),
        (lambda: Adam(beta2=-0.1), ValueError, "beta2 must be from 0 .* got -0.1"),
        (
            lambda: Adam(epsilon=0),
            ValueError,
            "epsilon must be a finite number",
        ),
        (lambda: linear_decay(0, 1, 5), ValueError, "finite number above 0, got 0"),
    ],
)
def test_settings_out_of_range_raise_an_error(make, kind, message):
    with pytest.raises(kind, match=message):
        make()
