"""What the page Under the hood promises: its sessions, commands, numbers, budgets."""

from __future__ import annotations

import doctest
import json
import re
from html.parser import HTMLParser

import pytest
from test_main import LINE
from test_main import run as run_moongrad

import stored
from builder import budgets, measured
from builder.pages import count_lines
from builder.paths import DIST, ENGINE, SITE
from builder.wheels import find_wheel
from test_readme import ask_for_help, list_commands


class Reader(HTMLParser):
    """Reads the code blocks, the table cells and the words of a page."""

    def __init__(self):
        super().__init__()
        self.sessions, self.blocks, self.rows, self.words = [], [], {}, []
        self._target, self._table = self.words, None

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if tag == "code" and "data-session" in attributes:
            self.sessions.append([])
            self._target = self.sessions[-1]
        elif tag == "pre":
            self.blocks.append([])
            self._target = self.blocks[-1]
        elif tag == "table":
            self._table = self.rows.setdefault(attributes["data-rows"], [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("th", "td"):
            self._table[-1].append([])
            self._target = self._table[-1][-1]

    def handle_endtag(self, tag):
        if tag in ("pre", "th", "td"):
            self._target = self.words
        if tag == "table":
            self._table = None

    def handle_data(self, data):
        self._target.append(data)


@pytest.fixture(scope="module")
def page():
    reader = Reader()
    reader.feed((DIST / "hood.html").read_text(encoding="utf-8"))
    reader.close()
    return reader


def read_rows(page, name):
    _, *rows = page.rows[name]
    return [[re.sub(r"\s+", " ", "".join(cell)) for cell in row] for row in rows]


# --- code -----------------------------------------------------------------------------


def test_sessions_print_what_they_say(page):
    text = "\n\n".join("".join(session) for session in page.sessions) + "\n"
    test = doctest.DocTestParser().get_doctest(text, {}, "hood.html", None, 0)
    assert len(test.examples) >= 25
    assert doctest.DocTestRunner().run(test).failed == 0


def read_blocks(page):
    return "\n".join("".join(block) for block in page.blocks).replace("\\\n", "")


def test_page_lists_the_commands_that_there_are(page):
    found = re.findall(r"python3 build\.py (\w+)(?: (--\w+))?", read_blocks(page))
    assert sorted({command for command, _ in found}) == list_commands()
    for command, flag in found:
        assert flag in ask_for_help(command)


def test_runs_in_a_terminal_end_at_100_percent(page):
    commands = re.findall(r"^python -m moongrad (.+)$", read_blocks(page), re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        result = run_moongrad(*command.split())
        assert result.returncode == 0, result.stderr
        assert LINE.fullmatch(result.stdout.splitlines()[-1])[3] == "100.0", command


# --- numbers --------------------------------------------------------------------------


def test_engine_and_wheel_keep_their_budgets():
    assert count_lines(ENGINE / "engine.py") <= budgets.ENGINE_LINES
    assert find_wheel().stat().st_size < budgets.WHEEL


def test_page_prints_every_budget(page):
    words = re.sub(r"\s+", " ", "".join(page.words))
    for text in (
        f"at most {budgets.ENGINE_LINES} lines",
        f"today: {count_lines(ENGINE / 'engine.py')}",
        f"at most {budgets.VALUE} bytes",
        *(f"{times} times as fast" for times in budgets.INTERPRETED.values()),
        *(f"{times} times as fast" for times in budgets.COMPILED.values()),
        *(f"{times:,} times as" for times in budgets.COMPILED_IN_CHROMIUM.values()),
        f"smaller than {budgets.WHEEL / 1000:.0f} kB",
        "2,000 steps",
        "64 MB of WebAssembly memory",
        "at most 120 kB to the first paint, 7 MB to the first training step and 11 MB",
        "a chapter adds at most 60 kB",
        "at most 40 kB of ours",
    ):
        assert text in words, text


def test_measured_run_keeps_the_budgets():
    figures = measured.read_measured()
    native, browser = figures["natively"], figures["in Chromium"]
    for name, times in budgets.INTERPRETED.items():
        assert native[name] / native["moongrad, interpreted"] >= times
    for name, times in budgets.COMPILED.items():
        assert native[name] / native[measured.OURS] >= times
    for name, times in budgets.COMPILED_IN_CHROMIUM.items():
        assert browser[name] / browser[measured.OURS] >= times
    start = figures["boot"]["unthrottled"][measured.COLD]
    assert start["bytes"] <= budgets.TO_FIGURE
    assert start["bytes to step"] <= budgets.TO_STEP
    assert start["bytes to paint"] <= budgets.TO_PAINT


def test_tables_are_those_of_the_measured_run(page):
    figures = measured.read_measured()
    for k, place in enumerate(measured.PLACES, 1):
        rows = read_rows(page, f"steps-{k}")
        assert [row[0] for row in rows][-1] == measured.OURS
        assert len(rows) == len(figures[place])
        for engine, time, ratio in rows:
            seconds = figures[place][engine]
            number = float(time.removesuffix(" ms").replace(",", ""))
            assert number == pytest.approx(seconds * 1000, rel=0.006)
            times = float(ratio.removesuffix(" ×").replace(",", ""))
            assert times == pytest.approx(
                seconds / figures[place][measured.OURS], rel=0.006
            )
        networks = read_rows(page, f"sizes-{k}")
        assert len(networks) == 2 * len(figures[f"sizes {place}"])
        n = figures[f"sizes {place}"][-1]["loops"]["parameters"]
        assert networks[-2][0] == f"{n:,.0f}, loops"


def test_shares_are_those_of_the_measured_run(page):
    boot = measured.read_measured()["boot"]
    for k, line in enumerate(measured.LINES, 1):
        share = boot[line][measured.COLD]["first-step"]
        share /= boot[line][measured.STOCK]["first-step"]
        assert read_rows(page, f"starts-{k}")[0][-1] == f"{share:.2f}"
    (_, _, _, to_step), (_, _, _, to_figure) = read_rows(page, "sent")
    assert 0 < float(to_step) < float(to_figure) < 1


def test_prose_has_no_number_of_a_measurement_that_was_typed():
    source = (SITE / "pages" / "hood.html").read_text(encoding="utf-8")
    source = re.sub(r"\{[{%].*?[%}]\}", "", source, flags=re.DOTALL)
    typed = re.findall(r"[\d.,]+ ?(?:ms|s|MB|kB|×|times)\b", source)
    assert typed == []


def test_numbers_are_written_as_their_examples_say():
    result = doctest.testmod(measured)
    assert result.attempted >= 2
    assert result.failed == 0


def test_storing_keeps_what_was_not_measured_again(tmp_path):
    path = tmp_path / "measured.json"
    stored.store_measured({"a": {"x": 0.123456789, "n": 8160}, "b": [1.0]}, path)
    stored.store_measured({"b": [2.00004]}, path)
    assert json.loads(path.read_text()) == {"a": {"x": 0.1235, "n": 8160}, "b": [2.0]}
