"""The audit of gradients: each op by itself, ops in use, whole graphs in many orders."""

import re
from collections.abc import Sequence
from types import CodeType

from ...sources.learner.engine import Engine
from ...sources.learner.record import Observation
from ..findings import Kind
from ..lines.places import Blame, raised_at
from ..lines.source import Place, def_of
from ..trials.diagnose import Anomaly, diagnose
from ..trials.expression import Expression
from ..trials.slopes import close, slope
from ..trials.trial import DOMAIN, Trial, Workbench
from .found import Found
from .offered import Offered
from .words import why

IN_USE = ("({x}) + a", "({x}) + b", "a + ({x})", "t = {x}; t + t", "t = {x}; t * a", "t = {x}; b * t")
GRAPHS = (
    "d = a + b; d + d",
    "d = a * b; d * a + d",
    "d = a + b; d * a * b + d",
    "d = a * b; e = d + a; e * d + e",
    "d = a * b; e = d + b; f = e * d; f + e * a",
    "d = a + b; e = d * a; f = e + d; g = f * e; g + d",
    "d = a * b; e = a + d; f = d * e; f * e + d",
    "d = a + a; e = d + d; e * d + a * b",
)
EQUAL = "(a * b) * (a + b)"
ORDERS = 24


class GradientAudit:
    """Compares gradients with slopes, and says of a wrong one which line is to blame."""

    def __init__(
        self, engine: Engine, bench: Workbench, blame: Blame, found: Found, ops: Sequence[Offered]
    ) -> None:
        self.engine = engine
        self.bench = bench
        self.blame = blame
        self.found = found
        self.methods: dict[str, Offered] = {}
        for op in ops:
            self.methods.setdefault(op.method, op)
        self.right: list[tuple[Expression, tuple[float, ...]]] = []
        self.trying: tuple[Expression, tuple[float, ...]] | None = None
        blame.only_in = self._only_in

    def run(self, working: Sequence[Offered]) -> None:
        """Try the ops that can be used."""
        for trial in self._by_themselves(working):
            self.trying = (trial.expression, trial.values)
            self._judge(trial)
        self.trying = None
        for op in working:
            self._in_use(op)
        self._graphs()

    def _by_themselves(self, working: Sequence[Offered]) -> list[Trial]:
        """Try every op by itself; what the right ones run is not to blame for the others."""
        found = []
        for method in dict.fromkeys(op.method for op in working):
            ops = [op for op in working if op.method == method]
            trials = [self.bench.run(op.expression, at) for op in ops for at in op.points]
            passed = [trial for trial in trials if trial.seen and not trial.error and any(trial.grads)]
            if not any(trial.wrong for trial in passed):
                self.right += [(trial.expression, trial.values) for trial in passed]
                self.blame.fine |= {line for trial in passed for line in _to_leaves(trial)}
            found += trials
        return found

    def _only_in(self, seen: Observation) -> list[tuple[CodeType, int]]:
        if self.trying is None:
            return []
        fine = {line for each in self.right for line in self.bench.lines(*each)}
        return [line for line in self.bench.lines(*self.trying) if line not in fine]

    def _in_use(self, op: Offered) -> None:
        """An op with another gradient than 1 arriving, and with inputs that are used elsewhere too."""
        values = (3.0, 2.0) if op.expression.leaves != ("a",) else (0.5, 3.0)
        texts = [each.format(x=op.text) for each in IN_USE]
        if "b" in op.expression.leaves:
            texts += [op.text.replace("b", "a"), f"c = b * a; {_with(op.text, 'b', 'c')}"]
        texts.append(f"c = a * b; {_with(op.text, 'a', 'c')}")
        for text in texts:
            expression = Expression(text, op.expression.functions).tidied()
            self._try(expression, values[: len(expression.leaves)])

    def _graphs(self) -> None:
        for text in GRAPHS:
            for order in range(ORDERS):
                straight = Expression(text)
                expression = straight.flipped(order) if order else straight
                self._try(expression, (3.0, 2.0), order or None, straight)
        self._try(Expression(EQUAL), (2.0, 2.0))

    def _try(
        self,
        expression: Expression,
        values: Sequence[float],
        shuffle: int | None = None,
        like: Expression | None = None,
    ) -> None:
        """Run a trial; where its gradients are wrong, say why."""
        self._judge(self.bench.run(expression, values, shuffle, like), shuffle)

    def _judge(self, trial: Trial, shuffle: int | None = None) -> None:
        if trial.forward_error is not None or trial.seen is None:
            return
        if trial.error is not None:
            if (
                shuffle is None
                and not isinstance(trial.error, DOMAIN)
                and not self._involves_broken(trial.seen)
            ):
                self._crashed(trial, trial.error)
            return
        wrong = trial.wrong
        if not wrong or self._involves_broken(trial.seen):
            return
        anomalies = diagnose(trial, self.slopes_of)
        if not anomalies:
            self._unexplained(trial, wrong[0])
        for anomaly in anomalies:
            self._explain(trial, wrong[0], anomaly, trial.seen)

    def _involves_broken(self, seen: Observation) -> bool:
        """Whether a node was made by a method already blamed for its result's shape: all else follows."""
        if not self.found.broken:
            return False
        return bool(self.blame.makers_below(seen.graph.order[-1]) & self.found.broken)

    def slopes_of(
        self, seen: Observation, values: Sequence[float], node: int
    ) -> Sequence[float | None] | None:
        """Measure the local derivatives of a node whose op is one of the class's own."""
        origin = seen.graph.origins[node]
        op = self.methods.get(origin.method) if origin else None
        if op is None or len(op.expression.leaves) != len(values):
            return None
        found = [
            slope(lambda at: self.bench.number(op.expression, at), values, i) for i in range(len(values))
        ]
        same = close(self.bench.number(op.expression, values), seen.graph.data[node], 1e-9)
        return found if same else None

    def _explain(self, trial: Trial, leaf: int, anomaly: Anomaly, seen: Observation) -> None:
        kind: Kind = anomaly.kind
        if kind == "order" and self._blamed_order():
            return
        siblings = [e for e in seen.events if e.by == anomaly.node]
        place = self.blame.of(anomaly, seen, siblings[0].rule if siblings else None)
        if kind == "order" and trial.expression.text == EQUAL:
            place = self._equality() or place
        if kind == "local derivative" and not close(anomaly.gradient, 1.0) and anomaly.event is not None:
            kind = "chain factor"
        self._found(trial, leaf, place, kind, anomaly)

    def _blamed_order(self) -> bool:
        return any(f.kind == "order" for f in self.found.report.findings)

    def _equality(self) -> Place | None:
        """The class's own `__eq__` or `__hash__`, by which equal numbers are one node to a set."""
        for name in ("__eq__", "__hash__"):
            code = getattr(vars(self.engine.base).get(name), "__code__", None)
            if code is not None and code.co_filename != "<string>":
                return def_of(code)
        return None

    def _unexplained(self, trial: Trial, leaf: int) -> None:
        """A wrong gradient that no write explains: the op's method, if it is one op by itself."""
        if self.found.report.findings:
            return
        assert trial.seen is not None
        place = self.blame.maker(trial.seen, trial.seen.graph.root)
        self._found(trial, leaf, place, "local derivative", None)

    def _found(self, trial: Trial, leaf: int, place: Place, kind: Kind, anomaly: Anomaly | None) -> None:
        name, text = trial.expression.leaves[leaf], trial.expression.text
        arrived, expected = trial.grads[leaf], trial.slopes[leaf]
        what = f"{name}.{self.engine.grad_name}"
        if anomaly is not None and anomaly.kind == "seed":
            arrived, expected, what = anomaly.arrived, 1.0, "the root's gradient"
        reason = why(kind, text, name)
        at = f"{what} at {trial.at}"
        self.found.add(place, kind, text, (arrived, expected), at, reason, trial)

    def _crashed(self, trial: Trial, error: Exception) -> None:
        """Their backward pass raised: a rule that was called where it was to be stored, or anything."""
        assert trial.seen is not None
        seen = trial.seen
        kind: Kind = "crash"
        place = raised_at(error, self.blame)
        unruled = self._unruled(seen)
        if self.engine.rule_name and unruled:
            kind = "not attached"
            place = self.blame.of(Anomaly(kind, unruled[0]), seen, None)
        if place is not None:
            right = next((x for x in trial.slopes if x is not None), None)
            text = trial.expression.text
            at = f"{trial.expression.leaves[0]}.{self.engine.grad_name} at {trial.at}"
            reason = why(kind, text, error=error)
            self.found.add(place, kind, text, (None, right), at, reason, trial)

    def _unruled(self, seen: Observation) -> list[int]:
        """Results that hold no rule that could be called."""
        rules = map(self.engine.rule, seen.graph.order)
        held = enumerate(zip(seen.graph.parents, rules, strict=True))
        return [node for node, (parents, rule) in held if parents and not callable(rule)]


def _to_leaves(trial: Trial) -> set[str]:
    """The lines that wrote to the leaves of a trial."""
    assert trial.seen is not None
    leaves = {trial.seen.graph.index.get(id(leaf)) for leaf in trial.leaves}
    return {event.rule_source for event in trial.seen.events if event.by >= 0 and event.target in leaves}


def _with(text: str, name: str, other: str) -> str:
    """An expression with another name in the place of one."""
    return re.sub(rf"\b{name}\b", other, text)
