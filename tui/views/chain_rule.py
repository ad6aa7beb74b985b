"""The chain rule of a step, in symbols and in numbers: what the step pane and `trace` show."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.recording.log import Recording, Step, Write
from ..text.format import number, plain
from ..text.glyphs import Glyphs
from .update_rule import formulas


@dataclass(frozen=True)
class Equation:
    """What one write means: the same equation in `symbols` and in `numbers`."""

    target: int
    field: str
    symbols: str
    numbers: str
    before: float | None
    after: float
    lost: bool = False


@dataclass(frozen=True)
class Explanation:
    """A step explained: what happened, and an equation for each write."""

    heading: str
    equations: tuple[Equation, ...]
    source: str


def name(recording: Recording, node: int) -> str:
    """What to call a node, safe to show."""
    return plain(recording.name(node))


def place(recording: Recording, node: int) -> str:
    """A node's name with its scope: `layer[0]/neuron[3]/w1`."""
    scope = plain(recording.scopes[node])
    return f"{scope}/{name(recording, node)}" if scope else name(recording, node)


def formula(recording: Recording, node: int) -> str:
    """How a node was made, in names: `loss = error*error`; a leaf is just its name."""
    op = recording.ops[node]
    if op is None:
        return name(recording, node)
    inputs = [name(recording, parent) for parent in recording.parents(node)]
    return f"{name(recording, node)} = {plain(op.written(*inputs))}"


def explain(recording: Recording, step: Step, glyphs: Glyphs) -> Explanation:
    """Explain a step of any phase."""
    if step.phase == "forward":
        return _forward(recording, step)
    if step.phase == "backward":
        return _backward(recording, step, glyphs)
    if step.phase == "update":
        equations = tuple(e for write in step.writes for e in _moved(recording, step, write, glyphs))
    else:
        equations = tuple(_assigned(recording, write) for write in step.writes)
    node = "" if step.node is None else f" {place(recording, step.node)}"
    return Explanation(f"{step.phase}{node}", equations, _source(recording, step))


def _forward(recording: Recording, step: Step) -> Explanation:
    assert step.node is not None
    heading = formula(recording, step.node)
    if recording.ops[step.node] is None:
        return Explanation(
            f"make {heading}, a leaf",
            tuple(_assigned(recording, write) for write in step.writes),
            _source(recording, step),
        )
    values = [recording.value(p, "data", step.index) for p in recording.parents(step.node)]
    worked = _worked(recording, step.node, values)
    equations = tuple(
        _equation(write, heading, f"{worked} = {number(write.after)}")
        if write.field == "data"
        else _assigned(recording, write)  # made again, a node starts with no gradient
        for write in step.writes
    )
    return Explanation(f"compute {name(recording, step.node)}", equations, _source(recording, step))


def _equation(write: Write, symbols: str, numbers: str, lost: bool = False) -> Equation:
    return Equation(write.target, write.field, symbols, numbers, write.before, write.after, lost)


def _worked(recording: Recording, node: int, values: Sequence[float | None]) -> str:
    op = recording.ops[node]
    assert op is not None
    spaced = [f"({n})" if n.startswith("-") else n for n in map(number, values)]
    return plain(op.written(*spaced))


def _assigned(recording: Recording, write: Write) -> Equation:
    cell = f"{name(recording, write.target)}.{write.field}"
    return _equation(write, cell, number(write.after))


def _moved(recording: Recording, step: Step, write: Write, glyphs: Glyphs) -> list[Equation]:
    """The optimizer's formula, the parameter first; how far it moved where the rule is not known."""
    called = name(recording, write.target)
    known = formulas(recording, step.index, write, called, glyphs)
    if known:
        return [Equation(write.target, "data", *formula) for formula in known]
    if write.amount is None or write.before is None:
        return [_assigned(recording, write)]
    symbols = f"{called}.{write.field} += the optimizer's step"
    return [_equation(write, symbols, number(write.amount, signed=True))]


def _backward(recording: Recording, step: Step, glyphs: Glyphs) -> Explanation:
    if step.node is None:
        return _seed(recording, step)
    if recording.ops[step.node] is None:
        heading = f"visit {name(recording, step.node)}, a leaf: its gradient is final"
    else:
        heading = f"visit {formula(recording, step.node)}"
    equations = tuple(_contribution(recording, step, write, glyphs) for write in step.writes)
    return Explanation(heading, equations, _source(recording, step))


def _seed(recording: Recording, step: Step) -> Explanation:
    equations = []
    for write in step.writes:
        root = name(recording, write.target)
        symbols = f"{root}.grad += d({root})/d({root})"
        equations.append(_equation(write, symbols, number(write.amount)))
    return Explanation("seed the root's gradient", tuple(equations), "")


def _contribution(recording: Recording, step: Step, write: Write, glyphs: Glyphs) -> Equation:
    assert step.node is not None
    target, out = name(recording, write.target), name(recording, step.node)
    local = local_text(recording, step.node, write.slot)
    if write.local is None or not local:
        symbols = f"{target}.{write.field} += by its own rule"
        numbers = number(write.amount)
    else:
        symbols = f"{target}.grad += {out}.grad {glyphs.times} {local}"
        factors = f"{number(step.grad)} {glyphs.times} {number(write.local)}"
        numbers = f"{factors} = {number(write.amount)}"
    return _equation(write, symbols, numbers, is_lost(write))


def local_text(recording: Recording, node: int, slot: int | None) -> str:
    """The local derivative of a node's op to one argument, in the names of this graph."""
    op = recording.ops[node]
    if op is None or slot is None:
        return ""
    names = [name(recording, n) for n in (*recording.parents(node), node)]
    text = op.derivative(slot, *names)
    return f"({text})" if re.search(r" |[^(]-|/", text) and text[0] != "[" else text


def is_lost(write: Write) -> bool:
    """Whether the cell does not hold the sum it should: a contribution was overwritten or lost."""
    if write.before is None or write.amount is None:
        return False
    expected = write.before + write.amount
    return expected != write.after and not (expected != expected and write.after != write.after)


def _source(recording: Recording, step: Step) -> str:
    return "" if step.node is None else plain(recording.sources.get(step.node, ""))
