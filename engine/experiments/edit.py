"""Editing cells of a graph: the recalculation, zero_grad and a backward pass, on the same timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..ops import Op
from ..recording.log import Replacement
from ..recording.sheet import NoFormula, Sheet, same
from .broken import Rules, run_pass


@dataclass(frozen=True)
class Change:
    """What is typed into cells: numbers, overrides that are taken away, ops that are replaced."""

    numbers: Mapping[int, float] = field(default_factory=dict)
    released: frozenset[int] = frozenset()
    ops: Mapping[int, Op] = field(default_factory=dict)


@dataclass(frozen=True)
class Recalculated:
    """What a recalculation came to: how many cells were touched, changed, and depend on the edit."""

    touched: int
    changed: int
    descendants: int
    below: int
    """How many of the descendants were computed again."""
    stopped: tuple[int, ...] = ()
    """Cells that came out the same, where the wave stopped."""


def inverse(sheet: Sheet, change: Change) -> Change:
    """What takes a change back, before it is made."""
    released = {n for n in change.numbers if sheet.ops[n] is not None and n not in sheet.overrides}
    kept = {n: sheet.data[n] for n in (*change.numbers, *change.released) if n not in released}
    ops = {n: op for n in change.ops if (op := sheet.ops[n]) is not None}
    return Change(kept, frozenset(released), ops)


def edit(sheet: Sheet, change: Change) -> Recalculated:
    """Give cells new numbers and append the phase `recalculate`: a step a cell, old to new.

    An inner node that is given a number becomes an override: its parents keep their numbers, and it
    hands no gradient on. Released overrides, and nodes of another op, are computed by their formula.
    Where a cell would have to follow whose formula nobody knows, or that another index selects,
    NoFormula is raised and nothing changed.
    """
    log, edited = sheet.recording, {*change.numbers, *change.released, *change.ops}
    wave = _wave(sheet, change, edited)
    _replace(sheet, change.ops)
    sheet.unsettled = set()
    with log.appending():
        log.begin("recalculate")
        for node, _, number in wave:
            log.step(node)
            log.write(node, "data", number)
    for node, _, number in wave:
        sheet.data[node] = number
    return _counted(sheet, wave, edited)


def _wave(sheet: Sheet, change: Change, edited: set[int]) -> list[tuple[int, float, float]]:
    """What a change comes to, with the sheet's overrides and ops as they are then; or as they were."""
    overrides, ops = sheet.overrides, sheet.ops
    typed = {node for node in change.numbers if ops[node] is not None}
    sheet.overrides = (overrides - change.released) | typed
    if change.ops:
        sheet.ops = [change.ops.get(node, op) for node, op in enumerate(ops)]
    again = {*filter(sheet.follows, sheet.unsettled | edited)} - change.numbers.keys()
    try:
        wave = list(sheet.wave(change.numbers, again))
        _check_selections(sheet, wave)
        return wave
    except NoFormula:
        sheet.overrides, sheet.ops = overrides, ops
        raise


def _check_selections(sheet: Sheet, wave: Sequence[tuple[int, float, float]]) -> None:
    """Raise NoFormula where an index has moved: of a table only the entry that it chose is recorded."""
    for index, old, new in wave:
        for node in () if same(old, new) else sheet.consumers(index):
            op = sheet.ops[node]
            if (
                op is not None
                and op.name == "select"
                and sheet.follows(node)
                and sheet.parents(node)[1] == index
            ):
                raise NoFormula(node)


def _replace(sheet: Sheet, ops: Mapping[int, Op]) -> None:
    log = sheet.recording
    for node, op in ops.items():
        before = log.ops[node]
        assert before is not None
        log.replacements.append(Replacement(len(log), node, before, op))
        log.ops[node] = op
    log.applied = len(log.replacements)


def _counted(sheet: Sheet, wave: list[tuple[int, float, float]], edited: set[int]) -> Recalculated:
    moved = [node for node, old, new in wave if not same(old, new)]
    stopped = {node for node, _, _ in wave} - set(moved) - edited
    below = sheet.descendants(sorted(edited))
    again = sum(node in below for node, _, _ in wave)
    return Recalculated(len(wave), len(moved), len(below), again, tuple(sorted(stopped)))


def differentiate(sheet: Sheet) -> None:
    """Append zero_grad of every gradient that is not 0, and a backward pass on the numbers there are."""
    log = sheet.recording
    with log.appending():
        log.begin("zero_grad")
        for node, grad in enumerate(sheet.grads):
            if grad:
                log.step(node)
                log.write(node, "grad", 0.0)
        sheet.grads = [0.0] * log.node_count
        run_pass(log, sheet, Rules())


def circular(sheet: Sheet, node: int, needed: set[int]) -> int | None:
    """A cell that an edit of `node` is to be computed from and that is computed from it; None if none."""
    found = (sheet.descendants([node]) | {node}) & needed
    return min(found, default=None)
