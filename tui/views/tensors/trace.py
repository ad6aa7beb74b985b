"""The trace of a backward pass of tensors: a line a step, and what PyTorch itself says of the result."""

from collections.abc import Iterator

from ....engine.recording.tensor import (
    ParameterGrad,
    TensorRecording,
    TensorWrite,
)
from ...text.format import DIGITS, plain
from ..steps.source_line import shown_source
from .ledger import ledger_lines
from .scaled import is_scaled, scale_said, unscaled
from .words import named as named
from .words import shape_text as shape_text
from .words import summary_text as summary_text


def trace_lines(
    title: str, look_at: str, recording: TensorRecording, digits: int = DIGITS
) -> Iterator[str]:
    """Yield the trace: what the graph is, a line a step, the gradient of each parameter, the verdict."""
    nodes, ways = recording.nodes, {"dry": "dry run", "live": "live run"}
    roots = ", ".join(_root(recording, place, digits) for place in range(len(recording.root)))
    by = f"PyTorch {plain(recording.torch)}, {ways[recording.mode]}"
    yield f"{title}: {len(nodes)} nodes, root {roots}, {by}"
    if look_at:
        yield look_at
    if scale := scale_said(recording):
        yield scale
    for index in range(len(recording.steps)):
        yield step_line(recording, index, digits)
    yield from ledger_lines(recording, digits)
    yield from parameter_lines(recording, digits)
    yield verdict(recording)


def _root(recording: TensorRecording, place: int, digits: int) -> str:
    """Return `loss = 1.163 (NllLossBackward0#10)`, or of it what is known."""
    node = named(recording.nodes[recording.root[place]])
    name = plain(recording.names[place]) if place < len(recording.names) else ""
    value = recording.values[place] if place < len(recording.values) else None
    held = summary_text(value, digits).replace("|g|", "norm").removeprefix("scalar ") if value else ""
    return f"{name} = {held} ({node})" if name and held else node


def node_lines(recording: TensorRecording) -> Iterator[str]:
    """Yield a line a node, in the order of the forward pass: for a graph without a backward pass."""
    for node in recording.nodes:
        of = ", ".join("-" if each is None else named(recording.nodes[each]) for each in node.parents)
        scope = f" in {plain(node.scope)}" if node.scope and not node.is_leaf else ""
        source = f" ({plain(shown_source(node.source))})" if node.source else ""
        of = f" of {of}" if of else ""
        yield f"{named(node)}{scope}{source}: {shape_text(node.shape)} {plain(node.dtype)}{of}"


def step_line(recording: TensorRecording, index: int, digits: int = DIGITS) -> str:
    """Return one step as one line: the node, what arrived, what it gives to whom."""
    step = recording.steps[index]
    node = recording.nodes[step.node]
    arrived = "; ".join(summary_text(each, digits) for each in step.grad)
    given = "; ".join(_written(recording, write, digits) for write in step.writes)
    if node.is_leaf:
        given = f"adds it to {plain(node.label) or 'its leaf'}.grad" if step.grad[0] else "adds nothing"
    scope = f" in {plain(node.scope)}" if node.scope and not node.is_leaf else ""
    source = f" ({plain(shown_source(node.source))})" if node.source else ""
    place = f"backward {index + 1} of {len(recording.steps)}"
    if is_scaled(recording, step.node) and step.grad[0] is not None:
        arrived += f", {unscaled(recording, step.grad[0], digits)}"
    return f"{place}: {named(node)}{scope}{source}: grad {arrived}{' -> ' if given else ''}{given}"


def _written(recording: TensorRecording, write: TensorWrite, digits: int) -> str:
    target = named(recording.nodes[write.target])
    hidden = []
    if write.summed_from is not None:
        hidden.append(f"summed from {shape_text(write.summed_from)}")
    if write.cast_from:
        hidden.append(f"cast from {plain(write.cast_from)}")
    silently = f", silently {' and '.join(hidden)}" if hidden else ""
    return f"{target} gets {summary_text(write.amount, digits)}{silently}"


def parameter_lines(recording: TensorRecording, digits: int = DIGITS) -> Iterator[str]:
    """Yield a line a parameter: its gradient, and whether PyTorch's own has the same bits."""
    for each in recording.parameters:
        name, shape = plain(each.name) or "a leaf", shape_text(each.shape)
        if each.grad is None:
            yield f"{name} {shape}: no gradient: {why_none(each)}"
        else:
            other = "" if each.same_bits else ", NOT the bits of PyTorch's own"
            without = f", {scaled}" if (scaled := unscaled(recording, each.grad, digits)) else ""
            yield f"{name} {shape}: grad {summary_text(each.grad, digits)}{without}{other}"


def why_none(each: ParameterGrad) -> str:
    """Return why a parameter received no gradient."""
    if each.frozen:
        return "it asks for none (requires_grad=False)"
    if not each.asked:
        return "the pass was not asked for it (inputs=)"
    return "this loss does not reach it" if each.node is None else "None arrived"


def verdict(recording: TensorRecording) -> str:
    """Return the sentence that says how the pass compares with PyTorch's own."""
    same, count = recording.same, len(recording.received)
    if recording.failed:
        return f"ended by an error: {plain(recording.failed.said)}"
    if recording.mode == "live":
        return f"run by PyTorch itself: {count} parameter{'s'[: count != 1]}"
    said = "same bits as PyTorch" if same == count else "NOT the same bits as PyTorch"
    return f"{said}: {same} of {count} parameter{'s'[: count != 1]}"
