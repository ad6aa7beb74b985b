"""Tables as people have them: each becomes a sensible data set as it stands, and says what was decided."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from public_tables import TABLES

from micrograd_tui.datasets import BadData, Dataset
from micrograd_tui.datasets.csv_file import read_csv


class Wanted(NamedTuple):
    """What a table is to become."""

    target: str | None
    inputs: int
    classes: int
    named: str
    """What the notes say of it."""


WANTED = {
    "titanic": Wanted("Survived", 7, 2, "Left out: PassengerId (only names the row); Name, Ticket (texts nearly"),
    "adult": Wanted(None, 17, 2, "column5 (the 10 most frequent, 5 more are"),
    "wine": Wanted(None, 3, 3, "Cells are separated by semicolons."),
    "auto": Wanted("1", 5, 0, "column3 (1)"),
    "cancer": Wanted("diagnosis", 4, 2, "Left out: id (only names the row)"),
    "housing": Wanted("price", 13, 0, "date (dates)"),
    "heart": Wanted(None, 4, 2, "column4 (1)"),
    "penguins": Wanted("species", 6, 3, "sex (male is 1)"),
    "mushrooms": Wanted("1", 11, 2, "column5 (the same in every row)"),
    "bank": Wanted(None, 7, 2, "housing (yes is 1)"),
    "iris": Wanted(None, 4, 3, "The file has no header"),
    "irises": Wanted(None, 4, 3, "The first row of the file names the columns."),
    "abalone": Wanted(None, 5, 0, "column1 (F, I, M)"),
    "sonar": Wanted(None, 12, 2, "The file has no header"),
    "fires": Wanted(None, 5, 0, "month (aug, mar, sep)"),
    "air": Wanted(None, 2, 0, "Commas are decimal commas in CO(GT)."),
    "students": Wanted(None, 7, 0, "Mjob (other, at_home, teacher)"),
}  # fmt: skip


def read(folder: Path, content: str | bytes, target: str | None = None, **more: Any) -> Dataset:
    file = folder / "table.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(file, target, **more)


def test_every_table_is_looked_at() -> None:
    assert WANTED.keys() == TABLES.keys()


@pytest.mark.parametrize("name", WANTED)
def test_a_table_as_people_have_it_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    wanted = WANTED[name]
    made = read(tmp_path, TABLES[name], wanted.target)

    assert (len(made.inputs), len(made.classes)) == (wanted.inputs, wanted.classes)
    assert wanted.named in " ".join(made.notes)
    assert len(made.rows) >= 59


@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("way", ["utf-8-sig", "utf-16", "cp1252", "crlf", "cr", "blank lines"])
def test_neither_encoding_nor_line_ends_change_what_it_is(tmp_path: Path, name: str, way: str) -> None:
    text, encoding = TABLES[name], way if way in ("utf-8-sig", "utf-16", "cp1252") else "utf-8"
    text = text.replace("male", "mâle").replace(
        "\n", {"crlf": "\r\n", "cr": "\r", "blank lines": "\n\n"}.get(way, "\n")
    )
    plain = read(tmp_path, TABLES[name].replace("male", "mâle"), WANTED[name].target)
    made = read(tmp_path, text.encode(encoding), WANTED[name].target)

    assert (made.inputs, made.rows, made.classes) == (plain.inputs, plain.rows, plain.classes)


@pytest.mark.parametrize("name", WANTED)
def test_an_index_that_pandas_wrote_does_not_change_what_it_is(tmp_path: Path, name: str) -> None:
    plain = read(tmp_path, TABLES["irises"])
    lines = TABLES["irises"].splitlines()
    indexed = "\n".join(f"{i - 1 if i else ''},{line}" for i, line in enumerate(lines))

    assert read(tmp_path, indexed).rows == plain.rows


NUMBERS: dict[str, tuple[list[str], list[float]]] = {
    "thousands": (['"1,234"', '"12,345,678"', '"5"'], [1234, 12345678, 5]),
    "decimal commas": (['"1,5"', '"0,25"', '"-3,125"'], [1.5, 0.25, -3.125]),
    "european": (['"1.234,5"', '"12.345.678"', '"7,25"'], [1234.5, 12345678, 7.25]),
    "blanks": (["1 234", "12 345.5", "7"], [1234, 12345.5, 7]),
    "apostrophes": (["1'234", "12'345.5", "7"], [1234, 12345.5, 7]),
    "dollars": (['"$1,234.50"', "-$3", "($4)"], [1234.5, -3, -4]),
    "euros": (["€ 12.5", "13 €", "-14€"], [12.5, 13, -14]),
    "percent": (["12%", "12.5 %", "-3%"], [12, 12.5, -3]),
    "a unit": (["998 CC", "1248 CC", "1197 CC"], [998, 1248, 1197]),
    "zeros": (["€1.5M", "€250K", "€2M"], [1.5e6, 250e3, 2e6]),
    "exponents": (["1e3", "2.5E-2", "+4"], [1000, 0.025, 4]),
}


@pytest.mark.parametrize("way", NUMBERS)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, way: str) -> None:
    cells, numbers = NUMBERS[way]
    made = read(
        tmp_path,
        "a,b,y\n"
        + "".join(f"{cell},{i * 1.5},{'no' if i else 'yes'}\n" for i, cell in enumerate(cells * 5)),
    )

    assert [x[0] for x, _ in made.rows] == pytest.approx(numbers * 5)


def test_one_group_after_a_comma_is_thousands_or_a_fraction_by_the_rest_of_the_file(
    tmp_path: Path,
) -> None:
    points = read(tmp_path, 'a,b,y\n"1,234",0.5,1\n"2,500",1.5,2.5\n')
    commas = read(tmp_path, "a;b;y\n1,234;0,5;1\n2,500;1,5;2,5\n")

    assert [x[0] for x, _ in points.rows] == [1234, 2500]
    assert [x[0] for x, _ in commas.rows] == [1.234, 2.5]


BOOLEANS = ["yes,no", "Yes,NO", "true,false", "True,FALSE", "T,F", "y,N", "on,off"]


@pytest.mark.parametrize("words", BOOLEANS)
def test_booleans_in_any_spelling_are_one_input_of_0_and_1(tmp_path: Path, words: str) -> None:
    yes, no = words.split(",")
    made = read(tmp_path, f"x,smokes,y\n1,{yes},a\n2,{no},b\n3,{yes.upper()},a\n4,{no.lower()},b\n")

    assert made.inputs == ("x", "smokes")
    assert [x[1] for x, _ in made.rows] == [1, 0, 1, 0]


@pytest.mark.parametrize("cells", ["yes no Yes NO", "true FALSE 1 0", "Y n YES No"])
def test_a_target_of_booleans_in_several_spellings_has_two_classes(tmp_path: Path, cells: str) -> None:
    made = read(tmp_path, "x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells.split())))

    assert made.classes == ("no", "yes")
    assert [y for _, y in made.rows] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "cells",
    [
        [f"2014-05-{i + 1:02}" for i in range(25)],
        [f"{i + 1}/3/2019 12:30" for i in range(25)],
        [f"{i + 1:02}.03.2019" for i in range(25)],
        [f"201405{i + 1:02}T000000" for i in range(25)],
        [f"201405{i + 1:02}" for i in range(25)],
        [f"May {i + 1}, 2014" for i in range(25)],
        [f"{i + 1}-Jan-2020" for i in range(25)],
        [f"{i % 24:02}:15:00" for i in range(25)],
        [f"2014-05-{i + 1:02}T10:00:00Z" for i in range(25)],
    ],
)
def test_dates_are_left_out_and_named(tmp_path: Path, cells: list[str]) -> None:
    made = read(
        tmp_path, "x,when,y\n" + "".join(f'{i % 5},"{c}",{"ab"[i % 2]}\n' for i, c in enumerate(cells))
    )

    assert made.inputs == ("x",)
    assert "Left out: when (dates)" in " ".join(made.notes)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("id", lambda i: f"{8423021234567890123 + i}"),
        ("customerID", lambda i: f"{7590 + i}-VHVEG"),
        ("phone", lambda i: f"555{i:07}"),
        ("mobile", lambda i: f"{9876500000 + 7919 * i}"),
        ("zip", lambda i: f"{i:05}"),
        ("name", lambda i: f"Person {i}"),
        ("review", lambda i: f"a long text that somebody wrote on day {i}"),
        ("Unnamed: 0", lambda i: i),
        ("", lambda i: i),
        ("uuid", lambda i: f"{i:08x}-0000"),
    ],
)
def test_what_only_names_a_row_is_left_out_and_named(tmp_path: Path, name: str, make: Any) -> None:
    made = read(
        tmp_path, f"x,{name},y\n" + "".join(f"{i % 5},{make(i)},{'ab'[i % 2]}\n" for i in range(30))
    )

    assert made.inputs == ("x",)
    assert f"Left out: {name or 'column2'} (" in " ".join(made.notes)


@pytest.mark.parametrize(
    "name", ["price", "population", "year", "sqft", "humidity", "grid", "paid", "width"]
)
def test_whole_numbers_that_all_differ_are_inputs_all_the_same(tmp_path: Path, name: str) -> None:
    made = read(tmp_path, f"{name},y\n" + "".join(f"{1990 + 7 * i},{'ab'[i % 2]}\n" for i in range(30)))

    assert made.inputs == (name,)


def test_the_columns_can_be_chosen_and_dropped(tmp_path: Path) -> None:
    chosen = read(tmp_path, TABLES["titanic"], "Survived", columns=["Age", "Cabin", "1"])

    assert chosen.inputs[0] == "PassengerId"
    assert chosen.inputs[1] == "Age"
    assert chosen.inputs[2].startswith("Cabin=")
    assert read(tmp_path, TABLES["titanic"], "Survived", drop=["Age", "Sex", "Embarked"]).inputs == (
        "Pclass",
        "Fare",
    )


def test_one_sentence_names_everything_that_is_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(BadData) as refused:
        read(
            tmp_path,
            "a,when,y\n1,2014-05-01,x\n2,2014-05-02,x,7\n3,,x\n",
            drop=["b"],
            columns=["when"],
            missing="refuse",
        )

    sentence = str(refused.value)
    for part in (
        "no column is called 'b'",
        "when of --columns cannot be an input (dates)",
        "the target 'y' is 'x' in every row",
        "1 row has another number of cells",
    ):
        assert part in sentence
    assert "\n" not in sentence


HEADERS = {
    "pandas": "0,1,2,3,label\n" + TABLES["iris"],
    "numbers": "0,1,2,3,4\n" + "".join(f"{i}.5,2.5,3.5,{i % 7}.25,{i % 2}\n" for i in range(20)),
    "years": "country,2000,2001,2002\n" + "".join(f"c{i % 3},{i},2,{i * 1.5}\n" for i in range(20)),
    "gaps": "x,y\n" + "".join(f"{'?' if i % 5 == 0 else i % 9},{i * 1.5}\n" for i in range(20)),
    "texts": "size,colour,shape\n"
    + "".join(f"{'SML'[i % 3]},{'rg'[i % 2]},{'oxo'[i % 3]}\n" for i in range(20)),
}


@pytest.mark.parametrize("way", HEADERS)
def test_a_header_is_seen(tmp_path: Path, way: str) -> None:
    made = read(tmp_path, HEADERS[way])

    assert made.target == HEADERS[way].partition("\n")[0].rpartition(",")[2]


@pytest.mark.parametrize("name", ["adult", "mushrooms", "iris", "sonar", "heart", "abalone", "auto"])
def test_no_header_is_seen_where_there_is_none(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, TABLES[name], "column1").target == "column1"


SHAPES = {
    "sep=": "sep=;\na;b;y\n1;2;u\n3;4;v\n",
    "comments": "# made by hand\n# in 2020, twice\na,b,y\n1,2,u\n# a pause\n3,4,v\n",
    "a header in a comment": "# a,b,y\n1,2,u\n3,4,v\n",
    "blanks": "a  b y\n1  2   u\n3 4 v\n",
    "tabs": "a\tb\ty\n1\t2\tu\n3\t4\tv\n",
    "bars": "a|b|y\n1|2|u\n3|4|v\n",
    "a title": "Measured in May\n\na,b,y\n1,2,u\n3,4,v\n",
    "row names": '"a" "b" "y"\n"1" 1 2 "u"\n"2" 3 4 "v"\n',
    "separators at the end": "a,b,y,\n1,2,u,\n3,4,v,\n",
    "separators below": "a,b,y\n1,2,u,\n3,4,v,\n",
    "empty rows": "a,b,y\n1,2,u\n3,4,v\n,,\n,,\n\n",
    "a repeated header": "a,b,y\n1,2,u\na,b,y\n3,4,v\n",
    "quotes": '"a","b","y"\r\n"1","2","u"\r\n"3","4","v"\r\n',
}


@pytest.mark.parametrize("way", SHAPES)
def test_whatever_its_shape_the_table_is_found(tmp_path: Path, way: str) -> None:
    made = read(tmp_path, SHAPES[way], "y")

    assert [x[-2:] for x, _ in made.rows] == [(1, 2), (3, 4)]
    assert made.inputs[-2:] == ("a", "b")
    assert made.classes == ("u", "v")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"\x1f\x8b\x08", "gunzip"),
        (b"PAR1", "Parquet"),
        (b"<!DOCTYPE html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b'[{"a": 1, "b": 2}, {"a": 2, "b": 3}]', "JSON"),
        (b'[\n  {"a": 1, "b": 2}\n]', "JSON"),
        (b"@relation iris\n@data\n1,2\n", "ARFF"),
    ],
)
def test_another_format_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(BadData, match=sentence):
        read(tmp_path, content)


def test_a_quote_within_quotes_is_text_and_one_that_never_ends_is_refused(tmp_path: Path) -> None:
    stray = "x,t,y\n" + "".join(f'{i % 9},"a "{"qr"[i % 2]}" b",{i * 1.5}\n' for i in range(20))

    assert len(read(tmp_path, stray).rows) == 20
    with pytest.raises(BadData, match="is not CSV: unexpected end of data"):
        read(tmp_path, 'x,y\n1,2\n2,"open,2\n3,4\n')


def test_all_wrong_names_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadData) as refused:
        read(tmp_path, TABLES["titanic"], "Survivd", drop=["Nope", "9"], columns=["Agee"])

    assert "no column is called 'Survivd' or 'Nope' or 'Agee'; there are PassengerId," in str(
        refused.value
    )
    assert str(refused.value).count("there are") == 1


def test_tabs_that_are_doubled_here_and_there_are_blanks(tmp_path: Path) -> None:
    lines = (f"{i % 7}.5\t{chr(9) * (i % 20 == 3)}{i % 5}.25\t{'ab'[i % 2]}\n" for i in range(60))
    made = read(tmp_path, "".join(lines))

    assert len(made.rows) == 60
    assert made.rows[3] == ((3.5, 3.25), 1.0)


def test_an_id_is_an_input_where_there_is_nothing_else_and_the_rest_is_named(tmp_path: Path) -> None:
    made = read(tmp_path, "id,name,y\n" + "".join(f"{i},Person {i},{i * 1.5}\n" for i in range(30)))

    assert made.inputs == ("id",)
    assert "Left out: name (texts nearly all different)" in " ".join(made.notes)


def test_inputs_that_never_change_are_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(
        BadData, match="every input is the same in all rows; there is nothing to learn from"
    ):
        read(tmp_path, "a,b,y\n1,c,1\n1,c,2\n1,c,3.5\n")


def test_more_numbers_than_can_be_trained_on_are_drawn_from_and_that_is_said(tmp_path: Path) -> None:
    made = read(
        tmp_path, "a,b,y\n" + "".join(f"{i % 9},{i % 7},{i % 3 * 1.5}\n" for i in range(90)), most=30
    )

    assert len(made.rows) == 10
    assert "Of 90 rows 10 are used, drawn with seed 1337" in " ".join(made.notes)


def test_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    parts: list[float] = []
    read(tmp_path, "a,y\n" + "1,2\n3,4.5\n" * 9000, report=parts.append)

    assert parts == sorted(parts)
    assert parts[0] < 0.1
    assert parts[-1] > 0.7


def test_a_comment_with_as_many_words_as_columns_is_no_header(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7} {i % 5} {i * 1.5}\n" for i in range(20))

    made = read(tmp_path, f"# made by hand\n# second comment\na b y\n{rows}")

    assert (made.inputs, made.target, len(made.rows)) == (("a", "b"), "y", 20)
    assert read(tmp_path, f"# a b y\n{rows}").inputs == ("a", "b")
