"""The health of a backward pass of tensors: where it explodes, vanishes, breaks off, is not finite."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..recording.tensor import ParameterGrad, Summary, TensorRecording, TensorStep, TensorWrite
from .tensor_finding import Severity, TensorFinding, listed, source, where
from .tensor_nan import not_finite

VANISHING = 1e-4
"""The part of the largest module's gradient below which a module's has vanished."""
EXPLODING = 100.0
"""How many times its weights, or how large where those are below one, a module's gradient may be.

And how many times the gradient that the loss begins with, which is large where a loss is a sum.
"""
ALONE = 100.0
"""So many times more where no module holds it: what is minimised there need not have layers."""
SCALED_DOWN = 1e-3


def findings(log: TensorRecording) -> list[TensorFinding]:
    """Return all that is found."""
    broken = list(not_finite(log))
    is_broken = any(each.kind == "not finite" for each in broken)
    layers = _modules(log)
    return [
        *broken,
        *([] if is_broken else _exploding(log, layers)),
        *([] if is_broken else _vanishing(log, layers)),
        *_exactly_zero(log),
        *_without(log),
    ]


# Sizes


@dataclass(frozen=True)
class _Module:
    """The gradient of a module's own parameters, and those, each as one norm."""

    name: str
    gradient: float
    weights: float
    node: int | None
    apart: float = 1.0
    """How much more its gradient may be for being no module's."""


def _modules(log: TensorRecording) -> list[_Module]:
    scale = log.scale.factor if log.scale else 1.0
    found: dict[str, list[ParameterGrad]] = {}
    for each in log.received:
        found.setdefault(_module_of(log, each), []).append(each)
    return [
        _Module(
            name,
            math.hypot(*(each.grad.norm for each in parts if each.grad)) / scale,
            math.hypot(*(each.value.norm for each in parts if each.value)),
            parts[0].node,
            1.0 if any(each.model for each in parts) else ALONE,
        )
        for name, parts in found.items()
    ]


def _module_of(log: TensorRecording, each: ParameterGrad) -> str:
    scope = log.nodes[each.node].scope if each.node is not None else ""
    return scope or each.name.rpartition(".")[0] or each.name


def _exploding(log: TensorRecording, modules: list[_Module]) -> Iterator[TensorFinding]:
    most = EXPLODING * max(1.0, _begins_with(log))
    too_large = [each for each in modules if each.gradient > most * max(each.weights, 1.0) * each.apart]
    if not too_large:
        return
    worst = max(too_large, key=lambda each: each.gradient / max(each.weights, 1.0))
    others = len(too_large) - 1
    more = f" and so in {others} more module{'s'[: others != 1]}" if others else ""
    said = (
        f"the gradient explodes in {worst.name or 'the model'}: {worst.gradient:.3g},"
        f" its weights are {worst.weights:.3g}{more}{_largest_jump(log)}"
    )
    yield TensorFinding("exploding", worst.name, said, worst.node, source(log, worst.node))


def _begins_with(log: TensorRecording) -> float:
    """The norm of the first gradient that is no scalar, without the factor of the loss."""
    arrived = (each for step in log.steps for each in step.grad if each is not None and each.shape)
    first = next(arrived, None)
    norm = first.norm / (log.scale.factor if log.scale else 1.0) if first is not None else 1.0
    return norm if math.isfinite(norm) else 1.0


def _largest_jump(log: TensorRecording) -> str:
    """The step that makes the gradient most times larger, on its way to another op."""
    jumps = ((_jump(log, step), step) for step in log.steps)
    (ratio, before, after), step = max(
        jumps, key=lambda each: each[0][0], default=((0.0, 0.0, 0.0), None)
    )
    if step is None or ratio <= 1:
        return ""
    return f"; the largest jump is at {where(log.nodes[step.node])}, from {before:.3g} to {after:.3g}"


def _jump(log: TensorRecording, step: TensorStep) -> tuple[float, float, float]:
    before = math.hypot(*(each.norm for each in step.grad if each is not None))
    before *= log.multiplies_by(step.node)
    onward = (w for w in step.writes if w.amount is not None and not log.nodes[w.target].is_leaf)
    after = max((w.amount.norm for w in onward if w.amount is not None), default=0.0)
    return (after / before if before else 0.0), before, after


def _vanishing(log: TensorRecording, modules: list[_Module]) -> Iterator[TensorFinding]:
    largest = max((each.gradient for each in modules), default=0.0)
    small = [each for each in modules if 0 < each.gradient < VANISHING * largest]
    if not small or any(_is_scaled_down(log, step) for step in log.steps):
        return
    least = min(small, key=lambda each: each.gradient)
    others = len(small) - 1
    more = f" and so in {others} more module{'s'[: others != 1]}" if others else ""
    said = (
        f"the gradient vanishes in {least.name or 'the model'}: {least.gradient:.3g},"
        f" where the largest module's is {largest:.3g}{more}"
    )
    yield TensorFinding("vanishing", least.name, said, least.node, source(log, least.node))


def _is_scaled_down(log: TensorRecording, step: TensorStep) -> bool:
    """Whether a parameter makes the gradient small by design, as the 1e-6 of some residual blocks."""
    targets = [log.nodes[write.target] for write in step.writes]
    ratio, before, _ = _jump(log, step)
    by_leaf = log.nodes[step.node].op == "MulBackward0" and any(node.is_leaf for node in targets)
    return by_leaf and len(targets) == 2 and before > 0 and ratio < SCALED_DOWN


# Nothing


def _exactly_zero(log: TensorRecording) -> Iterator[TensorFinding]:
    """Modules all of whose gradient is zero, and the step at which it became so."""
    by_module: dict[str, list[ParameterGrad]] = {}
    for each in log.received:
        by_module.setdefault(_module_of(log, each), []).append(each)
    zero = {
        name: parts for name, parts in by_module.items() if all(_is_zero(each.grad) for each in parts)
    }
    if not zero:
        return
    first = next(iter(zero.values()))[0]
    names = listed([name or "the model" for name in zero])
    verb = "receives" if len(zero) == 1 else "receive"
    starts = _zero_by_design(log)
    said = f"{names} {verb} a gradient of exactly zero{starts or _zero_from(log)}"
    severity: Severity = "warning" if starts else "fault"
    yield TensorFinding("zero", next(iter(zero)), said, first.node, source(log, first.node), severity)


def _is_zero(summary: Summary | None) -> bool:
    return summary is not None and summary.zeros == 1 and math.prod(summary.shape) > 0


def _zero_by_design(log: TensorRecording) -> str:
    """Say so where parameters that are all zero stop the gradient, and receive one: they will change."""
    zero = {
        each.node: each
        for each in log.received
        if _is_zero(each.value) and not _is_zero(each.grad) and each.node is not None
    }
    causes: dict[str, None] = {}
    for step in log.steps:
        arrives = any(each is not None and not _is_zero(each) for each in step.grad)
        onward = [each for each in step.writes if each.amount is not None]
        if not arrives or not any(map(_gives_zero, onward)):
            continue
        op = log.nodes[step.node].op
        given = [_leaf_below(log, each.target) for each in onward if _multiplies(op, each.slot)]
        by = [zero[leaf].name for leaf in given if leaf in zero]
        stopped = [each for each in onward if _leaf_below(log, each.target) not in zero]
        if not by and all(map(_gives_zero, stopped)):
            return ""
        causes |= dict.fromkeys(by)
    is_are = "is" if len(causes) == 1 else "are"
    names = [each.name for each in zero.values() if each.name in causes]
    return f" in this step, for {listed(names)} {is_are} all zero as yet" if causes else ""


def _multiplies(op: str, slot: int) -> bool:
    """Whether an input of an op is multiplied with another: a bias is not."""
    if op.startswith(("Addmm", "Baddbmm")):
        return slot > 0
    return slot < 2 and not op.startswith(("Add", "Sub"))


def _gives_zero(write: TensorWrite) -> bool:
    return _is_zero(write.amount)


def _leaf_below(log: TensorRecording, node: int) -> int:
    """The leaf that a node is, or only transposes or casts."""
    of = log.nodes[node]
    while len(of.parents) == 1 and of.parents[0] is not None and not of.is_leaf:
        of = log.nodes[of.parents[0]]
    return of.id


def _zero_from(log: TensorRecording) -> str:
    for step in log.steps:
        arrives = any(each is not None and not _is_zero(each) for each in step.grad)
        if arrives and step.writes and all(_is_zero(write.amount) for write in step.writes):
            return f": it becomes so at {where(log.nodes[step.node])}"
    return ""


def _without(log: TensorRecording) -> Iterator[TensorFinding]:
    """Parameters that ask for a gradient and receive None, a sentence a module.

    A model of which nothing is reached is another one's business: of two that are trained by turns, as
    generator and discriminator.
    """
    reached_models = {each.model for each in log.received}
    by_module: dict[str, list[ParameterGrad]] = {}
    for each in log.parameters:
        is_ours = each.node is not None or each.model in reached_models
        if each.grad is None and not each.frozen and each.asked and is_ours:
            by_module.setdefault(each.name.rpartition(".")[0], []).append(each)
    for module, parts in by_module.items():
        names = listed([each.name for each in parts])
        verb, them = ("receives", "it") if len(parts) == 1 else ("receive", "them")
        reached = parts[0].node is not None
        why = "None arrives there" if reached else f"this loss does not reach {them}"
        said = f"{names} {verb} no gradient (None): {why}"
        yield TensorFinding("none", module, said, parts[0].node, source(log, parts[0].node))
    if not by_module and not any(reached_models):
        yield from _no_model(log)


def _no_model(log: TensorRecording) -> Iterator[TensorFinding]:
    """A loss that reaches no parameter of any model: it was cut off, then told to ask for a gradient."""
    models = {each.model for each in log.parameters if each.model and not each.frozen and each.asked}
    if models:
        names = listed(sorted(models))
        leaf = any(log.nodes[root].is_leaf for root in log.root)
        why = ": it is a leaf itself, computed from nothing that asks for a gradient" if leaf else ""
        said = f"this loss reaches no parameter of {names}{why}"
        yield TensorFinding("none", "", said, log.root[0], source(log, log.root[0]))
