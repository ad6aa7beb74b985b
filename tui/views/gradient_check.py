"""A check of every gradient in lines: how far it has come, how many are right, then the worst."""

from collections.abc import Sequence
from typing import NamedTuple

from ...engine.experiments.nudge import Slope
from ...engine.recording.log import Recording
from ..text.format import fitted, number
from ..text.glyphs import Glyphs
from ..text.lines import Line
from .steps.names import called

NUMBER = 12


class Progress(NamedTuple):
    """How far a check has come."""

    done: int
    total: int
    right: int
    skipped: int = 0


def check_lines(
    recording: Recording, at: Progress, worst: Sequence[Slope], width: int, height: int, signs: Glyphs
) -> list[Line]:
    """Return the lines for a size: the sum of it, a header, as many of the worst as fit."""
    lines: list[Line] = [((fitted(_summed_up(at), width, signs.ellipsis), "strong"),)]
    if at.done < at.total:
        share = at.done * width // at.total
        return [*lines, ((signs.played * share, "positive"), (signs.unplayed * (width - share), "dim"))]
    room = max(8, width - 3 * NUMBER - 2)
    titles = f"{'node':{room}}{'gradient':>{NUMBER}}{'measured':>{NUMBER}}{'error':>{NUMBER}}"
    lines += [(), ((titles[:width], "header"),)]
    return lines + [_row(recording, slope, room, signs) for slope in worst[: max(0, height - 3)]]


def _summed_up(at: Progress) -> str:
    if at.done < at.total:
        return f"nudging {at.done:,} of {at.total:,} cells both ways; Esc ends it"
    nudged = at.total - at.skipped
    wrong = nudged - at.right
    left = f"; {at.skipped:,} stand before an op without a formula" if at.skipped else ""
    if not wrong:
        return f"all {nudged:,} gradients agree with what was measured; the least well first{left}"
    kinks = "where a relu, abs or max bends they may differ"
    return f"{wrong:,} of {nudged:,} gradients differ from what was measured; {kinks}{left}"


def _row(recording: Recording, slope: Slope, room: int, signs: Glyphs) -> Line:
    style = "changed" if slope.error > 1e-5 else ""
    return (
        (fitted(called(recording, slope.node), room, signs.ellipsis), ""),
        (f"{number(slope.grad, True):>{NUMBER}}", ""),
        (f"{number(slope.measured, True):>{NUMBER}}", ""),
        (f"{number(slope.error):>{NUMBER}}", style),
    )
