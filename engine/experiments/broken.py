"""The backward pass, right or broken on purpose: which nodes fire in which order, and what each hands on.

`Rules` are those of the right pass unless one is changed; `break_pass` records what comes of it, and
`engine/backward.py` has the same in the few lines that a real one needs.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..recording.copies import same_nodes, undifferentiated
from ..recording.log import Recording
from ..recording.sheet import Sheet

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
    if _visits(sheet) > MAX_VISITS:
        raise TooManyVisits(f"without a visited list this graph takes over {MAX_VISITS:,} visits")
    stack = [sheet.recording.root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(sheet.parents(node)))


def _visits(sheet: Sheet) -> int:
    """How many visits that takes: a node has those of all its uses."""
    visits = {sheet.recording.root: 1}
    for node in topological(sheet):
        for parent in sheet.parents(node):
            visits[parent] = visits.get(parent, 0) + visits[node]
    return sum(visits.values())


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
    """Append the phase `clip`: gradients are brought between -bound and bound, as by clip_grad_value_."""
    above = [node for node, grad in enumerate(sheet.grads) if abs(grad) > bound]
    if above:
        log.begin("clip")
    for node in above:
        sheet.grads[node] = math.copysign(bound, sheet.grads[node])
        log.step(node)
        log.write(node, "grad", sheet.grads[node])


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
    """A broken pass and the right one on the same numbers, each recorded; where they part."""

    recording: Recording
    right: Recording

    @property
    def expected(self) -> Sequence[float]:
        """The gradient that each node should have."""
        return self.recording.expected

    @property
    def parts_at(self) -> int:
        """The position after the first step that is another one in the right pass; -1 for none."""
        return parting(self.recording, self.right)


def break_pass(given: Recording, rules: Rules) -> Broken:
    """Record the graph of a recording with a backward pass by other rules, and by the right ones."""
    log = undifferentiated(given)
    sheet = Sheet(log, given)
    return break_cells(sheet, sheet.grads, rules)


def break_cells(sheet: Sheet, grads: Sequence[float], rules: Rules) -> Broken:
    """Record a pass on the cells of a sheet by other rules, and by the right ones."""
    wrong, right = (_passed(sheet, grads, each) for each in (rules, _RIGHT))
    end = len(right)
    wrong.expected = [right.value(node, "grad", end) or 0.0 for node in range(right.node_count)]
    return Broken(wrong, right)


def _passed(sheet: Sheet, grads: Sequence[float], rules: Rules) -> Recording:
    log = same_nodes(sheet.recording, grads)
    log.ops = list(sheet.ops)
    log.forward(sheet.data)
    log.close()
    with log.appending():
        run_pass(log, sheet.on(log, grads), rules)
    return log


def parting(one: Recording, right: Recording) -> int:
    """The position of `one` after its first backward step that `right` has otherwise; -1 for none.

    The right pass has one backward phase, the last; what comes after it in `one` is already another.
    """
    first, end = (log.phases[1] for log in (one, right))
    shift = end.start - first.start + _seeds(right) - _seeds(one)
    for step in range(first.start, first.end):
        if step + shift >= end.end or not _same_step(one, step, right, step + shift):
            return step + 1
    longer = len(one) > first.end
    return first.end + 1 if longer else -1


def _seeds(log: Recording) -> bool:
    """Whether the backward pass begins with a seed."""
    phase = log.phases[1]
    return phase.end > phase.start and log.step_node[phase.start] < 0


def _same_step(one: Recording, step: int, right: Recording, at: int) -> bool:
    spans = [slice(log.step_start[i], log.step_start[i + 1]) for log, i in ((one, step), (right, at))]
    if (
        one.step_node[step] != right.step_node[at]
        or one.write_cell[spans[0]] != right.write_cell[spans[1]]
    ):
        return False
    after = zip(one.write_after[spans[0]], right.write_after[spans[1]], strict=True)
    return all(a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9) for a, b in after)
