"""The forward pass in lanes: in each one cell holds another number, and the root is what a sheet says."""

import math

import pytest
from hypothesis import given, settings
from random_graphs import Program, programs, values_of

from micrograd_tui.datasets import moons
from micrograd_tui.engine import OPS, record
from micrograd_tui.engine.compile.lanes import Lanes
from micrograd_tui.engine.experiments.edit import Change, edit
from micrograd_tui.engine.experiments.nudge import central
from micrograd_tui.engine.forward import forward_of
from micrograd_tui.engine.ops import foreign
from micrograd_tui.engine.recording.sheet import Sheet
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.engine.sources.expression import parse_expression


def sheet(text: str, **numbers: float) -> Sheet:
    return Sheet(record(parse_expression(text, numbers)))


def example(name: str) -> Sheet:
    row = EXAMPLES[name]
    return Sheet(record(row.build(moons(row.rows) if row.rows else ())[0]))


def nudged(cells: Sheet) -> list[tuple[int, float]]:
    """Every cell moved both ways, and where a kink may be."""
    places = (lambda x: x + 1e-3, lambda x: x - 1e-3, lambda x: 0.0, lambda x: -x)
    return [(node, place(x)) for node, x in enumerate(cells.data) for place in places]


@given(program=programs(12))
@settings(max_examples=60, deadline=None)
def test_each_lane_has_the_root_of_one_edit(program: Program) -> None:
    cells = Sheet(record(values_of(program)[0]))
    edits = nudged(cells)

    assert Lanes(cells).roots(edits) == pytest.approx(cells.roots(edits), rel=1e-9, nan_ok=True)


def test_what_numpy_rounds_as_python_does_is_the_same_to_the_last_bit() -> None:
    cells = example("moons")
    edits = nudged(cells)[::7]

    assert Lanes(cells).roots(edits) == cells.roots(edits)


@pytest.mark.parametrize("name", [*OPS, "**2", "**-1", "**0.5", "**3"])
def test_every_op_of_the_table_has_a_row_of_lanes(name: str) -> None:
    if name.startswith("**"):
        cells = sheet(f"(a*a)**({name[2:]})", a=0.7)
    else:
        cells = sheet("(a*1) + (b*1)" if len(OPS[name].vjps or ()) == 2 else "-(a*b)", a=0.7, b=1.3)
        edit(cells, Change(ops={cells.recording.root: OPS[name]}))
    edits = [(node, x) for node in range(len(cells.data) - 1) for x in (-1.5, -0.0, 0.0, 0.4, math.inf)]

    assert Lanes(cells).roots(edits) == pytest.approx(cells.roots(edits), rel=1e-12, nan_ok=True)


def test_an_override_is_not_computed_and_can_be_nudged_itself() -> None:
    cells = sheet("c = a*b; d = c*a; d + c", a=2, b=3)
    c = next(node for node, label in cells.recording.labels.items() if label == "c")
    edit(cells, Change({c: 10.0}))
    edits = nudged(cells)

    assert Lanes(cells).roots(edits) == cells.roots(edits)


def test_a_number_that_does_not_follow_from_its_formula_stays_where_nothing_reaches_it() -> None:
    log = record(parse_expression("c = a*b; d = b*b; c*d", {"a": 2, "b": 3}))
    log.write_after[2] = 7.0  # as a file may have it: c is 6 by its formula
    cells = Sheet(log)
    edits = nudged(cells)

    assert Lanes(cells).roots(edits) == cells.roots(edits)


def test_more_edits_than_lanes_are_done_in_turns() -> None:
    cells = example("lecture")
    lanes, edits = Lanes(cells), nudged(cells)[:50]
    lanes.width = 7

    assert lanes.roots(edits) == pytest.approx(cells.roots(edits), rel=1e-12)


def test_it_ends_as_soon_as_nobody_wants_it() -> None:
    def give_up() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Lanes(example("moons")).roots([(0, 1.0)], give_up)


@pytest.mark.parametrize("name", ["lecture", "moons", "chain"])
def test_the_check_of_a_graph_is_the_same_compiled_and_cell_by_cell(name: str) -> None:
    cells = example(name)
    nodes, grads = range(0, cells.recording.node_count, 9), [0.0] * cells.recording.node_count
    compiled = [slope.measured for slope in central(cells, grads, nodes, Lanes(cells))]

    assert compiled == pytest.approx([s.measured for s in central(cells, grads, nodes)], abs=1e-9)


def test_a_small_graph_needs_no_numpy_and_an_op_without_statements_none_either() -> None:
    small, large = sheet("a*b", a=2, b=3), example("moons")

    assert forward_of(small) is small
    assert isinstance(forward_of(large), Lanes)
    large.ops[large.recording.root] = op = foreign("mine")
    object.__setattr__(op, "forward", lambda a, b: a)
    assert forward_of(large) is large
