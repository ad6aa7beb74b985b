"""Watching gradients while somebody's backward pass runs: who wrote what to which, and at which line.

For that time the class has a descriptor in the place of its gradient, which notes each write. On whose
behalf a rule writes is read from its frame: the local variable that holds a node with the target among
its parents, such as `out` or `v`.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FrameType
from typing import Any, NamedTuple

from .attributes import as_number
from .graph import LearnerGraph

NOBODY = -1
MOST_CONSUMERS = 64
OUTWARDS = 5
"""How many frames from the write outwards a node is looked for."""


class Event(NamedTuple):
    """A write to a gradient, by the rule of a node or by NOBODY; `read` is whether the old one was.

    `code` and `source` are where it was written; `rule` is the frame that knew on whose behalf.
    """

    target: int
    after: float
    by: int
    read: bool
    code: CodeType
    source: str
    rule: CodeType
    rule_source: str


@dataclass(eq=False)
class Watch:
    """What was written while it was on."""

    graph: LearnerGraph
    events: list[Event] = field(default_factory=list)
    _sites: dict[tuple[int, int], list[tuple[int, str]]] = field(default_factory=dict)
    _sources: dict[tuple[int, int], str] = field(default_factory=dict)
    _reads: dict[int, int] = field(default_factory=dict)
    _started: bool = False
    _accessors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._accessors = _accessors(self.graph.engine.grad_name)

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Put the descriptor in its place, and take it away whatever happens."""
        name = self.graph.engine.grad_name
        owners = _owners({type(node) for node in self.graph.order}, name)
        originals = {owner: vars(owner).get(name, _ABSENT) for owner in owners}
        try:
            for owner, original in originals.items():
                type.__setattr__(owner, name, _descriptor(self, name, original))
            yield
        finally:
            for owner, original in originals.items():
                if original is _ABSENT:
                    type.__delattr__(owner, name)
                else:
                    type.__setattr__(owner, name, original)

    def read(self, node: Any, frame: FrameType) -> None:
        """Note that a frame reads a gradient."""
        self._reads[id(node)] = id(self._user(frame))

    def written(self, node: Any, value: Any, frame: FrameType) -> None:
        """Note a write that a frame makes; whether it has read what is there tells `+=` from `=`."""
        frame = self._user(frame)
        read = self._reads.pop(id(node), 0) == id(frame)
        target = self.graph.index.get(id(node))
        if target is None:
            return
        after = as_number(value)
        now = 0.0 if after is None else after
        self._started = self._started or now != 0
        by, depth = self._by(target, frame) if self._started else (NOBODY, 0)  # gradients are cleared
        outer = frame
        for _ in range(depth if _is_helper(frame, node) else 0):
            outer = outer.f_back or outer
        self.events.append(
            Event(
                target,
                now,
                by,
                read,
                frame.f_code,
                self._source(frame),
                outer.f_code,
                self._source(outer),
            )
        )

    def _user(self, frame: FrameType) -> FrameType:
        """The frame that uses a property, for that of the property's own code."""
        while frame.f_code.co_name in self._accessors and frame.f_back:
            frame = frame.f_back
        return frame

    def _source(self, frame: FrameType) -> str:
        site = (id(frame.f_code), frame.f_lasti)
        found = self._sources.get(site)
        if found is None:
            found = self._sources[site] = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        return found

    def _by(self, target: int, frame: FrameType) -> tuple[int, int]:
        """The node a frame writes for, and how far out it is known: each time the same variable."""
        site = (id(frame.f_code), frame.f_lasti)
        known = self._sites.get(site)
        if known is not None and len(known) == 1 and known[0][0] == 0:  # nearly always, and quick
            place = self.graph.index.get(id(frame.f_locals.get(known[0][1])))
            if place is not None and target in self.graph.parents[place]:
                return place, 0
        running = self._running(target, frame)
        if running is not None:
            own = [name for name, held in frame.f_locals.items() if held is self.graph.order[running[0]]]
            if own and not running[1]:
                self._sites[site] = [(0, own[0])]
            return running
        found = _named(frame, self.graph, known)
        fitting = {place: node for place, node in found.items() if target in self.graph.parents[node]}
        if not fitting:
            return _owner(frame, self.graph), 0
        self._sites[site] = list(fitting)
        nearest = min(depth for depth, _ in fitting)
        here = {name: node for (depth, name), node in fitting.items() if depth == nearest}
        outer = frame
        for _ in range(nearest):
            outer = outer.f_back or outer
        return self._likeliest(outer, here), nearest

    def _running(self, target: int, frame: FrameType) -> tuple[int, int] | None:
        """The consumer of the target whose own closure is run by the frame, or by one around it."""
        if self.graph.engine.family != "closures":
            return None
        current: FrameType | None = frame
        for depth in range(OUTWARDS):
            if current is None:
                break
            if current.f_code.co_freevars:
                for node in self._consumers[target][:MOST_CONSUMERS]:
                    if _runs(self.graph.engine.rule(self.graph.order[node]), current):
                        return node, depth
            current = current.f_back
        return None

    @cached_property
    def _consumers(self) -> list[list[int]]:
        consumers: list[list[int]] = [[] for _ in self.graph.order]
        for node, parents in enumerate(self.graph.parents):
            for parent in dict.fromkeys(parents):
                consumers[parent].append(node)
        return consumers

    def _likeliest(self, frame: FrameType, here: dict[str, int]) -> int:
        """Of the variables of a frame that could be the node: `out` of a closure, `self` of a method.

        In the public pass `self` is where it began: another variable goes before it.
        """
        code = frame.f_code
        first = code.co_varnames[0] if code.co_argcount else ""
        if first in here and code.co_name != self.graph.engine.backward:
            return here[first]
        return max([node for name, node in here.items() if name != first] or here.values())


def _runs(rule: Any, frame: FrameType) -> bool:
    """Whether a frame runs a closure: its code, and in its variables what the closure holds."""
    closure = getattr(rule, "__closure__", None)
    if not closure or rule.__code__ is not frame.f_code:
        return False
    variables = frame.f_locals
    cells = zip(rule.__code__.co_freevars, closure, strict=True)
    return all(variables.get(name) is _content(cell) for name, cell in cells)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _named(
    frame: FrameType, graph: LearnerGraph, known: list[tuple[int, str]] | None
) -> dict[tuple[int, str], int]:
    """The nodes of the graph that variables of a frame and of those around it hold."""
    found: dict[tuple[int, str], int] = {}
    current: FrameType | None = frame
    depths = OUTWARDS if known is None else max(depth for depth, _ in known) + 1
    for depth in range(depths):
        if current is None:
            break
        variables = current.f_locals
        names = variables if known is None else [name for d, name in known if d == depth]
        for name in names:
            place = graph.index.get(id(variables.get(name)))
            if place is not None:
                found[depth, name] = place
        current = current.f_back
    return found


def _owner(frame: FrameType, graph: LearnerGraph) -> int:
    """The node whose own rule the frame runs, where the target is none of its parents."""
    for value in frame.f_locals.values():
        if id(value) in graph.index:
            rule = graph.engine.rule(value)
            if getattr(rule, "__code__", None) is frame.f_code:
                return graph.index[id(value)]
    return NOBODY


def _is_helper(frame: FrameType, node: Any) -> bool:
    """Whether a frame is of a method that adds to the gradient of its own object for others."""
    code = frame.f_code
    return bool(code.co_argcount) and frame.f_locals.get(code.co_varnames[0]) is node


def _accessors(grad: str) -> tuple[str, ...]:
    """What a property's setter or a `__setattr__` is called: not who writes, but how."""
    return ("__setattr__", grad.rpartition("__")[2].strip("_"), "__set__")


_ABSENT = object()


def _owners(kinds: set[type], name: str) -> set[type]:
    """The classes to put the descriptor on: where the attribute is defined, else the most general."""
    owners = set()
    for kind in kinds:
        defining = [each for each in kind.__mro__ if name in vars(each)]
        general = [each for each in kind.__mro__ if each in kinds]
        owners.add(defining[0] if defining else general[-1])
    return owners


def _descriptor(watch: Watch, name: str, original: Any) -> Any:
    """Return a data descriptor over a slot, or over what lies in the objects' `__dict__`."""
    slot = hasattr(original, "__set__")

    class Gradient:
        """The gradient of a node, which tells the watch."""

        def __get__(self, node: Any, owner: Any = None) -> Any:
            if node is None:
                return original
            watch.read(node, sys._getframe(1))
            if slot:
                return original.__get__(node, owner)
            try:
                return node.__dict__[name]
            except KeyError:
                if original is not _ABSENT:
                    return original
                raise AttributeError(name) from None

        def __set__(self, node: Any, value: Any) -> None:
            if slot:
                original.__set__(node, value)
            else:
                node.__dict__[name] = value
            watch.written(node, value, sys._getframe(1))

        def __delete__(self, node: Any) -> None:
            if slot:
                original.__delete__(node)
            else:
                del node.__dict__[name]

    return Gradient()
