"""The kinds of graph that a program can make: how each is known, how its backward pass is recorded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from ...recording.log import Recording
from ...recording.tensor import TensorRecording


@dataclass(frozen=True, eq=False)
class Call:
    """A backward pass that a program asked for: its root, the method, the call itself, and from where."""

    root: Any
    method: str
    go: Callable[[], Any]
    frame: FrameType | None


class Kind(Protocol):
    """A kind of graph. A method that refuses raises Refusal with a sentence."""

    def made_before(self) -> Iterable[type]:
        """The classes of nodes that are there before the program begins."""

    def backward_names(self, cls: type) -> tuple[str, ...]:
        """Which methods of a new class may be its backward pass; none where it is no class of nodes."""

    def looks_like_one(self, cls: type) -> bool:
        """Whether a class whose methods were watched is likely to be one of nodes."""

    def is_backward(self, cls: type, method: str) -> bool:
        """Whether a method that was called on a node is its backward pass."""

    def backward_of(self, cls: type) -> str:
        """What the backward pass of a class is called."""

    def start(self, cls: type) -> None:
        """Note for every node of a class where it is made, until `stop`."""

    def stop(self) -> None:
        """Note no more, and leave the classes as they were."""

    def record(self, call: Call, names: Mapping[str, Any]) -> tuple[Recording | TensorRecording, str]:
        """Record a backward pass, nodes called as `names` does; return what there is to say of it too."""
