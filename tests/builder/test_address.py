"""The address of the site: only the person who builds it knows it."""

from __future__ import annotations

import json
import re
from zipfile import ZipFile

import pytest
from PIL import Image

from builder import hood, lessons, pages, wheels
from builder.address import read_address
from builder.cards import list_cards
from builder.catalog import EMBEDDED, PAGES
from builder.charts import list_charts
from builder.embeds import add_embeds, describe_oembeds, make_script
from builder.inputs import hash_inputs
from builder.measured import read_measured
from builder.paths import DIST, NODE_MODULES, ROOT
from builder.report import BuildError

HOME = "https://example.org/some/path/"
LABELS = {name: "a picture" for name, *_ in list_cards()}


class NoGraphviz:
    """Draws every diagram as an empty picture."""

    def lay_out(self, dots):
        return {name: "<svg></svg>" for name in dots}


@pytest.fixture(scope="module", params=[HOME, ""], ids=["known", "unknown"])
def built(request, tmp_path_factory):
    """The pages and the answers of oEmbed, made for an address, and for none."""
    target = tmp_path_factory.mktemp("dist")
    (target / "runtime" / "pyscript").mkdir(parents=True)
    (target / "embed").mkdir()
    places = {"app": "app/", "runtime": "runtime/"}
    charts = dict.fromkeys(list_charts(read_measured()), "a figure")
    facts = {hood.FILE: hood.gather(charts), lessons.FILE: lessons.gather()}
    pages.render(target, "1.2.3", places, ["first"], NoGraphviz(), request.param, facts)
    return request.param, target


def measure_picture(address):
    """Return the size of a picture in dist/."""
    with Image.open(DIST / address.removeprefix(HOME)) as image:
        return image.size


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
def test_previews_of_links_are_whole_or_left_out(built, page):
    home, target = built
    html = (target / page.file).read_text()
    found = dict(
        re.findall(r'<meta (?:property|name)="([^"]*)" content="([^"]*)"', html)
    )
    oembed = re.findall(r'json\+oembed" href="([^"]*)"', html)
    assert found["og:title"] and found["og:description"]
    if not home:
        assert not {"og:url", "og:image", "twitter:card"} & found.keys()
        assert oembed == []
        return
    assert found["og:url"] == home + page.file
    size = int(found["og:image:width"]), int(found["og:image:height"])
    assert size == measure_picture(found["og:image"])
    assert oembed == ([f"{home}embed/{page.demo}.json"] if page.demo else [])


def test_nothing_names_an_address_that_nobody_has_given(built):
    _, target = built
    texts = [(target / page.file).read_text() for page in PAGES]
    texts.append(make_script(LABELS, ""))
    for text in texts:
        assert "github.io" not in text
    assert 'const HOME = "";' in texts[-1]


def test_answers_of_oembed_are_complete():
    answers = describe_oembeds(HOME)
    assert answers.keys() == {page.demo for page in EMBEDDED}
    for answer in answers.values():
        assert answer["version"] == "1.0" and answer["type"] == "rich"
        assert answer["title"] and answer["width"] and answer["height"]
        assert answer["provider_url"] == HOME
        assert f'src="{HOME}' in answer["html"]
        size = answer["thumbnail_width"], answer["thumbnail_height"]
        assert size == measure_picture(answer["thumbnail_url"])


@pytest.mark.parametrize("home", [HOME, ""])
def test_oembed_answers_only_with_an_address(tmp_path, monkeypatch, home):
    monkeypatch.setattr("builder.embeds._minify", lambda text, *_: text)
    (tmp_path / "embed").mkdir()
    add_embeds(tmp_path, LABELS, home, NODE_MODULES, NODE_MODULES)
    written = {path.stem for path in (tmp_path / "embed").glob("*.json")}
    assert written == ({page.demo for page in EMBEDDED} if home else set())


def test_script_of_the_element_has_what_it_imports():
    script = make_script(LABELS, HOME)
    assert f'const HOME = "{HOME}";' in script
    assert "const findCard = " in script and "const findProblem = " in script
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)


def test_wheel_knows_the_address_that_it_was_built_with(tmp_path, monkeypatch):
    monkeypatch.setattr(wheels, "WHEELS", tmp_path / "wheels")
    monkeypatch.setattr(wheels, "SOURCE", tmp_path / "source")
    monkeypatch.setattr(wheels, "PAGES", tmp_path / "pages")
    font = tmp_path / "text.ttf"
    font.write_bytes(b"")

    def files(address):
        with ZipFile(wheels.build_wheels(address, font)["moongrad"]) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}

    plain, told = files(""), files(HOME)
    facts = json.loads(told.pop("moongrad/site.json"))
    assert facts == {"address": HOME, "demos": [page.demo for page in EMBEDDED]}
    assert plain.keys() == told.keys()
    assert {name for name in plain if plain[name] != told[name]} == {
        next(name for name in plain if name.endswith("RECORD"))
    }


def test_another_address_needs_another_build(monkeypatch):
    monkeypatch.delenv("MOONGRAD_SITE", raising=False)
    without = hash_inputs()
    monkeypatch.setenv("MOONGRAD_SITE", "https://example.org/a")
    first = hash_inputs()
    monkeypatch.setenv("MOONGRAD_SITE", "https://example.org/b")
    assert len({without, first, hash_inputs()}) == 3
    monkeypatch.setenv("MOONGRAD_SITE", "https://example.org/a/")
    assert hash_inputs() == first


@pytest.mark.parametrize(
    "text", ["", " ", "https://example.org/a", "http://[::1]:8000/"]
)
def test_address_ends_with_a_slash(monkeypatch, text):
    monkeypatch.setenv("MOONGRAD_SITE", text)
    assert read_address() == (text.strip().rstrip("/") + "/" if text.strip() else "")


@pytest.mark.parametrize(
    "text", ["example.org", "ftp://example.org", 'https://a/"><b>', "https://a/?b"]
)
def test_what_is_no_address_is_refused(monkeypatch, text):
    monkeypatch.setenv("MOONGRAD_SITE", text)
    with pytest.raises(BuildError, match="MOONGRAD_SITE needs an address such as"):
        read_address()


def test_workflow_builds_with_the_address_of_its_own_pages():
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text()
    test_job = text[text.index("  test:") : text.index("  deploy:")]
    steps = re.split(r"^      - ", test_job, flags=re.MULTILINE)[1:]
    (k,) = [k for k, step in enumerate(steps) if "actions/configure-pages@" in step]
    (name,) = re.findall(r"^\s*id: (\w+)", steps[k], re.MULTILINE)
    (run,) = [step for step in steps[k + 1 :] if "run: python build.py test" in step]
    given = f"MOONGRAD_SITE: ${{{{ steps.{name}.outputs.base_url }}}}"
    assert given in run
    assert "pages: read" in test_job  # what the action needs to ask
