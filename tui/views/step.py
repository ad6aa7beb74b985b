"""The step pane's lines: the chain rule of the step that led here, and the gradients it adds to."""

from ...engine.recording.log import Step
from ...engine.recording.playback import Playback
from ..text.format import number, shortened
from ..text.glyphs import Glyphs
from ..text.lines import Line, sign_style
from .chain_rule import Equation, Explanation, explain, name
from .ledger import Entry, Ledger

SHORTEST = 8  # cells that a name keeps, whatever stands beside it


def step_lines(
    playback: Playback, selected: int, current: int | None, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return at most `height` lines; numbers get lines of their own where `width` is narrow.

    `current` is the node the last step was about; the ledger of another one that is selected comes first.
    """
    step = playback.step
    lines: list[Line] = []
    if step is not None:
        explained = explain(playback.recording, step, glyphs)
        lines.append(((explained.heading, "strong"),))
        lines += _rule_lines(explained, width, glyphs)
        if explained.source:
            lines.append(((f"made at {explained.source}", "dim"),))
    for i, node in enumerate(_ledger_nodes(step, selected, current)):
        room = height - len(lines)
        if room < 2 and i:
            break
        lines += _ledger_lines(playback, node, width, room, glyphs)
    return lines[:height]


def _rule_lines(explained: Explanation, width: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    for equation in explained.equations:
        worked = _worked_lines(equation.numbers, width)
        lines.append(((equation.symbols, ""),))
        if equation.before is None:  # a new number: nothing changed
            lines += worked
        elif len(equation.numbers) + 28 <= width:
            lines.append((*worked[0], ("   ", ""), *_change(equation, glyphs)))
        else:
            lines += [*worked, (("  ", ""), *_change(equation, glyphs))]
    return lines


def _worked_lines(numbers: str, width: int) -> list[Line]:
    """One line, or two where the numbers are too long for one: no number is ever cut."""
    if len(numbers) + 2 <= width:
        return [(("  " + numbers, ""),)]
    factors, _, result = numbers.rpartition(" = ")
    return [(("  " + factors, ""),), (("  = " + result, ""),)]


def _change(equation: Equation, glyphs: Glyphs) -> Line:
    grad = equation.field == "grad"
    sign = "warning" if equation.lost else sign_style(equation.after) if grad else ""
    return (
        (f"{glyphs.changed} ", "changed"),
        (f"{number(equation.before)} {glyphs.arrow} {number(equation.after, signed=grad)}", sign),
        ("  contribution lost!" if equation.lost else "", "warning"),
    )


def _ledger_nodes(step: Step | None, selected: int, current: int | None) -> list[int]:
    """Whose ledgers to show: the selected node's if it was picked, then those just written to."""
    nodes = []
    if selected != current or not step or not step.writes:
        nodes.append(selected)
    if step and step.phase == "backward":
        nodes += [write.target for write in step.writes]
    return list(dict.fromkeys(nodes))


def _ledger_lines(playback: Playback, node: int, width: int, room: int, glyphs: Glyphs) -> list[Line]:
    ledger = Ledger(playback.recording, node, playback.position)
    first, last = ledger.window(max(0, min(room - 1, 12)))
    lines = [_entry_line(playback, entry, width, glyphs) for entry in ledger.entries(first, last)]
    if lines and last - first < len(ledger):
        lines[-1] = (*lines[-1], (f"  {first + 1}-{last} of {len(ledger)}", "dim"))
    return [_ledger_head(playback, node, ledger, width, glyphs), *lines]


def _ledger_head(playback: Playback, node: int, ledger: Ledger, width: int, glyphs: Glyphs) -> Line:
    grad = playback.value(node, "grad")
    if not len(ledger):
        backward = playback.phase.name == "backward"
        state = ("nothing contributes" if backward else "comes in backward", "dim")
    elif ledger.waiting:
        state = (f"waits for {ledger.waiting} of {len(ledger)}", "changed")
    else:
        state = (f"complete, {len(ledger)} of {len(ledger)} {glyphs.done}", "dim")
    held = f"{number(grad, True)}  "
    room = width - len(f".grad {held}{state[0]}")
    called = _called(playback, node, room, glyphs)
    return ((f"{called}.grad ", "strong"), (held, sign_style(grad)), state)


def _entry_line(playback: Playback, entry: Entry, width: int, glyphs: Glyphs) -> Line:
    slot = f", argument {entry.slot + 1}" if entry.slot is not None else ""
    room = width - len(f"  {glyphs.done} {'':>10} from {slot}")
    who = "the seed" if entry.consumer is None else _called(playback, entry.consumer, room, glyphs)
    if not entry.received:
        return ((f"  {glyphs.waiting} {'':>10} from {who}{slot}", "dim"),)
    amount = entry.amount
    return (
        (f"  {glyphs.done} ", ""),
        (f"{number(amount, True):>10}", sign_style(amount)),
        (f" from {who}{slot}", ""),
    )


def _called(playback: Playback, node: int, room: int, glyphs: Glyphs) -> str:
    """The node's name, shortened before a number beside it would be: to `SHORTEST` at most."""
    return shortened(name(playback.recording, node), max(room, SHORTEST), glyphs.ellipsis)
