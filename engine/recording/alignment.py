"""Two recordings of one computation on one timeline: which position of one is that of the other."""

import math

from .log import Phase, Recording, Step


def aligned(one: Recording, position: int, other: Recording) -> int:
    """Return the position of `other` that is as far in the phase of that name as `position` is in `one`.

    A phase that `other` has not is passed by; where it goes no further, it stays at the end of its own.
    """
    done = [phase for phase in one.phases if phase.start < position]
    if not done:
        return 0
    phase = done[-1]
    nth = sum(before.name == phase.name for before in done[:-1])
    same = [each for each in other.phases if each.name == phase.name]
    if nth >= len(same):
        return aligned(one, phase.start, other)
    if position == phase.end:
        return same[nth].end
    unseeded = _seeds(other, same[nth]) - _seeds(one, phase)  # the one visits what the other will next
    return min(same[nth].end, same[nth].start + position - phase.start + unseeded)


def _seeds(log: Recording, phase: Phase) -> bool:
    return phase.name == "backward" and phase.end > phase.start and log.step_node[phase.start] < 0


def first_difference(one: Recording, other: Recording, tolerance: float = 1e-3) -> int:
    """Return the position of `one` after its first step that is another one in `other`; -1 for none."""
    for phase in one.phases:
        for index in range(phase.start, phase.end):
            if phase.name not in (each.name for each in other.phases):
                continue
            at = _at(one, index, other)
            if at is None or not _same(one.step_at(index), other.step_at(at), tolerance):
                return index + 1
    return len(one) if first_missing(one, other) >= 0 else -1


def _at(one: Recording, index: int, other: Recording) -> int | None:
    """The step of `other` that is the same one by its place in its phase; None where it has ended."""
    phase = one.phase_of(index)
    same = next(each for each in other.phases if each.name == phase.name)
    at = same.start + index - phase.start
    return at if at < same.end else None


def _same(one: Step, other: Step, tolerance: float) -> bool:
    if one.node != other.node:
        return False
    ends = [{(w.target, w.field): w.after for w in step.writes} for step in (one, other)]
    if ends[0].keys() != ends[1].keys():
        return False
    return all(close(x, ends[1][cell], tolerance) for cell, x in ends[0].items())


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are the same as well as one of them could be measured."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) or (a != a and b != b)


def first_missing(one: Recording, other: Recording) -> int:
    """Return the position of `other` after its first step that `one` has not come to; -1 for none."""
    lengths = {phase.name: phase.end - phase.start for phase in one.phases}
    for phase in other.phases:
        if (done := lengths.get(phase.name, 0)) < phase.end - phase.start:
            return phase.start + done + 1
    return -1
