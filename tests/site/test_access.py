"""Accessibility: axe-core finds no violation, and the keyboard drives every demo."""

from __future__ import annotations

import pytest
from demo import (
    read_output,
    read_records,
    read_rows,
    wait_for_output,
    wait_for_state,
)

from builder.catalog import PAGES
from builder.paths import NODE_MODULES

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
FILES = [page.file for page in PAGES if page.demo]
OTHERS = {page.file for page in PAGES} - {*FILES, "embed.html"}  # it has its own test


def violations(page):
    """Return the violations that axe-core finds, one per element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then((results) => results.violations)")
    return [
        (violation["id"], node["html"][:200], node["failureSummary"])
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("file", FILES)
def test_page_has_no_violation(share_page, file):
    page = share_page(file)
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.click("button[name=step]")
    for details in page.locator("main details").all():
        details.evaluate("element => element.open = true")
    for form in page.locator("form.exercise").all()[:1]:
        form.locator("input").fill("12345")
        form.locator("button").click()
    for theme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=theme)
        is_dark = "matchMedia('(prefers-color-scheme: dark)').matches"
        assert page.evaluate(is_dark) == (theme == "dark")
        assert violations(page) == []


@pytest.mark.parametrize("file", sorted(OTHERS))
def test_page_without_a_demo_has_no_violation(open_page, file):
    page = open_page(file)
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 320)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], (theme, width)


def test_embed_page_and_share_dialog_have_no_violation(open_page):
    page = open_page("embed.html")
    page.locator(".preview moongrad-demo").wait_for()
    page.locator(".panel code").filter(has_text="embed/v1.js").wait_for()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator(".preview button").click()
    page.locator('.preview [data-state="done"]').wait_for()
    assert violations(page) == []
    page = open_page("moons.html", color_scheme="dark")
    wait_for_state(page, "ready")
    page.click("button[name=share]")
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("file", ["slope.html", "graph.html", "moons.html"])
def test_narrow_page_with_an_error_has_no_violation(share_page, file):
    page = share_page(file)
    page.set_viewport_size({"width": 360, "height": 900})
    name = page.locator("form.controls input[type=text]").first.get_attribute("name")
    page.fill(f"#{name}", "nonsense !")
    page.press(f"#{name}", "Enter")
    wait_for_state(page, "error")
    found = violations(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert found == []


def tab_to(page, selector):
    """Press Tab until an element has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_keyboard_drives_slope(share_page):
    page = share_page("slope.html")
    tab_to(page, "button[name=step]")
    page.keyboard.press("Enter")
    wait_for_state(page, "paused")
    tab_to(page, 'canvas[data-figure="curve"]')
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#x').value !== '3'")
    tab_to(page, "#formula")
    page.keyboard.press("Control+A")
    page.keyboard.type("x**2")
    page.keyboard.press("Enter")
    page.wait_for_url("**formula=x**2**")
    tab_to(page, "button.try")
    page.keyboard.press("Space")
    wait_for_output(page, "exact", "14")


def test_keyboard_drives_graph(share_page):
    page = share_page("graph.html")
    tab_to(page, "button[name=step]")
    for k in range(1, 4):
        page.keyboard.press("Enter")
        wait_for_output(page, "step", f"{k} / 7")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # back
    wait_for_output(page, "step", "2 / 7")
    tab_to(page, ".graph")
    before = page.get_attribute(".graph svg", "viewBox")
    page.keyboard.press("+")
    assert page.get_attribute(".graph svg", "viewBox") != before
    tab_to(page, "#rule")
    page.keyboard.press("ArrowDown")
    wait_for_output(page, "step", "0 / 7")


def test_keyboard_drives_neuron(share_page):
    page = share_page("neuron.html")
    tab_to(page, "button[name=step]")
    page.keyboard.press("Enter")
    wait_for_output(page, "step", "1 / 10")
    tab_to(page, 'input[data-slider="x2"]')
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#x2').value === '0.1'")
    page.wait_for_function(
        """() => document.querySelector("[data-rows=gradients]")
             .textContent.includes("0.1")"""
    )
    assert read_rows(page, "gradients")["x2"][0] == "0.1"


@pytest.mark.parametrize("file", ["examples.html", "regression.html", "moons.html"])
def test_keyboard_drives_demos_with_a_network(share_page, file):
    page = share_page(file)
    tab_to(page, "button[name=step]")
    page.keyboard.press("Enter")
    wait_for_state(page, "paused")
    assert len(read_records(page)) == 1
    tab_to(page, 'canvas[data-figure="network"]')
    page.keyboard.press("ArrowLeft")
    wait_for_output(page, "part", "Bias of the output")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    before = read_output(page, "loss")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('output[name=loss]').textContent !== before",
        arg=before,
    )
    assert page.input_value("#weight") in ("7", "7.0000")


@pytest.mark.parametrize("file", ["index.html", "speed.html"])
def test_keyboard_drives_landing_page_and_speed(share_page, file):
    page = share_page(file)
    tab_to(page, "button[name=step]")
    page.keyboard.press("Enter")
    wait_for_state(page, "paused")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # reset
    wait_for_state(page, "ready")
    tab_to(page, "form.controls input[name]")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**=1")


def test_keyboard_answers_an_exercise(share_page):
    page = share_page("slope.html")
    tab_to(page, "form.exercise input")
    page.keyboard.type("2/3")
    page.keyboard.press("Enter")
    verdict = page.locator("form.exercise output").first
    assert "enter a number" in verdict.text_content()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.667")
    page.keyboard.press("Enter")
    assert verdict.text_content().startswith("Right.")
