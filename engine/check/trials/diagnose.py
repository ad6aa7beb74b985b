"""Diagnosis of a wrong trial: which write, which missing write, or which order made it wrong.

A trial is taken apart only when its gradients are not the slopes: what is found here explains a
wrong result, and is never evidence by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...sources.learner.attributes import value_at
from ...sources.learner.engine import Engine
from ...sources.learner.record import Observation, observe
from ...sources.learner.watch import NOBODY, Event
from ..findings import Kind
from .slopes import close
from .trial import Trial

Slopes = Callable[[Any, Sequence[float], int], Sequence[float | None] | None]
"""What measures the local derivatives of a node that the op table does not know."""


@dataclass(frozen=True, eq=False)
class Anomaly:
    """Something that should not have happened to a node, by a write or for want of one."""

    kind: Kind
    node: int
    event: Event | None = None
    slot: int | None = None
    gradient: float = 1.0
    """What had arrived at the node when its rule ran."""
    arrived: float = 0.0
    expected: float = 0.0


@dataclass(eq=False)
class Visit:
    """One run of a node's rule: its writes, and the gradient that had arrived by then."""

    node: int
    gradient: float
    events: list[Event]


def diagnose(trial: Trial, slopes: Slopes) -> list[Anomaly]:
    """Return what went wrong in a trial, the surest cause first."""
    assert trial.seen is not None
    seen = trial.seen
    visits, seeded = _visits(seen)
    if not close(seeded, 1.0) and not visits_before_seed(visits, seen):
        own = [e for e in seen.events if e.by == NOBODY and e.target == seen.graph.root]
        seed = own[-1] if own else None
        return [Anomaly("seed", seen.graph.root, seed, arrived=seeded, expected=1.0)]
    found = _detached(trial, seen) or _rules_elsewhere(seen)
    if found:
        return found
    now = list(seen.before)
    for visit in visits:
        found += _of_visit(seen, visit, slopes, now)
    return found or _not_attached(seen, visits) or _silent(seen, visits) or _order(seen, visits)


def visits_before_seed(visits: list[Visit], seen: Observation) -> bool:
    """Whether rules ran before the root had its gradient: that is a matter of order."""
    return any(v.node != seen.graph.root for v in visits[:1]) and any(
        e.target == seen.graph.root and e.after for e in seen.events
    )


def _visits(seen: Observation) -> tuple[list[Visit], float]:
    """Group the writes by visits; return also the root's gradient when its rule ran, or at the end."""
    now = list(seen.before)
    visits: list[Visit] = []
    root, seeded = seen.graph.root, None
    for event in seen.events:
        if event.by != NOBODY:
            if event.by == root and seeded is None:
                seeded = now[root]
            last = visits[-1] if visits else None
            full = last is not None and len(last.events) >= len(seen.graph.parents[event.by])
            if last is None or last.node != event.by or full or event.target == event.by:
                visits.append(Visit(event.by, now[event.by], []))
            visits[-1].events.append(event)
        now[event.target] = event.after
    return visits, now[root] if seeded is None else seeded


def _of_visit(seen: Observation, visit: Visit, slopes: Slopes, now: list[float]) -> list[Anomaly]:
    """What is wrong with the writes of one visit; `now` is moved on by them."""
    local = local_derivatives(seen, visit.node, slopes)
    parents = seen.graph.parents[visit.node]
    came: dict[int, list[tuple[Event, float]]] = {}
    found = []
    for event in visit.events:
        old = now[event.target]
        now[event.target] = event.after
        if _overwrites(event, old, visit, parents, local):
            found.append(Anomaly("overwrites", visit.node, event, None, visit.gradient, event.after, old))
        amount = event.after - old if event.read else event.after
        came.setdefault(event.target, []).append((event, amount))
    for parent in dict.fromkeys(parents) if local else ():
        slots = [slot for slot, each in enumerate(parents) if each == parent]
        found += _contributions(visit, slots, local or (), came.get(parent, []))
    return found


def _contributions(
    visit: Visit, slots: list[int], local: Sequence[float | None], came: list[tuple[Event, float]]
) -> list[Anomaly]:
    """What is wrong with what came to one input; of `a*a` each argument is looked at by itself."""
    g = visit.gradient
    expected = [None if local[slot] is None else g * (local[slot] or 0.0) for slot in slots]
    if None in expected:
        return []
    wanted = [x for x in expected if x is not None]
    if close(sum(amount for _, amount in came), sum(wanted)):
        return []
    if len(came) > len(slots):  # in several pieces
        return [Anomaly("local derivative", visit.node, came[-1][0], slots[0], g, 0.0, sum(wanted))]
    found = [
        Anomaly("local derivative", visit.node, event, slot, g, amount, right)
        for (event, amount), slot, right in zip(came, slots, wanted, strict=False)
        if not close(amount, right)
    ]
    if not found and len(came) < len(slots):
        missing = len(came)
        found = [Anomaly("local derivative", visit.node, None, slots[missing], g, 0.0, wanted[missing])]
    return found


def _overwrites(
    event: Event, old: float, visit: Visit, parents: Sequence[int], local: Sequence[float | None] | None
) -> bool:
    """Whether a write loses what had arrived. One that comes to the right sum by itself does not."""
    if event.read or not old:
        return False
    slots = [slot for slot, parent in enumerate(parents) if parent == event.target]
    parts = [local[slot] for slot in slots] if local else []
    return not any(p is not None and close(event.after, old + visit.gradient * p, 1e-6) for p in parts)


def local_derivatives(seen: Observation, node: int, slopes: Slopes) -> Sequence[float | None] | None:
    """The local derivatives of a node: by our op table, else measured."""
    graph, op = seen.graph, seen.graph.ops[node]
    values = [graph.data[parent] for parent in graph.parents[node]]
    if op is not None and op.vjps is not None and len(op.vjps) == len(values):
        return [vjp(1.0, graph.data[node], *values) for vjp in op.vjps]
    return slopes(seen, values, node)


def _detached(trial: Trial, seen: Observation) -> list[Anomaly]:
    """Inputs that the result depends on and that its graph does not reach."""
    graph = seen.graph
    lost = [
        i
        for i, right in enumerate(trial.slopes)
        if right is not None and not close(right, 0.0) and id(trial.leaves[i]) not in graph.index
    ]
    forgetful = [node for node in range(len(graph.order)) if _forgets(seen, node)]
    if not lost and not forgetful:
        return []
    nodes = forgetful or [graph.root]
    return [Anomaly("detached", node) for node in nodes]


def _forgets(seen: Observation, node: int) -> bool:
    """Whether the rule of a node knows an input that the node does not remember."""
    graph, thing = seen.graph, seen.graph.order[node]
    rule = graph.engine.rule(thing)
    if graph.engine.family != "closures" or not getattr(rule, "__closure__", None):
        return False
    known = [cell.cell_contents for cell in rule.__closure__ if cell_filled(cell)]
    nodes = [each for each in known if graph.engine.is_node(each)]
    others = [each for each in nodes if each is not thing]
    if len(others) == len(nodes) or any(_uses(graph.engine, each, thing) for each in others):
        return False  # not the node's own rule
    remembered = {id(parent) for parent in graph.engine.parents(thing)} | {id(thing)}
    return any(id(each) not in remembered and graph.engine.parents(each) for each in nodes)


def _uses(engine: Engine, node: Any, parent: Any) -> bool:
    return any(each is parent for each in engine.parents(node))


def cell_filled(cell: Any) -> bool:
    """Whether something was put into a closure's cell."""
    try:
        return bool(cell.cell_contents is not None)
    except ValueError:
        return False


def _rules_elsewhere(seen: Observation) -> list[Anomaly]:
    """Results without a rule of their own, whoever ran it for them: it hangs on another node."""
    if seen.graph.engine.family != "closures":
        return []
    nodes = [
        node for node, parents in enumerate(seen.graph.parents) if parents and not has_rule(seen, node)
    ]
    return [Anomaly("not attached", node) for node in nodes]


def _not_attached(seen: Observation, visits: list[Visit]) -> list[Anomaly]:
    """Nodes with a gradient and no rule of their own that ran."""
    ran = {visit.node for visit in visits}
    end = _at_the_end(seen)
    return [
        Anomaly("not attached", node, None, None, end[node], 0.0, end[node])
        for node, parents in enumerate(seen.graph.parents)
        if parents and node not in ran and end[node] and not has_rule(seen, node)
    ]


def _silent(seen: Observation, visits: list[Visit]) -> list[Anomaly]:
    """Nodes whose rule, when it is called, writes nothing to any input."""
    engine, ran = seen.graph.engine, {visit.node for visit in visits}
    if engine.family not in ("closures", "methods"):
        return []
    found = []
    for node, parents in enumerate(seen.graph.parents):
        rule = engine.rule(seen.graph.order[node])
        if parents and node not in ran and callable(rule) and has_rule(seen, node):
            again = observe(seen.graph.order[node], engine, rule)
            if again.error is None and not again.events:
                found.append(Anomaly("local derivative", node, None, 0))
    return found


def has_rule(seen: Observation, node: int) -> bool:
    """Whether something would pass the node's gradient on: its own rule, or local derivatives."""
    engine = seen.graph.engine
    thing = seen.graph.order[node]
    if engine.family in ("local gradients", "edges"):
        return bool(value_at(thing, engine.locals_at))
    if engine.family not in ("closures", "methods"):
        return True
    rule = engine.rule(thing)
    leaf = next((seen.graph.order[i] for i, p in enumerate(seen.graph.parents) if not p), None)
    if rule is None or not callable(rule):
        return False
    of_leaf = engine.rule(leaf) if leaf is not None else None
    code = getattr(rule, "__code__", None)
    return code is None or code is not getattr(of_leaf, "__code__", 0) or engine.family == "methods"


def _order(seen: Observation, visits: list[Visit]) -> list[Anomaly]:
    """Rules that ran before their node's gradient was complete, twice, or not at all."""
    place = {id(event): k for k, event in enumerate(seen.events)}
    found = []
    for node in range(len(seen.graph.order) - 1, -1, -1):
        mine = [visit for visit in visits if visit.node == node]
        if len(mine) > 1 or not mine:
            if len(mine) > 1 or (seen.graph.parents[node] and has_rule(seen, node)):
                found.append(Anomaly("order", node, mine[0].events[0] if mine else None))
            continue
        ran = place[id(mine[0].events[0])]
        late = [e for e in seen.events[ran:] if e.target == node and e.by not in (NOBODY, node)]
        if late or (node == seen.graph.root and not mine[0].gradient):
            found.append(Anomaly("order", node, (late or mine[0].events)[0], None, mine[0].gradient))
    return found


def _at_the_end(seen: Observation) -> list[float]:
    now = list(seen.before)
    for event in seen.events:
        now[event.target] = event.after
    return now
