"""Own points: every edit makes a new data set, and text gives back just what was."""

from __future__ import annotations

import base64
import copy
import random
import zlib

import pytest

from workbench import own_points
from workbench.dataset import DATASETS, Dataset, make
from workbench.own_points import (
    EMPTY,
    MAX_CLASSES,
    MAX_POINTS,
    add_point,
    adopt,
    change_class,
    clean_name,
    delete_point,
    move_point,
    read,
    write,
)


def build(*classes):
    """Return a point of each class, at (0, 0), (1, 0)..."""
    dataset = EMPTY
    for i, k in enumerate(classes):
        dataset = add_point(dataset, i, 0, k)
    return dataset


def payload(*, names=(b"A", b"B"), n=1, classes=b"\0", numbers=bytes(6), end=b""):
    head = bytes([len(names)]) + b"".join(bytes([len(s)]) + s for s in names)
    return head + n.to_bytes(2, "little") + classes + numbers + end


def pack(data, version="a"):
    packed = base64.urlsafe_b64encode(zlib.compress(data)).decode()
    return version + packed.rstrip("=")


# --- editing --------------------------------------------------------------------------


def test_added_point_is_the_last_and_keeps_its_decimals():
    dataset = add_point(build(0), 0.1, -1.234, 1)
    assert dataset.points == [(0.0, 0.0), (0.1, -1.234)]
    assert dataset.labels == [-1, 1]
    assert dataset.classes == [0, 1]


def test_third_class_renumbers_the_labels_and_its_end_does_so_again():
    two = build(0, 1)
    three = add_point(two, 5, 5, 2)
    assert (two.labels, three.labels) == ([-1, 1], [0, 1, 2])
    assert three.class_names == ("A", "B", "C")
    assert delete_point(three, 2) == two
    assert change_class(three, 2, 1).labels == [-1, 1, 1]
    assert move_point(three, 2, 6, 6).labels == [0, 1, 2]


def test_fourth_class_needs_the_third():
    with pytest.raises(ValueError, match="the next one is number 3, got 4"):
        add_point(build(0, 1), 0, 0, 3)
    four = add_point(build(0, 1, 2), 9, 9, 3)
    assert (four.labels, four.class_names) == ([0, 1, 2, 3], ("A", "B", "C", "D"))


@pytest.mark.parametrize("k", [4, -1, 0.5])
def test_fifth_class_is_refused(k):
    four = build(0, 1, 2, 3)
    with pytest.raises(ValueError, match="at most 4 classes"):
        add_point(four, 0, 0, k)
    with pytest.raises(ValueError, match="at most 4 classes"):
        change_class(four, 0, k)


def test_class_in_the_middle_keeps_its_place_without_points():
    dataset = delete_point(build(0, 1, 2), 1)
    assert (dataset.labels, len(dataset.class_names)) == ([0, 2], 3)
    assert add_point(dataset, 0, 0, 1).labels == [0, 2, 1]
    assert delete_point(dataset, 1) == build(0)


def test_two_classes_stay_when_all_points_are_gone():
    assert delete_point(build(1), 0) == EMPTY
    assert build(1).labels == [1]


def test_new_class_gets_a_name_that_is_free():
    dataset = Dataset([(0.0, 0.0)], [-1], ("C", "D"))
    names = add_point(add_point(dataset, 0, 0, 2), 0, 0, 3).class_names
    assert names == ("C", "D", "E", "F")
    dataset = Dataset([(0.0, 0.0)], [-1], ("C", "A"))
    assert add_point(dataset, 0, 0, 2).class_names == ("C", "A", "D")


def test_names_of_other_data_are_kept():
    dataset = add_point(adopt(make("moons", 10, 0.1, 1)), 0, 0, 2)
    assert dataset.class_names == ("upper moon", "lower moon", "C")
    assert set(dataset.labels) == {0, 1, 2}


def test_points_with_numbers_get_the_number_itself():
    dataset = adopt(make("plane", 10, 0.1, 1))
    more = change_class(add_point(dataset, 1, 1, 0.25), 0, -0.75)
    assert (more.labels[0], more.labels[-1]) == (-0.75, 0.25)
    assert more.is_regression and len(more.points) == 11
    assert delete_point(more, 10).labels[1:] == dataset.labels[1:]


def test_no_edit_changes_the_data_set_before():
    before = build(0, 1, 2)
    copied = copy.deepcopy(before)
    for edit in (
        lambda: add_point(before, 1, 1, 3),
        lambda: move_point(before, 1, 7, 7),
        lambda: delete_point(before, 2),
        lambda: change_class(before, 2, 0),
    ):
        after = edit()
        assert after != before == copied
        assert after.points is not before.points


def test_point_too_many_is_refused():
    full = adopt(make("moons", MAX_POINTS, 0.1, 1))
    with pytest.raises(ValueError, match=r"There are 5,000 points already"):
        add_point(full, 0, 0, 0)
    assert len(add_point(delete_point(full, 7), 0, 0, 0).points) == MAX_POINTS


@pytest.mark.parametrize("x", [1001, -1e9, float("inf"), float("nan")])
def test_place_too_far_away_is_refused(x):
    for edit in (add_point, move_point):
        with pytest.raises(ValueError, match="coordinates from −1000 to 1000"):
            edit(build(0), *((x, 0, 0) if edit is add_point else (0, 0, x)))


@pytest.mark.parametrize("i", [-1, 2])
def test_point_that_is_not_there_raises(i):
    dataset = build(0, 1)
    for edit in (
        lambda: move_point(dataset, i, 0, 0),
        lambda: delete_point(dataset, i),
        lambda: change_class(dataset, i, 0),
    ):
        with pytest.raises(IndexError, match="there are 2 points"):
            edit()


def test_names_are_cleaned_and_cut():
    assert clean_name("  Iris\n\tsetosa \0 ") == "Iris setosa"
    assert clean_name("ä" * 50) == "ä" * 40
    assert clean_name("\n") == ""


# --- text -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_own_points_are_read_as_they_were_written(name):
    dataset = adopt(make(name, 500, 0.3, 1, 3))
    text = write(dataset)
    assert read(text) == dataset
    assert write(read(text)) == text
    assert text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def test_written_data_is_rounded_as_if_it_were_adopted():
    dataset = make("moons", 50, 0.1, 1)
    assert read(write(dataset)) == adopt(dataset) == adopt(adopt(dataset))
    shifts = [
        max(abs(a - b) for a, b in zip(p, q, strict=True))
        for p, q in zip(dataset.points, adopt(dataset).points, strict=True)
    ]
    assert 0 < max(shifts) <= 0.5 / 3000 + 1e-12


@pytest.mark.parametrize(
    "dataset",
    [
        EMPTY,
        Dataset([], []),
        build(0, 1, 2, 3),
        delete_point(build(0, 1, 2), 1),
        Dataset([(1000.0, -1000.0), (0.0, 1 / 3000)], [-1, 1], ("größer", "小さい")),
        Dataset([(0.0, 0.0)], [-1], ("x" * 40, "🌙" * 40)),
        Dataset([(0.001, -0.123)], [-999.999]),
    ],
    ids=lambda d: f"{len(d.points)} points",
)
def test_special_data_is_read_as_it_was_written(dataset):
    assert read(write(dataset)) == dataset


def test_random_edits_can_always_be_written():
    rng, dataset = random.Random(5), EMPTY
    for _ in range(400):
        n, n_names = len(dataset.points), len(dataset.class_names)
        k = rng.randrange(min(n_names + 1, MAX_CLASSES))
        x, y = rng.uniform(-3, 3), rng.uniform(-3, 3)
        edit = rng.choice(
            [add_point, add_point, move_point, delete_point, change_class]
        )
        if edit is add_point:
            dataset = add_point(dataset, x, y, k)
        elif n and edit is move_point:
            dataset = move_point(dataset, rng.randrange(n), x, y)
        elif n and edit is delete_point:
            dataset = delete_point(dataset, rng.randrange(n))
        elif n:
            dataset = change_class(dataset, rng.randrange(n), k)
        assert read(write(dataset)) == dataset
        n_names = len(dataset.class_names)
        allowed = {-1, 1} if n_names == 2 else set(range(n_names))
        assert set(dataset.labels) <= allowed


def test_text_is_short():
    for n, most in ((0, 30), (10, 110), (100, 700), (5000, 28_000)):
        dataset = make("moons", max(n, 4), 0.1, 1)
        dataset = Dataset(dataset.points[:n], dataset.labels[:n], ("A", "B"))
        assert len(write(dataset)) < most


# What this version wrote in November 2026. It must be read for ever.
STORED = "aeNpjZnRkdGJ0ZmFgYGRi3BFecJ-bSVyPAQi8HxSck9UTZwexAXGfBlc"


def test_stored_link_is_still_read():
    assert read(STORED) == Dataset(
        [(0.5, -1.25), (-0.1, 2.0), (1.0, 1.0), (-2.0, 0.333)],
        [0, 1, 2, 1],
        ("A", "B", "C"),
    )


# --- bad text -------------------------------------------------------------------------


def test_cut_off_text_is_said_to_be_cut_off():
    text = write(build(0, 1, 2))
    for n in range(1, len(text)):
        with pytest.raises(ValueError, match="cut off"):
            read(text[:n])


@pytest.mark.parametrize(
    "text", ["", "A", "hello", "7", "a b", "a%20", "Ä", "b", "moons", "ａ" * 20, "a\n"]
)
def test_text_of_others_is_refused(text):
    with pytest.raises(ValueError, match="isn’t text that the playground wrote"):
        read(text)


def test_text_of_a_later_version_asks_to_reload():
    with pytest.raises(ValueError, match=r"later version of this page\. Reload"):
        read("b" + write(build(0, 1))[1:])


@pytest.mark.parametrize(
    "text",
    [
        "aAAAAAAAA",
        write(build(0, 1))[:6] + "zzzz" + write(build(0, 1))[10:],
        write(build(0, 1)) + "AAAA",
        pack(b""),
        pack(b"\2\1A"),
        pack(payload(names=(b"A",))),
        pack(payload(names=(b"A", b""))),
        pack(payload(names=(b"A", b"\xff"))),
        pack(payload(names=(b"A", b"x" * 41))),
        pack(payload(names=(b"A", b"\n"))),
        pack(payload(classes=b"\2")),
        pack(payload(numbers=bytes(5))),
        pack(payload(numbers=b"\xff" * 6)),
        pack(payload(end=b"\0")),
        pack(payload(n=2)),
    ],
)
def test_damaged_text_is_said_to_be_damaged(text):
    with pytest.raises(ValueError, match="damaged"):
        read(text)


def test_good_payload_is_read():
    assert read(pack(payload())) == Dataset([(0.0, 0.0)], [-1], ("A", "B"))


def test_points_too_many_are_refused():
    n = MAX_POINTS + 1
    with pytest.raises(ValueError, match="at most 5,000"):
        read(pack(payload(n=n, classes=bytes(n), numbers=bytes(6 * n))))
    with pytest.raises(ValueError, match="at most 5,000, and here are 5,001"):
        read(pack(payload(n=n, classes=b"", numbers=b"")))
    points = [(0.0, 0.0)] * n
    with pytest.raises(ValueError, match="at most 5,000 points"):
        write(Dataset(points, [1] * n, ("A", "B")))


def test_classes_too_many_are_refused():
    with pytest.raises(ValueError, match="have 5 classes"):
        read(pack(payload(names=(b"A",) * 5)))


def test_small_text_that_would_unpack_to_much_is_refused_at_once(monkeypatch):
    bomb = pack(bytes(40_000_000))
    assert len(bomb) < 60_000
    sizes = []
    real = zlib.decompressobj

    class Unpacker:
        def __init__(self):
            self._real = real()

        def decompress(self, data, most):
            part = self._real.decompress(data, most)
            sizes.append(len(part))
            return part

    monkeypatch.setattr(own_points.zlib, "decompressobj", Unpacker)
    with pytest.raises(ValueError, match="more points than fit"):
        read(bomb)
    assert sizes and max(sizes) < 100_000


def test_very_long_text_is_refused():
    with pytest.raises(ValueError, match="more points than fit"):
        read("a" * 1_000_000)


@pytest.mark.parametrize("name", ["", "x" * 41, "a\nb", " a"])
def test_names_that_could_not_be_read_are_not_written(name):
    with pytest.raises(ValueError, match="name of 1 to 40"):
        write(Dataset([(0.0, 0.0)], [1], ("A", name)))
