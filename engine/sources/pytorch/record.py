"""Recording a backward pass of PyTorch's: by a dry run that is confirmed, or live, by PyTorch itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch

from ...recording.tensor import (
    Failure,
    Mode,
    ParameterGrad,
    Summary,
    TensorRecording,
    TensorStep,
    TensorWrite,
)
from .backward_call import BackwardCall, backward_call
from .described import Described
from .dry_run import NodeFailed, Sent, Visit, dry_run, one_pass
from .failed import refusal
from .flat import lies_together
from .forward import ForwardNotes
from .graph import Graph
from .live_run import LiveRun
from .loss_scale import loss_scale
from .modules import Modules
from .not_finite import not_finite
from .refused import Refused
from .same_bits import same_bits
from .saved import SavedTensors
from .summary import dtype_name, shape_of, summarise
from .values.kept import Keeper
from .why_live import is_reentrant, why_live

Way = Literal["", "dry", "live"]
MOST_BIRTHS = 20
"""Of so many nodes that make nan or inf it is kept what they were made of."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known around a pass: what variables hold, notes on the forward, the real call."""

    held: Mapping[str, Any]
    """Modules and tensors by the variables that hold them."""
    run: Callable[[], Any]
    """The program's own call."""
    notes: ForwardNotes | None = None
    way: Way = ""
    keeper: Keeper = field(default_factory=Keeper)
    """Who keeps the tensors that pass."""


def record(call: BackwardCall, scene: Scene) -> TensorRecording:
    """Record the pass; raise Refused where that cannot be done without a wrong number."""
    pass_ = _Pass(call, scene)
    why = "" if scene.way == "dry" else why_live(pass_.graph, scene.notes)
    if scene.way == "live" or why:
        return pass_.live(why)
    recording = pass_.dry()
    if recording.same < len(recording.received) and not scene.way:
        return _Pass(call, scene).live("a dry run gave other bits than PyTorch")
    return recording


def record_loss(root: Any, held: Mapping[str, Any], keeper: Keeper | None = None) -> TensorRecording:
    """Record the pass of a loss in a program that goes on: its graph and each `.grad` are kept."""
    call = backward_call(root)

    def run() -> None:
        leaves = [leaf for leaf in map(graph.leaf, range(len(graph.nodes))) if leaf is not None]
        before = [(leaf, None if leaf.grad is None else leaf.grad.clone()) for leaf in leaves]
        try:
            call.run()
        finally:
            for leaf, gradient in before:
                leaf.grad = gradient

    graph = Graph(call.edges)
    return record(call, Scene(held, run, keeper=keeper or Keeper()))


@dataclass(eq=False, slots=True)
class _Received:
    """What a leaf received; the tensor itself only where it is needed again."""

    leaf: Any
    summary: Summary
    gradient: Any


@dataclass(eq=False, slots=True)
class _Known:
    """A tensor that has been summarised, as long as nobody changes it."""

    tensor: Any
    version: int
    summary: Summary


def _same_elements(one: Any, other: Any) -> bool:
    """Whether one tensor is the other, or a view of the same memory, of all of it."""
    if one is other:
        return True
    if torch.strided not in {one.layout} & {other.layout} or one.dtype != other.dtype:
        return False
    if one.is_neg() != other.is_neg() or one.is_conj() != other.is_conj():
        return False
    same = one.data_ptr() == other.data_ptr() != 0 and one.numel() == other.numel()
    return same and lies_together(one) and lies_together(other)


class _Pass:
    def __init__(self, call: BackwardCall, scene: Scene) -> None:
        self.call, self.scene = call, scene
        self.graph = Graph(call.edges)
        self.modules = Modules(scene.held)
        self.described = Described(self.graph, self.modules, scene.notes)
        self.nodes = self.described.nodes()
        self._steps: list[TensorStep] = []
        self._received: dict[int, _Received] = {}
        """By the id of a leaf, in the order of arrival."""
        self._on_their_way: dict[int, list[_Known]] = {}
        """Node -> what was sent to it, until it is visited: most arrives as it was sent."""
        self._keeps = True
        self._births = 0
        """How many nodes have made values that are not finite out of finite ones."""
        self._leaves = {
            id(leaf): node for node, leaf in enumerate(self._all_leaves()) if leaf is not None
        }
        self._held = {
            key: summarise(leaf.grad) for key, leaf in self._candidates() if leaf.grad is not None
        }

    def _all_leaves(self) -> list[Any]:
        return [self.graph.leaf(i) for i in range(len(self.graph.nodes))]

    def _candidates(self) -> list[tuple[int, Any]]:
        """The leaves that may receive a gradient, those of reentrant checkpoints too."""
        held = [thing for thing in self.scene.held.values() if isinstance(thing, torch.Tensor)]
        leaves = [*self._all_leaves(), *self.modules.parameters, *held]
        return [
            (id(leaf), leaf)
            for leaf in leaves
            if leaf is not None and leaf.is_leaf and leaf.requires_grad
        ]

    # The two ways

    def dry(self) -> TensorRecording:
        """Call the nodes, then have PyTorch confirm what came of it."""
        if is_reentrant(self.graph):
            raise Refused("a reentrant checkpoint writes to .grad by itself: it can only be run --live")
        self.scene.keeper.begin(self.graph, self.call, live=False)
        try:
            with one_pass():
                for visit in dry_run(self.graph, self.call):
                    self._see(visit)
        except NodeFailed as failed:
            raise self._refusal(failed) from None
        return self._recording("dry", "", self._confirmed())

    def live(self, why: str) -> TensorRecording:
        """Run the program's own call, and note what passes."""
        self._keeps = is_reentrant(self.graph)
        self.scene.keeper.begin(self.graph, self.call, live=True)
        try:
            LiveRun(self.graph, self._see, self._gather).run(self.scene.run, self._candidates())
        except NodeFailed as failed:
            raise self._refusal(failed) from None
        return self._recording("live", why, dict.fromkeys(self._received, True))

    def _refusal(self, failed: NodeFailed) -> Refused:
        in_place = self.scene.notes.in_place if self.scene.notes else None
        where = self.described.where(failed.node)
        refused = refusal(failed, self.graph.nodes[failed.node], where, in_place)
        sentence = str(refused).replace(f"{Path.cwd()}/", "")
        said = Failure(sentence, self.nodes[failed.node].source)
        refused.recording = replace(self._recording("dry", "", {}), failed=said)
        return refused

    def _confirmed(self) -> dict[int, bool]:
        """Compare with `torch.autograd.grad`, which adds to no `.grad` either."""
        self._on_their_way.clear()
        if not self._received:
            return {}
        theirs = torch.autograd.grad(
            self.call.roots,
            [each.leaf for each in self._received.values()],
            self.call.given,
            retain_graph=True,
            create_graph=self.call.create_graph,
            allow_unused=True,
        )
        pairs = zip(self._received.items(), theirs, strict=True)
        return {key: same_bits(mine.gradient, other) for (key, mine), other in pairs}

    # What passes

    def _see(self, visit: Visit) -> None:
        self.scene.keeper.see(len(self._steps), visit)
        known = self._on_their_way.pop(visit.node, [])
        grad = tuple(self._summary(gradient, known) for gradient in visit.arrived)
        writes = tuple(self._write(sent, known) for sent in visit.sent)
        self._steps.append(TensorStep(visit.node, grad, writes, self._fed(visit.node, grad, writes)))
        leaf = self.graph.leaf(visit.node)
        if leaf is not None and visit.arrived[0] is not None:
            self._gather(leaf, visit.arrived[0], grad[0])

    def _fed(
        self, node: int, grad: Sequence[Summary | None], writes: Sequence[TensorWrite]
    ) -> tuple[tuple[str, Summary], ...]:
        """What a node had saved that made values that are not finite out of finite ones."""
        made = any(write.amount is not None and write.amount.nonfinite for write in writes)
        came = any(each is not None and each.nonfinite for each in grad)
        if came or not made or self._births >= MOST_BIRTHS:
            return ()
        self._births += 1
        return tuple(SavedTensors().summaries(self.graph.nodes[node]))

    def _write(self, sent: Sent, known: list[_Known]) -> TensorWrite:
        summary = self._summary(sent.amount, known)
        if summary is not None:
            way = self._on_their_way.setdefault(sent.target, [])
            way.append(_Known(sent.amount, sent.amount._version, summary))
        cast = dtype_name(sent.cast_from) if sent.cast_from else ""
        return TensorWrite(sent.target, sent.slot, summary, sent.summed_from, cast)

    def _summary(self, gradient: Any, known: list[_Known]) -> Summary | None:
        """Summarise a gradient, or find it among those of which that has been done."""
        if gradient is None:
            return None
        for each in known:
            if each.version == gradient._version and _same_elements(each.tensor, gradient):
                shape, seen = shape_of(gradient), each.summary
                return seen if seen.shape == shape else replace(seen, shape=shape)
        known.append(_Known(gradient, gradient._version, summarise(gradient)))
        return known[-1].summary

    def _gather(self, leaf: Any, gradient: Any, summary: Summary | None = None) -> None:
        """Note what a leaf receives; what comes to it by inner passes adds up."""
        before = self._received.get(id(leaf))
        if before is not None:
            with torch.no_grad():
                gradient, summary = before.gradient + gradient, None
        kept = gradient if self._keeps else None
        self._received[id(leaf)] = _Received(leaf, summary or summarise(gradient), kept)

    # What came of it

    def _recording(self, mode: Mode, why: str, same: Mapping[int, bool]) -> TensorRecording:
        self.scene.keeper.end(self._steps)
        named = {id(parameter): parameter for parameter in self.modules.parameters}
        received = [key for key in named if key in self._received]
        others = [key for key in self._received if key not in named and self._is_theirs(key)]
        silent = [
            self._silent(parameter) for key, parameter in named.items() if key not in self._received
        ]
        parameters = (*(self._parameter(key, same) for key in (*received, *others)), *silent)
        bad = {each.node for each in parameters if each.value and each.value.nonfinite}
        return TensorRecording(
            str(torch.__version__),
            mode,
            tuple(node for node, _ in self.graph.roots),
            self.nodes,
            tuple(self._steps),
            parameters,
            why,
            self._notes(),
            tuple(map(summarise, self.call.roots)),
            tuple(map(self.modules.name, self.call.roots)),
            not_finite(self.graph, self.scene.notes, {node for node in bad if node is not None}),
            loss_scale(self.graph, self.call, self.scene.notes, self._steps),
        )

    def _is_theirs(self, key: int) -> bool:
        """Leave out the inputs of a reentrant checkpoint, which it makes leaves of for itself."""
        return key in self._leaves or bool(self.modules.name(self._received[key].leaf))

    def _parameter(self, key: int, same: Mapping[int, bool]) -> ParameterGrad:
        received = self._received[key]
        leaf = received.leaf
        return ParameterGrad(
            self.modules.name(leaf),
            shape_of(leaf),
            dtype_name(leaf.dtype),
            received.summary,
            same.get(key),
            self._leaves.get(key),
            summarise(leaf),
            self._held.get(key),
            model=self.modules.model(leaf),
        )

    def _silent(self, parameter: Any) -> ParameterGrad:
        """A parameter that this pass brings nothing."""
        key = id(parameter)
        return ParameterGrad(
            self.modules.name(parameter),
            shape_of(parameter),
            dtype_name(parameter.dtype),
            None,
            None,
            self._leaves.get(key),
            None,
            self._held.get(key),
            not parameter.requires_grad,
            self.modules.model(parameter),
            self.call.asks_for(parameter),
        )

    def _notes(self) -> tuple[str, ...]:
        eager = self.scene.notes is not None and self.scene.notes.eager
        return ("torch.compile is set aside: the model runs as it is written (eager)",) if eager else ()
