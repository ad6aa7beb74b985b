"""Why the backward pass does what it does: why this node now, why `+=`, what could be next.

Everything is looked up at the node itself and at the last few steps: it costs what a node has consumers,
never what the graph has nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.recording.log import Recording, Step
from ...text.format import number
from .ledger import Ledger
from .names import called, derivative, listed, name

COUNTED = 1_000  # contributions up to which those who made them are counted
RECENT = 8  # steps in which a node that could be next is looked for
WRITES = 8  # writes of such a step, of which an op of a user's own can have any number
NAMED = 3


@dataclass(frozen=True)
class Why:
    """Why a node is visited now, or that it is `early`: it waits for a contribution."""

    text: str
    early: bool = False


NO_REASON = Why("")


def why_now(recording: Recording, step: Step) -> Why:
    """Say why a backward step may visit its node: everything that uses the node is done."""
    if step.node is None:
        root = name(recording, recording.root)
        return Why(f"backward begins at the root: {root} moves 1 for 1 with itself")
    ledger = Ledger(recording, step.node, step.index)
    if ledger.waiting:
        return Why(f"too early: {ledger.waiting:,} of {len(ledger):,} contributions have not come", True)
    if len(ledger) > COUNTED:
        return Why(f"all {len(ledger):,} contributions to {name(recording, step.node)} have come")
    return Why(_consumers_done(recording, step.node, _consumers(ledger)) if len(ledger) else "")


def _consumers(ledger: Ledger) -> list[int]:
    return list(dict.fromkeys(consumer for consumer, _ in ledger.uses() if consumer >= 0))


def _consumers_done(recording: Recording, node: int, consumers: list[int]) -> str:
    names = [name(recording, consumer) for consumer in consumers]
    if not names:
        return "it is the root, where backward begins"
    if len(names) == 1:
        return f"its only consumer {names[0]} is done"
    told = f": {listed(names, NAMED)}" if len(names) <= NAMED else ""
    return f"all {len(names)} consumers of {name(recording, node)} are done{told}"


def what_next(recording: Recording, position: int) -> str:
    """Say which nodes could be visited next, if the last few steps completed more than one.

    Others may be complete since long ago: what is said is that any of these can be next.
    """
    nodes = list(_complete(recording, position))
    if len(nodes) < 2:
        return ""
    names = listed([name(recording, node) for node in nodes], NAMED)
    count = "both" if len(nodes) == 2 else "all"
    return f"any of {names} could be next: {count} are complete"


def _complete(recording: Recording, position: int) -> Iterator[int]:
    """The node that is visited next, and those the last steps completed that wait for their visit."""
    phase = recording.phase_of(position - 1)
    if phase.name != "backward" or position >= phase.end:
        return
    recent = range(max(phase.start, position - RECENT), position)
    done = {recording.step_node[step] for step in recent}
    following = [recording.step_node[position]] if recording.step_node[position] >= 0 else []
    targets = (target for step in reversed(recent) for target in _targets(recording, step))
    for node in dict.fromkeys([*following, *targets]):
        if node not in done and _completed_in(recording, node, recent):
            yield node


def _targets(recording: Recording, step: int) -> list[int]:
    start, end = recording.step_start[step], recording.step_start[step + 1]
    return [cell >> 1 for cell in reversed(recording.write_cell[start : min(end, start + WRITES)])]


def _completed_in(recording: Recording, node: int, recent: range) -> bool:
    """Whether the last contribution to a node came in one of these steps."""
    ledger = Ledger(recording, node, recent.stop)
    return bool(len(ledger)) and not ledger.waiting and (
        recording.step_of_write(ledger.writes[-1]) in recent
    )  # fmt: skip


def why_added(recording: Recording, step: Step, target: int, digits: int) -> str:
    """Say why a step adds to a gradient and does not set it: others add too, or have."""
    ledger = Ledger(recording, target, step.index)
    before = None if ledger.received else recording.value(target, "grad", step.index)
    said = [_turn(recording, ledger, sum(write.target == target for write in step.writes))]
    if before:
        said.append(
            f"the {number(before, digits=digits)} from before stays in it: no zero_grad came first"
        )
    return "; ".join(filter(None, said))


def _turn(recording: Recording, ledger: Ledger, now: int) -> str:
    """`d is used 3 times: 3 contributions add up (+=), this is the 2nd`; "" for a single one."""
    total, node = len(ledger), called(recording, ledger.node)
    if total < 2:
        return ""
    used = f"{node} is used {total:,} times: " if _is_uses(recording, ledger) else f"to {node}, "
    turns = [_ordinal(ledger.received + i) for i in range(1, now + 1)]
    these = (
        f"this is the {turns[0]}"
        if now == 1
        else f"these are the {listed(turns[:-1], 2)} and {turns[-1]}"
    )
    return f"{used}{total:,} contributions add up (+=), {these}"


def _is_uses(recording: Recording, ledger: Ledger) -> bool:
    """Whether every contribution comes from another use, as it does unless a pass or a rule is wrong."""
    if len(ledger) > COUNTED:
        return False
    uses = set(ledger.uses())
    known = all(slot >= 0 and _has_vjps(recording, consumer) for consumer, slot in uses)
    return known and len(uses) == len(ledger)


def _has_vjps(recording: Recording, node: int) -> bool:
    op = recording.ops[node] if node >= 0 else None
    return op is not None and op.vjps is not None


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def what_a_leaf_keeps(recording: Recording, step: Step, digits: int) -> tuple[str, ...]:
    """Say what the gradient of a leaf means when it is final, and why there is zero_grad."""
    assert step.node is not None
    leaf, root, grad = name(recording, step.node), name(recording, recording.root), step.grad
    if grad is None or grad - grad != 0:  # not finite
        return ()
    before = recording.value(step.node, "grad", recording.phase_of(step.index).start)
    shown, moves = number(grad, digits=digits), number(grad / 1000)
    if before:
        held = number(before, digits=digits)
        return (f"{leaf}.grad is {shown}, and {held} of it was there before: no zero_grad came first",)
    return (
        f"{derivative(root, leaf)} = {shown}: {leaf} up by 0.001 moves {root} by about {moves}",
        f"the next backward would add (+=) to this {shown}: zero_grad makes it 0 first",
    )
