"""The trace of a backward pass: a line a step, for pipes, for screen readers, for dumb terminals."""

from collections.abc import Iterator
from dataclasses import replace

from ...engine.recording.log import Recording
from ..text.format import number
from ..text.glyphs import ASCII
from . import chain_rule

GLYPHS = replace(ASCII, times="*", arrow="->")


def trace_lines(title: str, recording: Recording) -> Iterator[str]:
    """Yield the trace: what the graph is, then a line a backward step, or update."""
    root = chain_rule.name(recording, recording.root)
    loss = number(recording.value(recording.root, "data", len(recording)))
    yield f"{title}: {recording.node_count} nodes, root {root} = {loss}"
    for phase in recording.phases:
        if phase.name in ("backward", "update"):
            for index in range(phase.start, phase.end):
                yield step_line(recording, index)


def step_line(recording: Recording, index: int) -> str:
    """Return one step as one line: where, what, and the chain rule spelled out."""
    phase = recording.phase_of(index)
    explained = chain_rule.explain(recording, recording.step_at(index), GLYPHS)
    place = f"{phase.name} {index + 1 - phase.start} of {phase.end - phase.start}"
    equations = "; ".join(map(_written, explained.equations))
    return f"{place}: {explained.heading}{': ' if equations else ''}{equations}"


def _written(equation: chain_rule.Equation) -> str:
    before, after = equation.before, equation.after
    change = "" if before is None else f" ({number(before)} -> {number(after)})"
    return f"{equation.symbols} = {equation.numbers}{change}{' LOST' if equation.lost else ''}"
