"""Where a pass of tensors stops being finite, and what of it was hidden again, from its ledger."""

import math
from collections.abc import Iterator, Sequence

from ..recording.ledger import Entry, Ledger, ledger
from ..recording.tensor import LossScale, Summary, TensorRecording, TensorStep
from .tensor_finding import Severity, TensorFinding, of_values, operand, where

GRAD_SCALER = "GradScaler"


def not_finite(log: TensorRecording) -> Iterator[TensorFinding]:
    """One fault where the loss or a gradient is not finite; a warning for what the forward pass hid."""
    book = ledger(log)
    forward, backward = next(book.born("forward"), None), next(book.born("backward"), None)
    first = forward or backward
    if first is None:
        yield from _loss_alone(log)
        return
    said = [*_forward(log, book, forward), *_backward(log, book, backward)]
    if not book.reached:
        said.append("the loss and every gradient of a parameter are finite all the same")
    elif log.scale is not None:
        said.append(_scaled(log.scale))
    is_broken = bool(book.reached or backward)
    skips = forward is None and log.scale is not None and log.scale.by == GRAD_SCALER
    kind, node = "not finite" if is_broken else "healed", log.nodes[first.node]
    severity: Severity = "fault" if is_broken and not skips else "warning"
    yield TensorFinding(kind, node.scope, "; ".join(said), node.id, node.source, severity)


def _forward(log: TensorRecording, book: Ledger, first: Entry | None) -> Iterator[str]:
    """The first op of the forward pass whose values are not finite, and what came of them."""
    if first is None:
        return
    node = log.nodes[first.node]
    count = f"{of_values(first.bad, first.total)} ({first.why})"
    if node.is_leaf:
        yield f"{node.label or 'a leaf'} itself is not finite: {count}"
    else:
        yield f"the forward pass stops being finite at {where(node)}: {count}{_made_of(first.operands)}"
    yield from _hidden(log, book, "forward")
    bad_loss = [value for value in log.values if value.nonfinite]
    if bad_loss:
        is_bad = any(each.grad and each.grad.nonfinite for each in log.received)
        though = "" if is_bad else ", though its gradient is"
        yield f"the loss is not finite ({_value(bad_loss[0])}){though}"


def _backward(log: TensorRecording, book: Ledger, first: Entry | None) -> Iterator[str]:
    """The first step that gives what is not finite, though all that came to it was."""
    if first is None:
        return
    node, step = log.nodes[first.node], log.steps[log.step_of[first.node]]
    if first.why:
        count = of_values(first.bad, first.total)
        yield f"the gradient is not finite from the start: {count} {first.why}, at {where(node)}"
    else:
        yield f"the gradient stops being finite at {where(node)}: {_given(log, step)}{_fed(step)}"
    yield from _hidden(log, book, "backward")


def _given(log: TensorRecording, step: TensorStep) -> str:
    write = next(each for each in step.writes if each.amount is not None and each.amount.nonfinite)
    assert write.amount is not None
    target, amount = log.nodes[write.target], write.amount
    count = of_values(amount.nonfinite, math.prod(amount.shape))
    came_as = {each.dtype for each in step.grad if each is not None}
    cast = f" as {amount.dtype}" if amount.dtype not in came_as else ""
    return f"{count} given to {target.label or target.op}{cast}"


def _fed(step: TensorStep) -> str:
    """The saved tensor that explains it: one that is not finite, or that has a zero; else all."""
    bad = [each for each in step.fed if each[1].nonfinite]
    zero = [each for each in step.fed if each[1].zeros]
    explaining = (bad or zero)[:1] or list(step.fed)
    said = " and ".join(operand(name, tensor) for name, tensor in explaining)
    arrived = " and ".join(operand("what arrived", each) for each in step.grad if each is not None)
    return f", fed by {said}" if said else f", out of {arrived}" if arrived else ""


def _hidden(log: TensorRecording, book: Ledger, phase: str) -> Iterator[str]:
    """The first node that hides values which are not finite."""
    for each in book.healed():
        if each.phase == phase:
            by = f", {each.why}" if each.why else ""
            yield f"{of_values(each.bad, each.total)} hidden at {where(log.nodes[each.node])}{by}"
            return


def _made_of(operands: Sequence[tuple[str, Summary]]) -> str:
    said = " and ".join(operand(name, tensor) for name, tensor in operands)
    return f", made of {said}" if said else ""


def _loss_alone(log: TensorRecording) -> Iterator[TensorFinding]:
    """A loss that is not finite, of a forward pass that nobody watched."""
    for root, value in zip(log.root, log.values, strict=False):
        if value.nonfinite:
            node = log.nodes[root]
            said = (
                f"the loss is not finite ({_value(value)}), made by {where(node)}, though its gradient is"
            )
            yield TensorFinding("not finite", node.scope, said, root, node.source)
            return


def _value(summary: Summary) -> str:
    return f"{summary.sum}" if not summary.shape else f"{summary.nonfinite} of its values"


def _scaled(scale: LossScale) -> str:
    """What a GradScaler does about it: it is there for that, and the step is none of the program's."""
    skips = ", which skips such a step and lowers it" if scale.by == GRAD_SCALER else ""
    return f"the loss was multiplied by {scale.factor:g} ({scale.by}{skips})"
