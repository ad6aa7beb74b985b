"""Nodes and tensors in a few words."""

from ....engine.recording.tensor import Shape, Summary, TensorNode
from ...text.format import DIGITS, number, plain


def named(node: TensorNode) -> str:
    """Return a leaf's name, or an op with the node's number."""
    return plain(node.label) if node.label else f"{plain(node.op)}#{node.id}"


def summary_text(summary: Summary | None, digits: int = DIGITS) -> str:
    """Return a tensor in a few words: shape, norm, range."""
    if summary is None:
        return "None"
    size = shape_text(summary.shape)
    if not summary.shape and summary.min is not None:
        return f"{size} {number(summary.min, digits=digits)}"
    words = [f"{size} |g| {number(summary.norm, digits=digits)}"]
    if summary.min is not None and summary.max is not None:
        words.append(f"{number(summary.min, digits=digits)} .. {number(summary.max, digits=digits)}")
    if summary.zeros:
        words.append("all zero" if summary.zeros == 1 else f"{summary.zeros:.0%} zero")
    if summary.nonfinite:
        words.append(f"{summary.nonfinite} not finite")
    return ", ".join(words)


def shape_text(shape: Shape) -> str:
    """Return `5x8`; a number alone is a scalar."""
    return "x".join(map(str, shape)) or "scalar"
