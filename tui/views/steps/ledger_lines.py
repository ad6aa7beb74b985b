"""Ledgers as lines: whose are shown beside a step, what a gradient holds, who gave it and who will."""

from ....engine.recording.log import Step
from ....engine.recording.playback import Playback
from ...text.format import DIGITS, cells, number, shortened
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from .ledger import Entry, Ledger
from .names import called, name

SHORTEST = 8  # cells that a name keeps, whatever stands beside it
SELECTED, WRITTEN = "selected", "what this step adds to"


def ledger_nodes(
    step: Step | None, selected: int | None, current: int | None, full: bool
) -> list[tuple[str, int]]:
    """Whose ledgers to show, under which title: the selected node's if it was picked, then those written.

    Where there is room for all, the selected node's stands last, whether it was picked or not; where
    another pane shows it, nothing is said to be selected.
    """
    targets = [write.target for write in step.writes] if step and step.phase == "backward" else []
    written = [(WRITTEN, node) for node in dict.fromkeys(targets)]
    if selected is None:
        return written
    if full:
        return written + [(SELECTED, selected)] * (selected not in targets)
    if selected == current and step and step.writes:
        return written
    others = [(title, node) for title, node in written if node != selected]
    return [(SELECTED if selected != current else "", selected), *others]


def title_line(playback: Playback, title: str, node: int, digits: int) -> Line:
    """What a ledger is shown for; of the selected node also what it holds beside its gradient."""
    if title == SELECTED:
        data = number(playback.value(node, "data"), digits=digits)
        title = f"{title}: {called(playback.recording, node)} = {data}"
    return ((title, "header"),)


def ledger_lines(
    playback: Playback, node: int, width: int, room: int, glyphs: Glyphs, digits: int, title: str = ""
) -> list[Line]:
    """The ledger of a node's gradient in at most `room` lines: its sum, and who gave what to it."""
    ledger = Ledger(playback.recording, node, playback.position)
    kept = before_line(ledger, glyphs, digits) if room > 2 else []
    first, last = ledger.window(max(0, min(room - 1 - len(kept), 12)))
    lines = [_entry_line(playback, entry, width, glyphs, digits) for entry in ledger.entries(first, last)]
    if lines and last - first < len(ledger):
        shown = f"{first + 1}-{last}" if last > first + 1 else f"{last}"
        lines[-1] = (*lines[-1], (f"  {shown} of {len(ledger)}", "dim"))
    return [_ledger_head(playback, ledger, width, glyphs, digits, title), *kept, *lines]


def before_line(ledger: Ledger, glyphs: Glyphs, digits: int = DIGITS) -> list[Line]:
    """The row of what was in a gradient before this pass, where there was anything."""
    if not (before := ledger.before):
        return []
    shown = (f"{number(before, True, digits):>10}", sign_style(before))
    return [((f"  {glyphs.done} ", ""), shown, (" from before this pass: no zero_grad", ""))]


def _ledger_head(
    playback: Playback, ledger: Ledger, width: int, glyphs: Glyphs, digits: int, title: str
) -> Line:
    grad = playback.value(ledger.node, "grad")
    if not len(ledger):
        backward = playback.phase.name == "backward"
        state = ("nothing contributes" if backward else "comes in backward", "dim")
    elif ledger.waiting:
        state = (f"waits for {ledger.waiting} of {len(ledger)}", "changed")
    elif ledger.lost:
        state = (f"{ledger.lost} of {len(ledger)} lost", "warning")
    else:
        state = (f"complete, {len(ledger)} of {len(ledger)} {glyphs.done}", "dim")
    held = f"{number(grad, True, digits)}  "
    room = width - len(f".grad {held}{state[0]}")
    gradient = _called(playback, ledger.node, room, glyphs)
    title = f"{title} " if title and cells(f"{title} {gradient}") <= room else ""
    return ((title, "dim"), (f"{gradient}.grad ", "strong"), (held, sign_style(grad)), state)


def _entry_line(playback: Playback, entry: Entry, width: int, glyphs: Glyphs, digits: int) -> Line:
    slot = f", argument {entry.slot + 1}" if entry.slot is not None else ""
    lost = " LOST" * entry.lost
    room = width - len(f"  {glyphs.done} {'':>10} from {slot}{lost}")
    who = "the seed" if entry.consumer is None else _called(playback, entry.consumer, room, glyphs)
    if not entry.received:
        return ((f"  {glyphs.waiting} {'':>10} from {who}{slot}", "dim"),)
    amount = entry.amount
    return (
        (f"  {glyphs.done} ", ""),
        (f"{number(amount, True, digits):>10}", sign_style(amount)),
        (f" from {who}{slot}", "dim" * entry.lost),
        *([(lost, "warning")] if lost else []),
    )


def _called(playback: Playback, node: int, room: int, glyphs: Glyphs) -> str:
    """The node's name, shortened before a number beside it would be: to `SHORTEST` at most."""
    whole = called(playback.recording, node)
    fits = whole if cells(whole) <= room else name(playback.recording, node)
    return shortened(fits, max(room, SHORTEST), glyphs.ellipsis)
