"""The figures of the page Under the hood show what was measured."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from builder import charts
from builder.measured import read_measured
from moongrad.plot import DARK, LIGHT


def draw(measured, name, theme=LIGHT):
    image, label = charts._draw(charts.list_charts(measured)[name], theme)
    return np.asarray(image).astype(int), label


@pytest.fixture(scope="module")
def measured():
    return read_measured()


NAMES = sorted(charts.list_charts(read_measured()))


@pytest.mark.parametrize("name", NAMES)
def test_chart_differs_by_theme_and_is_described(measured, name):
    light, label = draw(measured, name)
    dark, again = draw(measured, name, DARK)
    assert label == again and label.endswith(".") and len(label) > 60
    assert light.mean() > 200 > 80 > dark.mean()


@pytest.mark.parametrize("name", NAMES)
def test_text_stays_within_the_chart(measured, name):
    image, _ = draw(measured, name)
    for edge in (image[:2], image[-2:], image[:, :2], image[:, -2:]):
        assert (edge == 255).all()


def test_longer_bar_is_for_a_longer_time(measured):
    slower = copy.deepcopy(measured)
    slower["in Chromium"]["ConvNetJS"] *= 10
    before, label = draw(measured, "chromium")
    after, other = draw(slower, "chromium")
    assert label != other

    def count_blue(image):
        return ((image[..., 2] > image[..., 0] + 100) & (image[..., 0] < 60)).sum()

    assert count_blue(after) > count_blue(before)


def test_bars_of_ours_are_orange_and_those_of_others_blue(measured):
    theirs_alone = {"in Chromium": {"ConvNetJS": 0.001}}
    image, _ = draw(measured | theirs_alone, "chromium")
    assert not (image[..., 0] > image[..., 2] + 100).any()
    ours_alone = {"in Chromium": {"moongrad, compiled": 0.001}}
    image, _ = draw(measured | ours_alone, "chromium")
    assert (image[..., 0] > image[..., 2] + 100).any()


def test_charts_are_drawn_once(tmp_path, monkeypatch):
    calls = []

    def draw_all(folder):
        calls.append(folder)
        (folder / "hood-start-light.webp").write_bytes(b"picture")
        (folder / "labels.json").write_text('{"start": "A label."}')

    monkeypatch.setattr(charts, "_draw_all", draw_all)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        labels = charts.draw_charts(tmp_path / name, tmp_path / "cache")
        assert labels == {"start": "A label."}
        assert (tmp_path / name / "hood-start-light.webp").exists()
    assert len(calls) == 1
