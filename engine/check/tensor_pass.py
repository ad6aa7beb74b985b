"""The health of a backward pass of tensors: where it explodes, vanishes, breaks off, is not finite."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..recording.tensor import ParameterGrad, Summary, TensorNode, TensorRecording, TensorStep

VANISHING = 1e-4
"""The part of the largest module's gradient below which a module's has vanished."""
EXPLODING = 100.0
"""How many times its weights, or how large where those are below one, a module's gradient may be."""
SCALED_DOWN = 1e-3
SCALED = 256.0
"""A loss times a power of two from this on is one that mixed precision has scaled."""
MOST_NAMES = 4


@dataclass(frozen=True)
class TensorFinding:
    """Something that is wrong with a pass, in one sentence. `node` is where to look."""

    kind: str
    module: str
    sentence: str
    node: int | None = None
    source: str = ""


def findings(log: TensorRecording) -> list[TensorFinding]:
    """Return all that is found."""
    broken = list(_not_finite(log))
    layers = _modules(log)
    return [
        *broken,
        *([] if broken else _exploding(log, layers)),
        *([] if broken else _vanishing(log, layers)),
        *_exactly_zero(log),
        *_without(log),
    ]


# Not finite


def _not_finite(log: TensorRecording) -> Iterator[TensorFinding]:
    """The first step that gives what is not finite, though all that came to it was."""
    for step in log.steps:
        given = next((w for w in step.writes if w.amount is not None and w.amount.nonfinite), None)
        arrived = sum(each.nonfinite for each in step.grad if each is not None)
        if given is None and not arrived:
            continue
        node = log.nodes[step.node]
        if given is None or arrived or given.amount is None:
            said = f"the gradient is not finite from the start: {_count(_first(step))} at {_where(node)}"
        else:
            said = (
                f"the gradient stops being finite at {_where(node)}: {_count(given.amount)}"
                f" given to {_target(log.nodes[given.target])}{_fed(step)}"
            )
        yield TensorFinding("not finite", node.scope, said, node.id, node.source)
        return
    for root, value in zip(log.root, log.values, strict=False):
        if value.nonfinite:
            node = log.nodes[root]
            made = f"({_value(value)}), made by {_where(node)}"
            said = f"the loss is not finite {made}, though its gradient is"
            yield TensorFinding("not finite", node.scope, said, root, node.source)


def _first(step: TensorStep) -> Summary:
    return next(each for each in step.grad if each is not None and each.nonfinite)


def _count(summary: Summary) -> str:
    total = math.prod(summary.shape)
    return f"{summary.nonfinite} of {total} value{'s'[: total != 1]}"


def _fed(step: TensorStep) -> str:
    """The saved tensor that explains it: one that is not finite, or that has a zero."""
    for name, saved in step.fed:
        if saved.nonfinite:
            return f", fed by {name}, of which {saved.nonfinite} are not finite"
    for name, saved in step.fed:
        if saved.zeros:
            zeros = round(saved.zeros * math.prod(saved.shape))
            return f", fed by {name}, of which {zeros} {'is' if zeros == 1 else 'are'} zero"
    ranges = (
        f"{name} ({saved.min:.4g} .. {saved.max:.4g})"
        for name, saved in step.fed
        if saved.min is not None
    )
    said = " and ".join(ranges)
    return f", fed by {said}" if said else ""


def _value(summary: Summary) -> str:
    return f"{summary.sum}" if not summary.shape else _count(summary)


# Sizes


@dataclass(frozen=True)
class _Module:
    """The gradient of a module's own parameters, and those, each as one norm."""

    name: str
    gradient: float
    weights: float
    node: int | None


def _modules(log: TensorRecording) -> list[_Module]:
    scale = _loss_scale(log)
    found: dict[str, list[ParameterGrad]] = {}
    for each in log.received:
        found.setdefault(_module_of(log, each), []).append(each)
    return [
        _Module(
            name,
            math.hypot(*(each.grad.norm for each in parts if each.grad)) / scale,
            math.hypot(*(each.value.norm for each in parts if each.value)),
            parts[0].node,
        )
        for name, parts in found.items()
    ]


def _module_of(log: TensorRecording, each: ParameterGrad) -> str:
    scope = log.nodes[each.node].scope if each.node is not None else ""
    return scope or each.name.rpartition(".")[0] or each.name


def _loss_scale(log: TensorRecording) -> float:
    """What mixed precision multiplies a loss by, so that small gradients do not vanish; 1 for nothing."""
    if not log.steps or len(log.root) != 1:
        return 1.0
    first = log.steps[0]
    if (
        log.nodes[first.node].op != "MulBackward0"
        or len(first.writes) != 1
        or first.writes[0].amount is None
    ):
        return 1.0
    scale = first.writes[0].amount.norm
    is_power = math.isfinite(scale) and scale >= SCALED and math.frexp(scale)[0] == 0.5
    return scale if is_power and not first.writes[0].amount.shape else 1.0


def _exploding(log: TensorRecording, modules: list[_Module]) -> Iterator[TensorFinding]:
    too_large = [each for each in modules if each.gradient > EXPLODING * max(each.weights, 1.0)]
    if not too_large:
        return
    worst = max(too_large, key=lambda each: each.gradient / max(each.weights, 1.0))
    others = len(too_large) - 1
    more = f" and so in {others} more module{'s'[: others != 1]}" if others else ""
    said = (
        f"the gradient explodes in {worst.name or 'the model'}: {worst.gradient:.3g},"
        f" its weights are {worst.weights:.3g}{more}{_largest_jump(log)}"
    )
    yield TensorFinding("exploding", worst.name, said, worst.node, _source(log, worst.node))


def _largest_jump(log: TensorRecording) -> str:
    """The step that makes the gradient most times larger, on its way to another op."""
    jumps = ((_jump(log, step), step) for step in log.steps)
    (ratio, before, after), step = max(
        jumps, key=lambda each: each[0][0], default=((0.0, 0.0, 0.0), None)
    )
    if step is None or ratio <= 1:
        return ""
    return f"; the largest jump is at {_where(log.nodes[step.node])}, from {before:.3g} to {after:.3g}"


def _jump(log: TensorRecording, step: TensorStep) -> tuple[float, float, float]:
    before = math.hypot(*(each.norm for each in step.grad if each is not None))
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
    yield TensorFinding("vanishing", least.name, said, least.node, _source(log, least.node))


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
    names = _listed([name or "the model" for name in zero])
    verb = "receives" if len(zero) == 1 else "receive"
    said = f"{names} {verb} a gradient of exactly zero{_zero_from(log)}"
    yield TensorFinding("zero", next(iter(zero)), said, first.node, _source(log, first.node))


def _is_zero(summary: Summary | None) -> bool:
    return summary is not None and summary.zeros == 1 and math.prod(summary.shape) > 0


def _zero_from(log: TensorRecording) -> str:
    for step in log.steps:
        arrives = any(each is not None and not _is_zero(each) for each in step.grad)
        if arrives and step.writes and all(_is_zero(write.amount) for write in step.writes):
            return f": it becomes so at {_where(log.nodes[step.node])}"
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
        if each.grad is None and not each.frozen and is_ours:
            by_module.setdefault(each.name.rpartition(".")[0], []).append(each)
    for module, parts in by_module.items():
        names = _listed([each.name for each in parts])
        verb, them = ("receives", "it") if len(parts) == 1 else ("receive", "them")
        reached = parts[0].node is not None
        why = "None arrives there" if reached else f"this loss does not reach {them}"
        said = f"{names} {verb} no gradient (None): {why}"
        yield TensorFinding("none", module, said, parts[0].node, _source(log, parts[0].node))


# Words


def _where(node: TensorNode) -> str:
    scope = f" of {node.scope}" if node.scope else ""
    return f"{node.op}{scope}{f' ({node.source})' if node.source else ''}"


def _target(node: TensorNode) -> str:
    return node.label or node.op


def _source(log: TensorRecording, node: int | None) -> str:
    return "" if node is None else log.nodes[node].source


def _listed(names: list[str]) -> str:
    shown = names[:MOST_NAMES]
    if len(names) > MOST_NAMES:
        return f"{', '.join(shown)} and {len(names) - MOST_NAMES} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
