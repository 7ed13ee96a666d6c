"""Between the page and its Python: order, waiting, silence, what fails on the way."""

from __future__ import annotations

import random
import threading

import pytest
from demo import (
    look_at,
    open_ready,
    press,
    read_output,
    read_records,
    set_option,
    settle,
    wait_for_figures,
    wait_for_output,
    wait_for_state,
)

import network as net
from pages import sizes

QUICK = "moons.html?points=20&hidden=4&steps=10"
LARGE = "moons.html?hidden=64,64,64"
LARGER = "moons.html?hidden=40,40"  # than what a drag retrains at once


def read_weight(page):
    return float(page.input_value("#weight"))


# --- what is done while Python is loading --------------------------------------------


def test_weight_typed_while_loading_is_that_of_the_run(open_page):
    page = open_page(QUICK)
    page.fill("#weight", "7.5")
    page.press("#weight", "Enter")
    page.evaluate("document.activeElement.blur()")
    wait_for_state(page, "ready")
    settle(page)
    assert read_weight(page) == 7.5
    assert read_output(page, "loss") != "–"  # of the network with that weight
    press(page, "reset")
    settle(page)
    assert read_weight(page) != 7.5
    press(page, "play")
    wait_for_state(page, "done")
    settle(page)
    assert read_weight(page) != 7.5


def test_what_is_changed_before_the_demo_is_set_up_counts(open_page, network):
    """The page Speed waits for micrograd's wheel before it has a demo."""
    released = threading.Event()
    network.faults["/micrograd-"] = lambda handler: not released.wait(60)
    page = open_page("speed.html", home=network.address, color_scheme="light")
    page.wait_for_function(
        "performance.getEntriesByName('moongrad:worker-start').length > 0"
    )
    set_option(page, "rounds", 1)
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    released.set()
    wait_for_figures(page)
    assert page.is_hidden("[role=alert]")
    press(page, "play")
    wait_for_state(page, "done")
    assert look_at(page, "bars")[3, 3].mean() < 60
    assert len(read_records(page)) == 3 + len(list(sizes.turns()))


# --- order ---------------------------------------------------------------------------


def test_reset_is_not_undone_by_an_edit_before_it(open_page):
    page = open_ready(open_page, "moons.html")
    weight = read_weight(page)
    page.evaluate(
        """() => {
          const slider = document.querySelector('input[data-slider="weight"]');
          for (const value of [1, 2.5, 3.75]) {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
          }
          document.querySelector('button[name="reset"]').click();
        }"""
    )
    settle(page)
    assert read_weight(page) == weight
    assert read_output(page, "step") == "0 / 100"
    press(page, "play")
    wait_for_state(page, "done")
    assert read_output(page, "loss") == "0.0110"


def test_drag_after_a_refused_option_leaves_one_picture(open_page):
    page = open_ready(open_page, "moons.html?points=20")
    press(page, "play")
    wait_for_state(page, "done")
    set_option(page, "noise", 7)
    wait_for_state(page, "error")
    page.focus('canvas[data-figure="boundary"]')
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    wait_for_state(page, "done")
    settle(page)
    assert page.is_hidden("[role=alert]")
    assert page.input_value("#noise") == "0.1"
    records = read_records(page)
    assert len(records) == 100
    assert read_output(page, "loss") == f"{records[-1]['loss']:.4f}"
    press(page, "reset")
    wait_for_state(page, "ready")
    assert page.is_enabled('button[name="step"]')


def test_options_without_a_control_stay(open_page):
    page = open_ready(open_page, "index.html?points=20", reduced_motion="reduce")
    link = "document.querySelector('a[data-follow]').search"
    assert page.evaluate(link) == "?points=20"
    press(page, "reset")
    settle(page)
    press(page, "play")
    wait_for_state(page, "done")
    assert "of 20 points" in page.inner_text("[role=status]")
    press(page, "play")  # Train again
    wait_for_state(page, "running")
    wait_for_state(page, "done")
    assert "of 20 points" in page.inner_text("[role=status]")


# --- waiting -------------------------------------------------------------------------


def test_who_waits_is_told_so_and_can_change_their_mind(open_page):
    page = open_ready(open_page, "moons.html?points=20")
    set_option(page, "hidden", "64,64,64")
    wait_for_output(page, "parameters", "8577")
    assert page.locator("main[data-pending]").count() == 1, "the figures follow"
    page.wait_for_selector("main[aria-busy=true]")
    assert page.inner_text("[role=status]") == "Computing…"
    cursor = "getComputedStyle(document.querySelector('main')).cursor"
    assert page.evaluate(cursor) == "progress"
    set_option(page, "hidden", "4")
    wait_for_output(page, "parameters", "17")
    settle(page)
    assert page.get_attribute("main", "aria-busy") == "false"
    assert page.inner_text("[role=status]") == ""
    label = page.get_attribute('canvas[data-figure="network"]', "aria-label")
    assert "a hidden layer of 4 neurons" in label


def test_drag_of_a_large_network_is_seen_to_train(open_page):
    page = open_ready(open_page, f"{LARGER}&points=500&steps=2000&rate=0.05")
    page.focus('canvas[data-figure="boundary"]')
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    wait_for_state(page, "running")
    page.wait_for_function(
        "parseInt(document.querySelector('output[name=step]').textContent) > 9"
    )
    press(page, "play")  # it says Pause
    wait_for_state(page, "paused")
    assert 0 < len(read_records(page)) < 2000


# --- silence -------------------------------------------------------------------------

HELD_BACK = """
  const { addEventListener } = EventTarget.prototype;
  window.heldBack = null;
  EventTarget.prototype.addEventListener = function (kind, listener, ...rest) {
    const isWorker = this instanceof Worker && kind === "message";
    return addEventListener.call(this, kind, !isWorker ? listener : (event) => {
      const isOurs = typeof event.data === "string";
      const isHeld = window.heldBack && isOurs && event !== window.last;
      if (isHeld) return window.heldBack.push([listener, event]);
      listener.call(this, event);
      if (isOurs && window.holdAfter && event.data.includes(window.holdAfter)) {
        [window.heldBack, window.holdAfter, window.last] = [[], "", event];
      }
    }, ...rest);
  };
"""


LET_GO = """() => {
  const events = window.heldBack;
  window.heldBack = null;
  for (const [listener, event] of events) listener(event);
}"""


def test_python_that_is_heard_of_again_is_taken_up_again(open_page, site):
    page = open_page("index.html", is_watched=False)
    page.add_init_script(HELD_BACK)
    page.clock.install()  # before the page starts its timers
    page.goto(site + QUICK)
    wait_for_figures(page)
    page.evaluate("window.heldBack = []")
    press(page, "step")
    page.wait_for_function("window.heldBack.length > 0")
    page.clock.run_for(31_000)
    wait_for_state(page, "error")
    assert "it hasn’t answered for 30 seconds" in page.inner_text("[role=alert]")
    page.evaluate(LET_GO)
    wait_for_state(page, "paused")
    assert page.is_hidden("[role=alert]")
    assert read_output(page, "step") == "1 / 10"
    press(page, "step")
    wait_for_output(page, "step", "2 / 10")


def test_python_that_imports_what_draws_is_given_time(open_page, site):
    page = open_page("index.html", is_watched=False)
    page.add_init_script(HELD_BACK)
    page.add_init_script("window.holdAfter = '\"is_importing\": true';")
    page.clock.install()
    page.goto(site + QUICK)
    page.wait_for_function("window.heldBack !== null")
    press(page, "step")
    page.clock.run_for(250_000)
    assert page.inner_text("[role=alert]") == ""
    assert page.get_attribute("main", "data-state") == "ready"
    page.clock.run_for(60_000)
    wait_for_state(page, "error")
    assert "hasn’t answered for 300 seconds" in page.inner_text("[role=alert]")
    page.evaluate(LET_GO)
    wait_for_state(page, "paused")


# --- scripts that do not arrive ------------------------------------------------------


def test_page_goes_on_where_sharing_cannot_be_loaded(open_page, network):
    network.faults["share.js"] = net.missing
    page = open_page(QUICK, home=network.address, is_watched=False)
    press(page, "share")
    page.get_by_role("alert").filter(has_text="couldn’t be loaded").wait_for()
    wait_for_figures(page)
    press(page, "play")
    wait_for_state(page, "done")
    press(page, "share")
    page.get_by_role("alert").filter(has_text="press Share again").wait_for()
    assert page.get_attribute("main", "data-state") == "done"
    network.faults.clear()
    press(page, "share")
    page.locator("dialog[open]").wait_for()
    assert page.is_hidden("main [role=alert]")


def test_weights_can_be_shared_from_a_dialog_that_was_opened_while_loading(open_page):
    page = open_page(QUICK)
    press(page, "share")
    box = page.locator("dialog.share input[type=checkbox]")
    assert box.is_disabled()
    page.wait_for_selector("dialog.share input[type=checkbox]:enabled")
    box.check()
    page.locator("dialog.share input[value=link]").check()
    page.locator("dialog.share code", has_text="#weights=").wait_for()


# --- a visitor who tries everything --------------------------------------------------


ACT = """async (actions) => {
  const find = (selector) => document.querySelector(selector);
  const tell = (it, kind) => it.dispatchEvent(new Event(kind, { bubbles: true }));
  const doers = {
    press: (name) => find(`button[name="${name}"]`).click(),
    set: (name, value) => {
      const control = find(`[name="${name}"]:is(input, select)`);
      control.value = value;
      tell(control, "change");
    },
    slide: (name, value) => {
      const slider = find(`[data-slider="${name}"]`);
      slider.value = value;
      tell(slider, "input");
    },
    key: (figure, key) => {
      const canvas = find(`canvas[data-figure="${figure}"]`);
      for (const kind of ["keydown", "keyup"])
        canvas.dispatchEvent(new KeyboardEvent(kind, { key, bubbles: true }));
    },
  };
  for (const [kind, name, value] of actions) {
    doers[kind](name, value);
    await new Promise((resolve) => setTimeout(resolve, value === undefined ? 20 : 5));
  }
}"""


def test_after_300_random_actions_the_published_run_is_there(open_page):
    page = open_ready(open_page, "moons.html", reduced_motion="reduce")
    rng = random.Random(1337)
    page.evaluate(ACT, [rng.choice(CHOICES)(rng) for _ in range(300)])
    for name, value in DEFAULTS.items():
        page.evaluate(ACT, [["set", name, value]])
    page.evaluate(ACT, [["press", "reset"]])
    settle(page)
    wait_for_state(page, "ready")
    press(page, "play")
    wait_for_state(page, "done")
    assert read_output(page, "loss") == "0.0110"
    assert read_output(page, "accuracy") == "100.0%"
    records = read_records(page)
    assert [record["step"] for record in records] == list(range(100))
    assert records[-1]["loss"] == pytest.approx(0.010978370135492717, rel=1e-9)


DEFAULTS = {"noise": "0.1", "hidden": "16,16", "rate": "1", "points": "100"}
CHOICES = [
    lambda rng: ["press", rng.choice(["play", "step", "reset"])],
    lambda rng: ["press", "play"],
    lambda rng: ["slide", "weight", str(rng.uniform(-4, 4))],
    lambda rng: ["slide", "noise", str(round(rng.random(), 2))],
    lambda rng: ["set", "hidden", rng.choice(["4", "8,8", "16,x", ""])],
    lambda rng: ["set", "rate", rng.choice(["1", "50", "0"])],
    lambda rng: ["set", "points", rng.choice(["20", "100", "5"])],
    lambda rng: ["set", "weight", rng.choice(["7.5", "1e9", "-3"])],
    lambda rng: ["key", "boundary", rng.choice(["PageDown", "ArrowRight", "ArrowUp"])],
    lambda rng: ["key", "network", rng.choice(["ArrowRight", "ArrowLeft"])],
]
