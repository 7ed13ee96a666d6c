"""Without a network, after a new build, where nothing is kept, from the zip file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from zipfile import ZipFile

import pytest
from demo import press, read_output, wait_for_mark, wait_for_state

import network as net
import shipped
from builder import offline
from builder.embeds import list_shown
from builder.paths import DIST, ROOT
from network import playing

QUICK = "moons.html?points=20&hidden=4&steps=10"
PLAIN = "embed.html"  # has no Python, so the site is kept as soon as it has loaded


def wait_until_kept(page):
    page.wait_for_selector('[data-offline="saved"]', state="attached")


def make_visitor(browser, **options):
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
def visitor(chromium):
    """A browser profile that lives as long as the test."""
    context = make_visitor(chromium)
    yield context
    context.close()


def visit(visitor, address):
    page = visitor.new_page()
    page.goto(address)
    return page


def keep_site(visitor, network):
    """Visit a page until the site is kept."""
    page = visit(visitor, network.address + PLAIN)
    wait_until_kept(page)
    return page


@pytest.fixture(scope="module")
def kept_once(chromium):
    """A browser profile that has kept dist/, and the network that it came from."""
    visitor = make_visitor(chromium)
    with playing(DIST) as network:
        keep_site(visitor, network).close()
        yield visitor, network
        visitor.close()


@pytest.fixture
def kept(kept_once):
    """What `kept_once` gives, for tests that leave what is kept as it is."""
    visitor, network = kept_once
    network.requests.clear()
    yield visitor, network
    network.faults.clear()
    for page in visitor.pages:
        page.close()


def forget_http_cache(page):
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


# --- without a network ----------------------------------------------------------------


def test_second_visit_needs_no_network(visitor):
    with playing(DIST) as network:
        page = visit(visitor, network.address + QUICK)
        wait_until_kept(page)
        assert "Saved on your device" in page.inner_text("footer")
        page.close()
    with pytest.raises(OSError):
        urllib.request.urlopen(network.address)
    page = visit(visitor, network.address + QUICK)
    wait_for_mark(page, "first-figure")
    press(page, "play")
    wait_for_state(page, "done")
    assert read_output(page, "step") == "10 / 10"
    # Every page, also those never visited, by any way to write its address.
    for path, title in (
        ("", "Watch"),
        ("index.html#main", "Watch"),
        ("speed.html", "Speed"),
    ):
        page.goto(network.address + path)
        assert title in page.inner_text("h1")
    wait_for_mark(page, "first-figure")
    page.goto(network.address + "embed.html")
    picture = page.locator(".preview moongrad-demo img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")


def test_visit_of_any_page_is_enough_even_without_http_cache(kept):
    visitor, network = kept
    network.faults[""] = net.refused
    page = visit(visitor, network.address + PLAIN)
    forget_http_cache(page)
    page.click("header a:has-text('Moons')")
    wait_for_mark(page, "first-figure")


def test_licences_can_be_read_without_a_network(kept):
    visitor, network = kept
    network.faults[""] = net.refused
    page = visit(visitor, network.address + PLAIN)
    page.get_by_role("link", name="Licences").click()
    page.wait_for_url("**/licences.txt")
    assert "NumPy" in page.inner_text("body")


# --- with a network, good or bad ------------------------------------------------------


def answering_with(status, body):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    return answer


def test_pages_are_never_stale_where_there_is_a_network(kept):
    visitor, network = kept
    html = (DIST / PLAIN).read_text()
    new = html.replace("Embed a demo in your page</h1>", "Look at this</h1>")
    assert new != html
    network.faults[PLAIN] = answering_with(200, new.encode())
    page = visitor.new_page()
    assert page.goto(network.address + PLAIN).from_service_worker
    assert page.inner_text("h1") == "Look at this"
    assert "the copy saved" not in page.inner_text("footer")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (net.refused, "The server can’t be reached"),
        (net.silent, "The server didn’t answer in time"),
        (net.stalled, "The server didn’t answer in time"),
        (net.failing, "The server has a problem right now"),
        (net.broken_off, "The connection to the server was lost"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_kept_page_is_shown_and_says_why_when_server_fails(kept, fault, sentence):
    visitor, network = kept
    network.faults[""] = fault
    page = visitor.new_page()
    page.goto(network.address + PLAIN, wait_until="commit")
    said = f"{sentence}, so this is the copy saved on your device."
    page.get_by_text(said).wait_for()
    assert page.inner_text("h1") == "Embed a demo in your page"
    network.faults.clear()
    page.reload()
    page.get_by_text("Saved on your device").wait_for()
    assert "the copy saved" not in page.inner_text("footer")


@pytest.mark.parametrize("fault", [net.silent, net.broken_off])
def test_kept_python_starts_while_server_fails(kept, fault):
    visitor, network = kept
    forget_http_cache(visit(visitor, network.address + PLAIN))
    network.faults[""] = fault
    page = visitor.new_page()
    page.goto(network.address + QUICK, wait_until="commit")
    wait_for_mark(page, "first-figure")


def test_page_that_is_gone_from_the_server_is_not_shown(kept):
    visitor, network = kept
    network.faults[PLAIN] = net.missing
    page = visitor.new_page()
    assert page.goto(network.address + PLAIN).status == 404
    assert page.locator("h1").inner_text() != "Embed a demo in your page"


def test_page_that_is_not_kept_is_waited_for(kept):
    visitor, network = kept

    def answer_late(handler):
        time.sleep(4)  # longer than the service worker waits for kept pages
        return answering_with(200, b"<h1>At last</h1>")(handler)

    network.faults["/other.html"] = answer_late
    page = visit(visitor, network.address + "other.html")
    assert page.inner_text("h1") == "At last"


def test_fault_of_the_server_is_shown_for_a_page_that_is_not_kept(kept):
    visitor, network = kept
    network.faults["/other.html"] = net.failing
    page = visitor.new_page()
    assert page.goto(network.address + "other.html").status == 503


# --- a new build ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def new_build(tmp_path_factory):
    """A build with another text on the page, and another script."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("engine", "site", "tests"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    for name in ("build.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, root)
    for name in (".venv", ".cache", "node_modules"):
        (root / name).symlink_to(ROOT / name)
    html = root / "site" / "pages" / "moons.html"
    html.write_text(html.read_text().replace("Two moons</h1>", "Two new moons</h1>"))
    script = root / "site" / "stage" / "stage.js"
    script.write_text(script.read_text() + 'main.dataset.build = "new";\n')
    done = subprocess.run(
        [sys.executable, root / "build.py", "build"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "dist"


def which(page):
    """Say of which build the page is, and its script."""
    wait_for_state(page, "ready")
    return page.inner_text("h1"), page.get_attribute("main", "data-build")


OLD, NEW = ("Two moons", None), ("Two new moons", "new")


def test_new_build_replaces_the_old_one_at_the_next_load(visitor, new_build):
    with playing(DIST) as network:
        page = visit(visitor, network.address + QUICK)
        wait_until_kept(page)
        assert which(page) == OLD
        network.folder = new_build
        # A page that is open goes on.
        press(page, "play")
        wait_for_state(page, "done")
        network.requests.clear()
        page.reload()
        assert which(page) == NEW
        wait_until_kept(page)
        again = [path for path in network.requests if "/runtime/" in path]
        assert again == [], "what both builds have in common is not downloaded again"
    page.reload()
    assert which(page) == NEW
    press(page, "play")
    wait_for_state(page, "done")
    wait_for_mark(page, "first-figure")


def test_old_builds_do_not_pile_up(visitor, new_build):
    with playing(DIST) as network:
        page = keep_site(visitor, network)
        page.evaluate(
            """async () => { for (const name of ["app/00", "pages/00", "runtime/00"])
              await caches.open(`moongrad / ${name}/`); }"""
        )
        for folder in (new_build, DIST, new_build):
            network.folder = folder
            page.reload()
            wait_until_kept(page)
        names = page.evaluate("caches.keys()")
        # One runtime, the apps and pages of two builds, and the list of them.
        assert len(names) == 6 and not any("/00/" in name for name in names)


def test_new_text_alone_reaches_who_has_no_network(visitor, tmp_path):
    """A build whose pages alone are other ones; the service worker is made for it."""
    pages = tmp_path / "pages"
    shutil.copytree(DIST, pages)
    html = (pages / PLAIN).read_text()
    (pages / PLAIN).write_text(html.replace("Embed a demo in", "Place a demo in"))
    for name in ("service-worker.js", "dist.zip"):
        (pages / name).unlink()
    places = {
        kind: f"{kind}/{shipped.folder(kind).name}/" for kind in ("app", "runtime")
    }
    offline.add_service_worker(pages, places, list_shown())
    with playing(DIST) as network:
        page = keep_site(visitor, network)
        network.folder = pages
        page.reload()
        wait_until_kept(page)
    page.reload()
    assert page.inner_text("h1") == "Place a demo in your page"


def test_host_that_redirects_to_names_without_html(visitor):
    def redirect(handler):
        if not handler.path.endswith("moons.html"):
            return False
        handler.send_response(301)
        handler.send_header("Location", "moons")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    def serve_clean(handler):
        if handler.path != "/moons":
            return False
        body = (DIST / "moons.html").read_bytes()
        net.send(handler, body, "text/html", len(body))
        return True

    with playing(DIST) as network:
        network.faults |= {"moons.html": redirect, "/moons": serve_clean}
        page = keep_site(visitor, network)
        page.goto(network.address + "moons.html")
        assert page.url == network.address + "moons"
        assert page.inner_text("h1") == "Two moons"
    for path in ("moons.html", "moons"):
        page.goto(network.address + path)
        assert page.inner_text("h1") == "Two moons"


def test_half_published_build_is_not_kept(visitor, new_build, tmp_path):
    half = tmp_path / "half"
    shutil.copytree(new_build, half)
    shutil.copy(DIST / "moons.html", half)  # still the old one
    with playing(DIST) as network:
        page = keep_site(visitor, network)
        network.folder = half
        page.reload()
        page.wait_for_selector('[data-offline="refused"]')
        assert "belongs to another build" in page.inner_text("footer")
    page.goto(network.address + QUICK)
    assert which(page) == OLD
    wait_for_mark(page, "first-figure")


INCOMPLETE = {
    net.altered: "speed-bars-dark.webp arrived damaged",
    net.missing: "speed-bars-dark.webp did not arrive (the server answered 404)",
    net.refused: "speed-bars-dark.webp did not arrive (no connection)",
    net.broken_off: "the connection broke off",
}


@pytest.mark.parametrize("fault", INCOMPLETE, ids=lambda fault: fault.__name__)
def test_incomplete_site_is_not_kept(visitor, network, fault):
    network.faults["/speed-bars-dark"] = fault
    page = visit(visitor, network.address + PLAIN)
    page.wait_for_selector('[data-offline="refused"]')
    said = page.inner_text("[data-offline]")
    problem = rf"([\w/]+/)?{re.escape(INCOMPLETE[fault])}"
    assert re.fullmatch(f"Not saved for offline use: {problem}.", said)


def test_site_is_kept_when_what_was_damaged_is_whole_again(visitor, network):
    network.faults["/speed-bars-dark"] = net.altered
    page = visit(visitor, network.address + PLAIN)
    page.wait_for_selector('[data-offline="refused"]')
    network.faults.clear()
    page.reload()
    wait_until_kept(page)


# --- where nothing may be kept --------------------------------------------------------


def test_quota_that_is_too_small_is_said_and_the_page_works(visitor):
    with playing(DIST) as network:
        page = visitor.new_page()
        session = visitor.new_cdp_session(page)
        quota = {"origin": network.address.rstrip("/"), "quotaSize": 1_000_000}
        session.send("Storage.overrideQuotaForOrigin", quota)
        page.goto(network.address + QUICK)
        wait_for_mark(page, "first-figure")
        page.wait_for_selector('[data-offline="refused"]')
        assert "gives this site no room" in page.inner_text("footer")
        press(page, "play")
        wait_for_state(page, "done")
        assert page.evaluate("caches.keys()") == []


def test_private_window_that_keeps_nothing_is_said_and_the_page_works(visitor):
    page = visitor.new_page()
    page.add_init_script(
        "Object.defineProperty("
        "  Navigator.prototype, 'serviceWorker', { value: undefined })"
    )
    with playing(DIST) as network:
        page.goto(network.address + QUICK)
        wait_for_mark(page, "first-figure")
        page.wait_for_selector('[data-offline="refused"]')
        assert "like a private window" in page.inner_text("footer")


def reject(error):
    return f"navigator.serviceWorker.register = () => Promise.reject({error});"


FORBIDDEN = "the browser doesn’t let this page save anything"
NOT_LOADED = "the script for it couldn’t be loaded"
BLOCKERS = {
    "nothing is answered": (
        "navigator.serviceWorker.register = async () => {};",
        FORBIDDEN,
    ),
    "cookies are blocked": (
        reject("new DOMException('The operation is insecure.', 'SecurityError')"),
        FORBIDDEN,
    ),
    "access throws": (
        "Object.defineProperty(Navigator.prototype, 'serviceWorker', { get() {"
        "  throw new DOMException('It is sandboxed.', 'SecurityError'); } });",
        FORBIDDEN,
    ),
    "script fails": (
        reject("new TypeError('Failed to register a ServiceWorker for scope')"),
        NOT_LOADED,
    ),
    "unknown error": (
        reject("new DOMException('Bad state', 'InvalidStateError')"),
        "the browser doesn’t allow it",
    ),
    "no error object": (reject("'no'"), "the browser doesn’t allow it"),
}


def check_refusal(page, problem):
    page.wait_for_selector('[data-offline="refused"]')
    said = page.inner_text("[data-offline]")
    assert said == f"Not saved for offline use: {problem}."


@pytest.mark.parametrize("blocker", BLOCKERS)
def test_blocked_service_worker_is_said_in_a_plain_sentence(visitor, site, blocker):
    script, problem = BLOCKERS[blocker]
    page = visitor.new_page()
    page.add_init_script(script)
    page.goto(site + PLAIN)
    check_refusal(page, problem)


def test_service_worker_blocked_by_playwright_is_said_too(chromium, site):
    context = make_visitor(chromium, service_workers="block")
    check_refusal(visit(context, site + PLAIN), FORBIDDEN)
    context.close()


@pytest.mark.parametrize(
    ("fault", "problem"), [(net.missing, NOT_LOADED), (net.wrong_type, FORBIDDEN)]
)
def test_service_worker_that_is_not_served_is_said(visitor, network, fault, problem):
    network.faults["service-worker.js"] = fault
    check_refusal(visit(visitor, network.address + PLAIN), problem)


def test_embedded_nothing_is_kept(visitor):
    with playing(DIST) as network:
        page = visit(visitor, network.address + QUICK + "&embed=1")
        wait_for_mark(page, "first-figure")
        assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []


# --- as an app, and as a zip file -----------------------------------------------------


def test_it_can_be_installed(kept):
    visitor, network = kept
    page = visit(visitor, network.address + PLAIN)
    session = visitor.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/site.webmanifest")
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Playwright's contexts are private windows; nothing else stands against it.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
    page.evaluate(
        """() => {
          const event = new Event("beforeinstallprompt", { cancelable: true });
          event.prompt = async () => { window.isAsked = true; };
          dispatchEvent(event);
        }"""
    )
    page.get_by_role("button", name="Install as an app").click()
    assert page.evaluate("window.isAsked")


@contextmanager
def serving_plainly(folder):
    """Serve with a server that knows nothing of this site."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = process.stdout.readline()
        yield line[line.index("(http") + 1 : line.index(")")]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_zip_file_works_from_any_static_server(visitor, tmp_path):
    ZipFile(DIST / "dist.zip").extractall(tmp_path)
    with serving_plainly(tmp_path) as address:
        page = visit(visitor, f"{address}moongrad/{QUICK}")
        press(page, "play")
        wait_for_state(page, "done")
        wait_for_mark(page, "first-figure")
        wait_until_kept(page)


def test_zip_file_is_the_whole_site():
    with ZipFile(DIST / "dist.zip") as archive:
        names = {name.removeprefix("moongrad/") for name in archive.namelist()}
    files = {p.relative_to(DIST).as_posix() for p in DIST.rglob("*") if p.is_file()}
    assert names == files - {"dist.zip"}


def test_firefox_trains_draws_and_needs_no_network_again(firefox):
    context = firefox.new_context()
    context.set_default_timeout(120_000)
    with playing(DIST) as network:
        page = visit(context, network.address + QUICK)
        page.wait_for_selector("figure[data-live]")
        wait_until_kept(page)
        for fault in net.silent, net.broken_off:
            network.faults[""] = fault
            page.goto(network.address + PLAIN, wait_until="commit")
            page.get_by_text("so this is the copy saved on your device").wait_for()
    for _ in range(2):
        page.goto(network.address + QUICK)
        page.wait_for_selector("figure[data-live]")
        press(page, "play")
        wait_for_state(page, "done")
    context.close()


def test_size_of_the_zip_file_is_said():
    megabytes = round((DIST / "dist.zip").stat().st_size / 1e6)
    assert f"a zip file of {megabytes} MB" in (DIST / "moons.html").read_text()
