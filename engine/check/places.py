"""Which line an anomaly is blamed on: the write, the constructor's call, the return, or a def."""

import ast
import inspect
import re
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, TypeGuard

from ..sources.learner.attributes import as_number, value_at
from ..sources.learner.engine import Engine
from ..sources.learner.graph import engine_classes
from ..sources.learner.origins import Origins, Stack, line_of
from ..sources.learner.record import Observation
from ..sources.learner.watch import Event
from .diagnose import Anomaly
from .slopes import close
from .source import Place, def_of, factor_line, function_at, rule_name, statement_at, tree_of


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
            return order_line(self.backward, self.engine, anomaly, seen)
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


def _in_loop(event: Event) -> bool:
    file, _, line = event.source.rpartition(":")
    loops = (each for each in ast.walk(tree_of(file)) if isinstance(each, ast.For | ast.While))
    return not event.after and any(f.lineno <= int(line) <= (f.end_lineno or 0) for f in loops)


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


# The traversal


def order_line(backward: CodeType, engine: Engine, anomaly: Anomaly, seen: Observation) -> Place:
    """The line of a traversal that is most likely wrong: the loop, where a node is listed, or a def."""
    file, rule = backward.co_filename, rule_name(backward)
    walk = _Traversal(_called_functions(backward, engine), seen, file)
    return Place(rule, file, walk.wrong_line() or def_of(backward).line)


class _Traversal:
    """The parts of a backward pass: the loop that runs the rules, the function that lists the nodes."""

    def __init__(self, functions: Sequence[ast.AST], seen: Observation, file: str) -> None:
        inside = [each for function in functions for each in ast.walk(function)]
        self.seen = seen
        self.firing = [f for f in inside if isinstance(f, ast.For) and _fires(f, seen, file)]
        self.recursive = [f for f in inside if _recurses(f)]
        of_loop = {n.id for f in self.firing for n in ast.walk(f.iter) if isinstance(n, ast.Name)}
        listed = [each for each in inside if isinstance(each, ast.Expr) and _lists(each)]
        self.listed = [each for each in listed if _receiver(each) in of_loop] or listed
        self.backwards = any(re.search(r"reversed|\[::-1\]", ast.unparse(f.iter)) for f in self.firing)

    def wrong_line(self) -> int:
        """The line to blame; 0 for the public pass itself."""
        lister = self.recursive[-1].lineno if self.recursive else 0
        ran = any(event.by >= 0 for event in self.seen.events)
        if not ran and not self.listed:
            return lister
        if _ran_twice(self.seen):
            return lister
        inserted = [each for each in self.listed if "insert" in ast.unparse(each)]
        if inserted and self.backwards:
            return inserted[0].lineno
        if self.firing and not self.backwards and not inserted and self._after_children():
            return self.firing[-1].lineno
        if self.firing and not self._root_first():
            return self.firing[-1].lineno
        early = [each for each in self.listed if not self._after_children()]
        return early[0].lineno if early and self.recursive else lister

    def _root_first(self) -> bool:
        first = next((event.by for event in self.seen.events if event.by >= 0), -1)
        return first == self.seen.graph.root

    def _after_children(self) -> bool:
        """Whether a node is listed below the loop over its inputs."""
        for function in self.recursive:
            loops = [each.lineno for each in ast.walk(function) if isinstance(each, ast.For)]
            calls = [each.lineno for each in ast.walk(function) if _calls(each, function.name)]
            last = max(loops + calls, default=0)
            inside = set(ast.walk(function))
            if any(each in inside and each.lineno < last for each in self.listed):
                return False
        return True


def _receiver(statement: ast.Expr) -> str:
    call = statement.value
    assert isinstance(call, ast.Call)
    return getattr(getattr(call.func, "value", None), "id", "")


def _calls(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name


def _called_functions(backward: CodeType, engine: Engine) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public backward pass and the methods and functions of the file that it names."""
    tree = tree_of(backward.co_filename)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    own = [n for n in ast.walk(tree) if isinstance(n, kinds) and n.lineno <= backward.co_firstlineno + 3]
    mine = [n for n in own if n.name == backward.co_name and n.lineno >= backward.co_firstlineno]
    named = {n.attr for each in mine for n in ast.walk(each) if isinstance(n, ast.Attribute)}
    named |= {n.id for each in mine for n in ast.walk(each) if isinstance(n, ast.Name)}
    others = [
        n
        for n in ast.walk(tree)
        if isinstance(n, kinds) and n.name in named and n not in mine and _walks(n)
    ]
    return [*mine, *others]


def _walks(function: ast.AST) -> bool:
    return any(isinstance(each, ast.For | ast.While) for each in ast.walk(function))


def _fires(loop: ast.For, seen: Observation, file: str) -> bool:
    """Whether a loop is the one that runs the rules: writes happen in it, or it calls a rule."""
    lines = {int(e.source.rpartition(":")[2]) for e in seen.events if e.source.startswith(f"{file}:")}
    name = seen.graph.engine.rule_name
    inside = any(loop.lineno < line <= (loop.end_lineno or 0) for line in lines)
    calls = [each for each in ast.walk(loop) if isinstance(each, ast.Call)]
    methods = [each.func for each in calls if isinstance(each.func, ast.Attribute)]
    variable, rules = getattr(loop.target, "id", ""), (name, "backward", "_backward")
    named = any(m.attr in rules or getattr(m.value, "id", "") == variable for m in methods)
    zeroes = "= 0" in ast.unparse(loop) and not named
    return (inside or named) and not zeroes and not _inside_loop_only(loop, seen)


def _inside_loop_only(loop: ast.For, seen: Observation) -> bool:
    """Whether a loop goes over one node's parents only, as `for child in v._prev` does."""
    names = {path[-1] for path in seen.graph.engine.parents_at}
    return any(isinstance(each, ast.Attribute) and each.attr in names for each in ast.walk(loop.iter))


def _recurses(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    if not isinstance(node, ast.FunctionDef):
        return False
    return any(_calls(each, node.name) for each in ast.walk(node))


def _lists(statement: ast.Expr) -> bool:
    """Whether a statement puts a node into a list."""
    call = statement.value
    names = ("append", "insert", "appendleft")
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names


def _ran_twice(seen: Observation) -> bool:
    writes: dict[tuple[int, int, str], int] = {}
    for event in seen.events:
        if event.by >= 0:
            key = (event.by, event.target, event.source)
            writes[key] = writes.get(key, 0) + 1
    return any(
        count > max(1, seen.graph.parents[by].count(target)) for (by, target, _), count in writes.items()
    )
