"""The steps of a backward pass, nudging, DOT source and drawings in notebooks."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from graphs import EVERYTHING, by_method, graphs
from hypothesis import given

from builder.diagrams import PACKAGE
from moongrad import Value
from moongrad.engine import topological_order
from moongrad.graph import backward_steps, nudge, to_dot


@given(graphs(EVERYTHING))
def test_steps_add_up_to_the_gradients_of_backward(graph):
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


def test_every_edge_is_one_step_and_follows_all_steps_into_its_node():
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


def test_sentence_gives_the_numbers():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    product = a * b
    product.label = "product"
    (first, second) = backward_steps(product)
    assert first.sentence == (
        "product changes by -3 per unit of a. Times the gradient of product, 1, "
        "that’s -3 for a."
    )
    assert second.sentence.startswith("product changes by 2 per unit of b.")


def test_sentence_says_whether_a_gradient_is_added_or_overwritten():
    a = Value(3.0, label="a")
    for accumulate, end in (
        (True, "that’s 1. Added to the 1 that a already has: 2."),
        (False, "that’s 1. It overwrites the 1 that a had."),
    ):
        first, second = backward_steps(a + a, accumulate=accumulate)
        assert first.sentence.endswith("that’s 1 for a.")
        assert second.sentence.endswith(end)


def test_value_that_does_not_wait_passes_on_too_little():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    h = a * b
    h.label = "h"
    root = h + h * h
    grads = {step.input.label: step.grad for step in backward_steps(root, wait=False)}
    assert (grads["a"], grads["b"]) == (3.0, 2.0)
    root.backward()
    assert (a.grad, b.grad) == (39.0, 26.0)
    late = [step for step in backward_steps(root, wait=False) if step.is_late]
    assert [step.input for step in late] == [h, h]
    assert late[0].sentence.endswith("Too late: h has already passed its gradient on.")
    assert not any(step.is_late for step in backward_steps(root))


def test_order_does_not_matter_where_nothing_computed_is_used_twice():
    a, b = Value(2.0), Value(3.0)
    root = (a * b + a).tanh()
    gradients = [
        {step.input: step.grad for step in backward_steps(root, wait=wait)}
        for wait in (True, False)
    ]
    assert gradients[0] == gradients[1]


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
    inside = text.split(" | data")[0]
    assert "\n" not in line
    bare = inside.replace("\\\\", "")
    for character in '"{}|<>':
        assert bare.count(character) == bare.count(f"\\{character}")


def lecture():
    """Return the result and one input of the expression in the lecture."""
    a, b, c, f = (
        Value(x, label=n) for x, n in ((2, "a"), (-3, "b"), (10, "c"), (-2, "f"))
    )
    e = a * b
    d = e + c
    root = d * f
    for value, label in ((e, "e"), (d, "d"), (root, "L")):
        value.label = label
    return root, a


def test_nudge_gives_the_digits_of_the_lecture():
    root, a = lecture()
    assert (nudge(root, a, 0.0001) - root.data) / 0.0001 == 6.000000000021544


def test_nudge_agrees_with_every_gradient_and_changes_no_value():
    root, _ = lecture()
    root.backward()
    before = [(value.data, value.grad) for value in topological_order(root)]
    for value in topological_order(root):
        difference = (nudge(root, value, 1e-6) - root.data) / 1e-6
        assert difference == pytest.approx(value.grad, rel=1e-6)
    after = [(value.data, value.grad) for value in topological_order(root)]
    assert after == before


def test_overwriting_instead_of_adding_is_wrong_only_for_shared_values():
    a = Value(3.0, label="a")
    assert [s.grad for s in backward_steps(a + a)] == [1.0, 2.0]
    assert [s.grad for s in backward_steps(a + a, accumulate=False)] == [1.0, 1.0]
    root, _ = lecture()
    assert backward_steps(root) == backward_steps(root, accumulate=False)


def test_local_derivatives_are_written_on_their_edges():
    a = Value(3.0, label="a")
    root = a * a
    dot = to_dot(root, local_derivatives={(root, 0): 3.0})
    assert dot.count('n0 -> o1 [label="× 3"];') == 1
    assert dot.count("n0 -> o1;") == 1


@pytest.fixture
def dot_program(tmp_path, monkeypatch):
    """Put a program `dot`, made of the npm package, on an otherwise empty PATH."""
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    script = tmp_path / "dot.mjs"
    script.write_text(
        f"""import {{ readFileSync }} from "node:fs";
        import {{ instance }} from "{(PACKAGE / "dist" / "viz.js").as_uri()}";
        const text = readFileSync(0, "utf8");
        const graphviz = await instance();
        process.stdout.write(graphviz.renderString(text, {{ format: "svg" }}));
        """
    )
    program = tmp_path / "dot"
    program.write_text(f'#!/bin/sh\nexec "{node}" "{script}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_notebook_shows_the_drawing_with_graphviz(dot_program):
    root, _ = lecture()
    svg = root._repr_svg_()
    assert "<svg" in svg
    assert svg.count('class="node"') == 7 + 3
    assert ">data 4.0000<" in svg


def test_notebook_shows_text_without_the_program_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lecture()[0]._repr_svg_() is None


def test_notebook_shows_text_without_the_package_graphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    assert lecture()[0]._repr_svg_() is None


# --- values that were made by hand ----------------------------------------------------


def cube(x):
    """Return the cube of a value, made by hand."""
    out = Value(x.data**3, (x, x, x), "cube")
    out._backward = lambda: setattr(x, "grad", x.grad + 3 * x.data**2 * out.grad)
    return out


def test_steps_through_a_value_made_by_hand_leave_gradients_alone():
    x = Value(2.0, label="x")
    root = cube(x) * 5
    root.backward()
    steps = backward_steps(root)
    assert [(s.input, s.local) for s in steps[2:]] == [(x, 12.0), (x, 0.0), (x, 0.0)]
    assert steps[-1].grad == x.grad == 60.0
    assert root.grad == 1.0


def test_nudge_refuses_a_value_made_by_hand():
    x = Value(2.0)
    with pytest.raises(
        TypeError, match=r"'cube' was made by hand.* Make it an Operation"
    ):
        nudge(cube(x), x, 1e-6)


def test_value_made_by_hand_is_drawn_with_its_symbol():
    assert '[shape=circle, label="cube"]' in to_dot(cube(Value(2.0)))


# --- large graphs ---------------------------------------------------------------------


def test_depth_leaves_out_what_is_farther_away():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    c.label = "c"
    root = c + a
    whole, near, nothing = (to_dot(root, depth=d) for d in (None, 1, 0))
    assert whole == to_dot(root, depth=5)
    assert '"a | data' in near
    assert '"b | data' not in near
    assert near.count('label="…"') == 1  # in place of what made c
    assert nothing.count("record") == 1
    with pytest.raises(ValueError, match="to_dot needs depth >= 0, got depth=-1"):
        to_dot(root, depth=-1)


def test_value_that_is_near_and_far_is_drawn_once():
    a = Value(2.0, label="a")
    b = a * a
    root = b + b * a  # a is one operation away from b * a, and two by way of b
    dot = to_dot(root, depth=2)
    assert dot.count('label="a |') == 1
    assert dot.count("-> n0") == 0


def test_notebook_counts_a_graph_that_nobody_could_read(monkeypatch):
    sources = []

    class Source:
        def __init__(self, dot):
            sources.append(dot)

        def pipe(self, **options):
            return "<svg>"

    monkeypatch.setattr("graphviz.Source", Source)
    small = sum((Value(1.0) for _ in range(200)), Value(0.0))
    large = sum((Value(1.0) * 2 for _ in range(300)), Value(0.0))
    assert small._repr_svg_() == large._repr_svg_() == "<svg>"
    assert sources[0] == to_dot(small)
    assert "1,201 values: 300 × *, 300 × +" in sources[1]
    assert "to_dot(value, depth=3)" in sources[1]
    assert sources[1].count("shape=record") == 1
