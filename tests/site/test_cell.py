"""A cell: what a visitor writes runs, can be stopped, and reaches nothing else."""

from __future__ import annotations

import pytest
from demo import wait_for_figures
from test_access import violations
from test_offline import forget_http_cache, keep_site, make_visitor

import network as net
from builder.catalog import PAGES
from builder.cells import hash_script
from builder.paths import DIST
from network import playing

PAGE = "lab.html"


class Cell:
    """One cell of a page, as a visitor sees it."""

    def __init__(self, page, k=0):
        self.page, self.k = page, k
        self.element = page.locator(".cells moongrad-cell").nth(k)
        self.log = self.element.locator("[role=log]")
        self.status = self.element.locator(".buttons [role=status]")

    def write(self, code):
        self.element.evaluate("(cell, code) => { cell.code = code; }", code)

    def press(self, name):
        self.element.locator(f"button[name={name}]").click()

    def wait(self, *states):
        self.page.wait_for_function(
            """([k, states]) => states.includes(
                 document.querySelectorAll(".cells moongrad-cell")[k].dataset.state)""",
            arg=[self.k, states],
        )

    def run(self, code):
        """Run code to its end; return what was printed."""
        self.write(code)
        self.press("run")
        self.wait("done", "error", "stopped")
        return self.read()

    def read(self):
        parts = self.log.evaluate(
            """log => [...log.children].map((part) => part.textContent.trimEnd())"""
        )
        return "\n".join(part for part in parts if part)

    @property
    def state(self):
        return self.element.get_attribute("data-state")


# Cells of the tests' own, below that of the lab, which keeps what is written in it.
ADD_CELLS = """n => {
  const section = document.createElement("section");
  section.className = "cells wide";
  for (let k = 0; k < n; k += 1) {
    section.append(document.createElement("moongrad-cell"));
  }
  document.querySelector("main").append(section);
}"""


def add_cells(page, n=2):
    page.wait_for_selector("main[data-state=ready]")
    page.evaluate(ADD_CELLS, n)
    return page


def open_lab(open_, **keywords):
    page = add_cells(open_(PAGE, **keywords))
    page.set_default_timeout(30_000)
    page.locator(".cells .cm-content").nth(1).wait_for()
    return page


def start_watching_the_clock(page):
    """Note from now on how long the page can't answer."""
    page.evaluate(
        """() => { window.longest = 0; let last = performance.now();
             window.ticking = setInterval(() => {
               const now = performance.now();
               window.longest = Math.max(window.longest, now - last); last = now;
             }, 10); }"""
    )


def read_longest_pause(page):
    return page.evaluate("() => { clearInterval(ticking); return longest; }")


@pytest.fixture(scope="module")
def lab(open_once):
    """A page of cells that tests have in turn."""
    return open_lab(open_once)


@pytest.fixture
def cell(lab):
    return Cell(lab)


@pytest.fixture
def second(lab):
    return Cell(lab, 1)


# --- what code shows ------------------------------------------------------------------


def test_run_shows_what_is_printed_and_the_last_value(cell):
    assert cell.run("print('a line')\n6 * 7") == "a line\n42"
    assert cell.state == "done"
    assert cell.run("x = 1") == "", "a statement has no value"


def test_cells_share_one_python_in_the_order_in_which_they_run(cell, second):
    cell.run("from moongrad import Value\nshared = Value(2.0)")
    assert "data=4.0" in second.run("shared * 2")
    cell.run("shared = 'changed'")
    assert second.run("shared") == "'changed'"


def test_error_is_cut_to_the_visitors_lines_and_marks_the_line(cell):
    text = cell.run("def halve(x):\n    return x / 0\n\nhalve(1)")
    assert cell.state == "error"
    assert "ZeroDivisionError" in text
    assert "lab/" not in text and "pyodide" not in text
    marked = cell.element.locator(".cm-error-line")
    assert marked.inner_text().strip() == "return x / 0"
    cell.run("1")
    assert marked.count() == 0


def test_figure_is_drawn_with_its_description(cell):
    cell.run("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()")
    canvas = cell.log.locator("canvas")
    assert canvas.get_attribute("role") == "img"
    assert canvas.get_attribute("aria-label")
    n_colours = canvas.evaluate(
        """canvas => new Set(new Uint32Array(canvas.getContext("2d")
             .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    )
    assert n_colours > 10


def test_graph_of_a_value_is_drawn(cell):
    cell.run(
        "from moongrad import Value\n"
        "a, b = Value(2.0, label='a'), Value(-3.0, label='b')\na * b"
    )
    box = cell.log.locator("[data-diagram]")
    box.locator("svg g.node").nth(3).wait_for()
    assert box.get_attribute("aria-label")
    assert "-6.0" in box.locator("svg").text_content()


def test_million_printed_lines_are_cut_and_the_page_stays_responsive(cell):
    start_watching_the_clock(cell.page)
    text = cell.run("for i in range(1_000_000): print(i)")
    assert text.startswith("0\n1\n2\n")
    assert len(text) < 300_000
    assert "shown" in text.splitlines()[-1]
    assert read_longest_pause(cell.page) < 1000


def test_check_says_what_the_lesson_says(cell):
    cell.run("x = 3")
    checks = "need('x', 'set it.')\npraise('Right: `x` is 3.')"
    cell.element.evaluate("(cell, checks) => cell.check(checks)", checks)
    verdict = cell.element.locator("[data-check=passed]")
    assert verdict.inner_text() == "Right: x is 3."
    assert verdict.locator("code").inner_text() == "x"
    cell.run("del x")
    cell.element.evaluate("(cell, checks) => cell.check(checks)", checks)
    assert "x" in cell.element.locator("[data-check=failed]").inner_text()


# --- writing --------------------------------------------------------------------------


def test_control_and_enter_runs(cell):
    cell.write("'by key'")
    cell.element.locator(".cm-content").click()
    cell.page.keyboard.press("Control+Enter")
    cell.wait("done")
    assert cell.read() == "'by key'"


def test_tab_indents_and_escape_lets_it_leave(cell):
    cell.write("")
    cell.element.locator(".cm-content").click()
    keyboard = cell.page.keyboard
    keyboard.type("if True:")
    keyboard.press("Enter")
    keyboard.type("x")
    keyboard.press("Tab")
    lines = cell.element.evaluate("cell => cell.code").split("\n")
    assert lines == ["if True:", "        x"], "after the colon, and by Tab"
    keyboard.press("Escape")
    keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('name')"
    assert cell.page.evaluate(focused) == "run"


def test_brackets_are_closed_and_lines_numbered(cell):
    cell.write("")
    cell.element.locator(".cm-content").click()
    cell.page.keyboard.type("print([1")
    assert cell.element.evaluate("cell => cell.code") == "print([1])"
    assert cell.element.locator(".cm-lineNumbers").inner_text().strip().endswith("1")


def test_defined_names_are_completed_and_attributes_after_a_dot(cell):
    cell.run("class Moon:\n    crater = 1\n\nmoonlight = Moon()")
    cell.write("")
    cell.element.locator(".cm-content").click()
    options = cell.element.locator(".cm-tooltip-autocomplete li")
    cell.page.keyboard.type("moonl")
    options.filter(has_text="moonlight").wait_for()
    cell.page.keyboard.type("ight.cr")
    options.filter(has_text="crater").wait_for()
    cell.page.keyboard.press("Escape")


def test_code_is_coloured_in_light_and_in_dark(cell):
    cell.write("def f(): return 'text'  # why")
    spans = cell.element.locator(".cm-line span")
    for theme in ("dark", "light"):
        cell.page.emulate_media(color_scheme=theme)
        colours = spans.evaluate_all(
            "spans => [...new Set(spans.map((span) => getComputedStyle(span).color))]"
        )
        assert len(colours) >= 4, theme


def test_editor_takes_the_place_of_the_plain_text_without_a_jump(open_page):
    page = open_page(PAGE, until="commit")
    area = page.locator("moongrad-cell textarea").first
    heights = [page.evaluate("() => 0")]
    page.wait_for_selector("moongrad-cell")
    if area.count():
        heights = [area.evaluate("area => area.getBoundingClientRect().height")]
    content = page.locator("moongrad-cell .cm-editor").first
    content.wait_for()
    height = content.evaluate("editor => editor.getBoundingClientRect().height")
    assert heights == [0] or abs(heights[0] - height) < 3


def test_without_codemirror_the_plain_text_area_does_all(open_page, network):
    network.faults["/codemirror/"] = net.missing
    page = add_cells(open_page(PAGE, home=network.address, is_watched=False), 1)
    cell = Cell(page)
    area = cell.element.locator("textarea")
    area.fill("1 + 1")
    area.press("Control+Enter")
    cell.wait("done")
    assert cell.read() == "2"
    assert cell.element.evaluate("cell => cell.code") == "1 + 1"


def test_events_bubble(cell):
    cell.page.evaluate(
        """() => { window.heard = [];
             for (const name of ["change", "run", "done"])
               document.addEventListener(`moongrad-cell:${name}`,
                 ({ detail }) => heard.push([name, detail])); }"""
    )
    cell.run("'heard'")
    assert cell.page.evaluate("heard") == [
        ["change", None],
        ["run", None],
        ["done", "done"],
    ]


# --- stopping -------------------------------------------------------------------------


def test_stop_ends_an_endless_loop_and_earlier_cells_are_run_again(cell, second):
    cell.run("kept = [1, 2, 3]\nprint('printed once')")
    second.write("while True: pass")
    second.press("run")
    second.wait("running")
    second.press("stop")
    second.wait("stopped")
    assert second.status.inner_text() == "Stopped."
    assert cell.read() == "printed once", "what is run again, is so silently"
    assert second.run("kept") == "[1, 2, 3]"


def test_waiting_cell_can_be_stopped_alone(cell, second):
    cell.write("while True: pass")
    cell.press("run")
    cell.wait("running")
    second.write("1")
    second.press("run")
    second.press("stop")
    second.wait("stopped")
    assert cell.state == "running"
    cell.press("stop")
    cell.wait("stopped")
    assert second.run("2") == "2"


def test_long_run_says_how_to_end_it(open_page):
    page = add_cells(open_page(PAGE, is_clock_set=True), 1)
    cell = Cell(page)
    cell.write("while True: pass")
    cell.press("run")
    cell.wait("running")
    assert cell.status.inner_text() == "Running."
    page.clock.run_for(11_000)
    assert cell.status.inner_text() == "Still running after 10 s. Stop ends it."
    cell.press("stop")
    cell.wait("stopped")


def test_memory_that_is_used_up_is_said(cell):
    text = cell.run("hoard = [bytearray(2**28) for _ in range(64)]")
    assert cell.state == "error"
    assert "memory" in text.lower()
    assert cell.run("1 + 1") == "2"


def test_python_ends_with_its_cells(open_page):
    page = open_lab(open_page)
    Cell(page).run("1")
    assert page.locator("iframe").count() == 1
    page.evaluate("document.querySelectorAll('moongrad-cell').forEach(c => c.remove())")
    page.wait_for_function("document.querySelectorAll('iframe').length === 0")


# --- somebody else's code -------------------------------------------------------------


def test_foreign_code_is_marked_and_runs_only_when_run_is_pressed(open_page):
    page = add_cells(open_page(PAGE), 0)
    page.evaluate(
        """() => { const cell = document.createElement("moongrad-cell");
             cell.setAttribute("foreign", "");
             cell.textContent = "print('ran')";
             document.querySelector(".cells").append(cell); }"""
    )
    cell = Cell(page)
    cell.element.locator(".cm-content").wait_for()
    assert "came with the link. Read it before you run it." in cell.element.inner_text()
    assert cell.state == "idle" and page.locator("iframe").count() == 0
    cell.press("run")
    cell.wait("done")
    assert cell.read() == "ran"


# --- hostile code ---------------------------------------------------------------------

PRELUDE = """
import js, pyodide_js
from pyodide.ffi import to_js
from pyodide.code import run_js

outcomes = []
def plain(value):
    return to_js(value, dict_converter=js.Object.fromEntries)
def attempt(act):
    try:
        result = act()
    except BaseException as error:
        outcomes.append(f"failed: {error}")
        return
    if hasattr(result, "then"):
        result.then(lambda value: outcomes.append(f"escaped: {value}"),
                    lambda error: outcomes.append(f"failed: {error}"))
    else:
        outcomes.append(f"escaped: {result}")
def inherited(name):
    thing = js.self
    while thing and not js.Object.getOwnPropertyDescriptor(thing, name):
        thing = js.Object.getPrototypeOf(thing)
    return js.Reflect.get(thing, name, js.self)
def script(text):
    kind = plain({"type": "text/javascript"})
    return js.URL.createObjectURL(js.Blob.new(to_js([text]), kind))
def listen(thing, good, *bad):
    setattr(thing, "on" + good, lambda event: outcomes.append("escaped: " + good))
    for name in bad:
        setattr(thing, "on" + name, lambda event: outcomes.append("failed: " + name))
NESTED = '''
  const tell = (text) => postMessage(text);
  fetch("%s").then(() => tell("escaped: fetch"), () => tell("failed: fetch"));
  try { indexedDB.open("x"); tell("escaped: indexedDB"); }
  catch (error) { tell("failed: " + error); }
  try { importScripts("%s"); tell("escaped: importScripts"); }
  catch (error) { tell("failed: " + error); }
  try { eval("1"); tell("escaped: eval"); } catch (error) { tell("failed: " + error); }
'''
"""

# What each does, and how many outcomes it has.
HOSTILE = {
    "fetch": ("for a in ADDRESSES: attempt(lambda: inherited('fetch')(a))", 3),
    "fetch without answer": (
        "for a in ADDRESSES:\n"
        "    attempt(lambda: js.fetch(a, plain({'mode': 'no-cors'})))",
        3,
    ),
    "XMLHttpRequest": (
        "def ask(address):\n"
        "    request = js.XMLHttpRequest.new()\n"
        "    request.open('GET', address, False)\n"
        "    request.send()\n"
        "for a in ADDRESSES: attempt(lambda: ask(a))",
        3,
    ),
    "WebSocket": (
        "address = ADDRESSES[0].replace('http', 'ws')\n"
        "try: listen(js.WebSocket.new(address), 'open', 'error')\n"
        "except BaseException: outcomes.append('failed: at once')",
        1,
    ),
    "EventSource": (
        "try: listen(js.EventSource.new(ADDRESSES[0]), 'open', 'error')\n"
        "except BaseException: outcomes.append('failed: at once')",
        1,
    ),
    "importScripts": (
        "get = inherited('importScripts') or js.Reflect.get("
        "js.WorkerGlobalScope.prototype, 'importScripts')\n"
        "for a in [*ADDRESSES, script('1'), 'data:text/javascript,1']:\n"
        "    attempt(lambda: js.Reflect.apply(get, js.self, to_js([a])))",
        5,
    ),
    "caches": ("attempt(lambda: inherited('caches').open('x'))", 1),
    "indexedDB": ("attempt(lambda: inherited('indexedDB').open('x'))", 1),
    "localStorage": ("attempt(lambda: js.localStorage.setItem('x', 'x'))", 1),
    "files of the origin": (
        "attempt(lambda: js.navigator.storage.getDirectory())",
        1,
    ),
    "service worker": (
        "attempt(lambda: js.navigator.serviceWorker.getRegistrations())",
        1,
    ),
    "SharedWorker": ("attempt(lambda: js.SharedWorker.new(ADDRESSES[0]))", 1),
    "the page": (
        "attempt(lambda: js.document.body)\nattempt(lambda: js.parent.location)\n"
        "attempt(lambda: js.top.document)",
        3,
    ),
    "worker of an address": (
        "def begin(address):\n"
        "    nested = js.Worker.new(address)\n"
        "    listen(nested, 'message', 'error')\n"
        "for a in ADDRESSES:\n"
        "    try: begin(a)\n"
        "    except BaseException: outcomes.append('failed: at once')",
        3,
    ),
    "nested worker": (
        "nested = js.Worker.new(script(NESTED % (ADDRESSES[0], ADDRESSES[1])))\n"
        "nested.onmessage = lambda event: outcomes.append(event.data)",
        4,
    ),
    "run_js": (
        "attempt(lambda: run_js('1 + 1'))\n"
        "attempt(lambda: js.Function.new('return 1')())\n"
        "attempt(lambda: js.Reflect.construct(js.Function, to_js(['1'])))\n"
        "attempt(lambda: run_js('import(\"' + script('1') + '\")'))",
        4,
    ),
    "Pyodide's loader": (
        "pyodide_js.loadPackage(ADDRESSES[0] + '/a-1-py3-none-any.whl')\n"
        "attempt(lambda: __import__('a'))",
        1,
    ),
    "locks": ("attempt(lambda: js.navigator.locks.query())", 1),
}

SNAPSHOT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    kept[name] = [];
    for (const request of await cache.keys()) {
      const size = (await (await cache.match(request)).blob()).size;
      kept[name].push([request.url, size]);
    }
  }
  const workers = await navigator.serviceWorker.getRegistrations();
  return JSON.stringify([kept, { ...localStorage }, await indexedDB.databases(),
    document.cookie, workers.map(({ scope, active }) => [scope, active?.scriptURL])]);
}"""


@pytest.fixture(scope="module")
def kept_lab(chromium):
    """A page of a site that is kept, its network, and that of another origin."""
    visitor = make_visitor(chromium)
    with playing(DIST) as network, playing(DIST) as other:
        page = keep_site(visitor, network)
        page.goto(network.address + PAGE)
        page.evaluate("localStorage.setItem('moongrad', 'mine')")
        add_cells(page)
        page.locator(".cells .cm-content").nth(1).wait_for()
        Cell(page).run("import numpy, matplotlib")
        yield page, network, other
        visitor.close()


@pytest.fixture(scope="module")
def kept_in_firefox(firefox):
    """The same in Firefox."""
    page = firefox.new_page()
    page.set_default_timeout(120_000)  # it keeps all of the site first
    with playing(DIST) as network, playing(DIST) as other:
        page.goto(network.address + PAGE)
        add_cells(page)
        page.locator(".cells .cm-content").nth(1).wait_for()
        page.evaluate("localStorage.setItem('moongrad', 'mine')")
        page.wait_for_selector('[data-offline="saved"]', state="attached")
        Cell(page).run("import numpy, matplotlib")
        yield page, network, other
        page.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_reaches_nothing(kept_lab, name):
    assert_reaches_nothing(*kept_lab, name)


def assert_reaches_nothing(page, network, other, name):
    """Run hostile code: all fails, nobody is asked, nothing changes."""
    cell = Cell(page)
    before = page.evaluate(SNAPSHOT)
    network.requests.clear()
    program, n = HOSTILE[name]
    addresses = [f"{network.address}hostile", f"{other.address}hostile", "/hostile"]
    cell.run(f"ADDRESSES = {addresses}\n{PRELUDE}\n{program}")
    assert cell.state == "done", cell.read()
    for _ in range(200):
        outcomes = cell.run("for outcome in outcomes: print(outcome)").splitlines()
        if sum(line.startswith(("failed", "escaped")) for line in outcomes) >= n:
            break
    outcomes = [line for line in outcomes if line.startswith(("failed", "escaped"))]
    assert len(outcomes) == n, outcomes
    assert [line for line in outcomes if not line.startswith("failed")] == []
    assert [asked for asked in network.requests if "hostile" in asked] == []
    assert other.requests == []
    assert page.evaluate(SNAPSHOT) == before


def test_channel_of_a_hostile_cell_is_not_the_pages(kept_lab):
    page, *_ = kept_lab
    page.evaluate(
        """() => { window.heard = [];
             window.channel = new BroadcastChannel("moongrad");
             channel.onmessage = ({ data }) => heard.push(data); }"""
    )
    Cell(page).run(
        "import js\n"
        "try: js.BroadcastChannel.new('moongrad').postMessage('hostile')\n"
        "except BaseException: pass"
    )
    page.evaluate(
        """() => new Promise((resolve) => {
             channel.addEventListener("message", resolve, { once: true });
             new BroadcastChannel("moongrad").postMessage("own"); })"""
    )
    assert page.evaluate("heard") == ["own"]


FORGED = """
import js
from pyodide.ffi import to_js
def forge(**message):
    js.postMessage(to_js(message, dict_converter=js.Object.fromEntries))
bad = "<img src=x onerror='window.hit = 1'><script>window.hit = 1</script>"
forge(kind="text", stream="out", text=bad)
forge(kind="value", text=bad)
forge(kind="error", text=bad, sentence=bad, line=10**9)
forge(kind="html", text=bad)
forge(kind="constructor", text=bad)
forge(kind="picture", width=10**6, height=10**6, text=bad)
forge(kind="done", id=10**6, passed=True, names=[bad])
forge(kind="ready")
forge(kind="graph", text=bad, dot='''digraph {
  a [URL="javascript:window.hit=1" target="_top" tooltip="t" id="main" class="evil"
     image="https://elsewhere.invalid/x.png" style="filled" fillcolor="red:blue"
     label=<<b>bold</b>>]; a -> b }''')
"""


def test_forged_messages_are_shown_as_text_or_not_at_all(kept_lab):
    cell = Cell(kept_lab[0])
    cell.run(FORGED)
    cell.log.locator("svg g.node").nth(1).wait_for()
    found = cell.log.evaluate(
        """log => [...log.querySelectorAll("*")].map((e) => e.localName)"""
    )
    assert not {"img", "script", "a", "image", "style", "use"} & {*found}
    attributes = cell.log.evaluate(
        """log => [...new Set([...log.querySelectorAll("svg *")].flatMap((element) =>
             element.getAttributeNames()))]"""
    )
    assert not {"href", "xlink:href", "id", "style", "target"} & {*attributes}
    assert "<img src=x" in cell.read()
    assert cell.page.evaluate("window.hit") is None
    assert cell.log.locator("canvas").count() == 0


def test_spoiled_prototypes_harm_nobody_but_the_cell(kept_lab):
    cell, second = Cell(kept_lab[0]), Cell(kept_lab[0], 1)
    cell.run(
        "import js\n"
        "for thing in (js.Object, js.Array, js.MessagePort, js.Blob, js.Response):\n"
        "    for name in js.Object.getOwnPropertyNames(thing.prototype):\n"
        "        try: setattr(thing.prototype, name, None)\n"
        "        except BaseException: pass"
    )
    cell.page.evaluate("document.querySelector('moongrad-cell').stop()")
    assert cell.page.evaluate("[1, 2].map(String).join()") == "1,2"
    second.element.evaluate(
        "async () => (await import(document.querySelector('script[src*=cell]')"
        ".src.replace('cell.js', 'sandbox.js'))).sandbox.restart()"
    )
    assert second.run("'well again'") == "'well again'"


@pytest.mark.parametrize("text", ["x", "x\\n", "x" * 1000])
def test_flood_of_messages_ends_python_and_not_the_page(kept_lab, text):
    cell = Cell(kept_lab[0])
    start_watching_the_clock(cell.page)
    printed = cell.run(
        "import js\nfrom pyodide.ffi import to_js\n"
        f"message = to_js({{'kind': 'text', 'text': '{text}'}},"
        " dict_converter=js.Object.fromEntries)\n"
        "while True: js.postMessage(message)"
    )
    assert "it sent more than a page can show" in printed
    assert read_longest_pause(cell.page) < 2000
    assert cell.run("1 + 1") == "2"


def test_nested_workers_end_when_the_cell_is_stopped(kept_lab):
    cell = Cell(kept_lab[0])
    cell.run("1")
    cell.run(
        "import js\nfrom pyodide.ffi import to_js\n"
        "nested = js.Worker.new(js.URL.createObjectURL(js.Blob.new("
        "to_js(['setInterval(() => {}, 10)']))))"
    )
    cell.write("while True: pass")
    cell.press("run")
    cell.wait("running")
    outer, inner = (it for it in cell.page.workers if "blob:" in it.url)
    # A browser gives a busy worker in its own process two seconds before it ends it.
    with outer.expect_event("close"), inner.expect_event("close"):
        cell.press("stop")
    cell.wait("stopped")
    assert cell.run("1") == "1"


def test_policy_allows_the_frames_script_on_pages_with_cells_only():
    source = hash_script().replace("'", "&#39;")
    for page in PAGES:
        assert (source in (DIST / page.file).read_text()) == page.has_cells


# --- pages ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["moons.html", "graph.html", "embed.html"])
def test_page_without_cells_loads_nothing_of_them(network, open_page, path):
    page = open_page(path, home=network.address)
    if page.locator("main[data-demo]").count():
        wait_for_figures(page)
    asked = [a for a in network.requests if "codemirror" in a or "/lab/" in a]
    assert asked == []


def test_python_is_loaded_at_the_first_run_only(network, open_page):
    page = open_lab(open_page, home=network.address)
    assert not [a for a in network.requests if a.endswith((".wasm", ".whl", ".zip"))]
    Cell(page).run("1")
    assert [a for a in network.requests if a.endswith(".wasm")]


def test_cells_run_without_a_network_after_the_first_visit(chromium):
    visitor = make_visitor(chromium)
    with playing(DIST) as network:
        keep_site(visitor, network).close()
    page = visitor.new_page()
    page.goto(network.address + PAGE)
    forget_http_cache(page)
    add_cells(page, 1)
    page.locator(".cells .cm-content").wait_for()
    cell = Cell(page)
    assert cell.run("print('offline')") == "offline"
    cell.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert cell.log.locator("canvas").count() == 1
    visitor.close()


def test_cell_has_no_violation(cell, second):
    cell.run("print('a')\n1 / 0")
    second.run("from moongrad import Value\nValue(1.0) * 2")
    page = cell.page
    for theme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def test_keyboard_alone_runs_and_stops(cell):
    cell.write("while True: pass")
    cell.element.locator(".cm-content").click()
    keyboard = cell.page.keyboard
    keyboard.press("Escape")
    keyboard.press("Tab")
    keyboard.press("Enter")
    cell.wait("running")
    keyboard.press("Enter")
    cell.wait("stopped")
    cell.write("'again'")
    keyboard.press("Enter")
    cell.wait("done")
    assert cell.read() == "'again'"


def test_main_path_works_in_firefox(firefox, site):
    page = firefox.new_page()
    page.goto(site + PAGE)
    add_cells(page)
    page.locator(".cells .cm-content").nth(1).wait_for()
    cell, second = Cell(page), Cell(page, 1)
    assert cell.run("x = 20\nprint('here')\nx + 1") == "here\n21"
    cell.element.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.wait("done")
    second.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert second.log.locator("canvas").count() == 1
    second.write("while True: pass")
    second.press("run")
    second.wait("running")
    second.press("stop")
    second.wait("stopped")
    assert second.run("x") == "20"
    page.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_reaches_nothing_in_firefox(kept_in_firefox, name):
    assert_reaches_nothing(*kept_in_firefox, name)
