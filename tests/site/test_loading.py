"""Loading: what it says while it lasts, and when something is missing or broken."""

from __future__ import annotations

import re
import threading

import pytest
from demo import press, read_output, wait_for_figures, wait_for_mark, wait_for_state

import network as net
import shipped

QUICK = "moons.html?points=20&hidden=4&steps=10"


def open_faulty(open_page, network, file, fault, path=QUICK, **keywords):
    network.faults[file] = fault
    # A script that does not arrive holds up the event "load" as well.
    return open_page(
        path, home=network.address, is_watched=False, until="commit", **keywords
    )


def check_alert(page, *parts):
    alert = page.locator("[role=alert]")
    alert.wait_for()
    for part in parts:
        assert re.search(part, alert.inner_text()), alert.inner_text()
    assert page.locator("figure img").first.is_visible(), "the poster stays"
    assert page.get_by_text("What you’re looking at").is_visible(), "the prose"


# --- as it should be ------------------------------------------------------------------


def test_bar_goes_on_until_everything_has_started(open_page, site):
    page = open_page("index.html")
    page.add_init_script(
        """window.seen = [];
        addEventListener("DOMContentLoaded", () => setInterval(() => {
          const bar = document.querySelector(".loader:not([hidden]) progress");
          if (!bar) return;
          const status = document.querySelector("main [role=status]").textContent;
          seen.push([bar.value, bar.nextElementSibling.textContent, status]);
        }, 5));"""
    )
    page.goto(site + QUICK)
    wait_for_mark(page, "first-figure")
    page.locator(".loader").wait_for(state="hidden")
    seen = page.evaluate("window.seen")
    values = [value for value, _, _ in seen]
    assert values == sorted(values)
    assert values[0] < 0.5 and 0.6 < values[-1] < 1, "it isn't full while it waits"
    groups = shipped.manifest()["groups"]
    total = sum(f["sent"] for name in ("engine", "drawing") for f in groups[name])
    assert re.fullmatch(rf"[\d.]+ of {total / 1e6:.1f} MB, \d+ s", seen[-1][1])
    stages = list(dict.fromkeys(status for _, _, status in seen))
    assert stages[0] == "Downloading Python"
    assert "Starting Python" in stages
    assert stages[-1] == "Starting the drawing library"


def test_train_can_be_pressed_before_python_has_arrived(open_page):
    page = open_page(QUICK)
    assert page.get_attribute("main", "data-state") == "loading"
    press(page, "play")
    assert page.inner_text('button[name="play"]') == "Starting…"
    wait_for_state(page, "done")
    assert read_output(page, "step") == "10 / 10"


def test_training_does_not_wait_for_what_draws(open_page, network):
    page = open_faulty(open_page, network, "/matplotlib-", net.stalled)
    press(page, "play")
    wait_for_state(page, "done")
    assert read_output(page, "step") == "10 / 10"
    assert page.locator("figure img").first.is_visible()


def test_figures_take_the_place_of_the_posters(open_page):
    page = open_page("moons.html")
    places = """() => [...document.querySelectorAll(".canvas")].map((box) =>
      JSON.stringify(box.getBoundingClientRect()))"""
    # On a busy machine the text face may come after the first paint, and move the text.
    page.evaluate("async () => { await document.fonts.ready; }")
    before = page.evaluate(places)
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: "layout-shift" }); }"""
    )
    wait_for_mark(page, "first-figure")
    page.locator("figure[data-live]").first.wait_for()
    assert page.evaluate(places) == before
    assert page.evaluate("window.shift") == 0


def test_everything_is_asked_for_once(open_page, network):
    page = open_page(QUICK, home=network.address)
    wait_for_mark(page, "first-figure")
    asked = [
        path for path in network.requests if "/runtime/" in path or "/app/" in path
    ]
    # The worker has modules of its own.
    shared = {"manifest.js"}
    once = [path for path in asked if path.rpartition("/")[2] not in shared]
    assert len(once) == len(set(once))


# --- what can go wrong with a file ----------------------------------------------------

ENGINE = ["asm.wasm", "python_stdlib.zip", "/moongrad-0", "/moongrad_pages-"]
PAGE_SCRIPTS = ["stage.js", "manifest.js", "downloads.js"]
SCRIPTS = ["core.js", "interpreter.mjs", "pyodide.mjs", "pyodide.asm.mjs"]


@pytest.mark.parametrize(
    ("file", "fault"),
    [(file, net.missing) for file in [*ENGINE, *SCRIPTS, *PAGE_SCRIPTS]]
    + [(file, net.refused) for file in ("asm.wasm", "core.js", "stage.js")],
)
def test_missing_file_is_named_and_can_be_tried_again(open_page, network, file, fault):
    page = open_faulty(open_page, network, file, fault)
    wait_for_state(page, "error")
    named = {"manifest.js": "stage.js", "downloads.js": "stage.js"}.get(file, file)
    named = named.strip("/")
    check_alert(page, re.escape(named), "could(n’t| not)")
    if fault is net.refused:
        network.faults.clear()
        page.get_by_role("button", name="Try again").click()
        wait_for_state(page, "ready")
        assert page.locator("[role=alert]").is_hidden()


@pytest.mark.parametrize("file", ["asm.wasm", "python_stdlib.zip", "/moongrad-0"])
@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (net.truncated, r"is damaged: \d+ of \d+ bytes arrived"),
        (net.altered, "is damaged: its sha256"),
        (net.broken_off, r"couldn’t be loaded"),
    ],
)
def test_damaged_file_is_named(open_page, network, file, fault, what):
    page = open_faulty(open_page, network, file, fault)
    wait_for_state(page, "error")
    check_alert(page, re.escape(file.strip("/")), what)


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("stage.js", net.truncated),
        ("stage.js", net.stalled),
        ("manifest.js", net.wrong_type),
        ("downloads.js", net.truncated),
    ],
)
def test_broken_first_script_is_named(open_page, network, file, fault):
    asked = threading.Event()

    def answer(handler):
        asked.set()
        return fault(handler)

    page = open_faulty(open_page, network, file, answer, is_clock_set=True)
    page.locator("footer").wait_for()  # the scripts above it have begun
    assert asked.wait(60)  # or it might arrive after the fault is over
    page.clock.run_for(21_000)
    wait_for_state(page, "error")
    check_alert(page, r"\w+\.js, or what it needs, couldn’t be loaded")
    network.faults.clear()
    page.get_by_role("button", name="Try again").click()
    wait_for_state(page, "ready")


def test_missing_package_of_a_page_is_named(open_page, network):
    page = open_faulty(open_page, network, "/micrograd-", net.missing, "speed.html")
    wait_for_state(page, "error")
    alert = page.inner_text("[role=alert]")
    assert "micrograd-0.1.0-py3-none-any.whl couldn’t be loaded" in alert
    assert page.locator('button[name="play"]').is_disabled()
    network.faults.clear()
    page.get_by_role("button", name="Try again").click()
    wait_for_state(page, "ready")


def test_page_that_listens_late_gets_all_deliveries(open_page, site):
    page = open_page("index.html")
    page.add_init_script(
        """const { addEventListener } = EventTarget.prototype;
        Worker.prototype.addEventListener = function (...parameters) {
          setTimeout(() => addEventListener.apply(this, parameters), 1500); };"""
    )
    page.goto(site + QUICK)
    wait_for_mark(page, "first-figure")


def test_browser_that_does_not_pass_on_modules_gets_their_bytes(open_page, site):
    page = open_page("index.html")
    page.add_init_script(
        """const { postMessage } = MessagePort.prototype;
        MessagePort.prototype.postMessage = function (message, ...rest) {
          if (message.content instanceof WebAssembly.Module)
            throw new DOMException("no modules", "DataCloneError");
          return postMessage.call(this, message, ...rest); };"""
    )
    page.goto(site + QUICK)
    wait_for_mark(page, "first-figure")


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("/numpy-", net.missing),
        ("/matplotlib-", net.truncated),
        ("/six-", net.altered),
    ],
)
def test_without_what_draws_there_is_a_reason_and_no_figure(
    open_page, network, file, fault
):
    page = open_faulty(open_page, network, file, fault)
    check_alert(page, "Figures aren’t available", re.escape(file.strip("/")))
    press(page, "play")  # what can be done without them is
    wait_for_state(page, "done")
    check_alert(page, "Figures aren’t available", re.escape(file.strip("/")))
    network.faults.clear()
    page.get_by_role("button", name="Try again").click()
    wait_for_mark(page, "first-figure")


@pytest.mark.parametrize(("file", "what"), [("asm.wasm", "start"), ("/numpy-", "draw")])
def test_file_that_does_not_go_on_arriving_is_named(open_page, network, file, what):
    page = open_faulty(open_page, network, file, net.stalled)
    page.locator("[role=alert]").wait_for()
    check_alert(
        page,
        re.escape(file.strip("/")),
        r"has stopped arriving after \d+\.\d of \d+\.\d MB: nothing for 20 seconds",
    )
    assert page.get_by_role("button", name="Try again").is_visible()


def test_wrong_type_of_webassembly_does_not_matter(open_page, network):
    page = open_faulty(open_page, network, "asm.wasm", net.wrong_type)
    wait_for_state(page, "ready")


@pytest.mark.parametrize("file", SCRIPTS)
def test_wrong_type_of_a_script_is_named(open_page, network, file):
    page = open_faulty(open_page, network, file, net.wrong_type)
    wait_for_state(page, "error")
    check_alert(page, re.escape(file), "could(n’t| not)")


def test_worker_that_never_answers_is_given_up(open_page):
    page = open_page("index.html", is_watched=False, is_clock_set=True)
    page.add_init_script(
        """const { postMessage } = Worker.prototype;
        Worker.prototype.postMessage = function (...parameters) {};"""
    )
    page.goto(page.url.replace("index.html", QUICK))
    page.locator("[role=status]", has_text="Starting Python").wait_for()
    page.clock.run_for(61_000)
    wait_for_state(page, "error")
    check_alert(page, "Python couldn’t start", "it didn’t respond for 60 seconds")


def test_python_that_dies_is_noticed(open_page):
    page = open_page(QUICK, is_watched=False, is_clock_set=True)
    wait_for_figures(page)  # nothing more is heard of it by itself
    page.workers[0].evaluate("() => { self.close(); }")
    press(page, "play")
    # What it had said before, and arrives only now, is no answer.
    page.evaluate(
        """() => document.querySelector("script[type=py]").xworker.dispatchEvent(
             new MessageEvent("message", { data: { kind: "progress", text: "" } }))"""
    )
    assert page.get_attribute("main", "data-state") == "ready"
    page.clock.run_for(31_000)
    wait_for_state(page, "error")
    alert = page.inner_text("[role=alert]")
    assert "Python stopped: it hasn’t answered for 30 seconds" in alert
    assert page.locator("canvas").first.is_visible(), "the last figure stays"


# --- what a browser may lack ----------------------------------------------------------

LACKING = {
    "WebAssembly": "delete globalThis.WebAssembly;",
    "OffscreenCanvas": "delete HTMLCanvasElement.prototype.transferControlToOffscreen;",
    "module workers": """
        const { Worker: Real } = globalThis;
        globalThis.Worker = class extends Real { constructor(url) { super(url); } };""",
    "no workers": "delete globalThis.Worker;",
}


@pytest.mark.parametrize("what", LACKING)
def test_what_the_browser_lacks_is_said_in_one_line(open_page, site, what):
    page = open_page("index.html", is_watched=False)
    page.add_init_script(LACKING[what])
    page.goto(site + QUICK)
    wait_for_state(page, "error")
    check_alert(
        page, f"this browser has {'' if what.startswith('no') else 'no '}{what}"
    )
    assert page.get_by_role("button", name="Try again").is_hidden()
    assert "\n" not in page.inner_text("[role=alert]").strip()


def test_where_nothing_may_be_stored_it_runs_all_the_same(open_page, site):
    page = open_page("index.html")
    page.add_init_script(
        """IDBFactory.prototype.open = () => {
          throw new DOMException("The operation is insecure.", "SecurityError"); };"""
    )
    page.goto(site + QUICK)
    wait_for_figures(page)
    press(page, "play")
    wait_for_state(page, "done")


def test_in_a_sandbox_without_an_origin_that_is_said(open_page, network):
    page = open_page("index.html", home=network.address, is_watched=False)
    page.route(
        "**/host.html",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<iframe sandbox="allow-scripts" src="{QUICK}" width=900 height=700>',
        ),
    )
    page.goto(network.address + "host.html")
    frame = page.frame_locator("iframe")
    frame.locator('main[data-state="error"]').wait_for()
    frame.locator("[role=alert]", has_text="Open it in its own tab").wait_for()
    assert frame.locator("figure img").first.is_visible()


def test_without_javascript_the_picture_and_the_prose_stay(open_page):
    page = open_page("moons.html", java_script_enabled=False)
    assert page.locator("figure img").first.is_visible()
    assert page.get_by_text("allow JavaScript").is_visible()
    assert page.get_by_text("What you’re looking at").is_visible()
    assert page.locator(".loader").is_hidden()
