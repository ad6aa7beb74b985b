"""Which line an anomaly is blamed on: the write, the constructor's call, the return, or a def."""

import ast
import inspect
import re
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any

from ...sources.learner.attributes import as_number, value_at
from ...sources.learner.engine import Engine
from ...sources.learner.graph import engine_classes
from ...sources.learner.origins import Origins, Stack, line_of
from ...sources.learner.record import Observation
from ..trials.diagnose import Anomaly
from ..trials.slopes import close
from .source import Place, assigned_at, def_of, factor_line, function_at, rule_name, statement_at
from .traversal import order_line


class Blame:
    """Finds the lines of one engine."""

    def __init__(self, engine: Engine, origins: Origins) -> None:
        self.engine = engine
        self.origins = origins
        back = inspect.getattr_static(engine.cls, engine.backward)
        self.backward: CodeType = back.__code__
        self.fine: set[str] = set()
        """Lines that have passed on right gradients: where an op goes wrong there, it is the op."""
        self.only_in: Callable[[Observation], list[tuple[CodeType, int]]] = lambda seen: []
        """The lines that run for the op of a graph's root and for no right op."""

    def of(self, anomaly: Anomaly, seen: Observation, missing_from: CodeType | None) -> Place:
        """Return the place; `missing_from` is a function that ran and lacks a line."""
        if anomaly.kind == "seed":
            return (
                _place(anomaly.event.source, anomaly.event.code)
                if anomaly.event
                else def_of(self.backward)
            )
        if anomaly.kind == "overwrites":
            assert anomaly.event
            return _place(anomaly.event.source, anomaly.event.code)
        if anomaly.kind == "detached":
            return self.maker(seen, anomaly.node)
        if anomaly.kind == "not attached":
            return self._attaching(seen, anomaly.node)
        if anomaly.kind == "order":
            return order_line(self.backward, self.engine, seen)
        return self._derivative(anomaly, seen, missing_from)

    # A wrong contribution

    def _derivative(self, anomaly: Anomaly, seen: Observation, missing_from: CodeType | None) -> Place:
        node, family = seen.graph.order[anomaly.node], self.engine.family
        if family in ("local gradients", "edges"):
            if not self._is_stored_right(node, anomaly):
                return self._stored(seen, anomaly, node)
            assert anomaly.event
            return _place(anomaly.event.source, anomaly.event.code)
        if family == "functions" and (place := self._returned(node, anomaly)):
            return place
        if anomaly.event is None:
            rule = getattr(self.engine.rule(node), "__code__", None)
            return def_of(missing_from or rule or self.backward)
        if anomaly.event.rule_source in self.fine and (lines := self.only_in(seen)):
            code, line = lines[-1]
            return Place(rule_name(code), code.co_filename, line)
        place = _place(anomaly.event.rule_source, anomaly.event.rule)
        statement = statement_at(place.file, place.line)
        value = statement.value if isinstance(statement, ast.AugAssign | ast.Assign) else None
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            value = statement.value.args[-1] if statement.value.args else None
        return Place(place.rule, place.file, factor_line(place, value))

    def _stored(self, seen: Observation, anomaly: Anomaly, node: Any) -> Place:
        """Local derivatives that were stored when the node was made: there, or a function of an edge."""
        held = value_at(node, self.engine.locals_at) or ()
        for each in _functions(held, anomaly.slot):
            return Place(
                rule_name(each.__code__), each.__code__.co_filename, each.__code__.co_firstlineno
            )
        place = self.maker(seen, anomaly.node)
        call = _call_at(place)
        argument = _locals_argument(call, self.engine, anomaly.slot) if call else None
        if argument is None:
            return place
        if isinstance(argument, ast.Name):
            return Place(place.rule, place.file, factor_line(place, argument))
        return Place(place.rule, place.file, argument.lineno)

    def _is_stored_right(self, node: Any, anomaly: Anomaly) -> bool:
        """Whether the local derivative that was stored is right, and what was made of it is not."""
        held, slot = value_at(node, self.engine.locals_at), anomaly.slot
        if slot is None or not isinstance(held, tuple | list) or slot >= len(held) or not anomaly.event:
            return False
        edge = held[slot]
        for rule in _functions(held, slot):
            try:
                return close(as_number(rule(anomaly.gradient)) or 0.0, anomaly.expected)
            except Exception:
                return False
        parts = edge if isinstance(edge, tuple | list) else (edge,)
        numbers = [x for x in map(as_number, parts) if x is not None]
        return bool(numbers) and close(numbers[0] * anomaly.gradient, anomaly.expected)

    def _returned(self, node: Any, anomaly: Anomaly) -> Place | None:
        """The line of a Function's backward that returns the contribution."""
        context = value_at(node, self.engine.op_at)
        kind = context if isinstance(context, type) else type(context)
        name = next((n for n in dir(kind) if "back" in n.lower() or n == "vjp"), "")
        code = getattr(inspect.getattr_static(kind, name, None), "__code__", None) or getattr(
            getattr(kind, name, None), "__code__", None
        )
        if code is None:
            return None
        return _last_return(code, anomaly.slot or 0)

    # Where a node was made

    def maker(self, seen: Observation, node: int) -> Place:
        """The line of the op's method that made a node."""
        stack = self.origins.of(seen.graph.order[node])
        frames = self.makers(stack, seen) if stack else []
        if not frames:
            return def_of(self.backward)
        code, line = frames[0]
        return Place(rule_name(code), code.co_filename, line)

    def makers(self, stack: Stack, seen: Observation | None) -> list[tuple[CodeType, int]]:
        """The methods and functions that made a node, the innermost first, without constructors."""
        classes = engine_classes(self.engine, seen.graph.order) if seen else {self.engine.base.__name__}
        frames = []
        for code, instruction, _ in stack:
            if code.co_name == "<module>":
                break
            name = code.co_qualname
            constructor = code.co_name in ("__init__", "__new__", "apply", "__call__")
            if not constructor and not code.co_name.startswith("<") and not _is_ours(code):
                frames.append((code, line_of(code, instruction), name.partition(".")[0] in classes))
        return [(code, line) for code, line, _ in frames]

    def makers_below(self, root: Any) -> set[str]:
        """The rules that had a part in making a graph."""
        stack, seen, rules = [root], set[int](), set[str]()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack.extend(self.engine.parents(node))
            made = self.origins.of(node)
            rules |= {rule_name(code) for code, _ in self.makers(made, None)} if made else set()
        return rules

    def alias(self, method: str) -> Place | None:
        """The line of `__rsub__ = __sub__`."""
        code = getattr(getattr(self.engine.base, method, None), "__code__", None)
        if code is None or code.co_name == method:
            return None
        line = assigned_at(code.co_filename, method)
        owner = self.engine.base.__name__
        return Place(f"{owner}.{method}", code.co_filename, line) if line else None

    def defined(self, method: str) -> Place | None:
        """The line that defines a method."""
        code = getattr(getattr(self.engine.base, method, None), "__code__", None)
        return self.alias(method) or (def_of(code) if code else None)

    def _attaching(self, seen: Observation, node: int) -> Place:
        """Where the rule is attached, wrongly; or the method that does not attach it."""
        stack = self.origins.of(seen.graph.order[node])
        frames = self.makers(stack, seen) if stack else []
        if not frames:
            return def_of(self.backward)
        code, line = frames[0]
        function = function_at(code.co_filename, line)
        for each in ast.walk(function) if function else ():
            if isinstance(each, ast.Assign) and any(_is_rule(t, self.engine) for t in each.targets):
                return Place(rule_name(code), code.co_filename, each.lineno)
        return def_of(code)


def made_of(place: Place) -> Place:
    """Where a result's number was computed: above, if the constructor is given but its name."""
    call = _call_at(place)
    first = call.args[0] if call and call.args else None
    return Place(place.rule, place.file, factor_line(place, first) if first else place.line)


def _is_ours(code: CodeType) -> bool:
    return code.co_filename == "<expression>" or "micrograd_tui" in code.co_filename


def _is_rule(target: ast.expr, engine: Engine) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == engine.rule_name


def _place(source: str, code: CodeType) -> Place:
    file, _, line = source.rpartition(":")
    return Place(rule_name(code), file, int(line))


def _functions(held: Any, slot: int | None) -> list[Any]:
    """The functions that an edge, or the locals beside the parents, hold for a slot."""
    if slot is None or not isinstance(held, tuple | list) or slot >= len(held):
        return []
    edge = held[slot]
    parts = edge if isinstance(edge, tuple | list) else [edge]
    return [part for part in parts if inspect.isfunction(part)]


def _call_at(place: Place) -> ast.Call | None:
    statement = statement_at(place.file, place.line)
    calls = [each for each in ast.walk(statement) if isinstance(each, ast.Call)] if statement else []
    return max(calls, key=lambda c: (c.end_lineno or 0) - c.lineno + len(c.args) / 100, default=None)


def _locals_argument(call: ast.Call, engine: Engine, slot: int | None) -> ast.expr | None:
    """The argument of a constructor's call that holds the local derivatives."""
    words = [k.value for k in call.keywords if k.arg and re.search("local|edge|grad", k.arg)]
    argument = words[0] if words else (call.args[-1] if call.args else None)
    if isinstance(argument, ast.Tuple | ast.List) and slot is not None and slot < len(argument.elts):
        return argument.elts[slot] if argument.elts[slot].lineno != call.lineno else argument
    return argument


def _last_return(code: CodeType, slot: int) -> Place:
    function = function_at(code.co_filename, code.co_firstlineno + 1) or function_at(
        code.co_filename, code.co_firstlineno
    )
    returns = [each for each in ast.walk(function) if isinstance(each, ast.Return)] if function else []
    if not returns:
        return def_of(code)
    last = returns[-1]
    value = last.value
    if isinstance(value, ast.Tuple | ast.List) and slot < len(value.elts):
        value = value.elts[slot]
    place = Place(rule_name(code), code.co_filename, value.lineno if value else last.lineno)
    return Place(place.rule, place.file, factor_line(place, value))


def raised_at(error: Exception, blame: Blame) -> Place | None:
    """The innermost line of theirs that an error went through."""
    file = blame.backward.co_filename
    frames = [f for f in traceback.walk_tb(error.__traceback__) if f[0].f_code.co_filename == file]
    if not frames:
        return None
    frame, line = frames[-1]
    return Place(rule_name(frame.f_code), file, line)
