"""Recording somebody's own backward pass: in their order, with their writes and their mistakes."""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...recording.log import Recording
from .engine import Engine
from .graph import LearnerGraph, read_graph
from .op_names import same
from .origins import Origin, Origins, scopes_of
from .watch import NOBODY, Event, Watch

OUR_FRAMES = 20
"""Frames of ours on the stack while their pass runs: their recursion may go as deep as without."""


class BackwardFailed(Exception):
    """Their backward pass raised an error; what it did until then is in `recording`."""

    def __init__(self, error: BaseException, recording: Recording) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error
        self.recording = recording


@dataclass(frozen=True, eq=False)
class Observation:
    """A graph, the gradients before, every write of the pass in order, and the error that ended it."""

    graph: LearnerGraph
    before: list[float]
    events: list[Event]
    error: Exception | None


def observe(
    root: Any, engine: Engine, call: Callable[[], Any], origins: Origins | None = None
) -> Observation:
    """Watch what `call` does to the gradients of the graph below a root."""
    with no_collection():
        graph = read_graph(root, engine, origins)
    before = [engine.grad(node) for node in graph.order]
    watch, error = Watch(graph), None
    try:
        with watch.on(), deeper(OUR_FRAMES), no_collection():
            call()
    except Exception as raised:
        error = raised
    return Observation(graph, before, watch.events, error)


def record_learner(
    root: Any,
    engine: Engine,
    call: Callable[[], Any],
    origins: Origins | None = None,
    names: Mapping[str, Any] | None = None,
) -> Recording:
    """Record what `call` does to the gradients of the graph below a root; it calls their backward.

    `names` are variables: a node that one of them holds is called by it. Raise NotAnEngine where the
    graph cannot be read, BackwardFailed where their pass ends by an error.
    """
    seen = observe(root, engine, call, origins)
    with no_collection():
        log = recorded(seen, names)
    if seen.error is not None:
        raise BackwardFailed(seen.error, log) from seen.error
    return log


def recorded(seen: Observation, names: Mapping[str, Any] | None = None) -> Recording:
    """Make a recording of what was observed."""
    log = _nodes(seen.graph, names or {})
    log.initial = {2 * i + 1: grad for i, grad in enumerate(seen.before) if grad}
    log.forward(seen.graph.data)
    _write(log, seen.graph, seen.events, seen.before)
    return log.close()


@contextmanager
def gradients_restored(engine: Engine, root: Any) -> Iterator[None]:
    """Put the gradients of a graph back, whatever happens in between."""
    nodes = read_graph(root, engine).order
    kept = [getattr(node, engine.grad_name, None) for node in nodes]
    try:
        yield
    finally:
        for node, grad in zip(nodes, kept, strict=True):
            engine.set_grad(node, grad)


@contextmanager
def no_collection() -> Iterator[None]:
    """Make many small objects without Python looking for garbage among them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def deeper(frames: int) -> Iterator[None]:
    """Let Python recurse a little deeper for a while; a limit that they set themselves stays."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + frames)
    try:
        yield
    finally:
        if sys.getrecursionlimit() == limit + frames:
            sys.setrecursionlimit(limit)


def _nodes(graph: LearnerGraph, names: Mapping[str, Any]) -> Recording:
    log = Recording(root=graph.root)
    scopes: dict[Origin, str] = scopes_of({each for each in graph.origins if each})
    for i, node in enumerate(graph.order):
        origin = graph.origins[i]
        log.add_node(graph.ops[i], graph.parents[i], scopes[origin] if origin else "")
        if origin:
            log.sources[i] = origin.source
        if label := graph.engine.label(node):
            log.labels[i] = label
    for name, thing in names.items():
        place = graph.index.get(id(thing))
        if place is not None and not name.startswith("_"):
            log.labels.setdefault(place, name)
    return log


def _write(log: Recording, graph: LearnerGraph, events: list[Event], before: list[float]) -> None:
    """Turn the events into steps: what clears gradients first, then the seed, then rule after rule."""
    now = list(before)
    first = next((k for k, event in enumerate(events) if event.after or event.by != NOBODY), len(events))
    cleared = [event for event in events[:first] if now[event.target] != 0]
    if cleared:
        log.begin("zero_grad")
        for event in cleared:
            log.step(event.target)
            _append(log, event, None, None)
            now[event.target] = 0.0
    log.begin("backward")
    previous: int | None = NOBODY - 1
    for event in events[first:]:
        by: int | None = event.by
        if by == NOBODY:
            by = None if event.target == graph.root and event.after else event.target
        if by != previous or by is None or _complete(log, graph, by):
            log.step(by)
        previous = by
        _contribution(log, graph, event, by, now)
    _unseen(log, graph, now)


def _complete(log: Recording, graph: LearnerGraph, by: int) -> bool:
    """Whether the open step holds a write for each input: what follows is another visit."""
    return len(log.write_cell) - log.step_start[-1] >= len(graph.parents[by])


def _contribution(
    log: Recording, graph: LearnerGraph, event: Event, by: int | None, now: list[float]
) -> None:
    """A write, with what arrived: what was added, or what was assigned over what was there."""
    target, old, new = event.target, now[event.target], event.after
    now[target] = new
    if by is None:
        _append(log, event, new if not event.read else new - old, None)
        return
    inputs = graph.parents[by]
    slots = [slot for slot, parent in enumerate(inputs) if parent == target]
    if not slots or event.by == NOBODY:
        _append(log, event, None, None)
        return
    slot = slots[0] if len(slots) == 1 else _next_slot(log, slots)
    expected = _expected(graph, by, slot, now if target != by else None)
    amount = _arrived(event, old, expected)
    known = expected is not None and same(amount, expected)
    _append(log, event, amount, slot)
    if not known and graph.ops[by] is not None:
        log.write_locals[len(log.write_cell) - 1] = None


def _next_slot(log: Recording, slots: list[int]) -> int:
    """Of `a*a` the first write of a step is to the first argument, the next to the second."""
    written = len(log.write_cell) - log.step_start[-1]
    return slots[min(written, len(slots) - 1)]


def _expected(graph: LearnerGraph, by: int, slot: int, grads: list[float] | None) -> float | None:
    op = graph.ops[by]
    if op is None or op.vjps is None or grads is None or len(op.vjps) <= slot:
        return None
    values = [graph.data[parent] for parent in graph.parents[by]]
    return op.vjps[slot](grads[by], graph.data[by], *values)


def _arrived(event: Event, old: float, expected: float | None) -> float:
    """What a write brought. The numbers decide whether it was added, where they can."""
    new = event.after
    if expected is not None and old + expected == new:
        return expected
    added = event.read
    if expected is not None and same(new, expected) != same(new, old + expected):
        added = not same(new, expected)
    if not added:
        return new
    amount = new - old
    if old + amount != new and expected is not None and same(old + expected, new):
        return expected
    return amount


def _append(log: Recording, event: Event, amount: float | None, slot: int | None) -> None:
    log.write(event.target, "grad", event.after, amount, slot)
    log.write_sources[len(log.write_cell) - 1] = event.source


def _unseen(log: Recording, graph: LearnerGraph, now: list[float]) -> None:
    """What was changed past the watch, as in an array's own memory: the end is theirs all the same."""
    for i, node in enumerate(graph.order):
        grad = graph.engine.grad(node)
        if grad != now[i] and not (grad != grad and now[i] != now[i]):
            log.step(i)
            log.write(i, "grad", grad)
