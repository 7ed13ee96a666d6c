"""The page's modules that need no page: what is asked in which order, and silence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STAGE = Path(__file__).parents[2] / "site" / "stage"


@pytest.fixture
def node(tmp_path):
    """Return a function that runs a script, in which the stage's modules are known."""
    program = shutil.which("node") or shutil.which(
        "node", path=str(Path(sys.executable).parent)
    )
    for name in ("requests", "watchdog", "addresses"):
        source = (STAGE / f"{name}.js").read_text()
        (tmp_path / f"{name}.mjs").write_text(source)

    def run(script):
        (tmp_path / "test.mjs").write_text(script)
        done = subprocess.run(
            [program, "test.mjs"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


REQUESTS = """
import { Requests } from "./requests.mjs";
const sent = [], answers = [];
const requests = new Requests();
const note = (kind, answer) => answers.push([kind, answer]);
const ask = async (kind, fields) => note(kind, await requests.ask(kind, fields));
const open = () => requests.open((it) => sent.push(it), { demo: "moons" }, []);
const kinds = () => sent.map(({ kind }) => kind);
const settleAll = async () => {
  for (let n = 0; n < sent.length; n++) {
    requests.settle(sent[n].id, n);
    await null;
  }
};
"""


def test_one_request_is_under_way_at_a_time_and_they_keep_their_order(node):
    result = node(
        REQUESTS
        + """
        ask("play");
        ask("edit", { text: "7.5" });
        const before = kinds();
        open();
        ask("reset");
        const first = kinds();
        await settleAll();
        console.log(JSON.stringify({ before, first, all: kinds(), answers }));
        """
    )
    assert result["before"] == []
    assert result["first"] == ["start"]
    assert result["all"] == ["start", "play", "edit", "reset"]
    assert [kind for kind, _ in result["answers"]] == ["play", "edit", "reset"]


def test_of_what_repeats_only_the_latest_is_sent(node):
    result = node(
        REQUESTS
        + """
        open();
        for (let x = 0; x < 20; x++) ask("drag", { figure: "boundary", x });
        ask("drop");
        for (let x = 20; x < 40; x++) ask("drag", { figure: "boundary", x });
        for (let k = 0; k < 5; k++) {
          ask("theme", { theme: `${k}` });
          ask("select", { figure: "network", index: k });
          ask("select", { figure: "boundary", index: k });
        }
        await settleAll();
        console.log(JSON.stringify(sent.map(({ kind, fields }) => [kind, fields])));
        """
    )
    assert result == [
        ["start", {"demo": "moons"}],
        ["drag", {"figure": "boundary", "x": 19}],
        ["drop", {}],
        ["drag", {"figure": "boundary", "x": 39}],
        ["theme", {"theme": "4"}],
        ["select", {"figure": "network", "index": 4}],
        ["select", {"figure": "boundary", "index": 4}],
    ]


def test_an_edit_before_reset_is_not_made_after_it(node):
    result = node(
        REQUESTS
        + """
        open();
        requests.settle(sent[0].id);
        ask("edit", { text: "1" });
        ask("edit", { text: "2" });
        ask("reset");
        ask("edit", { text: "3" });
        await settleAll();
        console.log(JSON.stringify(sent.map((it) => [it.kind, it.fields.text])));
        """
    )
    assert [row[0] for row in result] == ["start", "edit", "edit", "reset", "edit"]
    assert [row[1:] for row in result if row[0] == "edit"] == [["1"], ["2"], ["3"]]


def test_an_answer_to_something_else_settles_nothing(node):
    result = node(
        REQUESTS
        + """
        open();
        const kinds_ = [requests.settle(99), requests.settle(null)];
        const waiting = requests.isWaitingFor("start");
        kinds_.push(requests.settle(sent[0].id));
        console.log(JSON.stringify([kinds_, waiting, requests.isWaitingFor()]));
        """
    )
    assert result == [["", "", "start"], True, False]


def test_a_request_can_be_withdrawn_until_it_is_sent(node):
    result = node(
        REQUESTS
        + """
        ask("play");
        requests.withdraw("play");
        open();
        await settleAll();
        console.log(JSON.stringify(kinds()));
        """
    )
    assert result == ["start"]


WATCHDOG = """
import { Watchdog } from "./watchdog.mjs";
let tick;
globalThis.setInterval = (work) => { tick = work; };
const silences = [];
const watchdog = new Watchdog((seconds) => silences.push(seconds));
const pass = (seconds) => { for (let k = 0; k < seconds; k++) tick(); };
"""


def test_silence_is_noticed_once_and_only_where_something_is_expected(node):
    result = node(
        WATCHDOG
        + """
        pass(100);
        watchdog.expect(30);
        pass(29);
        const early = silences.length;
        pass(100);
        console.log(JSON.stringify([early, silences, watchdog.isSilent]));
        """
    )
    assert result == [0, [30], True]


def test_whoever_is_heard_of_again_is_alive_again(node):
    result = node(
        WATCHDOG
        + """
        watchdog.expect(30);
        pass(29);
        watchdog.hear();
        pass(29);
        const heard = silences.length;
        pass(1);
        watchdog.hear();
        const isSilent = watchdog.isSilent;
        pass(30);
        console.log(JSON.stringify([heard, isSilent, silences]));
        """
    )
    assert result == [0, False, [30, 30]]


def test_a_clock_that_jumps_is_no_silence(node):
    """A laptop that slept for an hour comes back with one tick, not with 3600."""
    result = node(
        WATCHDOG
        + """
        watchdog.expect(30);
        const { now } = Date;
        Date.now = () => now() + 3_600_000;
        pass(1);
        console.log(JSON.stringify(silences));
        """
    )
    assert result == []
