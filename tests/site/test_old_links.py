"""Links and snippets of earlier versions, on the built pages."""

from __future__ import annotations

import pytest
from demo import (
    open_ready,
    press,
    read_output,
    wait_for_output,
    wait_for_state,
)

import shipped
from old_links import LINKS

#: The first link with old words of each page: the rest is native (tests/stage).
OPENED = {old.file: old for old in reversed(LINKS) if old.has_old_words}.values()

TRANSLATE = """async ([module, links]) => {
  const { translate } = await import(module);
  return Promise.all(links.map(async (link) => {
    const url = new URL(link, location.href);
    const html = await (await fetch(url.pathname)).text();
    const page = new DOMParser().parseFromString(html, "text/html");
    const named = "main[data-demo] :is(input:not([data-edit]), select)[name]";
    const controls = [...page.querySelectorAll(named)];
    const texts = translate(controls, Object.fromEntries(url.searchParams));
    return [texts, controls.map(({ name }) => name)];
  }));
}"""


def test_page_translates_old_links_as_its_python_does(open_page, site):
    page = open_page("embed.html")  # without a Python of its own
    module = f"{site}app/{shipped.folder('app').name}/stage/addresses.js"
    found = page.evaluate(TRANSLATE, [module, [old.link for old in LINKS]])
    assert len(found) == len(LINKS) >= 20
    for old, (texts, controls) in zip(LINKS, found, strict=True):
        translated = old.page.OPTIONS.translate(old.query)
        for name in controls:
            assert texts.get(name) == translated.get(name), old.link
        # Where a page has no control for an option, Python translates what is left.
        assert old.page.OPTIONS.translate(texts) == translated


def run_to_the_end(page):
    n_steps = int(read_output(page, "step").split(" / ")[1])
    if n_steps > 20:
        press(page, "play")
    else:  # some pages pause between steps, to be read
        for k in range(1, n_steps + 1):
            press(page, "step")
            wait_for_output(page, "step", f"{k} / {n_steps}")
    wait_for_state(page, "done")


@pytest.mark.parametrize("old", OPENED, ids=lambda old: old.file)
def test_old_link_opens_what_it_opened(open_page, old):
    page = open_ready(open_page, old.link, reduced_motion="reduce")
    assert page.is_hidden(".notices")
    for name, text in old.options.items():
        if page.locator(f"#{name}").count():
            assert page.input_value(f"#{name}") == text
    run_to_the_end(page)
    outputs = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("main output[name]")]
             .map(({ name, textContent }) => [name, textContent]))"""
    )
    names = outputs.keys() & old.outputs.keys()
    assert len(names) >= 2
    for name in names:
        assert outputs[name] == old.outputs[name]


def test_changed_address_has_the_words_of_today(open_page):
    page = open_ready(open_page, "moons.html?rate=0.05&schedule=stays+as+it+is")
    page.select_option("#loss", label="squared error")
    page.wait_for_url("**loss=squared_error**")
    assert "schedule=constant" in page.url
