"""The tables of numbers: every column says of what it is, and what does not fit is left out whole."""

import pytest

from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.run.compared import Compared, compared_lines
from micrograd_tui.tui.views.run.numbers import Row, in_sight, table_lines, written

ROWS = [
    Row("loss", 0.01029),
    Row(" epoch mean", None, best=0.01021, best_at=49_999),
    Row("validation accuracy", 0.75, of=47_100, best=1.0, best_at=1_275),
    Row("lr", 0.01),
]


def table(cursor: int | None, width: int) -> list[str]:
    lines = table_lines(ROWS, cursor, width, UNICODE)
    return ["".join(text for text, _ in line) for line in lines]


def test_beside_a_value_of_an_earlier_step_stands_that_step() -> None:
    head, loss, _, accuracy, _ = table(47_500, 80)

    assert head.split() == ["at", "47,500", "as", "of", "step", "best", "at", "step"]
    assert loss.split() == ["loss", "0.01029"]
    assert accuracy.split() == ["validation", "accuracy", "0.75", "47,100", "1", "1,275"]


def test_the_best_mean_has_a_row_that_says_what_it_is() -> None:
    assert table(None, 80)[2].split() == ["epoch", "mean", "0.01021", "49,999"]


@pytest.mark.parametrize(
    ("cursor", "width", "titles"),
    [
        (None, 80, "last best at step"),
        (None, 48, "last best at step"),
        (47_500, 48, "at 47,500 as of step best"),
        (None, 40, "last best"),
        (47_500, 40, "at 47,500 as of step"),
        (47_500, 20, "at 47,500"),
        (12_345_678, 80, "12,345,678 as of step best at step"),
    ],
)
def test_where_it_is_narrow_the_step_a_value_is_of_stays_longest(
    cursor: int | None, width: int, titles: str
) -> None:
    lines = table(cursor, width)

    assert lines[0].split() == titles.split()
    assert max(map(len, lines)) <= width


def test_a_long_name_is_told_in_short() -> None:
    assert table(None, 48)[3].startswith("val accuracy ")


def test_long_names_in_little_room_stay_apart() -> None:
    names = [f"train/layer {i}/attention/head {j}/weight" for i in range(12) for j in range(5)]
    lines = table_lines([Row(name, 0.5, mean=True) for name in names], None, 48, UNICODE)
    labels = [line[0][0] for line in lines[1:]]

    assert len(set(labels)) == len(names)
    assert all(label.rstrip().endswith("(mean)") for label in labels)


def test_a_long_name_has_the_room_that_the_columns_leave() -> None:
    name = "train/layer 0/attention/head 0/weight"

    assert table_lines([Row(name, 0.5)], None, 96, UNICODE)[1][0][0].startswith(name)


def test_two_names_that_would_look_the_same_are_written_as_they_were_logged() -> None:
    assert written(("a_b", "a b", "c_d")) == {"a_b": "a_b", "a b": "a b", "c_d": "c d"}


@pytest.mark.parametrize(
    ("at", "room", "shown"),
    [
        (0, 5, range(4)),  # of two lines is the first, its mean below it
        (3, 5, range(1, 6)),
        (5, 5, range(3, 8)),
        (9, 5, range(5, 10)),
        (0, 1, range(1)),
        (1, 3, range(1, 4)),  # no line is left above for half of the first
        (4, 20, range(10)),
    ],
)
def test_the_entries_in_sight_are_whole_and_hold_the_one_that_is_chosen(
    at: int, room: int, shown: range
) -> None:
    assert in_sight(lambda index: 2 if index == 0 else 1, 10, at, room) == shown


def test_nothing_is_in_sight_of_no_entries() -> None:
    assert not in_sight(lambda index: 1, 0, 0, 5)


RUNS = [
    Compared("", "", "moons-1", 0.01029, None, "", 0.01426, {"lr": "0.01"}),
    Compared("a", "", "moons-2", 0.0088, 9_999, "", 0.0, {"lr": "0.02"}),
    Compared("b", "", "moons-3", None, None, "reading 40%", 0.5, {"lr": "0.03"}),
]


def compared(width: int, count: int = 3) -> list[list[str]]:
    lines = compared_lines(RUNS[:count], 47_500, ["lr"], width, UNICODE)
    assert all(sum(len(text) for text, _ in line) <= width for line in lines)
    return ["".join(text for text, _ in line).split() for line in lines]


def test_every_column_of_a_comparison_says_of_what_it_is() -> None:
    head, own, ended, read = compared(96)

    assert head == ["at", "47,500", "as", "of", "step", "run's", "best", "val", "lr"]
    assert own[2:] == ["0.01029", "0.01426", "0.01"]
    assert ended[2:] == ["0.0088", "9,999", "0", "0.02"]
    assert read[2:] == ["reading", "40%", "0.5", "0.03"]


def test_where_all_numbers_are_of_the_step_looked_at_no_other_step_is_told() -> None:
    assert compared(96, 1)[0] == ["at", "47,500", "run's", "best", "val", "lr"]


@pytest.mark.parametrize(
    ("width", "head"),
    [(48, "at 47,500 as of step lr"), (38, "at 47,500 as of step"), (26, "at 47,500")],
)
def test_a_narrow_comparison_keeps_the_step_of_its_numbers(width: int, head: str) -> None:
    assert compared(width)[0][: len(head.split())] == head.split()
