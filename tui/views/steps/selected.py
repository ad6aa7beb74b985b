"""What there is to say of one node: its numbers, the ledger of its gradient, the line that made it."""

from ....engine.recording.playback import Playback
from ...text.format import number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from .chain_rule import formula, name
from .chosen import chosen
from .ledger import Entry, Ledger
from .ledger_lines import before_line
from .source_line import place_of, shown_source, source_lines

AROUND = 2
"""Lines of the source shown before and after the one that made a node."""


def selected_lines(playback: Playback, node: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return at most `height` lines about a node."""
    recording = playback.recording
    data, grad = playback.value(node, "data"), playback.value(node, "grad")
    lines: list[Line] = [((formula(recording, node), "strong"),)]
    if recording.scopes[node]:
        lines.append(((f"in {plain(recording.scopes[node])}", "dim"),))
    if row := chosen(recording, node, playback.position):
        lines.append(((row, "dim"),))
    numbers = (("data ", "dim"), (number(data), ""), ("   grad ", "dim"))
    lines.append((*numbers, (number(grad, True), sign_style(grad))))
    source = _source_lines(recording.sources.get(node, ""), glyphs)
    lines += _ledger_lines(playback, node, max(2, height - len(lines) - len(source)), glyphs)
    return (lines + source)[:height]


def _ledger_lines(playback: Playback, node: int, room: int, glyphs: Glyphs) -> list[Line]:
    ledger = Ledger(playback.recording, node, playback.position)
    if not len(ledger) and playback.phase.name != "backward":
        return [(("its gradient comes in backward", "dim"),)]
    kept = before_line(ledger, glyphs)
    first, last = ledger.window(room - 1 - len(kept))
    head = f"{ledger.received} of {len(ledger)} contributions to its gradient"
    if last - first < len(ledger):
        head += f", {first + 1}-{last} shown"
    return [
        ((head, "dim"),),
        *kept,
        *(_entry(playback, each, glyphs) for each in ledger.entries(first, last)),
    ]


def _entry(playback: Playback, entry: Entry, glyphs: Glyphs) -> Line:
    who = "the seed" if entry.consumer is None else name(playback.recording, entry.consumer)
    slot = f", argument {entry.slot + 1}" if entry.slot is not None else ""
    if not entry.received:
        return ((f"  {glyphs.waiting} {'':>10} from {who}{slot}", "dim"),)
    amount = (f"{number(entry.amount, True):>10}", sign_style(entry.amount))
    lost = [(" LOST", "warning")] if entry.lost else []
    return ((f"  {glyphs.done} ", ""), amount, (f" from {who}{slot}", ""), *lost)


def _source_lines(source: str, glyphs: Glyphs) -> list[Line]:
    """The line that made a node and those around it, where the file can be read."""
    if not source:
        return []
    lines: list[Line] = [((f"made at {shown_source(source)}", "dim"),)]
    file, at = place_of(source)
    if file:
        for number_, text in _text_around(file, at):
            mark = glyphs.current if number_ == at else " "
            style = "" if number_ == at else "dim"
            lines.append(((f"{mark}{number_:>5} ", "changed" if style == "" else "dim"), (text, style)))
    return lines


def _text_around(file: str, at: int) -> list[tuple[int, str]]:
    text = source_lines(file)
    numbers = range(max(1, at - AROUND), min(len(text), at + AROUND) + 1)
    found = [(n, plain(text[n - 1].rstrip())) for n in numbers]
    return found if any(line for _, line in found) else []
