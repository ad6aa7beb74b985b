"""Where nodes come from: scopes and source lines."""

import inspect
import linecache

import pytest

from micrograd_tui.engine import Value, record, scope, source_lines
from micrograd_tui.engine.learning.nn import MLP


def line_of(node: Value) -> str:
    """The text of the line a node's source names."""
    file, _, number = node.source.rpartition(":")
    return linecache.getline(file, int(number)).strip()


def test_scopes_nest_and_end_with_their_block() -> None:
    a = Value(1.0)
    with scope("layer[0]") as outer:
        b = a + 1
        with scope("neuron[3]") as inner:
            c = a + b
        d = a + c
    e = a + d

    assert [n.scope for n in (a, b, c, d, e)] == ["", outer, inner, outer, ""]
    assert (outer, inner) == ("layer[0]", "layer[0]/neuron[3]")


def test_a_scope_ends_also_when_its_block_raises() -> None:
    with pytest.raises(KeyError), scope("x"), source_lines():
        raise KeyError
    after = Value(1.0)

    assert after.scope == ""
    assert after.source == ""


def test_a_number_that_becomes_a_leaf_is_in_the_scope_too() -> None:
    with scope("layer[0]"):
        made = Value(1.0) * 3

    assert [p.scope for p in made.parents] == ["layer[0]", "layer[0]"]


def test_a_label_given_later_leaves_the_place() -> None:
    with scope("layer[0]"), source_lines():
        a = Value(1.0) + 1
    source = a.source
    a.label = "a"

    assert (a.label, a.scope, a.source) == ("a", "layer[0]", source)


def test_the_line_is_the_users_for_every_way_of_making_a_node() -> None:
    with source_lines():
        nodes = [
            Value(1.0),  # a leaf
            Value(1.0) + 2,  # an operator
            2 - Value(1.0),  # a reflected operator
            Value(1.0) ** 2,  # a constant exponent
            Value(1.0).tanh(),  # a method
            Value(1.0).max(2),  # a method of two
            Value(1.0, (Value(2.0),), "op"),  # by hand
        ]
    lines = [line_of(node) for node in nodes]

    for word, line in zip(
        ("a leaf", "an op", "a refl", "a const", "a method", "a method of", "by hand"), lines, strict=True
    ):
        assert word in line
    assert nodes[0].source.startswith(f"{inspect.getfile(line_of)}:")
    assert nodes[1].parents[1].source == nodes[1].source, "also of the 2 that became a leaf"


def test_the_line_of_a_networks_node_is_the_line_that_called_the_network() -> None:
    model = MLP(2, [2, 1])
    with source_lines():
        out = model([1.0, 2.0])  # here

    assert line_of(out).endswith("# here")


def test_source_lines_nest_and_cost_nothing_afterwards() -> None:
    with source_lines():
        with source_lines():
            pass
        inside = Value(1.0)
    after = Value(1.0)

    assert inside.source
    assert after.source == ""


def test_scopes_and_lines_reach_the_recording() -> None:
    with scope("layer[0]"), source_lines():
        out = Value(1.0, label="a").tanh()
    node = record(out).node(1)

    assert (node.scope, node.source, node.label) == ("layer[0]", out.source, "")
    assert record(out).node(0).label == "a"


def test_the_networks_scopes_are_layers_and_neurons() -> None:
    model = MLP(2, [3, 1])
    out = model([1.0, 2.0])

    assert out.scope == "layer[1]/neuron[0]"
    assert list(dict.fromkeys(p.scope for p in model.parameters())) == [
        "layer[0]/neuron[0]",
        "layer[0]/neuron[1]",
        "layer[0]/neuron[2]",
        "layer[1]/neuron[0]",
    ]
