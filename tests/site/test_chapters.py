"""Every chapter shows the numbers of its text and handles bad input."""

from __future__ import annotations

import math

import pytest
from demo import (
    open_ready,
    press,
    read_number,
    read_output,
    read_records,
    read_rows,
    set_option,
    to_number,
    wait_for_figures,
    wait_for_output,
    wait_for_state,
)

from figures.network_layout import NetworkLayout
from network import missing
from pages import examples, regression
from stored import ask_pytorch

# --- 1 Slope -------------------------------------------------------------------------


@pytest.fixture
def slope(share_page):
    return share_page("slope.html")


def test_slope_shows_the_numbers_of_the_text(slope):
    set_option(slope, "h", 0.001)
    wait_for_output(slope, "fxh", "20.014003")
    assert read_output(slope, "fx") == "20"
    assert read_output(slope, "slope") == "14.003"
    assert read_output(slope, "exact") == "14"
    set_option(slope, "x", -2)
    wait_for_output(slope, "fx", "25")
    assert read_output(slope, "fxh") == "24.984003"
    assert read_output(slope, "exact") == "−16"
    set_option(slope, "x", 2 / 3)
    wait_for_output(slope, "exact", "0")
    slope.click("text=5x − 9")
    wait_for_output(slope, "exact", "5")
    assert read_output(slope, "fx") == "−4"


def test_error_falls_with_the_nudge_and_rises_again(slope):
    set_option(slope, "h", "1e-16")
    wait_for_output(slope, "slope", "0")
    set_option(slope, "h", 1)
    wait_for_output(slope, "fxh", "37")
    press(slope, "play")
    wait_for_state(slope, "done")
    errors = [record["error"] for record in read_records(slope)]
    assert len(errors) == 33
    best = errors.index(min(errors))
    assert 10 < best < 24
    assert errors[0] > errors[5] > errors[10] > errors[best] * 10
    assert errors[-1] > 1e4 * errors[best]
    assert "drowns in rounding" in slope.inner_text("[role=status]")


def test_table_has_the_derivative_of_every_input(slope):
    rows = read_rows(slope, "inputs")
    assert [rows[name][2] for name in "abc"] == ["−3", "2", "1"]
    assert [to_number(rows[name][1]) for name in "abc"] == pytest.approx(
        [-3, 2, 1], rel=1e-6
    )
    assert read_output(slope, "d") == "4"
    set_option(slope, "a", 5)
    wait_for_output(slope, "d", "−5")
    assert read_rows(slope, "inputs")["b"][2] == "5"


def test_point_moves_along_the_curve_by_keyboard(open_page):
    slope = open_ready(open_page, "slope.html")
    canvas = slope.locator('canvas[data-figure="curve"]')
    canvas.focus()
    slope.keyboard.press("PageDown")
    for _ in range(20):
        slope.keyboard.press("ArrowLeft")
    slope.keyboard.press("Tab")
    slope.wait_for_function(  # 20 moves of 4 pixels; slope, field and address agree
        """() => {
          const x = document.getElementById("x").value;
          const exact = document.querySelector("output[name=exact]").textContent;
          const isExact = Math.abs(exact.replace("−", "-") - (6 * x - 4)) < 1e-6;
          return x < 1.7 && isExact && location.search === `?x=${x}`;
        }"""
    )


def photograph(canvas):
    """Return a screenshot of a figure once it no longer changes."""
    last = None
    while last != (now := canvas.screenshot()):
        last = now
    return now


BAD_FORMULAS = [  # text, column, part of the message
    ("3*x +", 6, "missing or too much"),
    ("3*y", 3, "there is no y here, only x"),
    ("x = 3", 1, "x has a field of its own"),
    ("__import__('os').system('ls')", 1, "functions are"),
    ("(" * 10_000 + "x" + ")" * 10_000, 201, "at most 200 characters"),
    ("x**x**x", 7, "exponent is a number"),
    ("1 / (x - 3)", 6, "divisor other than 0"),
    ("log(x - 3)", 5, "log needs a number above 0"),
]


def test_bad_formula_is_marked_at_its_column_and_the_figure_stays(slope):
    canvas = slope.locator('canvas[data-figure="curve"]')
    before = photograph(canvas)
    for text, column, part in BAD_FORMULAS:
        slope.fill("#formula", text)
        slope.press("#formula", "Enter")
        problem = slope.locator("#formula-problem")
        slope.wait_for_function(
            """part => document.querySelector("#formula-problem")
                 .textContent.includes(part)""",
            arg=part,
        )
        assert f"column {column}: " in problem.text_content()
        marked = problem.locator("mark").text_content()
        assert marked == (text[column - 1] if column <= len(text) else " ")
        assert slope.get_attribute("main", "data-state") == "error"
        assert read_output(slope, "exact") == "14"
        slope.evaluate("document.activeElement.blur()")
        assert photograph(canvas) == before
    slope.fill("#formula", "x**3")
    slope.press("#formula", "Enter")
    wait_for_output(slope, "exact", "27")
    wait_for_state(slope, "ready")
    assert slope.is_hidden("#formula-problem")


# --- 2 Graph -------------------------------------------------------------------------


@pytest.fixture
def graph(share_page):
    page = share_page("graph.html")
    page.wait_for_selector("figure.diagram[data-live]")
    wait_for_output(page, "step", "0 / 7")
    return page


def gradients(page):
    rows = read_rows(page, "gradients")
    return {name: row[1] for name, row in rows.items()}


def test_steps_show_one_gradient_each_and_back_hides_it(graph):
    seen = []
    for _ in range(7):
        press(graph, "step")
        wait_for_output(graph, "step", f"{len(seen) + 1} / 7")
        new = {k for k, v in gradients(graph).items() if v != "–"} - {
            k for k, _ in seen
        }
        (name,) = new
        seen.append((name, gradients(graph)[name]))
    expected = [("L", "1"), ("d", "−2"), ("f", "4"), ("e", "−2"), ("c", "−2")]
    assert seen == [*expected, ("a", "6"), ("b", "−4")]
    assert read_output(graph, "sentence") == (
        "e changes by 2 per unit of b. Times the gradient of e, −2, that’s −4 for b."
    )
    wait_for_state(graph, "done")
    for k in (6, 5):
        press(graph, "back")
        wait_for_output(graph, "step", f"{k} / 7")
    assert gradients(graph)["a"] == gradients(graph)["b"] == "–"
    assert len(read_records(graph)) == 5
    for k in range(4, -1, -1):
        press(graph, "back")
        wait_for_output(graph, "step", f"{k} / 7")
    wait_for_state(graph, "ready")
    assert graph.is_disabled("button[name=back]")
    press(graph, "step")
    wait_for_output(graph, "step", "1 / 7")


def test_check_by_nudging_has_the_digits_of_the_text(graph):
    rows = read_rows(graph, "gradients")
    assert rows["a"][2] == "6"
    graph.click("text=All digits")
    assert read_rows(graph, "gradients")["a"][2] == "6.000000000021544"
    press(graph, "step")
    wait_for_output(graph, "step", "1 / 7")
    assert read_rows(graph, "gradients")["a"][2] == "6.000000000021544"
    graph.click("text=All digits")
    assert read_rows(graph, "gradients")["a"][2] == "6"
    press(graph, "back")
    assert [rows[name][0] for name in "edL"] == ["−6", "4", "−8"]
    assert read_output(graph, "result") == "L = −8"
    assert read_output(graph, "nudged") == "−7.286496"


def test_diagram_highlights_the_current_edge(graph):
    box = '[data-diagram="expression"]'
    texts = graph.locator(f"{box} g.node text").all_text_contents()
    assert texts.count("grad 0.0000") == 7
    assert {"a", "b", "c", "d", "e", "f", "L", "*", "+", "data -6.0000"} <= set(texts)
    for k in range(1, 4):
        press(graph, "step")
        wait_for_output(graph, "step", f"{k} / 7")
    edge = graph.locator(f"{box} g.edge.active")
    assert edge.count() == 1
    assert edge.locator("text").text_content() == "× 4"  # dL/df = d
    assert graph.locator(f"{box} g.node.active").count() == 3
    assert "Gradients so far: L 1, f 4, d −2" in graph.get_attribute(box, "aria-label")
    assert "grad 4.0000" in graph.locator(f"{box} text").all_text_contents()


def test_play_makes_every_step_and_can_be_paused(graph):
    press(graph, "play")
    wait_for_output(graph, "step", "2 / 7")
    press(graph, "play")
    wait_for_state(graph, "paused")
    press(graph, "play")
    wait_for_state(graph, "done")
    assert gradients(graph)["a"] == "6"


def test_overwritten_gradient_is_wrong_and_added_gradient_is_right(graph):
    for button, gradient, word in (
        ("With the bug", "1", "It overwrites the 1 that a had."),
        ("Without it", "2", "Added to the 1 that a already has: 2."),
    ):
        graph.click(f"text={button}")
        wait_for_output(graph, "result", "b = 6")
        wait_for_state(graph, "running")  # by itself
        wait_for_state(graph, "done")
        rows = read_rows(graph, "gradients")
        assert rows["a"][1] == gradient
        assert word in read_output(graph, "sentence")
        assert to_number(rows["a"][2]) == pytest.approx(2, rel=1e-9)


BAD_GRAPHS = [  # formula, numbers, option with the error, column, part of the message
    ("a*", "a=2", "formula", 3, "missing or too much"),
    ("a*q", "a=2", "formula", 3, "no number called q"),
    ("x**x**x", "x=2", "formula", 7, "exponent is a number"),
    ("a/b", "a=2, b=0", "formula", 3, "divisor other than 0"),
    ("log(a)", "a=0", "formula", 5, "log needs"),
    ("a", "a=2", "formula", 1, "computes nothing"),
    ("a**0.5", "a=0", "formula", 0, "no finite slope"),
    ("exp(exp(a))", "a=9", "formula", 0, "too large"),
    ("a*2", "a=two", "numbers", 1, "not a name, =, and a number"),
    ("a*2", "a=2, a=3", "numbers", 6, "a number already"),
    ("a*2", "a=2,, b=3", "numbers", 5, "not a name"),
]


def test_bad_formula_keeps_the_previous_graph(graph):
    for formula, numbers, option, column, part in BAD_GRAPHS:
        graph.fill("#formula", "q")  # an error with any numbers
        graph.press("#formula", "Enter")
        graph.evaluate("document.querySelector('#numbers').value = ''")
        graph.fill("#numbers", numbers)
        graph.fill("#formula", formula)
        graph.press("#formula", "Enter")
        problem = graph.locator(f"#{option}-problem", has_text=part)
        if column:
            problem = problem.filter(has_text=f"column {column}: ")
        problem.wait_for()
        assert ("column " in problem.text_content()) == bool(column)
        assert problem.locator("mark").count() == bool(column)
        assert graph.get_attribute("main", "data-state") == "error"
        assert read_output(graph, "result") == "L = −8"
        assert graph.locator("g.node").count() == 10


def test_new_formula_draws_a_new_graph(graph):
    graph.fill("#numbers", "w=0.3, x=2")
    graph.fill("#formula", "loss = (sigmoid(w*x) - 1)**2")
    graph.press("#formula", "Enter")
    expected = (1 / (1 + math.exp(-0.6)) - 1) ** 2
    wait_for_output(graph, "result", f"loss = {expected:.10g}")
    graph.wait_for_function(
        """() => [...document.querySelectorAll("g.node text")]
             .some((text) => text.textContent === "sigmoid")"""
    )
    press(graph, "play")
    wait_for_state(graph, "done")
    assert to_number(gradients(graph)["w"]) == pytest.approx(
        to_number(read_rows(graph, "gradients")["w"][2]), rel=1e-3
    )


@pytest.mark.parametrize(
    ("path", "notice"),
    [  # the others are native, in tests/stage
        ("graph.html?formula=a*q&numbers=a=2", "no number called q"),
        ("moons.html?hidden=1,1,1,1&engine=interpreted", ""),
    ],
)
def test_odd_address_shows_a_demo_and_a_notice_of_changes(open_page, path, notice):
    page = open_page(path)
    wait_for_state(page, "ready")
    assert page.is_visible(".notices") == bool(notice)
    if notice:
        assert notice in page.inner_text(".notices")
    if not path.startswith("graph"):
        wait_for_figures(page)
    press(page, "step")
    wait_for_state(page, "paused", "done")
    assert page.is_hidden("[role=alert]")


def test_markup_in_a_formula_is_shown_as_text(open_page):
    page = open_page("graph.html?formula=<img src=x onerror=alert(1)>&numbers=<b>")
    wait_for_state(page, "ready")
    assert page.locator("img[src=x]").count() == 0
    assert page.is_visible(".notices")


def test_diagram_zooms_and_pans_by_keys_and_buttons(graph):
    box = graph.locator('[data-diagram="expression"]')

    def view():
        return [float(x) for x in box.locator("svg").get_attribute("viewBox").split()]

    whole = view()
    box.focus()
    graph.keyboard.press("+")
    assert view()[2] == pytest.approx(whole[2] / 1.25)
    graph.click('button[data-view="closer"]')
    assert view()[2] == pytest.approx(whole[2] / 1.25**2)
    box.focus()
    before = view()
    graph.keyboard.press("ArrowRight")
    assert view()[0] > before[0]
    before = view()
    bounds = box.bounding_box()
    graph.mouse.move(bounds["x"] + 300, bounds["y"] + 150)
    graph.mouse.down()
    graph.mouse.move(bounds["x"] + 340, bounds["y"] + 150)
    graph.mouse.up()
    assert view()[0] < before[0]
    graph.keyboard.press("0")
    assert view() == pytest.approx(whole)


def test_missing_graphviz_is_reported_and_the_demo_still_steps(open_page, network):
    network.faults["viz.js"] = missing
    page = open_page("graph.html", home=network.address, is_watched=False)
    wait_for_state(page, "ready")
    page.wait_for_selector("[role=alert]:not([hidden])")
    assert "The graph can’t be drawn" in page.inner_text("[role=alert]")
    press(page, "step")
    wait_for_output(page, "step", "1 / 7")
    assert gradients(page)["L"] == "1"
    assert page.locator("g.node").count() == 10  # of the diagram in the page itself


# --- 3 Neuron ------------------------------------------------------------------------


@pytest.fixture
def one_neuron(share_page):
    return share_page("neuron.html")


def run(page):
    press(page, "play")
    wait_for_state(page, "done")


def run_preset(page, text, n_steps):
    """Press a button that sets options and starts; wait for the end of that run."""
    page.evaluate("document.querySelector('[data-records] tbody').replaceChildren()")
    page.click(f"button.try:has-text('{text}')")
    page.wait_for_function(
        "n => document.querySelectorAll('[data-records] tbody tr').length === n",
        arg=n_steps,
    )
    wait_for_state(page, "done")


def test_neuron_shows_the_numbers_of_the_text(one_neuron):
    assert read_output(one_neuron, "n") == "0.8813735870195432"
    assert read_output(one_neuron, "o") == "0.7071067811865476"
    expected = {"n": "0.5", "x1": "−1.5", "w1": "1", "x2": "0.5", "w2": "0"}
    skip_to_the_end(one_neuron)
    assert {name: gradients(one_neuron)[name] for name in expected} == expected
    set_option(one_neuron, "b", 6)
    wait_for_output(one_neuron, "o", "0")
    skip_to_the_end(one_neuron)
    expected = {"n": "1", "x1": "−3", "w1": "2", "x2": "1", "w2": "0"}
    assert {name: gradients(one_neuron)[name] for name in expected} == expected


def skip_to_the_end(page):
    """Press Forward until there is nothing ahead."""
    length = int(read_output(page, "step").split("/")[1])
    for k in range(length):
        press(page, "step")
        wait_for_output(page, "step", f"{k + 1} / {length}")


def test_tanh_from_exp_has_a_longer_graph_and_the_same_gradients(one_neuron):
    one_neuron.wait_for_selector("figure.diagram[data-live]")
    n_nodes = one_neuron.locator("g.node").count()
    skip_to_the_end(one_neuron)
    names = ("n", "x1", "w1", "x2", "w2", "b")
    before = [to_number(gradients(one_neuron)[name]) for name in names]
    one_neuron.select_option("#form", "composite")
    one_neuron.wait_for_function(
        "n => document.querySelectorAll('g.node').length > n", arg=n_nodes
    )
    assert to_number(read_output(one_neuron, "o")) == pytest.approx(math.sqrt(0.5))
    skip_to_the_end(one_neuron)
    after = [to_number(gradients(one_neuron)[name]) for name in names]
    assert after == pytest.approx(before, rel=1e-9)
    one_neuron.select_option("#activation", "relu")
    one_neuron.wait_for_selector("#form-problem:not([hidden])")
    assert "Only tanh can be spelled out" in one_neuron.inner_text("#form-problem")


@pytest.mark.parametrize(
    ("activation", "output", "derivative"),
    [("relu", 0.8813735870195432, 1.0), ("linear", 0.8813735870195432, 1.0),
     ("sigmoid", math.sqrt(0.5), math.sqrt(0.5) - 0.5)],
)  # fmt: skip
def test_other_activations_show_their_output_and_gradient(
    one_neuron, activation, output, derivative
):
    one_neuron.select_option("#activation", activation)
    one_neuron.wait_for_function(
        """o => Math.abs(Number(document.querySelector(
             "output[name=o]").textContent) - o) < 1e-6""",
        arg=output,
    )
    skip_to_the_end(one_neuron)
    assert to_number(gradients(one_neuron)["n"]) == pytest.approx(derivative, rel=1e-5)
    wait_for_figures_of_activation(one_neuron, activation)


def wait_for_figures_of_activation(page, activation):
    page.wait_for_function(
        """name => document.querySelector('canvas[data-figure="activation"]')
             .getAttribute("aria-label").includes(`The neuron, ${name}, is at n`)""",
        arg=activation,
    )


def test_table_shows_the_numbers_of_pytorch_and_ours_agree(open_page):
    pytest.importorskip("torch", reason="pip install moongrad[oracle]")
    theirs = ask_pytorch()
    page = open_page("neuron.html")
    rows = page.locator("table[data-compared] tbody tr").all()
    assert len(rows) == sum(map(len, theirs.values()))
    for row in rows:
        title, name, ours, pytorch = row.locator("th, td").all_text_contents()
        assert to_number(pytorch) == pytest.approx(theirs[title][name], abs=1e-9)
        assert to_number(ours) == pytest.approx(theirs[title][name], abs=1e-9)


# --- 4 Four examples -----------------------------------------------------------------


@pytest.fixture
def four(share_page):
    return share_page("examples.html")


def test_page_trains_as_the_code_in_its_listing(four):
    assert read_output(four, "parameters") == "41"
    run(four)
    model = examples.make_model(1337)
    losses = [examples.train_step(model, 0.05) for _ in range(20)]
    shown = [record["loss"] for record in read_records(four)]
    assert shown == pytest.approx(losses, rel=1e-12)
    rows = read_rows(four, "predictions")
    assert [row[0] for row in rows.values()] == ["1", "−1", "−1", "1"]
    predictions = [model.predict(x)[0] for x in examples.XS]
    assert [to_number(row[1]) for row in rows.values()] == pytest.approx(
        predictions, abs=5e-5
    )
    assert read_number(four, "answer") == pytest.approx(
        model.predict([4, 5, -3])[0], abs=5e-5
    )


@pytest.mark.parametrize(
    ("button", "steps", "rate"),
    [("20 steps at 0.05", 20, 0.05), ("100 steps at 0.1", 100, 0.1)],
)
def test_runs_of_the_text_end_with_the_same_loss(four, button, steps, rate):
    four.click(f"text={button}")
    wait_for_output(four, "step", f"0 / {steps}")
    run(four)
    assert read_number(four, "loss") == pytest.approx(
        examples.final_loss(1337, rate, steps), abs=1e-6
    )


def test_forgotten_zero_grad_has_the_losses_that_the_page_states(four):
    run_preset(four, "zero_grad forgotten, 20 steps", 20)
    rows = read_rows(four, "treatments")
    for column, zero_grad in ((0, True), (1, False)):
        loss = examples.final_loss(1337, 0.05, 20, zero_grad)
        assert to_number(rows["20"][column]) == pytest.approx(loss, abs=5e-5)
    assert rows["50"] == ["–", "–"], "the run is not that long"
    run_preset(four, "zero_grad forgotten, 100 steps", 100)
    rows = read_rows(four, "treatments")
    assert to_number(rows["100"][1]) == pytest.approx(8, abs=0.1)
    assert to_number(rows["100"][0]) < 0.01
    records = read_records(four)
    assert records[0]["loss"] == records[0]["other"]
    assert records[2]["loss"] != records[2]["other"]
    assert "gathers speed and never slows down" in four.inner_text("main")
    figure = four.get_attribute('canvas[data-figure="loss"]', "aria-label")
    assert "dashed line" in figure
    run_preset(four, "with zero_grad, 100 steps", 100)
    assert read_number(four, "loss") == pytest.approx(
        examples.final_loss(1337, 0.1, 100), abs=1e-6
    )


def test_new_point_gets_an_answer_without_training_again(four):
    run(four)
    before = read_number(four, "answer")
    set_option(four, "new1", -4)
    four.wait_for_function(
        """before => document.querySelector("output[name=answer]")
             .textContent !== before""",
        arg=f"{before:.4f}".replace("-", "−"),
    )
    model = examples.make_model(1337)
    for _ in range(20):
        examples.train_step(model, 0.05)
    assert read_number(four, "answer") == pytest.approx(
        model.predict([-4, 5, -3])[0], abs=5e-5
    )
    assert four.get_attribute("main", "data-state") == "done"
    assert len(read_records(four)) == 20
    set_option(four, "new1", 99)
    wait_for_state(four, "error")
    set_option(four, "new1", 4)
    wait_for_state(four, "done")
    assert read_number(four, "answer") == pytest.approx(before, abs=1e-9)


def test_weight_can_be_chosen_and_edited_by_keyboard(four):
    canvas = four.locator('canvas[data-figure="network"]')
    canvas.focus()
    four.keyboard.press("ArrowRight")
    wait_for_output(four, "part", "Weight from x₁ to neuron 1 of hidden layer 1")
    for _ in range(3):
        four.keyboard.press("ArrowRight")
    wait_for_output(four, "part", "Bias of neuron 1 of hidden layer 1")
    model = examples.make_model(1337)
    bias = model.layers[0].neurons[0].b
    assert float(four.input_value("#weight")) == pytest.approx(bias.data, abs=5e-5)
    before = read_number(four, "loss")
    four.keyboard.press("Enter")
    four.keyboard.press("Control+A")
    four.keyboard.type("-3")
    four.keyboard.press("Enter")
    bias.data = -3.0
    loss = examples.compute_loss(model)
    loss.backward()
    wait_for_output(four, "loss", f"{loss.data:.6f}")
    assert read_number(four, "loss") != before
    assert read_number(four, "gradient") == pytest.approx(bias.grad, rel=1e-5, abs=1e-6)
    four.fill("#weight", "1e9")
    four.press("#weight", "Enter")
    four.wait_for_selector("#weight-problem:not([hidden])")
    assert "from -100 to 100" in four.inner_text("#weight-problem")
    assert read_output(four, "loss") == f"{loss.data:.6f}"


def test_weight_can_be_chosen_by_pointing_at_its_line(open_page):
    four = open_ready(open_page, "examples.html")
    canvas = four.locator('canvas[data-figure="network"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    seen = set()
    for k in range(12):
        four.mouse.move(
            box["x"] + box["width"] * 0.2, box["y"] + box["height"] * (0.2 + 0.05 * k)
        )
        seen.add(read_output(four, "part"))
    four.wait_for_function(
        """() => document.querySelector("output[name=part]").textContent
             .includes("from x₃")"""
    )
    four.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.75)
    press(four, "step")
    wait_for_output(four, "step", "1 / 20")  # all earlier messages have been answered
    part = read_output(four, "part")
    four.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.5)
    four.mouse.move(box["x"], box["y"] - 5)
    press(four, "step")
    wait_for_output(four, "step", "2 / 20")
    assert read_output(four, "part") == part
    set_option(four, "seed", 1)
    wait_for_output(four, "step", "0 / 20")
    assert read_output(four, "part") == part


# --- 5 Regression --------------------------------------------------------------------


@pytest.fixture
def regress(share_page):
    return share_page("regression.html")


def final_losses(seed, activation="tanh"):
    demo = regression.Demo(
        regression.OPTIONS.read(
            {
                "data_seed": str(seed),
                "weight_seed": str(seed),
                "activation": activation,
            }
        )
    )
    while not demo.is_done:
        demo.step()
    return demo.records[0].loss, demo.records[-1].loss


def test_page_shows_the_losses_of_the_same_run(regress):
    assert read_output(regress, "parameters") == "113"
    run(regress)
    first, final = final_losses(1337)
    losses = [record["loss"] for record in read_records(regress)]
    assert len(losses) == 50
    assert [losses[0], losses[-1]] == pytest.approx([first, final], rel=1e-6)
    assert read_number(regress, "loss") == pytest.approx(final, abs=5e-5)
    label = regress.get_attribute('canvas[data-figure="predictions"]', "aria-label")
    assert "100 predictions against the truth" in label


def test_regression_with_relu_and_with_summed_loss(regress):
    regress.select_option("#activation", "relu")
    run(regress)
    _, final = final_losses(1337, "relu")
    assert read_number(regress, "loss") == pytest.approx(final, abs=5e-5)
    regress.select_option("#activation", "tanh")
    run_preset(regress, "Sum at 0.0001", 50)
    summed = read_number(regress, "loss")
    run_preset(regress, "Mean at 0.01", 50)
    assert read_number(regress, "loss") == pytest.approx(summed / 100, abs=1e-3)


def test_divergence_is_explained_and_keeps_earlier_records(regress):
    regress.click("text=Let it diverge")
    wait_for_state(regress, "error")
    text = regress.inner_text("[role=alert]")
    assert "The network diverged" in text
    assert "landed higher up on the other side" in text
    assert read_records(regress), "the steps before are kept"
    regress.click("text=all defaults")
    wait_for_state(regress, "ready")


# --- 6 Moons -------------------------------------------------------------------------


def test_buttons_of_moons_change_only_the_options_they_name(share_page):
    page = share_page("moons.html")
    finals = {}
    for button, changed in {
        "Squared error at 0.05": "rate=0.05&loss=squared_error",
        "Hinge at 1": "",
        "No penalty": "penalty=0",
        "Far too much": "penalty=0.03",
        "Stays the same": "penalty=0.03&schedule=constant",
        "All defaults": "",
    }.items():
        if button == "All defaults":
            page.click(f"text={button}")
            wait_for_state(page, "ready")
        else:
            run_preset(page, button, 100)
            finals[button] = read_number(page, "loss")
        page.wait_for_function(
            """changed => String(new URLSearchParams(location.search)) === changed""",
            arg=changed,
        )
        if button == "Squared error at 0.05":
            assert read_output(page, "accuracy") == "94.0%"
    assert finals["Hinge at 1"] == 0.0110
    assert len(set(finals.values())) == 5


def test_network_of_moons_is_drawn_and_can_be_edited(share_page):
    page = share_page("moons.html")
    run(page)
    canvas = page.locator('canvas[data-figure="network"]')
    label = canvas.get_attribute("aria-label")
    assert "hidden layers of 16 and 16 neurons" in label
    assert "The large map shows hidden 1, neuron 1." in label
    before = canvas.screenshot()
    boundary = page.locator('canvas[data-figure="boundary"]')
    boundary_before = boundary.screenshot()
    canvas.focus()
    page.keyboard.press("ArrowLeft")  # the last one: the bias of the output
    wait_for_output(page, "part", "Bias of the output")
    page.fill("#weight", "50")
    page.press("#weight", "Enter")
    wait_for_output(page, "accuracy", "50.0%")
    assert canvas.screenshot() != before
    assert boundary.screenshot() != boundary_before
    assert "The large map shows output: score." in canvas.get_attribute("aria-label")


def test_map_is_shown_large_by_pointing_anywhere_inside_of_it(open_page):
    page = open_ready(open_page, "moons.html?hidden=2")
    canvas = page.locator('canvas[data-figure="network"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    layout = NetworkLayout((2, 2, 1), box["width"], box["height"], has_maps=True)
    half = 0.9 * layout.halves[1]
    for dx, dy in ((-half, -half), (half, -half), (-half, half), (0, 0)):
        for k, (x, y) in enumerate(layout.columns[1]):
            page.mouse.move(
                box["x"] + x + dx, box["y"] + box["height"] - y + dy, steps=2
            )
            wait_for_output(page, "part", f"Bias of neuron {k + 1} of hidden layer 1")
    label = canvas.get_attribute("aria-label")
    assert "The large map shows hidden 1, neuron 2." in label


@pytest.mark.parametrize("file", ["examples.html", "regression.html", "moons.html"])
def test_editor_belongs_to_the_figure_of_the_network(share_page, file):
    page = share_page(file)
    figure = page.locator("figure", has=page.locator('canvas[data-figure="network"]'))
    editor = figure.get_by_role("form", name="Selected parameter")
    assert editor.get_by_label("Value", exact=True).get_attribute("name") == "weight"
    words = editor.locator("dt").all_text_contents()
    assert words == ["Selected parameter", "Gradient", "Loss"]
    canvas, below = figure.locator("canvas").bounding_box(), editor.bounding_box()
    assert below["y"] == pytest.approx(canvas["y"] + canvas["height"], abs=2)
    assert below["width"] == pytest.approx(canvas["width"], abs=3)


# --- all of them ---------------------------------------------------------------------

CHAPTERS = ["slope", "graph", "neuron", "examples", "regression", "moons"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_exercise_judges_right_wrong_and_unreadable_answers(share_page, name):
    page = share_page(f"{name}.html")
    for form in page.locator("form.exercise").all():
        verdict = form.locator("output")
        form.locator("input").fill("12345")
        form.locator("button").click()
        assert verdict.text_content().startswith("Not yet.")
        form.locator("input").fill("what?")
        form.locator("input").press("Enter")
        assert "enter a number" in verdict.text_content()
        answer = float(form.get_attribute("data-answer"))
        form.locator("input").fill(f"{answer:.6g}".replace("-", "−"))
        form.locator("input").press("Enter")
        assert verdict.text_content().startswith("Right."), answer
    assert page.locator("form.exercise").count() >= 2


@pytest.mark.parametrize("name", CHAPTERS)
def test_listings_are_valid_python(share_page, name):
    import ast

    page = share_page(f"{name}.html")
    listings = page.locator("details.listing code").all_text_contents()
    assert listings
    for text in listings:
        ast.parse(text)


def test_links_lead_from_each_chapter_to_the_next(open_page):
    page = open_page("index.html")
    page.click("text=Start with chapter 1")
    names = []
    while True:
        names.append(page.get_attribute("main", "data-demo"))
        if names[-1] == "moons":
            break
        page.click("nav.chapters a[rel=next]")
    assert names == CHAPTERS
    page.click("nav.chapters a[rel=prev]")
    assert page.get_attribute("main", "data-demo") == "regression"


def test_link_with_a_formula_shows_that_formula(open_page):
    page = open_page("slope.html?formula=x**3&x=2&h=0.5")
    wait_for_state(page, "ready")
    assert read_output(page, "exact") == "12"
    assert page.input_value("#formula") == "x**3"
