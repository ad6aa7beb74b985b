"""A trial: an expression is built of somebody's class, their backward runs, and slopes are measured."""

import inspect
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from ...sources.learner.attributes import value_at
from ...sources.learner.engine import Engine, NotAnEngine
from ...sources.learner.origins import Origins
from ...sources.learner.record import Observation, observe
from .expression import Expression, evaluate
from .slopes import close, slope

DOMAIN = (
    ValueError,
    ZeroDivisionError,
    OverflowError,
    AssertionError,
    NotImplementedError,
    ArithmeticError,
)
"""Errors that say that a number is none an op is made for."""


@dataclass(eq=False)
class Trial:
    """What came of it. `slopes` has None where a slope could not be measured: nothing follows then."""

    expression: Expression
    values: tuple[float, ...]
    leaves: list[Any] = field(default_factory=list)
    root: Any = None
    data: float = 0.0
    grads: list[float] = field(default_factory=list)
    slopes: list[float | None] = field(default_factory=list)
    seen: Observation | None = None
    forward_error: Exception | None = None

    @property
    def error(self) -> Exception | None:
        """The error that ended their pass."""
        return self.seen.error if self.seen else None

    @property
    def wrong(self) -> list[int]:
        """The leaves whose gradient is not the slope."""
        pairs = enumerate(zip(self.grads, self.slopes, strict=True))
        return [i for i, (grad, right) in pairs if right is not None and not close(grad, right)]

    @property
    def at(self) -> str:
        """The numbers of the leaves: `a=3, b=2`."""
        pairs = zip(self.expression.leaves, self.values, strict=True)
        return ", ".join(f"{name}={value:g}" for name, value in pairs)


class Workbench:
    """Runs trials on one engine, and knows the slopes it has measured."""

    def __init__(self, engine: Engine, origins: Origins) -> None:
        assert engine.make is not None
        self.engine = engine
        self.origins = origins
        self._slopes: dict[tuple[str, tuple[float, ...]], list[float | None]] = {}

    def forward(self, expression: Expression, values: Sequence[float]) -> tuple[list[Any], Any]:
        """Build the graph of an expression; return its leaves and its root."""
        leaves = list(map(self.leaf, values))
        return leaves, evaluate(expression, leaves)

    def leaf(self, x: float) -> Any:
        """Make a leaf."""
        assert self.engine.make is not None
        return self.engine.make(x)

    def number(self, expression: Expression, values: Sequence[float]) -> float:
        """Return what an expression comes to; raise where it comes to no node."""
        root = self.forward(expression, values)[1]
        if not self.engine.is_node(root):
            raise TypeError(f"{expression.text} is a {type(root).__name__}")
        return self.engine.data(root)

    def lines(self, expression: Expression, values: Sequence[float]) -> list[tuple[CodeType, int]]:
        """Return the lines of theirs that run in the backward pass of an expression, in order."""
        root = self.forward(expression, values)[1]
        file = inspect.getattr_static(self.engine.cls, self.engine.backward).__code__.co_filename
        found: dict[tuple[CodeType, int], None] = {}

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            if frame.f_code.co_filename != file:
                return None
            if event == "line":
                found[frame.f_code, frame.f_lineno] = None
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            getattr(root, self.engine.backward)()
        except Exception:
            return []
        finally:
            sys.settrace(before)
        return list(found)

    def run(
        self,
        expression: Expression,
        values: Sequence[float],
        shuffle: int | None = None,
        like: Expression | None = None,
    ) -> Trial:
        """Build, shuffle what has no order, run their backward, measure; `like` has the same slopes."""
        trial = Trial(expression, tuple(values))
        try:
            trial.leaves, trial.root = self.forward(expression, values)
            if not self.engine.is_node(trial.root):
                raise TypeError(f"{expression.text} gave a {type(trial.root).__name__}")
            chance = None if shuffle is None else random.Random(shuffle)
            shuffle_parents(self.engine, trial.root, chance)
            trial.data = self.engine.data(trial.root)
            call = getattr(trial.root, self.engine.backward)
            trial.seen = observe(trial.root, self.engine, call, self.origins)
        except NotAnEngine as error:
            trial.forward_error = TypeError(str(error))
            return trial
        except Exception as error:
            trial.forward_error = error
            return trial
        trial.grads = [self.engine.grad(leaf) for leaf in trial.leaves]
        trial.slopes = self._slopes_of(like or expression, trial)
        return trial

    def _slopes_of(self, expression: Expression, trial: Trial) -> list[float | None]:
        """The slopes of an expression, measured once."""
        key = (expression.text, trial.values)
        known = self._slopes.get(key)
        if known is None:
            known = self._slopes[key] = self._measure(expression, trial.values, trial.grads)
        return known

    def _measure(
        self, expression: Expression, values: tuple[float, ...], likely: Sequence[float]
    ) -> list[float | None]:
        def f(at: Sequence[float]) -> float:
            return self.number(expression, at)

        try:
            if f(values) != f(values):  # chance has a part in it, as in dropout, or it is no number
                return [None] * len(values)
        except Exception:
            return [None] * len(values)
        return [slope(f, values, i, likely[i]) for i in range(len(values))]


class AnyOrder(set[Any]):
    """A set that is gone through in an order of ours: a set's own depends on where objects lie."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        super().__init__(nodes)
        self.nodes = [node for node in nodes if node in self]

    def __iter__(self) -> Any:
        return iter(self.nodes)


def shuffle_parents(engine: Engine, root: Any, chance: random.Random | None) -> None:
    """Give parents another order where none is promised: in sets, and beside their local derivatives.

    Without chance it is the same in every run: a set's own depends on where objects lie.
    """
    if len(engine.parents_at) != 1 or len(engine.parents_at[0]) != 1:
        return
    seen, stack = set[int](), [root]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(engine.parents(node))
            _shuffle(engine, node, chance)


def _shuffle(engine: Engine, node: Any, chance: random.Random | None) -> None:
    name = engine.parents_at[0][0]
    held = getattr(node, name, None)
    if type(held) is set and len(held) > 1:
        nodes = sorted(held, key=engine.data)
        if chance:
            chance.shuffle(nodes)
        setattr(node, name, AnyOrder(nodes))
        return
    if chance is None or engine.family not in ("local gradients", "edges"):
        return
    if not isinstance(held, tuple | list):
        return
    places = list(range(len(held)))
    chance.shuffle(places)
    if engine.family == "local gradients":
        beside = value_at(node, engine.locals_at)
        if not isinstance(beside, tuple | list) or len(beside) != len(held):
            return
        setattr(node, engine.locals_at[0], type(beside)([beside[i] for i in places]))
    setattr(node, name, type(held)([held[i] for i in places]))
