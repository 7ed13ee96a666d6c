"""What a visitor does with the playground's workbench, and what they can see of it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from demo import press, settle, wait_for_state

QUICK = "playground.html?points=100&hidden=4"


def choose(page, name, value):
    """Choose a value of an option, or type it, and wait until Python has it."""
    control = page.locator(f'main :is(input, select)[name="{name}"]')
    if control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(str(value))
        control.press("Tab")
    settle(page)


def value_of(page, name):
    return page.input_value(f'main :is(input, select)[name="{name}"]')


def act(page, name):
    """Press one of the buttons that only a workbench has."""
    page.click(f'button[data-act="{name}"]')
    settle(page)


def train_to(page, step):
    """Train until the run has made so many steps."""
    choose(page, "stop_steps", step)
    press(page, "play")
    wait_for_state(page, "done")
    settle(page)


def open_tab(page, figure):
    """Bring a figure to the front, and wait until it is drawn."""
    page.click(f"#tab-{figure}")
    page.wait_for_selector(f"figure[data-live] canvas[data-figure={figure}]")
    settle(page)


def label_of(page, figure):
    return page.get_attribute(f'canvas[data-figure="{figure}"]', "aria-label")


def wait_for_label(page, figure, text):
    page.wait_for_function(
        """([figure, text]) => document.querySelector(`canvas[data-figure=${figure}]`)
             .getAttribute("aria-label").includes(text)""",
        arg=[figure, text],
    )


def count_points(page):
    """Return how many points there are, by what the figure says of them."""
    text = label_of(page, "boundary")
    counts = re.findall(r"(\d+) (?:test )?points", text)
    return sum(map(int, counts))


def find_place(page, x=0.5, y=0.5):
    """Return screen coordinates of a place on the figure of the points, by shares."""
    canvas = page.locator('canvas[data-figure="boundary"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def find_free_place(page):
    """Return screen coordinates at which a click adds a point."""
    canvas = page.locator('canvas[data-figure="boundary"]')
    for x in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        for y in (0.3, 0.4, 0.5, 0.6, 0.7):
            place = find_place(page, x, y)
            page.mouse.move(*place)
            if not canvas.evaluate("canvas => canvas.classList.contains('on-handle')"):
                return place
    raise AssertionError("points are everywhere")


def read_text(page, name):
    """Return one of the texts on the run, such as its formula."""
    details = page.locator(f"details[data-artifact={name}]")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    settle(page)
    page.wait_for_function(
        "name => document.querySelector(`#code-${name}`).textContent", arg=name
    )
    return page.text_content(f"#code-{name}")


def read_query(page):
    return dict(parse_qsl(urlsplit(page.url).query))


def read_alert(page):
    """Return the sentence about what went wrong; nothing if nothing did."""
    line = page.locator(".messages [role=alert]")
    return line.inner_text() if line.is_visible() else ""


def make_file(text, name="points.csv"):
    content = text.encode() if isinstance(text, str) else text
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def open_csv(page, content):
    """Open a file with points in the dialog, which closes if it is good."""
    page.click('[data-open="paste"]')
    page.set_input_files("[data-csv]", make_file(content))
    page.wait_for_selector("[data-dialog=paste]", state="hidden")
    settle(page)
