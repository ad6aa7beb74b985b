"""The parameters of a network as a tree: what its rows are, and the numbers that stand on them."""

import math

import pytest

from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.nn import MLP
from micrograd_tui.tui.panes.run.parameters import NARROW, NUMBER, shown
from micrograd_tui.tui.views.run.parameter_tree import ParameterTree, Part, key_of


@pytest.fixture
def tree() -> ParameterTree:
    """The tree of a network of 2, 4, 3, 1."""
    return ParameterTree(Config("a", "b", inputs=("x", "y"), hidden=(4, 3)))


def open_all(tree: ParameterTree) -> list[Part]:
    while folded := [row for row in tree.rows if tree.can_open(row) and not tree.is_open(row)]:
        tree.toggle(folded[0])
    return tree.rows


def test_every_parameter_stands_where_the_network_has_it(tree: ParameterTree) -> None:
    net = MLP(2, [4, 3, 1])
    numbers = list(map(float, range(len(net.parameters()))))
    for p, x in zip(net.parameters(), numbers, strict=True):
        p.data = x
    rows = {row.key: row for row in open_all(tree)}

    for i, layer in enumerate(net.layers):
        for j, neuron in enumerate(layer.neurons):
            for k, p in enumerate(neuron.parameters()):
                assert rows[i, j, k].of(numbers) == p.data
                assert rows[i, j, k].label == p.label


def test_a_part_shows_the_norm_of_what_is_in_it(tree: ParameterTree) -> None:
    rows = {row.key: row for row in open_all(tree)}
    numbers = [0.5] * rows[()].last

    assert rows[()].of(numbers) == pytest.approx(math.sqrt(len(numbers)) / 2)
    assert rows[0, 1].of(numbers) == pytest.approx(math.sqrt(3) / 2)


def test_gradients_not_worked_out_yet_are_not_zero(tree: ParameterTree) -> None:
    assert {row.of(()) for row in open_all(tree)} == {None}


@pytest.mark.parametrize("room", [NARROW, NUMBER])
@pytest.mark.parametrize("x", [0.0002309, -0.0002309, 1.5, -1.2345e-100, math.inf, math.nan])
def test_a_gradient_keeps_its_sign_where_there_is_little_room(x: float, room: int) -> None:
    text = shown(x, room, signed=True)

    assert len(text) <= room
    assert math.isnan(x) or text.strip()[0] == "+-"[x < 0]


def test_only_what_is_open_is_listed() -> None:
    tree = ParameterTree(Config("a", "b", inputs=("x",) * 64, hidden=(1000, 100)))

    assert len(tree.rows) == 1 + 3 + 1 + 101
    tree.toggle(tree.rows[0])
    assert len(tree.rows) == 1


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("layer[1]/neuron[2]", (1, 2)),
        ("layer[0]", (0,)),
        ("sample[3]/layer[1]/neuron[0]", (1, 0)),
        ("mean", ()),
        ("loss", ()),
        ("\x1b[2J", ()),
        ("", ()),
    ],
)
def test_a_place_names_a_part_of_the_network_or_none(place: str, key: tuple[int, ...]) -> None:
    assert key_of(place) == key


@pytest.mark.parametrize("key", [(0, 3), (1,), (9, 9), ()])
def test_a_part_is_revealed_or_what_is_nearest_to_it(tree: ParameterTree, key: tuple[int, ...]) -> None:
    row = tree.reveal(key)

    assert tree.rows[row].key == (key if key != (9, 9) else ())
