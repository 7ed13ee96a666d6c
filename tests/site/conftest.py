"""A real Chromium, real servers over dist/, and a page that tells on itself."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from demo import open_ready, press, settle, wait_for_state
from playwright.sync_api import sync_playwright

from browser import find_chromium, find_firefox, launching
from builder.paths import DIST
from builder.server import serving
from network import playing

SUB_PATH = "/some/sub/path/"
LOAD = 120_000  # ms; generous: it only bounds how long a broken page can hold us up


@pytest.fixture(scope="session")
def site():
    """The address of dist/, served from the root."""
    with serving(DIST) as address:
        yield address


@pytest.fixture(scope="session")
def sub_path_site():
    """The address of dist/, served from a folder."""
    with serving(DIST, SUB_PATH) as address:
        yield address


@pytest.fixture
def network():
    """dist/ behind a network that can be told to fail."""
    with playing(DIST) as network:
        yield network


@pytest.fixture(scope="session")
def executable():
    found = find_chromium()  # before Playwright's loop runs: it uses one, too
    if found is None:
        pytest.fail("there is no Chromium here: `python build.py test` installs one")
    return str(found)


@pytest.fixture(scope="session")
def playwright_(executable):
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_, executable):
    """
    A browser that compiles WebAssembly once: half of what starting a page costs is to
    do so again, for speed. What is about speed, or bits, has a browser of its own.
    """
    with launching(playwright_, executable, "--js-flags=--liftoff-only") as browser:
        yield browser


@pytest.fixture(scope="session")
def firefox(playwright_):
    """Firefox ESR, which Playwright drives by WebDriver BiDi."""
    executable = find_firefox()
    if executable is None:
        pytest.skip("there is no Firefox ESR here: install your system's firefox-esr")
    browser = playwright_.firefox.launch(
        channel="moz-firefox", executable_path=str(executable)
    )
    yield browser
    browser.close()


class Watch:
    """What a page asked for and complained about."""

    def __init__(self, page, home):
        self.foreign, self.complaints, self.missing = [], [], []
        origin = home.split("/", 3)[:3]

        def on_request(request):
            is_local = request.url.startswith(("blob:", "data:"))
            if not is_local and request.url.split("/", 3)[:3] != origin:
                self.foreign.append(request.url)

        def on_response(response):
            if response.status >= 400:
                self.missing.append(response.url)

        def on_console(message):
            if message.type == "error":
                self.complaints.append(message.text)

        page.context.on("request", on_request)
        page.context.on("response", on_response)
        page.on("console", on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def check(self):
        assert self.foreign == [], "requests to another origin"
        assert self.missing == [], "files that are not there"
        assert self.complaints == [], "errors in the console"


@contextmanager
def visiting(chromium, site):
    """Give a function that opens pages, as the fixture `open_page` describes it."""
    contexts, watches = [], []

    def open_(
        path,
        *,
        width=1280,
        height=900,
        home=site,
        is_watched=True,
        until="load",
        is_clock_set=False,
        **context,
    ):
        # What keeps the site for later has tests of its own, and would only be busy.
        context = {"service_workers": "block"} | context
        opened = chromium.new_context(
            viewport={"width": width, "height": height}, **context
        )
        opened.set_default_timeout(LOAD)
        contexts.append(opened)
        page = opened.new_page()
        if is_watched:
            watches.append(Watch(page, home))
        if is_clock_set:  # before the page starts its timers
            page.clock.install()
        page.goto(home + path, wait_until=until)
        return page

    yield open_
    for context in contexts:
        context.close()
    for watch in watches:
        watch.check()


@pytest.fixture
def open_page(chromium, site):
    """
    Open a page: `open_page("moons.html?noise=0.2", width=360)`.

    At the end of the test every page must have asked nothing of another origin and
    have printed no error, unless `is_watched=False`. With `is_clock_set` a test moves
    the page's clock by `page.clock`.
    """
    with visiting(chromium, site) as open_:
        yield open_


@pytest.fixture(scope="module")
def open_once(chromium, site):
    """Open pages as `open_page` does, for tests of one module that share them."""
    with visiting(chromium, site) as open_:
        yield open_


RESTORE = """() => {
  for (const [control, value] of window.atFirst) {
    if (control.value === value) continue;
    control.value = value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const details of document.querySelectorAll("main details")) details.open = false;
  document.activeElement.blur();
  scrollTo(0, 0);
}"""


@pytest.fixture(scope="module")
def share_page(chromium, site):
    """
    Return a page that tests of one module have in turn, as it was when it had loaded:
    `share_page("moons.html?points=20")`. Loading takes longer than most tests.
    """
    pages = {}

    def share(path):
        if path not in pages:
            # Fewer frames on the way to the same end.
            pages[path] = open_ready(open_, path, reduced_motion="reduce")
            pages[path].evaluate(
                """() => { window.atFirst = [...document.querySelectorAll(
                     "main input[name]:not([data-edit]), main select[name]"
                   )].map((control) => [control, control.value]); }"""
            )
            return pages[path]
        page = pages[path]
        page.mouse.move(0, 0)
        page.evaluate(RESTORE)
        press(page, "reset")
        settle(page)
        wait_for_state(page, "ready")
        return page

    with visiting(chromium, site) as open_:
        yield share
