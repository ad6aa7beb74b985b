"""The lines of a `zero_grad`: what each wrote while it ran, and which is to blame for what is left."""

import ast
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ...sources.learner.engine import Engine
from .source import Place, def_of, rule_name, tree_of

Line = tuple[CodeType, int]
_ABSENT = object()


class Write(NamedTuple):
    """A number or gradient that a line changed: of which of the nodes."""

    node: int
    name: str
    line: Line


@dataclass(eq=False)
class Cleared:
    """What a call did: the lines that ran, in order, what they wrote, and the error that ended it."""

    lines: list[Line] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    error: Exception | None = None

    @property
    def codes(self) -> list[CodeType]:
        """The functions of theirs that ran, the first one called first."""
        return list(dict.fromkeys(code for code, _ in self.lines))

    def last(self, node: int, name: str) -> Line | None:
        """The line that wrote to a node last."""
        return next((w.line for w in reversed(self.writes) if (w.node, w.name) == (node, name)), None)


def clear(engine: Engine, nodes: Sequence[Any], call: Callable[[], Any], folder: Path) -> Cleared:
    """Run a call and note line by line what it changes of some nodes."""
    noted = _Noted(engine, nodes, folder)
    before = sys.gettrace()
    sys.settrace(noted.trace)
    try:
        call()
    except Exception as error:
        noted.cleared.error = error
    finally:
        sys.settrace(before)
    noted.compare()
    return noted.cleared


class _Noted:
    """Compares the nodes after each line; a property's own lines count as those of its user."""

    def __init__(self, engine: Engine, nodes: Sequence[Any], folder: Path) -> None:
        self.nodes, self.folder = nodes, str(folder)
        self.names = (engine.data_name, engine.grad_name)
        self.setters = ("__setattr__", *(name.rpartition("__")[2].strip("_") for name in self.names))
        self.cleared = Cleared()
        self.at: Line | None = None
        self.held = self._look()

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if str(Path(code.co_filename).parent) != self.folder or code.co_name in self.setters:
            return None
        self.compare()
        if event == "line":
            self.at = (code, frame.f_lineno)
            self.cleared.lines.append(self.at)
        return self.trace

    def compare(self) -> None:
        """Note what is other than before."""
        now = self._look()
        for node, pair in enumerate(zip(self.held, now, strict=True)):
            for name, old, new in zip(self.names, *pair, strict=True):
                if old is not new and self.at is not None:
                    self.cleared.writes.append(Write(node, name, self.at))
        self.held = now

    def _look(self) -> list[list[Any]]:
        return [[getattr(node, name, _ABSENT) for name in self.names] for node in self.nodes]


def blamed_line(
    engine: Engine, cleared: Cleared, missed: int, right: Collection[CodeType]
) -> Place | None:
    """The line to blame for a gradient that is left; None where all that ran has been right elsewhere."""
    if wrote := cleared.last(missed, engine.grad_name):
        return place_of(wrote)
    codes = [code for code in cleared.codes if code not in right]
    if not codes:
        return None
    own = [code for code in codes if _is_of(code, codes[0])] or codes[:1]
    found = _without_effect(engine, cleared, codes) or _cut_short(cleared, own) or _part_of(cleared, own)
    return place_of(found) if found else def_of(own[-1])


def place_of(line: Line) -> Place:
    """The place of a line."""
    return Place(rule_name(line[0]), line[0].co_filename, line[1])


def walks(engine: Engine, cleared: Cleared) -> bool:
    """Whether a call went from a node on to its inputs: it is meant to clear more than that node."""
    names = {path[-1] for path in engine.parents_at}
    own = [node for _, each in _ran(cleared, cleared.codes) for node in _own(each)]
    gone: list[ast.AST] = [node for node in own if isinstance(node, ast.Call)]
    gone += [node.iter for node in own if isinstance(node, ast.For | ast.comprehension)]
    return any(getattr(inner, "attr", "") in names for each in gone for inner in ast.walk(each))


def asks_for_more(engine: Engine, cleared: Cleared) -> bool:
    """Whether what is cleared depends on an attribute we know nothing of, as `if p.trainable`."""
    known = {engine.data_name, engine.grad_name, *(path[-1] for path in engine.parents_at)}
    tests = (test for _, each in _ran(cleared, cleared.codes) for test in _tests(each))
    attributes = (node for test in tests for node in ast.walk(test) if isinstance(node, ast.Attribute))
    return any(node.attr not in known for node in attributes)


def _tests(statement: ast.stmt) -> Iterator[ast.expr]:
    for node in _own(statement):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs


def _is_of(code: CodeType, first: CodeType) -> bool:
    """Whether a function is the one that was called, lies in it, or has its name on another class."""
    outer = code.co_qualname.partition(".<locals>")[0]
    return outer.rpartition(".")[2] == first.co_name


def _ran(cleared: Cleared, codes: Collection[CodeType]) -> Iterator[tuple[Line, ast.stmt]]:
    """Yield the statements that ran in some functions, in their order."""
    for code, line in dict.fromkeys(cleared.lines):
        if code in codes:
            for each in ast.walk(tree_of(code.co_filename)):
                if isinstance(each, ast.stmt) and _is_at(each, line):
                    yield (code, line), each


def _is_at(statement: ast.stmt, line: int) -> bool:
    """Whether a line is a statement's own: of one with a body its head."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return statement.lineno <= line <= max(end, statement.lineno)


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement without the statements in its body."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        yield node
        stack += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt)]


def _is_idle(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(
        statement.value, ast.Compare | ast.Attribute | ast.Name | ast.Subscript
    )


def _without_effect(engine: Engine, cleared: Cleared, codes: Collection[CodeType]) -> Line | None:
    """A statement that was to clear and changed nothing: another name, another object, a comparison."""
    changed = {write.line for write in cleared.writes if write.name == engine.grad_name}
    idle = [
        line
        for line, each in _ran(cleared, codes)
        if line not in changed and (_is_idle(each) or _assigns_zero(each) or _adds_to(each, engine))
    ]
    return idle[-1] if idle else None


def _assigns_zero(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return _is_zero(statement.value)
    call = statement.value if isinstance(statement, ast.Expr) else None
    named = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "setattr"
    return named and isinstance(call, ast.Call) and len(call.args) == 3 and _is_zero(call.args[2])


def _is_zero(value: ast.expr) -> bool:
    """Whether an expression is 0, None, or the like of `np.zeros_like(p.data)`."""
    if isinstance(value, ast.Constant):
        return value.value is None or (value.value == 0 and value.value is not False)
    name = (
        getattr(value.func, "attr", getattr(value.func, "id", "")) if isinstance(value, ast.Call) else ""
    )
    return "zero" in name


def _adds_to(statement: ast.stmt, engine: Engine) -> bool:
    return (
        isinstance(statement, ast.AugAssign) and getattr(statement.target, "attr", "") == engine.grad_name
    )


def _cut_short(cleared: Cleared, codes: Collection[CodeType]) -> Line | None:
    """What ends a loop early or passes over a node: a return, a break, a condition on its numbers."""
    ends = {
        line: each
        for line, each in _ran(cleared, codes)
        if isinstance(each, ast.Return | ast.Break | ast.Continue) and _in_loop(line, each)
    }
    tests = [line for line, each in _ran(cleared, codes) if isinstance(each, ast.If) and _compares(each)]
    if tests and all(isinstance(each, ast.Continue) for each in ends.values()):
        return tests[-1]
    return next(reversed(ends), None)


def _in_loop(line: Line, statement: ast.stmt) -> bool:
    loops = (
        each for each in ast.walk(tree_of(line[0].co_filename)) if isinstance(each, ast.For | ast.While)
    )
    return any(statement in ast.walk(loop) and statement is not loop for loop in loops)


def _compares(statement: ast.If) -> bool:
    """Whether a condition is on an attribute, and not on which nodes were seen."""
    return any(isinstance(each, ast.Attribute) for each in ast.walk(statement.test))


def _part_of(cleared: Cleared, codes: Collection[CodeType]) -> Line | None:
    """What takes a part only: `for p in self.parameters()[1:]`, `stack.extend(v.parents[:1])`."""
    ran = [(line, node) for line, each in _ran(cleared, codes) for node in _own(each)]
    kinds = (ast.For, ast.comprehension)
    loops = [line for line, node in ran if isinstance(node, kinds) and _is_part(node.iter)]
    slices = [line for line, node in ran if isinstance(node, ast.Slice)]
    return next(iter(loops + slices), None)


def _is_part(iterated: ast.expr) -> bool:
    empty = isinstance(iterated, ast.List | ast.Tuple) and not iterated.elts
    return empty or any(isinstance(each, ast.Subscript) for each in ast.walk(iterated))
