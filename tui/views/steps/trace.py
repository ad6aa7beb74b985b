"""The trace of a backward pass: a line a step, for pipes, for screen readers, for dumb terminals."""

from collections.abc import Iterator
from dataclasses import replace

from ....engine.recording.log import Recording
from ...text.format import DIGITS, change, number
from ...text.glyphs import ASCII
from . import chain_rule
from .source_line import shown_source, source_line
from .wrong import right_gradient

SHOWN = ("backward", "clip", "update", "recalculate")
GLYPHS = replace(ASCII, times="*", arrow="->")


def trace_lines(title: str, recording: Recording, digits: int = DIGITS) -> Iterator[str]:
    """Yield the trace: what the graph is, a line a backward step or update, the leaves' gradients."""
    root = chain_rule.name(recording, recording.root)
    loss = number(recording.value(recording.root, "data", len(recording)), digits=digits)
    yield f"{title}: {recording.node_count} nodes, root {root} = {loss}"
    for phase in recording.phases:
        if phase.name in SHOWN:
            for index in range(phase.start, phase.end):
                yield step_line(recording, index, digits)
    yield from gradient_lines(recording, digits)


def gradient_lines(recording: Recording, digits: int = DIGITS) -> Iterator[str]:
    """Yield what the last backward pass left in the leaves; those without a name only if none has one."""
    end = max(
        (phase.end for phase in recording.phases if phase.name in ("backward", "clip")), default=None
    )
    leaves = [node for node, op in enumerate(recording.ops) if op is None]
    if end is None or not leaves:
        return
    shown = [node for node in leaves if node in recording.labels] or leaves
    others = len(leaves) - len(shown)
    unnamed = f"; {others} more without a name" if others else ""
    yield f"gradients of {len(shown)} {'leaf' if len(shown) == 1 else 'leaves'}{unnamed}:"
    for node in shown:
        grad = number(recording.value(node, "grad", end) or 0.0, digits=digits)
        right = right_gradient(recording, node, end)
        beside = f", right is {number(right, digits=digits)}" if right is not None else ""
        yield f"  {chain_rule.called(recording, node)}.grad = {grad}{beside}"


def step_line(recording: Recording, index: int, digits: int = DIGITS) -> str:
    """Return one step as one line: where, what and why now, the chain rule by its names, what follows."""
    phase = recording.phase_of(index)
    step = recording.step_at(index)
    explained = chain_rule.explain(recording, step, GLYPHS, digits)
    place = f"{phase.name} {index + 1 - phase.start} of {phase.end - phase.start}"
    why = f" ({explained.why.text})" if explained.why.text else ""
    equations = [_written(equation, digits) for equation in explained.equations]
    lost = [_line_that_lost(write.source) for write in step.writes if chain_rule.is_lost(write)]
    said = "; ".join(filter(None, (*equations, *lost, *explained.notes, explained.following)))
    return f"{place}: {explained.heading}{why}{': ' if said else ''}{said}"


def _line_that_lost(source: str) -> str:
    return f"lost at {shown_source(source)}: {source_line(source)}" if source else ""


def _written(equation: chain_rule.Equation, digits: int) -> str:
    lost = " LOST" if equation.lost else ""
    if not equation.cell:
        moved = f" ({_moved(equation, digits)})" if equation.before is not None else ""
        return f"{equation.symbols} = {equation.numbers}{moved}{lost}"
    return f"{equation.factors()}, {equation.cell} {_moved(equation, digits)}{lost}"


def _moved(equation: chain_rule.Equation, digits: int) -> str:
    return " -> ".join(change(equation.before, equation.after, digits=digits))
