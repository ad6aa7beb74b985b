"""Editing cells of a graph: the recalculation, zero_grad and a backward pass, on the same timeline."""

from collections.abc import Mapping
from dataclasses import dataclass

from .broken import Rules, run_pass, undifferentiated
from .sheet import Sheet, same

__all__ = ["Recalculated", "circular", "differentiate", "edit", "undifferentiated"]


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


def edit(
    sheet: Sheet, edits: Mapping[int, float], released: frozenset[int] = frozenset()
) -> Recalculated:
    """Give cells new numbers and append the phase `recalculate`: a step a cell, old to new.

    An inner node that is given a number becomes an override: its parents keep their numbers, and it
    hands no gradient on. `released` overrides are computed by their formula again.
    """
    sheet.overrides -= released
    again = {node: sheet.compute(node, {}) for node in released if sheet.computed(node)}
    wave = list(sheet.wave({**again, **edits}))
    sheet.overrides |= {node for node in edits if sheet.ops[node] is not None}
    log = sheet.recording
    with log.appending():
        log.begin("recalculate")
        for node, _, number in wave:
            log.step(node)
            log.write(node, "data", number)
    for node, _, number in wave:
        sheet.data[node] = number
    return _counted(sheet, wave, {*again, *edits})


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
