"""What is sent to the page: of a view what has changed, of records what is new."""

from __future__ import annotations

import json
import math

import pytest
from desk import Desk

from moongrad import Record
from stage.transport import Changes, encode, pack_records
from stage.view import Problem


def test_first_view_is_sent_whole_and_the_next_one_where_it_differs():
    desk, changes = Desk("slope"), Changes()
    first = changes.take(desk.view)
    assert {"state", "outputs", "texts", "problem", "run"} <= set(first)
    assert changes.take(desk.view) == {}
    desk.ask("step")
    assert {"state", "outputs", "n_records"} <= set(changes.take(desk.view))
    desk.set(h="0")
    assert {"state", "problem", "texts"} <= set(changes.take(desk.view))


def test_parts_that_were_sent_add_up_to_the_view():
    desk, changes, page = Desk("graph"), Changes(), {}
    for request in ("step", "step", "back", "reset", "play"):
        page |= changes.take(desk.view)
        desk.ask(request)
    page |= changes.take(desk.view)
    assert page == vars(desk.view)


def test_records_are_rows_with_the_names_once():
    record = Record(0, 0.5, 1.0, 0.1)
    assert pack_records(3, [record]) == {
        "first": 3,
        "fields": ["step", "loss", "accuracy", "learning_rate"],
        "rows": [(0, 0.5, 1.0, 0.1)],
    }
    tested = record._replace(test_loss=0.75, test_accuracy=0.5)
    assert pack_records(3, [tested])["rows"] == [tuple(tested)]
    assert pack_records(3, [])["rows"] == []


def test_numbers_arrive_with_all_their_bits():
    number = 0.1 + 0.2
    text = encode(pack_records(0, [Record(0, number, 1 / 3, 1e-300)]))
    assert json.loads(text)["rows"] == [[0, number, 1 / 3, 1e-300]]


def test_what_is_not_finite_is_sent_as_nothing():
    text = encode({"rows": [(math.nan, math.inf)], "deep": {"x": -math.inf}, "y": 1.5})
    assert json.loads(text) == {"rows": [[None, None]], "deep": {"x": None}, "y": 1.5}


def test_problems_are_sent_by_their_fields():
    text = encode({"problem": Problem("No.", "noise")})
    assert json.loads(text)["problem"] == {
        "message": "No.",
        "option": "noise",
        "column": 0,
        "needs_reload": False,
    }
    with pytest.raises(TypeError, match="a set cannot be sent"):
        encode({"parts": {1, 2}})
