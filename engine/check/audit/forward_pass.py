"""The audit of the forward pass: which ops can be used, and whether their numbers are Python's."""

import traceback
from collections.abc import Callable, Sequence

from ...sources.learner.engine import Engine
from ..findings import Kind
from ..lines.places import Blame, made_of, raised_at
from ..lines.source import Place, rule_name, wrapping_line
from ..trials.expression import Expression
from ..trials.slopes import close
from ..trials.trial import DOMAIN, Workbench
from .found import Found
from .offered import Offered
from .words import why

OTHERWISE = {"a ** 2": "a ** b", "a / b": "a / 2", "a - b": "a - 2", "a * b": "a * 2"}
"""With which operand an op may be meant to be used, where it refuses one: that is a choice."""


class ForwardAudit:
    """Tries each op for its number."""

    def __init__(self, engine: Engine, bench: Workbench, blame: Blame, found: Found) -> None:
        self.engine = engine
        self.bench = bench
        self.blame = blame
        self.found = found

    def works(self, op: Offered) -> bool:
        """Whether an op can be used; its numbers are compared with Python's."""
        works = False
        for values in op.points:
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

    def reflected(self, op: Offered) -> bool:
        """The same of one with a plain number on its left; where it is not offered, that is noted."""
        defined = any(op.method in vars(kind) for kind in self.engine.base.__mro__)
        works = False
        for values in op.points:
            try:
                data = self.bench.number(op.expression, values)
            except DOMAIN:
                continue
            except Exception as error:
                if defined:
                    kind: Kind = "reflected" if isinstance(error, RecursionError) else "crash"
                    self._crash(op, values, error, kind)
                elif op.method != "__rpow__":
                    self.found.missing(f"{op.method}: `{op.text}` is a {type(error).__name__}")
                return works
            works = True
            self._compare(op, values, data, "reflected")
        return works

    def _refused(self, op: Offered, values: Sequence[float], error: Exception) -> None:
        """An op that raises: of two nodes a fault; of a plain number perhaps one that is not offered."""
        if op.text in ("a ** b", "a ** -1", "a ** 0.5", "a ** 3", "abs(a)") or op.is_private_use:
            return
        if op.text in OTHERWISE and self._works(Expression(OTHERWISE[op.text]), values):
            self.found.missing(f"operands: `{op.text}` is a {type(error).__name__}")
            return
        if op.text.endswith((" 2", " 1.5")) and op.method != "__pow__":
            with_int = Expression(op.text.replace("1.5", "2"))
            if op.text.endswith(" 2") or not self._works(with_int, values):
                self.found.missing(f"plain numbers: `{op.text}` is a {type(error).__name__}")
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
            trial = self.bench.run(op.expression, values)
            self.found.add(place, kind, op.text, (data, right), at, why(kind, op.text), trial)

    def _forward_place(self, op: Offered, values: Sequence[float]) -> Place | None:
        """The line of the op's own method in the making of its root; None where another is to blame."""
        _, root = self.bench.forward(op.expression, values)
        stack = self.blame.origins.of(root)
        frames = self.blame.makers(stack, None) if stack else []
        if self.blame.makers_below(root) & self.found.rules:
            return None
        alias = self.blame.alias(op.method)
        if alias is not None:
            return alias
        own = [(code, line) for code, line in frames if code.co_name == op.method] or frames[-1:]
        if not own:
            return None
        code, line = own[0]
        return made_of(Place(rule_name(code), code.co_filename, line))

    def _crash(self, op: Offered, values: Sequence[float], error: Exception, kind: Kind) -> None:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if {rule_name(frame.f_code) for frame in frames} & self.found.rules:
            return
        place = raised_at(error, self.blame) or self.blame.defined(op.method)
        if isinstance(error, AttributeError) and place is not None:
            place = wrapping_line(place) or place
        if isinstance(error, RecursionError):
            place = self.blame.defined(op.method) or place
        if place is not None:
            at = ", ".join(f"{n}={x:g}" for n, x in zip(op.expression.leaves, values, strict=True))
            right = _or_none(op.reference, values)
            reason = why(kind, op.text, error=error)
            self.found.add(place, kind, op.text, (None, right), at, reason)


def _or_none(reference: Callable[..., float] | None, values: Sequence[float]) -> float | None:
    try:
        return reference(*values) if reference else None
    except Exception:
        return None
