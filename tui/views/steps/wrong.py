"""What is wrong in a recorded backward pass: sums that lost a part, factors left out, false derivatives.

It is told from the recording: by its own numbers and the op table, and by the gradients that the nodes
should have, where those are known. A pass broken on purpose and an engine with a fault read the same.
"""

import math

from ....engine.recording.log import Recording, Step, Write
from ...text.format import change, number
from ...text.glyphs import Glyphs
from .ledger import Ledger
from .names import listed, name

APART = 1e-4
"""From here on numbers differ by more than a rounding to single precision."""


def right_gradient(recording: Recording, node: int, position: int) -> float | None:
    """The gradient that a node should have in the end; None where it has it, or nobody knows."""
    if not recording.expected:
        return None
    got, expected = recording.value(node, "grad", position) or 0.0, recording.expected[node]
    return expected if differ(got, expected, 1e-9) else None


def differ(a: float, b: float, apart: float = APART) -> bool:
    """Whether two numbers are not the same but for rounding."""
    return not (math.isclose(a, b, rel_tol=apart) or (a != a and b != b))


def is_lost(write: Write) -> bool:
    """Whether the cell does not hold the sum it should: a contribution was overwritten or lost."""
    if write.before is None or write.amount is None:
        return False
    expected = write.before + write.amount
    return expected != write.after and not (expected != expected and write.after != write.after)


def lost_note(recording: Recording, step: Step, target: int, digits: int) -> str:
    """What a gradient should be, after a step that assigned to it or lost a part of it; "" otherwise."""
    writes = [write for write in step.writes if write.target == target]
    if not any(map(is_lost, writes)):
        return ""
    right = (writes[0].before or 0.0) + sum(write.amount or 0.0 for write in writes)
    lost = [number(write.before, digits=digits) for write in writes if is_lost(write)]
    these, were = " and the ".join(lost), "was" if len(lost) == 1 else "were"
    assigned = all(write.after == write.amount for write in writes)
    how = "replaced (=), not added to" if assigned else "not added to as it should be"
    cell = f"{name(recording, target)}.grad"
    makes = change(writes[-1].after, right, digits=digits)[1]
    return f"LOST: the {these} in {cell} {were} {how}; += makes {makes}"


def product(step: Step, write: Write, glyphs: Glyphs, digits: int) -> str:
    """Incoming times local, and where something else was handed on, what the product would be."""
    assert write.local is not None
    incoming, local = number(step.grad, digits=digits), number(write.local, digits=digits)
    factors = f"incoming {incoming} {glyphs.times} local {local}"
    right = (step.grad or 0.0) * write.local
    amount = write.amount
    if amount is None or not (math.isfinite(right) and math.isfinite(amount)):
        return factors
    if not differ(right, amount):
        return factors
    return f"{factors} is {number(right, digits=digits)}; handed on"


def right_local(recording: Recording, step: Step, write: Write) -> float | None:
    """The local derivative by the op table, where a write was made by another one; None otherwise."""
    if not recording.write_locals:
        return None  # all of them follow from the table
    if write.local is None or write.slot is None or step.node is None:
        return None
    op, parents = recording.op_at(step.node, step.index), recording.parents(step.node)
    values = [recording.value(n, "data", step.index) for n in (step.node, *parents)]
    if op is None or op.vjps is None or None in values or _at_kink(values[1:]):
        return None
    right = op.vjps[write.slot](1.0, *[x for x in values if x is not None])
    return right if differ(right, write.local) else None


def _at_kink(values: list[float | None]) -> bool:
    """Whether an op such as relu or max has a kink here, where more than one derivative is right."""
    return values == [0.0] or (len(values) == 2 and values[0] == values[1])


def not_handed_on(recording: Recording, step: Step) -> str:
    """Which inputs a visited node gives nothing to: they are detached, or its own number was typed."""
    assert step.node is not None
    parents = recording.parents(step.node)
    if len(step.writes) >= len(parents):
        return ""
    op = recording.op_at(step.node, step.index)
    if op is None or op.vjps is None:
        return ""
    given = {write.slot for write in step.writes}
    left = [name(recording, parent) for slot, parent in enumerate(parents) if slot not in given]
    return f"nothing is handed on to {listed(list(dict.fromkeys(left)), 3)}" if None not in given else ""


def unseeded(recording: Recording, step: Step) -> str:
    """Say of the root that its gradient was never set to 1."""
    if step.node != recording.root or step.grad:
        return ""
    if len(Ledger(recording, step.node, step.index)):
        return ""
    return "the root was not seeded with 1: its gradient is 0, and 0 is all that it hands on"
