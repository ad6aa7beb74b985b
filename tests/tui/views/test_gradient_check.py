"""A check of every gradient in lines: progress, the sum of it, the worst first, nothing cut off at 80."""

from micrograd_tui.engine.experiments.nudge import Slope
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.gradient_check import Progress, check_lines

LOG = Target("relu(a)*b", ("a=0", "b=2")).open().recording


def lines(at: Progress, worst: list[Slope]) -> list[str]:
    found = check_lines(LOG, at, worst, 76, 20, UNICODE)
    return ["".join(text for text, _ in line).rstrip() for line in found]


def test_how_far_it_has_come_is_a_bar() -> None:
    told, bar = lines(Progress(1, 4, 1), [])

    assert told == "nudging 1 of 4 cells both ways; Esc ends it"
    assert bar.count(UNICODE.played) == 19


def test_what_differs_is_counted_and_a_kink_explained() -> None:
    found = lines(Progress(4, 4, 3), [Slope(0, 0.0, 1.0)])

    assert found[0] == "1 of 4 gradients differs from what was measured"
    assert found[1].endswith("d shows both sides")
    assert found[-1].split() == ["a", "0", "+1", "1"]


def test_what_could_not_be_nudged_has_a_line_of_its_own() -> None:
    found = lines(Progress(4, 4, 3, 1), [])

    assert found[0] == "all 3 gradients agree with what was measured; the least well first"
    assert found[1] == "1 cell was not nudged: an op whose formula nobody knows follows"
    assert not any("…" in line for line in found)
