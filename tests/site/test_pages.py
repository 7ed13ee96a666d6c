"""Every page: where it asks, how wide it is, what it promises."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser

import pytest

from blog import blogging
from builder.catalog import PAGES
from builder.cells import hash_script
from builder.paths import DIST
from stage.demo import Demo

FILES = [page.file for page in PAGES]
WITH_CELLS = {page.file for page in PAGES if page.has_cells}
DEMOS = [page.file for page in PAGES if page.demo]
# What the policy may allow at most: our own files, and what our own scripts make.
ALLOWED = {
    "default-src": set(),
    "script-src": {"'self'", "'unsafe-eval'"},  # PyScript needs it
    "style-src": {"'self'"},
    "font-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:"},
    "worker-src": {"'self'", "blob:"},
    "connect-src": {"'self'", "blob:"},
    "manifest-src": {"'self'"},
    "frame-src": {"'self'"},
}


def read_policies(html):
    """Return the content security policies of a page, each by its directives."""
    policies = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, pairs):
            attributes = dict(pairs)
            if attributes.get("http-equiv") == "Content-Security-Policy":
                parts = [part.split() for part in attributes["content"].split(";")]
                policies.append({name: set(sources) for name, *sources in parts})

    Reader().feed(html)
    return policies


@pytest.mark.parametrize("file", FILES)
def test_content_security_policy_allows_nothing_from_elsewhere(file):
    html = (DIST / file).read_text()
    (policy,) = read_policies(html)
    assert policy.pop("default-src") == {"'none'"}
    if file in WITH_CELLS:
        policy["script-src"].remove(
            hash_script()
        )  # of the frame of the visitors' Python
    for directive, sources in policy.items():
        assert sources <= ALLOWED[directive], directive
    before = html[: html.index("Content-Security-Policy")]
    assert not re.search("<(script|link|style|img)", before), "it comes first"


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_inline_and_every_address_is_relative(file):
    addresses = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, pairs):
            attributes = dict(pairs)
            assert tag != "style" and "style" not in attributes
            assert tag != "script" or "src" in attributes
            assert not [name for name in attributes if name.startswith("on")]
            if attributes.get("type") == "application/json+oembed":
                return  # for others, who take it as it is
            names = attributes.keys() & {"src", "srcset", "href"}
            addresses.extend(attributes[name] for name in names)

    Reader().feed((DIST / file).read_text())
    assert len(addresses) > 10
    for address in addresses:
        assert not re.match(r"[a-z]+:|/", address), address
        path = address.split("#")[0].split("?")[0]
        assert not path or (DIST / path).exists(), address


@pytest.mark.parametrize("file", FILES)
def test_no_character_reference_is_shown_as_it_is_written(file):
    assert re.findall(r"&amp;#?\w+;", (DIST / file).read_text()) == []


def test_nothing_is_asked_of_others_even_where_the_policy_would_allow_it(open_page):
    page = open_page("moons.html?points=10&hidden=3&steps=3", bypass_csp=True)
    page.wait_for_selector('main[data-state="ready"]')
    page.click('button[name="play"]')
    page.wait_for_selector('main[data-state="done"]')


@pytest.mark.parametrize("path", ["hood.html"])
def test_page_without_a_demo_loads_no_python(network, open_page, path):
    page = open_page(path, home=network.address)
    page.wait_for_load_state("networkidle")
    assert not [asked for asked in network.requests if "/runtime/" in asked]
    assert not [asked for asked in network.requests if asked.endswith(".whl")]


def test_policy_stops_what_would_be_asked_of_others(open_page):
    page = open_page("index.html", is_watched=False)
    outcome = page.evaluate(
        """async () => {
          const violation = new Promise((resolve) =>
            addEventListener("securitypolicyviolation", (e) => resolve(e.blockedURI)));
          await fetch("http://127.0.0.1:9/elsewhere").catch(() => {});
          return violation;
        }"""
    )
    assert outcome.startswith("http://127.0.0.1:9/")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("width", [360, 1280])
def test_page_fits_the_screen_and_its_pictures_arrive(open_page, file, width):
    page = open_page(file, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        """async () => {
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode()));
          return [...document.images].every((image) => image.naturalWidth > 0);
        }"""
    )
    assert page.title().strip()
    assert page.locator("h1").count() == 1
    assert page.get_attribute('meta[name="description"]', "content")


# --- on phones, and in large text -----------------------------------------------------

SCREENS = [(320, 100), (320, 200), (360, 200), (390, 200)]  # CSS pixels, % of text
EMBEDDED = [f"{page.file}?embed=1" for page in PAGES if page.demo]


@pytest.fixture(scope="module")
def lay_out(chromium, site):
    """
    Return a function that opens a page whose Python never arrives, with every box open.

    What is laid out without Python is what a demo fills later. And the error, with the
    address of what is missing, is the longest message there is.
    """
    context = chromium.new_context(service_workers="block")
    context.route("**/pyscript/**", lambda route: route.abort())
    pages = {}

    def lay_out_(path):
        if path in pages:
            return pages[path]
        page = pages[path] = context.new_page()
        page.goto(site + path, wait_until="domcontentloaded")
        if page.query_selector("main[data-demo] [role=alert]"):
            page.wait_for_selector("[role=alert]:not([hidden]):not(:empty)")
        page.evaluate(
            """() => {
              for (const box of document.querySelectorAll("details")) box.open = true;
            }"""
        )
        return page

    yield lay_out_
    context.close()


def resize(page, width, text=100):
    """Give a page another width, and text that is larger by so many percent."""
    page.set_viewport_size({"width": width, "height": 900})
    size = "" if text == 100 else f"{text}%"
    page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)


BEYOND_THE_RIGHT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 100))"""
# Nobody can scroll to the left of a page. What only screen readers find may be there,
# and what is moved in a box of its own: the drawing in a diagram, the row of pages.
BEYOND_THE_LEFT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().left < -0.5)
  .filter((element) => !element.closest(".skip, svg, header nav"))
  .map((element) => element.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("path", FILES + EMBEDDED)
def test_page_fits_phones_and_large_text(lay_out, path):
    page = lay_out(path)
    for width, text in SCREENS:
        resize(page, width, text)
        found = page.evaluate("document.documentElement.scrollWidth")
        assert found <= width, (width, text, page.evaluate(BEYOND_THE_RIGHT))
        assert page.evaluate(BEYOND_THE_LEFT) == [], (width, text)


def test_share_dialog_fits_phones_and_large_text(lay_out):
    page = lay_out("moons.html")
    page.click("button[name=share]")
    page.locator("dialog[open] code").filter(has_text="embed/v1.js").wait_for()
    for width, text in SCREENS:
        resize(page, width, text)
        assert page.evaluate(
            """() => {
              const dialog = document.querySelector("dialog[open]");
              const { left, right } = dialog.getBoundingClientRect();
              return left >= 0 && right <= innerWidth
                && dialog.scrollWidth <= dialog.clientWidth;
            }"""
        ), (width, text)
    page.keyboard.press("Escape")


# A browser never says that a list of choices cuts its text: compare it with one that
# is as wide as its choices.
CUT = """() => {
  const isTooNarrow = (element) => {
    if (element.localName !== "select")
      return element.scrollWidth > element.clientWidth;
    const free = element.cloneNode(true);
    free.style.cssText = "position: absolute; width: max-content; flex: none";
    element.after(free);
    const isNarrower = element.offsetWidth < free.offsetWidth;
    free.remove();
    return isNarrower;
  };
  const ticks = "[type=range], [type=checkbox], [type=radio], [type=file]";
  return [...document.querySelectorAll(`input:not(${ticks}), button, select`)]
    .filter((element) => element.checkVisibility() && isTooNarrow(element))
    .map((element) => element.id || element.name || element.textContent);
}"""


@pytest.mark.parametrize("path", FILES + EMBEDDED)
def test_no_text_of_a_field_or_button_is_cut(lay_out, path):
    page = lay_out(path)
    for width in (320, 390, 1280):
        resize(page, width)
        assert page.evaluate(CUT) == [], width


@pytest.mark.parametrize("file", FILES)
def test_what_scrolls_sideways_can_be_scrolled_by_keyboard(lay_out, file):
    page = lay_out(file)
    resize(page, 320, 200)
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll("main *")]
          .filter((element) => element.scrollWidth > element.clientWidth
            && ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
            && !element.matches('[tabindex="0"][role][aria-label]'))
          .map((element) => element.outerHTML.slice(0, 100))"""
        )
        == []
    )


# --- what pages promise ---------------------------------------------------------------


def test_landing_page_trains_once_by_itself_and_leads_on(open_page):
    page = open_page("index.html")
    page.wait_for_selector('main[data-state="done"]')
    assert "Now drag a point." in page.inner_text("[role=status]")
    assert page.inner_text('output[name="accuracy"]') == "100.0%"
    page.fill("#noise", "0.3")
    page.press("#noise", "Enter")
    page.wait_for_url("**?noise=0.3")
    page.wait_for_selector('main[data-state="ready"]')
    page.click("text=See every option and every weight")
    page.wait_for_url("**/moons.html?noise=0.3")
    assert page.get_attribute("main", "data-demo") == "moons"


SAVING = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"


@pytest.mark.parametrize("why", ["calm", "saving"])
def test_landing_page_leaves_training_to_who_wants_no_motion_or_saves_data(
    open_page, site, why
):
    motion = "reduce" if why == "calm" else "no-preference"
    page = open_page("embed.html", reduced_motion=motion)
    if why == "saving":
        page.add_init_script(SAVING)
    page.goto(site + "index.html")
    page.wait_for_selector('main[data-state="ready"]')
    page.wait_for_selector(".loader", state="hidden")
    assert page.get_attribute("main", "data-state") == "ready"


def find_box(page, selector):
    return page.locator(selector).bounding_box()


def test_first_screen_holds_both_figures_whole_on_one_grid(open_page):
    page = open_page("index.html", height=800)
    left = find_box(page, "h1")["x"]
    for figure in page.locator(".figures figure").all():
        box = figure.bounding_box()
        assert box["y"] + box["height"] <= 800
    assert find_box(page, ".figures figure >> nth=0")["x"] == left
    assert find_box(page, "button[name=play]")["x"] == left
    assert find_box(page, "header .name")["x"] == left


@pytest.mark.parametrize("file", DEMOS)
def test_buttons_and_figures_have_no_gap_between_them(lay_out, file):
    """Apart from the line that says what is going on; a workbench has its settings."""
    page = lay_out(file)
    resize(page, 1280)
    bar = find_box(page, ".bar")
    following = "main .bar ~ :is(.figures, .sentence, .diagram, .table, .settings)"
    gap = find_box(page, f"{following} >> nth=0")["y"] - bar["y"] - bar["height"]
    assert gap <= 48


@pytest.mark.parametrize("file", [page.file for page in PAGES if page.is_in_menu])
def test_row_of_pages_is_one_row_that_shows_the_current_one(lay_out, file):
    page = lay_out(file)
    resize(page, 390)
    page.reload(wait_until="domcontentloaded")
    heights = {round(a.bounding_box()["y"]) for a in page.locator("header nav a").all()}
    assert len(heights) == 1
    current = find_box(page, "header nav [aria-current]")
    assert current["x"] >= 0 and current["x"] + current["width"] <= 390


NEEDED = {  # what a page has: what its demo must do itself
    'name="step"': ["step"],
    'name="back"': ["back"],
    'data-handles="drag"': ["move"],
    'data-handles="pick"': ["select"],
    "data-edit=": ["edit"],
    "<canvas": ["make_plot", "update_plot"],
    "data-diagram=": ["diagram", "marks"],
    "data-artifact=": ["artifact"],
    "data-rows=": ["tables"],
}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.demo], ids=lambda page: page.file
)
def test_demo_can_do_what_its_page_asks_for(page):
    html = (DIST / page.file).read_text()
    demo = importlib.import_module(f"pages.{page.demo}").Demo
    for part, methods in NEEDED.items():
        if part in html:
            for method in methods:
                assert getattr(demo, method) is not getattr(Demo, method, None), part


@pytest.mark.parametrize("file", DEMOS)
def test_embedded_page_is_the_demo_alone(open_page, file):
    page = open_page(f"{file}?embed=1")
    for selector in ("h1", "h2", "header.site", "footer.site", "nav", ".exercise"):
        for element in page.locator(selector).all():
            assert element.is_hidden(), selector
    assert page.is_visible("button[name=play]")
    page.locator(".shown figure").first.wait_for()


def test_landing_page_hands_out_a_snippet_that_works(open_page, site):
    page = open_page("index.html")
    snippet = page.text_content("#snippet")
    with blogging(site) as blog:
        host = open_page(blog.paste(snippet), home="", is_watched=False)
        host.locator("moongrad-demo").locator("button").click()
        host.locator('moongrad-demo[data-state="running"]').wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("text=Copy the snippet")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == snippet


def test_landing_page_shows_what_the_example_prints():
    from builder.pages import EXAMPLE

    code, expected = EXAMPLE.rsplit("#", 1)
    names = {}
    *statements, last = code.strip().splitlines()
    exec("\n".join(statements), names)
    assert str(eval(last, names)) == expected.strip()
