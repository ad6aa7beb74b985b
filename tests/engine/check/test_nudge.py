"""The check of a graph's leaves: the slope that is measured, cell by cell or compiled."""

import pytest

from micrograd_tui.datasets import moons
from micrograd_tui.engine import Recording, forward, record
from micrograd_tui.engine.check.nudge import nudge_leaves
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.engine.sources.expression import parse_expression


def graph(text: str, **numbers: float) -> Recording:
    return record(parse_expression(text, numbers))


def test_at_a_kink_any_gradient_between_both_sides_is_right() -> None:
    (leaf,) = nudge_leaves(graph("relu(a)", a=0))

    assert (leaf.grad, leaf.slope, leaf.wrong) == (0.0, 0.0, False)


def test_where_the_function_bends_the_step_becomes_smaller() -> None:
    leaf = next(leaf for leaf in nudge_leaves(graph("1/(a*a)", a=1e-3)) if leaf.name == "a")

    assert leaf.slope == pytest.approx(leaf.grad, rel=1e-5)


def test_what_cannot_be_measured_is_not_called_wrong() -> None:
    found = {leaf.name: leaf for leaf in nudge_leaves(graph("log(a)*b", a=-1, b=2))}

    assert found["a"].slope is None
    assert not found["a"].wrong


def test_compiled_and_not_the_slopes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    row = EXAMPLES["moons"]
    log = record(row.build(moons(row.rows))[0])
    compiled = nudge_leaves(log)
    monkeypatch.setattr(forward, "LARGE", 1_000_000)

    assert [leaf.node for leaf in nudge_leaves(log)] == [leaf.node for leaf in compiled]
    assert [leaf.slope for leaf in nudge_leaves(log)] == pytest.approx([x.slope for x in compiled])
