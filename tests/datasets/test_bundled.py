"""The three measured sets: whole, attributed, and in the wheel with their licences."""

import hashlib
import re
from pathlib import Path

import pytest

from micrograd_tui.datasets import DATASETS, BadData
from micrograd_tui.datasets.bundled import FOLDER, ORIGINS

ROOT = Path(__file__).resolve().parents[2]

FACTS = {
    "penguins": (342, 4, {"Adelie": 151, "Chinstrap": 68, "Gentoo": 123}),
    "iris": (150, 4, {"setosa": 50, "versicolor": 50, "virginica": 50}),
    "digits": (1797, 64, dict(zip("0123456789", (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), strict=True))),
}  # fmt: skip

SUMS = {
    "penguins": "34a4b37a01ca6251",
    "iris": "b6b8efc86732bc48",
    "digits": "1a8c0ce573804cf3",
}


@pytest.mark.parametrize("name", FACTS)
def test_rows_columns_and_classes_are_those_of_the_original(name: str) -> None:
    rows, inputs, counts = FACTS[name]
    made = DATASETS[name].make()

    assert len(made.rows) == rows
    assert len(made.inputs) == inputs
    assert dict(zip(made.classes, made.counts(), strict=True)) == counts
    assert made.standardise


def test_known_rows_are_where_they_were_measured() -> None:
    penguins, iris, digits = (DATASETS[name].make() for name in FACTS)

    assert penguins.rows[0] == ((39.1, 18.7, 181.0, 3750.0), 0.0)
    assert iris.rows[0] == ((5.1, 3.5, 1.4, 0.2), 0.0)
    # The two flowers that differ in the file of the UCI repository: here as in Fisher's paper.
    assert iris.rows[34] == ((4.9, 3.1, 1.5, 0.2), 0.0)
    assert iris.rows[37] == ((4.9, 3.6, 1.4, 0.1), 0.0)
    assert digits.rows[0][0][:8] == (0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0)
    assert {v for x, _ in digits.rows for v in x} == set(map(float, range(17)))


@pytest.mark.parametrize("name", FACTS)
def test_each_says_its_source_its_licence_and_whom_to_cite(name: str) -> None:
    made = DATASETS[name].make()

    assert made.source
    assert made.citation
    assert re.match("CC0 1.0|CC BY 4.0", made.licence)


@pytest.mark.parametrize("name", FACTS)
def test_the_file_beside_the_data_says_the_same(name: str) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {name}\.csv$(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    flat = re.sub(r"\s+", " ", part)
    (doi,) = re.findall(r"https://doi.org/\S+", ORIGINS[name].citation)

    for title in ("* Source: ", "* Licence: ", "* Please cite: "):
        assert title in flat
    assert ORIGINS[name].licence.partition(";")[0] in flat
    assert doi in flat


def test_the_licence_of_the_copies_is_whole() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert "Copyright (c) 2007-2026 The scikit-learn developers." in text
    assert "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS" in text


def test_the_folder_of_the_data_is_installed_and_stays_small() -> None:
    """tests/test_package.py builds the wheel and finds every file of it; here: that it is listed."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    files = sorted(file.name for file in FOLDER.iterdir() if file.is_file())

    assert '"micrograd_tui.datasets.data"' in project
    assert files == ["README.md", "digits.csv", "iris.csv", "names.txt", "penguins.csv"]
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) < 350_000


def test_the_numbers_are_the_ones_that_were_taken_over() -> None:
    """A slip of an editor or a change of line ends in a data file would pass unseen otherwise."""
    sums = {
        name: hashlib.sha256((FOLDER / f"{name}.csv").read_bytes().replace(b"\r\n", b"\n")).hexdigest()[
            :16
        ]
        for name in FACTS
    }

    assert sums == SUMS


def test_fewer_rows_are_drawn_by_the_seed_and_none_twice() -> None:
    whole, part = DATASETS["iris"].make(), DATASETS["iris"].make(n=60, seed=3)

    assert len(part.rows) == 60
    assert part.rows == DATASETS["iris"].make(n=60, seed=3).rows
    assert part.rows != DATASETS["iris"].make(n=60, seed=4).rows
    assert all(part.rows.count(row) <= whole.rows.count(row) for row in part.rows)


def test_measured_data_takes_no_noise() -> None:
    with pytest.raises(BadData, match=r"^iris is measured data: no noise is added to it$"):
        DATASETS["iris"].make(noise=0.1)
