"""Every request in every state: what is then to be seen, and the way back."""

from __future__ import annotations

import random
import re

import pytest
from desk import Desk

from moongrad import make_moons
from pages import sizes

QUICK = {"points": "20", "hidden": "4", "steps": "10"}
LONG = {"points": "20", "hidden": "4", "steps": "2000"}
STATES = ("ready", "running", "paused", "done", "error")


def make_desk(state="ready", texts=QUICK, **keywords):
    """Return the moons page in a state."""
    desk = Desk("moons", texts=texts, **keywords)
    desk.work()
    if state == "running":
        desk.ask("play")
    elif state == "paused":
        desk.ask("step")
    elif state == "done":
        desk.run()
    elif state == "error":
        desk.set(noise="7")
    assert desk.view.state == state
    return desk


# --- the buttons ---------------------------------------------------------------------

AFTERWARDS = {  # the state after a request, by the state before
    "play": ("running", "running", "running", "running", "error"),
    "pause": ("ready", "paused", "paused", "done", "error"),
    "step": ("paused", "running", "paused", "done", "error"),
    "reset": ("ready", "ready", "ready", "ready", "error"),
    "weights": STATES,
    "drop": STATES,
}
CASES = [
    (request, before, after)
    for request, states in AFTERWARDS.items()
    for before, after in zip(STATES, states, strict=True)
]


@pytest.mark.parametrize(("request_", "before", "after"), CASES)
def test_buttons_lead_from_state_to_state(request_, before, after):
    assert make_desk(before).ask(request_).state == after


def test_play_makes_the_whole_run():
    desk = make_desk()
    view = desk.run()
    assert (view.state, view.n_records) == ("done", 10)
    assert view.outputs["step"] == "10 / 10"
    assert view.status.startswith("After 10 steps, ")


def test_steps_one_at_a_time_are_those_of_a_run():
    desk, other = make_desk(), make_desk("done")
    for _ in range(10):
        desk.ask("step")
    assert desk.view.state == "done"
    assert desk.losses() == other.losses()


def test_reset_and_play_again_give_the_same_run():
    desk = make_desk("done")
    losses, run = desk.losses(), desk.view.run
    view = desk.ask("reset")
    assert (view.n_records, view.status) == (0, "")
    assert view.run > run
    desk.run()
    assert desk.losses() == losses
    desk.run()  # Train again
    assert desk.losses() == losses


def test_a_step_can_be_taken_back_where_the_page_has_the_button():
    desk = Desk("graph")
    desk.ask("step")
    desk.ask("step")
    assert (desk.ask("back").state, desk.view.n_records) == ("paused", 1)
    assert (desk.ask("back").state, desk.view.n_records) == ("ready", 0)
    assert (desk.ask("back").state, desk.view.n_records) == ("ready", 0)
    desk.run()
    assert desk.ask("back").state == "paused"


def test_unknown_request_is_refused():
    with pytest.raises(ValueError, match="no request of kind 'nonsense'"):
        make_desk().controller.handle("nonsense")


# --- records -------------------------------------------------------------------------


def take(desk):
    first, records = desk.controller.take_records()
    return first, [record.step for record in records]


def test_records_travel_once():
    desk = make_desk()
    desk.ask("step")
    assert take(desk) == (0, [0])
    desk.ask("step")
    desk.ask("step")
    assert take(desk) == (1, [1, 2])
    assert take(desk) == (3, [])
    desk.ask("reset")
    assert take(desk) == (0, [])
    desk.ask("step")
    assert take(desk) == (0, [0])


def test_a_step_taken_back_is_sent_again_when_it_is_made_again():
    desk = Desk("graph")
    for request in ("step", "step", "back", "step"):
        desk.ask(request)
    assert take(desk) == (0, [0, 1])
    desk.ask("back")
    assert take(desk) == (1, [])
    desk.ask("step")
    assert take(desk) == (1, [1])


# --- training in blocks --------------------------------------------------------------


def test_a_short_run_is_seen_step_by_step_and_a_long_one_in_blocks():
    desk = make_desk("running")
    desk.controller.work()
    assert desk.view.n_records == 1
    desk = make_desk("running", LONG, can_draw=True)
    desk.work()
    assert desk.view.n_records == 2000
    assert desk.painted.count("boundary") >= 30


def test_blocks_are_short_where_steps_are_slow():
    desk = make_desk("running", LONG)
    advance = desk.demo.advance

    def take_long(n_steps):
        desk.clock.now += 0.03 * n_steps
        advance(n_steps)

    desk.demo.advance = take_long
    for _ in range(5):
        desk.controller.work()
    assert desk.view.n_records == 5


def test_pause_ends_a_long_run_between_two_blocks():
    desk = make_desk("running", LONG)
    desk.controller.work()
    n = desk.ask("pause").n_records
    assert 0 < n < 2000
    assert desk.work().n_records == n
    assert desk.run().n_records == 2000


def test_measuring_engines_can_be_paused_and_goes_on():
    desk = Desk("speed", texts={"rounds": "2"})
    desk.ask("play")
    desk.controller.work()
    view = desk.ask("pause")
    n = view.n_records
    assert (view.state, n > 0) == ("paused", True)
    assert desk.work().n_records == n
    view = desk.run()
    n_turns = 6 + len(list(sizes.turns()))
    assert (view.state, view.n_records) == ("done", n_turns)


def test_the_rate_is_by_the_clock_with_all_that_was_drawn():
    desk = make_desk("running", can_draw=True)
    draw = desk.drawings.draw_frame

    def take_time(*request):
        desk.clock.now += 0.05
        draw(*request)

    desk.drawings.draw_frame = take_time
    view = desk.work()
    # The first step has no frame before it.
    assert view.outputs["speed"] == f"{10 / (9 * 0.05):,.0f}"
    assert desk.ask("reset").outputs["speed"] == "–"


def test_steps_that_are_to_be_followed_keep_their_pace():
    desk = Desk("graph")
    desk.ask("play")
    desk.controller.work()
    assert desk.view.n_records == 1
    assert desk.controller.seconds_to_wait() == pytest.approx(desk.demo.pace)
    desk.controller.work()
    assert desk.view.n_records == 1


def test_frames_are_seldom_where_motion_is_to_be_reduced():
    desk = make_desk("running", LONG, can_draw=True, is_calm=True)
    desk.painted.clear()
    desk.work()
    assert desk.painted.count("boundary") <= 2
    desk.ask("calm", is_calm=False)
    desk.run()
    assert desk.painted.count("boundary") > 30


def watch_network(desk, seconds=0.0):
    """Note for each drawing of the network whether it may show motion."""
    notes = []
    update = desk.demo.update_plot

    def note(name, plot):
        if name == "network":
            notes.append(plot.is_moving)
            desk.clock.now += seconds
        update(name, plot)

    desk.demo.update_plot = note
    return notes


def test_figures_move_only_while_it_runs():
    desk = make_desk("running", LONG, can_draw=True)
    notes = watch_network(desk)
    for _ in range(5):
        desk.controller.work()
    desk.ask("select", figure="network", index=3)
    assert notes == [True] * len(notes) and len(notes) >= 5
    desk.ask("pause")
    desk.work()
    assert notes[-1] is False
    desk.ask("play")
    desk.controller.work()
    assert notes[-1] is True
    desk.work()
    assert (desk.view.state, notes[-1]) == ("done", False)


def test_figures_rest_after_a_run_that_went_wrong():
    desk = make_desk(texts={**LONG, "hidden": "8,8,8", "rate": "100"}, can_draw=True)
    notes = watch_network(desk)
    assert desk.run().state == "error"
    assert notes[-1] is False


def test_figures_do_not_move_where_motion_is_to_be_reduced():
    desk = make_desk(can_draw=True, is_calm=True)
    notes = watch_network(desk)
    desk.run()
    assert notes and not any(notes)
    desk.ask("calm", is_calm=False)
    desk.ask("reset")
    notes = watch_network(desk)
    desk.run()
    assert any(notes)


def test_a_slow_figure_takes_a_quarter_of_the_time_at_most():
    desk = make_desk(texts=LONG, can_draw=True)
    watch_network(desk, seconds=0.02)
    draw, started = desk.drawings.draw_frame, desk.clock.now

    def take_time(*request):
        desk.clock.now += 0.01
        draw(*request)

    desk.drawings.draw_frame = take_time
    desk.painted.clear()
    desk.ask("play")
    while desk.view.state == "running":
        desk.controller.work()
    passed = desk.clock.now - started
    n_drawn = desk.painted.count("network")
    assert 0.1 < n_drawn * 0.02 / passed < 0.35
    assert desk.painted.count("boundary") > 2 * n_drawn


# --- options -------------------------------------------------------------------------


def test_options_start_over_and_a_run_goes_on():
    assert make_desk("done").set(noise="0.3").state == "ready"
    desk = make_desk("running", LONG)
    desk.controller.work()
    view = desk.set(noise="0.3")
    assert (view.state, view.n_records) == ("running", 0)
    assert desk.work().n_records == 2000


def test_options_without_a_control_stay():
    desk = Desk("moons", texts={"points": "20"})
    desk.set(noise="0.3")  # the first page has no control for the number of points
    assert len(desk.demo.points) == 20
    desk.ask("reset")
    assert len(desk.demo.points) == 20
    assert desk.view.texts["points"] == "20"


@pytest.mark.parametrize(
    ("option", "bad", "message"),
    [
        ("points", "1", "Points needs a whole number from 4 to 500, got “1”"),
        ("points", "", "Points needs a whole number from 4 to 500, got nothing"),
        ("noise", "-1", "Noise needs a number from 0 to 1, got “-1”"),
        ("hidden", "", "Hidden layers needs 1 to 4 whole numbers from 1 to 64"),
        ("hidden", "16,x", "got “16,x”"),
        ("rate", "0", "Learning rate needs a number from 0.0001 to 100"),
        ("batch", "21", "Batch size needs at most 20, the number of points"),
        ("weight_seed", "1.5", "Weight seed needs a whole number from 0 to"),
    ],
)
def test_bad_option_is_named_and_nothing_is_lost(option, bad, message):
    desk = make_desk("done")
    good, losses = desk.view.texts[option], desk.losses()
    view = desk.set(**{option: bad})
    assert view.state == "error"
    assert message in view.problem.message
    assert view.problem.option == option
    assert view.texts[option] == bad  # it stays where it was typed
    assert desk.losses() == losses
    view = desk.set(**{option: good})
    assert (view.state, view.problem) == ("ready", None)


def test_bad_option_stops_the_training_until_it_is_mended():
    desk = make_desk("running", LONG)
    desk.controller.work()
    n = desk.set(noise="7").n_records
    assert desk.view.state == "error"
    assert desk.work().n_records == n
    assert desk.ask("play").problem.option == "noise"  # refused again
    desk.set(noise="0.2")
    assert desk.run().state == "done"


def test_options_that_only_change_a_question_keep_the_run():
    desk = Desk("examples")
    desk.run()
    answer = desk.view.outputs["answer"]
    view = desk.set(new1="-4")
    assert (view.state, view.n_records) == ("done", 20)
    assert view.outputs["answer"] != answer
    assert desk.set(new1="99").state == "error"
    assert (desk.set(new1="4").state, desk.view.outputs["answer"]) == ("done", answer)


@pytest.mark.parametrize(
    ("name", "texts", "notices"),
    [
        ("moons", {"noise": "3"}, ["got “3”. It is now 1."]),
        (
            "moons",
            {"points": "20", "batch": "200"},
            ["got 200. 0 uses every point. It"],
        ),
        (
            "moons",
            {
                "engine": "interpreted",
                "points": "400",
                "hidden": "64,64,64",
                "batch": "450",
            },
            ["It is now 0.", "It is now 16,16."],
        ),
        ("graph", {"formula": "a*q", "numbers": "a=2"}, ["no number called q", ""]),
        ("graph", {"numbers": "z=1"}, ["Every option has its default now"]),
        ("slope", {"formula": "exp(exp(3*x))"}, ["Every option has its default now"]),
        ("slope", {"formula": "1e308*x", "x": "1"}, ["too large to show"]),
        ("slope", {"inputs": "exp(exp(10*a))"}, ["too large to show"]),
        ("graph", {"formula": "self*2", "numbers": "self=2"}, []),
        ("slope", {"formula": "log(3.5-x)", "h": "0.1"}, []),
        ("slope", {"x": "9", "h": "4"}, []),
        ("moons", {"hidden": "1", "other": "<b>"}, []),
        ("moons", {"hidden": "1,1,1,1", "engine": "interpreted", "points": "4"}, []),
        ("moons", {"hidden": "64,64", "points": "20"}, []),
        (
            "moons",
            {"noise": "3", "points": "abc", "hidden": "99,4"},
            ["got “3”. It is now 1.", "got “abc”. It is now 100.", "It is now 64,4."],
        ),
    ],
)
def test_odd_addresses_show_a_demo_and_say_what_was_changed(name, texts, notices):
    desk = Desk(name, texts=texts)
    assert desk.view.state == "ready"
    found = desk.view.notices
    assert [part for part in notices if any(part in line for line in found)] == notices
    assert bool(found) == bool(notices)
    assert desk.view.problem is None
    assert desk.ask("step").state in ("paused", "done")
    assert desk.set().notices == []


CHANGES = [
    ("points", "30"),
    ("noise", "0.4"),
    ("data_seed", "5"),
    ("hidden", "3,3"),
    ("rate", "0.5"),
    ("batch", "6"),
    ("weight_seed", "7"),
    ("penalty", "0.1"),
    ("loss", "squared_error"),
    ("schedule", "constant"),
    ("steps", "11"),
]


@pytest.mark.parametrize(("option", "value"), CHANGES)
def test_every_option_changes_the_run(option, value):
    desk = make_desk("done")
    losses = desk.losses()
    desk.set(**{option: value})
    desk.run()
    assert desk.losses() != losses


def test_too_large_a_network_is_refused():
    desk = make_desk()
    view = desk.set(engine="interpreted", points="500", hidden="64,64,64,64")
    assert "a network of at most 2000 parameters" in view.problem.message
    assert view.problem.option == "hidden"


def test_accuracy_in_words_is_that_of_the_picture():
    desk = make_desk(texts={**QUICK, "batch": "5"}, can_draw=True)
    view = desk.run()
    (n_right,) = re.findall(r"(\d+) of 20", view.labels["boundary"])
    assert f" {n_right} of 20 points " in view.status
    assert view.outputs["accuracy"] == f"{int(n_right) / 20:.1%}"


def test_accuracy_of_a_batch_is_called_that_while_training():
    desk = make_desk(texts={**QUICK, "batch": "5"})
    assert desk.ask("step").outputs["accuracy"].endswith("% of batch")


# --- what goes wrong while training --------------------------------------------------


def test_divergence_is_explained_and_the_last_good_state_stays():
    desk = make_desk(texts={**LONG, "hidden": "8,8,8", "rate": "100"})
    view = desk.run()
    assert view.state == "error"
    assert "The network diverged: the loss became" in view.problem.message
    assert view.problem.option == "rate"
    assert view.n_records == len(desk.demo.records) > 1
    assert all(abs(loss) < 1e9 for loss in desk.losses())
    assert desk.set(rate="1").state == "ready"
    assert desk.view.problem is None


def test_what_nobody_expected_is_said_and_the_page_can_be_loaded_again(capsys):
    desk = make_desk("running", LONG)
    desk.demo.advance = lambda n_steps: 1 / 0
    desk.controller.work()
    view = desk.view
    assert view.state == "error"
    assert view.problem.message == "ZeroDivisionError: division by zero"
    assert view.problem.needs_reload
    assert "Traceback" in capsys.readouterr().err


def test_what_is_missing_for_good_is_said_through_everything():
    desk = make_desk()
    desk.controller.give_up("Figures aren’t available: numpy is missing")
    for view in (desk.view, desk.run(), desk.ask("reset")):
        assert view.problem.message.startswith("Figures aren’t available")
        assert view.problem.needs_reload
    assert desk.set(noise="7").problem.option == "noise"  # nearer at hand
    assert desk.set(noise="0").problem.message.startswith("Figures aren’t available")


# --- dragging ------------------------------------------------------------------------


def drag(desk, index=0, x=300.0, y=100.0):
    return desk.ask("drag", figure="boundary", index=index, x=x, y=y)


def test_a_drag_makes_the_run_again_at_once():
    desk = make_desk("done", can_draw=True)
    losses = desk.losses()
    view = drag(desk)
    assert (view.state, view.n_records) == ("done", 10)
    assert desk.losses() != losses
    assert desk.losses()[0] != losses[0]
    assert view.labels["boundary"].startswith("Decision boundary among 20 points")
    assert view.handles["boundary"][0] == pytest.approx([300, 100], abs=0.11)


def test_the_same_place_gives_the_same_run():
    desk = make_desk("done", can_draw=True)
    drag(desk, x=200)
    first = desk.losses()
    drag(desk, x=250)
    drag(desk, x=200)
    assert desk.losses() == first


def test_records_of_a_drag_arrive_when_the_point_is_dropped():
    desk = make_desk("done", can_draw=True)
    take(desk)
    drag(desk)
    drag(desk, x=310)
    assert take(desk) == (0, [])
    desk.ask("drop")
    assert take(desk) == (0, list(range(10)))


def test_a_drag_after_a_refused_option_leaves_the_error():
    desk = make_desk("done", can_draw=True)
    good = desk.view.texts
    desk.set(noise="7")
    view = drag(desk)
    assert (view.state, view.problem, view.texts) == ("done", None, good)
    desk.ask("drop")
    assert take(desk)[1] == list(range(10))


def test_a_drag_through_a_place_where_training_diverges_leaves_the_error():
    desk = make_desk("done", {**QUICK, "steps": "50", "rate": "3"}, can_draw=True)
    trainer = desk.demo.trainer
    rate = trainer.optimizer
    from moongrad import SGD

    trainer.optimizer = SGD(1e6)
    assert drag(desk).state == "error"
    assert "The network diverged" in desk.view.problem.message
    trainer.optimizer = rate
    view = drag(desk, x=310)
    assert (view.state, view.problem) == ("done", None)


def test_a_drag_while_training_starts_the_run_again():
    desk = make_desk("running", LONG, can_draw=True)
    desk.controller.work()
    view = drag(desk)
    assert view.state == "done"  # the clock stands still: there is time for all
    assert view.n_records == 2000


def test_a_drag_of_a_slow_network_is_answered_before_its_run_is_over():
    desk = make_desk("ready", {**LONG, "steps": "200"}, can_draw=True)
    advance = desk.demo.advance

    def take_long(n_steps):
        desk.clock.now += 0.01 * n_steps
        advance(n_steps)

    desk.demo.advance = take_long
    started = desk.clock.now
    view = drag(desk)
    assert desk.clock.now - started < 0.2
    assert view.state == "running"
    assert 0 < view.n_records < 100
    desk.ask("drop")
    assert desk.work().n_records == 200


def test_interpreted_a_drag_goes_back_to_the_start():
    desk = make_desk("done", {**QUICK, "engine": "interpreted"}, can_draw=True)
    view = drag(desk)
    assert (view.state, view.n_records) == ("ready", 0)


def test_a_part_that_is_no_more_is_not_dragged():
    desk = make_desk("done", can_draw=True)
    losses = desk.losses()
    assert drag(desk, index=500).problem is None
    assert desk.losses() == losses


def test_dragging_along_a_curve_changes_its_options():
    desk = Desk("slope", can_draw=True)
    desk.work()
    view = desk.ask("drag", figure="curve", index=0, x=240, y=200)
    assert float(view.texts["x"]) == desk.demo.x != 3
    assert float(view.outputs["exact"].replace("−", "-")) == pytest.approx(
        6 * desk.demo.x - 4
    )
    assert desk.ask("reset").texts["x"] == view.texts["x"]


# --- parts that are chosen and edited ------------------------------------------------


def test_a_weight_is_chosen_read_and_edited():
    desk = make_desk("done", can_draw=True)
    view = desk.ask("select", figure="network", index=16)
    assert view.outputs["part"] == "Bias of the output"
    view = desk.ask("edit", text="-3")
    assert view.outputs["weight"] == "-3.0000"
    assert desk.demo.model.parameters()[16].data == -3
    assert (view.state, view.status) == ("done", "")
    bad = desk.ask("edit", text="1e9")
    assert "from -100 to 100" in bad.problem.message
    assert (bad.problem.option, bad.state) == ("weight", "done")
    assert bad.outputs["weight"] == "-3.0000"
    assert desk.ask("edit", text="2").problem is None


def test_reset_after_an_edit_is_the_run_of_the_start():
    desk = make_desk(can_draw=True)
    weight = desk.view.outputs["weight"]
    desk.run()
    losses = desk.losses()
    desk.ask("edit", text="3.75")
    assert desk.ask("reset").outputs["weight"] == weight
    desk.run()
    assert desk.losses() == losses


def test_an_edit_before_the_first_step_is_no_new_start():
    desk = make_desk(can_draw=True)
    untouched = make_desk("done").losses()
    desk.ask("edit", text="3.75")
    drag(desk, x=200)
    moved = desk.losses()
    assert moved[0] == pytest.approx(untouched[0], rel=0.2)
    other = make_desk("done", can_draw=True)
    drag(other, x=200)
    assert other.losses() == moved


def test_the_chosen_part_stays_chosen_in_a_network_of_the_same_shape():
    desk = make_desk(can_draw=True)
    desk.ask("select", figure="network", index=16)
    assert desk.set(noise="0.3").outputs["part"] == "Bias of the output"
    assert desk.set(hidden="5").outputs["part"] != "Bias of the output"


def test_a_point_that_is_chosen_by_keys_is_counted():
    desk = make_desk(can_draw=True)
    view = desk.ask("select", figure="boundary", index=2)
    assert view.status == "Point 3 of 20. The arrow keys move it."
    assert desk.ask("select", figure="boundary", index=None).status == ""


def test_weights_travel_in_an_address():
    desk = make_desk("done")
    weights = desk.controller.handle("weights")
    other = Desk("moons", texts=QUICK, weights=weights)
    assert "Training continues from them" in other.view.notices[0]
    data = [p.data for p in desk.demo.model.parameters()]
    assert [p.data for p in other.demo.model.parameters()] == pytest.approx(
        data, rel=1e-6
    )
    assert other.view.outputs["accuracy"] == desk.view.outputs["accuracy"]
    other.ask("reset")
    other.run()
    assert other.losses() == desk.losses()  # Reset starts over


def test_weights_that_do_not_fit_are_left_out():
    desk = Desk("moons", texts=QUICK, weights="AAAA")
    assert "were ignored" in desk.view.notices[0]
    assert desk.view.state == "ready"


def test_listing_and_module_of_the_compiled_step():
    desk = make_desk()
    assert "17 parameters" in desk.controller.handle("artifact", name="program")
    module = desk.controller.handle("artifact", name="module")
    assert module.startswith(b"\0asm\x01\0\0\0")


# --- figures and diagrams ------------------------------------------------------------


def test_figures_are_drawn_between_requests_one_at_a_time():
    desk = make_desk()
    assert desk.view.labels == {}
    assert not desk.view.is_busy
    desk.drawings.can_draw = True
    assert desk.view.is_busy
    desk.controller.work()
    assert len(desk.painted) == 1
    view = desk.work()
    assert sorted(desk.painted) == ["boundary", "loss", "network"]
    assert set(view.labels) == set(desk.painted)
    assert not view.is_busy


def test_many_themes_are_one_redraw_of_each_figure():
    desk = make_desk(can_draw=True)
    desk.work()
    desk.painted.clear()
    for k in range(20):
        desk.ask("theme", theme=("dark", "light")[k % 2])
    desk.work()
    assert sorted(desk.painted) == ["boundary", "loss", "network"]


def test_a_change_of_size_moves_the_handles():
    desk = make_desk(can_draw=True)
    before = desk.work().handles["boundary"]
    desk.ask("resize", figures={"boundary": [240, 192]}, ratio=2.0)
    after = desk.work().handles["boundary"]
    assert all(x < 240 and y < 192 for x, y in after)
    assert after != before


def test_a_figure_without_room_waits_for_some():
    desk = make_desk(can_draw=True)
    desk.ask("resize", figures={"network": [0, 0]}, ratio=1.0)
    desk.work()
    desk.painted.clear()
    desk.ask("resize", figures={"network": [720, 360]}, ratio=1.0)
    desk.work()
    assert "network" in desk.painted


def test_a_figure_that_cannot_be_drawn_is_said_once(capsys):
    desk = make_desk(can_draw=True)
    desk.drawings._paint = lambda *picture: 1 / 0
    desk.ask("theme", theme="dark")
    view = desk.work(limit=20)
    assert view.problem.message == "ZeroDivisionError: division by zero"
    assert capsys.readouterr().err.count("Traceback") == 3  # once for each figure


def test_a_diagram_is_laid_out_once_for_each_graph():
    desk = Desk("graph")
    ((name, dot),) = desk.layouts_due().items()
    assert desk.layouts_due() == {}
    assert desk.view.marks == {}
    desk.controller.diagrams.show(name, dot, "<svg/>")
    assert desk.view.diagrams == {"expression": "<svg/>"}
    assert "No gradients yet" in desk.view.marks[name]["label"]
    desk.ask("step")
    assert "Gradients so far" in desk.view.marks[name]["label"]
    assert desk.layouts_due() == {}
    desk.set(formula="a*b", numbers="a=2, b=3")
    assert desk.view.marks == {}  # its nodes are those of another graph
    ((name, newer),) = desk.layouts_due().items()
    desk.controller.diagrams.show(name, dot, "<svg>late</svg>")
    assert desk.view.diagrams == {}
    desk.controller.diagrams.show(name, newer, "<svg>new</svg>")
    assert desk.view.diagrams == {"expression": "<svg>new</svg>"}


def test_what_training_needs_is_made_ready_when_there_is_nothing_else_to_do():
    desk = Desk("moons", texts=QUICK)
    assert "trainer" not in vars(desk.demo)
    desk.work()
    assert "trainer" in vars(desk.demo)


# --- all at once ---------------------------------------------------------------------


def test_after_any_number_of_actions_defaults_give_the_published_run():
    rng = random.Random(1337)
    desk = Desk("moons", can_draw=True, texts=QUICK)
    losses = make_desk("done").losses()
    actions = [
        lambda: desk.ask(rng.choice(["play", "pause", "step", "reset", "drop"])),
        lambda: drag(desk, rng.randrange(25), rng.uniform(0, 480), rng.uniform(0, 380)),
        lambda: desk.ask("edit", text=rng.choice(["3.75", "-100", "x", ""])),
        lambda: desk.ask("select", figure="network", index=rng.randrange(20)),
        lambda: desk.set(noise=rng.choice(["0", "0.3", "7"])),
        lambda: desk.set(points=rng.choice(["20", "7", "1"])),
        lambda: desk.set(rate=rng.choice(["1", "50", "0"])),
        lambda: desk.ask("theme", theme=rng.choice(["light", "dark"])),
        lambda: desk.controller.work(),
    ]
    for _ in range(150):
        rng.choice(actions)()
        assert desk.view.state in STATES
        assert not (desk.view.problem and desk.view.problem.needs_reload)
    desk.ask("drop")
    desk.set(
        **{name: desk.page.OPTIONS.write_default(name) for name in ("noise", "rate")}
    )
    desk.set(points="20")
    desk.ask("reset")
    view = desk.run()
    assert desk.losses() == losses
    assert view.problem is None
    assert make_moons(20, noise=0.1, seed=1337)[0] == desk.demo.points


def test_picture_of_a_size_of_its_own_leaves_what_is_shown():
    desk = Desk("moons", texts={"points": "20", "hidden": "4"}, can_draw=True)
    desk.run()
    painted = list(desk.painted)
    names = ["boundary", "loss"]
    pixels = desk.controller.handle(
        "picture", names=names, width=300, height=150, ratio=2
    )
    assert len(pixels) == 600 * 300 * 4
    assert len(set(pixels)) > 100
    assert desk.painted == painted
