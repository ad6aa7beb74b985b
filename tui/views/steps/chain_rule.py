"""The chain rule of a step, in symbols and in numbers: what the step pane and `trace` show."""

from collections.abc import Sequence
from typing import NamedTuple

from ....engine.recording.log import Recording, Step, Write
from ...text.format import DIGITS, number, plain
from ...text.glyphs import Glyphs
from .names import called, derivative, expression, formula, listed, name, place
from .update_rule import formulas
from .why import NO_REASON, Why, again, is_final, what_a_leaf_keeps, what_next, why_added, why_now
from .wrong import is_lost, lost_note, not_handed_on, product, right_local, unseeded

__all__ = [
    "Equation",
    "Explanation",
    "called",
    "explain",
    "formula",
    "is_lost",
    "local_text",
    "name",
    "place",
]


class Equation(NamedTuple):
    """What one write means: the same equation in `symbols` and in `numbers`.

    Of a contribution, `symbols` are the local derivative's formula and `numbers` the chain rule's two
    factors by their names; `cell` is then the gradient they are added to, `local` the local derivative.
    """

    target: int
    field: str
    symbols: str
    numbers: str
    before: float | None
    after: float
    lost: bool = False
    cell: str = ""
    local: str = ""

    def factors(self, space: str = " ") -> str:
        """A contribution in one line: `incoming 3.5 * local -1 (d(out-y)/dy) = -3.5`."""
        worked, _, result = self.numbers.rpartition(" = ")
        rule = f"{space}({self.symbols})" if self.symbols else ""
        return f"{worked}{rule}{space if rule else ' '}= {result}"


class Explanation(NamedTuple):
    """A step explained: what happened and why now, an equation for each write, what comes of it."""

    heading: str
    equations: tuple[Equation, ...]
    source: str
    why: Why = NO_REASON
    notes: tuple[str, ...] = ()
    following: str = ""


def explain(recording: Recording, step: Step, glyphs: Glyphs, digits: int = DIGITS) -> Explanation:
    """Explain a step of any phase, in at least so many digits."""
    if step.phase == "forward":
        return _forward(recording, step, glyphs, digits)
    if step.phase == "recalculate" and step.node is not None:
        return _recalculated(recording, step, glyphs, digits)
    if step.phase == "backward":
        return _backward(recording, step, glyphs, digits)
    if step.phase == "update":
        equations = tuple(
            e for write in step.writes for e in _moved(recording, step, write, glyphs, digits)
        )
    else:
        equations = tuple(_assigned(recording, write, digits) for write in step.writes)
    node = "" if step.node is None else f" {called(recording, step.node)}"
    notes = _why_zero(step) if step.phase == "zero_grad" else ()
    return Explanation(f"{step.phase}{node}", equations, _source(recording, step), notes=notes)


def _why_zero(step: Step) -> tuple[str, ...]:
    if not any(write.before for write in step.writes):
        return ("nothing is in it yet; where something is, backward would add (+=) to it",)
    return ("backward adds (+=) to what it finds: what is left here would count again",)


def _forward(recording: Recording, step: Step, glyphs: Glyphs, digits: int) -> Explanation:
    assert step.node is not None
    node, source = step.node, _source(recording, step)
    heading = formula(recording, node)
    if recording.ops[node] is None:
        made = tuple(_assigned(recording, write, digits) for write in step.writes)
        given = Why("given, not computed")
        return Explanation(f"make {called(recording, node)}, a leaf", made, source, given)
    values = [recording.value(p, "data", step.index) for p in recording.parents(node)]
    worked = _worked(recording, node, values, digits)
    equations = tuple(
        _equation(write, heading, f"{worked} = {number(write.after, digits=digits)}")
        if write.field == "data"
        else _assigned(recording, write, digits)  # made again, a node starts with no gradient
        for write in step.writes
    )
    notes = (_remembered(recording, node),)
    return Explanation(f"compute {called(recording, node)}", equations, source, notes=notes)


def _recalculated(recording: Recording, step: Step, glyphs: Glyphs, digits: int) -> Explanation:
    """A cell computed again, or one whose number was typed: what is below the edit follows, no more."""
    assert step.node is not None
    node, source, op = step.node, _source(recording, step), recording.ops[step.node]
    values = [recording.value(p, "data", step.index) for p in recording.parents(node)]
    made = None if op is None or op.forward is None or None in values else op.forward(*values)
    if made is None or any(made != w.after and made == made for w in step.writes):
        typed = tuple(_assigned(recording, write, digits) for write in step.writes)
        why = "a typed number stands for its formula" if op else "a typed number"
        return Explanation(f"set {called(recording, node)}", typed, source, Why(why))
    worked = _worked(recording, node, values, digits)
    equations = tuple(
        _equation(write, formula(recording, node), f"{worked} = {number(write.after, digits=digits)}")
        for write in step.writes
    )
    stopped = all(write.before == write.after for write in step.writes)
    notes = ("the same number: what is computed from it need not be computed again",) if stopped else ()
    return Explanation(f"recalculate {called(recording, node)}", equations, source, notes=notes)


def _remembered(recording: Recording, node: int) -> str:
    """What a node keeps of how it was made: its number, its op and its inputs, for backward."""
    op, parents = recording.ops[node], recording.parents(node)
    inputs = list(dict.fromkeys(name(recording, parent) for parent in parents[:99]))
    symbol = plain(op.symbol or op.name) if op else ""
    return (
        f"{name(recording, node)} remembers its number, its op {symbol} and its"
        f" input{'s'[: len(inputs) != 1]} {listed(inputs, 3)} for backward"
    )


def _equation(write: Write, symbols: str, numbers: str, cell: str = "", local: str = "") -> Equation:
    lost = bool(cell) and is_lost(write)
    before, after = write.before, write.after
    return Equation(write.target, write.field, symbols, numbers, before, after, lost, cell, local)


def _worked(recording: Recording, node: int, values: Sequence[float | None], digits: int) -> str:
    op = recording.ops[node]
    assert op is not None
    return plain(op.written(*(_closed(x, digits) for x in values)))


def _closed(x: float | None, digits: int) -> str:
    """A number as part of a formula: in brackets where it is negative."""
    text = number(x, digits=digits)
    return f"({text})" if text.startswith("-") else text


def _assigned(recording: Recording, write: Write, digits: int) -> Equation:
    cell = f"{called(recording, write.target)}.{write.field}"
    return _equation(write, cell, number(write.after, digits=digits))


def _moved(recording: Recording, step: Step, write: Write, glyphs: Glyphs, digits: int) -> list[Equation]:
    """The optimizer's formula, the parameter first; how far it moved where the rule is not known."""
    known = formulas(recording, step.index, write, name(recording, write.target), glyphs, digits)
    if known:
        return [Equation(write.target, "data", *formula) for formula in known]
    if write.amount is None or write.before is None:
        return [_assigned(recording, write, digits)]
    symbols = f"{called(recording, write.target)}.{write.field} += the optimizer's step"
    return [_equation(write, symbols, number(write.amount, signed=True, digits=digits))]


def _backward(recording: Recording, step: Step, glyphs: Glyphs, digits: int) -> Explanation:
    if step.node is None:
        heading = "seed the root's gradient"
        notes: tuple[str, ...] = ()
        equations = tuple(_seeded(recording, write, digits) for write in step.writes)
    else:
        heading, notes = _visited(recording, step, digits)
        equations = tuple([_contribution(recording, step, w, glyphs, digits) for w in step.writes])
    return Explanation(
        heading,
        equations,
        _source(recording, step),
        why_now(recording, step),
        notes,
        what_next(recording, step.index + 1),
    )


def _visited(recording: Recording, step: Step, digits: int) -> tuple[str, tuple[str, ...]]:
    """The heading of a visit, and what is to be said of the gradients it adds to."""
    assert step.node is not None
    node = step.node
    if recording.ops[node] is None:
        return _visited_leaf(recording, step), what_a_leaf_keeps(recording, step, digits)
    notes = [unseeded(recording, step), not_handed_on(recording, step), again(recording, step)]
    added = [w.target for w in step.writes if w.target != node or w.amount is not None]
    for target in dict.fromkeys(added):
        notes.append(why_added(recording, step, target, digits))
        notes.append(lost_note(recording, step, target, digits))
    return f"visit {formula(recording, node)}", tuple(filter(None, notes))


def _visited_leaf(recording: Recording, step: Step) -> str:
    """The heading of a leaf's visit: its gradient is final, unless more comes or it comes out wrong."""
    assert step.node is not None
    heading = f"visit {called(recording, step.node)}, a leaf"
    return f"{heading}: its gradient is final" if is_final(recording, step) else heading


def _seeded(recording: Recording, write: Write, digits: int) -> Equation:
    root = name(recording, write.target)
    numbers = f"{derivative(root, root)} = {number(write.amount, digits=digits)}"
    if write.before and write.after == 1:
        numbers = f"{derivative(root, root)} = 1"  # set to it once more, nothing added
    elif write.amount is not None and write.amount != 1:
        seeded = number(write.amount, digits=digits)
        numbers = f"{derivative(root, root)} is 1; seeded with = {seeded}"
    return _equation(write, "", numbers, cell=f"{root}.grad")


def _contribution(
    recording: Recording, step: Step, write: Write, glyphs: Glyphs, digits: int
) -> Equation:
    assert step.node is not None
    cell = f"{called(recording, write.target)}.{write.field}"
    sets_own = write.amount is None and write.target == step.node  # a rule that clips
    amount = number(write.after if sets_own else write.amount, digits=digits)
    rule = local_rule(recording, step, write.slot, digits)
    if write.local is None or not rule:
        return _equation(write, "", f"by its own rule = {amount}", cell)
    if (right := right_local(recording, step, write)) is not None:
        rule = f"right is {number(right, digits=digits)}: {rule}"
    local = number(write.local, digits=digits)
    numbers = f"{product(step, write, glyphs, digits)} = {amount}"
    return _equation(write, rule, numbers, cell, local)


def local_rule(recording: Recording, step: Step, slot: int | None, digits: int = DIGITS) -> str:
    """The local derivative of a step's node to one argument, first in letters and then in numbers.

    `d(out-y)/dy`, whose number is known without a formula; `d(w*x)/dw = x`, which is its number;
    `d(tanh(n))/dn = 1 - o**2 = 1 - 0.76**2`.
    """
    assert step.node is not None
    node, op = step.node, recording.ops[step.node]
    if op is None or slot is None or slot >= len(op.derivatives):
        return ""
    parents = recording.parents(node)
    names = [name(recording, parent) for parent in parents]
    text = _spelled(op.derivative(slot, *names, name(recording, node)))
    letters = derivative(expression(recording, node), _argument(recording, node, slot))
    if op.derivatives[slot] in ("a", "b", "out"):
        return f"{letters} = {text}"
    if text in ("1", "-1"):
        return letters
    if text == "0":
        return f"{letters} = 0"
    values = [recording.value(n, "data", step.index) for n in (*parents, node)]
    if text.startswith("1 if ") and len(parents) == 2 and values[0] == values[1]:
        return f"{letters} = 1/2, half each in a tie"
    return f"{letters} = {text} = {_spelled(op.derivative(slot, *(_closed(x, digits) for x in values)))}"


def _spelled(derivative: str) -> str:
    """A derivative that is 1 or 0 by a condition, in words: the op table has brackets for that."""
    return f"1 if {derivative[1:-1]} else 0" if derivative.startswith("[") else derivative


def short_rule(recording: Recording, node: int, slot: int | None) -> str:
    """A local derivative by names alone, where the formula finds no room: `d(loss)/d(1st error)`."""
    return derivative(name(recording, node), _argument(recording, node, slot)) if slot is not None else ""


def _argument(recording: Recording, node: int, slot: int) -> str:
    """The name of an input, and of one that is used twice also which of the two: `1st a`."""
    parents = recording.parents(node)
    twice = len(parents) == 2 and parents[0] == parents[1]
    return f"{('1st', '2nd')[slot]} " * twice + name(recording, parents[slot])


def local_text(recording: Recording, node: int, slot: int | None) -> str:
    """The local derivative of a node's op to one argument, in the names of this graph."""
    op = recording.ops[node]
    if op is None or slot is None:
        return ""
    names = [name(recording, n) for n in (*recording.parents(node), node)]
    return _spelled(op.derivative(slot, *names))


def _source(recording: Recording, step: Step) -> str:
    return "" if step.node is None else plain(recording.sources.get(step.node, ""))
