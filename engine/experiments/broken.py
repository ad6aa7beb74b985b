"""The backward pass, right or broken on purpose: which nodes fire in which order, and what each hands on.

`Rules` are those of the right pass unless one is changed; `break_pass` records what comes of it, and
`engine/backward.py` has the same in the few lines that a real one needs.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..recording.log import Recording, cell_of
from .sheet import Sheet

MAX_VISITS = 1_000_000
"""Visits of a pass at most: without a visited list they double at every diamond."""
Order = Callable[[Sheet], Iterator[int]]
Local = tuple[Callable[..., float], ...]
"""Local derivatives of an op, one an argument, from the arguments' numbers and the output's."""


class TooManyVisits(ValueError):
    """A pass that would not end in a lifetime; the message is one sentence."""


def topological(sheet: Sheet) -> Iterator[int]:
    """Yield the root's ancestors, each after all that use it: the right order, reversed creation."""
    return reversed(_reached(sheet))


def not_reversed(sheet: Sheet) -> Iterator[int]:
    """Yield the right list from its wrong end: leaves first, before any gradient has come."""
    return iter(_reached(sheet))


def breadth_first(sheet: Sheet) -> Iterator[int]:
    """Yield nodes level by level from the root, each once, when it is first met."""
    queue, seen = deque([sheet.recording.root]), {sheet.recording.root}
    while queue:
        node = queue.popleft()
        yield node
        for parent in sheet.parents(node):
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)


def pre_order(sheet: Sheet) -> Iterator[int]:
    """Yield nodes depth first, each once, before its parents: it may have consumers still to come."""
    stack, seen = [sheet.recording.root], set[int]()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(reversed(sheet.parents(node)))


def recursive(sheet: Sheet) -> Iterator[int]:
    """Yield a node and then each of its parents in the same way, without a list of those visited."""
    stack, count = [sheet.recording.root], 0
    while stack:
        node = stack.pop()
        count += 1
        if count > MAX_VISITS:
            raise TooManyVisits(f"without a visited list this graph takes over {MAX_VISITS:,} visits")
        yield node
        stack.extend(reversed(sheet.parents(node)))


def _reached(sheet: Sheet) -> list[int]:
    """The root and all it depends on, in creation order."""
    stack, seen = [sheet.recording.root], {sheet.recording.root}
    while stack:
        for parent in sheet.parents(stack.pop()):
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen)


@dataclass(frozen=True)
class Rules:
    """How a backward pass is run; as it stands, the right one."""

    order: Order = topological
    seeded: bool = True
    accumulate: bool = True
    chain: bool = True
    locals: Mapping[str, Local] = field(default_factory=dict)
    """Local derivatives that take the place of the table's, by the op's name."""
    detached: frozenset[int] = frozenset()
    """Nodes that no gradient comes to, as if their consumers used a plain number."""
    scale: float = 1.0
    clip: float | None = None
    passes: int = 1


def run_pass(log: Recording, sheet: Sheet, rules: Rules) -> None:
    """Append the phase `backward`, as often as the rules say; the sheet's gradients follow."""
    for count in range(rules.passes):
        log.begin("backward")
        _seed(log, sheet, rules, again=count > 0)
        for node in rules.order(sheet):
            _visit(log, sheet, rules, node)
        if rules.clip is not None:
            _clip(log, sheet, rules.clip)


def _seed(log: Recording, sheet: Sheet, rules: Rules, again: bool) -> None:
    """Seed the root: += as our engine does; a second time = 1, as micrograd does."""
    if not rules.seeded:
        return
    before, root = sheet.grads[log.root], log.root
    after = rules.scale if again or not rules.accumulate else before + rules.scale
    log.step(None)
    log.write(root, "grad", after, after - before)
    sheet.grads[root] = after


def _visit(log: Recording, sheet: Sheet, rules: Rules, node: int) -> None:
    """Let a node hand its gradient on to its parents, slot by slot."""
    log.step(node)
    if sheet.ops[node] is None or node in sheet.overrides:
        return
    g, parents = sheet.grads[node], sheet.parents(node)
    for slot, parent in enumerate(parents):
        if parent in rules.detached:
            continue
        amount, local = _contribution(sheet, rules, node, slot, g)
        after = sheet.grads[parent] + amount if rules.accumulate else amount
        if local is not None:
            log.write_locals[len(log.write_cell)] = local
        log.write(parent, "grad", after, amount, slot)
        sheet.grads[parent] = after


def _contribution(
    sheet: Sheet, rules: Rules, node: int, slot: int, g: float
) -> tuple[float, float | None]:
    """What a node hands to one argument; the local derivative where it is not the table's."""
    op = sheet.ops[node]
    assert op is not None
    numbers = [sheet.data[parent] for parent in sheet.parents(node)]
    replaced = rules.locals.get(op.name) or (op.name[:2] == "**" and rules.locals.get("pow"))
    if replaced:
        local = replaced[min(slot, len(replaced) - 1)](*numbers, out=sheet.data[node])
        return (g * local if rules.chain else local), local
    incoming = g if rules.chain else 1.0
    if op.vjps is None:
        slope = sheet.recorded_slope(node, slot)
        return incoming * slope, slope
    return op.vjps[slot](incoming, sheet.data[node], *numbers), None


def _clip(log: Recording, sheet: Sheet, bound: float) -> None:
    """Bring every gradient between -bound and bound when the pass is over, as clip_grad_value_ does."""
    for node, grad in enumerate(sheet.grads):
        clipped = max(-bound, min(bound, grad)) if grad == grad else grad
        if clipped != grad and grad == grad:
            log.step(node)
            log.write(node, "grad", clipped)
            sheet.grads[node] = clipped


def gradients(sheet: Sheet) -> list[float]:
    """The derivative of the root by every cell, by one backward pass on the numbers there are."""
    grads = [0.0] * sheet.recording.node_count
    grads[sheet.recording.root] = 1.0
    for node in topological(sheet):
        if sheet.ops[node] is not None and node not in sheet.overrides:
            for slot, parent in enumerate(sheet.parents(node)):
                grads[parent] += _contribution(sheet, _RIGHT, node, slot, grads[node])[0]
    return grads


_RIGHT = Rules()


@dataclass(frozen=True)
class Broken:
    """A broken pass and the right one: what was recorded, and the gradient each node should have."""

    recording: Recording
    expected: list[float]


def break_pass(right: Recording, rules: Rules) -> Broken:
    """Record the graph of a recording with its first backward pass by other rules."""
    end = next((phase.end for phase in right.phases if phase.name == "backward"), len(right))
    log = undifferentiated(right)
    with log.appending():
        run_pass(log, Sheet(log), rules)
    return Broken(log, [right.value(node, "grad", end) or 0.0 for node in range(right.node_count)])


def undifferentiated(recording: Recording) -> Recording:
    """The graph of a recording with the numbers before its first backward pass, as a forward phase."""
    start = next((p.start for p in recording.phases if p.name == "backward"), len(recording))
    nodes = range(recording.node_count)
    data = [_or_nan(recording.value(node, "data", start)) for node in nodes]
    log = _same_nodes(recording, [recording.value(node, "grad", start) or 0.0 for node in nodes])
    log.forward(data)
    return log.close()


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def _same_nodes(right: Recording, grads: list[float]) -> Recording:
    """A new recording of the same nodes, with nothing written to it."""
    return Recording(
        root=right.root,
        ops=list(right.ops),
        scopes=right.scopes,
        labels=right.labels,
        sources=right.sources,
        initial={cell_of(node, "grad"): grad for node, grad in enumerate(grads) if grad},
        parent_start=right.parent_start,
        parent_ids=right.parent_ids,
    )
