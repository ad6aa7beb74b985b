"""Why the backward pass does what it does: why this node now, why `+=`, what could be next.

Everything is looked up at the node itself and at the last few steps: it costs what a node has consumers,
never what the graph has nodes.
"""

from dataclasses import dataclass
from functools import lru_cache

from ....engine.recording.log import Recording, Step
from ...text.format import number
from .ledger import Ledger
from .names import called, derivative, listed, name
from .wrong import is_lost, right_gradient

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
    if ledger.received < len(ledger.writes):
        return Why(f"too early: {ledger.waiting:,} of {len(ledger):,} contributions have not come", True)
    if len(ledger.writes) > COUNTED:
        return Why(f"all {len(ledger):,} contributions to {name(recording, step.node)} have come")
    return Why(_consumers_done(recording, ledger) if ledger.writes else "")


def _consumers_done(recording: Recording, ledger: Ledger) -> str:
    """`all 3 consumers of d are done: e, h, out`; how often they use it, where some do so twice."""
    names = [name(recording, consumer) for consumer in ledger.consumers()]
    node, uses = ledger.node, len(ledger.writes)
    if not names:
        return "it is the root, where backward begins"
    if len(names) == 1:
        return f"its only consumer {names[0]} is done"
    told = f": {listed(names, NAMED)}" if len(names) <= NAMED else ""
    if uses > len(names):
        who = f"{len(names):,} nodes that use {name(recording, node)} ({uses:,} times)"
        return f"all {who} are done{told}"
    return f"all {len(names):,} consumers of {name(recording, node)} are done{told}"


def what_next(recording: Recording, position: int) -> str:
    """Say which nodes could be visited next, if the last few steps completed more than one.

    Others may be complete since long ago: what is said is that any of these can be next.
    """
    nodes = _complete(recording, position)
    if len(nodes) < 2:
        return ""
    names = listed([called(recording, node) for node in nodes[: NAMED + 1]], NAMED)
    count = "both" if len(nodes) == 2 else "all"
    return f"any of {names} could be next: {count} are complete"


def _complete(recording: Recording, position: int) -> list[int]:
    """The node that is visited next, and those the last steps completed that wait for their visit."""
    phase = recording.phase_of(position - 1)
    if phase.name != "backward" or position >= phase.end:
        return []
    first = max(phase.start, position - RECENT)
    following, *done = recording.step_node[first : position + 1][::-1]
    steps = range(position - 1, first - 1, -1)
    nodes = [n for step in steps for n in _completed_by(recording, step) if n not in done]
    if following in nodes:
        nodes.remove(following)
        nodes.insert(0, following)
    return nodes


@lru_cache(maxsize=2 * RECENT)  # one step on, the same steps but for one are looked at
def _completed_by(recording: Recording, step: int) -> tuple[int, ...]:
    """The nodes to whose gradients a step makes the last contribution, the last first."""
    phase, starts = recording.phase_of(step), recording.step_start
    first = starts[step]
    cells = recording.write_cell[first : min(starts[step + 1], first + WRITES)]
    last = [cell for i, cell in enumerate(cells, first) if recording.last_write(cell, phase) == i]
    return tuple(cell >> 1 for cell in reversed(last))


def why_added(recording: Recording, step: Step, target: int, digits: int) -> str:
    """Say why a step adds to a gradient and does not set it: others add too, or have."""
    ledger = Ledger(recording, target, step.index)
    writes = [write for write in step.writes if write.target == target]
    before = None if ledger.received or is_lost(writes[0]) else writes[0].before
    if len(ledger.writes) < 2 and not before:
        return ""
    said = [_turn(recording, ledger, len(writes))]
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
    if _is_lossy(recording, ledger):
        return f"{used}{total:,} contributions come, which should add up (+=), {_these(ledger, now)}"
    return f"{used}{total:,} contributions add up (+=), {_these(ledger, now)}"


def _these(ledger: Ledger, now: int) -> str:
    """`this is the 2nd`."""
    turns = [_ordinal(ledger.received + i) for i in range(1, now + 1)]
    if now == 1:
        return f"this is the {turns[0]}"
    return f"these are the {listed(turns[:-1], 2)} and {turns[-1]}"


def is_final(recording: Recording, step: Step) -> bool:
    """Whether nothing more comes to a visited node, and its gradient is not known to be wrong."""
    assert step.node is not None
    ledger = Ledger(recording, step.node, step.index)
    return not ledger.waiting and not _is_lossy(recording, ledger) and _right(recording, step) is None


def _right(recording: Recording, step: Step) -> float | None:
    """The gradient that a visited node should have, where it has another."""
    assert step.node is not None
    return right_gradient(recording, step.node, step.index)


def again(recording: Recording, step: Step) -> str:
    """Say that a node is visited anew in one pass, and hands on what it has handed on before."""
    phase = recording.phase_of(step.index)
    if step.node is None or not step.writes or not _has_repeats(recording, phase.start, phase.end):
        return ""
    before = recording.step_node[phase.start : step.index].count(step.node)
    if not before:
        return ""
    return f"visited {before + 1} times in this pass: what was handed on before is handed on again"


@lru_cache(maxsize=8)
def _has_repeats(recording: Recording, start: int, end: int) -> bool:
    """Whether a phase visits any node twice; looked at once, not for every line."""
    return len(set(recording.step_node[start:end])) < end - start


def _is_lossy(recording: Recording, ledger: Ledger) -> bool:
    """Whether a contribution of the phase replaces what was there, as `_is_uses` looked at once."""
    known, at = _known_lossy(recording), (ledger.node, ledger.phase.start)
    if at not in known:
        known[at] = ledger.is_lossy
    return known[at]


@lru_cache(maxsize=2)
def _known_lossy(recording: Recording) -> dict[tuple[int, int], bool]:
    """By node and phase, what `_is_lossy` has found."""
    return {}


def _is_uses(recording: Recording, ledger: Ledger) -> bool:
    """Whether every contribution comes from another use, as it does unless a pass or a rule is wrong."""
    known, at = _known_uses(recording), (ledger.node, ledger.phase.start)
    if at not in known:
        known[at] = len(ledger) <= COUNTED and _are_uses(recording, ledger)
    return known[at]


@lru_cache(maxsize=2)
def _known_uses(recording: Recording) -> dict[tuple[int, int], bool]:
    """By node and phase, what `_is_uses` has found: a trace asks for a parameter with every sample."""
    return {}


def _are_uses(recording: Recording, ledger: Ledger) -> bool:
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
    if step.writes and step.writes[0].target == step.node:  # its own rule changes it
        return ()
    before = recording.value(step.node, "grad", recording.phase_of(step.index).start)
    shown, moves, right = number(grad, digits=digits), number(grad / 1000), _right(recording, step)
    beside = f"; right is {number(right, digits=digits)}" if right is not None else ""
    if before:
        held = number(before, digits=digits)
        kept = not _is_lossy(recording, Ledger(recording, step.node, step.index))
        stays = f", and {held} of it was there before: no zero_grad came first" if kept else ""
        return (f"{leaf}.grad is {shown}{stays}{beside}",)
    if right is not None:
        slope, far = number(right, digits=digits), number(right / 1000)
        moved = f"{leaf} up by 0.001 moves {root} by about {far}" if right - right == 0 else ""
        wrong = f"{leaf}.grad is {shown}, which is wrong: {derivative(root, leaf)} = {slope}"
        return (wrong, moved) if moved else (wrong,)
    if not is_final(recording, step):
        return ()
    return (
        f"{derivative(root, leaf)} = {shown}: {leaf} up by 0.001 moves {root} by about {moves}",
        *(
            [f"the next backward would add (+=) to this {shown}: zero_grad makes it 0 first"]
            if grad
            else []
        ),
    )
