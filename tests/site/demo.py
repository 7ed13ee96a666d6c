"""What a visitor does with a demo, and what they can see of it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

import shipped


def wait_for_state(page, *states):
    page.wait_for_selector(
        ", ".join(f'main[data-state="{state}"]' for state in states), state="attached"
    )


def wait_for_mark(page, name):
    page.wait_for_function(
        "name => performance.getEntriesByName('moongrad:' + name).length > 0", arg=name
    )


def press(page, name):
    page.click(f'button[name="{name}"]')


def set_option(page, name, value):
    page.fill(f'input[name="{name}"]', str(value))
    page.press(f'input[name="{name}"]', "Tab")


def read_output(page, name):
    return page.inner_text(f'output[name="{name}"]')


def read_records(page):
    """Return the rows of the table as dicts of exact numbers."""
    return page.evaluate(
        """() => {
          const table = document.querySelector("table[data-records]");
          const headings = [...table.querySelectorAll("th")];
          const fields = headings.map((th) => th.dataset.field);
          return [...table.tBodies[0].rows].map((row) =>
            Object.fromEntries([...row.querySelectorAll("data")].map((data, i) =>
              [fields[i], Number(data.value)])));
        }"""
    )


def look_at(page, figure):
    """Return a figure as it is on the screen: rows x columns x RGB, from 0 to 255."""
    png = page.locator(f'canvas[data-figure="{figure}"]').screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def find_point(page):
    """
    Return screen coordinates at which the page shows that a point can be dragged.

    The search starts near the middle, because moving a point far beyond the margin may
    have no effect.
    """
    canvas = page.locator('canvas[data-figure="boundary"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for x in range(int(box["width"] * 0.55), int(box["width"]) - 20, 12):
        for y in range(20, int(box["height"]) - 50, 12):
            page.mouse.move(box["x"] + x, box["y"] + y)
            if canvas.evaluate("canvas => canvas.classList.contains('on-handle')"):
                return box["x"] + x, box["y"] + y
    raise AssertionError("no point can be dragged")


def share_of_blue_and_orange(image):
    red, blue = image[..., 0], image[..., 2]
    return (blue > red + 25).mean(), (red > blue + 25).mean()


def curve_heights(image):
    """Return the mean row of the dark curve, for its first and its last part."""
    # Inside the axes: no ticks, no labels.
    inner = image[10 : int(image.shape[0] * 0.885), int(image.shape[1] * 0.12) :]
    rows, columns = np.nonzero(inner.max(axis=-1) < 90)
    width = inner.shape[1]
    return rows[columns < width * 0.1].mean(), rows[columns > width * 0.85].mean()


def run_in_worker(page, site, program, packages):
    """Run Python in dist/'s Pyodide, in a worker of its own."""
    page.goto(site + "index.html")
    return page.evaluate(
        """([pyodide, options, program]) => new Promise((resolve, reject) => {
          const code = `
            import { loadPyodide } from "${pyodide}";
            try {
              const python = await loadPyodide(${JSON.stringify(options)});
              const result = python.runPython(${JSON.stringify(program)});
              postMessage(result.toJs({ dict_converter: Object.fromEntries }));
            } catch (error) { postMessage({ error: String(error) }); }`;
          const file = new Blob([code], { type: "text/javascript" });
          const worker = new Worker(URL.createObjectURL(file), { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message));
        })""",
        [*shipped.python(site, packages), program],
    )


def wait_for_figures(page):
    """Wait until there is a demo, it is drawn, and its parts can be taken hold of."""
    wait_for_state(page, "ready")
    page.wait_for_selector(".loader", state="hidden")
    settle(page)


def settle(page):
    """Wait until Python has answered all that the page asked, and drawn it."""
    page.wait_for_selector("main:not([data-pending])")


def open_ready(open_page, path, **keywords):
    """Open a page and wait until there is all that a visitor can use."""
    page = open_page(path, **keywords)
    wait_for_figures(page)
    return page


def wait_for_output(page, name, text):
    page.wait_for_function(
        """([name, text]) => [...document.getElementsByName(name)].some(
             (output) => output.tagName === "OUTPUT" && output.textContent === text)""",
        arg=[name, text],
    )


def to_number(text):
    return float(text.replace("−", "-").replace(",", ""))


def read_number(page, name):
    return to_number(read_output(page, name))


def read_rows(page, name):
    """Return the rows of a table of texts, by their first cell."""
    rows = page.evaluate(
        """name => [...document.querySelectorAll(`table[data-rows=${name}] tbody tr`)]
             .map((row) => [...row.cells].map((cell) => cell.textContent))""",
        name,
    )
    return {first: rest for first, *rest in rows}
