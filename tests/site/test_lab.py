"""The lab: twelve steps in which visitors write the engine, checked as they go."""

from __future__ import annotations

import json

import pytest
from test_access import violations

from lab.lesson import list_lessons

LESSONS = list_lessons()
CELL = "moongrad-cell"


def open_lab(open_, path="lab.html", **keywords):
    page = open_(path, **keywords)
    page.wait_for_selector("main[data-state=ready]")
    page.locator(".cm-content").wait_for()
    return page


@pytest.fixture(scope="module")
def lab(open_once):
    return open_lab(open_once)


def go_to(page, number):
    page.click(f".steps a[data-step='{number}']")
    page.wait_for_selector(f"main[data-step='{number}']")


def read_code(page):
    return page.evaluate("document.querySelector('moongrad-cell').code")


def write(page, code):
    page.evaluate(
        "code => { document.querySelector('moongrad-cell').code = code; }", code
    )


def press(page, name):
    page.click(f"button[name={name}]")


def wait_for(page, *states):
    page.wait_for_selector(", ".join(f"{CELL}[data-state={it}]" for it in states))


def check(page):
    """Press Check; return what the verdict is, and its sentence."""
    press(page, "check")
    verdict = page.locator(".verdict:not([hidden])")
    verdict.wait_for()
    return verdict.get_attribute("data-check"), verdict.inner_text()


# --- the steps ------------------------------------------------------------------------


def test_all_steps_are_solved_and_each_goes_on_from_the_one_before(lab):
    carried = ""
    for lesson in LESSONS[:-1]:
        go_to(lab, lesson.number)
        assert lab.inner_text("section.lesson:visible h2").endswith(lesson.title)
        assert read_code(lab) == lesson.begin(carried).strip()
        press(lab, "solution")
        assert check(lab)[0] == "passed", lesson.title
        assert lab.locator(".steps a.passed").count() == lesson.number
        carried = lesson.solution


def test_moons_are_trained_by_the_visitors_engine_until_it_is_stopped(lab):
    go_to(lab, 12)
    press(lab, "solution")
    press(lab, "run")
    lab.wait_for_function(
        """() => parseInt(document.querySelector(
             "moongrad-cell .buttons [role=status]").textContent) >= 2"""
    )
    figures = lab.locator("[role=log] canvas")
    labels = figures.evaluate_all("all => all.map((c) => c.getAttribute('aria-label'))")
    assert len(labels) == 2
    assert "boundary" in labels[0].lower() and "loss" in labels[1].lower()
    press(lab, "stop")
    wait_for(lab, "stopped")


def test_mistake_is_answered_in_words_about_the_visitors_code(lab):
    lesson = LESSONS[5]
    mistake = lesson.mistakes[0]
    go_to(lab, lesson.number)
    write(lab, mistake.code)
    result, sentence = check(lab)
    assert result == "failed"
    assert mistake.says.replace("`", "") in sentence


def test_code_that_ends_with_an_error_does_not_pass(lab):
    go_to(lab, 1)
    write(lab, "def f(x: return")
    result, sentence = check(lab)
    assert result == "failed"
    assert "Python can’t read your code yet" in sentence
    assert "SyntaxError" in lab.inner_text("[role=log]")
    write(lab, f"{LESSONS[0].solution}\n1 / 0")
    result, sentence = check(lab)
    assert result == "failed"
    assert "The checks pass, but your code ends with an error" in sentence
    assert "ZeroDivisionError" in lab.inner_text("[role=log]")


def test_hints_come_one_by_one(lab):
    go_to(lab, 2)
    hints = LESSONS[1].hints
    for k in range(len(hints)):
        press(lab, "hint")
        assert lab.locator(".hints li").count() == k + 1
    press(lab, "hint")
    assert lab.locator(".hints li").count() == len(hints)
    assert lab.locator(".hints code").count() > 0
    go_to(lab, 3)
    assert not lab.is_visible(".hints")


# --- what is written ------------------------------------------------------------------


def test_what_is_written_survives_a_reload_and_replacing_it_is_undone(open_page):
    page = open_lab(open_page, "lab.html?step=2")
    write(page, "mine = 1")
    page.reload()
    page.wait_for_selector("main[data-state=ready]")
    assert page.get_attribute("main", "data-step") == "2"
    assert read_code(page) == "mine = 1"
    assert page.inner_text(".kept") == "What you write is kept on this device."
    press(page, "restart")
    assert read_code(page) != "mine = 1"
    press(page, "undo")
    assert read_code(page) == "mine = 1"
    press(page, "solution")
    press(page, "undo")
    assert read_code(page) == "mine = 1"


def test_older_state_is_left_where_it_is_and_said(open_page):
    page = open_lab(open_page)
    page.evaluate(
        "localStorage.setItem('moongrad:lab', '{\"version\": 0, \"old\": 1}')"
    )
    page.reload()
    page.wait_for_selector("main[data-state=ready]")
    assert "from another version" in page.inner_text(".kept")
    write(page, "new = 1")
    kept = page.evaluate("localStorage.getItem('moongrad:lab:other')")
    assert json.loads(kept)["old"] == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "Storage.prototype.setItem = () => { throw new DOMException(''); };",
            "There’s no room left",
        ),
        (
            "Object.defineProperty(window, 'localStorage', "
            "{ get() { throw new DOMException(''); } });",
            "This browser keeps nothing",
        ),
    ],
    ids=["full", "refused"],
)
def test_storage_that_cannot_be_used_is_said_and_the_lab_works(
    open_once, fault, sentence
):
    page = open_once("index.html")
    page.context.add_init_script(fault)
    page.goto(page.url.replace("index.html", "lab.html"))
    page.wait_for_selector("main[data-state=ready]")
    write(page, "1 + 1")
    assert sentence in page.inner_text(".kept")
    press(page, "run")
    wait_for(page, "done")
    assert page.inner_text("[role=log]") == "2"


def test_all_steps_are_saved_as_one_file_and_opened_again(open_page):
    page = open_lab(open_page)
    write(page, "first = 1")
    go_to(page, 2)
    write(page, "second = 2")
    files = {}
    for name, file in (
        ("script", "moongrad-lab.py"),
        ("notebook", "moongrad-lab.ipynb"),
    ):
        with page.expect_download() as download:
            press(page, name)
        assert download.value.suggested_filename == file
        files[file] = download.value.path().read_bytes()
    for name, content in files.items():
        write(page, "changed = 3")
        file = {"name": name, "mimeType": "text/plain", "buffer": content}
        page.set_input_files(".carried input", file)
        page.wait_for_function(
            "document.querySelector('moongrad-cell').code[0] === 's'"
        )
        assert read_code(page) == "second = 2"
        assert "2 steps were opened" in page.inner_text(".carried [role=status]")
    for content, sentence in ((b"\xff\xfe\0", "isn’t text"), (b"x = 1", "None of the")):
        file = {"name": "x.py", "mimeType": "text/plain", "buffer": content}
        page.set_input_files(".carried input", file)
        status = page.locator(".carried [role=status]")
        status.filter(has_text=sentence).wait_for()
    assert read_code(page) == "second = 2"


def test_back_and_forth_lead_through_the_steps(lab):
    go_to(lab, 1)
    lab.click("a[data-go='1']")
    lab.wait_for_selector("main[data-step='2']")
    assert lab.url.endswith("?step=2")
    lab.go_back()
    lab.wait_for_selector("main[data-step='1']")
    assert not lab.is_visible("a[data-go='-1']")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_lab_has_no_violation(lab, theme, width):
    lab.emulate_media(color_scheme=theme)
    lab.set_viewport_size({"width": width, "height": 800})
    go_to(lab, 7)
    press(lab, "hint")
    check(lab)
    assert violations(lab) == []
    assert lab.evaluate("document.documentElement.scrollWidth") <= width
    lab.set_viewport_size({"width": 1280, "height": 900})
    lab.emulate_media(color_scheme="light")
