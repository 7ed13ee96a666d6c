"""The page Speed: three engines are measured in the visitor's browser."""

from __future__ import annotations

from demo import (
    look_at,
    open_ready,
    press,
    read_output,
    wait_for_state,
)


def test_engines_are_measured_in_turns_and_agree(open_page):
    page = open_ready(open_page, "speed.html?rounds=2")
    poster = page.locator("figure img").first
    assert poster.is_visible(), "it stays until something has been measured"
    press(page, "play")
    wait_for_state(page, "running")
    assert page.inner_text('button[name="play"]') == "Stop"
    wait_for_state(page, "done")
    records = page.evaluate(
        """() => [...document.querySelectorAll("tbody tr")].map((row) =>
             [...row.querySelectorAll("data")].map((data) => data.value))"""
    )
    engines = [engine for _, engine, *_ in records]
    assert engines[:3] == engines[3:6]
    for round_ in (records[:3], records[3:6]):  # all engines do the same step
        losses = [float(loss) for *_, loss in round_]
        assert max(losses) - min(losses) < 1e-9
    assert float(read_output(page, "ratio").replace(",", "")) > 100
    assert poster.is_hidden()
    assert look_at(page, "bars").std() > 10
    label = page.get_attribute("canvas", "aria-label")
    assert "Milliseconds for one training step: micrograd" in label
