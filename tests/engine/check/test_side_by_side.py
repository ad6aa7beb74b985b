"""A finding side by side: which expression, whose order, and what there is where nothing is wrong."""

from pathlib import Path

import pytest
from programs import LOST, VALUE

from micrograd_tui.engine.check.side_by_side import NothingToShow, side_by_side
from micrograd_tui.engine.recording.alignment import first_difference

WRONG = {
    "overwrites": LOST,
    "order": VALUE.replace("reversed(order)", "order"),
    "local derivative": VALUE.replace("1 - out.data ** 2", "1 - out.data"),
    "chain factor": VALUE.replace("other.data * out.grad", "other.data"),
    "seed": VALUE.replace("        self.grad = 1.0\n", ""),
}


@pytest.mark.parametrize("kind", WRONG)
def test_both_passes_of_the_smallest_expression_part_at_a_step(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.py"
    path.write_text(WRONG[kind])
    sides = side_by_side(str(path))

    assert sides.finding.kind == kind
    assert sides.theirs.node_count == sides.right.node_count < 8
    assert 0 < first_difference(sides.theirs, sides.right) <= len(sides.theirs)


def test_a_wrong_forward_is_beside_the_right_number(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text(VALUE.replace("__rmul__ = __mul__", "__rmul__ = __add__"))
    sides = side_by_side(str(path))
    ends = [side.value(side.root, "data", len(side)) for side in (sides.theirs, sides.right)]

    assert ends[0] != ends[1]


def test_where_nothing_is_wrong_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text(VALUE)
    with pytest.raises(NothingToShow, match="no fault was found in Value") as caught:
        side_by_side(str(path))

    assert caught.value.clean


def test_a_finding_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text(LOST)
    with pytest.raises(NothingToShow, match="there are 1 findings in Value, and not 7") as caught:
        side_by_side(str(path), 7)

    assert not caught.value.clean
