"""The playground's demo, driven as its page drives it."""

from __future__ import annotations

import json
import math

import pytest
from desk import Desk

SMALL = {"points": "60", "hidden": "4", "rate": "0.1", "speed": "epoch"}


def make_desk(**texts):
    texts = {name: str(text) for name, text in texts.items()}
    desk = Desk("playground", texts={**SMALL, **texts})
    desk.work(limit=3)
    return desk


def advance(desk, n=100):
    """Let it make so many steps, and pause."""
    desk.set(stop_steps=desk.demo.n_steps + n)
    desk.ask("play")
    while desk.view.state == "running":
        desk.clock.now += desk.controller.seconds_to_wait()
        desk.controller.work()
    assert desk.view.state == "done"
    return desk.view


def read_parameters(desk):
    return [p.data for p in desk.demo.model.parameters()]


# --- steps ---------------------------------------------------------------------------


def test_play_goes_on_until_it_is_paused():
    desk = make_desk()
    desk.ask("play")
    for _ in range(20):
        desk.controller.work()
    assert desk.view.state == "running"
    assert desk.ask("pause").state == "paused"
    assert desk.demo.n_steps > 0


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("stop_steps", 50, "Stopped at step 50"),
        ("stop_loss", 0.5, "test loss reached 0.5"),
        ("stop_accuracy", 0.8, "test accuracy reached 80.0%"),
    ],
)
def test_run_stops_at_a_limit_and_play_goes_beyond_it(name, limit, reason):
    desk = make_desk(**{name: limit})
    desk.ask("play")
    for _ in range(2000):
        desk.controller.work()
        if desk.view.state != "running":
            break
    assert desk.view.state == "done"
    assert reason in desk.view.status
    steps = desk.demo.n_steps
    desk.ask("play")
    desk.controller.work()
    assert desk.view.state == "running"
    assert desk.demo.n_steps > steps


def test_step_and_epoch_make_what_they_say():
    desk = make_desk(batch="10", test_share="0")
    desk.ask("step")
    assert desk.view.outputs["step"] == "1"
    desk.ask("act", name="epoch")
    assert desk.view.outputs["step"] == "7"
    assert desk.view.state == "paused"


def test_reset_keeps_the_initial_weights_and_new_weights_draws_others():
    desk = make_desk()
    first = read_parameters(desk)
    advance(desk)
    desk.ask("reset")
    assert read_parameters(desk) == first
    desk.ask("act", name="new_weights")
    assert read_parameters(desk) != first
    assert desk.view.texts["weight_seed"] == "1338"


def test_numbers_have_no_accuracy_and_never_reach_one():
    desk = make_desk(data="plane", stop_accuracy="0.5")
    advance(desk)
    assert desk.view.outputs["accuracy"] == desk.view.outputs["test_accuracy"] == "–"
    assert "Stopped at step 100" in desk.view.status


# --- options -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        {"rate": "0.5"},
        {"batch": "0"},
        {"optimizer": "adam"},
        {"schedule": "linear"},
        {"penalty": "l2"},
        {"loss": "hinge"},
        {"speed": "step"},
        {"output": "hard"},
    ],
)
def test_run_goes_on_with_other_settings(texts):
    desk = make_desk()
    advance(desk)
    before = read_parameters(desk)
    desk.set(**texts)
    assert read_parameters(desk) == before
    assert desk.demo.n_steps == 100
    advance(desk)
    assert desk.demo.n_steps == 200
    assert read_parameters(desk) != before


@pytest.mark.parametrize(
    "texts",
    [
        {"hidden": "4,2"},
        {"hidden": ""},
        {"activation": "relu"},
        {"features": "x,y,x**2"},
        {"data": "circles"},
        {"data": "hills"},
        {"data": "blobs", "classes": "4"},
        {"data": "formula", "formula": "y - x"},
        {"weight_seed": "5"},
    ],
)
def test_another_network_or_other_data_start_over_and_go_on_running(texts):
    desk = make_desk()
    desk.ask("play")
    desk.controller.work()
    desk.set(**texts)
    assert desk.view.state == "running"
    assert desk.demo.n_steps == 0
    desk.controller.work()
    assert desk.demo.n_steps > 0


def test_other_loss_is_measured_at_once():
    desk = make_desk()
    names = ("hinge", "squared_error", "cross_entropy")
    losses = {desk.set(loss=name).outputs["loss"] for name in names}
    assert len(losses) == 3


def test_bad_option_loses_nothing_of_the_run():
    desk = make_desk()
    advance(desk)
    before = read_parameters(desk)
    view = desk.set(rate="-1")
    assert view.state == "error"
    assert view.problem.option == "rate"
    desk.ask("play")
    assert desk.view.problem is None
    assert desk.demo.n_steps == 100
    assert desk.view.texts["rate"] == "0.1"
    desk.ask("pause")
    assert read_parameters(desk) == before


# --- safety --------------------------------------------------------------------------


def test_divergence_is_explained_and_undone():
    desk = make_desk(loss="squared_error", data="plane", activation="linear")
    advance(desk)
    loss = desk.demo.run.record.loss
    desk.set(rate="90", stop_steps=0)
    desk.ask("play")
    for _ in range(100):
        desk.controller.work()
    view = desk.view
    assert view.state == "error"
    assert "diverged" in view.problem.message
    assert "step 100" in view.problem.message
    assert desk.demo.run.record.loss == loss
    moment, n = desk.view.timeline
    assert moment == n - 1
    assert all(map(math.isfinite, read_parameters(desk)))
    desk.set(rate="0.1")
    advance(desk)
    assert desk.demo.n_steps == 200


def test_numbers_have_no_accuracy_and_no_stop_at_one():
    desk = make_desk(data="hills", stop_accuracy="0.01")
    desk.ask("play")
    for _ in range(5):
        desk.controller.work()
    assert desk.view.state == "running"
    assert desk.view.outputs["accuracy"] == desk.view.outputs["test_accuracy"] == "–"


# --- time ----------------------------------------------------------------------------


def test_going_back_gives_the_weights_of_then_and_goes_on_from_there():
    desk = make_desk()
    for _ in range(5):
        advance(desk, 20)
    moments = desk.demo.run.history.moments
    n = desk.view.timeline[1]
    view = desk.ask("seek", moment=2)
    assert view.timeline == (2, n)
    assert view.state == "paused"
    assert read_parameters(desk) == list(moments[2].parameters)
    assert view.outputs["step"] == str(moments[2].step)
    last = list(moments[-1].parameters)
    advance(desk, 100 - desk.demo.n_steps)
    assert read_parameters(desk) == last  # the same way, to the last bit


def test_going_back_before_a_change_goes_on_with_the_new_settings():
    desk = make_desk()
    advance(desk, 40)
    desk.set(rate="0.5")
    advance(desk, 40)
    desk.ask("seek", moment=0)
    advance(desk, 10)
    assert desk.demo.n_steps == 10
    assert desk.demo.run.trainer.optimizer.learning_rate(0) == 0.5


def test_kept_run_is_compared_in_words():
    desk = make_desk()
    advance(desk)
    assert desk.view.outputs["difference"] == ""
    desk.ask("act", name="keep")
    assert "same settings" in desk.view.outputs["difference"]
    desk.set(hidden="8")
    assert "8" in desk.view.outputs["difference"]
    desk.ask("act", name="forget")
    assert desk.view.outputs["difference"] == ""


# --- the visitor's own points --------------------------------------------------------


def place(desk, kind=1):
    """Add a point, as a click does."""
    texts = desk.demo.add("boundary", (0.5, 0.25), kind)
    return desk.ask("options", texts=texts)


def test_added_point_makes_the_data_ones_own_and_the_run_goes_on():
    desk = make_desk()
    advance(desk)
    before = read_parameters(desk)
    view = place(desk)
    assert view.texts["data"] == "own"
    assert len(desk.demo.points.dataset.points) == 61
    assert read_parameters(desk) == before
    assert desk.demo.n_steps == 100


def test_click_adds_a_point_where_it_is():
    desk = Desk("playground", texts=SMALL, can_draw=True)
    desk.work()
    view = desk.ask("add", figure="boundary", x=250, y=100, kind=1)
    assert view.texts["data"] == "own"
    assert len(desk.demo.points.dataset.points) == 61


def test_point_of_a_third_class_needs_another_network():
    desk = make_desk()
    place(desk, kind=2)
    assert len(desk.demo.points.dataset.class_names) == 3
    assert len(desk.demo.model.layers[-1].neurons) == 3


def test_moved_point_stays_and_can_be_undone():
    desk = make_desk()
    advance(desk)
    desk.demo.move(3, (1.5, 1.5))
    desk.demo.drop()
    assert desk.demo.points.training.points[3] == (1.5, 1.5)
    texts = desk.demo.texts()
    desk.ask("options", texts=texts)
    assert desk.demo.n_steps == 100
    desk.ask("act", name="undo")
    assert desk.view.texts["data"] == "moons"


def test_point_is_deleted_and_recoloured():
    desk = make_desk()
    desk.demo.select("boundary", 0)
    desk.controller.handle("act", name="recolour", to=0)
    desk.demo.select("boundary", 0)
    view = desk.ask("act", name="delete")
    assert view.problem is None
    assert len(desk.demo.points.dataset.points) == 59


def test_selected_point_stays_selected_when_classes_change():
    desk = make_desk()
    desk.demo.select("boundary", 0)
    desk.ask("act", name="recolour", to=2)
    assert len(desk.demo.points.dataset.class_names) == 3
    view = desk.ask("act", name="recolour", to=0)
    assert view.problem is None
    assert len(desk.demo.points.dataset.class_names) == 2


def test_figures_are_made_again_for_what_they_are_made_for():
    desk = Desk("playground", texts=SMALL, can_draw=True)
    desk.work()
    plot = desk.drawings.find_plot("boundary")
    desk.set(rate="0.2")
    desk.work()
    assert desk.drawings.find_plot("boundary") is plot
    desk.set(output="hard")
    desk.work()
    hard = desk.drawings.find_plot("boundary")
    assert hard is not plot


def test_added_point_is_drawn_and_counted():
    desk = Desk("playground", texts={**SMALL, "test_share": "0"}, can_draw=True)
    desk.work()
    desk.ask("add", figure="boundary", x=250, y=100, kind=1)
    desk.work()
    assert "among 61 points" in desk.view.labels["boundary"]
    assert len(desk.view.handles["boundary"]) == 61


def test_reading_a_curve_ends_where_the_pointer_leaves_it():
    desk = Desk("playground", texts=SMALL, can_draw=True)
    desk.work()
    desk.ask("act", name="epoch")
    assert desk.controller.handle("read", figure="loss", x=250, y=100).startswith(
        "Step"
    )
    assert desk.controller.handle("read", figure="loss") == ""
    assert desk.view.problem is None


def test_what_can_not_be_done_is_said_and_changes_nothing():
    desk = make_desk()
    advance(desk)
    before = read_parameters(desk)
    view = desk.ask("act", name="delete")
    assert "No point is selected" in view.problem.message
    assert desk.ask("act", name="csv", content="1,2,3\n").problem
    assert desk.ask("act", name="open", text="{}").problem
    assert read_parameters(desk) == before
    assert desk.demo.n_steps == 100


def test_table_becomes_own_points_with_the_names_of_classes():
    rows = "x;y;label\n" + "\n".join(
        f"{k},5;{-k};{'cat' if k % 2 else 'dog'}" for k in range(20)
    )
    desk = make_desk()
    view = desk.ask("act", name="csv", content=rows.encode())
    assert view.problem is None
    assert view.texts["data"] == "own"
    assert set(desk.demo.points.dataset.class_names) == {"cat", "dog"}


def test_own_points_of_an_address_are_read_again():
    desk = make_desk()
    place(desk)
    texts = {name: desk.view.texts[name] for name in ("data", "own")}
    other = make_desk(**texts)
    assert other.view.notices == []
    assert other.demo.points.dataset == desk.demo.points.dataset


@pytest.mark.parametrize("own", ["a", "zzz", "aAAAA", "b123"])
def test_broken_own_points_of_an_address_are_said(own):
    desk = make_desk(data="own", own=own)
    assert desk.view.notices
    assert desk.view.state == "ready"


def test_address_of_another_version_is_said():
    desk = Desk("playground", texts={"v": "7", "rate": "0.5"})
    assert "version" in desk.view.notices[0]
    assert desk.view.texts["rate"] == "0.5"


# --- out and in again ----------------------------------------------------------------


def test_document_brings_back_run_and_settings_bit_by_bit():
    desk = make_desk(optimizer="momentum")
    advance(desk)
    text = desk.controller.handle("artifact", name="json")
    other = make_desk(data="circles")
    other.ask("act", name="open", text=text)
    assert other.view.problem is None
    assert other.view.texts["data"] == "moons"
    assert read_parameters(other) == read_parameters(desk)
    assert other.demo.n_steps == 100
    advance(desk)
    advance(other)
    assert read_parameters(other) == read_parameters(desk)


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{}", '{"format": "moongrad playground", "version": 9}', "nonsense"],
)
def test_document_of_another_shape_is_refused_in_words(text):
    desk = make_desk()
    view = desk.ask("act", name="open", text=text)
    assert view.problem.message.endswith(".")
    assert view.state == "ready"


def test_python_script_reproduces_the_loss(capsys):
    desk = make_desk(features="x,y,x*y")
    advance(desk, 230)
    script = desk.controller.handle("artifact", name="python")
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    last = float(
        capsys.readouterr().out.split()[-2 if desk.demo.run.testing.points else -1]
    )
    assert last == pytest.approx(desk.demo.run.record.loss, rel=1e-9)


@pytest.mark.parametrize(
    "name", ["formula", "pytorch", "notebook", "onnx", "csv", "json"]
)
def test_everything_can_be_handed_out(name):
    desk = make_desk()
    advance(desk)
    content = desk.controller.handle("artifact", name=name)
    assert len(content) > 50
    if name in ("notebook", "json"):
        json.loads(content)


def test_script_of_a_run_with_a_moved_point_reproduces_the_loss(capsys):
    desk = make_desk()
    advance(desk, 50)
    desk.demo.move(3, (1.5, 1.5))
    desk.demo.advance(7)
    desk.demo.move(3, (1.0, 1.0))
    desk.demo.drop()
    desk.demo.advance(40)
    script = desk.controller.handle("artifact", name="python")
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    last = float(capsys.readouterr().out.split()[-2])
    assert last == pytest.approx(desk.demo.run.record.loss, rel=1e-9)


@pytest.mark.parametrize("loss", ["hinge", "cross_entropy", "squared_error"])
@pytest.mark.parametrize("n", ["2", "3", "4"])
def test_classes_are_learned_with_every_loss_that_suits_them(n, loss):
    desk = make_desk(data="blobs", classes=n, loss=loss, points="60", hidden="4")
    desk.demo.advance(300)
    assert desk.demo.run.record.loss < 0.5
    assert desk.demo.run.record.accuracy > 0.9


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"points": "7", "rate": "fast"}, "Points needs a whole number from 10 to"),
        ({"data": "planets"}, "Data needs one of"),
        ({"data": "own", "own": "aeNpjYkxkTGJ"}, "These points are cut off"),
        ({"data": "own", "own": "x"}, "This isn’t text that the playground wrote"),
        ({"data": "own", "own": "beNpjYkxk"}, "from a later version of this page"),
        ({"data": "formula", "formula": "log(x)"}, "log(x) isn’t finite at"),
        ({"features": "log(x)"}, "log(x) isn’t finite at"),
    ],
)
def test_what_is_wrong_in_an_address_is_said_and_the_rest_can_be_trained(
    texts, sentence
):
    desk = make_desk(**texts)
    assert sentence in " ".join(desk.view.notices)
    desk.demo.advance(20)
    assert desk.demo.run.record.step == 20


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"data": "blobs", "classes": "3", "loss": "hinge"}, "cross-entropy"),
        ({"data": "hills"}, "squared error"),
    ],
)
def test_other_loss_than_the_one_chosen_is_said(texts, said):
    desk = make_desk(**texts)
    assert said in desk.view.notices[-1]
    assert make_desk().view.notices == []


def test_wrong_formula_does_not_stop_a_running_run():
    desk = make_desk()
    desk.ask("play")
    view = desk.set(features="x,y,log(x)")
    assert view.state == "running"
    assert "finite" in view.problem.message
    assert desk.set(features="x,y").problem is None


def test_measurements_are_those_of_points_that_were_pasted():
    desk = make_desk()
    advance(desk)
    rows = "\n".join(f"{k % 5},{k % 7},{'ab'[k % 2]}" for k in range(40))
    desk.ask("act", name="csv", content=rows)
    record = desk.demo.run.trainer.measure()
    assert desk.view.outputs["loss"] == f"{record.loss:.4f}"


def test_notices_of_a_table_are_said_once():
    desk = make_desk()
    rows = "x,y,label\n" + "\n".join(f"{k},{-k},{'ab'[k % 2]}" for k in range(9))
    assert desk.ask("act", name="csv", content=rows).notices
    assert desk.ask("act", name="epoch").notices == []


def find_plots(desk):
    return {name: desk.drawings.find_plot(name) for name in desk.page.FIGURES}


def test_another_network_of_the_same_points_keeps_the_other_plots():
    desk = Desk("playground", texts=SMALL, can_draw=True)
    desk.work(limit=20)
    before = find_plots(desk)
    desk.set(hidden="5")
    desk.work(limit=20)
    changed = {name for name, plot in find_plots(desk).items() if plot != before[name]}
    assert changed == {"network", "gradients"}
    assert "5 neurons" in desk.view.labels["network"]
    desk.set(noise="0.2")
    desk.work(limit=20)
    assert not set(before.values()) & set(find_plots(desk).values())


def test_another_network_is_drawn_before_all_else_while_it_plays():
    desk = Desk("playground", texts=SMALL, can_draw=True)
    desk.work(limit=20)
    desk.ask("play")
    desk.controller.work()
    desk.set(hidden="5")
    desk.painted.clear()
    desk.controller.work()
    assert desk.painted == ["network"]
    assert "5 neurons" in desk.view.labels["network"]
    for _ in range(3):
        desk.controller.work()
    assert {"boundary", "loss"} <= set(desk.painted)
    assert desk.demo.n_steps > 0


def test_going_away_and_back_goes_on_at_the_last_step():
    desk = make_desk()
    advance(desk, 40)
    desk.ask("seek", moment=0)
    desk.set(rate="0.5")
    desk.ask("seek", moment=len(desk.demo.run.history.moments) - 1)
    before = read_parameters(desk)
    assert desk.demo.n_steps == 40
    advance(desk, 1)
    assert desk.demo.n_steps == 41
    assert read_parameters(desk) != before


def test_file_that_is_refused_is_not_opened_later():
    desk = make_desk()
    advance(desk, 20)
    document = json.loads(desk.controller.handle("artifact", name="json"))
    document["options"]["rate"] = "-3"
    advance(desk, 40)
    desk.ask("act", name="open", text=json.dumps(document))
    assert "Learning rate" in desk.view.problem.message
    desk.set(rate="0.2")
    assert desk.demo.n_steps == 60


def test_undoing_nothing_changes_nothing_of_what_comes_next():
    desk = make_desk()
    advance(desk, 20)
    desk.ask("act", name="undo")
    desk.set(data="circles")
    assert desk.demo.n_steps == 0


def test_names_of_classes_are_quoted_where_they_need_it():
    names = ['"a, ""b"""', "c"]
    rows = "\n".join(f"{k},{-k},{names[k % 2]}" for k in range(9))
    desk = make_desk()
    assert desk.ask("act", name="csv", content=rows).problem is None
    content = desk.controller.handle("artifact", name="csv")
    other = make_desk()
    other.ask("act", name="csv", content=content)
    assert other.demo.points.dataset == desk.demo.points.dataset
    assert 'a, "b"' in other.demo.points.dataset.class_names
