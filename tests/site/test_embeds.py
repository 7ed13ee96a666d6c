"""Demos in somebody else's blog: another origin, other policies, other windows."""

from __future__ import annotations

import importlib
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
from builder.catalog import CARD_HEIGHT, CARD_RATIO, CARD_WIDTH, EMBEDDED, HEIGHTS
from builder.embeds import describe_oembeds
from builder.paths import DIST, ROOT
from stored import measure_heights

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


def wait_for_height(frame):
    """Wait until a frame is exactly as high as its content; return how high it is."""
    frame.wait_for_function(
        """() => innerHeight === document.documentElement.scrollHeight &&
          innerHeight === Math.ceil(
            document.querySelector("main").getBoundingClientRect().height)"""
    )
    return frame.evaluate("innerHeight")


def test_height_follows_to_the_pixel(visit, blog):
    page = visit(blog.demo('demo="moons" steps="10"'), width=700)
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    before = wait_for_height(frame)
    frame.click("summary >> nth=0")
    frame.wait_for_function(f"innerHeight > {before}")
    opened = wait_for_height(frame)
    assert opened > before + 100
    frame.wait_for_selector('canvas[data-figure="network"]')  # drawn when it is seen
    frame.wait_for_selector("figure.network[data-live]")
    page.set_viewport_size({"width": 400, "height": 800})
    frame.wait_for_function(f"innerHeight !== {opened}")
    wait_for_height(frame)


@pytest.mark.parametrize(("demo", "width"), [("moons", 360), ("graph", 720)])
def test_nothing_on_a_narrow_host_jumps(visit, blog, demo, width):
    page = visit(
        blog.demo(f'demo="{demo}"'), width=width, height=2600, reduced_motion="reduce"
    )
    page.locator(TAG).locator("img").wait_for()
    watch_shifts(page)
    start(page)
    before = place_of_what_follows(page)
    wait_for(page, "done")
    frame_of(page).wait_for_selector(".loader", state="hidden")
    assert page.evaluate("shift") == 0
    assert place_of_what_follows(page) == before


def test_demo_started_while_it_is_hidden_leaves_no_gap(visit, blog):
    page = visit(blog.demo(QUICK), width=700, height=2600)
    demo = page.locator(TAG)
    demo.evaluate("demo => { demo.style.display = 'none'; demo.play(); }")
    page.wait_for_function(
        "document.querySelector('moongrad-demo').shadowRoot.querySelector('iframe')"
    )
    next_frame = "new Promise((resolve) => requestAnimationFrame(() => resolve()))"
    page.evaluate(next_frame)
    demo.evaluate("demo => { demo.style.display = ''; }")
    page.evaluate(next_frame)
    page.evaluate(next_frame)
    before = place_of_what_follows(page)
    wait_for(page, "done")
    room, frame = demo.locator(".room"), demo.locator("iframe")
    gap = room.bounding_box()["height"] - frame.bounding_box()["height"]
    assert 0 <= gap <= 60  # what other fonts may need
    assert place_of_what_follows(page) == before
    # Hidden and shown again it is as it was, and turned it has no room but its own.
    demo.evaluate("demo => { demo.style.display = 'none'; }")
    page.evaluate(next_frame)
    demo.evaluate("demo => { demo.style.display = ''; }")
    assert wait_for_height(frame_of(page)) == frame.bounding_box()["height"]
    page.set_viewport_size({"width": 400, "height": 2600})
    height = wait_for_height(frame_of(page))
    assert room.bounding_box()["height"] == frame.bounding_box()["height"] == height


def test_keyboard_and_screen_reader_find_their_way(visit, blog):
    page = visit(blog.demo(QUICK))
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
        if page.evaluate(
            "document.activeElement?.shadowRoot?.activeElement?.localName === 'a'"
        ):
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
    assert image.get_attribute("src").endswith("moons-dark.webp")
    start(page)
    wait_for(page, "done")
    frame = frame_of(page)
    background = "getComputedStyle(document.body).backgroundColor"
    assert frame.evaluate(background) == "rgb(20, 23, 28)"
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
    assert frame.locator("summary").count()
    assert not any(box.is_visible() for box in frame.locator("summary").all())


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
    before = wait_for_height(frame)
    frame.locator("summary").first.evaluate("summary => summary.click()")
    frame.wait_for_function(f"innerHeight > {before}")
    wait_for_height(frame)
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
    page.locator(TAG).get_by_text("hinge or squared_error, not “hope”").wait_for()
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
            frame.get_by_text("To train it yourself, allow JavaScript").wait_for()
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
    assert frame_of(page).evaluate("innerHeight") > 500
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
    expected = {f"{name}{end}" for name in names for end in ends}
    assert {path.name for path in folder.iterdir()} == expected
    size = CARD_WIDTH * CARD_RATIO, CARD_HEIGHT * CARD_RATIO
    pictures = {}
    for path in folder.iterdir():
        if path.suffix != ".svg":
            with Image.open(path) as image:
                assert image.size == size, path
                assert len(image.convert("RGB").getcolors(1 << 20)) > 10, path
        pictures.setdefault(path.read_bytes(), []).append(path.name)
    assert [same for same in pictures.values() if len(same) > 1] == []


def test_script_is_small():
    import gzip

    assert len(gzip.compress((DIST / "embed" / "v1.js").read_bytes())) < 6_000


def test_answer_of_oembed_can_be_pasted(site, visit, blog):
    page = visit(blog.paste(describe_oembeds(site)["moons"]["html"]))
    frame_of(page).wait_for_selector('main[data-state="ready"]')


# --- room for a demo ------------------------------------------------------------------


@pytest.mark.parametrize("page_", EMBEDDED, ids=lambda page: page.demo)
def test_room_is_reserved_for_every_demo(open_page, page_):
    """After a page has changed: `python build.py update heights`."""
    page = open_page(f"{page_.file}?embed=1", reduced_motion="reduce")
    reserved = {width: pair for width, *pair in HEIGHTS[page_.demo]}
    measured = {width: pair for width, *pair in measure_heights(page)}
    assert reserved.keys() == measured.keys()
    for width, pair in measured.items():
        for k in range(2):  # other fonts may need a row of numbers more, of 44 px
            assert abs(reserved[width][k] - pair[k]) <= 60, width


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
    page.locator(TAG).locator("button").click()
    frame = page.frame_locator("moongrad-demo iframe")
    frame.locator("main[data-state=done]").wait_for()
    frame.get_by_text("Options", exact=True).click()
    frame.locator("#points").fill("20")
    frame.locator("#points").press("Enter")
    code.filter(has_text='points="20"').wait_for()
    for kind in ("SVG", "WebP", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        assert download.value.suggested_filename.startswith("moons")
    page.check("input[value=phone]")
    assert page.locator(TAG).bounding_box()["width"] <= 360
    assert re.search(r"\d+ kB .*[789]\.\d MB", page.inner_text(".cost"))


def test_shared_weights_arrive(open_page, visit, blog):
    page = open_page("moons.html?points=30&hidden=6&steps=60", reduced_motion="reduce")
    wait_for_figures(page)
    press(page, "play")
    wait_for_state(page, "done")
    press(page, "share")
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("with the weights").check()
    snippets = read_snippets(dialog)
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.fill("#weight", page.input_value("#weight"))
    right = re.search(r"(\d+) of 30", page.inner_text("[role=status]"))[1]

    path = snippets["link"].rsplit("/", 1)[1]
    assert "#weights=" in path
    again = open_page(path)
    wait_for_figures(again)
    assert "has the weights of the link" in again.inner_text(".notices")
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
