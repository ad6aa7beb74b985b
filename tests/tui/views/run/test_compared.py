"""The table of a comparison, in whatever room there is."""

import pytest

from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.run.compared import Compared, compared_lines

RUNS = [
    Compared("", "a", "num", 1.0, None, "", 0.5, {"lr": "1"}),
    Compared("a", "b", "other", 1.0, 3, "", 0.5, {"lr": "0.05"}),
]


@pytest.mark.parametrize("differing", [[], ["lr"]])
def test_no_width_is_too_small(differing: list[str]) -> None:
    """A storm made a terminal of one cell: a name of less than no room was an error of the format."""
    for width in range(60):
        lines = compared_lines(RUNS, 99, differing, width, UNICODE)

        assert len(lines) == 1 + len(RUNS)
        assert width < 30 or "other" in str(lines[2])
