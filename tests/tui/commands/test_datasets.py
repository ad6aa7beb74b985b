"""`micrograd-tui datasets` in words: the list, and one data set with its source and licence."""

import subprocess
import sys

import pytest

from micrograd_tui.datasets import DATASETS, TEXTS
from micrograd_tui.tui.commands.datasets import description, listing
from micrograd_tui.tui.sessions.target import BadTarget


def test_every_data_set_has_a_line_that_fits_a_terminal() -> None:
    lines = list(listing())

    assert [line.split()[0] for line in lines] == [*DATASETS, *TEXTS]
    assert max(map(len, lines)) <= 100
    assert lines[0] == (
        "moons        100 rows   2 inputs  2 classes   two interleaving half circles, as in micrograd's demo"
    )
    assert "1,797 rows  64 inputs  10 classes" in lines[len(DATASETS) - 1]


@pytest.mark.parametrize("name", DATASETS)
def test_a_description_has_size_columns_classes_and_the_first_rows(name: str) -> None:
    made, lines = DATASETS[name].make(), list(description(name))
    text = "\n".join(lines)

    assert lines[0] == f"{name}: {made.description}"
    assert f"{len(made.rows):,}" in text
    assert all(column in text for column in (*made.inputs[:4], made.inputs[-1], made.target))
    for label, count in zip(made.classes, made.counts(), strict=False):
        assert f"{label} ({count})" in " ".join(text.split())
    assert f"micrograd-tui train {name}" in text
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ["penguins", "iris", "digits"])
def test_measured_data_is_shown_with_source_licence_and_citation(name: str) -> None:
    made, text = DATASETS[name].make(), " ".join(" ".join(description(name)).split())

    assert f"source {made.source}" in text
    assert f"licence {made.licence}" in text
    assert f"citation {made.citation}" in text


def test_the_first_rows_stand_in_a_table_with_their_class() -> None:
    lines = list(description("penguins"))
    at = next(i for i, line in enumerate(lines) if line.startswith("bill_length_mm"))

    assert lines[at + 1].split() == ["39.1", "18.7", "181", "3750", "Adelie"]
    assert len({len(line) for line in lines[at : at + 6]}) == 1


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(BadTarget, match=r"^there is no data set called mons; did you mean moons\?$"):
        list(description("mons"))
    with pytest.raises(BadTarget, match="there is no data set called zzz; there are moons, circles, "):
        list(description("zzz"))


def test_an_unknown_name_cannot_act_on_the_terminal() -> None:
    with pytest.raises(BadTarget) as refused:
        list(description("\x1b[31mmoons"))

    assert "\x1b" not in str(refused.value)


def test_the_command_needs_no_textual_and_no_numpy() -> None:
    code = (
        "import sys; from micrograd_tui.tui.commands.datasets import description, listing;"
        "list(listing()); list(description('digits'));"
        "print([m for m in ('textual', 'rich', 'numpy', 'torch') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
