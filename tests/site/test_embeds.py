"""Demos in somebody else's blog: another origin, other policies, other windows."""

from __future__ import annotations

import importlib
import io
import json
import re
import time
from types import SimpleNamespace

import pytest
from demo import press, read_output, wait_for_figures, wait_for_output, wait_for_state
from test_access import violations

import network as net
from blog import blogging
from builder import budgets
from builder.cards import list_cards
from builder.catalog import (
    BAR_HEIGHT,
    CARD_HEIGHT,
    CARD_RATIO,
    CARD_WIDTH,
    EMBEDDED,
    NARROW_HEIGHTS,
    NARROW_RATIO,
    NARROW_WIDTH,
)
from builder.embeds import describe_oembeds
from builder.paths import DIST, ROOT

QUICK = 'demo="moons" points="20" hidden-layers="8" steps="30"'
TAG = "moongrad-demo"
EVENTS = ("ready", "step", "done", "error")


@pytest.fixture(scope="module")
def blog(site):
    with blogging(site) as blog:
        yield blog


@pytest.fixture
def far_blog(network):
    """A blog that embeds from a network that can be told to fail."""
    with blogging(network.address) as blog:
        yield blog


@pytest.fixture
def visit(open_page, blog):
    """Open a page of the blog; what the demo says to it is in `window.seen`."""

    def visit_(address, **keywords):
        keywords.setdefault("is_watched", False)  # it is another origin, of course
        page = open_page(address, home="", **keywords)
        watch_events(page)
        return page

    return visit_


def watch_events(page):
    page.evaluate(
        """(kinds) => {
          window.seen = [];
          for (const demo of document.querySelectorAll("moongrad-demo")) {
            for (const kind of kinds) {
              const note = ({ detail }) => seen.push({ kind, ...detail });
              demo.addEventListener(kind, note);
            }
          }
        }""",
        EVENTS,
    )


def start(page, nth=0):
    page.locator(TAG).nth(nth).locator("button").click()


def wait_for(page, *states, nth=0):
    page.locator(TAG).nth(nth).and_(
        page.locator(", ".join(f'[data-state="{state}"]' for state in states))
    ).wait_for(state="attached")


def frame_of(page):
    (frame,) = page.frames[1:]
    return frame


def seen(page, kind):
    return [event for event in page.evaluate("seen") if event["kind"] == kind]


def check_fallback(page, sentence):
    """A poster, one sentence, and a link to the full page."""
    demo = page.locator(TAG)
    demo.locator(".line", has_text=sentence).wait_for()
    assert demo.locator("img").is_visible()
    link = demo.get_by_role("link")
    assert link.is_visible()
    assert link.get_attribute("href").startswith("http://127.0.0.1:")


# --- the visitor's way ----------------------------------------------------------------


def test_nothing_but_the_poster_is_loaded_until_somebody_asks(
    visit, far_blog, network, open_page
):
    page = visit(far_blog.demo('demo="moons" hidden="16,16"'))
    page.locator(TAG).locator("img").wait_for()
    page.wait_for_load_state("networkidle")
    assert sorted(network.requests) == [
        "/embed/posters/moons-light.webp",
        "/embed/v1.js",
    ]
    assert network.n_bytes <= budgets.EMBED
    assert "two moons" in page.get_by_role("button").get_attribute("aria-label")
    assert "points" in page.locator(TAG).locator("img").get_attribute("alt")
    assert page.locator(TAG).get_attribute("data-state") == "poster"


def watch_shifts(page):
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift" }); }"""
    )


def place_of_what_follows(page):
    return page.locator("#below").bounding_box()["y"]


@pytest.fixture(scope="module")
def whole_run(chromium, blog):
    """
    Return what a host saw of a demo from the click to the end.

    * `events` that the demo sent, in order.
    * `shift`: how much moved by itself, as browsers count it.
    * `places` of what follows the demo: after the click, and at the end.
    * `host_tasks` and `demo_tasks`: what each task of their main threads took of the
      processor, in ms. Unlike time by the clock it does not grow with what else the
      machine does.
    """
    context = chromium.new_context(
        viewport={"width": 1100, "height": 2600}, service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(blog.demo('demo="moons"'))
    watch_events(page)
    watch_shifts(page)
    page.locator(TAG).locator("img").wait_for()
    chromium.start_tracing(
        page=page,
        categories=["devtools.timeline", "disabled-by-default-devtools.timeline"],
    )
    start(page)
    first = place_of_what_follows(page)
    page.wait_for_function("seen.some(({ kind }) => kind === 'done')")
    frame_of(page).wait_for_selector(".loader", state="hidden")
    trace = json.loads(chromium.stop_tracing())["traceEvents"]
    host_tasks, demo_tasks = read_tasks(trace, page.url)
    yield SimpleNamespace(
        events=page.evaluate("seen"),
        shift=page.evaluate("shift"),
        places=(first, place_of_what_follows(page)),
        host_tasks=host_tasks,
        demo_tasks=demo_tasks,
    )
    context.close()


def read_tasks(trace, url):
    """
    Return what tasks of main threads took of the processor, in ms: first those of the
    process that shows `url`, then those of all other pages.
    """
    (host,) = {
        frame["processId"]
        for event in trace
        if event["name"] == "TracingStartedInBrowser"
        for frame in event["args"]["data"]["frames"]
        if frame["url"] == url
    }
    main_threads = {
        (event["pid"], event["tid"])
        for event in trace
        if event["name"] == "thread_name"
        if event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        (event["pid"], event["tdur"] / 1000)
        for event in trace
        if event["name"] == "RunTask" and "tdur" in event
        if (event["pid"], event["tid"]) in main_threads
    ]
    ours = [time for pid, time in tasks if pid == host]
    return ours, [time for pid, time in tasks if pid != host]


def test_it_trains_to_the_end_and_tells_the_host(whole_run):
    def of_kind(kind):
        return [event for event in whole_run.events if event["kind"] == kind]

    steps = of_kind("step")
    assert [event["step"] for event in steps] == list(range(100))
    assert steps[0]["loss"] == pytest.approx(0.8958441028683222, rel=1e-9)
    (done,) = of_kind("done")
    assert done["accuracy"] == 1 and done["loss"] == steps[-1]["loss"]
    assert "100 of 100 points" in done["text"]
    assert len(of_kind("ready")) == 1 and not of_kind("error")


LONG_TASK = 50  # ms: what browsers call a long task


def test_hosts_main_thread_is_never_held_up(whole_run):
    assert whole_run.demo_tasks, "the demo has no process of its own"
    assert max(whole_run.host_tasks) < LONG_TASK


def test_nothing_on_the_host_jumps(whole_run):
    assert whole_run.shift == 0
    first, last = whole_run.places
    assert first == last  # the room is there at once


PLACES = """() => {
  const round = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y + scrollY, width, height];
  };
  return [...document.querySelectorAll("h1, p, moongrad-demo")].map(round);
}"""


@pytest.mark.parametrize("width", [360, 390, 720, 1100])
def test_nothing_in_the_hosts_page_moves_on_start(visit, blog, width):
    """With controls and without."""
    demos = "\n<p>And once more:</p>\n".join(
        f"<{TAG} {QUICK} controls={controls}></{TAG}>" for controls in ("on", "off")
    )
    page = visit(blog.paste(blog.script + demos), width=width, height=2000)
    for k in range(2):
        page.locator(TAG).nth(k).locator("img").wait_for()
    page.wait_for_load_state("networkidle")
    watch_shifts(page)
    before = page.evaluate(PLACES)
    for k in range(2):
        start(page, k)
        wait_for(page, "done", nth=k)
        page.frames[1 + k].wait_for_selector(".loader", state="hidden")
    assert page.evaluate(PLACES) == before
    assert page.evaluate("shift") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def box_of(page, selector):
    return page.locator(TAG).locator(selector).bounding_box()


def test_demo_takes_exactly_the_place_of_picture_and_bar(visit, blog):
    page = visit(blog.demo(QUICK), width=736)
    page.locator(TAG).locator("img").wait_for()
    image, bar, button = (box_of(page, name) for name in ("img", ".bar", "button"))
    assert image["width"] / image["height"] == CARD_WIDTH / CARD_HEIGHT
    # The button is below the picture and hides nothing of it.
    assert button["y"] >= image["y"] + image["height"]
    assert bar["height"] == BAR_HEIGHT
    start(page)
    wait_for(page, "done")
    frame = box_of(page, "iframe")
    assert frame == image | {"height": image["height"] + BAR_HEIGHT}
    inside = frame_of(page)
    boxes = [figure.bounding_box() for figure in inside.locator(".shown canvas").all()]
    for box in boxes:  # each is where it was in the picture
        assert box["width"] == pytest.approx(CARD_WIDTH / 2)
        assert box["height"] == pytest.approx(CARD_HEIGHT, abs=1)
    assert inside.evaluate("document.documentElement.scrollHeight <= innerHeight"), (
        "the demo does not fit into the frame"
    )


def test_figures_in_a_narrow_column_are_below_each_other(visit, blog):
    page = visit(blog.demo(QUICK), width=NARROW_WIDTH + 16)
    image = page.locator(TAG).locator("img")
    assert image.get_attribute("src").endswith("-narrow-light.webp")
    start(page)
    wait_for(page, "done")
    shown = frame_of(page).locator(".shown canvas").all()
    heights = [round(canvas.bounding_box()["height"]) for canvas in shown]
    assert heights == list(NARROW_HEIGHTS[2])
    page.set_viewport_size({"width": 736, "height": 800})  # turned
    frame = frame_of(page)
    frame.wait_for_function(f"innerHeight === {CARD_HEIGHT + BAR_HEIGHT}")
    assert "-narrow" not in image.get_attribute("src")


def test_host_with_more_height_sees_the_options_at_once(visit, blog):
    page = visit(blog.demo(f'{QUICK} style="height: 900px"'), width=736)
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    assert frame.evaluate("innerHeight") == 900
    assert frame.is_visible("#noise") and frame.is_hidden("button[name=options]")
    assert frame.is_visible(".shown figcaption >> nth=0")
    page.locator(TAG).evaluate("demo => { demo.style.height = ''; }")
    frame.wait_for_selector("#noise", state="hidden")
    frame.wait_for_selector("button[name=options]")


def test_demo_started_while_it_is_hidden_is_whole_when_it_is_shown(visit, blog):
    page = visit(blog.demo(QUICK), width=736)
    demo = page.locator(TAG)
    demo.evaluate("demo => { demo.style.display = 'none'; demo.play(); }")
    demo.evaluate("demo => { demo.style.display = ''; }")
    before = place_of_what_follows(page)
    wait_for(page, "done")
    assert place_of_what_follows(page) == before
    assert frame_of(page).evaluate("innerHeight") == CARD_HEIGHT + BAR_HEIGHT


@pytest.mark.parametrize(("width", "text"), [(360, 100), (720, 100), (720, 200)])
def test_bar_cuts_no_number(open_page, width, text):
    path = "moons.html?embed=1&points=20&hidden=8&steps=30"
    page = open_page(path, width=width, height=width)
    page.evaluate(
        "text => { document.documentElement.style.fontSize = text; }",
        "" if text == 100 else f"{text}%",
    )
    page.click("button[name=play]")
    wait_for_state(page, "done")
    shown, cut = page.evaluate(
        """() => {
          const row = document.querySelector(".bar dl").getBoundingClientRect();
          const boxes = [...document.querySelectorAll(".bar dl div")]
            .map((box) => box.getBoundingClientRect())
            .filter((box) => box.top < row.bottom - 1);
          const cut = boxes.filter((box) => box.right > row.right + 1);
          return [boxes.length, cut.length];
        }"""
    )
    assert cut == 0
    assert text > 100 or shown >= 3  # step, loss and accuracy


def test_options_are_behind_one_button(visit, blog):
    page = visit(blog.demo(QUICK), width=736)
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    assert frame.is_hidden("#noise")
    frame.focus("button[name=options]")
    page.keyboard.press("Enter")
    frame.wait_for_selector("#noise")
    assert violations(page) == []
    frame.get_by_text("More figures").click()
    frame.wait_for_selector('figure:has([data-figure="network"])[data-live]')
    # What is changed there can still be seen on the left.
    panel = frame.locator(".options").bounding_box()
    canvas = frame.locator('canvas[data-figure="boundary"]').bounding_box()
    assert canvas["x"] + canvas["width"] * 0.95 <= panel["x"]
    page.keyboard.press("Escape")
    frame.wait_for_selector("#noise", state="hidden")
    assert frame.evaluate("document.activeElement.name") == "options"


def test_link_leads_to_the_demo_as_it_is(visit, blog, site):
    page = visit(blog.demo(f'{QUICK} show="boundary" stats="off"'))
    link = page.locator(TAG).get_by_role("link", name="Full page")
    address = f"{site}moons.html?points=20&hidden=8&steps=30"
    assert link.get_attribute("href") == address
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    frame.click("button[name=options]")
    frame.fill("#noise", "0.2")
    frame.press("#noise", "Enter")
    frame.wait_for_selector('a.full:visible[href*="noise=0.2"]')
    with page.expect_popup() as popup:
        frame.locator("a.full:visible").click()
    full = popup.value
    assert "embed" not in full.url and "show" not in full.url
    full.get_by_role("heading", name="Two moons").wait_for()
    assert full.input_value("#noise") == "0.2"


def test_keyboard_and_screen_reader_find_their_way(visit, blog):
    after = '<p><a href="#below">More</a></p>'
    page = visit(blog.paste(f"{blog.script}<{TAG} {QUICK}></{TAG}>{after}"))
    page.locator(TAG).locator("img").wait_for()
    assert violations(page) == []
    page.keyboard.press("Tab")
    role = "document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"
    assert page.evaluate(role).startswith("Start the demo: ")
    page.keyboard.press("Enter")
    wait_for(page, "done")
    assert page.evaluate("document.activeElement.localName") == TAG
    frame = frame_of(page)
    page.keyboard.press("Tab")
    frame.wait_for_function("document.activeElement.name === 'play'")
    assert page.locator(TAG).locator("iframe").get_attribute("title")
    assert violations(page) == []
    for _ in range(60):  # and out again
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.localName === 'a'"):
            break
    else:
        raise AssertionError("the keyboard cannot leave the demo")


def test_five_share_one_download_and_rest_off_screen(visit, far_blog, network):
    page = visit(f"{far_blog.address}five.html", height=700)
    for k in range(5):
        start(page, k)
    for k in range(1, 5):
        wait_for(page, "running", "done", "paused", nth=k)
    page.locator(TAG).first.scroll_into_view_if_needed()
    wait_for(page, "running", nth=0)
    files = [path for path in network.requests if "/runtime/" in path]
    assert files and len(files) == len(set(files))
    page.locator(TAG).last.scroll_into_view_if_needed()
    wait_for(page, "paused", nth=0)
    page.evaluate("scrollTo(0, 0)")
    wait_for(page, "running", nth=0)


# --- the host's way -------------------------------------------------------------------


def test_host_plays_pauses_resets_and_changes_options(visit, blog):
    slow = 'steps="2000" points="20" hidden-layers="8" engine="interpreted"'
    page = visit(blog.demo(f'demo="moons" {slow}'))
    demo = page.locator(TAG)
    demo.evaluate("demo => demo.play()")
    wait_for(page, "running")
    demo.evaluate("demo => demo.pause()")
    wait_for(page, "paused")
    demo.evaluate("demo => demo.reset()")
    wait_for(page, "ready")
    frame = frame_of(page)
    demo.evaluate(
        """demo => { demo.setAttribute("steps", "12");
                     demo.setAttribute("noise", "0.2");
                     demo.removeAttribute("points"); }"""
    )
    frame.wait_for_selector('output[name="step"]:text("0 / 12")')
    assert frame.input_value("#noise") == "0.2"
    assert frame.input_value("#points") == "100"
    demo.evaluate("demo => demo.play()")
    wait_for(page, "done")
    demo.evaluate(
        """demo => {
          for (const name of demo.getAttributeNames()) demo.removeAttribute(name);
          demo.setAttribute("demo", "slope"); }"""
    )
    page.wait_for_function(
        """() => document.querySelector("moongrad-demo").shadowRoot
             .querySelector("iframe")?.src.includes("slope.html")"""
    )
    wait_for(page, "running", "done")


def test_theme_is_the_hosts_choice(visit, blog):
    page = visit(blog.demo(f'{QUICK} theme="dark"', "dark.html"))
    assert is_within_the_page(page)
    image = page.locator(TAG).locator("img")
    assert image.get_attribute("src").endswith("/moons-small-dark.webp")
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    background = "getComputedStyle(document.body).backgroundColor"
    frame.wait_for_function(f"{background} === 'rgb(20, 23, 28)'")
    page.locator(TAG).evaluate('demo => demo.setAttribute("theme", "light")')
    frame.wait_for_function(f"{background} === 'rgb(255, 255, 255)'")


def test_autostart_begins_when_it_is_seen(visit, blog):
    element = f"{blog.script}<{TAG} {QUICK} autostart></{TAG}>"
    long = "<p>And on it goes.</p>" * 100
    page = visit(blog.paste(f"{long}{element}"), height=700)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("Boolean(customElements.get('moongrad-demo'))")
    assert page.get_attribute(TAG, "data-state") == "poster"
    page.locator(TAG).scroll_into_view_if_needed()
    wait_for(page, "done")


def test_options_can_be_left_out_of_sight(visit, blog):
    page = visit(blog.demo(f'{QUICK} controls="off"'))
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    assert frame.is_visible('button[name="play"]')
    assert frame.is_hidden("button[name=options]")
    assert not any(box.is_visible() for box in frame.locator("input").all())


def is_within_the_page(page):
    box = page.locator(TAG).bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


def test_host_with_a_policy_on_its_contents_can_embed(visit, blog):
    page = visit(blog.demo(QUICK, "policy.html"))
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.reload()
    start(page)
    wait_for(page, "done")
    assert [text for text in complaints if "olicy" in text] == []
    assert is_within_the_page(page)


def test_host_from_right_to_left_with_the_script_twice_can_embed(visit, blog):
    element = f"<{TAG} {QUICK}></{TAG}>"
    page = visit(blog.paste(f"{blog.script}{blog.script}{element}", "rtl.html"))
    start(page)
    wait_for(page, "done")
    assert is_within_the_page(page)


def test_in_firefox(firefox, far_blog, network):
    context = firefox.new_context(viewport={"width": 700, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(far_blog.demo('demo="moons"'))
    watch_events(page)
    page.locator(TAG).locator("img").wait_for()
    page.wait_for_load_state("networkidle")
    assert sorted(network.requests) == [
        "/embed/posters/moons-light.webp",
        "/embed/v1.js",
    ]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("seen.some(({ kind }) => kind === 'done')")
    (done,) = seen(page, "done")
    assert done["step"] == 99 and done["accuracy"] == 1
    assert [event["step"] for event in seen(page, "step")] == list(range(100))
    frame = frame_of(page)
    frame.locator("button[name=options]").evaluate("button => button.click()")
    frame.wait_for_selector("#noise")
    page.locator(TAG).evaluate("demo => demo.reset()")
    wait_for(page, "ready")
    context.close()


def test_bad_values_are_named_and_what_the_reader_changes_stays(visit, blog):
    page = visit(blog.demo(f'{QUICK} noise="7" rate="<b>fast</b>"'))
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    notices = frame.inner_text(".notices")
    assert "from 0 to 1" in notices and "<b>fast</b>" in notices
    assert frame.input_value("#noise") == "1"
    frame.get_by_text("Options", exact=True).click()
    frame.fill("#rate", "0.5")
    frame.press("#rate", "Enter")
    wait_for(page, "ready")
    page.locator(TAG).evaluate('demo => demo.setAttribute("theme", "dark")')
    frame.wait_for_selector(":root[data-theme=dark]", state="attached")
    page.locator(TAG).evaluate('demo => demo.setAttribute("steps", "12")')
    frame.wait_for_selector('output[name="step"]:text("0 / 12")')
    assert frame.input_value("#rate") == "0.5" and frame.input_value("#noise") == "1"
    assert page.get_attribute(TAG, "data-state") == "ready"
    page.locator(TAG).evaluate('demo => demo.setAttribute("loss", "hope")')
    frame.get_by_text("hinge or squared_error, not “hope”").wait_for()
    (error,) = seen(page, "error")
    assert "“loss”" in error["message"]


def test_host_changes_its_mind_while_the_demo_loads(visit, blog):
    page = visit(blog.demo(QUICK))
    page.locator(TAG).evaluate(
        """demo => { demo.play(); demo.pause();
                     demo.setAttribute("theme", "dark");
                     demo.setAttribute("steps", "7"); }"""
    )
    wait_for(page, "ready")
    frame = frame_of(page)
    frame.wait_for_selector('output[name="step"]:text("0 / 7")')
    frame.wait_for_selector(":root[data-theme=dark]", state="attached")
    assert page.get_attribute(TAG, "data-state") == "ready"
    page.locator(TAG).evaluate("demo => demo.play()")
    wait_for(page, "done")
    # A picture that was pasted is that of another demo now.
    page.locator(TAG).evaluate('demo => demo.setAttribute("demo", "sun")')
    check_fallback(page, "There is no demo “sun”")


def test_demo_started_out_of_sight_waits_until_it_is_seen(visit, blog):
    long = "<p>And on it goes.</p>" * 100
    page = visit(blog.paste(f"{long}{blog.script}<{TAG} {QUICK}></{TAG}>"), height=700)
    page.wait_for_function("Boolean(customElements.get('moongrad-demo'))")
    page.clock.install()
    page.locator(TAG).evaluate("demo => demo.play()")
    page.clock.run_for(70_000)
    assert page.get_attribute(TAG, "data-state") == "loading"
    page.clock.resume()
    page.locator(TAG).scroll_into_view_if_needed()
    wait_for(page, "done")


# --- others ---------------------------------------------------------------------------


def test_other_windows_are_not_listened_to(visit, blog):
    hostile = f'<iframe src="{blog.address}hostile.html" title="hostile"></iframe>'
    address = blog.paste(f"{blog.script}<{TAG} {QUICK}></{TAG}>{hostile}")
    page = visit(address)
    bad = page.frame(url="**/hostile.html")
    bad.wait_for_function("said > 5")
    start(page)
    wait_for(page, "done")
    before = bad.evaluate("said")
    bad.wait_for_function(f"said > {before + 10}")
    assert len(seen(page, "step")) == 30
    assert len(seen(page, "done")) == 1
    demo = page.frame(url=re.compile("moons.html"))
    assert demo.input_value("#noise") == "0.1"
    assert demo.evaluate("document.documentElement.dataset.theme") is None
    assert page.evaluate("document.querySelector('moongrad-demo').dataset.state") == (
        "done"
    )
    assert demo.evaluate("innerHeight") < 4000


def test_nothing_from_outside_becomes_html():
    ways = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")
    folders = ("embed", "stage", "shell")
    paths = [p for name in folders for p in (ROOT / "site" / name).glob("*.*js")]
    assert len(paths) > 12
    for path in paths:
        text = path.read_text()
        for way in ways:
            assert way not in text, (path, way)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ('demo="sun"', "There is no demo “sun”; there are "),
        ('demo="constructor"', "There is no demo “constructor”"),
        ('demo="moons" noize="0.2"', "The demo has no option “noize”; it has points, "),
        ('demo="moons" hidden-layer="8"', "The demo has no option “hidden-layer”;"),
        ('demo="moons" theme="drak"', "is auto or light or dark, not “drak”"),
        ('demo="moons" controls="false"', "is on or off, not “false”"),
        ('demo="moons" stats="none"', "is on or off, not “none”"),
        ('demo="moons" background="red"', "is page or transparent, not “red”"),
        ('demo="moons" retrain="yes"', "is off or auto, not “yes”"),
        (
            'demo="moons" show="boundary,bundary"',
            "more of boundary, loss, network, with commas between them; not “boundary,",
        ),
        ('demo="moons" show=""', "The attribute “show” takes one or more of"),
    ],
)
def test_what_there_is_not_is_said(visit, blog, attributes, sentence):
    page = visit(blog.demo(attributes))
    check_fallback(page, sentence)


def test_site_that_cannot_be_reached_is_said(visit, far_blog, network):
    page = visit(far_blog.demo(QUICK))
    page.locator(TAG).locator("img").wait_for()
    network.faults["/moons.html"] = net.refused
    page.clock.install()
    start(page)
    wait_for(page, "loading")
    page.wait_for_function(
        "document.querySelector('moongrad-demo').shadowRoot.querySelector('iframe')"
    )
    for _ in range(60):
        page.clock.run_for(11_000)
        if page.get_attribute(TAG, "data-state") == "error":
            break
        page.wait_for_timeout(100)
    check_fallback(page, "The demo did not answer.")
    network.faults.clear()
    page.clock.resume()
    start(page)  # which may be tried again
    wait_for(page, "done")


def test_host_that_sandboxes_further_is_explained(open_page, blog):
    blog.paste(f"{blog.script}<{TAG} {QUICK}></{TAG}>")
    name = list(blog.snippets)[-1]
    page = open_page(
        f"{blog.address}sandboxed.html?snippet={name}", home="", is_watched=False
    )
    article = page.frame_locator("iframe")
    article.locator(TAG).locator("button").click()
    article.locator(".line", has_text="does not let the demo run").wait_for()
    assert article.locator(TAG).locator("img").is_visible()
    article.get_by_role("link").click()  # no other window is allowed
    article.get_by_role("heading", name="Two moons").wait_for()


IS_STORAGE_ALLOWED = """() => new Promise((resolve) => {
  try {
    const opening = indexedDB.open("probe");
    opening.onsuccess = () => resolve(true);
    opening.onerror = () => resolve(false);
  } catch { resolve(false); } })"""


def test_where_a_frame_may_store_nothing_it_runs_all_the_same(visit, blog):
    page = visit(blog.demo(QUICK), service_workers="allow")
    start(page)
    wait_for(page, "done")
    # Chromium's private windows, in which tests run, keep nothing for others' frames.
    assert not frame_of(page).evaluate(IS_STORAGE_ALLOWED)
    assert page.evaluate(IS_STORAGE_ALLOWED)


def test_without_scripts_there_is_a_picture_and_a_link(
    open_page, blog, snippets, chromium
):
    for kind in ("widget", "frame"):
        page = open_page(
            blog.paste(snippets[kind]),
            home="",
            is_watched=False,
            java_script_enabled=False,
        )
        link = page.get_by_role("link", name="on its own page")
        assert link.is_visible()
        assert link.get_attribute("href") == snippets["link"]
        if kind == "frame":
            frame = page.frame_locator("iframe")
            frame.get_by_text("To use the demo yourself, allow").wait_for()
            picture = frame.locator("picture img").first
        else:
            picture = page.get_by_role("img")
            assert "two classes" in picture.get_attribute("alt")
        assert picture.is_visible()


# --- what lasts -----------------------------------------------------------------------


def test_first_snippet_still_works(visit, far_blog, network):
    """The script as it was first published, against the pages as they are now."""
    first = (ROOT / "tests" / "blog" / "v1-first.js").read_bytes()

    def published_first(handler):
        net.send(handler, first, "text/javascript", len(first))
        return True

    network.faults["/embed/v1.js"] = published_first
    page = visit(far_blog.demo(f"{QUICK} {OLD_WORDS}"))
    start(page)
    wait_for(page, "done")
    page.wait_for_function("seen.some(({ kind }) => kind === 'done')")
    assert len(seen(page, "step")) == 30
    natural = "Math.round(innerWidth * 400 / 720) + 48"
    frame_of(page).wait_for_function(f"innerHeight === {natural}")
    check_old_words(page)


OLD_WORDS = 'rate="0.05" objective="squared error" schedule="stays as it is"'


def check_old_words(page):
    """Check what attributes with old names and values do, now and when they change."""
    frame = frame_of(page)
    assert frame.is_hidden(".notices")
    chosen = {name: frame.input_value(f"#{name}") for name in ("loss", "schedule")}
    assert chosen == {"loss": "squared_error", "schedule": "constant"}
    assert read_output(frame, "loss") == "0.5495"
    page.locator(TAG).evaluate(
        """demo => { demo.setAttribute("objective", "hinge");
                     demo.setAttribute("schedule", "falls to a tenth"); }"""
    )
    wait_for(page, "ready")
    assert frame.input_value("#loss") == "hinge"
    assert frame.input_value("#schedule") == "linear"
    page.locator(TAG).evaluate(
        """demo => { demo.setAttribute("objective", "squared error");
                     demo.removeAttribute("schedule"); }"""
    )
    frame.wait_for_function("document.querySelector('#loss').value === 'squared_error'")
    page.locator(TAG).evaluate("demo => demo.removeAttribute('objective')")
    frame.wait_for_function("document.querySelector('#loss').value === 'hinge'")
    assert not seen(page, "error")


def test_attributes_with_old_names_and_values_still_work(visit, blog):
    page = visit(blog.demo(f"{QUICK} {OLD_WORDS}"))
    start(page)
    wait_for(page, "done")
    check_old_words(page)


def test_picture_of_an_old_snippet_is_that_of_its_options(visit, blog):
    attributes = 'demo="examples" zero_grad="{}" steps="100"'
    for word in ("off", "forgotten"):
        page = visit(blog.demo(attributes.format(word)))
        image = page.locator(TAG).locator("img")
        assert image.get_attribute("src").endswith("/examples-forgotten-light.webp")


def test_every_demo_and_preset_has_its_pictures():
    from PIL import Image

    folder = DIST / "embed" / "posters"
    names = {page.demo for page in EMBEDDED}
    names |= {f"{page.demo}-{p.name}" for page in EMBEDDED for p in page.presets}
    ends = ("-light.webp", "-dark.webp", "-light.svg", "-dark.svg", ".png")
    ends += ("-narrow-light.webp", "-narrow-dark.webp")
    expected = {f"{name}{end}" for name in names for end in ends}
    assert {path.name for path in folder.iterdir()} == expected
    wide = CARD_WIDTH * CARD_RATIO, CARD_HEIGHT * CARD_RATIO
    narrow = {
        (NARROW_WIDTH * NARROW_RATIO, sum(heights) * NARROW_RATIO)
        for heights in NARROW_HEIGHTS.values()
    }
    pictures = {}
    for path in folder.iterdir():
        if path.suffix != ".svg":
            with Image.open(path) as image:
                assert image.size in (narrow if "-narrow-" in path.name else {wide})
                assert len(image.convert("RGB").getcolors(1 << 20)) > 10, path
        pictures.setdefault(path.read_bytes(), []).append(path.name)
    assert [same for same in pictures.values() if len(same) > 1] == []


def test_script_is_small():
    import gzip

    assert len(gzip.compress((DIST / "embed" / "v1.js").read_bytes())) < 7_500


def test_answer_of_oembed_can_be_pasted(site, visit, blog):
    page = visit(blog.paste(describe_oembeds(site)["moons"]["html"]))
    frame_of(page).wait_for_selector('main[data-state="ready"]')


# --- posters --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "noisy", "small", "batches"])
def test_posters_alt_text_agrees_with_its_run(visit, blog, name):
    module = importlib.import_module("pages.moons")
    (preset,) = (
        preset
        for _, page, preset in list_cards()
        if page is module and preset.name == name
    )
    demo = module.Demo(module.OPTIONS.read(preset.texts))
    demo.advance(demo.length)
    attributes = " ".join(
        f'{"hidden-layers" if key == "hidden" else key}="{text}"'
        for key, text in preset.texts.items()
    )
    page = visit(blog.demo(f'demo="moons" {attributes}'))
    image = page.locator(TAG).locator("img")
    suffix = f"-{name}" if name else ""
    assert image.get_attribute("src").endswith(f"/moons{suffix}-light.webp")
    alt = image.get_attribute("alt")
    assert f"{demo.count_right()} of 100" in alt
    assert f"to {demo.records[-1].loss:.3g} at step 99" in alt
    assert page.inner_text(f"{TAG} .line") == ""  # it is of this very run


@pytest.mark.parametrize(
    ("attributes", "picture", "label"),
    [
        ('noise="0.25"', "moons-noisy", "noise 0.3; this demo starts with noise 0.25."),
        ('noise="0.15"', "moons", "noise 0.1; this demo starts with noise 0.15."),
        ('noise="0.30"', "moons-noisy", ""),
        ('hidden-layers="16, 16"', "moons", ""),
        (
            'hidden-layers="5"',
            "moons-small",
            "hidden layers 4; this demo starts with hidden layers 5.",
        ),
        (
            'noise="0.3" steps="50"',
            "moons-noisy",
            "steps 100; this demo starts with steps 50.",
        ),
        ('points="8" steps="9" rate="2"', "moons", "other options."),
        ('show="network"', "moons", "other figures of this demo."),
    ],
)
def test_poster_names_the_nearest_preset(visit, blog, attributes, picture, label):
    page = visit(blog.demo(f'demo="moons" {attributes}'))
    demo = page.locator(TAG)
    assert demo.locator("img").get_attribute("src").endswith(f"/{picture}-light.webp")
    line = demo.locator(".line")
    assert line.inner_text().endswith(label) and bool(line.inner_text()) == bool(label)
    demo.evaluate("demo => demo.setAttribute('noise', '0.5')")
    demo.locator(".line", has_text="this demo starts with").or_(
        demo.locator(".line", has_text="other ")
    ).wait_for()


# --- figures that a host chooses ------------------------------------------------------


def test_one_figure_takes_half_the_picture(visit, blog):
    page = visit(blog.demo(f'{QUICK} show="loss" stats="off" captions="off"'))
    image = page.locator(TAG).locator("img")
    image.wait_for()
    box = image.bounding_box()
    assert (box["width"], box["height"]) == (CARD_WIDTH / 2, CARD_HEIGHT)
    assert image.evaluate("image => getComputedStyle(image).objectPosition") == (
        "100% 50%"
    )
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    frame.wait_for_selector(".shown figure[data-live]")
    assert frame.locator("canvas:visible").count() == 1
    canvas = frame.locator('canvas[data-figure="loss"]').bounding_box()
    assert canvas["width"] == box["width"]
    assert canvas["height"] == pytest.approx(box["height"], abs=1)
    assert frame.is_hidden("output[name=loss]")
    frame.click("button[name=options]")
    assert frame.is_hidden("text=About the figures")
    page.locator(TAG).evaluate("demo => demo.setAttribute('show', 'network,boundary')")
    page.wait_for_function(
        "document.querySelector('moongrad-demo').shadowRoot"
        ".querySelector('iframe').src.includes('network')"
    )
    wait_for(page, "done")
    names = (
        frame_of(page)
        .locator(".shown canvas")
        .evaluate_all("canvases => canvases.map((canvas) => canvas.dataset.figure)")
    )
    assert names == ["network", "boundary"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("show=bundary", "“show” takes one or more of boundary, loss, network"),
        ("stats=none", "is on or off, not “none”"),
    ],
)
def test_plain_frame_says_what_it_cannot_show(open_page, query, sentence):
    page = open_page(f"moons.html?embed=1&{query}", width=720, height=448)
    page.get_by_text(sentence).wait_for()
    assert page.locator(".shown figure").count() == 2


def test_plain_frame_shows_the_figures_of_its_address(open_page):
    page = open_page("moons.html?embed=1&show=loss&stats=off", width=720, height=448)
    page.wait_for_selector("[data-laid]", state="attached")
    assert page.locator("canvas").and_(page.locator(".shown canvas")).count() == 1
    assert page.is_hidden("output[name=loss]")
    page = open_page("slope.html?embed=1&show=error", width=720, height=448)
    page.wait_for_selector('.shown [data-figure="error"]', state="attached")


def test_transparent_demo_lets_the_hosts_background_through(visit, blog):
    green = "rgb(220, 255, 220)"
    page = visit(blog.demo(f'{QUICK} background="transparent"'), width=736)
    page.evaluate("color => { document.body.style.background = color; }", green)
    start(page)
    wait_for(page, "done")
    frame_of(page).wait_for_selector(".loader", state="hidden")
    png = page.locator(TAG).screenshot()
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        corners = [image.convert("RGB").getpixel(at) for at in ((3, 3), (360, 390))]
    assert corners == [(220, 255, 220)] * 2


def test_changed_option_retrains_by_itself_if_the_host_wants_it(visit, blog):
    page = visit(blog.demo(f'{QUICK} retrain="auto"'))
    page.locator(TAG).evaluate("demo => demo.setAttribute('noise', '0.2')")
    assert page.get_attribute(TAG, "data-state") == "poster"  # nobody has asked for it
    start(page)
    wait_for(page, "done")
    n = len(seen(page, "step"))
    page.locator(TAG).evaluate("demo => demo.setAttribute('noise', '0.3')")
    page.wait_for_function("seen.filter(({ kind }) => kind === 'done').length === 2")
    assert len(seen(page, "step")) == 2 * n
    page.locator(TAG).evaluate(
        """demo => { demo.setAttribute("retrain", "off");
                     demo.setAttribute("noise", "0.4"); }"""
    )
    wait_for(page, "ready")


# --- the page Embed -------------------------------------------------------------------


def test_hosts_own_slider_retrains_the_demo(open_page):
    page = open_page("embed.html")
    demo = page.locator("#by-slider")
    page.locator("#noise-slider").fill("0.25")
    demo.locator(".line", has_text="this demo starts with noise 0.25").wait_for()
    demo.locator("button").click()
    demo.and_(page.locator('[data-state="done"]')).wait_for()
    frame = page.frame_locator("#by-slider iframe")
    assert frame.locator("#noise").input_value() == "0.25"
    demo.evaluate("""demo => { window.n = 0;
        demo.addEventListener("done", () => { n += 1; }); }""")
    page.locator("#noise-slider").fill("0.4")
    page.wait_for_function("n > 0")
    assert frame.locator("#noise").input_value() == "0.4"


def test_demo_follows_the_text_that_is_read(open_page):
    page = open_page("embed.html")
    demo = page.locator("#by-scrolling")
    for layers in ("8", "16,16", "1"):
        page.locator(f'[data-layers="{layers}"]').evaluate(
            "paragraph => paragraph.scrollIntoView({ block: 'center' })"
        )
        demo.and_(page.locator(f'[hidden-layers="{layers}"]')).wait_for()
        box = demo.bounding_box()  # which stays in view
        assert 0 <= box["y"] and box["y"] + box["height"] <= 900


@pytest.mark.parametrize("demo", ["moons", "graph"])
def test_picture_of_this_very_demo_can_be_saved(open_page, demo):
    from PIL import Image

    page = open_page(f"embed.html?demo={demo}")
    code = page.locator(".panel code")
    if demo == "moons":
        page.locator("#first-noise").fill("0.25")
        page.locator("#first-noise").press("Enter")
        code.filter(has_text='noise="0.25"').wait_for()
    with page.expect_download() as download:
        page.click("button[name=draw]")
    file = "moons.png" if demo == "moons" else "graph.svg"
    assert download.value.suggested_filename == file
    # The snippet shows it, and says what is in it: what the demo's own figures say.
    frame = page.frame_locator(".preview iframe")
    labels = [
        part.get_attribute("aria-label")
        for part in frame.locator(".shown :is(canvas, [data-diagram])").all()
    ]
    code.filter(has_text=f'src="{file}"').wait_for()
    assert f'alt="{" ".join(labels)}"' in code.text_content()
    if demo == "graph":
        assert "<svg" in download.value.path().read_text()
        return
    with Image.open(download.value.path()) as image:
        assert image.size == (CARD_WIDTH * 2, CARD_HEIGHT * 2)
        assert len(image.convert("RGB").getcolors(1 << 20)) > 100
    page.locator("#first-noise").fill("0.2")
    page.locator("#first-noise").press("Enter")
    code.filter(has_text="embed/posters/").wait_for()  # it was another demo's


def test_picture_of_the_hosts_own_needs_no_label(visit, blog, site):
    own = f"{site}screenshot.png"
    element = f'<{TAG} {QUICK} noise="0.25"><img src="{own}" alt="Mine"></{TAG}>'
    page = visit(blog.paste(f"{blog.script}{element}"))
    page.locator(TAG).locator("button").wait_for()
    assert page.inner_text(f"{TAG} .line") == ""


def test_noise_is_among_the_first_choices(open_page):
    page = open_page("embed.html")
    code = page.locator(".panel code")
    page.locator("#first-noise").fill("0.2")
    page.locator("#first-noise").press("Enter")
    code.filter(has_text='noise="0.2"').wait_for()
    preview = page.locator(".preview")
    preview.locator(".line", has_text="starts with noise 0.2").wait_for()
    page.get_by_text("Picture: a run with noise", exact=False).first.wait_for()
    page.select_option("#show", "boundary")
    code.filter(has_text='show="boundary"').wait_for()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_line_of_code_on_the_page_is_cut(open_page, width):
    page = open_page("embed.html", width=width)
    page.locator(".panel code").filter(has_text="embed/v1.js").wait_for()
    cut = page.evaluate(
        """() => [...document.querySelectorAll("pre")]
             .filter((pre) => pre.scrollWidth > pre.clientWidth).length"""
    )
    assert cut == 0


# --- the snippets that are handed out -------------------------------------------------


def read_snippets(panel):
    """Return every kind of snippet that a panel shows."""
    snippets = {}
    for radio in panel.locator("input[type=radio]").all():
        radio.check()
        snippets[radio.get_attribute("value")] = panel.locator("code").text_content()
    return snippets


@pytest.fixture(scope="module")
def snippets(chromium, site):
    """Those of the page Embed, for noisy moons in the dark."""
    page = chromium.new_page()
    page.goto(f"{site}embed.html")
    panel = page.locator(".panel")
    panel.locator("code").filter(has_text="embed/v1.js").wait_for()
    page.select_option("#preset", "noisy")
    page.select_option("#theme", "dark")
    panel.locator("code").filter(has_text='noise="0.3"').wait_for()
    yield read_snippets(panel)
    page.close()


def test_widget_can_be_pasted(visit, blog, snippets, site):
    page = visit(blog.paste(snippets["widget"]))
    image = page.locator(TAG).locator("img")
    assert image.get_attribute("src") == f"{site}embed/posters/moons-noisy-dark.webp"
    start(page)
    wait_for(page, "running", "done")
    assert frame_of(page).input_value("#noise") == "0.3"


@pytest.mark.parametrize("width", [360, 1280])
def test_widget_does_not_move_what_is_around_it(
    open_page, far_blog, network, snippets, site, width
):
    def late(handler):
        time.sleep(1)  # the page has been painted when the script arrives
        return False

    network.faults["/embed/v1.js"] = late
    snippet = snippets["widget"].replace(site, network.address)
    page = open_page(
        far_blog.paste(snippet), home="", is_watched=False, width=width, until="commit"
    )
    page.wait_for_function("Boolean(customElements.get('moongrad-demo'))")
    page.wait_for_load_state("networkidle")
    shift = """new Promise((resolve) => { new PerformanceObserver((list) =>
        resolve(list.getEntries().map((entry) => entry.value)))
          .observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve([]), 500); })"""
    assert page.evaluate(shift) == []


def test_frame_can_be_pasted(visit, blog, snippets):
    page = visit(blog.paste(snippets["frame"]))
    frame = frame_of(page)
    frame.wait_for_selector('main[data-state="ready"]')
    assert frame.input_value("#noise") == "0.3"
    assert frame.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.get_by_role("link").get_attribute("href") == snippets["link"]


def test_picture_for_markdown_can_be_pasted(visit, blog, snippets):
    alt, image, link = re.fullmatch(
        r"\[!\[(.*)\]\((.*)\)\]\((.*)\)", snippets["markdown"]
    ).groups()
    page = visit(blog.paste(f'<a href="{link}"><img alt="{alt}" src="{image}"></a>'))
    picture = page.get_by_role("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert link == snippets["link"]


def test_page_embed_follows_what_is_changed_in_the_demo(open_page):
    page = open_page("embed.html?demo=slope")
    code = page.locator(".panel code")
    code.filter(has_text='demo="slope"').wait_for()
    page.select_option("#demo", "moons")
    page.locator(".preview button").click()
    frame = page.frame_locator(".preview iframe")
    frame.locator("main[data-state=done]").wait_for()
    frame.get_by_role("button", name="Options").click()
    frame.locator("#points").fill("20")
    frame.locator("#points").press("Enter")
    code.filter(has_text='points="20"').wait_for()
    for kind in ("SVG", "WebP", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        assert download.value.suggested_filename.startswith("moons")
    page.check("input[value=phone]")
    assert page.locator(".preview").locator(TAG).bounding_box()["width"] <= 360
    assert re.search(r"\d+ kB .*[789]\.\d MB", page.inner_text(".cost"))


def test_shared_weights_arrive(open_page, visit, blog):
    page = open_page("moons.html?points=30&hidden=6&steps=60", reduced_motion="reduce")
    wait_for_figures(page)
    press(page, "play")
    wait_for_state(page, "done")
    press(page, "share")
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("with the current weights").check()
    snippets = read_snippets(dialog)
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.fill("#weight", page.input_value("#weight"))
    right = re.search(r"(\d+) of 30", page.inner_text("[role=status]"))[1]

    path = snippets["link"].rsplit("/", 1)[1]
    assert "#weights=" in path
    again = open_page(path)
    wait_for_figures(again)
    assert "has the weights from the link" in again.inner_text(".notices")
    assert read_output(again, "accuracy") == f"{int(right) / 30:.1%}"
    label = again.get_attribute('canvas[data-figure="boundary"]', "aria-label")
    assert f"{right} of 30" in label
    press(again, "reset")
    wait_for_output(again, "accuracy", "–")

    host = visit(blog.paste(snippets["widget"]))
    start(host)
    wait_for(host, "done")
    assert seen(host, "step")[0]["accuracy"] == pytest.approx(int(right) / 30)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ("AAAA", "they cannot be read"),
        ("!!", "they are 0, for a network of 337"),
        ("AACAfw", "1, for"),
    ],
)
def test_bad_weights_are_left_out(open_page, weights, reason):
    page = open_page(f"moons.html#weights={weights}")
    wait_for_state(page, "ready")
    notice = page.inner_text(".notices")
    assert "The weights in the link were ignored" in notice and reason in notice


def test_weights_that_went_wrong_are_not_shared():
    module = importlib.import_module("pages.moons")
    demo = module.Demo(module.OPTIONS.read(module.OPTIONS.replace_invalid({})[0]))
    text = demo.write_weights()
    demo.take_weights(text)
    assert demo.write_weights() == text
    for wrong in (1e39, float("nan"), float("-inf"), -101.0):
        demo.model.parameters()[0].data = wrong
        assert demo.write_weights() == ""


def test_widget_of_a_notebook_is_the_same_demo(visit, blog, site):
    import moongrad

    widget = moongrad.widget("moons", site=site, hidden=[8], points=20, steps=5)
    page = visit(blog.paste(widget._repr_html_()))
    frame = frame_of(page)
    frame.wait_for_selector('main[data-state="ready"]')
    assert frame.input_value("#hidden") == "8"
    assert page.get_by_role("link").get_attribute("href") == widget.address


def test_playground_can_be_embedded_with_one_of_its_figures(visit, blog):
    options = 'points="60" hidden="4" show="boundary"'
    page = visit(blog.demo(f'demo="playground" {options}'))
    start(page)
    wait_for(page, "running")
    frame = frame_of(page)
    assert frame.locator(".shown figure").count() == 1
    frame.wait_for_selector(".shown [data-live] canvas[data-figure=boundary]")
    frame.click("button[name=play]")
    wait_for(page, "paused")
    assert read_output(frame, "step") != "0"
    frame.click("button[name=options]")
    frame.click("[data-depth='1']")
    frame.wait_for_selector("[data-layers] .layer:nth-child(2)")
    assert frame.input_value("#hidden") == "4,4"
