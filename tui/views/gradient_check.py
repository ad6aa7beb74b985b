"""A check of every gradient in lines: how far it has come, how many are right, then the worst."""

from collections.abc import Iterator, Sequence
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
    if at.done < at.total:
        share = at.done * width // at.total
        told = f"nudging {at.done:,} of {at.total:,} cells both ways; Esc ends it"
        bar = (signs.played * share, "positive"), (signs.unplayed * (width - share), "dim")
        return [((fitted(told, width, signs.ellipsis), "strong"),), bar]
    room = max(8, width - 3 * NUMBER - 2)
    titles = f"{'node':{room}}{'gradient':>{NUMBER}}{'measured':>{NUMBER}}{'error':>{NUMBER}}"
    lines: list[Line] = [
        ((fitted(text, width, signs.ellipsis), style),) for text, style in _summed_up(at)
    ]
    lines += [(), ((titles[:width], "header"),)]
    left = max(0, height - len(lines))
    return lines + [_row(recording, slope, room, signs) for slope in worst[:left]]


def _summed_up(at: Progress) -> Iterator[tuple[str, str]]:
    """Yield what came of it, and what there is to know about it."""
    nudged = at.total - at.skipped
    if wrong := nudged - at.right:
        differ = "differs" if wrong == 1 else "differ"
        yield f"{wrong:,} of {nudged:,} gradients {differ} from what was measured", "strong"
        yield "at a kink of relu, abs or max no one number is right: d shows both sides", "dim"
    else:
        yield f"all {nudged:,} gradients agree with what was measured; the least well first", "strong"
    if at.skipped:
        cells = "1 cell was" if at.skipped == 1 else f"{at.skipped:,} cells were"
        yield f"{cells} not nudged: an op whose formula nobody knows follows", "dim"


def _row(recording: Recording, slope: Slope, room: int, signs: Glyphs) -> Line:
    style = "changed" if slope.error > 1e-5 else ""
    return (
        (fitted(called(recording, slope.node), room, signs.ellipsis), ""),
        (f"{number(slope.grad, True):>{NUMBER}}", ""),
        (f"{number(slope.measured, True):>{NUMBER}}", ""),
        (f"{number(slope.error):>{NUMBER}}", style),
    )
