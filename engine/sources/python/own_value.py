"""Our own Value as a kind of graph that a program makes."""

from collections.abc import Iterable, Mapping
from typing import Any

from ... import value
from ...recording.log import Recording
from ...recording.record import record
from .kinds import Call


class OwnValue:
    """Programs that import `Value` from here; its lines are recorded by the engine itself."""

    def made_before(self) -> Iterable[type]:
        """Return the class; those made of it inherit its backward."""
        return (value.Value,)

    def backward_names(self, cls: type) -> tuple[str, ...]:
        """Return its one name."""
        return ("backward",) if issubclass(cls, value.Value) else ()

    def looks_like_one(self, cls: type) -> bool:
        """It is, but none of the program's."""
        return False

    def is_backward(self, cls: type, method: str) -> bool:
        """It is."""
        return True

    def backward_of(self, cls: type) -> str:
        """Return its one name."""
        return "backward"

    def start(self, cls: type) -> None:
        """Nothing is to be done: see `source_lines`."""

    def stop(self) -> None:
        """Nothing is to be done."""

    def record(self, call: Call, names: Mapping[str, Any]) -> tuple[Recording, str]:
        """Record it without the program's own call, which would do the same."""
        label: Any = value.Value.label  # whatever else a subclass calls a label
        for name, node in names.items():
            if not label.fget(node):
                label.fset(node, name)
        return record(call.root), ""
