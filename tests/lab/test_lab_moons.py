"""The moons by a visitor's engine: figures while it trains, and comparisons."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.lab.cells import Desk
from tests.lab.visitor import ENGINE, NETWORK, TRAINING

from lab.board import find_losses
from lab.network import find_layout, read_numbers
from moongrad import MLP, make_moons


@pytest.fixture
def desk():
    desk = Desk()
    desk.run(ENGINE + NETWORK + TRAINING)
    assert desk.is_good
    return desk


def pictures(told, name):
    return [m for m in told if m["kind"] == "picture" and m["name"] == name]


def test_the_data_are_those_of_the_moons_page(desk):
    points, labels = make_moons(100, noise=0.1, seed=1337)
    assert desk.session.namespace["points"] == points
    assert desk.session.namespace["labels"] == labels


def test_our_losses_are_those_of_the_lesson():
    losses = find_losses()
    assert len(losses) == 100
    assert losses[0] == pytest.approx(0.8958441028683222, abs=1e-9)
    assert losses[-1] == pytest.approx(0.0110, abs=1e-4)


def test_each_step_of_an_interpreted_run_is_drawn(desk):
    told = desk.run(
        "import time\nfor step in range(4):\n    end = time.perf_counter() + 0.2\n"
        "    while time.perf_counter() < end:\n        pass\n"
        "    moons.show(step, 0.5 / (step + 1), 0.5, model)"
    )
    kinds = [m["kind"] for m in told]
    assert kinds == ["progress", "picture", "picture"] * 4
    assert [m["done"] for m in told if m["kind"] == "progress"] == [1, 2, 3, 4]
    assert {m["of"] for m in told if m["kind"] == "progress"} == {100}


def test_a_visitors_run_is_shown_beside_ours(desk):
    told = desk.run("train(2)\nmoons.compare(losses)")
    boundary, loss = pictures(told, "boundary")[-1], pictures(told, "loss")[-1]
    assert (boundary["width"], boundary["height"]) == (480, 384)
    assert "among 100 points of two classes" in boundary["text"]
    assert "at step 1" in loss["text"]
    assert "Ours ends at 0.011 at step 99" in loss["text"]
    (said,) = [m["text"] for m in told if m["kind"] == "text"]
    assert said.startswith("Your 2 losses are ours")


def test_quick_steps_are_drawn_seldom_and_the_last_one_is(desk):
    told = desk.run("for step in range(100):\n    moons.show(step, 0.5, 1.0, model)")
    drawn = pictures(told, "loss")
    assert 2 <= len(drawn) < 60
    assert "at step 99" in drawn[-1]["text"]
    assert told[-1]["kind"] == "picture"


def test_a_picture_stays_as_it_was_told(desk):
    (picture,) = pictures(desk.run("moons.show(0, 0.5, 0.5, model)"), "boundary")
    before = bytes(picture["pixels"])
    desk.run("for p in model.parameters():\n    p.data = -p.data")
    (other,) = pictures(desk.run("moons.show(1, 0.5, 0.5, model)"), "boundary")
    assert bytes(other["pixels"]) != before
    assert bytes(picture["pixels"]) == before
    assert len(before) == 4 * 480 * 384


def test_a_second_run_begins_anew_and_sessions_share_nothing(desk):
    desk.run("moons.show(0, 0.9, 0.5, model)\nmoons.show(1, 0.8, 0.5, model)")
    told = desk.run("moons.show(0, 0.7, 0.5, model)")
    (loss,) = pictures(told, "loss")
    assert "goes from 0.7 at step 0 to 0.7 at step 0" in loss["text"]
    other = Desk()
    other.run(ENGINE + NETWORK + TRAINING)
    (loss,) = pictures(other.run("moons.show(5, 0.6, 0.5, model)"), "loss")
    assert "goes from 0.6 at step 5" in loss["text"]


def test_a_run_that_diverges_is_drawn(desk):
    told = desk.run(
        "for k, loss in enumerate((1.0, 1e30, float('inf'), float('nan'))):\n"
        "    moons.show(k, loss, 0.5, model)\n"
        "for p in model.parameters():\n    p.data = float('nan')\n"
        "moons.show(4, 0.1, 0.5, model)"
    )
    assert desk.is_good
    assert pictures(told, "boundary")


def test_losses_that_part_are_said(desk):
    desk.run("from lab.board import find_losses\nours = list(find_losses())")
    said = desk.printed("moons.compare(ours)")
    assert said == "Your 100 losses are ours, to the last bit.\n"
    said = desk.printed("moons.compare([loss + 1e-12 for loss in ours])")
    assert said.startswith("Your 100 losses are ours: they differ by 1e-12 at most")
    told = desk.run("ours[7] += 0.5\nours[9] += 0.75\nmoons.compare(ours)")
    (said,) = [m["text"] for m in told if m["kind"] == "text"]
    assert said.startswith("Your losses and ours part at step 7: yours is ")
    assert said.endswith("The largest difference is 0.75, at step 9.\n")
    said = desk.printed("moons.compare([float('nan')])")
    assert "part at step 0: yours is nan" in said


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("moons.compare([])", "at least one step"),
        ("moons.compare([Value(0.5)])", "Hand over its data"),
        ("moons.show(0, Value(0.5), 1.0, model)", "Hand over its data"),
        ("moons.show(0, 0.5, 'all', model)", "accuracy"),
        ("moons.show(0, 0.5, 1.0, 7)", "can be called and has parameters()"),
    ],
)
def test_bad_arguments_are_an_error_in_words(desk, code, part):
    assert part in desk.sentence(code)


# --- the visitor's network ------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[16, 16, 1], [1], [3, 1]])
@pytest.mark.parametrize(
    "look",
    [{}, {"activation": "tanh"}, {"activation": "tanh", "output": "tanh"}],
    ids=range(3),
)
def test_the_layout_of_a_network_is_found(sizes, look):
    model = MLP(2, sizes, bias="uniform", rng=random.Random(1), **look)
    layout = find_layout(model)
    rows = np.random.RandomState(0).uniform(-2, 2, (50, 2))
    expected = [model.predict(row)[0] for row in rows]
    assert layout.score(read_numbers(model), rows) == pytest.approx(expected, rel=1e-9)


def test_a_bias_before_its_weights_is_found():
    class Turned(MLP):
        def parameters(self):
            neurons = [n for layer in self.layers for n in layer.neurons]
            return [p for n in neurons for p in (n.b, *n.w)]

    model = Turned(2, [4, 1], bias="uniform", rng=random.Random(2))
    assert find_layout(model).is_bias_first


def test_another_network_is_drawn_by_its_own_engine(desk):
    desk.run(
        "class Other:\n"
        "    def __init__(self):\n        self.w = [Value(0.3), Value(-0.4)]\n"
        "    def parameters(self):\n        return self.w\n"
        "    def __call__(self, x):\n"
        "        return [(self.w[0] * x[0] + self.w[1] * x[1]).tanh()]"
    )
    told = desk.run(
        "other = Other()\nfor k in range(3):\n    moons.show(k, 1, 1, other)"
    )
    said = [m["text"] for m in told if m["kind"] == "text"]
    assert len(said) == 1
    assert "its own engine draws the plane, more coarsely: 196 scores" in said[0]
    drawn = pictures(told, "boundary")[-1]["pixels"]
    assert len(set(np.frombuffer(drawn, np.uint32))) > 50


def test_a_model_that_fails_is_the_visitors_error(desk):
    desk.run("class Bad(MLP):\n    def __call__(self, x):\n        return x.score")
    error = desk.error("moons.show(0, 1.0, 1.0, Bad(2, [1]))")
    assert error["line"] == 1
    assert "return x.score" in error["text"]
    assert "board.py" not in error["text"]


# --- how fast -------------------------------------------------------------------------


def test_the_race_is_measured_and_changes_nothing(desk):
    desk.run("model = MLP(2, [6, 1])")
    desk.run("before = [(p.data, p.grad) for p in model.parameters()]")
    said = desk.printed("moons.race(model)")
    assert "times as fast. Both give the same loss." in said
    ratio = int(said.split("compiled it: ")[1].split(" ")[0].replace(",", ""))
    assert ratio > 10
    desk.run("after = [(p.data, p.grad) for p in model.parameters()]")
    space = desk.session.namespace
    assert space["before"] == space["after"]


def test_the_race_says_what_an_engine_lacks():
    desk = Desk()
    desk.run(ENGINE.replace("self._op = _op", "pass") + NETWORK + TRAINING)
    said = desk.printed("moons.race(MLP(2, [2, 1]))")
    assert "It can’t be compiled: Value has no _op" in said


def test_ours_in_a_cell_are_drawn_too():
    desk = Desk()
    told = desk.run(
        "from lab import moons\nfrom moongrad import MLP\n"
        "moons.show(0, 0.5, 0.5, MLP(2, [16, 16, 1]))"
    )
    assert desk.is_good
    assert len(pictures(told, "boundary")) == 1
