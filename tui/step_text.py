"""What the step pane says: the chain rule of the step that led here, and the ledgers it touches."""

from .chain_rule import Explanation, explain, name
from .chain_rule import Line as RuleLine
from .glyphs import Glyphs
from .ledger import Entry, Ledger
from .session import Session
from .text import number

Piece = tuple[str, str]
Line = tuple[Piece, ...]


def step_lines(session: Session, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return at most `height` lines; numbers get lines of their own where `width` is narrow."""
    step = session.playback.step
    lines: list[Line] = []
    if step is not None:
        told = explain(session.recording, step, glyphs)
        lines.append(((told.heading, "strong"),))
        lines += _rule_lines(told, width, glyphs)
        if told.source:
            lines.append(((f"made at {told.source}", "dim"),))
    for i, node in enumerate(_ledger_nodes(session)):
        room = height - len(lines)
        if room < 2 and i:
            break
        lines += _ledger_lines(session, node, room, glyphs)
    return lines[:height]


def _rule_lines(told: Explanation, width: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    for line in told.lines:
        worked: Line = (("  " + line.numbers, ""),)
        lines.append(((line.symbols, ""),))
        if line.before is None:  # a new number: there is no change to tell
            lines.append(worked)
        elif len(line.numbers) + 28 <= width:
            lines.append((*worked, ("   ", ""), *_change(line, glyphs)))
        else:
            lines += [worked, (("  ", ""), *_change(line, glyphs))]
    return lines


def _change(line: RuleLine, glyphs: Glyphs) -> Line:
    grad = line.field == "grad"
    sign = "warning" if line.lost else _sign(line.after) if grad else ""
    return (
        (f"{glyphs.changed} ", "changed"),
        (f"{number(line.before)} {glyphs.arrow} {number(line.after, signed=grad)}", sign),
        ("  contribution lost!" if line.lost else "", "warning"),
    )


def _sign(x: float) -> str:
    return "positive" if x > 0 else "negative" if x < 0 else ""


def _ledger_nodes(session: Session) -> list[int]:
    """Whose ledgers to show: the selected node's if it was picked, then those just written to."""
    step, nodes = session.playback.step, []
    if session.selected != session.current or not step or not step.writes:
        nodes.append(session.selected)
    if step and step.phase == "backward":
        nodes += [write.target for write in step.writes]
    return list(dict.fromkeys(nodes))


def _ledger_lines(session: Session, node: int, room: int, glyphs: Glyphs) -> list[Line]:
    ledger = Ledger(session.recording, node, session.playback.position)
    grad = session.playback.value(node, "grad")
    who = name(session.recording, node)
    if not len(ledger):
        return [((f"{who}.grad ", "strong"), (f"{number(grad, True)}: nothing contributes", "dim"))]
    if ledger.waiting:
        state = (f"waits for {ledger.waiting} of {len(ledger)}", "changed")
    else:
        state = (f"complete, {len(ledger)} of {len(ledger)} {glyphs.done}", "dim")
    head: Line = ((f"{who}.grad ", "strong"), (f"{number(grad, True)}  ", _sign(grad or 0)), state)
    first, last = ledger.window(max(0, min(room - 1, 12)))
    lines = [_entry_line(session, entry, glyphs) for entry in ledger.entries(first, last)]
    if lines and last - first < len(ledger):
        lines[-1] = (*lines[-1], (f"  {first + 1}-{last} of {len(ledger)}", "dim"))
    return [head, *lines]


def _entry_line(session: Session, entry: Entry, glyphs: Glyphs) -> Line:
    who = "the seed" if entry.consumer is None else name(session.recording, entry.consumer)
    slot = f", argument {entry.slot + 1}" if entry.slot is not None else ""
    if not entry.received:
        return ((f"  {glyphs.waiting} {'':>10} from {who}{slot}", "dim"),)
    amount = entry.amount
    return (
        (f"  {glyphs.done} ", ""),
        (f"{number(amount, True):>10}", _sign(amount or 0)),
        (f" from {who}{slot}", ""),
    )
