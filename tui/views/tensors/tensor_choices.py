"""The tensors that can be looked at after a step: what arrived, what it gives on, what it has saved."""

from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.recording.tensor import Shape, Summary, TensorRecording
from ....engine.recording.tensor_values import MEGABYTE, Budget, Which
from ...text.format import plain
from .trace import named


@dataclass(frozen=True)
class Choice:
    """One of them, as far as the recording knows it."""

    which: Which
    title: str
    shape: Shape
    dtype: str


def choices(recording: TensorRecording, taken: int) -> list[Choice]:
    """Return those of the step taken last, in the order of the step's text."""
    if not taken:
        return []
    index = taken - 1
    return [
        *_arrived(recording, index),
        *_leaf(recording, index),
        *_sent(recording, index),
        *_saved(recording, index),
    ]


def _of(which: Which, title: str, known: Summary) -> Choice:
    return Choice(which, title, known.shape, known.dtype)


def _arrived(recording: TensorRecording, index: int) -> Iterator[Choice]:
    grad = recording.steps[index].grad
    for place, known in enumerate(grad):
        if known is not None:
            output = f" of output {place + 1}" if len(grad) > 1 else ""
            yield _of(Which(index, "grad", place), f"gradient that arrived{output}", known)


def _sent(recording: TensorRecording, index: int) -> Iterator[Choice]:
    for write in recording.steps[index].writes:
        if write.amount is not None:
            title = f"given to {named(recording.nodes[write.target])}"
            yield _of(Which(index, "sent", write.slot), title, write.amount)


def _leaf(recording: TensorRecording, index: int) -> Iterator[Choice]:
    node = recording.nodes[recording.steps[index].node]
    leaf = next((each for each in recording.received if each.node == node.id), None)
    if not node.is_leaf or leaf is None:
        return
    name = plain(leaf.name) or "the leaf"
    yield Choice(Which(index, "leaf"), f"{name} itself", leaf.shape, leaf.dtype)
    if recording.mode == "live" or leaf.held is not None:
        when = "after the pass" if recording.mode == "live" else "before the pass"
        yield Choice(Which(index, "held"), f"{name}.grad {when}", leaf.shape, leaf.dtype)


def _saved(recording: TensorRecording, index: int) -> Iterator[Choice]:
    for saved in recording.nodes[recording.steps[index].node].saved:
        if saved.shape is not None:
            which = Which(index, "saved", name=saved.name)
            yield Choice(which, f"saved {plain(saved.name)}", saved.shape, saved.dtype)


def kept_sentence(budget: Budget) -> str:
    """Return how much of the pass is kept, and what becomes of the rest."""
    kept, most = _megabytes(budget.kept), _megabytes(budget.bytes)
    if not budget.left_out:
        return f"kept all {kept} MB of gradients (at most {most}); v looks at them"
    rest = (
        "of the rest only summaries are left, for a live run cannot be done again"
        if budget.live
        else "the rest is computed again when looked at"
    )
    return f"kept {kept} of {most} MB; {rest}"


def _megabytes(size: int) -> str:
    megabytes = size / MEGABYTE
    return f"{megabytes:,.0f}" if megabytes >= 10 or not size else f"{megabytes:.2g}"
