"""The playground: what a visitor sets, trains and reads."""

from __future__ import annotations

import re
import time

import pytest
from demo import (
    find_point,
    look_at,
    press,
    read_number,
    read_output,
    settle,
    wait_for_state,
)
from test_access import tab_to, violations

from bench import (
    QUICK,
    act,
    choose,
    count_points,
    find_free_place,
    label_of,
    make_file,
    open_csv,
    open_tab,
    read_alert,
    read_text,
    train_to,
    value_of,
    wait_for_label,
)
from pages.playground_presets import PRESETS
from workbench.dataset import DATASETS
from workbench.features import STANDARD


@pytest.fixture
def bench(share_page):
    """A page with few points and neurons, as it was when it had loaded."""
    page = share_page(QUICK)
    page.click("#tab-boundary")
    page.click("#tab-loss")
    if page.is_visible("[data-act=forget]"):
        act(page, "forget")
    page.check("input[data-kind][value='1']")
    settle(page)
    return page


# --- data ----------------------------------------------------------------------------


def test_every_data_set_is_drawn_and_learned(bench):
    choose(bench, "stop_steps", 200)
    for name in DATASETS:
        before = look_at(bench, "boundary")
        choose(bench, "data", name)
        assert count_points(bench) == 100, name
        first = read_number(bench, "loss")
        press(bench, "play")
        wait_for_state(bench, "done")
        settle(bench)
        assert read_output(bench, "step") == "200", name
        assert read_number(bench, "loss") < first, name
        assert abs(look_at(bench, "boundary") - before).mean() > 1, name
        if DATASETS[name].is_regression:
            assert "points of numbers" in label_of(bench, "boundary"), name
            assert read_output(bench, "accuracy") == "–", name
        else:
            assert "points of two classes" in label_of(bench, "boundary"), name
            assert read_output(bench, "accuracy").endswith("%"), name


def test_number_of_points_goes_up_to_5000(bench):
    choose(bench, "points", 5000)
    assert "among 3500 points" in label_of(bench, "boundary")
    assert "of 1500 test points" in label_of(bench, "boundary")
    train_to(bench, 50)
    choose(bench, "points", 5001)
    assert "from 10 to 5000" in read_alert(bench)


def test_data_follow_noise_seed_and_share(bench):
    loss, image = read_output(bench, "loss"), look_at(bench, "boundary")
    for name, value in (("noise", 0.5), ("data_seed", 7), ("test_share", 0.5)):
        choose(bench, name, value)
        assert count_points(bench) == 100, name
        before = loss, image
        loss, image = read_output(bench, "loss"), look_at(bench, "boundary")
        assert loss != before[0], name
        assert abs(image - before[1]).mean() > 0.1, name
    assert "of 50 test points" in label_of(bench, "boundary")


def test_without_test_points_there_is_no_test_loss(bench):
    choose(bench, "test_share", 0)
    assert read_output(bench, "test_loss") == "–"
    assert "among 100 points" in label_of(bench, "boundary")


def test_typed_formula_decides_the_classes(bench):
    assert not bench.is_visible("#formula")
    choose(bench, "data", "formula")
    before = look_at(bench, "boundary")
    choose(bench, "formula", "x**2 + y**2 - 1")
    assert abs(look_at(bench, "boundary") - before).mean() > 1
    train_to(bench, 50)
    choose(bench, "formula", "log(x)")
    assert "log(x) isn’t finite at" in bench.inner_text("#formula-problem")
    assert read_output(bench, "step") == "50"
    choose(bench, "formula", "y + 100")
    assert "only one class" in bench.inner_text("#formula-problem")
    choose(bench, "formula", "y - x")
    assert read_alert(bench) == ""


# --- own data ------------------------------------------------------------------------


def test_click_adds_a_point_of_the_chosen_class(bench):
    bench.mouse.click(*find_free_place(bench))
    settle(bench)
    assert count_points(bench) == 101
    assert value_of(bench, "data") == "own"
    bench.wait_for_url("**own=a*")
    bench.check("input[data-kind][value='2']")
    bench.mouse.click(*find_free_place(bench))
    settle(bench)
    assert "points of three classes" in label_of(bench, "boundary")
    assert count_points(bench) == 102


def select_point(page):
    """Select a point by the keyboard; return its number."""
    page.focus('canvas[data-figure="boundary"]')
    page.keyboard.press("PageDown")
    page.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('Point ')"
    )
    return int(re.search(r"\d+", page.inner_text("[role=status]"))[0])


def test_keys_add_select_move_recolour_and_delete_points(bench):
    first = select_point(bench)
    bench.keyboard.press("PageDown")
    bench.wait_for_function(
        """number => document.querySelector('[role=status]').textContent
             .startsWith(`Point ${number} `)""",
        arg=first + 1,
    )
    before = look_at(bench, "boundary")
    for _ in range(8):
        bench.keyboard.press("ArrowUp")
    settle(bench)
    assert value_of(bench, "data") == "own"
    moved = look_at(bench, "boundary")
    assert abs(moved - before).max() > 100
    bench.keyboard.press("3")
    settle(bench)
    assert "points of three classes" in label_of(bench, "boundary")
    bench.keyboard.press("1")
    settle(bench)
    assert "points of two classes" in label_of(bench, "boundary")
    assert bench.is_checked("input[data-kind][value='0']")
    bench.keyboard.press("Insert")
    settle(bench)
    assert count_points(bench) == 101
    select_point(bench)
    bench.keyboard.press("Delete")
    settle(bench)
    assert count_points(bench) == 100
    assert read_alert(bench) == ""


def test_point_is_dragged_and_the_run_goes_on(bench):
    train_to(bench, 50)
    before = read_output(bench, "loss")
    x, y = find_point(bench)
    bench.mouse.move(x, y)
    bench.mouse.down()
    bench.mouse.move(x - 30, y - 40, steps=3)
    bench.mouse.up()
    settle(bench)
    assert value_of(bench, "data") == "own"
    assert read_output(bench, "step") == "50"
    assert read_output(bench, "loss") != before
    assert count_points(bench) == 100


def test_last_change_of_the_points_is_undone(bench):
    start = look_at(bench, "boundary")
    choose(bench, "data", "xor")
    choose(bench, "data", "moons")
    bench.mouse.click(*find_free_place(bench))
    settle(bench)
    select_point(bench)
    bench.keyboard.press("Delete")
    settle(bench)
    assert count_points(bench) == 100
    act(bench, "undo")
    assert count_points(bench) == 101
    act(bench, "undo")
    assert count_points(bench) == 100
    assert value_of(bench, "data") == "moons"
    bench.mouse.move(0, 0)
    assert abs(look_at(bench, "boundary") - start).max() < 3


def test_buttons_delete_the_selected_point_and_clear_all(bench):
    select_point(bench)
    bench.keyboard.press("Tab")  # on its way to the button the selection stays
    act(bench, "delete")
    assert count_points(bench) == 99
    act(bench, "empty")
    assert count_points(bench) == 2


TABLE = "x,y,kind\n" + "".join(
    f"{x / 4},{y / 4},{'dog' if x * y > 0 else 'cat'}\n"
    for x in range(-4, 5)
    for y in range(-4, 5)
)


def test_table_is_pasted_and_the_names_of_classes_are_kept(bench):
    bench.click('[data-open="paste"]')
    bench.fill("[data-dialog=paste] textarea", TABLE)
    bench.click("[data-use]")
    bench.wait_for_selector("[data-dialog=paste]", state="hidden")
    settle(bench)
    assert count_points(bench) == 81
    assert "Line 1 was taken as a header" in bench.inner_text(".notices")
    open_tab(bench, "confusion")
    choose(bench, "test_share", 0)
    assert "cat: " in label_of(bench, "confusion")
    assert "dog: " in label_of(bench, "confusion")
    assert "of 81 right" in label_of(bench, "confusion")


def drop_file(page, content, name="points.csv"):
    transfer = page.evaluate_handle(
        """([text, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], name, { type: "text/csv" }));
          return transfer;
        }""",
        [content, name],
    )
    page.dispatch_event("main .columns", "drop", {"dataTransfer": transfer})
    settle(page)


def test_dropped_file_becomes_the_points(bench):
    rows = "".join(f"{k % 7},{k % 5},{'abc'[k % 3]}\n" for k in range(60))
    drop_file(bench, rows)
    assert count_points(bench) == 60
    assert "points of three classes" in label_of(bench, "boundary")
    drop_file(bench, "only words\n")
    assert "There are no rows below line 1" in read_alert(bench)
    assert count_points(bench) == 60


def test_own_points_and_options_survive_a_reload(share_page, open_page):
    page = open_page(QUICK + "&rate=0.2", reduced_motion="reduce")
    wait_for_state(page, "ready")
    settle(page)
    open_csv(page, TABLE)
    page.wait_for_function("location.hash.startsWith('#own=')")
    wait_for_label(page, "boundary", "classified correctly")
    settle(page)
    label = label_of(page, "boundary")
    page.reload()
    wait_for_state(page, "ready")
    wait_for_label(page, "boundary", "classified correctly")
    settle(page)
    assert value_of(page, "data") == "own"
    assert value_of(page, "rate") == "0.2"
    assert label_of(page, "boundary") == label
    open_tab(page, "confusion")
    assert "dog: " in label_of(page, "confusion")


# --- classes, features and layers ----------------------------------------------------


def test_two_to_four_classes_are_learned_and_every_loss_can_be_chosen(bench):
    choose(bench, "data", "blobs")
    choose(bench, "points", 60)
    choose(bench, "stop_steps", 300)
    for n, word, loss in (
        (2, "two", "squared_error"),
        (3, "three", "hinge"),
        (4, "four", "cross_entropy"),
    ):
        choose(bench, "classes", n)
        choose(bench, "loss", loss)
        press(bench, "play")
        wait_for_state(bench, "done")
        settle(bench)
        assert f"points of {word} classes" in label_of(bench, "boundary")
        assert read_number(bench, "loss") < 0.5, loss
        assert float(read_output(bench, "accuracy").removesuffix("%")) > 90, loss


def test_losses_differ(bench):
    losses = set()
    for loss in ("hinge", "cross_entropy", "squared_error"):
        choose(bench, "loss", loss)
        losses.add(read_output(bench, "loss"))
    assert len(losses) == 3


def test_every_feature_is_added_and_removed_by_its_box(bench):
    for text, label in STANDARD[2:]:
        box = bench.locator(f'input[data-tick][value="{text}"]')
        box.check()
        settle(bench)
        assert value_of(bench, "features") == f"x,y,{text}"
        assert f"inputs x, y and {label}" in label_of(bench, "network")
        box.uncheck()
        settle(bench)
        assert "inputs x and y" in label_of(bench, "network")


def test_feature_is_typed(bench):
    choose(bench, "features", "x, exp(-x**2)")
    assert "inputs x and exp(−x²)" in label_of(bench, "network")
    assert not bench.is_checked("input[data-tick][value='y']")
    assert bench.is_checked("input[data-tick][value='x']")
    train_to(bench, 20)
    for text, sentence in (
        ("x,1/0", "1/0"),
        ("x,log(x)", "log(x) isn’t finite at"),
        ("x,z", "z"),
        ("", "1 to 12 formulas"),
    ):
        choose(bench, "features", text)
        assert sentence in bench.inner_text("#features-problem")
        assert read_output(bench, "step") == "20"


def hidden_layers(page):
    page.wait_for_selector("main:not([data-pending])")
    return label_of(page, "network").split(", ")[1]


def test_layers_are_added_and_removed_by_mouse_and_keyboard(bench):
    add = bench.get_by_role("button", name="Add a hidden layer")
    remove = bench.get_by_role("button", name="Remove the last hidden layer")
    choose(bench, "hidden", "4,4,4,4")
    for n in (5, 6):
        add.click()
        settle(bench)
        assert value_of(bench, "hidden") == ",".join(["4"] * n)
    assert "hidden layers of 4, 4, 4, 4, 4 and 4 neurons" in label_of(bench, "network")
    assert add.is_disabled()
    train_to(bench, 20)
    choose(bench, "hidden", "4,4")
    for _ in range(2):
        remove.focus()
        bench.keyboard.press("Enter")
        settle(bench)
    assert "no hidden layer" in label_of(bench, "network")
    assert remove.is_disabled()
    train_to(bench, 20)
    add.focus()
    bench.keyboard.press("Space")
    settle(bench)
    assert "a hidden layer of 4 neurons" in label_of(bench, "network")


def test_neurons_are_added_and_removed_by_mouse_and_keyboard(bench):
    layer = bench.get_by_role("group", name="Hidden layer 1")
    add = layer.get_by_role("button", name="Add a neuron to hidden layer 1")
    remove = layer.get_by_role("button", name="Remove a neuron from hidden layer 1")
    choose(bench, "hidden", 14)
    for n in (15, 16):
        add.click()
        settle(bench)
        assert f"a hidden layer of {n} neurons" in label_of(bench, "network")
    assert add.is_disabled()
    train_to(bench, 20)
    choose(bench, "hidden", 3)
    for n in (2, 1):
        remove.focus()
        bench.keyboard.press("Enter")
        settle(bench)
        assert value_of(bench, "hidden") == str(n)
    assert remove.is_disabled()


def test_neuron_is_added_while_it_trains(bench):
    press(bench, "play")
    wait_for_state(bench, "running")
    bench.get_by_role("button", name="Add a neuron to hidden layer 1").click()
    wait_for_label(bench, "network", "a hidden layer of 5 neurons")
    wait_for_state(bench, "running")
    press(bench, "play")
    wait_for_state(bench, "paused")
    assert "largest of its 21 parameters" in label_of(bench, "network")


def test_each_layer_has_its_own_activation(bench):
    choose(bench, "hidden", "4,3")
    for k, kind in ((1, "relu"), (2, "sine")):
        bench.get_by_label(f"Activation of hidden layer {k}").select_option(kind)
        settle(bench)
    assert value_of(bench, "activation") == "relu,sine"
    train_to(bench, 20)
    text = read_text(bench, "formula")
    assert "a1 = ReLU(" in text
    assert "b1 = sin(" in text
    bench.get_by_label("Activation of hidden layer 2").select_option("relu")
    settle(bench)
    assert value_of(bench, "activation") == "relu"


# --- weights -------------------------------------------------------------------------


def test_every_parameter_is_read_and_edited(bench):
    train_to(bench, 20)
    bench.focus('canvas[data-figure="network"]')
    parts = []
    for _ in range(17):
        bench.keyboard.press("PageDown")
        settle(bench)
        parts.append(read_output(bench, "part"))
    assert len(set(parts)) == 17
    assert "Weight from x to neuron 1 of hidden layer 1" in parts
    assert "Bias of the output" in parts
    before = read_output(bench, "loss")
    bench.keyboard.press("Enter")
    bench.keyboard.press("Control+A")
    bench.keyboard.type("-5")
    bench.keyboard.press("Enter")
    settle(bench)
    assert read_output(bench, "loss") != before
    assert read_output(bench, "step") == "20"
    assert "5" in read_text(bench, "formula")
    train_to(bench, 40)


def test_weight_is_picked_and_dragged_by_its_slider(bench):
    train_to(bench, 20)
    canvas = bench.locator('canvas[data-figure="network"]')
    box = canvas.bounding_box()
    bench.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.55)
    bench.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.55)
    settle(bench)
    assert "to the output" in read_output(bench, "part")
    before = read_output(bench, "loss")
    bench.fill("input[data-slider=weight]", "3")
    settle(bench)
    assert bench.input_value("#weight") in ("3", "3.0000")
    assert read_output(bench, "loss") != before
    assert value_of(bench, "weight").startswith("3")


# --- training ------------------------------------------------------------------------

SETTINGS = [  # an option, its value at first, and another one
    ("optimizer", "sgd", "momentum"),
    ("optimizer", "sgd", "adam"),
    ("rate", "0.1", "0.03"),
    ("batch", "10", "1"),
    ("batch", "10", "0"),
    ("penalty", "none", "l1"),
    ("penalty", "none", "l2"),
]


def test_every_setting_changes_how_the_run_goes_on(bench):
    choose(bench, "strength", 0.1)
    train_to(bench, 60)
    unchanged = read_output(bench, "loss")
    for name, first, value in SETTINGS:
        press(bench, "reset")
        settle(bench)
        train_to(bench, 20)
        before = read_text(bench, "formula")
        choose(bench, name, value)
        assert read_output(bench, "step") == "20", name
        assert read_text(bench, "formula") == before, name
        train_to(bench, 60)
        assert read_output(bench, "loss") != unchanged, (name, value)
        choose(bench, name, first)


def test_falling_rate_ends_elsewhere(bench):
    train_to(bench, 600)
    constant = read_text(bench, "formula")
    press(bench, "reset")
    settle(bench)
    choose(bench, "schedule", "linear")
    train_to(bench, 600)
    assert read_text(bench, "formula") != constant


def test_play_pause_step_and_epoch(bench):
    press(bench, "play")
    wait_for_state(bench, "running")
    bench.wait_for_function(
        """() => [...document.getElementsByName("step")].some((element) =>
             element.tagName === "OUTPUT" &&
             Number(element.textContent.replaceAll(",", "")) > 20)"""
    )
    press(bench, "play")  # now it says Pause
    wait_for_state(bench, "paused")
    settle(bench)
    n = steps(bench)
    press(bench, "step")
    settle(bench)
    assert steps(bench) == n + 1
    act(bench, "epoch")
    assert steps(bench) == n + 8  # 70 points in batches of 10
    assert steps(bench) > 28
    assert read_number(bench, "epoch") >= 4


def steps(page):
    return int(read_output(page, "step").replace(",", ""))


def read_rate(page):
    return float(read_output(page, "speed").replace(",", ""))


def test_speed_decides_how_much_is_trained_between_pictures(bench):
    rates = {}
    for speed in ("fast", "step"):
        choose(bench, "speed", speed)
        press(bench, "play")
        wait_for_state(bench, "running")
        bench.wait_for_function(
            "document.querySelector('output[name=speed]').textContent !== '–'"
        )
        press(bench, "play")
        wait_for_state(bench, "paused")
        settle(bench)
        rates[speed] = read_rate(bench)
        press(bench, "reset")
        settle(bench)
    assert rates["step"] < rates["fast"]


def test_run_stops_at_each_limit_and_can_go_on(bench):
    for name, value, reason in (
        ("stop_steps", 35, "Stopped at step 35."),
        ("stop_loss", 0.4, "Stopped: the test loss reached 0.4 at step"),
        ("stop_accuracy", 0.8, "Stopped: the test accuracy reached 80.0% at step"),
    ):
        press(bench, "reset")
        choose(bench, name, value)
        press(bench, "play")
        wait_for_state(bench, "done")
        settle(bench)
        assert reason in bench.inner_text("[role=status]")
        assert read_output(bench, "step") != "0"
        press(bench, "play")
        wait_for_state(bench, "running")
        press(bench, "play")
        wait_for_state(bench, "paused")
        choose(bench, name, 0)


def test_reset_keeps_the_initial_weights_and_new_weights_are_others(bench):
    first = read_text(bench, "formula")
    train_to(bench, 30)
    assert read_text(bench, "formula") != first
    press(bench, "reset")
    settle(bench)
    assert read_output(bench, "step") == "0"
    assert read_text(bench, "formula") == first
    act(bench, "new_weights")
    assert read_text(bench, "formula") != first
    assert value_of(bench, "weight_seed") == "1338"


# --- time ----------------------------------------------------------------------------


def make_moments(page, n=4):
    """Train in legs, each of which is remembered; return what was seen at each."""
    seen = []
    for k in range(n + 1):
        if k:
            act(page, "epoch")
        label = label_of(page, "network")
        seen.append((read_output(page, "step"), read_output(page, "loss"), label))
    return seen


def test_timeline_leads_back_to_every_moment(bench):
    seen = make_moments(bench)
    slider = bench.locator("input[data-seek]")
    assert bench.inner_text("[data-timeline] output >> nth=0") == "5 of 5"
    for k in (0, 3, 1):
        slider.fill(str(k))
        settle(bench)
        outputs = read_output(bench, "step"), read_output(bench, "loss")
        assert (*outputs, label_of(bench, "network")) == seen[k]
        assert f"Step {seen[k][0]} is marked" in label_of(bench, "loss")
    slider.focus()
    bench.keyboard.press("ArrowRight")
    settle(bench)
    assert read_output(bench, "step") == seen[2][0]
    assert slider.get_attribute("aria-valuetext") == "3 of 5"
    # Training goes on from there, with the same points in each batch as before.
    act(bench, "epoch")
    outputs = read_output(bench, "step"), read_output(bench, "loss")
    assert (*outputs, label_of(bench, "network")) == seen[3]
    assert bench.inner_text("[data-timeline] output >> nth=0") == "4 of 4"


def test_kept_run_is_shown_beside_and_the_difference_said(bench):
    train_to(bench, 100)
    end = label_of(bench, "boundary")
    act(bench, "keep")
    assert "same settings" in read_output(bench, "difference")
    choose(bench, "rate", 0.5)
    choose(bench, "hidden", "2")
    settle(bench)
    words = read_output(bench, "difference")
    assert "a learning rate of 0.5 instead of 0.1" in words
    assert "2 hidden neurons instead of 4" in words
    train_to(bench, 50)
    assert "Kept run ends at" in label_of(bench, "loss")
    open_tab(bench, "kept")
    kept = re.match(r"Decision boundary among \d+ points", end)[0]
    assert label_of(bench, "kept").startswith(kept)
    act(bench, "forget")
    assert read_output(bench, "difference") == ""
    bench.click("#tab-boundary")


# --- pictures ------------------------------------------------------------------------


def count_colors(image):
    return len({tuple(pixel) for row in image[::3, ::3] for pixel in row})


@pytest.mark.parametrize("n", [2, 3])
def test_output_is_shown_as_confidence_or_as_classes(bench, n):
    choose(bench, "data", "blobs")
    choose(bench, "classes", n)
    train_to(bench, 100)
    bench.mouse.move(0, 0)
    soft = count_colors(look_at(bench, "boundary"))
    choose(bench, "output", "hard")
    hard = count_colors(look_at(bench, "boundary"))
    assert hard < soft


@pytest.mark.parametrize("figure", ["loss", "accuracy"])
def test_curve_is_read_where_it_is_pointed_at(bench, figure):
    make_moments(bench)
    open_tab(bench, figure)
    plain = look_at(bench, figure)
    canvas = bench.locator(f'canvas[data-figure="{figure}"]')
    box = canvas.bounding_box()
    bench.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settle(bench)
    by_mouse = look_at(bench, figure)
    assert abs(by_mouse - plain).mean() > 0.5
    bench.mouse.move(0, 0)
    settle(bench)
    assert abs(look_at(bench, figure) - plain).max() < 3
    canvas.focus()
    bench.keyboard.press("ArrowRight")
    settle(bench)
    assert abs(look_at(bench, figure) - plain).mean() > 0.5


def test_confusion_matrix_counts_what_the_accuracy_says(bench):
    train_to(bench, 100)
    open_tab(bench, "confusion")
    right = round(float(read_output(bench, "test_accuracy").removesuffix("%")) * 0.3)
    # An earlier picture of it stays until the new one is drawn.
    wait_for_label(bench, "confusion", f"{right} of 30 right")
    words = label_of(bench, "confusion")
    assert "upper moon: " in words and "lower moon: " in words


def test_gradients_are_shown_by_layer(bench):
    choose(bench, "hidden", "4,4")
    train_to(bench, 20)
    open_tab(bench, "gradients")
    words = label_of(bench, "gradients")
    assert re.search(r"hidden 1 [\d.e-]+, hidden 2 [\d.e-]+, output [\d.e-]+", words)
    train_to(bench, 40)
    assert label_of(bench, "gradients") != words


def read_view(page):
    found = re.search(r"from (\S+)° around and (\S+)° above", label_of(page, "surface"))
    return [float(number.replace("−", "-")) for number in found.groups()]


def test_surface_is_turned_by_mouse_and_keys(bench):
    train_to(bench, 20)
    open_tab(bench, "surface")
    around, above = read_view(bench)
    canvas = bench.locator('canvas[data-figure="surface"]')
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bench.mouse.move(x, y)
    bench.mouse.down()
    bench.mouse.move(x + 40, y + 20, steps=4)
    bench.mouse.up()
    settle(bench)
    turned, raised = read_view(bench)
    assert turned != around and raised > above
    canvas.focus()
    bench.keyboard.press("ArrowLeft")
    bench.keyboard.press("ArrowDown")
    settle(bench)
    assert read_view(bench)[0] > turned and read_view(bench)[1] < raised


def test_landscape_shows_the_loss_around_the_weights(bench):
    train_to(bench, 20)
    open_tab(bench, "landscape")
    words = label_of(bench, "landscape")
    assert words.startswith("Loss landscape: ")
    train_to(bench, 200)
    assert label_of(bench, "landscape") != words


def test_axes_of_test_points_and_speed_are_shown(bench):
    train_to(bench, 200)
    for name in ("speed", "points_per_second"):
        assert read_output(bench, name) != "–"
    assert "on test rows it ends at" in label_of(bench, "loss")
    assert "test points" in label_of(bench, "boundary")


# --- safety and words ----------------------------------------------------------------


def test_divergence_is_explained_and_undone(bench):
    choose(bench, "data", "plane")
    bench.get_by_label("Activation of hidden layer 1").select_option("linear")
    settle(bench)
    train_to(bench, 20)
    choose(bench, "stop_steps", 0)
    choose(bench, "rate", 90)
    press(bench, "play")
    wait_for_state(bench, "error")
    settle(bench)
    sentence = read_alert(bench)
    assert "diverged" in sentence and "back at step" in sentence
    assert "Lower the learning rate" in sentence
    assert steps(bench) >= 20
    assert "NaN" not in read_text(bench, "formula")
    choose(bench, "rate", 0.1)
    assert read_alert(bench) == ""
    train_to(bench, steps(bench) + 20)
    assert read_output(bench, "loss") not in ("nan", "inf", "–")


def test_line_explains_what_is_pointed_at_or_has_the_focus(bench):
    line = bench.locator("[data-explain]")
    described = bench.locator("main [data-about]:visible")
    for k in range(0, described.count(), 5):
        described.nth(k).hover()
        about = described.nth(k).get_attribute("data-about")
        inner = described.nth(k).locator("[data-about]").count()
        assert len(line.text_content()) > 20
        assert line.text_content() == about or inner
    bench.focus("#rate")
    assert line.text_content().startswith("How far each step goes.")
    named = "form.controls :is(input, select)[name][id]:visible"
    for control in bench.locator(named).all():
        name = control.get_attribute("name")
        assert bench.locator(f"#{name}-hint").text_content().endswith(".")


# --- presets -------------------------------------------------------------------------


def test_every_preset_sets_its_options_and_starts(bench):
    choose(bench, "noise", 0.3)
    for preset in PRESETS:
        picture = bench.locator(f"button[data-preset={preset.name}] img")
        picture.scroll_into_view_if_needed()
        bench.wait_for_function("image => image.complete", arg=picture.element_handle())
        assert picture.evaluate("image => image.naturalWidth") > 100
        bench.click(f"button[data-preset={preset.name}]")
        settle(bench)
        for name, value in preset.texts.items():
            assert value_of(bench, name) == value, preset.name
        assert value_of(bench, "noise") == preset.texts.get("noise", "0.1")
        wait_for_state(bench, "running")
        press(bench, "play")
        wait_for_state(bench, "paused")
        assert read_alert(bench) == "", preset.name
        assert steps(bench) > 0, preset.name


def test_spirals_are_learned(bench):
    began = time.perf_counter()
    bench.click("button[data-preset=spirals]")
    bench.wait_for_function(
        """() => parseFloat(document.querySelector("output[name=test_accuracy]")
             .textContent) >= 95"""
    )
    seconds = time.perf_counter() - began
    print(f"Two spirals: 95% of the test points after {seconds:.1f} s")
    press(bench, "play")
    wait_for_state(bench, "paused")


# --- bad input -----------------------------------------------------------------------

ROWS = [(k % 9 / 4, k % 7 / 4, "abc"[k % 2]) for k in range(40)]


def write_rows(pattern, rows=ROWS):
    return "".join(pattern.format(*row) for row in rows)


def test_tables_are_read_and_what_was_guessed_is_said(bench):
    table = write_rows("{},{},{}\n")
    for content, notice, n in (
        ("x,y,label\n" + table, "Line 1 was taken as a header", 40),
        (table + "one,1,a\n", "x is “one”, which is not", 40),
        (write_rows("{};{};ä{}\n").encode("latin-1"), "read as Latin-1", 40),
        (table * 2500, "Only 5,000 of the 100,000 rows", 5000),
    ):
        open_csv(bench, content)
        assert count_points(bench) == n, notice
        assert notice in bench.inner_text(".notices")
        assert read_alert(bench) == ""


def test_tables_that_cannot_be_used_are_refused_and_the_run_stays(bench):
    train_to(bench, 20)
    formula = read_text(bench, "formula")
    five = write_rows("{},{},x{}\n", [(k, k, k % 5) for k in range(50)])
    for content, sentence in (
        ("1,2,a\n2,3,a\n", "Every row has the label “a”"),
        (five, "5 different"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "The file isn’t text"),
        (b"PK\x03\x04zip", "The file is a zip archive"),
        ("", "The file is empty"),
        ('1,"2,a\n', "a quote isn’t closed"),
    ):
        bench.click('[data-open="paste"]')
        bench.set_input_files("[data-csv]", make_file(content))
        dialog = bench.locator("[data-dialog=paste]")
        dialog.locator("[role=alert]", has_text=sentence).wait_for()
        assert dialog.locator("[role=alert]").is_visible()
        dialog.get_by_role("button", name="Close").click()
        assert sentence in read_alert(bench)
        assert value_of(bench, "data") == "moons"
        assert read_output(bench, "step") == "20"
        assert read_text(bench, "formula") == formula


def test_bad_options_are_named_and_the_run_stays(bench):
    train_to(bench, 20)
    formula = read_text(bench, "formula")
    for name, value, sentence in (
        ("rate", "-1", "Learning rate needs a number from 1e-05 to 100"),
        ("hidden", "4,17", "Hidden layers needs 0 to 6 whole numbers from 1 to 16"),
        ("activation", "tanh,swish", "Activations needs"),
        ("batch", "2.5", "Batch size needs a whole number"),
        ("stop_accuracy", "2", "Stop at accuracy needs a number from 0 to 1"),
    ):
        before = value_of(bench, name)
        choose(bench, name, value)
        assert sentence in bench.inner_text(f"#{name}-problem")
        assert read_output(bench, "step") == "20"
        assert read_text(bench, "formula") == formula
        choose(bench, name, before)


def test_bad_weight_is_named_and_the_run_stays(bench):
    train_to(bench, 20)
    before = read_text(bench, "formula")
    bench.fill("#weight", "1e9")
    bench.press("#weight", "Enter")
    settle(bench)
    assert "from -100 to 100" in bench.inner_text("#weight-problem")
    assert read_text(bench, "formula") == before
    bench.fill("#weight", "1")
    bench.press("#weight", "Enter")
    settle(bench)


def test_run_can_be_edited_while_it_plays(bench):
    press(bench, "play")
    wait_for_state(bench, "running")
    for name, value in (("rate", 0.05), ("batch", 5), ("data", "circles")):
        choose(bench, name, value)
        wait_for_state(bench, "running")
    bench.mouse.click(*find_free_place(bench))
    bench.wait_for_function("document.querySelector('#data').value === 'own'")
    bench.fill("#weight", "1")
    bench.press("#weight", "Enter")
    settle(bench)
    assert bench.get_attribute("main", "data-state") == "running"
    assert read_alert(bench) == ""
    press(bench, "play")
    wait_for_state(bench, "paused")


# --- by keyboard, and in other browsers ----------------------------------------------


def test_keyboard_drives_the_workbench(bench):
    tab_to(bench, "button[name=play]")
    bench.keyboard.press("Enter")
    wait_for_state(bench, "running")
    bench.keyboard.press("Enter")
    wait_for_state(bench, "paused")
    for selector, key in (
        ("button[name=step]", "Enter"),
        ("[data-act=epoch]", "Enter"),
        ("#rate", "Control+A"),
        ("#data", "ArrowDown"),
        ("[data-act=undo]", "Enter"),
        ("input[data-tick]", "Space"),
        ("[data-depth='1']", "Enter"),
        ("canvas[data-figure=network]", "ArrowDown"),
        ("#weight", "Enter"),
        ("#tab-boundary", "ArrowRight"),
        ("canvas[data-figure=surface]", "ArrowLeft"),
        ("#tab-loss", "ArrowRight"),
        ("canvas[data-figure=accuracy]", "ArrowRight"),
        ("button[name=step]", "Enter"),
        ("[data-seek]", "Home"),
        ("[data-act=keep]", "Enter"),
        ("button[data-preset=xor]", "Enter"),
    ):
        tab_to(bench, selector)
        bench.keyboard.press(key)
        settle(bench)
    assert read_alert(bench) == ""
    assert value_of(bench, "data") == "xor"
    wait_for_state(bench, "running")
    press(bench, "play")
    wait_for_state(bench, "paused")


def test_every_part_of_the_workbench_is_accessible(bench):
    bench.click("[data-open=paste]")
    assert violations(bench) == []
    bench.keyboard.press("Escape")
    act(bench, "epoch")
    act(bench, "keep")
    open_csv(bench, write_rows("{},{},{}\n"))
    bench.click("#tab-surface")
    bench.click("#tab-confusion")
    settle(bench)
    choose(bench, "hidden", "4,4,4,4,4,4")
    choose(bench, "rate", "-1")
    for theme in ("dark", "light"):
        bench.emulate_media(color_scheme=theme)
        assert violations(bench) == []
    bench.set_viewport_size({"width": 390, "height": 844})
    found = violations(bench)
    bench.set_viewport_size({"width": 1280, "height": 900})
    assert found == []


def test_it_works_in_firefox(firefox, site):
    context = firefox.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{site}{QUICK}&stop_steps=100")
    wait_for_state(page, "ready")
    page.wait_for_selector("[data-live] canvas[data-figure=boundary]")
    press(page, "play")
    wait_for_state(page, "done")
    settle(page)
    assert read_output(page, "step") == "100"
    page.mouse.click(*find_free_place(page))
    settle(page)
    assert count_points(page) == 101
    page.get_by_role("button", name="Add a hidden layer").click()
    settle(page)
    assert "hidden layers of 4 and 4 neurons" in label_of(page, "network")
    act(page, "epoch")
    page.locator("input[data-seek]").fill("0")
    settle(page)
    assert read_output(page, "step") == "0"
    open_tab(page, "surface")
    assert "h1" in read_text(page, "formula") or "a1" in read_text(page, "formula")
    assert read_alert(page) == ""
    context.close()
