"""A step over a folded module: what came in, and what it gave to the nodes outside of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ....engine.recording.tensor import Summary, TensorRecording, TensorWrite
from ....engine.recording.tensor_conditions import is_inside
from ...text.format import number, plain
from .modules import norm_of
from .trace import named, summary_text

MOST = 12
"""How many gradients of parameters are listed."""


@dataclass(frozen=True)
class Passed:
    """The steps `start` <= i < `end` taken as one: all in one module."""

    scope: str
    start: int
    end: int

    @property
    def title(self) -> str:
        """The module, safe to show."""
        return plain(self.scope)

    @property
    def nodes(self) -> str:
        """How many nodes were passed."""
        count = self.end - self.start
        return f"{count:,} node{'s'[: count != 1]}"


@dataclass(frozen=True)
class Traffic:
    """What came into the steps from outside of them, what left, and what the leaves among them got."""

    incoming: tuple[tuple[str, Summary], ...]
    leaving: tuple[tuple[str, Summary | None], ...]
    leaves: tuple[tuple[str, Summary], ...]


@lru_cache(maxsize=4)
def traffic(recording: TensorRecording, passed: Passed) -> Traffic:
    """Return what comes into the passed steps, and what leaves them."""
    steps = range(passed.start, passed.end)
    nodes = {recording.steps[step].node for step in steps}
    incoming = (
        (named(recording.nodes[node]), write)
        for step in steps
        for node in (recording.steps[step].node,)
        for giver, write in recording.arrivals.get(node, ())
        if not passed.start <= giver < passed.end
    )
    leaving = (
        (named(recording.nodes[write.target]), write.amount)
        for step in steps
        for write in recording.steps[step].writes
        if write.target not in nodes
    )
    leaves = (
        (named(recording.nodes[each.node]), grad)
        for each in recording.steps[passed.start : passed.end]
        for grad in each.grad
        if recording.nodes[each.node].is_leaf and grad is not None
    )
    return Traffic(tuple(_carried(incoming)), tuple(leaving), tuple(leaves))


def _carried(writes: Iterator[tuple[str, TensorWrite]]) -> Iterator[tuple[str, Summary]]:
    for name, write in writes:
        if write.amount is not None:
            yield name, write.amount


def passed_note(recording: TensorRecording, passed: Passed, verb: str) -> str:
    """Say what was passed and what came of it: `passed over h[3], 61 nodes: norm 0.2 in, 0.3 out`."""
    seen = traffic(recording, passed)
    came = norm_of(each for _, each in seen.incoming)
    left = norm_of(each for _, each in seen.leaving)
    words = [
        f"norm {number(norm)} {way}" for norm, way in ((came, "in"), (left, "out")) if norm is not None
    ]
    if seen.leaves and not words:
        words = ["leaves only: their gradients are final"]
    return f"{verb} {passed.title}, {passed.nodes}{': ' if words else ''}{', '.join(words)}"


def passed_told(recording: TensorRecording, passed: Passed) -> Iterator[tuple[str, str]]:
    """Yield sentences and their styles about the steps that were passed."""
    seen = traffic(recording, passed)
    yield f"through {passed.title}, {passed.nodes}", "strong changed"
    yield f"steps {passed.start + 1} to {passed.end}, taken as one; N, then s goes into it", "dim"
    yield "came in", "header"
    yield from _listed((f"at {name}", each) for name, each in seen.incoming)
    if not seen.incoming:
        yield "  nothing from outside: the pass begins here", "dim"
    yield "leaves it", "header"
    yield from _listed((f"to {name}", each) for name, each in seen.leaving)
    if not seen.leaving:
        yield "  nothing: what was before asks for no gradient", "dim"
    if seen.leaves:
        yield "its parameters", "header"
        yield from _listed(seen.leaves[:MOST])
        if (more := len(seen.leaves) - MOST) > 0:
            yield f"  and {more:,} more", "dim"
    for each in recording.parameters:
        if each.grad is None and _is_of(recording, each.name, each.node, passed.scope):
            why = "None arrived" if each.node is not None else "this loss does not reach it"
            why = "requires_grad=False" if each.frozen else why
            yield f"  {plain(each.name)}: no gradient: {why}", "negative"


def _listed(rows: Iterable[tuple[str, Summary | None]]) -> Iterator[tuple[str, str]]:
    for name, each in rows:
        yield f"  {name}: {summary_text(each)}", "warning" if each is not None and each.nonfinite else ""


def _is_of(recording: TensorRecording, name: str, node: int | None, scope: str) -> bool:
    """Whether a parameter belongs to a module: by its name, `h.3.weight` of `h[3]`."""
    if node is not None:
        return is_inside(recording.nodes[node].scope, scope)
    return name.startswith(f"{scope.replace('[', '.').replace(']', '').lstrip('.')}.")
