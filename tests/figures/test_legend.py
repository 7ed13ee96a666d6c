"""Legends."""

from __future__ import annotations

from matplotlib.colors import to_hex

from figures.legend import add_class_legend, add_legend, cut
from moongrad.plot import DARK, LIGHT, add_axes, new_figure


def test_legend_names_the_lines_in_their_order_and_in_the_theme():
    axes = add_axes(new_figure(480, 384, 1, DARK))
    lines = [axes.plot([0, 1], [0, k], label=f"line {k}")[0] for k in (1, 2)]
    add_legend(axes, DARK, lines[::-1])
    texts = axes.get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["line 2", "line 1"]
    assert all(to_hex(text.get_color()) == DARK.text for text in texts)


def test_classes_are_named_in_their_colors():
    axes = add_axes(new_figure(480, 384, 1, LIGHT))
    legend = add_class_legend(axes, LIGHT, ["a", "b", "c", "d"], has_test=True)
    dots = legend.legend_handles
    assert [to_hex(dot.get_color()) for dot in dots[:4]] == list(LIGHT.classes)
    assert dots[4].get_markerfacecolor() == "none"
    assert [text.get_text() for text in legend.get_texts()][3:] == ["d", "test"]


def test_long_names_are_cut():
    assert cut("versicolor", 10) == "versicolor"
    assert cut("versicolor", 9) == "versicol…"
