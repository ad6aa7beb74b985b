"""The audit of one class: every op by itself, in use, and whole graphs in all orders."""

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType
from typing import Any

from ..sources.learner.engine import Engine
from ..sources.learner.origins import Origins
from ..sources.learner.record import Observation
from .diagnose import Anomaly, diagnose
from .expression import Expression
from .findings import ClassReport, Finding, Kind
from .limits import limits
from .offered import Offered, functions, operators, reflected, unary_methods
from .places import Blame, made_of
from .slopes import close, slope
from .source import Place, def_of, rule_name, wrapping_line
from .trial import Trial, Workbench
from .words import why

BINARY_POINTS = ((3.0, 2.0), (-1.5, 0.7))
UNARY_POINTS = ((0.5,), (2.0,), (-1.0,))
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
OTHERWISE = {"a ** 2": "a ** b", "a / b": "a / 2", "a - b": "a - 2", "a * b": "a * 2"}
"""With which operand an op may be meant to be used, where it refuses one: that is a choice."""
STRUCTURAL = ("detached", "not attached", "forward")
"""Kinds after which nothing more can be said of graphs with such a node."""
DOMAIN = (
    ValueError,
    ZeroDivisionError,
    OverflowError,
    AssertionError,
    NotImplementedError,
    ArithmeticError,
)


class Audit:
    """Looks for what is wrong in one engine; `space` are the names of its file."""

    def __init__(self, engine: Engine, space: Mapping[str, Any], line: int) -> None:
        self.engine = engine
        self.space = space
        self.report = ClassReport(engine.cls.__name__, line)
        self.origins = Origins()
        self.bench = Workbench(engine, self.origins)
        self.blame = Blame(engine, self.origins)
        self.blamed: set[tuple[str, int]] = set()
        self.broken: set[str] = set()
        self.methods: dict[str, Offered] = {}
        self.right: list[tuple[Expression, tuple[float, ...]]] = []
        self.trying: tuple[Expression, tuple[float, ...]] | None = None
        self.blame.only_in = self._only_in

    def run(self) -> ClassReport:
        """Audit it."""
        self.origins.watch(self.engine.base)
        try:
            self._audit()
        finally:
            self.origins.unwatch()
        self.report.findings.sort(key=lambda finding: finding.line)
        return self.report

    def _audit(self) -> None:
        ops = [*operators(self.engine), *unary_methods(self.engine), *functions(self.engine, self.space)]
        for op in ops:
            self.methods.setdefault(op.method, op)
        working = [op for op in ops if self._forward(op)]
        working += [op for op in reflected(self.engine) if self._reflected(op)]
        for trial in self._by_themselves(working):
            self.trying = (trial.expression, trial.values)
            self._judge(trial)
        self.trying = None
        for op in working:
            self._in_use(op)
        self._graphs()
        self.report.limits += limits(self.bench, bool(self.report.findings))

    # The forward pass

    def _forward(self, op: Offered) -> bool:
        """Whether an op can be used; its numbers are compared with Python's."""
        works = False
        for values in self._points(op):
            try:
                data = self.bench.number(op.expression, values)
            except DOMAIN:
                continue
            except Exception as error:
                self._refused(op, values, error)
                return works
            if op.is_private_use and self._lets_go(op, values):
                return False
            works = True
            self._compare(op, values, data, "forward")
        return works

    def _reflected(self, op: Offered) -> bool:
        defined = any(op.method in vars(kind) for kind in self.engine.base.__mro__)
        works = False
        for values in self._points(op):
            try:
                data = self.bench.number(op.expression, values)
            except DOMAIN:
                continue
            except Exception as error:
                if defined:
                    kind: Kind = "reflected" if isinstance(error, RecursionError) else "crash"
                    self._crash(op, values, error, kind)
                elif op.method != "__rpow__":
                    self._missing(f"{op.method}: `{op.text}` is a {type(error).__name__}")
                return works
            works = True
            self._compare(op, values, data, "reflected")
        return works

    def _refused(self, op: Offered, values: Sequence[float], error: Exception) -> None:
        """An op that raises: of two nodes a fault; of a plain number perhaps one that is not offered."""
        if op.text in ("a ** b", "a ** -1", "a ** 0.5", "a ** 3", "abs(a)") or op.is_private_use:
            return
        if op.text in OTHERWISE and self._works(Expression(OTHERWISE[op.text]), values):
            self._missing(f"operands: `{op.text}` is a {type(error).__name__}")
            return
        if op.text.endswith((" 2", " 1.5")) and op.method != "__pow__":
            with_int = Expression(op.text.replace("1.5", "2"))
            if op.text.endswith(" 2") or not self._works(with_int, values):
                self._missing(f"plain numbers: `{op.text}` is a {type(error).__name__}")
                return
        self._crash(op, values, error, "crash")

    def _lets_go(self, op: Offered, values: Sequence[float]) -> bool:
        """Whether a method means to pass nothing on, as a copy does, or something made up for a step."""
        root = self.bench.forward(op.expression, values)[1]
        trial = self.bench.run(op.expression, values)
        flat = all(right is None or close(right, 0.0) for right in trial.slopes)
        return not self.engine.parents(root) or (flat and bool(trial.wrong))

    def _works(self, expression: Expression, values: Sequence[float]) -> bool:
        try:
            self.bench.number(expression, (*values, 2.0)[: len(expression.leaves)])
        except Exception:
            return False
        return True

    def _missing(self, text: str) -> None:
        if not any(each.partition(":")[0] == text.partition(":")[0] for each in self.report.missing):
            self.report.missing.append(text)

    def _compare(self, op: Offered, values: Sequence[float], data: float, kind: Kind) -> None:
        if op.reference is None:
            return
        try:
            right = op.reference(*values)
        except (*DOMAIN, TypeError):
            return
        if isinstance(right, complex) or close(data, right, 1e-4):
            return
        place = self._forward_place(op, values)
        if place:
            at = ", ".join(f"{n}={x:g}" for n, x in zip(op.expression.leaves, values, strict=True))
            self._add(place, kind, op.text, data, right, at, why(kind, op.text))

    def _forward_place(self, op: Offered, values: Sequence[float]) -> Place | None:
        """The line of the op's own method in the making of its root; None where another is to blame."""
        _, root = self.bench.forward(op.expression, values)
        stack = self.origins.of(root)
        frames = self.blame.makers(stack, None) if stack else []
        if self._makers_below(root) & {rule for rule, _ in self.blamed}:
            return None
        alias = self._alias(op.method)
        if alias is not None:
            return alias
        own = [(code, line) for code, line in frames if code.co_name == op.method] or frames[-1:]
        if not own:
            return None
        code, line = own[0]
        return made_of(Place(rule_name(code), code.co_filename, line))

    def _makers_below(self, root: Any) -> set[str]:
        """The rules that had a part in making a graph."""
        stack, seen, rules = [root], set[int](), set[str]()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack.extend(self.engine.parents(node))
            made = self.origins.of(node)
            rules |= {rule_name(code) for code, _ in self.blame.makers(made, None)} if made else set()
        return rules

    def _alias(self, method: str) -> Place | None:
        """The line of `__rsub__ = __sub__`."""
        function = getattr(self.engine.base, method, None)
        code = getattr(function, "__code__", None)
        if code is None or code.co_name == method:
            return None
        from .source import assigned_at

        line = assigned_at(code.co_filename, method)
        owner = self.engine.base.__name__
        return Place(f"{owner}.{method}", code.co_filename, line) if line else None

    # Gradients

    def _points(self, op: Offered) -> Iterable[tuple[float, ...]]:
        return BINARY_POINTS if len(op.expression.leaves) == 2 else UNARY_POINTS

    def _by_themselves(self, working: Sequence[Offered]) -> list[Trial]:
        """Try every op by itself; what the right ones run is not to blame for the others."""
        found = []
        for method in dict.fromkeys(op.method for op in working):
            ops = [op for op in working if op.method == method]
            trials = [self.bench.run(op.expression, at) for op in ops for at in self._points(op)]
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
        anomalies = diagnose(trial, self._slopes_of)
        if not anomalies:
            self._unexplained(trial, wrong[0])
        for anomaly in anomalies:
            self._explain(trial, wrong[0], anomaly, trial.seen)

    def _involves_broken(self, seen: Observation) -> bool:
        """Whether a node was made by a method already blamed for its result's shape: all else follows."""
        if not self.broken:
            return False
        return bool(self._makers_below(seen.graph.order[-1]) & self.broken)

    def _slopes_of(
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
        siblings = [e for e in seen.events if e.by == anomaly.node]
        place = self.blame.of(anomaly, seen, siblings[0].rule if siblings else None)
        kind: Kind = anomaly.kind
        if kind == "order" and self._blamed_rule(seen):
            return
        if kind == "order" and trial.expression.text == EQUAL:
            place = self._equality() or place
        if kind == "local derivative" and not close(anomaly.gradient, 1.0) and anomaly.event is not None:
            kind = "chain factor"
        self._found(trial, leaf, place, kind, anomaly)

    def _blamed_rule(self, seen: Observation) -> bool:
        return any(f.kind == "order" for f in self.report.findings)

    def _equality(self) -> Place | None:
        """The class's own `__eq__` or `__hash__`, by which equal numbers are one node to a set."""
        for name in ("__eq__", "__hash__"):
            code = getattr(vars(self.engine.base).get(name), "__code__", None)
            if code is not None and code.co_filename != "<string>":
                return def_of(code)
        return None

    def _unexplained(self, trial: Trial, leaf: int) -> None:
        """A wrong gradient that no write explains: the op's method, if it is one op by itself."""
        if self.report.findings:
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
        self._add(place, kind, text, arrived, expected, f"{what} at {trial.at}", reason)

    # Errors

    def _crash(self, op: Offered, values: Sequence[float], error: Exception, kind: Kind) -> None:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if {rule_name(frame.f_code) for frame in frames} & {rule for rule, _ in self.blamed}:
            return
        place = _raised_at(error, self.blame) or self._defined(op.method)
        if isinstance(error, AttributeError) and place is not None:
            place = wrapping_line(place) or place
        if isinstance(error, RecursionError):
            place = self._defined(op.method) or place
        if place is not None:
            at = ", ".join(f"{n}={x:g}" for n, x in zip(op.expression.leaves, values, strict=True))
            right = _or_none(op.reference, values)
            self._add(place, kind, op.text, None, right, at, why(kind, op.text, error=error))

    def _defined(self, method: str) -> Place | None:
        code = getattr(getattr(self.engine.base, method, None), "__code__", None)
        return self._alias(method) or (def_of(code) if code else None)

    def _crashed(self, trial: Trial, error: Exception) -> None:
        """Their backward pass raised: a rule that was called where it was to be stored, or anything."""
        assert trial.seen is not None
        seen = trial.seen
        kind: Kind = "crash"
        place = _raised_at(error, self.blame)
        unruled = [node for node in self._results(seen) if not callable(self._rule(seen, node))]
        if self.engine.rule_name and unruled:
            kind = "not attached"
            place = self.blame.of(Anomaly(kind, unruled[0]), seen, None)
        if place is not None:
            right = next((x for x in trial.slopes if x is not None), None)
            text = trial.expression.text
            at = f"{trial.expression.leaves[0]}.{self.engine.grad_name} at {trial.at}"
            self._add(place, kind, text, None, right, at, why(kind, text, error=error))

    def _results(self, seen: Observation) -> list[int]:
        return [node for node, parents in enumerate(seen.graph.parents) if parents]

    def _rule(self, seen: Observation, node: int) -> Any:
        return self.engine.rule(seen.graph.order[node])

    def _add(
        self,
        place: Place,
        kind: Kind,
        text: str,
        arrived: float | None,
        expected: float | None,
        at: str,
        reason: str,
    ) -> None:
        key = (place.rule, place.line)
        if key not in self.blamed:
            self.blamed.add(key)
            if kind in STRUCTURAL:
                self.broken.add(place.rule)
            right = None if expected is None else float(f"{expected:.8g}")  # as far as it is measured
            found = Finding(place.rule, place.line, place.code, kind, text, arrived, right, reason, at)
            self.report.findings.append(found)


def _to_leaves(trial: Trial) -> set[str]:
    """The lines that wrote to the leaves of a trial."""
    assert trial.seen is not None
    leaves = {trial.seen.graph.index.get(id(leaf)) for leaf in trial.leaves}
    return {event.rule_source for event in trial.seen.events if event.by >= 0 and event.target in leaves}


def _with(text: str, name: str, other: str) -> str:
    """An expression with another name in the place of one."""
    return re.sub(rf"\b{name}\b", other, text)


def _or_none(reference: Callable[..., float] | None, values: Sequence[float]) -> float | None:
    try:
        return reference(*values) if reference else None
    except Exception:
        return None


def _raised_at(error: Exception, blame: Blame) -> Place | None:
    """The innermost line of theirs that an error went through."""
    file = blame.backward.co_filename
    frames = [f for f in traceback.walk_tb(error.__traceback__) if f[0].f_code.co_filename == file]
    if not frames:
        return None
    frame, line = frames[-1]
    return Place(rule_name(frame.f_code), file, line)
