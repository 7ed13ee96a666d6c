"""Own points as an option: empty by default, and refused in a sentence."""

from __future__ import annotations

import pytest

from stage.option import OptionError
from stage.options import Options
from workbench.own_option import OwnPoints
from workbench.own_points import EMPTY, add_point, write

OWN = OwnPoints("own", "Own points")
POINTS = add_point(add_point(EMPTY, 0.5, 1, 0), -0.5, -1, 1)


def test_no_points_are_written_as_nothing():
    assert OWN.write(OWN.default) == ""
    assert OWN.read("") == OWN.read(" ") == EMPTY
    assert Options(OWN).read({}).own == EMPTY


def test_points_are_read_as_they_were_written():
    text = OWN.write(POINTS)
    assert text == write(POINTS)
    assert OWN.read(text) == POINTS
    assert Options(OWN).replace_invalid({"own": text}) == ({"own": text}, [])


def test_bad_points_are_refused_in_a_sentence_and_replaced_by_none():
    text = write(POINTS)[:-5]
    with pytest.raises(OptionError, match=r"^These points are cut off:") as caught:
        OWN.read(text)
    assert caught.value.name == "own"
    texts, notices = Options(OWN).replace_invalid({"own": text})
    assert texts == {"own": ""}
    assert notices == [f"{caught.value} It is now empty."]
