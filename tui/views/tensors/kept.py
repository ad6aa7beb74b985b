"""What a node has saved of its forward op: by name, shape and bytes, and which line it comes from."""

from collections.abc import Iterator

from ....engine.recording.tensor import Saved, TensorNode, TensorRecording
from ...text.format import bytes_text, plain
from ..steps.source_line import shown_source
from .trace import named, shape_text

SAME = {"T": "transposed", "Transpose": "transposed", "ToCopy": "cast", "View": "in another shape"}
"""What an op that keeps a parameter what it is makes of it."""
BESIDE = ("result", "logsumexp", "total_weight", "buffer", "philox", "rng_state", "reserve", "workspace")
"""How the names begin of what ops keep that they worked out beside their output."""
FINDERS = ("Max", "Min", "Topk", "Sort", "Kthvalue", "Median", "Mode")
"""Ops whose `indices` are what they found, and not what they were given."""
DEEPEST = 3


def kept_told(recording: TensorRecording, node: TensorNode) -> Iterator[tuple[str, str]]:
    """Yield a line a tensor, then the plain arguments; sizes (`_sym_`) say nothing more."""
    saved = [each for each in node.saved if "_sym_" not in each.name]
    tensors = [each for each in saved if each.shape is not None]
    if tensors:
        here = bytes_text(sum(each.size for each in tensors))
        yield (
            f"saved by the forward pass: {here} here of {bytes_text(recording.saved_bytes)} in all",
            "header",
        )
    for each in tensors:
        yield f"  {_size(recording, each)}: {origin(recording, each, node)}", "dim"
    if arguments := [f"{plain(each.name)} = {plain(each.text)}" for each in saved if each.shape is None]:
        yield f"  {'; '.join(arguments)}", "dim"


def _size(recording: TensorRecording, saved: Saved) -> str:
    size = bytes_text(saved.size)
    if not saved.size and saved.storage is not None:
        first = recording.first_keepers[saved.storage]
        size = f"its memory is counted at {named(recording.nodes[first])}"
    return f"{plain(saved.name)} {shape_text(saved.shape or ())} {plain(saved.dtype)}, {size}"


def origin(recording: TensorRecording, saved: Saved, node: TensorNode) -> str:
    """Say where a saved tensor comes from: a parameter, a variable, the op of a line."""
    if saved.made_by == node.id or (saved.made_by is None and _is_own(saved, node)):
        return f"its own output{_line(node)}"
    if saved.made_by is not None:
        return _of_node(recording, saved.made_by)
    if saved.label:
        return plain(saved.label)
    if saved.cut_from is not None:
        return f"detached from the output of {named(recording.nodes[saved.cut_from])}"
    return f"the number {plain(saved.text)}" if saved.text else "data: no op of this graph made it"


def _is_own(saved: Saved, node: TensorNode) -> bool:
    """Whether the op worked it out itself, beside its output: a mask, places, statistics."""
    found = node.op.partition("Backward")[0] in FINDERS and saved.name == "indices"
    return found or saved.name.startswith(BESIDE)


def _of_node(recording: TensorRecording, made: int) -> str:
    """`fc.weight, transposed`; or the op and its line."""
    words: list[str] = []
    at = recording.nodes[made]
    while (word := SAME.get(at.op.partition("Backward")[0])) and len(words) < DEEPEST:
        parent = at.parents[0] if len(at.parents) == 1 else None
        if parent is None:
            break
        words.append(word)
        at = recording.nodes[parent]
        if at.is_leaf and at.label:
            return f"{plain(at.label)}, {' and '.join(reversed(words))}"
    of = recording.nodes[made]
    return f"the output of {named(of)}{_line(of)}"


def _line(node: TensorNode) -> str:
    return f", {plain(shown_source(node.source))}" if node.source else ""
