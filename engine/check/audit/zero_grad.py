"""The audit of `zero_grad`: it clears the gradients it is there for, and nothing else.

A second pass over the same leaves must find nothing left of the first. Whether a node's `zero_grad`
clears that node or the whole graph below it is a choice, and so is None for 0 where the pass copes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

from ...sources.learner.attributes import as_number, stored
from ...sources.learner.engine import Engine
from ...sources.learner.record import observe
from ..findings import Kind
from ..lines.clearing import (
    Cleared,
    asks_for_more,
    blamed_line,
    clear,
    place_of,
    walks,
)
from ..lines.source import Place, rule_name
from ..trials.expression import Expression, evaluate
from ..trials.slopes import close
from ..trials.trial import DOMAIN, Trial, Workbench
from .found import Found
from .words import why_not_zero
from .zeroable import Zeroable, of_nodes, root_functions, zero_methods, zeroables

GRAPH = Expression("t = a + b; u = t + a; u + c")
"""Its leaves lie at different depths: a walk that stops early misses some."""
NUMBERS = (3.0, 2.0, 0.5)
Maker = Callable[[], Zeroable | None]


@dataclass(eq=False)
class Outcome:
    """A thing's `zero_grad` called after a pass: the numbers before and after, and a second pass."""

    what: Zeroable
    data: list[float]
    grads: list[float]
    cleared: Cleared
    left: list[float]
    after: list[float]
    second: Trial
    noted: bool
    """Whether anything else was changed that the next pass may heed, such as a mark."""

    @property
    def missed(self) -> list[int]:
        """The nodes whose gradient is still there, and is found there by the next pass."""
        found = [i for i, grad in enumerate(self.grads) if grad and self.left[i]]
        harm = self.second.error is not None or not all(map(close, self.second.grads, self.grads))
        return found if harm or not self.noted else []

    @property
    def emptied(self) -> list[int]:
        """The nodes whose gradient was cleared."""
        return [i for i, grad in enumerate(self.grads) if grad and not self.left[i]]

    @property
    def moved(self) -> list[int]:
        """The nodes whose number was changed."""
        return [i for i, x in enumerate(self.data) if not close(x, self.after[i], 1e-9)]


class ZeroGradAudit:
    """Calls each `zero_grad` after a backward pass, and looks at what is left."""

    def __init__(self, engine: Engine, bench: Workbench, found: Found, space: Mapping[str, Any]) -> None:
        self.engine = engine
        self.bench = bench
        self.found = found
        self.space = space
        self.folder = Path(str(space.get("__file__", ""))).parent
        self.right: set[CodeType] = set()
        """Functions that cleared what they should."""

    def run(self) -> None:
        """Audit them: the nodes' own first, for modules may call it."""
        for name in zero_methods(self.engine.cls):
            self._of_node(partial(_method, name), f"{{}}.{name}()")
        for name, function in root_functions(self.space):
            self._of_node(function, f"{name}({{}})")
        tried = [(make, self._try(make)) for make in zeroables(self.engine, self.space)]
        outcomes = [(make, each) for make, each in tried if each is not None]
        for make, outcome in sorted(outcomes, key=lambda each: len(each[1].cleared.codes)):
            self._judge(make, outcome)

    def _of_node(self, call: Callable[[Any], Any], text: str) -> None:
        """Of a root it may clear the graph; where it does not, it is to clear the node itself."""
        make = partial(self._graph, call, text)
        outcome = self._try(make)
        if outcome is None:
            return
        untouched = outcome.missed and not (outcome.emptied or outcome.moved or outcome.cleared.error)
        if untouched and not walks(self.engine, outcome.cleared):
            make = partial(self._leaf, call, text)
            outcome = self._try(make) or outcome
        self._judge(make, outcome)

    def _graph(self, call: Callable[[Any], Any], text: str) -> Zeroable:
        leaves = [self.bench.leaf(x) for x in NUMBERS]
        made = GRAPH.text.replace("; u + c", "; d = u + c")
        shown = f"{made}; d.{self.engine.backward}(); {text.format('d')}"
        return Zeroable(shown, call, leaves, GRAPH, names="{}")

    def _leaf(self, call: Callable[[Any], Any], text: str) -> Zeroable:
        leaves = [self.bench.leaf(x) for x in NUMBERS[:2]]

        def each(root: Any) -> None:
            for leaf in leaves:
                call(leaf)

        shown = f"d = a + b; d.{self.engine.backward}(); {text.format('a')}"
        return Zeroable(shown, each, leaves, of_nodes(2), names="{}")

    # One trial

    def _try(self, make: Maker) -> Outcome | None:
        """Go through a graph of its nodes, clear, and go through another; None where that cannot be."""
        try:
            what = make()
            if what is None:
                return None
            root = evaluate(what.expression, what.nodes)
            getattr(root, self.engine.backward)()
        except Exception:
            return None
        engine, nodes = self.engine, what.nodes
        data, grads = [engine.data(node) for node in nodes], [engine.grad(node) for node in nodes]
        state = self._state(what)
        cleared = clear(engine, nodes, lambda: what.call(root), self.folder)
        noted = state != self._state(what)
        left, after = [engine.grad(node) for node in nodes], [engine.data(node) for node in nodes]
        return Outcome(what, data, grads, cleared, left, after, self._second(what), noted)

    def _second(self, what: Zeroable) -> Trial:
        """Another pass over the same nodes."""
        trial = Trial(what.expression, tuple(map(self.engine.data, what.nodes)), what.nodes)
        try:
            trial.root = evaluate(what.expression, what.nodes)
            backward = getattr(trial.root, self.engine.backward)
            trial.seen = observe(trial.root, self.engine, backward, self.bench.origins)
        except Exception as error:
            trial.forward_error = error
        trial.grads = [self.engine.grad(node) for node in what.nodes]
        trial.slopes = [None] * len(what.nodes)
        return trial

    def _state(self, what: Zeroable) -> list[Any]:
        """What a pass might heed beside gradients: other attributes, of the classes too, and globals."""
        known = (self.engine.data_name, self.engine.grad_name)
        things = [*what.nodes, what.thing, *{type(each) for each in (*what.nodes, what.thing)}]
        held = [stored(each) if not isinstance(each, type) else dict(vars(each)) for each in things]
        marks = [(k, _mark(v)) for each in held for k, v in each.items() if not k.endswith(known)]
        return marks + [(k, _mark(v)) for k, v in self.space.items() if as_number(v) is not None]

    # What is wrong

    def _judge(self, make: Maker, outcome: Outcome) -> None:
        cleared = outcome.cleared
        if {rule_name(code) for code in cleared.codes} & self.found.rules:
            return
        if cleared.error is not None:
            self._stops(outcome, cleared.error)
        elif outcome.moved:
            self._moves(outcome)
        elif outcome.missed:
            self._leaves_some(outcome)
        elif outcome.second.error is not None and outcome.emptied:
            self._cannot_go_on(make, outcome, outcome.second.error)
        elif outcome.emptied:
            self.right.update(cleared.codes)

    def _stops(self, outcome: Outcome, error: Exception) -> None:
        """It raises: blamed where the object was surely made right."""
        if isinstance(error, DOMAIN) or not outcome.what.all:
            return
        if outcome.cleared.lines:
            self._add(outcome, place_of(outcome.cleared.lines[-1]), "crash", 0, None, error)

    def _moves(self, outcome: Outcome) -> None:
        node = outcome.moved[0]
        line = outcome.cleared.last(node, self.engine.data_name)
        if line:
            self._add(outcome, place_of(line), "forward", node, outcome.after[node])

    def _leaves_some(self, outcome: Outcome) -> None:
        """Some of the gradients are left, or all of them."""
        if not outcome.what.all and outcome.emptied:
            return
        place = blamed_line(self.engine, outcome.cleared, outcome.missed[0], self.right)
        if place and not asks_for_more(self.engine, outcome.cleared):
            node = outcome.missed[0]
            self._add(outcome, place, "seed", node, outcome.left[node])

    def _cannot_go_on(self, make: Maker, outcome: Outcome, error: Exception) -> None:
        """The next pass stops, which it does not where nothing was cleared: it cannot begin at None."""
        control = make()
        if control is None:
            return
        for _ in range(2):
            trial = self._second(control)
            if trial.seen is None or trial.error is not None:
                return
        wrote = [outcome.cleared.last(i, self.engine.grad_name) for i in outcome.emptied]
        line = next(filter(None, wrote), None)
        if line:
            self._add(outcome, place_of(line), "crash", outcome.emptied[0], None, error)

    def _add(
        self,
        outcome: Outcome,
        place: Place,
        kind: Kind,
        node: int,
        arrived: float | None,
        error: Exception | None = None,
    ) -> None:
        what, moved = outcome.what, kind == "forward"
        name = f"{what.name(node)}.{self.engine.data_name if moved else self.engine.grad_name}"
        at = f"{name} at a gradient of {outcome.grads[node]:g}"
        expected = outcome.data[node] if moved else 0.0
        cleared = (len(outcome.emptied), len(outcome.grads))
        reason = why_not_zero(kind, arrived, outcome.grads[node], cleared, error)
        trial = outcome.second if outcome.second.seen else None
        self.found.add(place, kind, what.text, (arrived, expected), at, reason, trial)


def _method(name: str, node: Any) -> None:
    getattr(node, name)()


def _mark(value: Any) -> Any:
    """What tells whether an attribute has changed: a number itself, else which object and how large."""
    if as_number(value) is not None:
        return as_number(value)
    return id(value), len(value) if isinstance(value, list | dict | set) else 0
