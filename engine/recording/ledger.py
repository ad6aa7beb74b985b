"""A ledger of nan and inf: the nodes where they are born, passed on, healed; forward and backward.

A node that has no entry is clean. A finite gradient of a parameter does not prove a clean pass: what an
op made can be hidden by a `where`, by `nan_to_num`, by the zeros of a ReLU.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from .tensor import NotFinite, Summary, TensorRecording, TensorStep

Phase = Literal["forward", "backward"]
State = Literal["born", "passed on", "healed"]

INTO_ZERO = ("Softmax", "LogSoftmax", "Logsumexp", "Exp", "Sigmoid", "MultiMarginLoss")
"""Ops for which minus infinity is a number as another: what a mask leaves out counts nothing."""
PICKERS = (
    *("Max", "Min", "Amax", "Amin", "Topk", "Sort", "Kthvalue", "Median", "MaxPool2DWithIndices"),
    *("Gather", "Index", "IndexSelect", "Select", "Slice", "NllLoss", "NllLoss2D", "Clamp", "ClampMin"),
)
"""Ops that pick some of several: infinity of a mask stands for what is not to be picked."""
PUT_IN = (
    *(
        "MaskedFill",
        "Where",
        "IndexPut",
        "IndexFill",
        "ScatterFill",
        "Fill",
        "FillDiagonal",
        "CopySlices",
    ),
    *("Add", "Baddbmm"),
)
"""Ops by which a mask puts infinity in."""


UNSEEN = ("AsStrided",)
"""Nodes of views of what was changed in place, made when somebody asks for them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a node does to values that are not finite."""

    phase: Phase
    node: int
    state: State
    bad: int
    """How many values are not finite: of those it gives out, or, where it heals, of those that came."""
    total: int
    why: str = ""
    """In words, where it is more than an op: a hook, the gradient that backward() was given."""
    operands: tuple[tuple[str, Summary], ...] = ()
    """What it was made of, where it was born here."""
    meant: bool = False
    """Whether a mask put infinity in, and an op for which that is a number took it out again."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """The entries in the order of the pass: forward, then backward."""

    entries: tuple[Entry, ...]
    watched: bool
    """Whether the forward pass was watched; else only the backward pass is here."""
    reached: tuple[str, ...]
    """What is not finite at the end: the loss, parameters by name."""

    @cached_property
    def forward(self) -> dict[int, Entry]:
        """Node -> its entry of the forward pass."""
        return {each.node: each for each in self.entries if each.phase == "forward"}

    @cached_property
    def backward(self) -> dict[int, Entry]:
        """Node -> its entry of the backward pass."""
        return {each.node: each for each in self.entries if each.phase == "backward"}

    def born(self, phase: Phase) -> Iterator[Entry]:
        """Yield where values that nobody meant were born, the first one first."""
        return (
            each
            for each in self.entries
            if each.phase == phase and each.state == "born" and not each.meant
        )

    def healed(self) -> Iterator[Entry]:
        """Yield where such values were hidden."""
        return (each for each in self.entries if each.state == "healed" and not each.meant)


def ledger(log: TensorRecording) -> Ledger:
    """Return the ledger of a recording."""
    roots = zip(log.names or ("",) * len(log.values), log.values, strict=False)
    reached = [name or "the loss" for name, value in roots if value.nonfinite]
    reached += [each.name or "a leaf" for each in log.received if each.grad and each.grad.nonfinite]
    entries = (*_forward(log), *_backward(log))
    return Ledger(entries, log.not_finite is not None, tuple(reached))


# Forward


def _forward(log: TensorRecording) -> list[Entry]:
    """In the order of the nodes, which stand parents first."""
    bad = {each.node: each for each in log.not_finite or ()}
    if not bad:
        return []
    bad |= _unseen(log, bad)
    found: dict[int, Entry] = {}
    for node in log.nodes:
        fed = [bad[parent] for parent in node.parents if parent is not None and parent in bad]
        if node.id in bad:
            found[node.id] = _gives_bad(bad[node.id], fed)
        elif fed:
            count = sum(_count(each) for each in fed)
            found[node.id] = Entry("forward", node.id, "healed", count, sum(each.total for each in fed))
    meant = _meant(log, bad, found)
    return [replace(each, meant=True) if each.node in meant else each for each in found.values()]


def _unseen(log: TensorRecording, bad: dict[int, NotFinite]) -> dict[int, NotFinite]:
    """Nodes that PyTorch makes after an op, so that nobody saw a value: bad if what came and went is."""
    found: dict[int, NotFinite] = {}
    for node in log.nodes:
        fed = next((bad[each] for each in node.parents if each is not None and each in bad), None)
        is_passed = any(each in bad for each in log.consumers.get(node.id, ()))
        if node.op.partition("Backward")[0] in UNSEEN and fed is not None and is_passed:
            found[node.id] = replace(fed, node=node.id, operands=())
    return found


def _count(bad: NotFinite) -> int:
    return bad.nan + bad.inf + bad.minus_inf


def _gives_bad(bad: NotFinite, fed: Sequence[NotFinite]) -> Entry:
    """Nan that comes of infinity is born anew."""
    is_new = not fed or (bad.nan > 0 and not any(each.nan for each in fed))
    state: State = "born" if is_new else "passed on"
    return Entry("forward", bad.node, state, _count(bad), bad.total, kinds(bad), bad.operands)


def kinds(bad: NotFinite) -> str:
    """Return `2 nan, 1 -inf`."""
    counts = ((bad.nan, "nan"), (bad.inf, "inf"), (bad.minus_inf, "-inf"))
    return ", ".join(f"{count} {kind}" for count, kind in counts if count)


def _meant(log: TensorRecording, bad: dict[int, NotFinite], found: dict[int, Entry]) -> set[int]:
    """The nodes all of whose infinities go into ops that know what to do with them."""
    meant: set[int] = set()
    for node in sorted(found, reverse=True):
        entry = found[node]
        if entry.state == "healed":
            fed = [bad[each] for each in log.nodes[node].parents if each is not None and each in bad]
            is_meant = all(_takes(log, node, each, bad) for each in fed)
        else:
            consumers = log.consumers.get(node, ())
            is_finite = node not in log.root and not bad[node].nan
            is_meant = is_finite and all(
                each in meant or _masks_all(log, each, bad[node], bad) for each in consumers
            )
        if is_meant:
            meant.add(node)
    return meant


def _masks_all(log: TensorRecording, node: int, came: NotFinite, bad: dict[int, NotFinite]) -> bool:
    """Whether a softmax gives nan for a row of which a mask left nothing: its fault, not the mask's."""
    gives = node in bad and bad[node].nan > 0
    return gives and not came.inf and _short(log.nodes[node].op) in ("Softmax", "LogSoftmax")


def _takes(log: TensorRecording, node: int, bad: NotFinite, all_bad: dict[int, NotFinite]) -> bool:
    op = _short(log.nodes[node].op)
    if bad.nan:
        return False
    if not bad.inf and (op in INTO_ZERO or op.startswith("ScaledDotProduct")):
        return True
    return op in PICKERS and _short(log.nodes[_origin(log, bad.node, all_bad)].op) in PUT_IN


def _origin(log: TensorRecording, node: int, bad: dict[int, NotFinite]) -> int:
    """The first node of a chain that has values which are not finite."""
    while True:
        before = [each for each in log.nodes[node].parents if each is not None and each in bad]
        if not before:
            return node
        node = before[0]


def _short(op: str) -> str:
    return op.partition("Backward")[0].removeprefix("Safe")


# Backward


def _backward(log: TensorRecording) -> Iterator[Entry]:
    for step in log.steps:
        came = [write.amount for _, write in log.arrivals.get(step.node, ()) if write.amount]
        arrived, sent = _bad_of(step.grad), _bad_of(came)
        given = [write.amount for write in step.writes if write.amount is not None]
        if sent and not arrived:
            yield Entry("backward", step.node, "healed", sent, _size(came), "by a hook before it")
        if arrived and not sent:
            why = "in the sum of what arrived" if came else "in the gradient that backward() was given"
            yield Entry("backward", step.node, "born", arrived, _size(step.grad), why)
        elif arrived and given and not _bad_of(given):
            yield Entry("backward", step.node, "healed", arrived, _size(step.grad))
        elif arrived:
            passed = given if given else step.grad
            yield Entry("backward", step.node, "passed on", _bad_of(passed), _size(passed))
        elif _bad_of(given):
            yield _born(step, given)


def _born(step: TensorStep, given: Sequence[Summary]) -> Entry:
    """Born of finite ones that arrived, and of what the node had saved."""
    arrived = tuple(("the gradient that arrived", each) for each in step.grad if each is not None)
    bad, total = _bad_of(given), _size([each for each in given if each.nonfinite])
    return Entry("backward", step.node, "born", bad, total, operands=(*arrived, *step.fed))


def _bad_of(tensors: Iterable[Summary | None]) -> int:
    return sum(each.nonfinite for each in tensors if each is not None)


def _size(tensors: Iterable[Summary | None]) -> int:
    return sum(math.prod(each.shape) for each in tensors if each is not None)
