"""Gradients of a loss that was multiplied by a factor, as mixed precision does: without the factor."""

from ....engine.recording.tensor import Summary, TensorRecording
from ...text.format import DIGITS, number, plain


def scale_said(recording: TensorRecording) -> str:
    """Return the factor in a sentence; "" where there is none."""
    scale = recording.scale
    if scale is None:
        return ""
    by = f"{number(scale.factor)} ({plain(scale.by)})"
    return f"the loss was multiplied by {by}: gradients are shown scaled, and unscaled"


def unscaled(recording: TensorRecording, tensor: Summary | None, digits: int = DIGITS) -> str:
    """Return a gradient's norm without the factor, in words; "" where there is nothing to say."""
    if recording.scale is None or tensor is None:
        return ""
    return f"unscaled {number(tensor.norm / recording.scale.factor, digits=digits)}"


def is_scaled(recording: TensorRecording, node: int) -> bool:
    """Whether what arrives at a node has been multiplied: what arrives at the product itself has not."""
    return recording.scale is not None and recording.multiplies_by(node) == 1
