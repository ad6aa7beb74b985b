"""Which forward line a saved tensor comes from."""

from ....engine.recording.tensor import Saved, TensorNode, TensorRecording
from ...text.format import plain
from ..steps.source_line import shown_source


def made_at(recording: TensorRecording, node: TensorNode, saved: Saved) -> str:
    """Return `, from train.py:12 (ReluBackward0#5)`, a parameter's name, or that it hangs on no graph."""
    if saved.shape is None:
        return ""
    if saved.label:
        return f", it is {plain(saved.label)}"
    if saved.made_by is None:
        return ", of no graph"
    if saved.made_by == node.id:
        return ", its own output"
    by = recording.nodes[saved.made_by]
    at = f"{plain(shown_source(by.source))} " if by.source else ""
    return f", from {at}({plain(by.op)}#{by.id})"
