"""Recording the graph of a node that a running program holds: a loss of ours, a learner's, PyTorch's.

The program goes on afterwards: its graph and all its gradients are as they were.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any

from ...graph import toposort
from ...recording.log import Recording
from ...recording.record import record
from ...recording.tensor import TensorRecording
from ...value import Value
from .pytorch_loss import tensors_of
from .variables import frames_of, names_of

if TYPE_CHECKING:
    from ..pytorch.values.kept import Keeper


class NotRecorded(TypeError):
    """No recording comes of it; `said_by` makes the sentence for whoever wrote the program."""

    def __init__(self, sentence: str, title: str = "") -> None:
        super().__init__(sentence)
        self.title = title

    def said_by(self, call: str) -> str:
        """Return the sentence, beginning with what was called."""
        return f"{call}({self.title}): {self}" if self.title else f"{call} {self}"


def record_held(
    root: Any, frame: FrameType | None, keeper: Keeper | None = None
) -> tuple[str, Recording | TensorRecording]:
    """Return what the program calls a root, and the recording of its backward pass.

    `keeper` keeps the tensors that pass, where it is one of PyTorch's.
    """
    if is_tensor(root):
        held = tensors_of(frames_of(frame))
        title = next((name for name, thing in held.items() if thing is root), "loss")
        return title, _recorded_tensors(root, title, held, keeper)
    names = names_of(frames_of(frame), lambda thing: isinstance(thing, _most_general(type(root))))
    title = next((name for name, node in names.items() if node is root), type(root).__name__)
    return title, _recorded(root, names)


def is_tensor(root: Any) -> bool:
    """Whether something is a tensor of PyTorch's, which is never imported for it."""
    kind = getattr(sys.modules.get("torch"), "Tensor", None)
    return isinstance(kind, type) and isinstance(root, kind)


def _recorded_tensors(
    root: Any, title: str, held: Mapping[str, Any], keeper: Keeper | None
) -> TensorRecording:
    from ..pytorch.record import record_loss
    from ..pytorch.refused import Refused

    try:
        return record_loss(root, held, keeper)
    except Refused as error:
        raise NotRecorded(str(error), title) from None


def _recorded(root: Any, names: Mapping[str, Any]) -> Recording:
    """Record the backward pass of a graph of ours or of theirs; gradients are afterwards as before."""
    if isinstance(root, Value):
        log = record(root)
        places = {id(node): i for i, node in enumerate(toposort(root))}
        for name, node in names.items():
            log.labels.setdefault(places.get(id(node), -1), name)
        log.labels.pop(-1, None)
        return log
    from ..learner.discover import discover, looks_like_engine
    from ..learner.engine import NotAnEngine
    from ..learner.record import gradients_restored, record_learner

    if not looks_like_engine(type(root)):
        raise NotRecorded(f"wants a node of a graph, not a {type(root).__name__}")
    try:
        engine = discover(type(root))
        with gradients_restored(engine, root):
            return record_learner(root, engine, getattr(root, engine.backward), names=names)
    except NotAnEngine as error:
        raise NotRecorded(str(error), type(root).__name__) from None


def _most_general(cls: type) -> type:
    """The class of all nodes of a root's graph: the most general that has its arithmetic."""
    return next((kind for kind in reversed(cls.__mro__) if "__add__" in vars(kind)), cls)
