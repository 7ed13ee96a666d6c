"""The steps of a backward pass, and the source of a drawing."""

from __future__ import annotations

import pytest
from graphs import EVERYTHING, by_method, graphs
from hypothesis import given

from moongrad import Value
from moongrad.engine import topological_order
from moongrad.graph import backward_steps, to_dot


@given(graphs(EVERYTHING))
def test_steps_add_up_to_what_backward_gives(graph):
    leaves, result = by_method(Value).run(graph)
    before = [(v.data, v.grad) for v in topological_order(result)]
    steps = backward_steps(result)
    assert [(v.data, v.grad) for v in topological_order(result)] == before
    result.backward()
    last = {step.input: step.grad for step in steps}
    for value, grad in last.items():
        assert value.grad == grad  # the same bits: the same order
    for leaf in leaves:
        assert leaf.grad == last.get(leaf, leaf.grad)


def test_every_edge_is_one_step_after_all_of_its_nodes_gradient_is_there():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    square = a * a
    result = square * b + a
    steps = backward_steps(result)
    assert len(steps) == 6
    assert [step.position for step in steps if step.node is square] == [0, 1]
    for k, step in enumerate(steps):
        later = [other.input for other in steps[k:]]
        assert step.node not in later
        assert step.outgoing == step.local * step.incoming


def test_sentence_tells_the_numbers():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    product = a * b
    product.label = "product"
    (first, second) = backward_steps(product)
    assert first.sentence == (
        "a changes the result by -3 through product, times the 1 that product has: "
        "-3 is added, which makes -3."
    )
    assert second.sentence.startswith("b changes the result by 2 through product")


def test_leaf_has_no_steps():
    assert backward_steps(Value(1.0)) == []


def test_deep_graph_needs_no_recursion():
    value = Value(1.0)
    for _ in range(20_000):
        value = value + 1.0
    assert backward_steps(value)[-1].grad == 1.0
    assert to_dot(value).count("shape=circle") == 20_000


def test_dot_has_a_node_for_each_value_and_operation_and_an_edge_for_each_use():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    result = (a * b + a).tanh()
    result.backward()
    lines = to_dot(result).splitlines()
    assert lines[0] == "digraph {" and lines[-1] == "}"
    assert lines[1] == "  rankdir=LR;"
    assert sum("shape=record" in line for line in lines) == 5
    assert sum("shape=circle" in line for line in lines) == 3
    assert sum("->" in line for line in lines) == 5 + 3
    assert f"grad {a.grad:.4f}" in lines[2]


@pytest.mark.parametrize("label", ['"', "\\", "{x}", "a|b", "<b>", "two\nlines"])
def test_dot_escapes_labels(label):
    line = to_dot(Value(1.0, label=label)).splitlines()[2]
    text = line[line.index('label="') + 7 : line.rindex('"')]
    inside = text[2:].split(" | data")[0]
    assert "\n" not in line
    bare = inside.replace("\\\\", "")
    for character in '"{}|<>':
        assert bare.count(character) == bare.count(f"\\{character}")
