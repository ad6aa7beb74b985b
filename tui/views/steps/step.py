"""The step pane's lines: the step by its chain rule and its reasons, then the ledgers of gradients."""

from textwrap import wrap
from typing import NamedTuple

from ....engine.recording.playback import Playback
from ...text.format import DIGITS, cells, change, shortened
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from .chain_rule import Equation, Explanation, explain, short_rule
from .chosen import chosen
from .ledger import Ledger
from .ledger_lines import SELECTED, SHORTEST, ledger_lines, ledger_nodes, title_line
from .source_line import shown_source, source_line

FULL = 18  # lines from which the ledgers stand apart under headings of their own
MOST_SOURCES = 3  # places in the program: of its writes, and where its node was made
PICKED = 4  # lines that the ledger of a node which was selected gets beside the step's own

# What lines are worth where there is no room for all: what has the greatest number goes first.
NUMBERS, REASON, RULE, PLACE, FOLLOWING = range(5)


class Part(NamedTuple):
    """Lines that are left out together, and what they are worth."""

    worth: int
    lines: tuple[Line, ...]


def step_lines(
    playback: Playback,
    selected: int | None,
    current: int | None,
    width: int,
    height: int,
    glyphs: Glyphs,
    digits: int = DIGITS,
    beside: bool = False,
) -> list[Line]:
    """Return at most `height` lines; numbers get lines of their own where `width` is narrow.

    `current` is the node the last step was about; the ledger of another one that is selected comes first,
    unless another pane shows it: then `selected` is None. `beside` another pass with another source, the
    lines of the program are left out, and there is room for the ledgers.
    """
    parts = rule_parts(playback, width, glyphs, digits, height >= FULL)
    room = height
    if beside:
        parts = [part for part in parts if part.worth != PLACE]
        room -= _ledger_room(playback)
    if _count(parts) > room:
        parts = rule_parts(playback, width, glyphs, digits, terse=True)
    while _count(parts) > room and (least := max(parts, key=lambda part: part.worth)).worth > NUMBERS:
        parts.remove(least)
    shown = [line for part in parts for line in part.lines][:height]
    above = ""
    for title, node in ledger_nodes(playback.step, selected, current, height >= FULL):
        apart = height >= FULL and title != above
        if height - len(shown) < 2 + 2 * apart and shown:
            break
        if apart:
            shown += [(), title_line(playback, title, node, digits)][not shown :]
        marked = title if title == SELECTED and not apart else ""
        room = height - len(shown)
        shown += ledger_lines(playback, node, width, room, glyphs, digits, marked)
        above = title
    return shown[:height]


def _ledger_room(playback: Playback) -> int:
    """How many lines the ledgers take of what a step adds to."""
    nodes = ledger_nodes(playback.step, None, None, full=False)
    return sum(
        1 + min(PICKED, len(Ledger(playback.recording, node, playback.position))) for _, node in nodes
    )


def step_title(playback: Playback) -> str:
    """Return what the last step was one of, and in which order they go."""
    if playback.recording.expected:
        return "step of the broken pass"
    phase = playback.recording.phase_of(max(0, playback.position - 1)).name
    return f"step: {_ORDERS[phase]}" if phase in _ORDERS and playback.position else "step"


_ORDERS = {
    "forward": "in topological order, inputs first",
    "backward": "the chain rule, in reverse topological order",
}


def step_height(
    playback: Playback,
    selected: int,
    current: int | None,
    width: int,
    glyphs: Glyphs,
    digits: int = DIGITS,
) -> int:
    """How many lines the step needs to be whole at a width, and the node that was selected beside it."""
    own = _count(rule_parts(playback, width, glyphs, digits))
    step = playback.step
    if step is not None and selected in (current, *(write.target for write in step.writes)):
        return own
    ledger = Ledger(playback.recording, selected, playback.position)
    return own + min(1 + bool(ledger.before) + len(ledger), PICKED)


def rule_parts(
    playback: Playback,
    width: int,
    glyphs: Glyphs,
    digits: int = DIGITS,
    full: bool = False,
    terse: bool = False,
) -> list[Part]:
    """Return all there is to say of the step that led here; in `full` also the rule it goes by.

    Where it is `terse`, contributions are on one line with what they are derivatives of and by.
    """
    step = playback.step
    if step is None:
        return []
    explained = explain(playback.recording, step, glyphs, digits)
    parts = _heading(explained, width)
    node = -1 if step.node is None else step.node
    if node >= 0 and (row := chosen(playback.recording, node, playback.position)):
        parts.append(_sentence(NUMBERS, row, width))
    if full and step.phase == "backward" and step.node is not None and explained.equations:
        rule = f"chain rule: incoming gradient {glyphs.times} local derivative = contribution"
        parts.append(Part(RULE, ((), ((rule, "header"),))))
    visited = step.node if step.phase == "backward" and terse else None
    for i, equation in enumerate(explained.equations):
        short = ""
        if visited is not None and equation.local:  # a contribution, of which there is one a write
            short = short_rule(playback.recording, visited, step.writes[i].slot)
        parts += _equation_parts(equation, width, glyphs, digits, short)
    parts += [_sentence(REASON, note, width) for note in explained.notes]
    ran = [write.source for write in step.writes if write.source]
    for source in list(dict.fromkeys([*ran, explained.source]))[:MOST_SOURCES]:
        if source:
            parts.append(Part(PLACE, (_origin(source),)))
    if explained.following:
        parts.append(_sentence(FOLLOWING, explained.following, width))
    return parts


def _origin(source: str) -> Line:
    """The line of code that made a node, and where it stands; only where, if it cannot be read."""
    text, place = source_line(source), shown_source(source)
    return ((text, ""), (f"   {place}", "dim")) if text else ((f"made at {place}", "dim"),)


def _count(parts: list[Part]) -> int:
    return sum(len(part.lines) for part in parts)


def _sentence(worth: int, text: str, width: int, style: str = "dim", indent: str = "") -> Part:
    """A sentence or a formula, on as many lines as it needs."""
    room = max(width - (cells(text) - len(text)), 2 * SHORTEST)  # `wrap` takes an ideograph for one cell
    lines = wrap(text, room, initial_indent=indent, subsequent_indent=2 * indent)
    return Part(worth, tuple(((line, style),) for line in lines))


def _heading(explained: Explanation, width: int) -> list[Part]:
    """What happens and why now, on one line where both fit."""
    heading, why = (explained.heading, "strong"), explained.why
    style = "warning" if why.early else "dim"
    if why.text and cells(explained.heading) + cells(why.text) + 3 <= width:
        return [Part(NUMBERS, ((heading, (f"   {why.text}", style)),))]
    worth = NUMBERS if why.early else REASON  # that a node fires too early is what there is to see
    reason = [_sentence(worth, why.text, width, style)] if why.text else []
    return [Part(NUMBERS, ((heading,),)), *reason]


def _equation_parts(
    equation: Equation, width: int, glyphs: Glyphs, digits: int, short: str
) -> list[Part]:
    moved = equation.before is not None
    changed = _change(equation, width, glyphs, digits) if moved else ()
    if equation.cell:
        whole: Line = ((equation.factors("  "), ""), ("   ", ""), *changed)
    elif moved:
        whole = ((f"{equation.symbols} = {equation.numbers}", ""), ("   ", ""), *changed)
    else:  # a new number: nothing changed
        whole = ((f"{equation.symbols} = {equation.numbers}", ""),)
    if _width(whole) <= width:
        return [Part(NUMBERS, (whole,))]
    terse: Line = ((equation._replace(symbols=short).factors(), ""), (" ", ""), *changed)
    if short and _width(terse) <= width:
        return [Part(NUMBERS, (terse,))]
    return _broken(equation, changed, width)


def _broken(equation: Equation, changed: Line, width: int) -> list[Part]:
    """An equation on several lines: its numbers, its change, its formula."""
    lines = _worked_lines(equation.numbers, width)
    together = (*lines[0], ("   ", ""), *changed)
    if changed and len(lines) == 1 and _width(together) <= width:
        lines = [together]
    elif changed:
        lines.append((("  ", ""), *changed))
    numbers = Part(NUMBERS, tuple(lines))
    if not equation.symbols:
        return [numbers]
    if not equation.cell:
        return [Part(RULE, (((equation.symbols, ""),),)), numbers]
    return [numbers, _sentence(RULE, f"local {equation.symbols} = {equation.local}", width, indent="  ")]


def _width(line: Line) -> int:
    return sum(cells(text) for text, _ in line)


def _worked_lines(numbers: str, width: int) -> list[Line]:
    """One line, or two where the numbers are too long for one: no number is ever cut."""
    if len(numbers) + 2 <= width:
        return [(("  " + numbers, ""),)]
    worked, _, result = numbers.rpartition(" = ")
    return [(("  " + worked, ""),), (("  = " + result, ""),)]


def _change(equation: Equation, width: int, glyphs: Glyphs, digits: int) -> Line:
    grad = equation.field == "grad"
    sign = "warning" if equation.lost else sign_style(equation.after) if grad else ""
    before, after = change(equation.before, equation.after, grad, digits, width - 7)
    lost = "  contribution lost!" if equation.lost else ""
    moved = f"{before} {glyphs.arrow} {after}"
    room = max(SHORTEST, width - cells(f"    {glyphs.changed} {moved}{lost}"))
    cell = equation.cell if cells(equation.cell) <= room else equation.cell.rpartition("/")[2]
    cell = f"{shortened(cell, room, glyphs.ellipsis)} " if cell else ""
    return ((f"{glyphs.changed} ", "changed"), (cell, ""), (moved, sign), (lost, "warning"))
