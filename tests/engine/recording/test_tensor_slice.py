"""An index into a tensor: what PyTorch would pick, or one sentence; nothing is ever evaluated."""

import pytest

from micrograd_tui.engine.recording.tensor_slice import BadIndex, Grid, parse_index, unravelled, whole

PICKED = {
    "": (4, 5, 6),
    "[...]": (4, 5, 6),
    "[3, :, 0:4]": (5, 4),
    "3,:,0:4": (5, 4),
    "[ -1 ]": (5, 6),
    "[..., 1]": (4, 5),
    "[1, ..., 2]": (5,),
    "[::2, -3:, :-1]": (2, 3, 5),
    "[1, 2, 3]": (),
    "[1:1]": (0, 5, 6),
    "[2:99]": (2, 5, 6),
    "[5:2]": (0, 5, 6),
    "[1,]": (5, 6),
    "[:, 1::3]": (4, 2, 6),
}
REFUSED = {
    "[4]": "index 4 is out of range: dimension 0 has 4 (0 to 3, or -4 to -1)",
    "[0, -6]": "index -6 is out of range: dimension 1 has 5",
    "[1, 2, 3, 4]": "4 indices are too many for a tensor of 3 dimensions",
    "[..., ...]": "only one ... can stand",
    "[::-1]": "a step is 1 or more, as in PyTorch, not -1",
    "[::0]": "a step is 1 or more",
    "[None]": "'None' is no index",
    "[x > 0]": "'x > 0' is no index",
    "[__import__('os')]": "is no index",
    "[1.5]": "'1.5' is no index",
    "[1, , 2]": "'nothing' is no index",
    "[[0, 1]]": "is no index",
    "[1": "a bracket is missing",
    "[1:2:3:4]": "is no index",
    "[" + "9" * 5000 + "]": "is no index",
}


@pytest.mark.parametrize("text", PICKED)
def test_it_picks_what_pytorch_would(text: str) -> None:
    assert parse_index(text, (4, 5, 6)).shape == PICKED[text]


@pytest.mark.parametrize("text", REFUSED, ids=[text[:20] for text in REFUSED])
def test_what_picks_nothing_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadIndex) as caught:
        parse_index(text, (4, 5, 6))

    assert REFUSED[text] in str(caught.value)


@pytest.mark.parametrize("text", PICKED)
def test_what_it_writes_picks_the_same_again(text: str) -> None:
    pick = parse_index(text, (4, 5, 6))

    assert parse_index(pick.text, (4, 5, 6)) == pick


def test_a_place_in_what_is_picked_is_one_in_the_whole() -> None:
    pick = parse_index("[3, 1::2, -2:]", (4, 5, 6))

    assert pick.at((1, 0)) == (3, 3, 4)
    assert parse_index("", ()).at(()) == ()


@pytest.mark.parametrize("shape", [(), (7,), (3, 4), (2, 3, 4), (2, 0, 4), (0,)])
def test_rows_and_places_lead_to_each_other(shape: tuple[int, ...]) -> None:
    grid = Grid(shape, 5)
    places = [grid.place(row, column) for row in range(grid.rows) for column in range(grid.length(row))]

    assert len(set(places)) == len(places) == (0 if 0 in shape else len(places))
    assert [grid.place(*grid.cell(place)) for place in places] == places
    assert whole(shape).is_whole
    assert unravelled(5, (2, 3)) == (1, 2)
