"""What the step pane says: the chain rule of the step that led here, and the ledgers it touches."""

from ..sessions.stepping import SteppingSession
from ..text.format import number, shortened
from ..text.glyphs import Glyphs
from .chain_rule import Explanation, explain, name
from .chain_rule import Line as RuleLine
from .ledger import Entry, Ledger

Piece = tuple[str, str]
Line = tuple[Piece, ...]
SHORTEST = 8  # cells that a name keeps, whatever stands beside it


def step_lines(session: SteppingSession, width: int, height: int, glyphs: Glyphs) -> list[Line]:
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
        lines += _ledger_lines(session, node, width, room, glyphs)
    return lines[:height]


def _rule_lines(told: Explanation, width: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    for line in told.lines:
        worked = _worked_lines(line.numbers, width)
        lines.append(((line.symbols, ""),))
        if line.before is None:  # a new number: there is no change to tell
            lines += worked
        elif len(line.numbers) + 28 <= width:
            lines.append((*worked[0], ("   ", ""), *_change(line, glyphs)))
        else:
            lines += [*worked, (("  ", ""), *_change(line, glyphs))]
    return lines


def _worked_lines(numbers: str, width: int) -> list[Line]:
    """One line, or two where the numbers are too long for one: no number is ever cut."""
    if len(numbers) + 2 <= width:
        return [(("  " + numbers, ""),)]
    factors, _, result = numbers.rpartition(" = ")
    return [(("  " + factors, ""),), (("  = " + result, ""),)]


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


def _ledger_nodes(session: SteppingSession) -> list[int]:
    """Whose ledgers to show: the selected node's if it was picked, then those just written to."""
    step, nodes = session.playback.step, []
    if session.selected != session.current or not step or not step.writes:
        nodes.append(session.selected)
    if step and step.phase == "backward":
        nodes += [write.target for write in step.writes]
    return list(dict.fromkeys(nodes))


def _ledger_lines(
    session: SteppingSession, node: int, width: int, room: int, glyphs: Glyphs
) -> list[Line]:
    ledger = Ledger(session.recording, node, session.playback.position)
    first, last = ledger.window(max(0, min(room - 1, 12)))
    lines = [_entry_line(session, entry, width, glyphs) for entry in ledger.entries(first, last)]
    if lines and last - first < len(ledger):
        lines[-1] = (*lines[-1], (f"  {first + 1}-{last} of {len(ledger)}", "dim"))
    return [_ledger_head(session, node, ledger, width, glyphs), *lines]


def _ledger_head(session: SteppingSession, node: int, ledger: Ledger, width: int, glyphs: Glyphs) -> Line:
    grad = session.playback.value(node, "grad")
    if not len(ledger):
        backward = session.playback.phase.name == "backward"
        state = ("nothing contributes" if backward else "comes in backward", "dim")
    elif ledger.waiting:
        state = (f"waits for {ledger.waiting} of {len(ledger)}", "changed")
    else:
        state = (f"complete, {len(ledger)} of {len(ledger)} {glyphs.done}", "dim")
    said = f"{number(grad, True)}  "
    room = width - len(f".grad {said}{state[0]}")
    return ((f"{_called(session, node, room, glyphs)}.grad ", "strong"), (said, _sign(grad or 0)), state)


def _entry_line(session: SteppingSession, entry: Entry, width: int, glyphs: Glyphs) -> Line:
    slot = f", argument {entry.slot + 1}" if entry.slot is not None else ""
    room = width - len(f"  {glyphs.done} {'':>10} from {slot}")
    who = "the seed" if entry.consumer is None else _called(session, entry.consumer, room, glyphs)
    if not entry.received:
        return ((f"  {glyphs.waiting} {'':>10} from {who}{slot}", "dim"),)
    amount = entry.amount
    return (
        (f"  {glyphs.done} ", ""),
        (f"{number(amount, True):>10}", _sign(amount or 0)),
        (f" from {who}{slot}", ""),
    )


def _called(session: SteppingSession, node: int, room: int, glyphs: Glyphs) -> str:
    """The node's name, shortened before a number beside it would be: to `SHORTEST` at most."""
    return shortened(name(session.recording, node), max(room, SHORTEST), glyphs.ellipsis)
