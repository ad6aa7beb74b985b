"""The user's own CSV: what is taken, what is decided and noted, and what is refused, all in one sentence."""

import csv
import io
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.datasets import BadData, Dataset
from micrograd_tui.datasets.csv_file import read_csv
from micrograd_tui.datasets.csv_table import read_table
from micrograd_tui.datasets.prepare import prepare

POINTS = "x1,x2,label\n1,2,no\n3,4,yes\n5,6,no\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


def read(folder: Path, content: str | bytes, target: str | None = None, **more: Any) -> Dataset:
    file = folder / "points.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(file, target, **more)


def refusal(folder: Path, content: str | bytes, target: str | None = None, **more: Any) -> str:
    """Return the sentence without the name of the file."""
    with pytest.raises(BadData) as refused:
        read(folder, content, target, **more)
    name, _, sentence = str(refused.value).partition("points.csv: ")
    assert name == f"{folder}/"
    return sentence


# What is taken.


def test_a_header_and_a_column_of_texts_are_names_and_classes(folder: Path) -> None:
    made = read(folder, POINTS, "label")

    assert made.inputs == ("x1", "x2")
    assert made.target == "label"
    assert made.classes == ("no", "yes")
    assert made.rows == (((1.0, 2.0), 0.0), ((3.0, 4.0), 1.0), ((5.0, 6.0), 0.0))
    assert made.standardise
    assert made.name == "points"


def test_the_target_may_stand_anywhere_and_be_named_by_number(folder: Path) -> None:
    content = "label,x1,x2\nno,1,2\nyes,3,4\n"

    assert read(folder, content, "label").rows == read(folder, content, "1").rows
    assert read(folder, content, "label").inputs == ("x1", "x2")


def test_a_column_named_by_a_number_wins_over_the_column_of_that_number(folder: Path) -> None:
    assert read(folder, "a,1,b\n1,2,3\n4,5,6\n", "1").target == "1"


def test_without_a_target_the_last_column_is_it_and_that_is_said(folder: Path) -> None:
    made = read(folder, POINTS)

    assert made.target == "label"
    assert "The last column, 'label', is the target." in made.notes


def test_a_file_without_a_header_gets_names_and_that_is_said(folder: Path) -> None:
    made = read(folder, "5.1,3.5,setosa\n6.2,2.8,virginica\n", "3")

    assert made.inputs == ("column1", "column2")
    assert len(made.rows) == 2
    assert made.notes[0] == "The file has no header: its columns are called column1 to column3."


@pytest.mark.parametrize("content", ["0,1,label\n1,2,5.5\n3,4,6.5\n", "0,1,label\n1,2,a\n3,4,b\n"])
def test_a_header_of_numbers_is_one_if_it_names_the_target(folder: Path, content: str) -> None:
    assert read(folder, content, "label").inputs == ("0", "1")


def test_a_text_above_a_column_of_numbers_is_a_header(folder: Path) -> None:
    assert read(folder, "2000,2001,growth\n1,2,5.5\n3,4,6.5\n").target == "growth"


def test_a_missing_cell_in_the_first_row_makes_no_header(folder: Path) -> None:
    made = read(folder, "NA,1\n2,3\n4,5\n")

    assert made.inputs == ("column1",)
    assert [y for _, y in made.rows] == [1, 3, 5]


@pytest.mark.parametrize(
    ("content", "ys", "classes"),
    [
        ("x,y\n1,0\n2,1\n3,0\n4,1\n", [0, 1, 0, 1], ("0", "1")),
        ("x,y\n1,-1.0\n2,1\n3,-1\n4,1.0\n", [0, 1, 0, 1], ("-1", "1")),
        (
            "x,y\n" + "".join(f"{i},{i % 10}\n" for i in range(20)),
            list(range(10)) * 2,
            tuple("0123456789"),
        ),
        ("x,y\n1,10\n2,9\n3,10\n4,9\n", [1, 0, 1, 0], ("9", "10")),
    ],
)
def test_few_whole_numbers_are_classes_in_their_order_and_that_is_said(
    folder, content, ys, classes
) -> None:
    made = read(folder, content)

    assert [y for _, y in made.rows] == ys
    assert made.classes == classes
    assert f"The target 'y' is of {len(classes)} classes, though they are numbers" in made.notes[-1]


@pytest.mark.parametrize("cells", ["1 3 5 7", "0.5 1.5 0.5 1.5", " ".join(map(str, range(50)))])
def test_other_numbers_are_a_regression_and_that_is_said(folder: Path, cells: str) -> None:
    made = read(folder, "x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells.split())))

    assert made.classes == ()
    assert [y for _, y in made.rows] == list(map(float, cells.split()))
    assert made.notes[-1] == "The target 'y' is a number: regression."


def test_the_user_may_decide_what_the_target_is(folder: Path) -> None:
    few, many = "x,y\n1,0\n2,1\n3,0\n4,1\n", "x,y\n1,0.5\n2,1.5\n"

    assert read(folder, few, task="regression").classes == ()
    assert read(folder, many, task="classification").classes == ("0.5", "1.5")
    assert "the target 'label' is no number, but texts such as 'no'; --task classification" in refusal(
        folder, POINTS, task="regression"
    )


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(folder: Path, separator: str) -> None:
    made = read(folder, POINTS.replace(",", separator))

    assert made.inputs == ("x1", "x2")
    assert len(made.rows) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_of_all_systems_are_read(folder: Path, end: str, encoding: str) -> None:
    made = read(folder, POINTS.replace("no", "größer").replace("\n", end).encode(encoding), "label")

    assert made.inputs == ("x1", "x2")
    assert made.classes == ("größer", "yes")


def test_blank_lines_and_spaces_around_cells_do_not_matter(folder: Path) -> None:
    spaced = "\n\n x1 , x2 ,label\n\n1, 2 , no\n3,4,yes \n  \n5,6,no\n\n"

    assert read(folder, spaced, "label").rows == read(folder, POINTS, "label").rows


def test_quoted_cells_may_hold_separators_and_lines(folder: Path) -> None:
    made = read(folder, 'x,"the, label"\n1,"a\nb"\n2,"c ""d"""\n')

    assert made.target == "the, label"
    assert made.classes == ("a\nb", 'c "d"')


@given(
    rows=st.lists(st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3), min_size=2, max_size=20),
    separator=st.sampled_from(",;\t|"),
)
def test_numbers_come_back_to_the_bit(folder: Path, rows: list[list[float]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([["a", "b", "y"], *rows])
    varied = [len(set(column)) > 1 for column in zip(*rows, strict=True)]
    if not varied[2] or not any(varied[:2]):
        assert "there is nothing to learn" in refusal(folder, text.getvalue(), task="regression")
    else:
        made = read(folder, text.getvalue(), task="regression", columns=["a", "b"])
        assert made.rows == tuple((tuple(row[:2]), row[2]) for row in rows)


# Missing cells.

GAPS = [
    "",
    "  ",
    "NA",
    "n/a",
    "NaN",
    "-nan",
    "null",
    "?",
    "-",
    "--",
    ".",
    "<NA>",
    "#N/A",
    "None",
    "unknown",
]


@pytest.mark.parametrize("cell", GAPS)
def test_a_missing_number_is_filled_with_the_median_of_the_training_rows(folder: Path, cell: str) -> None:
    rows = "".join(f"{i},{cell if i == 3 else i * i},{'ab'[i % 2]}\n" for i in range(10))
    made = read(folder, f"x1,x2,label\n{rows}")
    prepared = prepare(made, validation=0, standardise=False)

    assert math.isnan(made.rows[3][0][1])
    assert prepared.train[3][0] == (3.0, 25.0)
    assert any(note.endswith(": x2 (1).") and "median" in note for note in made.notes)


@pytest.mark.parametrize("cell", ["", "NA", "?", "-", "null"])
def test_a_missing_text_is_filled_with_the_most_frequent_of_the_training_rows(folder, cell) -> None:
    texts = ["red", "red", cell, "blue", "green", "red"]
    rows = "".join(f"{i},{text},{'ab'[i % 2]}\n" for i, text in enumerate(texts))
    prepared = prepare(read(folder, f"x,colour,label\n{rows}"), validation=0, standardise=False)

    assert prepared.inputs == ("x", "colour=red", "colour=blue", "colour=green")
    assert prepared.train[2][0] == (2.0, 1.0, 0.0, 0.0)


def test_the_validation_rows_have_no_say_in_what_fills_a_gap(folder: Path) -> None:
    rows = tuple(((float(i) if i else math.nan,), float(i % 2)) for i in range(40))
    one = prepare(Dataset("own", "", ("x",), "y", rows, ("a", "b")), standardise=False)
    held = {x for x, _ in one.validation}
    moved = tuple(((1e6,), y) if x in held else (x, y) for x, y in rows)
    other = prepare(Dataset("own", "", ("x",), "y", moved, ("a", "b")), standardise=False)

    assert one.train == other.train


def test_rows_with_missing_cells_can_be_skipped_or_refused(folder: Path) -> None:
    content = "x1,x2,label\n1,2,no\n3,?,yes\n,6,yes\n7,8,yes\n9,1,\n"

    assert [x for x, _ in read(folder, content, missing="skip").rows] == [(1, 2), (7, 8)]
    assert "2 rows with missing cells are skipped." in read(folder, content, missing="skip").notes
    assert refusal(folder, content, missing="refuse") == (
        "cells are missing in x1 (1), x2 (1), the target label (1), the first in row 2 (line 3), column "
        "'x2'; fill them in, or --missing fill or --missing skip"
    )


def test_a_row_without_a_target_is_left_out_and_that_is_said(folder: Path) -> None:
    made = read(folder, "x,y\n1,0.5\n2,NA\n3,1.5\n4,2.5\n5,3.5\n")

    assert [y for _, y in made.rows] == [0.5, 1.5, 2.5, 3.5]
    assert "1 row where the target 'y' is missing is left out." in made.notes


@pytest.mark.parametrize("cell", ["abc", "1_000", "0x10", "inf", "-Infinity", "1e999", "1e101", "x" * 99])
def test_a_mistake_among_numbers_is_missing_and_that_is_said(folder: Path, cell: str) -> None:
    rows = "".join(f"{i},{cell if i == 13 else i % 7},{'ab'[i % 2]}\n" for i in range(30))
    made = read(folder, f"x1,x2,label\n{rows}")

    assert math.isnan(made.rows[13][0][1])
    assert any(
        "Among numbers these count as missing" in note and "x2 (1 cell)" in note for note in made.notes
    )
    assert "row 14 (line 15), column 'x2'" in refusal(folder, f"x1,x2,label\n{rows}", missing="refuse")


# What is refused.


def test_rows_are_counted_below_the_header_and_lines_in_the_file(folder: Path) -> None:
    content = '\nx,label\n\n1,"two\nlines"\n\n,no\n3,no\n'

    assert "row 2 (line 7), column 'x'" in refusal(folder, content, missing="refuse")


@pytest.mark.parametrize("content", ["", "\n\n", "  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(folder: Path, content: str | bytes) -> None:
    assert refusal(folder, content) == "the file is empty"


def test_one_row_alone_is_refused(folder: Path) -> None:
    assert (
        refusal(folder, "x,y\n1,2\n")
        == "there is one row only, and it takes two that differ to learn from"
    )


def test_a_header_alone_is_refused(folder: Path) -> None:
    assert refusal(folder, "x1,x2,label\n") == "there is a header and no row below it"


def test_a_single_column_is_refused(folder: Path) -> None:
    assert refusal(folder, "x\n1\n2\n").startswith("there is one column only")


def test_a_row_that_is_too_long_is_refused_with_advice_that_works(folder: Path) -> None:
    content = "x1,x2,label\n1,2,no\n3,4,yes,5\n5,6,yes\n7,8,yes,9,9\n"

    assert refusal(folder, content) == (
        "2 rows have another number of cells than the 3 of the others (line 3: 4 cells, line 5: 5 cells); "
        "put cells that hold the separator in quotes, or leave such rows out with --missing skip"
    )
    assert len(read(folder, content, missing="skip").rows) == 2


def test_a_row_that_is_too_short_ends_with_missing_cells_and_that_is_said(folder: Path) -> None:
    made = read(folder, "label,x1,x2\nno,1,2\nyes,3\nyes,5,6\n", "label")

    assert len(made.rows) == 3
    assert "1 row of fewer than 3 cells: line 3: 2 cells." in made.notes
    assert "1 row has another number" in refusal(
        folder, "label,x1,x2\nno,1,2\nyes,3\nyes,5,6\n", "label", missing="refuse"
    )


def test_empty_cells_at_the_end_of_a_row_do_not_matter(folder: Path) -> None:
    assert read(folder, POINTS.replace("4,yes", "4,yes,,")).rows == read(folder, POINTS).rows


def test_two_columns_of_one_name_are_told_apart(folder: Path) -> None:
    made = read(folder, "a,b,a\n1,2,3\n2,3,3.5\n")

    assert made.inputs == ("a", "b")
    assert made.target == "a.1"


def test_a_column_without_a_name_that_counts_the_rows_is_left_out(folder: Path) -> None:
    made = read(folder, ",x,label\n0,1,no\n1,2,yes\n2,2,yes\n")

    assert made.inputs == ("x",)
    assert any(note.startswith("Left out: column1 (only names the row).") for note in made.notes)


@pytest.mark.parametrize("target", ["nope", "0", "4", "-1", "", "LABEL", "9" * 5000])
def test_a_target_that_is_no_column_is_refused_with_those_there_are(folder: Path, target: str) -> None:
    sentence = refusal(folder, POINTS, target)

    assert sentence == f"no column is called {target!r}; there are x1, x2, label, or a number from 1 to 3"


@pytest.mark.parametrize("y", ["no", "1", "2.5"])
def test_a_target_of_one_value_is_refused(folder: Path, y: str) -> None:
    sentence = refusal(folder, f"x,y\n1,{y}\n2,{y}\n3,{y}\n")

    assert sentence.startswith("the target 'y' is ")
    assert sentence.endswith("in every row; there is nothing to learn")


def test_a_target_of_too_many_texts_is_refused_with_one_of_them(folder: Path) -> None:
    content = "z,x,price\n" + "".join(f"{i % 9},{i},cost {i}.5\n" for i in range(150)) + "1,9,free\n"

    assert refusal(folder, content, "price") == (
        "the target 'price' has 151 different texts, such as 'cost 0.5'; at most 100 classes can be told "
        "apart; another: --target x"
    )
    assert read(folder, content, "x").inputs == ("z",)


def test_text_that_is_not_utf8_is_read_as_latin_1_and_that_is_said(folder: Path) -> None:
    made = read(folder, "x,label\n1,no\n2,größer\n".encode("latin-1"))

    assert made.classes == ("größer", "no")
    assert made.notes[0] == "The file is not UTF-8; it is read as Windows-1252 (latin-1)."


@pytest.mark.parametrize("content", [b"\x00" * 100, b"x,y\n1,\x002\n"])
def test_a_file_that_is_no_text_is_refused(folder: Path, content: bytes) -> None:
    assert refusal(folder, content) == "it holds NUL characters: is it a CSV file?"


def test_a_quote_that_never_ends_is_refused(folder: Path) -> None:
    assert refusal(folder, 'x,y\n1,"2\n3,4\n').startswith("line 3 is not CSV: unexpected end of data")


def test_a_cell_of_absurd_size_is_refused(folder: Path) -> None:
    assert "line 2 is not CSV: field larger than field limit" in refusal(
        folder, "x,y\n1," + "2" * 200_000
    )


def test_absurd_sizes_are_refused(folder: Path) -> None:
    wide = ",".join(map(str, range(10_001)))
    assert refusal(folder, f"{wide}\n") == "there are 10,001 columns; at most 10,000 can be read"

    path = folder / "large.csv"
    path.write_bytes(b"x" * 2_000_001)
    with pytest.raises(
        BadData, match=r"^it is larger than 2 MB, too large to train on here; its first rows: head"
    ):
        read_table(path, None, most_bytes=2_000_000)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.csv", tmp_path, tmp_path / "a\0b.csv"):
        with pytest.raises(BadData, match="it cannot be read: "):
            read_csv(path)


awkward_cells = st.sampled_from(
    [
        "1",
        "-2.5",
        "1e5",
        "",
        "NA",
        "inf",
        "nan",
        "x",
        'a"b',
        '"',
        "\n",
        "\x1b[31m",
        "é",
        "_1",
        " ",
        "1e400",
    ]
)
tables = st.lists(st.lists(awkward_cells, max_size=4), max_size=6).map(
    lambda rows: "\n".join(",".join(row) for row in rows).encode()
)


def test_names_with_line_breaks_do_not_tear_a_sentence(folder: Path) -> None:
    sentence = refusal(folder, '"x\n1",y\n1,2\n3,4\n', "z")

    assert "there are 'x\\n1', y, or a number" in sentence


@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | tables,
    target=st.none() | st.text(max_size=3) | st.sampled_from(["1", "2", "x"]),
)
def test_any_bytes_are_a_data_set_or_one_sentence(
    folder: Path, content: bytes, target: str | None
) -> None:
    try:
        made = read(folder, content, target)
    except BadData as refused:
        sentence = str(refused)
        assert sentence.startswith(str(folder / "points.csv: "))
        assert "\n" not in sentence
    else:
        assert made.rows
        assert all(len(x) == len(made.inputs) for x, _ in made.rows)
        prepared = prepare(made)
        assert all(math.isfinite(v) for x, y in (*prepared.train, *prepared.validation) for v in (*x, y))
        if made.classes:
            assert all(made.counts())
