"""The moons page: what a visitor does, and what they see."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from demo import (
    curve_heights,
    look_at,
    open_ready,
    press,
    read_output,
    read_records,
    set_option,
    share_of_blue_and_orange,
    wait_for_state,
)

QUICK = "moons.html?points=20&hidden=4&steps=10"


# --- the main job --------------------------------------------------------------------


def test_default_run_is_that_of_the_command_line(open_page):
    page = open_ready(open_page, "moons.html")
    untrained = look_at(page, "boundary")
    press(page, "play")
    wait_for_state(page, "running")
    wait_for_state(page, "done")

    command = [sys.executable, "-m", "moongrad", "--json", "--seed", "1337"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expected = [json.loads(line) for line in output.splitlines()]
    records = read_records(page)
    assert len(records) == len(expected) == 100
    for ours, theirs in zip(records, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=0)

    assert read_output(page, "step") == "100 / 100"
    assert read_output(page, "accuracy") == "100.0%"
    assert read_output(page, "loss") == "0.0110"
    assert read_output(page, "parameters") == "337"

    boundary = look_at(page, "boundary")
    assert min(share_of_blue_and_orange(boundary)) > 0.2
    assert abs(boundary - untrained).mean() > 3
    first, last = curve_heights(look_at(page, "loss"))
    assert last - first > 60

    label = page.get_attribute('canvas[data-figure="boundary"]', "aria-label")
    assert "100 of 100 are classified correctly" in label
    label = page.get_attribute('canvas[data-figure="loss"]', "aria-label")
    assert "to 0.011 at step 99" in label


def test_marks_come_in_order(share_page):
    page = share_page(QUICK)
    press(page, "play")
    wait_for_state(page, "done")
    names = ["worker-start", "engine-ready", "first-step", "done"]
    times = page.evaluate(
        """names => names.map((name) =>
             performance.getEntriesByName("moongrad:" + name)[0].startTime)""",
        names,
    )
    assert times == sorted(times)


# --- the buttons ---------------------------------------------------------------------


def test_step_pause_and_reset(open_page):
    page = open_ready(open_page, QUICK)
    press(page, "step")
    wait_for_state(page, "paused")
    assert read_output(page, "step") == "1 / 10"
    assert len(read_records(page)) == 1

    set_option(page, "steps", 2000)
    wait_for_state(page, "ready")
    press(page, "play")
    wait_for_state(page, "running")
    page.wait_for_function("document.querySelectorAll('tbody tr').length > 2")
    press(page, "play")  # now it says Pause
    wait_for_state(page, "paused")
    n = len(read_records(page))
    press(page, "step")
    page.wait_for_function(f"document.querySelectorAll('tbody tr').length == {n + 1}")

    press(page, "reset")
    wait_for_state(page, "ready")
    assert read_output(page, "loss") == "–"
    assert read_records(page) == []


def test_everything_by_keyboard(share_page):
    page = share_page(QUICK)
    page.focus('button[name="play"]')
    page.keyboard.press("Enter")
    wait_for_state(page, "done")
    page.focus('input[data-slider="noise"]')
    page.keyboard.press("ArrowRight")
    wait_for_state(page, "ready")
    assert page.input_value('input[name="noise"]') == "0.11"


# --- the options ---------------------------------------------------------------------


CHANGES = [
    ("points", 30),
    ("noise", 0.4),
    ("data_seed", 5),
    ("hidden", "3,3"),
    ("rate", 0.5),
    ("batch", 6),
    ("weight_seed", 7),
]


def test_address_of_a_run_shows_the_same_run(open_page):
    page = open_ready(open_page, QUICK)
    for option, value in CHANGES:
        set_option(page, option, value)
    page.wait_for_url("**weight_seed=7**")
    wait_for_state(page, "ready")
    again = open_ready(open_page, page.url.rsplit("/", 1)[1])
    for option, value in CHANGES:
        assert again.input_value(f'input[name="{option}"]') == str(value)
    for each in (page, again):
        press(each, "play")
        wait_for_state(each, "done")
    assert read_records(again) == read_records(page)


# --- bad input -----------------------------------------------------------------------


def test_bad_option_is_named_and_nothing_is_lost(share_page):
    page = share_page(QUICK)
    option, bad = "batch", "21"
    message = "Batch size needs at most 20, the number of points, got 21."
    good = page.input_value(f'input[name="{option}"]')
    press(page, "play")
    wait_for_state(page, "done")
    before, picture = read_records(page), look_at(page, "boundary")
    set_option(page, option, bad)
    wait_for_state(page, "error")
    alert = page.locator("[role=alert]")
    alert.wait_for()
    assert message in alert.inner_text()
    assert message in page.inner_text(f"#{option}-problem")
    assert page.get_attribute(f'input[name="{option}"]', "aria-invalid") == "true"
    assert read_records(page) == before
    assert abs(look_at(page, "boundary") - picture).max() == 0

    set_option(page, option, good)
    wait_for_state(page, "ready")
    assert not alert.is_visible()
    assert page.get_attribute(f'input[name="{option}"]', "aria-invalid") is None


def test_what_is_typed_while_loading_counts(open_page):
    page = open_page("moons.html?noise=0.3&points=20&hidden=4")
    assert page.input_value('input[name="noise"]') == "0.3"
    set_option(page, "steps", 5)
    wait_for_state(page, "ready")
    assert page.input_value('input[name="steps"]') == "5"
    press(page, "play")
    wait_for_state(page, "done")
    assert read_output(page, "step") == "5 / 5"
    page.wait_for_function("location.search.includes('steps=5')")
    assert "noise=0.3" in page.url


def test_slider_does_not_outrun_python(open_page):
    page = open_ready(open_page, QUICK)
    n_answers = page.evaluate(
        """async () => {
          let n = 0;
          const output = document.querySelector('output[name="loss"]');
          new MutationObserver(() => n++).observe(output, { childList: true });
          const slider = document.querySelector('input[data-slider="noise"]');
          for (let k = 0; k <= 60; k++) {
            slider.value = k / 100;
            slider.dispatchEvent(new Event("input"));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          return n;
        }"""
    )
    assert n_answers < 30
    press(page, "play")
    wait_for_state(page, "done")
    set_option(page, "noise", 0.6)  # as the slider left it: nothing changes
    wait_for_state(page, "done")
    first = read_records(page)
    page.wait_for_function("location.search.includes('noise=0.6')")
    again = open_ready(open_page, page.url.rsplit("/", 1)[1])
    press(again, "play")
    wait_for_state(again, "done")
    assert read_records(again) == first


def test_bad_address_is_mended_with_a_notice(open_page):
    page = open_ready(
        open_page, "moons.html?noise=3&points=abc&steps=5&hidden=99,4&other=<b>"
    )
    notices = page.inner_text(".notices")
    assert "Noise needs a number from 0 to 1, got “3”. It is now 1." in notices
    assert (
        "Points needs a whole number from 4 to 500, got “abc”. It is now 100."
        in notices
    )
    assert "It is now 64,4." in notices
    assert page.input_value('input[name="noise"]') == "1"
    assert page.input_value('input[name="steps"]') == "5"
    assert not page.locator("[role=alert]").is_visible()


# --- where and how it is looked at ---------------------------------------------------


def test_works_from_a_sub_path(open_page, sub_path_site):
    page = open_ready(open_page, QUICK, home=sub_path_site)
    press(page, "play")
    wait_for_state(page, "done")
    assert len(read_records(page)) == 10


def wait_for_pixels(page, ratio):
    """Wait until every figure has `ratio` pixels for each of the page."""
    page.wait_for_function(
        """(ratio) => [...document.querySelectorAll("canvas")].every((canvas) =>
             Math.abs(canvas.width - ratio * canvas.clientWidth) <= ratio)""",
        arg=ratio,
    )


def test_figures_are_sharp_on_a_fine_screen(open_page):
    page = open_ready(open_page, QUICK, device_scale_factor=2)
    wait_for_pixels(page, 2)


def test_figures_follow_the_size_and_the_theme(open_page):
    page = open_ready(open_page, QUICK, color_scheme="light")
    light = look_at(page, "loss")
    page.set_viewport_size({"width": 500, "height": 900})
    wait_for_pixels(page, 1)
    page.emulate_media(color_scheme="dark")
    for _ in range(100):  # the figure is redrawn in the worker, some frames later
        dark = look_at(page, "loss")
        if dark[3, 3].mean() < 60:
            break
    assert dark[3, 3].mean() < 60 < light[3, 3].mean()


def test_embedded_it_is_the_demo_alone(open_page):
    page = open_page(QUICK + "&embed=1")
    assert not page.locator("header.site").is_visible()
    assert not page.locator(".prose").first.is_visible()
    assert page.locator('button[name="play"]').is_visible()
