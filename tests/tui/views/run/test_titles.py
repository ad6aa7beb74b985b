"""The step that a pane's parameters are of is never the part of its title that is cut off."""

import pytest

from micrograd_tui.tui.views.run.titles import of_step

STEP, LAST = ", as of step 23,085", ", of the last checkpoint"


@pytest.mark.parametrize(
    ("drawn", "as_of", "width", "title"),
    [
        ("decision boundary", STEP, 40, "decision boundary, as of step 23,085"),
        ("decision boundary", STEP, 30, "decision boundary, step 23,085"),
        ("decision boundary", STEP, 29, "boundary, step 23,085"),
        ("decision boundary", LAST, 29, "boundary, last checkpoint"),
        ("decision boundary", "", 29, "decision boundary"),
        ("confusion, 100 validation rows", STEP, 29, "confusion, step 23,085"),
        ("fit: a long name over another", STEP, 29, "fit, step 23,085"),
        ("", STEP, 5, ", step 23,085"),
    ],
)
def test_what_is_drawn_is_shortened_before_the_step_it_is_of(
    drawn: str, as_of: str, width: int, title: str
) -> None:
    assert of_step(drawn, as_of, width) == title
