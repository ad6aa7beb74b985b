"""An engine as it was found: where a stranger's class keeps its numbers, and how its pass is called."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .attributes import Path, as_number, nodes_in, value_at

Family = Literal["closures", "methods", "functions", "local gradients", "edges", "dispatch"]
PARTS = ("data", "grad", "parents", "rule", "backward")
"""The keys of `__micrograd_tui__`, by which a class says what its parts are called."""


class NotAnEngine(Exception):
    """A class is no engine we can read; the message names what was not found and the line to add."""


@dataclass(frozen=True, eq=False)
class Engine:
    """Where a class like micrograd's `Value` keeps what: the names of its parts.

    `base` is what every node of a graph is an instance of. `parents_at` are the places that
    together hold a node's inputs, `locals_at` the local derivatives that stand in the same order.
    `rule` is the attribute or method that passes a node's gradient on, "" where `backward` does it.
    """

    cls: type
    base: type
    data_name: str
    grad_name: str
    parents_at: tuple[Path, ...]
    backward: str
    family: Family
    rule_name: str = ""
    op_at: Path = ()
    label_name: str = ""
    locals_at: Path = ()
    make: Callable[[float], Any] | None = None
    """Makes a leaf of a number, in the way its constructor takes one."""

    def is_node(self, thing: Any) -> bool:
        """Whether a thing is a node of such a graph."""
        return isinstance(thing, self.base)

    def data(self, node: Any) -> float:
        """A node's number; nan where it is none."""
        found = as_number(getattr(node, self.data_name, None))
        return float("nan") if found is None else found

    def grad(self, node: Any) -> float:
        """A node's gradient; 0 where there is none yet."""
        return as_number(getattr(node, self.grad_name, None)) or 0.0

    def set_grad(self, node: Any, grad: Any) -> None:
        """Give a node a gradient."""
        setattr(node, self.grad_name, grad)

    def parents(self, node: Any) -> list[Any]:
        """A node's inputs as the class keeps them: of a set in no order, and each but once."""
        if len(self.parents_at) == 1:
            held = value_at(node, self.parents_at[0])
            if type(held) is tuple and all(isinstance(each, self.base) for each in held):
                return list(held)
            return nodes_in(held, self.is_node)
        return [each for path in self.parents_at for each in nodes_in(value_at(node, path), self.is_node)]

    def rule(self, node: Any) -> Any:
        """What passes a node's gradient on to its parents; None where `backward` itself does."""
        return getattr(node, self.rule_name, None) if self.rule_name else None

    def label(self, node: Any) -> str:
        """The name a user gave a node, or ""."""
        found = getattr(node, self.label_name, "") if self.label_name else ""
        return found if isinstance(found, str) else ""

    def op(self, node: Any) -> str:
        """What the class calls the op that made a node: `*`, `tanh`, or by its rule's name, `__mul__`."""
        found = value_at(node, self.op_at) if self.op_at else None
        if isinstance(found, str) and found:
            return found
        if found is not None and not isinstance(found, str) and not isinstance(found, int | float):
            return found.__name__ if isinstance(found, type) else type(found).__name__
        rule = getattr(self.rule(node), "__qualname__", "")
        method = re.search(r"(\w+)\.<locals>", rule)
        if method and method[1] != "__init__":
            return method[1]
        bound = self.family == "methods" and "<lambda>" not in rule
        name = rule.rpartition(".")[2] if bound else type(node).__name__
        return "" if name in (self.rule_name, self.cls.__name__, self.base.__name__) else name
