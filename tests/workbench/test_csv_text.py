"""CSV as people have it: what is read, what is said, and what is refused."""

from __future__ import annotations

import math
import time

import pytest

from workbench.csv_rows import MAX_ROWS
from workbench.csv_text import read_csv
from workbench.dataset import MAX_POINTS, Dataset
from workbench.own_points import read, write

PLAIN = Dataset([(0.5, -1.25), (1.0, 2.0), (-2.0, 0.001)], [-1, 1, -1], ("A", "B"))


def read_text(text, encoding="utf-8"):
    return read_csv(text.encode(encoding))


def rows(n, label=lambda k: "AB"[k % 2]):
    return "\n".join(f"{k % 7 / 3:.3f},{k % 11 / 5},{label(k)}" for k in range(n))


def deviation(numbers):
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((x - mean) ** 2 for x in numbers) / len(numbers))


# --- the same rows, written in many ways ----------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "0.5,-1.25,A\n1,2,B\n-2,0.001,A\n",
        "0.5,-1.25,A\r\n1,2,B\r\n-2,0.001,A",
        "0.5,-1.25,A\r1,2,B\r-2,0.001,A\r",
        " 0.5 , -1.25 , A \n 1 , 2 , B \n -2 , 0.001 , A ",
        "0.5;-1.25;A\n1;2;B\n-2;0.001;A",
        "0,5;-1,25;A\n1;2;B\n-2;0,001;A",
        "0.5\t-1.25\tA\n1\t2\tB\n-2\t0.001\tA",
        "0,5\t-1,25\tA\n1\t2\tB\n-2\t0,001\tA",
        "0.5 -1.25 A\n1   2 B\n  -2 0.001  A  ",
        "0,5 -1,25 A\n1 2 B\n-2 0,001 A",
        '"0.5","-1.25","A"\n"1","2","B"\n"-2","0.001","A"',
        '"0,5";"-1,25";"A"\n1;2;"B"\n-2;"0,001";A',
        "\n\n0.5,-1.25,A\n\n,,\n1,2,B\n   \n-2,0.001,A\n\n",
        "5e-1,−1.25,A\n+1.,2E0,B\n-2.0,.001,A",
        "\ufeff0.5,-1.25,A\n1,2,B\n-2,0.001,A",
    ],
)
def test_rows_are_the_same_however_they_are_written(text):
    assert read_text(text) == (PLAIN, [])


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("x,y,label\n0.5,-1.25,A\n1,2,B\n-2,0.001,A", "x, y, label"),
        (
            '"width";"height";"kind"\n0,5;-1,25;A\n1;2;B\n-2;0,001;A',
            "width, height, kind",
        ),
        ("\nx y class\n0.5 -1.25 A\n1 2 B\n-2 0.001 A", "x, y, class"),
    ],
)
def test_header_is_skipped_and_said(text, header):
    line = 2 if text.startswith("\n") else 1
    notice = f"Line {line} was taken as a header: {header}."
    assert read_text(text) == (PLAIN, [notice])


def test_what_was_read_can_be_written_as_own_points():
    dataset, _ = read_text("0.1234567,1.9999999,größe\n-1,2,b\n1,1,c")
    assert read(write(dataset)) == dataset


def test_further_columns_are_left_out_and_said():
    text = "0.5,-1.25,A,7,8\n1,2,B,7,8\n-2,0.001,A,7"
    assert read_text(text) == (PLAIN, ["Only the first three of 5 columns are used."])


# --- encodings ------------------------------------------------------------------------

NAMED = "0.5,-1.25,Äpfel\n1,2,Öl\n-2,0.001,Äpfel\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_and_said(encoding):
    dataset, notices = read_text(NAMED, encoding)
    assert dataset.class_names == ("Äpfel", "Öl")
    assert dataset.points == PLAIN.points
    assert notices == ["The file is in UTF-16."]


def test_latin_1_is_read_and_said():
    dataset, notices = read_text(NAMED, "latin-1")
    assert dataset.class_names == ("Äpfel", "Öl")
    assert notices == ["The file isn’t in UTF-8, so it was read as Latin-1."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_needs_no_notice(encoding):
    dataset, notices = read_text(NAMED, encoding)
    assert (dataset.class_names, notices) == (("Äpfel", "Öl"), [])


# --- rows that can't be used ----------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",2,A", "x is missing"),
        ("1,,A", "y is missing"),
        ("1,2,", "the label is missing"),
        ("1,2,NaN", "the label is missing"),
        ("1,abc,A", "y is “abc”, which is not a number"),
        ("nan,1,A", "x is “nan”, which is not a number"),
        ("1_0,1,A", "x is “1_0”, which is not a number"),
        ("inf,1,A", "x is too large or infinite"),
        ("1,-1e999,A", "y is too large or infinite"),
        ("1e13,1,A", "x is too large or infinite"),
        ("1,2,1e400", "the label is too large or infinite"),
        ("1,2", "it has 2 columns, not x, y and a label"),
        ("1", "it has 1 column, not x, y and a label"),
        (f"{'x' * 99},1,A", f"x is “{'x' * 30}…”, which is not a number"),
    ],
)
def test_bad_row_is_skipped_and_said(row, problem):
    text = f"0.5,-1.25,A\n{row}\n1,2,B\n-2,0.001,A"
    assert read_text(text) == (PLAIN, [f"Line 2 was skipped: {problem}."])


def test_bad_rows_are_counted_and_the_first_is_named():
    text = "x,y,label\n0.5,-1.25,A\n\n1,?,A\n1,2,B\n,,B\n-2,0.001,A\n1"
    dataset, notices = read_text(text)
    assert dataset == PLAIN
    assert notices == [
        "Line 1 was taken as a header: x, y, label.",
        "3 rows were skipped. The first is line 4: y is “?”, which is not a number.",
    ]


def test_second_row_of_words_is_no_header():
    _, notices = read_text("0.5,1,A\nx,y,label\n1,2,B")
    assert notices == ["Line 2 was skipped: x is “x”, which is not a number."]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "The file is empty. Write rows such as 0.5,-1.2,A."),
        (" \n\n", "The file is empty."),
        ("x,y,label\n", "There are no rows below line 1. Write rows such as"),
        ("1,2\n3,4\n", "In line 1, it has 2 columns, not x, y and a label. Write rows"),
        ("hello\nworld", "In line 2, it has 1 column"),
        ("a,b,c\nd,e,f\n", "In line 2, x is “d”, which is not a number."),
        ("1|2|A\n3|4|B", "In line 2, it has 1 column"),
        (
            "1,2,A\n3,4,A\n",
            "Every row has the label “A”. Two to four classes are needed",
        ),
        ("1,2,A", "Every row has the label “A”."),
        ('1,2,A\n"3,4,B\n5,6,A\n', "Line 3 can’t be read: a quote isn’t closed"),
        (
            '1,2,A\n"3"x,4,B\n',
            "Line 2 can’t be read: a quote isn’t closed, or something",
        ),
    ],
)
def test_text_without_usable_rows_says_what_to_do(text, part):
    with pytest.raises(ValueError) as caught:
        read_text(text)
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(1000),
        b"\xff\xfe1\x00,\x002\x00,",
        b"1,2,A\0\n3,4,B",
        bytes(1000),
        bytes(k * 7919 % 251 + 1 for k in range(5000)),
    ],
)
def test_binary_file_is_refused(content):
    with pytest.raises(ValueError, match="The file isn’t text"):
        read_csv(content)


def test_spreadsheet_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"spreadsheets are\. Save the table as CSV"):
        read_csv(b"PK\x03\x04" + bytes(100))


def test_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(ValueError, match="has 25 MB, and at most 20 MB"):
        read_csv(b"1,2,A\n" * (25_000_000 // 6))


# --- classes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        ("0 1", [-1, 1], ("0", "1")),
        ("1 0", [1, -1], ("0", "1")),
        ("+1 -1", [1, -1], ("-1", "+1")),
        ("1 1.0 2", [-1, -1, 1], ("1", "2")),
        ("cat ant bee", [2, 0, 1], ("ant", "bee", "cat")),
        ("10 9 8 b", [2, 1, 0, 3], ("8", "9", "10", "b")),
    ],
)
def test_classes_are_in_the_order_of_their_labels(labels, numbers, names):
    lines = [f"{k}, 1, {label}" for k, label in enumerate(labels.split())]
    dataset, notices = read_text("\n".join(lines))
    assert (dataset.labels, dataset.class_names) == (numbers, names)
    assert notices == []


def test_long_names_are_cut_and_stay_different():
    dataset, _ = read_text(f"1,2,{'z' * 50}a\n3,4,{'z' * 50}b\n5,6,  a \u0085 b ")
    assert dataset.class_names == ("a b", "z" * 40, "z" * 38 + " 3")
    assert read(write(dataset)) == dataset


def test_five_classes_are_refused_with_their_count():
    with pytest.raises(ValueError) as caught:
        read_text("\n".join(f"1,{k},{'ABCDE'[k % 5]}" for k in range(10)))
    assert str(caught.value) == (
        "The third column has 5 different labels, such as “A” in line 1. Use at most 4 "
        "classes, or only numbers."
    )


def test_more_than_four_numbers_are_regression_and_said():
    dataset, notices = read_text("\n".join(f"{k},1,{k / 4}" for k in range(5)))
    assert dataset.is_regression
    assert dataset.labels == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert notices == [
        "The labels are 5 different numbers, so this is regression. For classes use at "
        "most 4 different labels."
    ]


def test_few_words_among_numbers_are_skipped():
    lines = [f"{k % 7},1,{k}" for k in range(10)]
    dataset, notices = read_text("\n".join([*lines, "1,1,unknown"]))
    assert dataset.is_regression and len(dataset.points) == 10
    assert notices[0] == (
        "Line 11 was skipped: the label is “unknown”, which is not a number."
    )


def test_many_words_among_numbers_are_refused():
    lines = [f"1,1,{k if k % 3 else 'none'}" for k in range(12)]
    with pytest.raises(ValueError, match="such as “none” in line 1"):
        read_text("\n".join(lines))


# --- many rows ------------------------------------------------------------------------


def test_many_rows_are_thinned_evenly_in_each_class_and_said():
    n = 100_000
    dataset, notices = read_text(rows(n, lambda k: "B" if k % 10 == 3 else "A"))
    assert len(dataset.points) == MAX_POINTS
    assert notices == ["Only 5,000 of the 100,000 rows are used, evenly chosen."]
    assert abs(dataset.labels.count(1) - 500) <= 2


@pytest.mark.parametrize("n", [5001, 5003, 9_999, 20_000])
@pytest.mark.parametrize("rare", [1, 3])
def test_rare_class_is_not_thinned_away(n, rare):
    dataset, _ = read_text(rows(n, lambda k: "rare" if k < rare else "ABC"[k % 3]))
    assert len(dataset.points) == MAX_POINTS
    assert dataset.labels.count(3) >= 1
    assert min(map(dataset.labels.count, range(3))) > 1600


def test_thinned_rows_are_all_different_and_in_order():
    lines = [f"{k / 1000:.3f},0.5,{'AB'[k > 2600]}" for k in range(5100)]
    dataset, _ = read_text("\n".join(lines))
    xs = [x for x, _ in dataset.points]
    assert xs == sorted(set(xs)) and len(xs) == MAX_POINTS
    assert xs[0] == 0.0 and xs[-1] > 5.09


def test_numbers_are_thinned_too():
    dataset, notices = read_text(rows(12_000, lambda k: k / 12_000))
    assert dataset.is_regression and len(dataset.points) == MAX_POINTS
    assert "Only 5,000 of the 12,000 rows" in " ".join(notices)


def test_time_and_size_of_reading_are_bounded():
    text = rows(1000) + "\n"
    started = time.process_time()
    read_text(text * 100)
    for_100_000 = time.process_time() - started
    started = time.process_time()
    _, notices = read_text(text * 1000)
    assert notices[0] == f"Only the first {MAX_ROWS:,} rows were read."
    assert time.process_time() - started < 6 * for_100_000


# --- the size of the plane ------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "shift"),
    [(100.0, 0.0), (1.0, 50.0), (0.001, 5.0), (1e9, 0.0), (1e-9, 1.0)],
)
def test_coordinates_far_from_the_plane_are_standardised_and_said(scale, shift):
    lines = [
        f"{shift + scale * math.sin(k)!r},{k % 5},{'AB'[k % 2]}" for k in range(200)
    ]
    dataset, notices = read_text("\n".join(lines))
    (notice,) = notices
    assert notice.startswith("The coordinates were too large or too close together")
    for k in (0, 1):
        numbers = [point[k] for point in dataset.points]
        assert abs(sum(numbers)) / 200 < 1e-3
        assert deviation(numbers) == pytest.approx(1, abs=1e-3)
    assert "and y had mean 2 and deviation 1.41." in notice


def test_coordinates_of_the_planes_size_stay_as_they_are():
    dataset, notices = read_text("0,0,A\n10,-10,B\n0.2,3,A")
    assert dataset.points == [(0.0, 0.0), (10.0, -10.0), (0.2, 3.0)]
    assert notices == []


def test_coordinate_that_is_the_same_everywhere_becomes_zero():
    dataset, _ = read_text("500,1,A\n500,2,B\n500,3,A")
    assert {x for x, _ in dataset.points} == {0.0}


def test_single_far_point_fits_after_standardising():
    lines = [*(f"{k % 3},{k % 5},{'AB'[k % 2]}" for k in range(4999)), "1e12,0,A"]
    dataset, _ = read_text("\n".join(lines))
    assert max(x for x, _ in dataset.points) == pytest.approx(math.sqrt(5000), rel=0.01)


def test_large_numbers_as_labels_are_standardised_and_said():
    dataset, notices = read_text("\n".join(f"{k % 7},1,{1000 * k}" for k in range(50)))
    assert deviation(dataset.labels) == pytest.approx(1, abs=1e-3)
    assert notices[1].startswith("The labels were too large or too close together")
    assert "mean 24500 and deviation 14400." in notices[1]
