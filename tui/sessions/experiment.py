"""Experiments that a command line names: cells set, a pass broken on purpose, a cell nudged."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...engine.experiments.breaks import BadBreak, rules_of, separated
from ...engine.experiments.broken import Broken, TooManyVisits, break_pass
from ...engine.experiments.cells import NoSuchCell, cell_named
from ...engine.experiments.edit import Change, Recalculated, circular, differentiate, edit
from ...engine.experiments.nudge import Nudge, default_step, nudge
from ...engine.ops import OPS, Op, op_named
from ...engine.recording.copies import undifferentiated
from ...engine.recording.log import Recording
from ...engine.recording.sheet import NoFormula, Sheet
from ...engine.sources.expression import ExpressionError
from ...engine.sources.formula import Formula
from ..text.format import number, plain
from .target import BadTarget, Opened


@dataclass(frozen=True)
class Edited:
    """A graph some of whose cells were set, and what that came to."""

    opened: Opened
    came_to: Recalculated


def set_cells(opened: Opened, texts: Sequence[str]) -> Edited:
    """Set cells, `NAME=NUMBER`, `=FORMULA` or `=OP`: recalculate, zero_grad, backward, a new timeline."""
    sheet = Sheet(undifferentiated(opened.recording), opened.recording)
    edits: dict[int, float | Op] = {}
    for text in texts:
        node, meant = _edit(sheet, text)
        if node in edits:
            raise BadTarget(f"{plain(sheet.recording.name(node))} is set twice")
        edits[node] = meant
    ops = {node: meant for node, meant in edits.items() if isinstance(meant, Op)}
    numbers = {node: meant for node, meant in edits.items() if not isinstance(meant, Op)}
    try:
        came_to = edit(sheet, Change(numbers, ops=ops))
    except NoFormula as error:
        raise BadTarget(cannot_be(sheet, edits, error.node, "edited")) from None
    differentiate(sheet)
    return Edited(replace(opened, recording=sheet.recording, root=None, parameters=[]), came_to)


def _edit(sheet: Sheet, text: str) -> tuple[int, float | Op]:
    name, equals, formula = (part.strip() for part in text.partition("="))
    if not equals or not name or not formula:
        raise BadTarget(f"{plain(text)!r} is not NAME=NUMBER")
    node = _cell(sheet.recording, name)
    return node, fitting_op(sheet, node, formula) or cell_number(sheet, node, formula)


def fitting_op(sheet: Sheet, node: int, text: str) -> Op | None:
    """The op that a text names, `tanh`, `+` or `**3`; BadTarget where it takes other arguments."""
    power = [op_named(text)] if text.startswith("**") else []
    named = [op for op in (*OPS.values(), *power) if op.vjps and text in (op.name, op.symbol)]
    count = len(sheet.parents(node))
    fitting = next((op for op in named if len(op.vjps or ()) == count), None)
    if fitting or not named or text in names(sheet.recording):
        return fitting
    called, taken = plain(sheet.recording.name(node)), len(named[0].vjps or ())
    if not count:
        raise BadTarget(f"{called} is a leaf: it is given a number, and no op such as {text}")
    raise BadTarget(f"{called} is computed from {count}, and {text} takes {taken}")


def _cell(recording: Recording, name: str) -> int:
    try:
        return cell_named(recording, name)
    except NoSuchCell as error:
        raise BadTarget(plain(str(error))) from None


def cell_number(sheet: Sheet, node: int, text: str) -> float:
    """The number that a typed text gives a cell: a number, or a formula of the graph's names."""
    try:
        return float(text)
    except ValueError:
        pass
    called, named = sheet.recording.name(node), names(sheet.recording)
    try:
        formula = Formula(text, named)
    except ExpressionError as error:
        raise BadTarget(f"{plain(called)} needs a number or a formula: {plain(str(error))}") from None
    by = circular(sheet, node, {named[name] for name in formula.names})
    if by is not None:
        other = sheet.recording.name(by)
        why = "itself" if by == node else f"{other}, which is computed from it"
        raise BadTarget(f"{plain(called)} cannot be computed from {plain(why)}")
    return formula({name: sheet.data[named[name]] for name in formula.names})


def cannot_follow(sheet: Sheet, nodes: Sequence[int], verb: str) -> str:
    """Why cells cannot be nudged: one below has an op without a formula; "" if they can."""
    fixed = sheet.fixed_below(nodes)
    return "" if fixed is None else cannot_be(sheet, nodes, fixed, verb)


def cannot_be(sheet: Sheet, nodes: Iterable[int], fixed: int, verb: str) -> str:
    """That some cells cannot be changed, since an op without a formula follows from one of them."""
    op = sheet.ops[fixed]
    above = next((node for node in nodes if fixed in sheet.descendants([node])), fixed)
    called, below = (plain(sheet.recording.name(node)) for node in (above, fixed))
    selects = op is not None and op.name == "select"
    unknown = f"no formula of {plain(op.name if op else '')} is known"
    unknown = "of its table only the entry chosen is recorded" if selects else unknown
    why = unknown if above == fixed else f"{below} follows from it, and {unknown}"
    return f"{called} cannot be {verb}: {why}"


def names(recording: Recording) -> dict[str, int]:
    """The cells by the names that a formula can use: labels that one node alone has."""
    found: dict[str, int] = {}
    repeated = set[str]()
    for node, label in recording.labels.items():
        repeated |= {label} & found.keys()
        found[label] = node
    return {name: node for name, node in found.items() if name not in repeated}


@dataclass(frozen=True)
class BrokenPass:
    """A graph with its broken backward pass, and what is wrong in it."""

    opened: Opened
    broken: Broken


def break_backward(opened: Opened, texts: Sequence[str]) -> BrokenPass:
    """Run the backward pass again with breaks, `NAME[,NAME]`; a live graph is left as it is."""
    try:
        rules = rules_of([part for text in texts for part in separated(text)], opened.recording)
        broken = break_pass(opened.recording, rules)
    except (BadBreak, TooManyVisits) as error:
        raise BadTarget(plain(str(error))) from None
    return BrokenPass(replace(opened, recording=broken.recording, root=None, parameters=[]), broken)


def nudge_cell(opened: Opened, name: str, by: str | None) -> Nudge:
    """Nudge the cell that a name means, by a number or by a thousandth of its size."""
    node, sheet = (
        _cell(opened.recording, name),
        Sheet(undifferentiated(opened.recording), opened.recording),
    )
    if refusal := cannot_follow(sheet, [node], "nudged"):
        raise BadTarget(refusal)
    value = sheet.data[node]
    return nudge(sheet, node, default_step(value) if by is None else step_size(by, name, value))


def step_size(text: str, name: str, value: float) -> float:
    """Read by how much a cell is nudged; raise BadTarget where it is none, or does not move the cell."""
    try:
        step = float(text)
    except ValueError:
        step = math.nan
    if not math.isfinite(step) or not step:
        raise BadTarget(f"a nudge is by a finite number that is not 0, not {plain(text)!r}")
    if value + step == value:
        raise BadTarget(f"{number(step)} is too small to move {plain(name)}, which is {number(value)}")
    return step
