"""The line of a traversal that is to blame: the loop that runs the rules, or where a node is listed."""

import ast
import re
from collections.abc import Sequence
from types import CodeType
from typing import TypeGuard

from ...sources.learner.engine import Engine
from ...sources.learner.record import Observation
from .source import Place, def_of, rule_name, tree_of


def order_line(backward: CodeType, engine: Engine, seen: Observation) -> Place:
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
